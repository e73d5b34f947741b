//! An opened store with the runtime that drives it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Runtime;

use crate::cli::StoreKind;
use crate::model::{EntryId, Plan, Proposed, Receipt};
use crate::plan::Values;
use crate::reference::Reference;
use crate::secret::SecretValue;
use crate::settings::StoreSettings;
use crate::store::aws::{AwsStore, AwsTarget};
use crate::store::contract::SecretStore;
use crate::store::error::{Reason, StoreError};
use crate::store::fetch;
use crate::store::local::LocalStore;
use crate::store::pace::Pace;
use crate::store::run::Runner;
use crate::store::{StoreRun, StoreStep};

/// The local vault takes all regions, for what is not there is not found. AWS has a client a region, made when it
/// is first needed; `None` is the region of the settings or of the AWS configuration.
enum Stores {
    Local(LocalStore),
    Aws(Mutex<BTreeMap<Option<String>, Arc<AwsStore>>>),
}

/// So many secrets the local vault writes at once: it has no rate to keep, and each write is one of the whole file.
const TOGETHER: usize = 64;

/// An opened store.
pub struct Session {
    runtime: Runtime,
    stores: Stores,
    settings: StoreSettings,
    target: AwsTarget,
}

impl Session {
    /// Opens the store that the settings name.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::connect(settings, &AwsTarget::default())
    }

    /// Opens it with an AWS endpoint and credentials of the caller's.
    pub fn connect(settings: &StoreSettings, target: &AwsTarget) -> Result<Self, StoreError> {
        let (runtime, stores) = match settings.kind {
            StoreKind::Local => (runtime()?, Stores::Local(LocalStore::open(settings)?)),
            StoreKind::Aws => (waiting()?, Stores::Aws(Mutex::default())),
        };
        Ok(Self { runtime, stores, settings: settings.clone(), target: target.clone() })
    }

    fn aws(
        &self,
        stores: &Mutex<BTreeMap<Option<String>, Arc<AwsStore>>>,
        region: Option<String>,
    ) -> Result<Arc<AwsStore>, StoreError> {
        let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&region) {
            return Ok(Arc::clone(store));
        }
        let named = region.as_deref().or(self.settings.region.as_deref());
        let store = Arc::new(self.runtime.block_on(AwsStore::connect(named, &self.target))?);
        stores.insert(region, Arc::clone(&store));
        Ok(store)
    }

    /// See [`crate::store::run`].
    pub fn run(
        &self,
        plan: Plan<Proposed>,
        values: &Values,
        done: &BTreeMap<EntryId, Receipt>,
        on_steps: &mut dyn FnMut(&[StoreStep]) -> std::io::Result<()>,
    ) -> Result<StoreRun, StoreError> {
        match &self.stores {
            Stores::Local(store) => self.run_on(store, (&Pace::unlimited(), TOGETHER), plan, (values, done), on_steps),
            Stores::Aws(stores) => {
                let how = (&Pace::aws(), self.concurrency());
                self.run_on(&*self.aws(stores, None)?, how, plan, (values, done), on_steps)
            }
        }
    }

    fn run_on<S: SecretStore>(
        &self,
        store: &S,
        (pace, concurrency): (&Pace, usize),
        plan: Plan<Proposed>,
        (values, done): (&Values, &BTreeMap<EntryId, Receipt>),
        on_steps: &mut dyn FnMut(&[StoreStep]) -> std::io::Result<()>,
    ) -> Result<StoreRun, StoreError> {
        let runner = Runner { store, pace, values, done, concurrency, update_existing: self.settings.update_existing };
        self.runtime.block_on(runner.run(plan, on_steps))
    }

    /// See [`crate::store::resolve`].
    pub fn resolve(&self, references: &[Reference]) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
        match &self.stores {
            Stores::Local(store) => self.runtime.block_on(fetch::resolve(store, references, self.concurrency())),
            Stores::Aws(stores) => {
                let mut by_region: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
                for (at, reference) in references.iter().enumerate() {
                    by_region.entry(reference.region().map(str::to_owned)).or_default().push(at);
                }
                let mut results: BTreeMap<usize, Result<SecretValue, StoreError>> = BTreeMap::new();
                for (region, places) in by_region {
                    let store = self.aws(stores, region)?;
                    let here: Vec<Reference> = places.iter().filter_map(|at| references.get(*at)).cloned().collect();
                    let found = self.runtime.block_on(fetch::resolve(&*store, &here, self.concurrency()))?;
                    results.extend(places.into_iter().zip(found));
                }
                Ok(results.into_values().collect())
            }
        }
    }

    fn concurrency(&self) -> usize {
        self.settings.concurrency.max(1)
    }
}

/// For the vault, which reads and writes its file in place.
pub(crate) fn runtime() -> Result<Runtime, StoreError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2);
    started(builder)
}

/// For a network: one thread is enough to wait, and costs less than to hand each answer to another.
fn waiting() -> Result<Runtime, StoreError> {
    started(tokio::runtime::Builder::new_current_thread())
}

fn started(mut builder: tokio::runtime::Builder) -> Result<Runtime, StoreError> {
    builder.enable_all().build().map_err(|error| {
        StoreError::new("starting the store", None, Reason::Other(format!("can't start a runtime: {error}")))
    })
}

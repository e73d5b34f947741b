//! An opened store with the runtime that drives it.

use std::collections::BTreeMap;

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

/// The stores by region; the local vault takes all regions, for what is not there is not found.
enum Stores {
    Local(LocalStore),
    Aws(BTreeMap<Option<String>, AwsStore>),
}

/// An opened store.
pub struct Session {
    runtime: Runtime,
    stores: Stores,
    concurrency: usize,
    update_existing: bool,
}

impl Session {
    /// Opens the store that the settings name, in their region.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::connect(settings, &[], &AwsTarget::default())
    }

    /// Opens it in the regions that the references' ARNs name.
    pub fn open_for(settings: &StoreSettings, references: &[Reference]) -> Result<Self, StoreError> {
        Self::connect(settings, references, &AwsTarget::default())
    }

    /// Opens it with an AWS endpoint and credentials of the caller's.
    pub fn connect(
        settings: &StoreSettings,
        references: &[Reference],
        target: &AwsTarget,
    ) -> Result<Self, StoreError> {
        let runtime = runtime()?;
        let stores = match settings.kind {
            StoreKind::Local => Stores::Local(LocalStore::new(settings)),
            StoreKind::Aws => {
                let mut regions: Vec<Option<String>> = references.iter().map(region_of).collect();
                if regions.is_empty() {
                    regions.push(None);
                }
                regions.sort();
                regions.dedup();
                let mut stores = BTreeMap::new();
                for region in regions {
                    let named = region.as_deref().or(settings.region.as_deref());
                    let store = runtime.block_on(AwsStore::connect(named, target))?;
                    stores.insert(region, store);
                }
                Stores::Aws(stores)
            }
        };
        let concurrency = settings.concurrency.max(1);
        Ok(Self { runtime, stores, concurrency, update_existing: settings.update_existing })
    }

    /// See [`crate::store::run`].
    pub fn run(
        &self,
        plan: Plan<Proposed>,
        values: &Values,
        done: &BTreeMap<EntryId, Receipt>,
        on_step: &mut dyn FnMut(&StoreStep) -> std::io::Result<()>,
    ) -> Result<StoreRun, StoreError> {
        match &self.stores {
            Stores::Local(store) => self.run_on(store, Pace::unlimited(), plan, (values, done), on_step),
            Stores::Aws(stores) => match stores.values().next() {
                Some(store) => self.run_on(store, Pace::aws(), plan, (values, done), on_step),
                None => Err(StoreError::new("connecting to AWS", None, Reason::NoRegion)),
            },
        }
    }

    fn run_on<S: SecretStore>(
        &self,
        store: &S,
        pace: Pace,
        plan: Plan<Proposed>,
        (values, done): (&Values, &BTreeMap<EntryId, Receipt>),
        on_step: &mut dyn FnMut(&StoreStep) -> std::io::Result<()>,
    ) -> Result<StoreRun, StoreError> {
        let runner = Runner {
            store,
            pace: &pace,
            values,
            done,
            concurrency: self.concurrency,
            update_existing: self.update_existing,
        };
        self.runtime.block_on(runner.run(plan, on_step))
    }

    /// See [`crate::store::resolve`].
    pub fn resolve(&self, references: &[Reference]) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
        match &self.stores {
            Stores::Local(store) => self.runtime.block_on(fetch::resolve(store, references, self.concurrency)),
            Stores::Aws(stores) => {
                let mut results: BTreeMap<usize, Result<SecretValue, StoreError>> = BTreeMap::new();
                for (region, store) in stores {
                    let (places, here): (Vec<usize>, Vec<Reference>) = references
                        .iter()
                        .enumerate()
                        .filter(|(_, reference)| region_of(reference) == *region)
                        .map(|(at, reference)| (at, reference.clone()))
                        .unzip();
                    let found = self.runtime.block_on(fetch::resolve(store, &here, self.concurrency))?;
                    results.extend(places.into_iter().zip(found));
                }
                Ok(results.into_values().collect())
            }
        }
    }
}

/// Two workers are enough for waiting on a network.
pub(crate) fn runtime() -> Result<Runtime, StoreError> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
        StoreError::new("starting the store", None, Reason::Other(format!("can't start a runtime: {error}")))
    })
}

fn region_of(reference: &Reference) -> Option<String> {
    reference.region().map(str::to_owned)
}

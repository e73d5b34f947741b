//! The store run: look all names up, write, read back, compare.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::FutureExt as _;
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use crate::model::{Entry, EntryId, Outcome, Plan, Proposed, Receipt, Stored};
use crate::plan::Values;
use crate::secret::SecretValue;
use crate::store::contract::{Described, NewSecret, SecretStore, Version, Written};
use crate::store::error::{Reason, StoreError};
use crate::store::interrupt::{interruption, watch_interrupts};
use crate::store::pace::Pace;
use crate::store::{StoreRun, StoreStep};

/// Largest value in bytes. Source: API reference, `SecretString`.
const LARGEST: usize = 65_536;

/// Everything a run works with.
pub(crate) struct Runner<'a, S> {
    pub store: &'a S,
    pub pace: &'a Pace,
    pub values: &'a Values,
    pub done: &'a BTreeMap<EntryId, Receipt>,
    pub concurrency: usize,
    pub update_existing: bool,
}

/// What is to be done for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Task {
    Create,
    /// The value is there already; only to be read back.
    Confirm(Receipt),
    /// A new version of the secret with this ARN.
    Update(String),
}

type OnSteps<'f> = &'f mut dyn FnMut(&[StoreStep]) -> std::io::Result<()>;

impl<S: SecretStore> Runner<'_, S> {
    pub(crate) async fn run(&self, plan: Plan<Proposed>, on_steps: OnSteps<'_>) -> Result<StoreRun, StoreError> {
        let tasks = match self.preflight(&plan.entries).await {
            Ok(tasks) => tasks,
            Err(refused) => return Ok(StoreRun { plan: None, stored: Vec::new(), refused }),
        };
        let (stored, refused) = self.carry_out(&plan.entries, tasks, on_steps).await?;
        let complete = stored.len() == plan.entries.len();
        let plan = if complete { Some(into_stored(plan, &stored)) } else { None };
        Ok(StoreRun { plan, stored: stored.into_iter().collect(), refused })
    }

    /// Decides for every entry what is to be done; nothing is written. All refusals at once.
    async fn preflight(&self, entries: &[Entry<Proposed>]) -> Result<Vec<Task>, Vec<(EntryId, StoreError)>> {
        let mut names = BTreeSet::new();
        let twice: BTreeSet<EntryId> =
            entries.iter().filter(|entry| !names.insert(&entry.name)).map(|entry| entry.id).collect();
        let checks = entries.iter().map(|entry| {
            let twice = twice.contains(&entry.id);
            async move { (entry.id, self.decide(entry, twice).await) }
        });
        let mut decided: BTreeMap<EntryId, Result<Task, StoreError>> = BTreeMap::new();
        let mut checks = futures_util::stream::iter(checks).buffer_unordered(self.concurrency);
        while let Some((id, result)) = checks.next().await {
            match result {
                // Asking on would only repeat it, each time after all attempts.
                Err(error) if error.is_fatal() => return Err(vec![(id, error)]),
                result => decided.insert(id, result),
            };
        }
        drop(checks);
        let mut tasks = Vec::with_capacity(entries.len());
        let mut refused = Vec::new();
        for entry in entries {
            match decided.remove(&entry.id) {
                Some(Ok(task)) => tasks.push(task),
                Some(Err(error)) => refused.push((entry.id, error)),
                None => refused
                    .push((entry.id, self.error(entry, Reason::Invalid("the plan numbers two entries alike".into())))),
            }
        }
        if refused.is_empty() { Ok(tasks) } else { Err(refused) }
    }

    async fn decide(&self, entry: &Entry<Proposed>, twice: bool) -> Result<Task, StoreError> {
        let value = self.value(entry)?;
        if twice {
            return Err(self.error(entry, Reason::Invalid("the plan gives two secrets this name".into())));
        }
        if value.is_empty() {
            return Err(
                self.error(entry, Reason::Invalid("the value is empty, which Secrets Manager doesn't take".into()))
            );
        }
        if value.len() > LARGEST {
            return Err(self.error(entry, Reason::TooLarge));
        }
        if let Some(receipt) = self.done.get(&entry.id) {
            return Ok(Task::Confirm(receipt.clone()));
        }
        match self.store.describe(&entry.name).await {
            Ok(found) => self.decide_existing(entry, value, found).await,
            Err(error) if error.reason == Reason::NotFound => Ok(Task::Create),
            Err(error) => Err(error),
        }
    }

    async fn decide_existing(
        &self,
        entry: &Entry<Proposed>,
        value: &SecretValue,
        found: Described,
    ) -> Result<Task, StoreError> {
        if found.deleted.is_some() {
            return Err(self.error(entry, Reason::ScheduledForDeletion { when: found.deleted }));
        }
        let current = match self.store.get(&found.arn, &Version::Current).await {
            Ok(current) => Some(current),
            // A secret without a value, made beforehand by infrastructure code.
            Err(error) if error.reason == Reason::NotFound => None,
            Err(error) => return Err(error),
        };
        match current {
            Some(current) if current.is(value) => {
                let outcome = outcome_of(&current.version_id, &entry.token, &found);
                Ok(Task::Confirm(Receipt { arn: current.arn, version_id: current.version_id, outcome }))
            }
            _ if self.update_existing => Ok(Task::Update(found.arn)),
            Some(current) if current.value.same_as(value) => Err(self.error(entry, Reason::OtherForm)),
            _ => Err(self.error(entry, Reason::Conflict)),
        }
    }

    /// Carries the tasks out, at most `concurrency` at a time. A refusal of one entry leaves the others going; one
    /// that concerns the store as a whole, a failing journal and Ctrl-C let what is in flight finish and stop.
    async fn carry_out(
        &self,
        entries: &[Entry<Proposed>],
        tasks: Vec<Task>,
        on_steps: OnSteps<'_>,
    ) -> Result<(BTreeMap<EntryId, Stored>, Vec<(EntryId, StoreError)>), StoreError> {
        let mut queue = entries.iter().zip(tasks);
        let mut flying = FuturesUnordered::new();
        let (mut stored, mut refused) = (BTreeMap::new(), Vec::new());
        let mut stop: Option<StoreError> = None;
        let mut fatal = false;
        watch_interrupts();
        let interrupt = interruption();
        tokio::pin!(interrupt);
        loop {
            let free = if stop.is_none() && !fatal { self.concurrency.saturating_sub(flying.len()) } else { 0 };
            let next: Vec<_> = queue.by_ref().take(free).collect();
            match record(on_steps, next.iter().map(|(entry, _)| StoreStep::Storing(entry.id))) {
                Ok(()) => flying.extend(
                    next.into_iter().map(|(entry, task)| async move { (entry.id, self.store_one(entry, task).await) }),
                ),
                Err(error) => stop = Some(error),
            }
            let landed = tokio::select! {
                landed = flying.next() => landed,
                () = &mut interrupt, if stop.is_none() => {
                    stop = Some(StoreError::new("storing", None, Reason::Interrupted));
                    continue;
                }
            };
            let Some(landed) = landed else { break };
            let (mut confirmed, mut denied) = (Vec::new(), Vec::new());
            // Those that landed along with it are recorded along with it.
            let more = std::iter::from_fn(|| flying.next().now_or_never().flatten());
            for (id, result) in std::iter::once(landed).chain(more) {
                match result {
                    Ok(receipt) => confirmed.push((id, Stored::confirmed(receipt))),
                    Err(Unstored { error, is_doubtful }) => {
                        fatal |= error.is_fatal();
                        denied.extend((!is_doubtful).then_some(id));
                        refused.push((id, error));
                    }
                }
            }
            let steps = confirmed.iter().map(|(id, stored)| StoreStep::Stored(*id, stored.clone()));
            if let Err(error) = record(on_steps, steps.chain(denied.into_iter().map(StoreStep::Refused))) {
                stop.get_or_insert(error);
            }
            stored.extend(confirmed);
        }
        refused.sort_by_key(|(id, _)| *id);
        match stop {
            Some(error) => Err(error),
            None => Ok((stored, refused)),
        }
    }

    /// Writes one entry, reads it back by ARN and version, compares byte for byte.
    async fn store_one(&self, entry: &Entry<Proposed>, task: Task) -> Result<Receipt, Unstored> {
        let value = self.value(entry).map_err(Unstored::when_asked)?;
        let receipt = self.write(entry, value, task).await.map_err(Unstored::when_asked)?;
        self.read_back(entry, value, receipt).await.map_err(|error| Unstored { error, is_doubtful: true })
    }

    async fn write(&self, entry: &Entry<Proposed>, value: &SecretValue, task: Task) -> Result<Receipt, StoreError> {
        match task {
            Task::Confirm(receipt) => Ok(receipt),
            Task::Create => self.create(entry, value).await,
            Task::Update(arn) => {
                self.pace.turn().await;
                let written = self.store.put(&arn, &entry.token, value).await?;
                Ok(receipt(written, Outcome::Updated))
            }
        }
    }

    async fn read_back(
        &self,
        entry: &Entry<Proposed>,
        value: &SecretValue,
        receipt: Receipt,
    ) -> Result<Receipt, StoreError> {
        let back = self.store.get(&receipt.arn, &Version::Id(receipt.version_id.clone())).await?;
        if back.arn == receipt.arn && back.version_id == receipt.version_id && back.is(value) {
            Ok(receipt)
        } else {
            Err(self.error(entry, Reason::Mismatch))
        }
    }

    async fn create(&self, entry: &Entry<Proposed>, value: &SecretValue) -> Result<Receipt, StoreError> {
        self.pace.turn().await;
        let secret = NewSecret {
            name: &entry.name,
            description: &entry.description,
            tags: &entry.tags,
            kms_key_id: entry.kms_key_id.as_deref(),
            token: &entry.token,
            value,
        };
        match self.store.create(&secret).await {
            Ok(written) => Ok(receipt(written, Outcome::Created)),
            // Either an answer of ours got lost on its way, or somebody was faster.
            Err(error) if error.reason == Reason::Conflict => {
                let found = self.store.describe(&entry.name).await?;
                match self.decide_existing(entry, value, found).await? {
                    Task::Confirm(receipt) => Ok(receipt),
                    Task::Create | Task::Update(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn value(&self, entry: &Entry<Proposed>) -> Result<&SecretValue, StoreError> {
        let missing = || self.error(entry, Reason::Invalid("the plan has no value for this entry".into()));
        self.values.get(entry.id).ok_or_else(missing)
    }

    #[expect(clippy::unused_self, reason = "reads as the run's error")]
    fn error(&self, entry: &Entry<Proposed>, reason: Reason) -> StoreError {
        StoreError::new("storing", Some(&entry.name), reason)
    }
}

/// Why an entry is not known to be stored.
struct Unstored {
    error: StoreError,
    /// The store may hold it all the same.
    is_doubtful: bool,
}

impl Unstored {
    /// It went wrong when the store was asked to keep the entry, or before.
    fn when_asked(error: StoreError) -> Self {
        Self { is_doubtful: !error.is_refusal(), error }
    }
}

/// Tells the journal, unless there is nothing to tell.
fn record(on_steps: OnSteps<'_>, steps: impl Iterator<Item = StoreStep>) -> Result<(), StoreError> {
    let steps: Vec<StoreStep> = steps.collect();
    if steps.is_empty() { Ok(()) } else { on_steps(&steps).map_err(|error| journal_error(&error)) }
}

fn receipt(written: Written, outcome: Outcome) -> Receipt {
    Receipt { arn: written.arn, version_id: written.version_id, outcome }
}

/// A current version whose id is the plan's token is this run's own work, from before an interruption.
fn outcome_of(version_id: &str, token: &str, found: &Described) -> Outcome {
    match version_id == token {
        true if found.versions.len() <= 1 => Outcome::Created,
        true => Outcome::Updated,
        false => Outcome::Reused,
    }
}

fn journal_error(error: &std::io::Error) -> StoreError {
    StoreError::new("storing", None, Reason::Journal(error.to_string()))
}

fn into_stored(plan: Plan<Proposed>, stored: &BTreeMap<EntryId, Stored>) -> Plan<Stored> {
    let entry = |entry: Entry<Proposed>| {
        let state = stored.get(&entry.id)?.clone();
        Some(Entry {
            id: entry.id,
            name: entry.name,
            description: entry.description,
            tags: entry.tags,
            token: entry.token,
            kms_key_id: entry.kms_key_id,
            shape: entry.shape,
            size: entry.size,
            places: entry.places,
            warnings: entry.warnings,
            state,
        })
    };
    Plan {
        v: plan.v,
        run: plan.run,
        created: plan.created,
        entries: plan.entries.into_iter().filter_map(entry).collect(),
        conflicts: plan.conflicts,
        held_back: plan.held_back,
        cost: plan.cost,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::StoreKind;
    use crate::model::{Cost, RunId, ValueShape};
    use crate::settings::StoreSettings;
    use crate::store::local::LocalStore;
    use crate::store::session::runtime;
    use crate::store::vault::api::{CreateSecret, ValueIn};
    use crate::store::vault::data::Wiped;
    use crate::store::vault::write;

    fn local(folder: &Path) -> LocalStore {
        LocalStore::new(&StoreSettings {
            kind: StoreKind::Local,
            region: None,
            account: "000000000000".into(),
            vault: folder.join("vault.age"),
            concurrency: 2,
            update_existing: false,
        })
    }

    fn plan(name: &str) -> Plan<Proposed> {
        let entry = Entry {
            id: EntryId(0),
            name: name.into(),
            description: String::new(),
            tags: BTreeMap::new(),
            token: "0123456789abcdef0123456789abcdef".into(),
            kms_key_id: None,
            shape: ValueShape::Plain,
            size: 8,
            places: vec![],
            warnings: vec![],
            state: Proposed,
        };
        let run = RunId("r1".into());
        Plan {
            v: 1,
            run,
            created: String::new(),
            entries: vec![entry],
            conflicts: vec![],
            held_back: vec![],
            cost: Cost::default(),
        }
    }

    fn run(store: &impl SecretStore, update_existing: bool) -> StoreRun {
        let values: Values = [SecretValue::new(b"hunter22".to_vec())].into_iter().collect();
        let (pace, done) = (Pace::unlimited(), BTreeMap::new());
        let runner = Runner { store, pace: &pace, values: &values, done: &done, concurrency: 2, update_existing };
        runtime().unwrap().block_on(runner.run(plan("a/b"), &mut |_| Ok(()))).unwrap()
    }

    #[test]
    fn the_same_bytes_as_binary_are_not_what_programs_ask_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = local(folder.path());
        let binary = Some(Wiped("aHVudGVyMjI=".to_owned().into()));
        let request = CreateSecret {
            name: "a/b".into(),
            client_request_token: None,
            description: None,
            kms_key_id: None,
            tags: vec![],
            value: ValueIn { secret_string: None, secret_binary: binary },
        };
        let created = store.vault().write(|data, place| write::create(data, place, request));
        runtime().unwrap().block_on(created).unwrap();
        let refused = run(&store, false).refused;
        assert_eq!(refused.first().map(|(_, error)| error.reason.clone()), Some(Reason::OtherForm));
        let updated = run(&store, true);
        assert_eq!(updated.stored[0].1.receipt().outcome, Outcome::Updated);
        assert_eq!(run(&store, false).stored[0].1.receipt().outcome, Outcome::Updated, "the run's own version again");
    }
}

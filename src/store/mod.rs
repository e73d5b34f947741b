//! The asynchronous edge: where secrets go and come from. Only this module knows tokio and AWS.

use crate::model::{EntryId, Plan, Proposed, SecretRef, Stored};
use crate::plan::Values;
use crate::secret::SecretValue;
use crate::settings::StoreSettings;

/// What the store said no to. Messages never hold a value; AWS's own error text is reduced to its code and request id.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No store could be opened.
    #[error("{0}")]
    Unavailable(String),
}

/// A step that the journal must know before the next one is taken.
#[derive(Clone, Debug)]
pub enum StoreStep {
    /// About to create or update this entry.
    Storing(EntryId),
    /// The entry was written, read back and compared.
    Stored(EntryId, Stored),
}

/// What a store run gave.
#[derive(Debug)]
pub struct StoreRun {
    /// Complete when every entry is stored.
    pub plan: Option<Plan<Stored>>,
    /// Entries that the store refused, with why.
    pub refused: Vec<(EntryId, StoreError)>,
}

/// Stores every entry, reads it back, compares. `done` holds the entries that an interrupted run has already stored.
pub fn run(
    _plan: Plan<Proposed>,
    _values: &Values,
    _settings: &StoreSettings,
    _on_step: &mut dyn FnMut(&StoreStep) -> std::io::Result<()>,
) -> Result<StoreRun, StoreError> {
    todo!("H2")
}

/// What to fetch: a reference and, for undo, the version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// ARN and JSON key.
    pub reference: SecretRef,
    /// Version id; the current one when `None`.
    pub version_id: Option<String>,
}

/// Reads values, in the order asked.
pub fn fetch(
    _wanted: &[Wanted],
    _settings: &StoreSettings,
) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
    todo!("H2")
}

//! The asynchronous edge: where secrets go and come from. Only this module knows tokio and AWS.
//!
//! [`run`] turns a proposed plan into a stored one, [`fetch`] and [`resolve`] read values back, [`serve`] offers
//! the local vault to other programs. Plain values go in and come out; the runtime stays inside.
//!
//! `contract` is the trait that `aws` and `local` implement; `vault` is what the local store and `serve` stand on.

mod aws;
mod contract;
mod error;
mod fetch;
mod interrupt;
mod local;
mod pace;
mod run;
mod serve;
mod session;
mod vault;

use std::collections::BTreeMap;

pub use aws::{AwsStore, AwsTarget};
pub use contract::{Described, Fetched, NewSecret, SecretStore, Version, Written};
pub use error::{Reason, StoreError};
pub use interrupt::{interrupted, watch_interrupts};
pub use local::LocalStore;
pub use serve::{ServeEvent, serve};
pub use session::Session;

use crate::model::{EntryId, Plan, Proposed, Receipt, SecretRef, Stored};
use crate::plan::Values;
use crate::reference::Reference;
use crate::secret::SecretValue;
use crate::settings::StoreSettings;

/// A step that the journal must know before the next one is taken.
#[derive(Clone, Debug)]
pub enum StoreStep {
    /// About to create or update this entry.
    Storing(EntryId),
    /// The entry was written, read back and compared.
    Stored(EntryId, Stored),
    /// The store has refused to keep the entry.
    Refused(EntryId),
}

/// What a store run gave. An entry in neither list was not attempted, because the run stopped before it.
#[derive(Debug)]
pub struct StoreRun {
    /// Set when every entry is stored.
    pub plan: Option<Plan<Stored>>,
    /// Entries that are stored, in entry order.
    pub stored: Vec<(EntryId, Stored)>,
    /// Entries that the store refused, with why.
    pub refused: Vec<(EntryId, StoreError)>,
}

/// Stores every entry, reads it back, compares. `done` holds the entries that an interrupted run has already stored;
/// they are read back and compared again.
///
/// First all names are looked up; when one of them can't be stored, nothing is. `on_steps` is called from the calling
/// thread, with all steps that are due; when it fails, calls in flight are finished and the run stops.
///
/// # Errors
/// When the store can't be opened, the journal can't be written, or the run was interrupted. What had been stored
/// until then went through `on_steps`.
pub fn run(
    plan: Plan<Proposed>,
    values: &Values,
    settings: &StoreSettings,
    done: &BTreeMap<EntryId, Receipt>,
    on_steps: &mut dyn FnMut(&[StoreStep]) -> std::io::Result<()>,
) -> Result<StoreRun, StoreError> {
    Session::open(settings)?.run(plan, values, done, on_steps)
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
pub fn fetch(wanted: &[Wanted], settings: &StoreSettings) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
    let reference = |wanted: &Wanted| Reference {
        id: wanted.reference.arn.clone(),
        key: wanted.reference.key.clone(),
        stage: None,
        version: wanted.version_id.clone(),
    };
    resolve(&wanted.iter().map(reference).collect::<Vec<_>>(), settings)
}

/// Reads what references name, in the order asked: each secret and version once, in the region that its ARN names.
///
/// # Errors
/// The outer error when the store can't be opened or reached; else one for each reference that doesn't resolve.
pub fn resolve(
    references: &[Reference],
    settings: &StoreSettings,
) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    Session::open(settings)?.resolve(references)
}

//! From findings to the secrets that would be stored: group, name, tag, describe, price.

use crate::model::EntryId;
use crate::secret::SecretValue;

/// The values of a plan's entries, by entry number; they never leave the process but to the store.
#[derive(Debug, Default)]
pub struct Values(pub Vec<SecretValue>);

impl Values {
    /// What is stored under entry `id`.
    pub fn get(&self, id: EntryId) -> Option<&SecretValue> {
        self.0.get(id.0)
    }
}

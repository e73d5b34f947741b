//! The values of a plan, kept apart from the plan itself.

use crate::model::EntryId;
use crate::secret::SecretValue;

/// The values of a plan's entries, by entry number; they never leave the process but to the store.
#[derive(Debug, Default)]
pub struct Values(Vec<SecretValue>);

impl Values {
    /// What is stored under entry `id`.
    pub fn get(&self, id: EntryId) -> Option<&SecretValue> {
        self.0.get(id.0)
    }

    /// Adds the value of the next entry.
    pub fn push(&mut self, value: SecretValue) {
        self.0.push(value);
    }
}

impl FromIterator<SecretValue> for Values {
    fn from_iter<T: IntoIterator<Item = SecretValue>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

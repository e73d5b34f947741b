//! What would be stored and rewritten: reviewable, with no value in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Confidence, Kind, Receipt, Region, Site};
use crate::secret::Fingerprint;

/// Names a run: UTC time and a random tail, e.g. `20261124T184512Z-3f9c2a`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

/// Number of an entry within its plan, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub usize);

/// State of a plan's entry before the store has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed;

/// State of a plan's entry that the store has confirmed. Only `store` makes one from a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    receipt: Receipt,
}

impl Stored {
    /// For `store` and for the journal's reader alone: a receipt means that the value was read back and compared.
    pub(crate) fn confirmed(receipt: Receipt) -> Self {
        Self { receipt }
    }

    /// The store's confirmation.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

/// What is stored under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "form")]
pub enum ValueShape {
    /// The run-time value of one literal.
    Plain,
    /// A JSON object with these keys, all values strings.
    Json {
        /// What the parts are together: "database login".
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<String>,
        /// In the order in which they are written.
        keys: Vec<String>,
    },
}

/// One secret to store, with all the places where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<S> {
    /// Number within the plan.
    pub id: EntryId,
    /// Hierarchical name in the store.
    pub name: String,
    /// What it is, where it stood, who owns it, when; never a value.
    pub description: String,
    /// Tags at creation.
    pub tags: BTreeMap<String, String>,
    /// `ClientRequestToken`, drawn at random.
    pub token: String,
    /// KMS key to encrypt with; the account's default when `None`.
    pub kms_key_id: Option<String>,
    /// Plain value or JSON object.
    pub shape: ValueShape,
    /// Size of what is stored, in bytes.
    pub size: usize,
    /// Where it stands.
    pub places: Vec<Place>,
    /// Things a reviewer should know: shared values, guesses.
    pub warnings: Vec<String>,
    /// Proposed, or stored with its receipt.
    pub state: S,
}

/// One place where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Tree path of the file.
    pub path: String,
    /// The value's region.
    pub region: Region,
    /// Rule that found it.
    pub rule: String,
    /// What sort of credential.
    pub kind: Kind,
    /// How sure.
    pub confidence: Confidence,
    /// The finding's identity.
    pub fingerprint: Fingerprint,
    /// Key within a JSON secret that this place reads.
    pub key: Option<String>,
    /// The literal and how it is rewritten.
    pub site: Site,
}

/// A resource that stands in the tree with different values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What it is: "database login".
    pub what: String,
    /// The JSON keys that are the same on all sides.
    pub same: Vec<String>,
    /// The entries that differ.
    pub entries: Vec<EntryId>,
}

/// A finding that will not be stored, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Tree path of the file.
    pub path: String,
    /// The value's region.
    pub region: Region,
    /// Rule that found it.
    pub rule: String,
    /// Why, and what to do: one sentence each.
    pub reason: String,
}

/// What the secrets cost, in hundredths of a US cent so that sums are exact.
/// Source: AWS Secrets Manager pricing: 0.40 USD per secret and month, 0.05 USD per 10,000 API calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Number of new secrets.
    pub secrets: u64,
    /// Per month for keeping them, in 1/10,000 USD.
    pub monthly: u64,
    /// For this run's API calls, in 1/10,000 USD, rounded up.
    pub run: u64,
}

/// What would be (`Plan<Proposed>`) or was (`Plan<Stored>`) put into the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<S> {
    /// Version of this form: 1.
    pub v: u8,
    /// The run.
    pub run: RunId,
    /// When it was made, RFC 3339, UTC.
    pub created: String,
    /// One entry a secret.
    pub entries: Vec<Entry<S>>,
    /// Resources with different values that nobody has decided on: such a plan isn't carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// Findings that stay as they are.
    pub held_back: Vec<HeldBack>,
    /// What it costs.
    pub cost: Cost,
}

//! The contract that every store keeps, and the plain data that crosses it.
//!
//! `tests/store/contract.rs` runs one suite over all implementations.

use std::collections::BTreeMap;
use std::future::Future;

use crate::secret::SecretValue;
use crate::store::StoreError;

/// What to create.
#[derive(Debug)]
pub struct NewSecret<'a> {
    /// Hierarchical name.
    pub name: &'a str,
    /// Free text; never a value.
    pub description: &'a str,
    /// Tags at creation.
    pub tags: &'a BTreeMap<String, String>,
    /// KMS key; the account's default when `None`.
    pub kms_key_id: Option<&'a str>,
    /// `ClientRequestToken`, 32 to 64 characters; becomes the version's id.
    pub token: &'a str,
    /// The value.
    pub value: &'a SecretValue,
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Full ARN.
    pub arn: String,
    /// Version that holds the value.
    pub version_id: String,
}

/// A secret without its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Full ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Description; empty when there is none.
    pub description: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it is or will be deleted, RFC 3339.
    pub deleted: Option<String>,
    /// Version ids with their stages.
    pub versions: BTreeMap<String, Vec<String>>,
}

/// Which version to read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The one with the stage `AWSCURRENT`.
    #[default]
    Current,
    /// By id.
    Id(String),
    /// By stage.
    Stage(String),
}

/// A value with where it came from.
#[derive(Debug)]
pub struct Fetched {
    /// Full ARN.
    pub arn: String,
    /// Version that was read.
    pub version_id: String,
    /// The value.
    pub value: SecretValue,
    /// It came as binary: a client that asks for text gets none.
    pub binary: bool,
}

impl Fetched {
    /// Whether it is what storing `value` gives: the same bytes, in the form in which the rewritten program asks for
    /// them.
    pub(crate) fn is(&self, value: &SecretValue) -> bool {
        self.value.same_as(value) && self.binary == travels_as_binary(value)
    }
}

fn travels_as_binary(value: &SecretValue) -> bool {
    value.with_bytes(|bytes| matches!(Payload::of(bytes), Payload::Binary(_)))
}

/// Where secrets go. `id` is a name, a full ARN or an ARN without its last six characters.
pub trait SecretStore: Send + Sync {
    /// Metadata and versions.
    fn describe(&self, id: &str) -> impl Future<Output = Result<Described, StoreError>> + Send;
    /// Creates a secret with its first version. A repeat with the same token and value changes nothing.
    fn create(&self, secret: &NewSecret<'_>) -> impl Future<Output = Result<Written, StoreError>> + Send;
    /// Adds a version and makes it current. A repeat with the same token and value changes nothing.
    fn put(
        &self,
        id: &str,
        token: &str,
        value: &SecretValue,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;
    /// Reads a value.
    fn get(&self, id: &str, version: &Version) -> impl Future<Output = Result<Fetched, StoreError>> + Send;
    /// Reads current values, in the order asked.
    fn get_many(
        &self,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Result<Fetched, StoreError>>, StoreError>> + Send;
    /// All secrets whose names start with `prefix`, in name order, those scheduled for deletion left out.
    fn list(&self, prefix: &str) -> impl Future<Output = Result<Vec<Described>, StoreError>> + Send;
    /// Adds tags, or gives them another value.
    fn tag(&self, id: &str, tags: &BTreeMap<String, String>) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Schedules a secret for deletion in `days` (7 to 30).
    fn delete(&self, id: &str, days: u8) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Takes back a scheduled deletion.
    fn restore(&self, id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// How a value travels: as text wherever that is exact.
pub(crate) enum Payload<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// Text when the bytes are UTF-8 without NUL, which some clients cut at.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Self::Text(text),
            _ => Self::Binary(bytes),
        }
    }
}

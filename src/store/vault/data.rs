//! What the vault file holds: secrets with their versions and stages, as Secrets Manager keeps them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::secret::SecretValue;
use crate::store::contract::Payload;

/// Stage of the version that readers get.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// Stage of the version before.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";

/// All secrets, by name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct VaultData {
    /// Version of this form: 1.
    pub v: u8,
    pub secrets: BTreeMap<String, SecretRecord>,
}

impl Default for VaultData {
    fn default() -> Self {
        Self { v: 1, secrets: BTreeMap::new() }
    }
}

/// One secret. Times are seconds since 1970, UTC.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SecretRecord {
    pub arn: String,
    pub name: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub created: f64,
    pub changed: f64,
    /// When the secret will be gone.
    pub deleted: Option<f64>,
    /// By version id.
    pub versions: BTreeMap<String, VersionRecord>,
}

/// One version of a value.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct VersionRecord {
    pub created: f64,
    pub stages: Vec<String>,
    pub value: StoredValue,
}

/// Text that is wiped when dropped and that `Debug` doesn't show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Wiped(pub Zeroizing<String>);

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(..)")
    }
}

impl Serialize for Wiped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Wiped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A version's value as it came: text, or bytes in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredValue {
    #[serde(rename = "text")]
    Text(Wiped),
    #[serde(rename = "base64")]
    Binary(Wiped),
}

impl StoredValue {
    /// From bytes that are to be stored.
    pub(crate) fn of(value: &SecretValue) -> Self {
        value.with_bytes(|bytes| match Payload::of(bytes) {
            Payload::Text(text) => Self::Text(Wiped(Zeroizing::new(text.to_owned()))),
            Payload::Binary(bytes) => Self::Binary(Wiped(Zeroizing::new(STANDARD.encode(bytes)))),
        })
    }

    /// The bytes; `None` when the base64 is not.
    pub(crate) fn to_value(&self) -> Option<SecretValue> {
        Some(SecretValue::new(match self {
            Self::Text(text) => text.0.as_bytes().to_vec(),
            Self::Binary(text) => STANDARD.decode(text.0.as_bytes()).ok()?,
        }))
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::Binary(text) => text.0.len() / 4 * 3 - text.0.bytes().rev().take_while(|b| *b == b'=').count(),
        }
    }
}

impl SecretRecord {
    /// The version that carries `stage`, with its id.
    pub(crate) fn staged(&self, stage: &str) -> Option<(&String, &VersionRecord)> {
        self.versions.iter().find(|(_, version)| version.stages.iter().any(|s| s == stage))
    }
}

impl VaultData {
    /// Looks a secret up by name, full ARN, or ARN without its random tail.
    pub(crate) fn find(&self, id: &str) -> Option<&SecretRecord> {
        if !id.starts_with("arn:") {
            return self.secrets.get(id);
        }
        let full = self.secrets.values().find(|secret| secret.arn == id);
        full.or_else(|| self.secrets.values().find(|secret| without_tail(&secret.arn) == Some(id)))
    }

    /// Takes out what is past its date.
    pub(crate) fn purge(&mut self, now: f64) {
        self.secrets.retain(|_, secret| secret.deleted.is_none_or(|at| at > now));
    }
}

fn without_tail(arn: &str) -> Option<&str> {
    arn.get(..arn.len().checked_sub(7)?)
}

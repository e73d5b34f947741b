//! What the store confirmed, and how files refer to it.

use serde::{Deserialize, Serialize};

/// How a secret came to be in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The secret is new.
    Created,
    /// It was there with the same value.
    Reused,
    /// It was there with another value and got a new version, as told.
    Updated,
}

/// The store's confirmation: the value was written, read back and compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Full ARN, with its six random characters.
    pub arn: String,
    /// The version that holds the value.
    pub version_id: String,
    /// Created, reused or updated.
    pub outcome: Outcome,
}

/// What takes a literal's place: the ARN, with a JSON key where the secret is a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretRef {
    /// Full ARN.
    pub arn: String,
    /// Key within a JSON secret.
    pub key: Option<String>,
}

impl SecretRef {
    /// The region that the ARN names; empty when it isn't an ARN.
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    /// The last part of the secret's name, without the letters that the ARN adds to it.
    pub fn short_name(&self) -> &str {
        let name = self.arn.splitn(7, ':').nth(6).unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('-').map_or(name, |(name, _)| name)
    }

    /// AWS's dynamic-reference text, `{{resolve:secretsmanager:ARN}}` or `…:ARN:SecretString:key}}`.
    /// Source: CloudFormation user guide, "Get a secret or secret value from Secrets Manager".
    pub fn dynamic_reference(&self) -> String {
        match &self.key {
            None => format!("{{{{resolve:secretsmanager:{}}}}}", self.arn),
            Some(key) => format!("{{{{resolve:secretsmanager:{}:SecretString:{key}}}}}", self.arn),
        }
    }
}

//! A judged match: what reports, baselines and people see of a credential.

use serde::{Deserialize, Serialize};

use crate::model::Region;
use crate::secret::{Excerpt, Fingerprint};

/// What sort of credential a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A password or pass phrase.
    Password,
    /// An API key or access key.
    ApiKey,
    /// A bearer, personal access or session token.
    Token,
    /// A private key in PEM or a similar form.
    PrivateKey,
    /// A connection string or URL with a password in it.
    Connection,
    /// Anything else that is called a secret.
    Secret,
}

/// How much harm a leaked credential of this rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "an ordinary scale")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// How sure arnify is that the value is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "an ordinary scale")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What the judge made of the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Looks like a credential in use.
    Likely,
    /// Could be one.
    Doubtful,
    /// A one-way hash of a password: worth knowing, but there is no credential in it to move.
    Hash,
    /// A placeholder, a vendor's documented example, a test value.
    Example,
    /// Passed over on the file's own request (an inline marker).
    Suppressed,
}

/// A judged match. It holds no secret bytes, so it may be shown, stored and sent.
///
/// Its serialised form is the public JSON line (see the design's command line), so fields are stable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Version of this form: 1.
    pub v: u8,
    /// Rule id.
    pub rule: String,
    /// What sort of credential.
    pub kind: Kind,
    /// Harm of a leak.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The judge's word.
    pub verdict: Verdict,
    /// Relative to the root of the scan, with `/`.
    pub path: String,
    /// Where the value stands, without its quotes.
    pub span: Region,
    /// Stable identity.
    pub fingerprint: Fingerprint,
    /// The line, values masked.
    pub excerpt: Excerpt,
    /// The commit that brought it in, when history was scanned.
    pub commit: Option<String>,
    /// The commit that took it out, when history was scanned and it is no longer there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
    /// Why the judge said so: short words for `-v` and `--explain`; never a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
}

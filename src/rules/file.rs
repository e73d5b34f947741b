//! The form of a rule file, as serde sees it: arnify's own keys and those of a gitleaks or betterleaks file, so that
//! a team's existing file loads unchanged. What such a file asks for and arnify doesn't do is noted by name where it
//! leads to more findings, and refused where it would lose some.

use serde::Deserialize;

use crate::model::{Confidence, Kind, Severity};

/// A rule file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) rules: Option<Vec<RuleEntry>>,
    pub(super) allowlist: Option<AllowEntry>,
    pub(super) allowlists: Option<Vec<AllowEntry>>,
    pub(super) extend: Option<Extend>,
    // read by gitleaks for people and versions; nothing here depends on them
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "minVersion")]
    _min_version: Option<String>,
    #[serde(rename = "betterleaksMinVersion")]
    _betterleaks_min_version: Option<String>,
    pub(super) prefilter: Option<toml::Value>,
    pub(super) filter: Option<toml::Value>,
}

/// Another rule that must find something near, in gitleaks' form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequiredEntry {
    pub(super) id: String,
    #[serde(rename = "withinLines")]
    pub(super) within_lines: Option<usize>,
    #[serde(rename = "withinColumns")]
    pub(super) within_columns: Option<usize>,
}

/// The same in the form of betterleaks 2.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentEntry {
    pub(super) id: String,
    /// `5L`, `100C`, or both with a comma
    pub(super) within: Option<String>,
    #[serde(default)]
    pub(super) optional: bool,
}

/// What a gitleaks file builds on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extend {
    #[serde(default, rename = "useDefault")]
    pub(super) use_default: bool,
    pub(super) path: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default, rename = "disabledRules")]
    pub(super) disabled_rules: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    pub(super) id: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) family: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) severity: Option<Severity>,
    pub(super) confidence: Option<Confidence>,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    pub(super) regex: Option<String>,
    #[serde(rename = "secretGroup")]
    pub(super) secret_group: Option<usize>,
    pub(super) entropy: Option<f64>,
    pub(super) path: Option<String>,
    pub(super) validator: Option<String>,
    #[serde(default)]
    pub(super) value: ValueEntry,
    pub(super) structure: Option<Structure>,
    /// keyed: regex of the name that a value of `format` stands under
    pub(super) key: Option<String>,
    /// keyed: regex of the provider's name, behind which `key`, `token` or their like must follow
    pub(super) provider: Option<String>,
    /// keyed: regex of the value
    pub(super) format: Option<String>,
    #[serde(default)]
    pub(super) keys: Vec<String>,
    #[serde(default)]
    pub(super) why: String,
    #[serde(default)]
    pub(super) fix: String,
    #[serde(default)]
    pub(super) references: Vec<String>,
    pub(super) since: Option<String>,
    #[serde(default)]
    pub(super) status: StatusEntry,
    #[serde(default)]
    pub(super) examples: Vec<String>,
    #[serde(default)]
    pub(super) counter_examples: Vec<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) allowlist: Option<AllowEntry>,
    #[serde(default)]
    pub(super) allowlists: Vec<AllowEntry>,
    #[serde(default)]
    pub(super) required: Vec<RequiredEntry>,
    #[serde(default)]
    pub(super) components: Vec<ComponentEntry>,
    #[serde(default, rename = "skipReport")]
    pub(super) skip_report: bool,
    /// betterleaks' rank among overlapping rules
    pub(super) specificity: Option<u16>,
    // betterleaks' expressions
    pub(super) prefilter: Option<toml::Value>,
    pub(super) filter: Option<toml::Value>,
    pub(super) validate: Option<toml::Value>,
    pub(super) analyze: Option<toml::Value>,
    pub(super) revoke: Option<toml::Value>,
    #[serde(rename = "tokenEfficiency")]
    pub(super) token_efficiency: Option<bool>,
}

/// How the value is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ValueEntry {
    #[default]
    Specific,
    Keyed,
    Hash,
}

/// What finds the candidates of a rule that has no regex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Structure {
    /// Names of credentials, whose values the scanner finds by the shapes of a key and its value.
    KeyValue,
    /// A provider's name or key, then a value in the provider's format.
    Keyed,
}

/// How far a rule has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StatusEntry {
    Preview,
    #[default]
    Stable,
    Deprecated,
}

/// An allowlist.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AllowEntry {
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(super) condition: Option<String>,
    #[serde(default)]
    pub(super) regexes: Vec<String>,
    #[serde(rename = "regexTarget")]
    pub(super) regex_target: Option<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default, alias = "stopWords")]
    pub(super) stopwords: Vec<String>,
    #[serde(default)]
    pub(super) commits: Vec<String>,
    #[serde(default, rename = "targetRules")]
    pub(super) target_rules: Vec<String>,
}

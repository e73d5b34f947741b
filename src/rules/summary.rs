//! What reports tell of a rule: no regex, no examples.

/// What reports tell of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSummary {
    /// Unique id.
    pub id: String,
    /// What it finds, in a few words.
    pub description: String,
    /// What a leak means.
    pub why: String,
    /// How to rotate.
    pub fix: String,
    /// Where the facts are from.
    pub references: Vec<String>,
}

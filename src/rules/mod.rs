//! Detection rules: parse, check, compile; the built-in ones are embedded from `rules/detect`.

use std::path::PathBuf;

/// A checked, compiled set of rules.
#[derive(Debug)]
pub struct RuleSet;

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

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(String);

impl RuleSet {
    /// The embedded rules with those of `paths` added.
    pub fn load(_paths: &[PathBuf]) -> Result<Self, RuleError> {
        todo!("H1")
    }

    /// What reports tell of each rule, by file and position.
    pub fn summaries(&self) -> Vec<RuleSummary> {
        todo!("H1")
    }
}

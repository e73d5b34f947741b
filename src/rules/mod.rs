//! Detection rules: parse, check, compile; the built-in ones are embedded from `rules/detect`.

mod summary;

use std::path::PathBuf;

pub use summary::RuleSummary;

/// A checked, compiled set of rules.
#[derive(Debug)]
pub struct RuleSet;

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

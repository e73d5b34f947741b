//! A file a format. Reports get findings and excerpts, never blobs.

pub mod applied;
mod human;
mod json;
pub mod plan;
mod sarif;

use std::collections::BTreeMap;

pub use human::{coverage, findings as human};
pub use json::{json, jsonl};
pub use sarif::sarif;

use crate::model::{Coverage, Finding, Verdict};

/// What reports say of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSummary {
    /// What it finds.
    pub description: String,
    /// What a leak means.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Where to read on.
    pub references: Vec<String>,
}

/// A scan's result.
#[derive(Debug)]
pub struct Report<'a> {
    /// In path and span order.
    pub findings: Vec<&'a Finding>,
    /// What was read and what was not.
    pub coverage: &'a Coverage,
    /// By rule id.
    pub rules: BTreeMap<String, RuleSummary>,
}

/// Whether a finding counts: suppressed ones and examples are told on request only.
pub fn counts(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Likely | Verdict::Doubtful)
}

//! A file a format. Reports get findings and excerpts, never blobs.

pub mod applied;
mod human;
mod json;
pub mod plan;
mod sarif;

use std::io::{self, Write};

pub use human::{place, summary};

use crate::cli::Format;
use crate::model::{Coverage, Finding, Verdict};
use crate::rules::RuleSummary;

/// All that a report tells of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The findings that count.
    pub findings: &'a [Finding],
    /// Examples, and what a file asked to pass over.
    pub passed: &'a [Finding],
    /// Findings that the baseline knows; they are in neither list.
    pub known: usize,
    /// What was read and what was not.
    pub coverage: &'a Coverage,
    /// What there is to say about the rules.
    pub rules: &'a [RuleSummary],
    /// For the human form: colour.
    pub color: bool,
    /// For the human form: how often `-v` was given.
    pub verbosity: u8,
    /// For the human form: which signals spoke for each finding. `-v` shows them too.
    pub explain: bool,
}

/// A form that a report can take.
pub trait Reporter {
    /// Writes the whole report.
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// The reporter of a format.
pub fn reporter(format: Format) -> &'static dyn Reporter {
    match format {
        Format::Human => &human::Human,
        Format::Json => &json::Json,
        Format::Jsonl => &json::JsonLines,
        Format::Sarif => &sarif::Sarif,
    }
}

/// Parts the findings that count from those that are only mentioned.
pub fn part(findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    findings
        .into_iter()
        .partition(|finding| matches!(finding.verdict, Verdict::Likely | Verdict::Doubtful | Verdict::Hash))
}

#[cfg(test)]
mod samples {
    use crate::model::{Confidence, Coverage, Finding, Kind, Region, Severity, Skip, SkipReason, Verdict};
    use crate::secret::{Excerpt, Fingerprint, Salt};

    pub(super) fn finding(verdict: Verdict) -> Finding {
        let line = b"DB_PASSWORD = \"abcdefghijkl\"";
        Finding {
            v: 1,
            rule: "generic-password".into(),
            kind: Kind::Password,
            severity: Severity::High,
            confidence: Confidence::High,
            verdict,
            path: "src/\u{1b}app.py".into(),
            span: Region { line: 12, column: 16, end_line: 12, end_column: 28, start_byte: 301, end_byte: 313 },
            fingerprint: Fingerprint::compute(&Salt::derive(b"s"), "f", "p", b"v"),
            excerpt: Excerpt::mask(line, std::slice::from_ref(&(15..27))),
            commit: None,
            removed: None,
            signals: Vec::new(),
        }
    }

    pub(super) fn coverage() -> Coverage {
        let mut coverage = Coverage { files: 3, bytes: 2048, rules: 2, ..Coverage::default() };
        coverage.skip(Skip { path: "img".into(), reason: SkipReason::Binary, detail: None });
        coverage.skip(Skip { path: "big".into(), reason: SkipReason::TooLarge, detail: Some("9 bytes".into()) });
        coverage
    }

    pub(super) fn written(format: crate::cli::Format, findings: &[Finding], passed: &[Finding]) -> String {
        let rules = [crate::rules::RuleSummary {
            id: "generic-password".into(),
            description: "A password".into(),
            why: "It opens doors.".into(),
            fix: "Change it.".into(),
            references: vec!["https://example.com/".into()],
        }];
        let coverage = coverage();
        let report = super::Report {
            findings,
            passed,
            known: 0,
            coverage: &coverage,
            rules: &rules,
            color: false,
            verbosity: 0,
            explain: false,
        };
        let mut out = Vec::new();
        super::reporter(format).write(&report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}

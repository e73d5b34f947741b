//! JSON for programs: one object with a run summary, or one finding a line.

use serde::Serialize;

use super::{Report, counts};
use crate::model::{Coverage, Finding};

#[derive(Serialize)]
struct Whole<'a> {
    v: u8,
    summary: Summary<'a>,
    findings: Vec<&'a Finding>,
}

#[derive(Serialize)]
struct Summary<'a> {
    tool: &'static str,
    version: &'static str,
    findings: usize,
    complete: bool,
    coverage: &'a Coverage,
}

/// One object: the findings that count and the run's summary.
///
/// # Errors
/// None in practice: all of it is plain data.
pub fn json(report: &Report<'_>) -> Result<String, serde_json::Error> {
    let findings: Vec<&Finding> = shown(report).collect();
    let summary = Summary {
        tool: "arnify",
        version: env!("CARGO_PKG_VERSION"),
        findings: findings.len(),
        complete: report.coverage.is_complete(),
        coverage: report.coverage,
    };
    Ok(serde_json::to_string_pretty(&Whole { v: 1, summary, findings })? + "\n")
}

/// One finding a line, no wrapper.
///
/// # Errors
/// None in practice: all of it is plain data.
pub fn jsonl(report: &Report<'_>) -> Result<String, serde_json::Error> {
    shown(report).try_fold(String::new(), |mut text, finding| {
        text.push_str(&serde_json::to_string(finding)?);
        text.push('\n');
        Ok(text)
    })
}

fn shown<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Finding> {
    report.findings.iter().copied().filter(|finding| counts(finding))
}

//! For programs: findings as JSON lines, or in one document with a summary of the run.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, Reporter};
use crate::model::{Coverage, Finding};

pub(super) struct JsonLines;
pub(super) struct Json;

impl Reporter for JsonLines {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        for finding in report.findings {
            serde_json::to_writer(&mut *out, finding)?;
            writeln!(out)?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Document<'a> {
    v: u8,
    summary: Summary<'a>,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct Summary<'a> {
    complete: bool,
    findings: usize,
    known: usize,
    passed: usize,
    #[serde(flatten)]
    coverage: &'a Coverage,
}

impl Reporter for Json {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = Summary {
            complete: report.coverage.is_complete(),
            findings: report.findings.len(),
            known: report.known,
            passed: report.passed.len(),
            coverage: report.coverage,
        };
        serde_json::to_writer_pretty(&mut *out, &Document { v: 1, summary, findings: report.findings })?;
        writeln!(out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use crate::cli::Format;
    use crate::model::Verdict;

    #[test]
    fn a_line_has_the_public_fields_in_order() {
        let text = samples::written(Format::Jsonl, &[samples::finding(Verdict::Likely)], &[]);
        let mut at = 0;
        for field in [
            "v",
            "rule",
            "kind",
            "severity",
            "confidence",
            "verdict",
            "path",
            "span",
            "fingerprint",
            "excerpt",
            "commit",
        ] {
            let found = text.find(&format!("\"{field}\":")).unwrap();
            assert!(found >= at, "{field}");
            at = found;
        }
        assert!(text.ends_with("\"commit\":null}\n"));
    }

    #[test]
    fn the_document_says_whether_it_is_complete() {
        let text = samples::written(Format::Json, &[samples::finding(Verdict::Likely)], &[]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["summary"]["complete"], false);
        assert_eq!(value["summary"]["skipped"]["too-large"], 1);
        assert_eq!(value["findings"][0]["rule"], "generic-password");
    }
}

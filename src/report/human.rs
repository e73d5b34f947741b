//! For people: each finding with its source line, and what was covered.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Report, Reporter};
use crate::model::{Coverage, Finding, Severity, Verdict};
use crate::secret::MASK;
use crate::ui::{BOLD, DIM, GREEN, RED, YELLOW, count, paint, sanitise, size};

pub(super) struct Human;

impl Reporter for Human {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        for finding in report.findings {
            writeln!(out, "{}", block(finding, report))?;
        }
        if report.verbosity > 0 {
            for finding in report.passed {
                writeln!(out, "{}", block(finding, report))?;
            }
        }
        Ok(())
    }
}

fn block(finding: &Finding, report: &Report<'_>) -> String {
    let color = report.color;
    let (severity, style) = match finding.severity {
        Severity::Critical => ("critical", RED),
        Severity::High => ("high", RED),
        Severity::Medium => ("medium", YELLOW),
        Severity::Low => ("low", DIM),
    };
    let mut text = format!(
        "{}  {}  {} ({} confidence{})\n",
        paint(&place(finding), BOLD, color),
        sanitise(&finding.rule),
        paint(severity, style, color),
        format!("{:?}", finding.confidence).to_lowercase(),
        match finding.verdict {
            Verdict::Likely => "",
            Verdict::Doubtful => ", doubtful",
            Verdict::Hash => ", a hash",
            Verdict::Example => ", an example",
            Verdict::Suppressed => ", suppressed",
        }
    );
    text.push_str(&source_line(finding, color));
    if let Some(commit) = &finding.commit {
        let _ = writeln!(text, "      {}", paint(&came_and_went(commit, finding.removed.as_deref()), DIM, color));
    }
    if let Some(rule) = report.rules.iter().find(|rule| rule.id == finding.rule) {
        let _ = writeln!(text, "      {}", paint(&sanitise(&rule.description), DIM, color));
    }
    if report.explain || report.verbosity > 0 {
        for signal in &finding.signals {
            let _ = writeln!(text, "      {}", paint(&format!("- {}", sanitise(signal)), DIM, color));
        }
    }
    text
}

/// Enough of a commit's id for a person.
const SHORT: usize = 12;

fn came_and_went(commit: &str, removed: Option<&str>) -> String {
    let short = |id: &str| sanitise(id.get(..SHORT).unwrap_or(id)).into_owned();
    match removed {
        Some(removed) => format!("brought in by {}, taken out by {}", short(commit), short(removed)),
        None => format!("brought in by {}, still there", short(commit)),
    }
}

/// `path:line:column` of a finding, fit for a terminal.
pub fn place(finding: &Finding) -> String {
    format!("{}:{}:{}", sanitise(&finding.path), finding.span.line, finding.span.column)
}

/// The masked line with carets under the masks.
fn source_line(finding: &Finding, color: bool) -> String {
    let line = sanitise(finding.excerpt.as_str());
    let number = finding.span.line.to_string();
    let gutter = " ".repeat(number.len());
    let mut under = String::new();
    let mut rest = &*line;
    while let Some((before, after)) = rest.split_once(MASK) {
        under.extend(before.chars().map(|_| ' '));
        under.push_str(&"^".repeat(MASK.len()));
        rest = after;
    }
    format!("  {number} | {line}\n  {gutter} | {}\n", paint(&under, RED, color))
}

/// What was covered and what came of it, for standard error.
pub fn summary(report: &Report<'_>, color: bool) -> String {
    let Coverage { files, archives, bytes, rules, skipped, gaps } = report.coverage;
    let mut text = match report.findings.len() {
        0 => paint("no findings", GREEN, color),
        some => paint(&count(some, "finding"), RED, color),
    };
    let opened = if *archives > 0 { format!(", {} opened", count(*archives, "archive")) } else { String::new() };
    let _ = write!(text, " in {} ({}){opened}, {rules} rules", count(*files, "file"), size(*bytes));
    if report.known > 0 {
        let _ = write!(text, "; {} known to the baseline", report.known);
    }
    if !report.passed.is_empty() {
        let _ = write!(text, "; {} passed over as examples or on request (-v shows them)", report.passed.len());
    }
    if !skipped.is_empty() {
        let parts: Vec<_> = skipped.iter().map(|(reason, count)| format!("{count} {}", reason.label())).collect();
        let _ = write!(text, "\nnot read: {}", parts.join(", "));
    }
    if !gaps.is_empty() {
        let head = format!("incomplete: {} could not be scanned:", count(gaps.len(), "place"));
        let _ = write!(text, "\n{}", paint(&head, YELLOW, color));
    }
    for gap in gaps {
        let detail = gap.detail.as_ref().map_or_else(String::new, |detail| format!(" ({})", sanitise(detail)));
        let _ = write!(text, "\n  {}: {}{detail}", sanitise(&gap.path), gap.reason.label());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::cli::Format;

    #[test]
    fn a_finding_shows_place_rule_and_the_masked_line_with_carets() {
        let text = samples::written(Format::Human, &[samples::finding(Verdict::Likely)], &[]);
        let expected = "src/\\u{1b}app.py:12:16  generic-password  high (high confidence)
  12 | DB_PASSWORD = \"********\"
     |                ^^^^^^^^
      A password\n\n";
        assert_eq!(text, expected);
        assert_eq!(samples::written(Format::Human, &[], &[samples::finding(Verdict::Example)]), "");
    }

    #[test]
    fn the_summary_names_what_was_not_scanned() {
        let coverage = samples::coverage();
        let report = Report {
            findings: &[],
            passed: &[],
            known: 2,
            coverage: &coverage,
            rules: &[],
            color: false,
            verbosity: 0,
            explain: false,
        };
        let expected = "no findings in 3 files (2.0 KiB), 2 rules; 2 known to the baseline
not read: 1 binary, 1 too large
incomplete: 1 place could not be scanned:
  big: too large (9 bytes)";
        assert_eq!(summary(&report, false), expected);
    }
}

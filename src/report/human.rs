//! Findings for people: where, what, and the source line with every value masked.

use std::fmt::Write as _;

use super::{Report, counts};
use crate::model::{Confidence, Coverage, Finding, Severity, Verdict};
use crate::secret::MASK;
use crate::ui::{Style, sanitise};

/// The findings; `verbose` adds those that don't count, and the judge's signals.
pub fn findings(report: &Report<'_>, color: bool, verbose: bool) -> String {
    let mut text = String::new();
    for finding in report.findings.iter().filter(|finding| verbose || counts(finding)) {
        show(&mut text, finding, report, (color, verbose));
    }
    text
}

// Writing to a String can't fail, so the results below are passed over.
fn show(text: &mut String, finding: &Finding, report: &Report<'_>, (color, verbose): (bool, bool)) {
    let span = finding.span;
    let place = format!("{}:{}:{}", sanitise(&finding.path), span.line, span.column);
    let level = level(finding, color);
    let _ = writeln!(text, "{}  {level}  {}", Style::PATH.paint(&place, color), finding.rule);
    let number = span.line.to_string();
    let line = sanitise(finding.excerpt.as_str());
    let _ = writeln!(text, "  {number} | {}", line.replace(MASK, &Style::REMOVED.paint(MASK, color)));
    if let Some(at) = line.split(MASK).next().filter(|_| line.contains(MASK)) {
        let indent = " ".repeat(number.len() + 5 + at.chars().count());
        let what = report.rules.get(&finding.rule).map_or("", |rule| rule.description.as_str());
        let carets = Style::REMOVED.paint(&"^".repeat(MASK.len()), color);
        let _ = writeln!(text, "{indent}{carets} {}", sanitise(what));
    }
    if let Some(commit) = &finding.commit {
        let _ = writeln!(text, "  commit {commit}");
    }
    if verbose {
        let _ = writeln!(text, "  {}", Style::FAINT.paint(&finding.signals.join(", "), color));
    }
    text.push('\n');
}

fn level(finding: &Finding, color: bool) -> String {
    let severity = match finding.severity {
        Severity::Critical => Style::ERROR.paint("critical", color),
        Severity::High => Style::ERROR.paint("high", color),
        Severity::Medium => Style::WARNING.paint("medium", color),
        Severity::Low => Style::FAINT.paint("low", color),
    };
    let confidence = match finding.confidence {
        Confidence::High => "certain",
        Confidence::Medium => "probable",
        Confidence::Low => "possible",
    };
    match finding.verdict {
        Verdict::Suppressed => format!("{severity}, suppressed in the file"),
        Verdict::Example => format!("{severity}, an example"),
        Verdict::Likely | Verdict::Doubtful => format!("{severity}, {confidence}"),
    }
}

/// What was read and what was not: the last lines of every scan.
pub fn coverage(coverage: &Coverage, findings: usize, color: bool) -> String {
    let mut text = String::new();
    let head = match findings {
        0 => Style::ADDED.paint("no findings", color),
        1 => Style::ERROR.paint("1 finding", color),
        many => Style::ERROR.paint(&format!("{many} findings"), color),
    };
    let files = if coverage.files == 1 { "file" } else { "files" };
    let _ =
        write!(text, "{head}; read {} {files}, {} with {} rules", coverage.files, size(coverage.bytes), coverage.rules);
    let passed: Vec<String> =
        coverage.skipped.iter().map(|(reason, count)| format!("{count} {}", reason.label())).collect();
    if !passed.is_empty() {
        let _ = write!(text, "; passed over: {}", passed.join(", "));
    }
    if !coverage.is_complete() {
        let _ = write!(text, "\n{}: these could not be read:", Style::WARNING.paint("incomplete", color));
        for gap in &coverage.gaps {
            let detail = gap.detail.as_deref().map(|detail| format!(" ({})", sanitise(detail))).unwrap_or_default();
            let _ = write!(text, "\n  {}: {}{detail}", sanitise(&gap.path), gap.reason.label());
        }
    }
    text
}

/// Bytes with a unit, to one decimal.
fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

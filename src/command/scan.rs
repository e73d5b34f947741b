//! `arnify scan`: report findings.

use crate::cli::{Format, Scan};
use crate::failure::{Exit, Failure};
use crate::model::Finding;
use crate::report::{self, Report, RuleSummary};
use crate::scan::{ScanOutcome, Scanner};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::walk::Reader;

/// Scans the selection and reports.
pub(super) fn run(settings: &Settings, _args: &Scan, ui: &mut Ui) -> Result<Exit, Failure> {
    let (outcome, scanner) = scan(settings, ui)?;
    let findings = outcome.files.iter().flat_map(|file| &file.located).map(|located| &located.finding).collect();
    let found = tell(settings, ui, findings, (&outcome, &scanner))?;
    Ok(exit(found, &outcome))
}

/// Scans the selection without keeping what was read.
pub(super) fn scan(settings: &Settings, ui: &Ui) -> Result<(ScanOutcome, Scanner), Failure> {
    let scanner = super::scanner(settings)?;
    let reader = Reader::new(settings.scan.max_file_size);
    let found = super::find(settings)?;
    let outcome = super::drive(found, &reader, &scanner, (settings, ui, false));
    Ok((outcome, scanner))
}

/// Reports `findings` in the format of the settings; gives the number of those that count.
pub(super) fn tell(
    settings: &Settings,
    ui: &mut Ui,
    findings: Vec<&Finding>,
    (outcome, scanner): (&ScanOutcome, &Scanner),
) -> Result<usize, Failure> {
    let count = findings.iter().filter(|finding| report::counts(finding)).count();
    let rules = scanner.rules().rules().iter().map(|rule| {
        let summary = RuleSummary {
            description: rule.description.clone(),
            why: rule.why.clone(),
            fix: rule.fix.clone(),
            references: rule.references.clone(),
        };
        (rule.id.clone(), summary)
    });
    let report = Report { findings, coverage: &outcome.coverage, rules: rules.collect() };
    let format = settings.format;
    let color = ui.color() && settings.output.is_none();
    let text = match format {
        Format::Human => report::human(&report, color, ui.verbosity() > 0),
        Format::Json => report::json(&report)?,
        Format::Jsonl => report::jsonl(&report)?,
        Format::Sarif => report::sarif(&report)?,
    };
    super::deliver(settings, ui, &text)?;
    tell_coverage(ui, format, &report, count);
    Ok(count)
}

fn tell_coverage(ui: &mut Ui, format: Format, report: &Report<'_>, count: usize) {
    let color = ui.error_color();
    if format == Format::Human {
        ui.note(&report::coverage(report.coverage, count, color));
        if count > 0 {
            ui.note("`arnify plan` shows how to move them; `arnify explain RULE` what a rule finds.");
        }
    } else if !report.coverage.is_complete() {
        ui.warn(&report::coverage(report.coverage, count, color));
    }
}

/// Incomplete goes before findings: a list that may lack some can't be relied on.
pub(super) fn exit(found: usize, outcome: &ScanOutcome) -> Exit {
    match (outcome.coverage.is_complete(), found) {
        (false, _) => Exit::Incomplete,
        (true, 0) => Exit::Done,
        (true, _) => Exit::Findings,
    }
}

//! `arnify scan`: report findings.

use std::io::Write as _;

use crate::cli::Scan;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::walk::Reader;

/// Scans the selection and reports.
pub(super) fn run(settings: &Settings, _args: &Scan, ui: &mut Ui) -> Result<Exit, Failure> {
    let scanner = super::scanner(settings)?;
    let found = super::find(settings)?;
    let reader = Reader::new(settings.scan.max_file_size);
    let outcome = super::drive(found, &reader, &scanner, (settings, ui, false));
    let mut findings = 0;
    for located in outcome.files.iter().flat_map(|file| &file.located) {
        findings += 1;
        let line = serde_json::to_string(&located.finding).map_err(|error| Failure::new(Exit::Bug, error))?;
        writeln!(ui.out(), "{line}").map_err(|error| Failure::new(Exit::Usage, error))?;
    }
    Ok(if findings == 0 { Exit::Done } else { Exit::Findings })
}

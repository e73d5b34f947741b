//! `arnify check`: the gate.

use std::path::PathBuf;

use crate::cli::{self, Format};
use crate::command::scan;
use crate::failure::{Exit, Failure};
use crate::scan::baseline::{Baseline, BaselineError};
use crate::settings::{Settings, baseline_path};
use crate::ui::Ui;

/// Scans and fails on what the baseline doesn't know.
pub(super) fn run(settings: &Settings, args: &cli::Check, ui: &mut Ui) -> Result<Exit, Failure> {
    let path = path(settings, args.baseline.as_ref());
    let baseline = Baseline::read(&path).map_err(explain)?;
    if baseline.is_none() && args.baseline.is_some() {
        let failure = Failure::message(Exit::Usage, format!("{}: no such baseline", path.display()));
        return Err(failure.hint("`arnify baseline create` writes one"));
    }
    let mut scanned = scan::findings(settings, ui)?;
    let mut known = 0;
    if let Some(baseline) = baseline {
        let all = std::mem::take(&mut scanned.counted);
        (scanned.counted, known) = baseline.subtract(all);
    }
    let exit = scan::deliver(settings, &scanned, known, ui)?;
    if exit == Exit::Findings && settings.format == Format::Human {
        ui.note("next: move them out with `arnify apply`, or accept them with `arnify baseline update`");
    }
    Ok(exit)
}

/// The baseline that was named, else the tree's.
pub(super) fn path(settings: &Settings, named: Option<&PathBuf>) -> PathBuf {
    named.map_or_else(|| baseline_path(&settings.root), Clone::clone)
}

pub(super) fn explain(error: BaselineError) -> Failure {
    Failure::new(Exit::Usage, error)
        .hint("restore it from git, or write a new one with `arnify baseline create --force`")
}

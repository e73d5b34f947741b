//! `arnify check`: the gate.

use crate::cli::{self, Format};
use crate::command::scan;
use crate::failure::{Exit, Failure};
use crate::scan::baseline::Baseline;
use crate::settings::Settings;
use crate::ui::Ui;

/// Scans and fails on what the baseline doesn't know.
pub(super) fn run(settings: &Settings, args: &cli::Check, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = known(settings)?;
    if baseline.is_none() && args.baseline.is_some() {
        return Err(none(settings));
    }
    let salt = settings.salt(baseline.as_ref().map(|baseline| baseline.salt.as_str()));
    let mut scanned = scan::findings((settings, ui), salt)?;
    let mut passed = 0;
    if let Some(baseline) = baseline {
        let all = std::mem::take(&mut scanned.counted);
        (scanned.counted, passed) = baseline.subtract(all);
    }
    let exit = scan::deliver(settings, &scanned, (passed, args.explain), ui)?;
    scan::tell_bare(settings, ui);
    if exit == Exit::Findings && settings.format == Format::Human {
        ui.note("next: move them out with `arnify apply`, or accept them with `arnify baseline update`");
    }
    Ok(exit)
}

/// The baseline of the settings; `None` when there is none.
pub(super) fn known(settings: &Settings) -> Result<Option<Baseline>, Failure> {
    Baseline::read(&settings.baseline).map_err(|error| {
        Failure::new(Exit::Usage, error)
            .hint("restore it from git, or write a new one with `arnify baseline create --force`")
    })
}

/// There is no baseline where one is needed.
pub(super) fn none(settings: &Settings) -> Failure {
    let failure = Failure::message(Exit::Usage, format!("{}: no such baseline", settings.baseline.display()));
    failure.hint("`arnify baseline create` writes one")
}

//! `arnify check`: the gate. Like scan, less the known findings.

use super::survey::count;
use crate::cli::Check;
use crate::failure::{Exit, Failure};
use crate::scan::baseline::Baseline;
use crate::settings::Settings;
use crate::ui::Ui;

/// Fails on findings that the baseline doesn't know.
pub(super) fn run(settings: &Settings, args: &Check, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = match super::baseline::read(&settings.baseline)? {
        None if args.baseline.is_some() => {
            let failure =
                Failure::message(Exit::Usage, format!("{}: there is no such baseline", settings.baseline.display()));
            return Err(failure.hint("`arnify baseline create` records today's findings as known."));
        }
        found => found.unwrap_or_else(|| Baseline::new(String::new(), std::iter::empty())),
    };
    if args.selection.staged && super::find(settings)?.is_empty() {
        ui.note("nothing is staged");
        return Ok(Exit::Done);
    }
    let (outcome, scanner) = super::scan::scan(settings, ui)?;
    let all = outcome.files.iter().flat_map(|file| &file.located).map(|located| &located.finding);
    let (known, new): (Vec<_>, Vec<_>) = all.partition(|finding| baseline.knows(&finding.fingerprint));
    let found = super::scan::tell(settings, ui, new, (&outcome, &scanner))?;
    if !known.is_empty() {
        ui.note(&format!("{} of the baseline passed", count(known.len(), "known finding")));
    }
    Ok(super::scan::exit(found, &outcome))
}

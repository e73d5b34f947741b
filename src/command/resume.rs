//! `arnify resume`: finish an interrupted run.

use crate::apply::journal::{Journal, Which};
use crate::apply::resume::{Left, left};
use crate::apply::state::RunState;
use crate::cli::{self, Format};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::{Ui, sanitise};

/// Finishes the run that is named, else the tree's last one.
///
/// # Errors
/// No such run (2); a file that was being written has been changed since (6); whatever the rest of the run meets.
pub(super) fn run(settings: &Settings, args: &cli::Resume, ui: &mut Ui) -> Result<Exit, Failure> {
    let json = super::human_or_json(settings.format, "resume")? == Format::Json;
    let opened = Journal::open(settings.home()?, &settings.root, args.run.as_deref(), Which::Unfinished);
    let (journal, state) = opened.map_err(|error| super::no_journal(error, "resume"))?;
    if state.undone || state.done {
        let how = if state.undone { "was undone" } else { "is complete" };
        ui.note(&format!("Run {} {how}; nothing is left to do.", state.run.0));
        if json {
            let text =
                serde_json::json!({ "v": 1, "run": state.run.0, "complete": state.done, "undone": state.undone });
            super::deliver(settings, ui, &format!("{text:#}\n"))?;
        }
        return Ok(Exit::Done);
    }
    let left = left(&state)?;
    if !left.changed.is_empty() {
        return Err(changed(&left, &state));
    }
    tell(&left, &state, ui);
    if !args.yes && ui.can_ask() && !ui.confirm("Finish it?") {
        ui.note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    super::continuing::continue_run(settings, ui, journal, state)
}

fn tell(left: &Left, state: &RunState, ui: &mut Ui) {
    let stored = state.receipts.len();
    ui.note(&format!("Run {} was interrupted.", state.run.0));
    ui.note(&format!("  secrets stored: {stored}, to store: {}", left.to_store));
    ui.note(&format!("  files written: {}, begun and not written: {}", left.written.len(), left.unwritten.len()));
    for path in &left.unwritten {
        ui.note(&format!("    {}", sanitise(path)));
    }
}

fn changed(left: &Left, state: &RunState) -> Failure {
    let message = format!("changed while the run was interrupted: {}", left.changed.join(", "));
    Failure::message(Exit::Conflict, message).hint(format!(
        "Put these files back as they were and resume, or undo the rest with `arnify undo {}` after that.",
        state.run.0
    ))
}

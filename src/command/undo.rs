//! `arnify undo`: put the literals of a run back, byte for byte, reading them from the store.

use serde::Serialize;

use crate::apply::journal::{Journal, Which};
use crate::apply::state::RunState;
use crate::apply::undo::{Step, UndoError, carry_out, prepare};
use crate::cli::{self, Format};
use crate::failure::{Exit, Failure};
use crate::model::Outcome;
use crate::settings::Settings;
use crate::store;
use crate::ui::Ui;

/// Undoes the run that is named, else the tree's last one that was not undone yet.
///
/// # Errors
/// No such run (2), the store doesn't give a value (4), a file can't be written (5), a file changed (6).
pub(super) fn run(settings: &Settings, args: &cli::Undo, ui: &mut Ui) -> Result<Exit, Failure> {
    let json = super::human_or_json(settings.format, "undo")? == Format::Json;
    if !json {
        super::no_report(settings, "undo", "`--format json` gives one.")?;
    }
    let opened = Journal::open(settings.home()?, &settings.root, args.run.as_deref(), Which::NotUndone);
    let (mut journal, state) = opened.map_err(|error| super::no_journal(error, "undo"))?;
    if state.undone {
        ui.note(&format!("Run {} was undone already; nothing to do.", state.run.0));
        return if json { report(settings, ui, (&state, &[])) } else { Ok(Exit::Done) };
    }
    let store = super::store_of_run(settings, &state);
    let steps = prepare(&state, &|wanted| store::fetch(wanted, &store)).map_err(|error| explain(error, &state))?;
    if !args.yes && ui.can_ask() && !agreed(&state, &steps, ui) {
        ui.note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    store::watch_interrupts();
    let changed: Vec<String> = steps.iter().filter(|step| step.changes()).map(|step| step.path.clone()).collect();
    for note in carry_out(steps, &mut journal, &store::interrupted).map_err(|error| explain(error, &state))? {
        ui.warn(&crate::ui::sanitise(&note));
    }
    tell(&state, &changed, ui);
    if json { report(settings, ui, (&state, &changed)) } else { Ok(Exit::Done) }
}

/// The outcome for programs.
#[derive(Serialize)]
struct Outcomes<'a> {
    v: u8,
    run: &'a str,
    /// Tree paths that got their old bytes.
    restored: &'a [String],
    /// ARNs of secrets that the run created and that stay in the store.
    kept: Vec<&'a str>,
}

fn report(settings: &Settings, ui: &mut Ui, (state, restored): (&RunState, &[String])) -> Result<Exit, Failure> {
    let outcomes = Outcomes { v: 1, run: &state.run.0, restored, kept: created(state) };
    super::deliver(settings, ui, &(serde_json::to_string_pretty(&outcomes)? + "\n"))?;
    Ok(Exit::Done)
}

fn created(state: &RunState) -> Vec<&str> {
    let created = state.receipts.values().filter(|receipt| receipt.outcome == Outcome::Created);
    created.map(|receipt| receipt.arn.as_str()).collect()
}

fn agreed(state: &RunState, steps: &[Step], ui: &mut Ui) -> bool {
    for step in steps.iter().filter(|step| step.changes()) {
        ui.note(&format!("  {}", crate::ui::sanitise(&step.path)));
    }
    ui.confirm(&format!("Put the old text of run {} back into these files?", state.run.0))
}

/// Says what was put back and what stays in the store.
fn tell(state: &RunState, changed: &[String], ui: &mut Ui) {
    for path in changed {
        ui.note(&format!("restored {}", crate::ui::sanitise(path)));
    }
    ui.note(&format!("Run {} is undone; files restored: {}.", state.run.0, changed.len()));
    let created = created(state);
    if !created.is_empty() {
        ui.note(&how_to_delete(state));
        for arn in created {
            ui.note(&format!("  {arn}"));
        }
    }
    for entry in state.plan.entries.iter().filter(|entry| state.begun.contains(&entry.id)) {
        if !state.receipts.contains_key(&entry.id) {
            ui.note(&format!("{} may be in the store too: the run was cut off while storing it.", entry.name));
        }
    }
}

fn how_to_delete(state: &RunState) -> String {
    let command = "aws secretsmanager delete-secret --secret-id ARN";
    if state.store.aws {
        return format!("The secrets that the run created stay in the store. `{command}` deletes one:");
    }
    format!(
        "The secrets that the run created stay in the vault {}. While `arnify serve --port 7777` runs, \
         `{command} --endpoint-url http://127.0.0.1:7777` deletes one:",
        state.store.vault.display()
    )
}

fn explain(error: UndoError, state: &RunState) -> Failure {
    let again = format!("`arnify undo {}` again finishes; what is done is not done twice.", state.run.0);
    let hint = match &error {
        UndoError::Changed(_) => {
            "Take your changes out (`git stash`) or put the old text back by hand, then undo again."
        }
        UndoError::Value { .. } | UndoError::Store(_) => {
            "No file was changed. Undo needs secretsmanager:GetSecretValue on the run's secrets."
        }
        UndoError::NoReceipt(_) | UndoError::Rebuild { .. } => "No file was changed.",
        UndoError::File(_) | UndoError::Journal(_) | UndoError::Interrupted(_) => &again,
    };
    let hint = hint.to_owned();
    Failure::from(error).hint(hint)
}

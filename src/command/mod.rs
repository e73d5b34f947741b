//! A file a verb: sequencing only.

mod apply;
mod baseline;
mod bench;
mod check;
mod continuing;
mod demo;
mod encoded;
mod exec;
mod explain;
mod generate;
mod hook;
mod importing;
mod inject;
mod output;
mod plan;
mod reach;
mod resume;
mod rewriting;
mod rules;
mod scan;
mod serve;
mod survey;
mod undo;
mod verify;

use std::path::Path;

use crate::apply::journal::JournalError;
use crate::apply::state::RunState;
use crate::cli::{Arguments, Command, Format, StoreKind};
use crate::failure::{Exit, Failure};
use crate::model::Coverage;
use crate::settings::{self, Environment, Settings, StoreSettings};
use crate::ui::{Ui, sanitise};

/// Settles the settings and runs the verb.
pub fn dispatch(arguments: &Arguments, environment: &Environment, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Command::Generate(args) = &arguments.command {
        return generate::run(args, ui);
    }
    let settings = settings::settle(arguments, environment)?;
    match &arguments.command {
        Command::Scan(args) => scan::run(&settings, args, ui),
        Command::Check(args) => check::run(&settings, args, ui),
        Command::Baseline(args) => baseline::run(&settings, args, ui),
        Command::Plan(args) => plan::run(&settings, args, ui),
        Command::Apply(args) => apply::run(&settings, args, ui),
        Command::Undo(args) => undo::run(&settings, args, ui),
        Command::Resume(args) => resume::run(&settings, args, ui),
        Command::Verify(args) => verify::run(&settings, args, ui),
        Command::Exec(args) => exec::run(&settings, args, ui),
        Command::Inject(args) => inject::run(&settings, args, ui),
        Command::Serve(args) => serve::run(&settings, args, ui),
        Command::Hook(args) => hook::run(&settings, args, ui),
        Command::Rules(args) => rules::run(&settings, args, ui),
        Command::Explain(args) => explain::run(&settings, args, ui),
        Command::Demo(args) => demo::run(&settings, args, ui),
        Command::Generate(args) => generate::run(args, ui),
    }
}

/// Writes a text where the report was asked for.
fn deliver(settings: &Settings, ui: &mut Ui, text: &str) -> Result<(), Failure> {
    output::deliver(settings.output.as_deref(), ui, |out| out.write_all(text.as_bytes()))
}

/// Refuses a file name that can't be written, before work is done for it.
fn check_place(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let what = match folder {
        _ if path.is_dir() => "is a folder",
        Some(folder) if !folder.is_dir() => "its folder doesn't exist",
        _ => return Ok(()),
    };
    let failure = Failure::message(Exit::Usage, format!("{}: {what}", path.display()));
    Err(failure.hint("Nothing was done. Name a file in a folder that exists."))
}

/// [`check_place`] for a file that holds values: not a pipe, a terminal or another device.
fn check_private_place(path: &Path) -> Result<(), Failure> {
    check_place(path)?;
    // A link that leads nowhere is none either.
    if path.metadata().map_or_else(|_| path.is_symlink(), |data| !data.is_file()) {
        let failure = Failure::message(Exit::Usage, format!("{}: is not a regular file", path.display()));
        return Err(
            failure.hint("Nothing was done. An exact patch holds the old values, so it goes into a file of mode 0600.")
        );
    }
    Ok(())
}

/// The format of a verb that reports for people or in JSON only.
fn human_or_json(format: Format, verb: &str) -> Result<Format, Failure> {
    match format {
        format @ (Format::Human | Format::Json) => Ok(format),
        Format::Jsonl | Format::Sarif => {
            let failure = Failure::message(Exit::Usage, format!("`{verb}` reports in the formats human and json"));
            Err(failure.hint("`arnify scan` also knows jsonl and sarif."))
        }
    }
}

/// Refuses `--format` for a verb that says in plain words what it did.
fn words_only(settings: &Settings, verb: &str) -> Result<(), Failure> {
    if settings.format == Format::Human {
        return Ok(());
    }
    let failure = Failure::message(Exit::Usage, format!("`{verb}` has no report in another format than human"));
    Err(failure.hint("Leave out `--format`."))
}

/// Refuses `-o` where there is no report that could go into the file.
fn no_report(settings: &Settings, verb: &str, hint: &str) -> Result<(), Failure> {
    match &settings.output {
        None => Ok(()),
        Some(_) => Err(Failure::message(Exit::Usage, format!("`{verb}` has no report to write to a file")).hint(hint)),
    }
}

/// Names the sources that could not be read; the exit code of a run in which all else went well.
fn tell_gaps(coverage: &Coverage, ui: &mut Ui) -> Exit {
    if coverage.is_complete() {
        return Exit::Done;
    }
    for gap in &coverage.gaps {
        let detail = gap.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        ui.warn(&sanitise(&format!("{} was not read: {}{detail}", gap.path, gap.reason.label())));
    }
    Exit::Incomplete
}

/// The store of a recorded run. What the run recorded goes first; a region that it left to the AWS configuration is
/// the one that is asked for now.
fn store_of_run(settings: &Settings, state: &RunState) -> StoreSettings {
    let mut store = state.store.settings(&settings.store);
    if store.kind == StoreKind::Aws && store.region.is_none() {
        store.region.clone_from(&settings.store.region);
    }
    store
}

/// No journal to `verb` a run from.
fn no_journal(error: JournalError, verb: &str) -> Failure {
    let hint = match &error {
        JournalError::NoRun { .. } => format!(
            "`arnify apply --write` starts a run that changes files; `{verb}` looks in the tree that it is called in."
        ),
        JournalError::Several { .. } => format!("Name the run: `arnify {verb} RUN`."),
        JournalError::Locked(_) => "Wait until the other run has ended.".to_owned(),
        JournalError::Damaged { .. } => "Name another run, or restore the journal from a backup.".to_owned(),
        JournalError::Io { .. } => {
            "Check the permissions of arnify's folder (ARNIFY_HOME) and the space left there.".to_owned()
        }
    };
    Failure::from(error).hint(hint)
}

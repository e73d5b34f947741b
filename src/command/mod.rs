//! A file a verb: sequencing only. What the verbs share (settling, scanning a selection) stands here.

mod apply;
mod baseline;
mod check;
mod continuing;
mod demo;
mod exec;
mod explain;
mod generate;
mod hook;
mod inject;
mod plan;
mod resume;
mod rewriting;
mod rules;
mod scan;
mod serve;
mod survey;
mod undo;
mod verify;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::apply::files;
use crate::cli::{Arguments, Command, Format};
use crate::failure::{Exit, Failure};
use crate::model::{Coverage, RunId};
use crate::rules::RuleSet;
use crate::scan::{Drive, Progress, ScanOptions, ScanOutcome, Scanner};
use crate::settings::{Environment, Settings};
use crate::ui::{Ui, sanitise};
use crate::walk::{self, Found, Reader, WalkError, WalkOptions};

/// Runs the command and gives its exit code; every failure has been told by then.
pub fn dispatch(arguments: &Arguments) -> Exit {
    let environment = match Environment::take() {
        Ok(environment) => environment,
        Err(error) => {
            let mut ui = Ui::standard(arguments.global.color, (true, false), false, 0);
            let failure = Failure::message(Exit::Usage, format!("the current folder can't be told: {error}"));
            ui.fail(&failure);
            return failure.exit;
        }
    };
    let colors = (environment.text("NO_COLOR").is_some(), environment.text("CLICOLOR_FORCE").is_some());
    let mut ui = Ui::standard(arguments.global.color, colors, arguments.global.quiet, arguments.global.verbose);
    let outcome = run(arguments, &environment, &mut ui);
    ui.flush();
    match outcome {
        Ok(exit) => exit,
        Err(failure) if is_broken_pipe(&failure) => Exit::Done,
        Err(failure) => {
            ui.fail(&failure);
            failure.exit
        }
    }
}

fn run(arguments: &Arguments, environment: &Environment, ui: &mut Ui) -> Result<Exit, Failure> {
    let settings = crate::settings::settle(arguments, environment, walk::root_commit)?;
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
        Command::Rules(args) => {
            buffered(&settings, ui, |out| rules::run(args, Some(settings.format), &settings.scan.rule_paths, out))
        }
        Command::Explain(args) => {
            buffered(&settings, ui, |out| explain::run(args, Some(settings.format), &settings.scan.rule_paths, out))
        }
        Command::Demo(args) => demo::run(&settings, args, ui),
        Command::Generate(args) => generate::run(&settings, args, ui),
    }
}

/// A reader that has seen enough (`arnify scan | head`) is no failure.
fn is_broken_pipe(failure: &Failure) -> bool {
    let mut causes = failure.source.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// A panic's payload may hold a piece of a file, so only the place is told.
pub fn guard_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "bug in arnify: a step failed at {place}; please report it with the command that you ran"
        );
    }));
}

/// The scanner of these settings.
fn scanner(settings: &Settings) -> Result<Scanner, Failure> {
    let rules = RuleSet::load(&settings.scan.rule_paths).map_err(|error| {
        Failure::new(Exit::Usage, error).hint("`arnify rules check` runs the examples of every rule.")
    })?;
    Ok(Scanner::new(rules, ScanOptions { min_confidence: settings.scan.min_confidence, salt: settings.salt.clone() }))
}

/// The sources of the selection; an empty one is incomplete, since a clean result would mean nothing.
fn find(settings: &Settings) -> Result<Found, Failure> {
    let selection = &settings.selection;
    let options = WalkOptions { exclude: settings.scan.exclude.clone(), no_ignore: settings.scan.no_ignore };
    if selection.stdin {
        return Ok(walk::stdin(selection.stdin_name.as_deref().unwrap_or("stdin")));
    }
    if selection.staged {
        return walk::staged(&settings.root, &options).map_err(walk_failure);
    }
    let here = [PathBuf::from(".")];
    let paths = if selection.paths.is_empty() { here.as_slice() } else { &selection.paths };
    let found = walk::tree(paths, &settings.root, &options).map_err(walk_failure)?;
    if found.is_empty() {
        let what = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let failure = Failure::message(Exit::Incomplete, format!("{what}: nothing to scan"));
        return Err(
            failure.hint("The input that was asked for is empty; `--no-ignore` reads what ignore files leave out.")
        );
    }
    Ok(found)
}

fn walk_failure(error: WalkError) -> Failure {
    let hint = match &error {
        WalkError::Missing(_) => "Check the spelling; paths are relative to the current folder.",
        WalkError::Git { .. } => "`--staged` needs git and a work tree; without it, files are read as they stand.",
        WalkError::Pattern { .. } => "Patterns are written as in .gitignore.",
    };
    Failure::new(Exit::Usage, error).hint(hint)
}

/// Reads and scans, with progress for a person who waits.
fn drive(
    found: Found,
    reader: &Reader,
    scanner: &Scanner,
    (settings, ui, keep_blobs): (&Settings, &Ui, bool),
) -> ScanOutcome {
    let meter = Mutex::new(ui.meter());
    let progress = |now: Progress| {
        if let Ok(meter) = meter.try_lock() {
            meter.scanned((now.files, now.total), now.bytes, now.findings);
        }
    };
    crate::scan::run(found, reader, scanner, &Drive { threads: settings.scan.threads, keep_blobs, progress: &progress })
}

/// Runs a verb that writes plain text and delivers that text.
fn buffered(
    settings: &Settings,
    ui: &mut Ui,
    run: impl FnOnce(&mut dyn std::io::Write) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    let outcome = run(&mut bytes);
    deliver(settings, ui, &String::from_utf8_lossy(&bytes))?;
    outcome
}

/// Writes a result where it was asked for: the file of `-o`, else standard output.
fn deliver(settings: &Settings, ui: &mut Ui, text: &str) -> Result<(), Failure> {
    let Some(path) = &settings.output else {
        return ui.out().write_all(text.as_bytes()).map_err(Failure::output);
    };
    files::write_shared(path, text.as_bytes()).map_err(|error| Failure::new(Exit::Usage, error))
}

/// Refuses a file name whose folder is not there, before work is done for it.
fn check_place(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let failure = Failure::message(Exit::Usage, format!("{}: its folder doesn't exist", path.display()));
            Err(failure.hint("Nothing was done. Name a file in a folder that exists."))
        }
        _ => Ok(()),
    }
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

/// A new run's id and the time, RFC 3339, UTC.
fn new_run() -> (RunId, String) {
    let now = jiff::Timestamp::now();
    let second = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
    let tail = uuid::Uuid::new_v4().simple().to_string();
    let name = second.to_string().replace(['-', ':'], "");
    (RunId(format!("{name}-{}", tail.get(..6).unwrap_or_default())), second.to_string())
}

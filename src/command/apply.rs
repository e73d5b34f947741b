//! `arnify apply`: store the secrets, verify them, and emit or write the diff.
//!
//! The order is what keeps the promises: plan, journal, store, read back, and only then rewrite. A crash at any
//! moment leaves a journal that `resume` and `undo` work from.

use std::collections::BTreeMap;

use super::rewriting::{self, Rewritten};
use super::survey::{Run, Survey};
use crate::apply::files;
use crate::apply::journal::{Intent, Journal, JournalError};
use crate::cli::{Apply, Format, Only};
use crate::failure::{Exit, Failure};
use crate::model::{Applicability, EntryId, Plan, Receipt, Stored};
use crate::plan::{self, Planned};
use crate::report::{applied as render, plan as plan_render};
use crate::settings::{OnConflict, Settings};
use crate::store::{self, StoreError, StoreRun};
use crate::ui::{Ui, count, sanitise};

/// Runs the whole migration for the selection.
pub(super) fn run(settings: &Settings, args: &Apply, ui: &mut Ui) -> Result<Exit, Failure> {
    let format = super::human_or_json(settings.format, "apply")?;
    if let Some(patch) = &args.patch {
        super::check_private_place(patch)?;
    }
    if let Some(output) = &settings.output {
        super::check_place(output)?;
    }
    let survey = Survey::take(settings, ui)?;
    let intent = Intent { write: args.write, only_safe: args.only == Some(Only::Safe) };
    let run = Run::new();
    let (mut planned, mut rehearsed) = rewriting::plan((settings, &survey), &run, least(intent))?;
    let decided;
    let settings = if planned.plan.conflicts.is_empty() {
        settings
    } else {
        decided = decide(settings, &planned, args.yes, ui)?;
        (planned, rehearsed) = rewriting::plan((&decided, &survey), &run, least(intent))?;
        &decided
    };
    let human = format == Format::Human;
    if planned.plan.entries.is_empty() {
        return nothing_to_do(settings, ui, (&planned, &survey, human));
    }
    let home = settings.home()?;
    let asks = args.write && !args.yes && ui.can_ask();
    if human && (asks || ui.verbosity() > 0) {
        ui.note(plan_render::human(&planned.plan, ui.err_color()).trim_end());
    }
    if asks && !ui.confirm(&question(&planned, settings)) {
        ui.note("Nothing was stored or written.");
        return Ok(Exit::Done);
    }
    if args.write {
        rewriting::preflight(settings, &rehearsed, &planned.values)?;
    }
    let journal = Journal::create(home, &settings.root, (&planned.plan, intent), &settings.store);
    let journal = journal.map_err(not_begun)?;
    let emission = Emission { intent, patch: args.patch.as_deref(), human };
    carry_out((settings, ui), &survey, (planned, BTreeMap::new(), journal), &emission)
}

/// A run whose journal can't be begun takes no step: nothing is there to resume.
fn not_begun(error: JournalError) -> Failure {
    let refused = matches!(error, JournalError::Io { .. });
    let failure = Failure::from(error);
    if !refused {
        return failure;
    }
    Failure { exit: Exit::Usage, ..failure }
        .hint("No file was changed and nothing was stored.")
        .hint("Check the permissions of arnify's folder (ARNIFY_HOME) and the space left there.")
}

/// The least that a rewrite must be to be carried out.
pub(super) fn least(intent: Intent) -> Applicability {
    if intent.only_safe { Applicability::Safe } else { Applicability::Review }
}

/// What is done with the diff.
pub(super) struct Emission<'a> {
    pub(super) intent: Intent,
    pub(super) patch: Option<&'a std::path::Path>,
    pub(super) human: bool,
}

impl Emission<'_> {
    /// Whether the redacted diff goes to standard output.
    fn shows(&self) -> bool {
        self.human && !self.intent.write && self.patch.is_none()
    }
}

/// Stores, rewrites and emits; shared with `resume`, which brings the receipts of what is already stored.
pub(super) fn carry_out(
    (settings, ui): (&Settings, &mut Ui),
    survey: &Survey,
    (planned, done, mut journal): (Planned, BTreeMap<EntryId, Receipt>, Journal),
    emission: &Emission<'_>,
) -> Result<Exit, Failure> {
    let Planned { plan, values } = planned;
    let held_back = plan.held_back.clone();
    store::watch_interrupts();
    let names: Names = plan.entries.iter().map(|entry| (entry.id, entry.name.clone())).collect();
    let outcome = store::run(plan, &values, &settings.store, &done, &mut |steps| journal.steps(steps));
    let stored = settle_store(outcome, &names, &mut journal)?;
    let rewritten = rewriting::rewrite((settings, survey), &stored);
    emit((settings, ui), (&rewritten, survey), (&values, &mut journal), emission)?;
    // Everything is done but the telling: output that fails (`arnify apply | head`) must not leave the run open.
    journal.done()?;
    for problem in &rewritten.problems {
        ui.warn(&sanitise(&format!("left as it is: {}", problem.reason)));
    }
    if emission.shows() {
        rewriting::show(&rewritten.patches, ui)?;
    }
    let changes = rewritten.outline();
    let summary = render::Summary::new(&stored, &changes, &held_back, emission.intent.write);
    let text = if emission.human { summary.human(ui.color()) } else { summary.json()? };
    super::deliver(settings, ui, &text)?;
    let exit = survey.tell_gaps(ui);
    Ok(if rewritten.problems.is_empty() { exit } else { Exit::Partial })
}

fn nothing_to_do(
    settings: &Settings,
    ui: &mut Ui,
    (planned, survey, human): (&Planned, &Survey, bool),
) -> Result<Exit, Failure> {
    let held_back = &planned.plan.held_back;
    if human {
        let text = plan_render::human(&planned.plan, settings.output.is_none() && ui.color());
        super::deliver(settings, ui, &text)?;
    } else {
        let stored = Plan::<Stored> {
            v: 1,
            run: planned.plan.run.clone(),
            created: planned.plan.created.clone(),
            entries: Vec::new(),
            conflicts: Vec::new(),
            held_back: Vec::new(),
            cost: planned.plan.cost,
        };
        let summary = render::Summary::new(&stored, &[], held_back, false);
        super::deliver(settings, ui, &summary.json()?)?;
    }
    Ok(survey.tell_gaps(ui))
}

/// Asks what becomes of resources with different values.
///
/// # Errors
/// Nobody can be asked, or the answer is to stop (exit code 6).
fn decide(settings: &Settings, planned: &Planned, yes: bool, ui: &mut Ui) -> Result<Settings, Failure> {
    let answers = [
        ('a', "apart: store each value as a secret of its own"),
        ('l', "leave these places as they are, and go on with the rest"),
        ('s', "stop"),
    ];
    let chosen = if yes || !ui.can_ask() {
        None
    } else {
        ui.note(plan_render::conflicts(&planned.plan, ui.err_color()).trim_end());
        ui.choose("What becomes of them?", &answers)
    };
    let mut decided = settings.clone();
    decided.naming.on_conflict = match chosen {
        Some('a') => OnConflict::Apart,
        Some('l') => OnConflict::Leave,
        _ => return Err(super::plan::conflict(&planned.plan)),
    };
    Ok(decided)
}

fn question(planned: &Planned, settings: &Settings) -> String {
    let secrets = count(planned.plan.entries.len(), "secret");
    let store = match settings.store.kind {
        crate::cli::StoreKind::Aws => "AWS Secrets Manager",
        crate::cli::StoreKind::Local => "the local vault",
    };
    format!("Store {secrets} in {store} and change the files?")
}

/// What the entries of a plan are called in the store.
type Names = BTreeMap<EntryId, String>;

/// Turns what the store said into a stored plan or a failure with the right exit code. A run in which nothing can
/// have been stored is closed; one in which something was, or may have been, stays open for `resume`.
fn settle_store(
    outcome: Result<StoreRun, StoreError>,
    names: &Names,
    journal: &mut Journal,
) -> Result<Plan<Stored>, Failure> {
    let run = match outcome {
        Ok(StoreRun { plan: Some(plan), .. }) => return Ok(plan),
        Ok(run) => run,
        Err(error) => {
            let failure = error.into_failure();
            return Err(close_or_keep(failure, names, journal));
        }
    };
    let reasons: Vec<String> = run.refused.iter().map(|(_, error)| error.to_string()).collect();
    let hints: Vec<String> = run.refused.iter().filter_map(|(_, error)| error.hint()).collect();
    let message = format!("{} refused\n  {}", count(reasons.len(), "secret"), reasons.join("\n  "));
    let mut failure = Failure::message(Exit::Store, message);
    for hint in hints {
        if !failure.hints.contains(&hint) {
            failure.hints.push(hint);
        }
    }
    Err(close_or_keep(failure, names, journal))
}

fn close_or_keep(mut failure: Failure, names: &Names, journal: &mut Journal) -> Failure {
    let stored = journal.stored();
    // A store that was asked may have kept the value, whatever became of its answer or of reading it back.
    let doubtful: Vec<&str> = journal.doubtful().filter_map(|id| names.get(&id)).map(String::as_str).collect();
    if stored == 0 && doubtful.is_empty() {
        // Nothing happened that anybody could resume; a journal that can't be closed only shows as unfinished.
        let _ = journal.done();
        return failure.hint("No file was changed and nothing was stored.");
    }
    if failure.exit == Exit::Store {
        failure.exit = Exit::Partial;
    }
    failure = failure.hint(format!("{} stored and read back, no file was changed.", count(stored, "secret")));
    if !doubtful.is_empty() {
        failure = failure.hint(format!("Begun, so that the store may hold them: {}.", doubtful.join(", ")));
    }
    failure.hint("`arnify resume` goes on from there.")
}

/// Writes what is to be written: the exact patch, the files.
fn emit(
    (settings, ui): (&Settings, &mut Ui),
    (rewritten, survey): (&Rewritten, &Survey),
    (values, journal): (&plan::Values, &mut Journal),
    emission: &Emission<'_>,
) -> Result<(), Failure> {
    if store::interrupted() {
        return Err(rewriting::stopped(0, rewritten.patches.len()));
    }
    if let Some(path) = emission.patch {
        let patch = rewriting::exact_patch(&rewritten.patches)?;
        files::write_private(path, &patch)?;
        ui.note(&format!("{}: an exact patch, mode 0600; it holds the old values", path.display()));
    }
    if emission.intent.write {
        rewriting::write((settings, ui), (rewritten, survey), (values, journal))?;
    }
    Ok(())
}

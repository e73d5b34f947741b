//! From a stored plan to checked patches, and from those to diffs and files.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::{Run, Survey, Terms};
use crate::apply::diff::{Exact, Redacted};
use crate::apply::edits::{land, landed_spans};
use crate::apply::journal::Journal;
use crate::apply::{patch, write as writing};
use crate::failure::{Exit, Failure};
use crate::lang::{Request, Surroundings};
use crate::model::{
    Applicability, Blob, Edit, Entry, Fix, Origin, Patch, Plan, Proposed, SecretRef, Source, Span, Stored,
};
use crate::plan::{Planned, Values};
use crate::report::applied::Change;
use crate::settings::Settings;
use crate::store;
use crate::ui::{Ui, sanitise};
use crate::walk;

/// The checked changes of a run.
#[derive(Default)]
pub(super) struct Rewritten {
    /// In the order in which they are written: manifests and helper files first.
    pub(super) patches: Vec<Patch>,
    /// The fixes that are in them, by tree path.
    fixes: BTreeMap<String, Vec<Fix>>,
    /// What was left as it is.
    pub(super) problems: Vec<Problem>,
}

/// A change that could not be made.
pub(super) struct Problem {
    /// Why; names the file.
    pub(super) reason: String,
    /// The files with literals, by tree path, that need the change.
    files: BTreeSet<String>,
}

impl Rewritten {
    /// What a report says of the changes.
    pub(super) fn outline(&self) -> Vec<Change> {
        self.fixes.values().flatten().map(Change::of).collect()
    }

    fn problem(&mut self, reason: &dyn std::fmt::Display, files: BTreeSet<String>) {
        self.problems.push(Problem { reason: reason.to_string(), files });
    }

    /// A plan's places know what is left to do in general; the fix of their file knows it in particular.
    fn settle_steps(&self, plan: &mut Plan<Proposed>) {
        for place in plan.entries.iter_mut().flat_map(|entry| &mut entry.places) {
            let mut fixes = self.fixes.get(&place.path).into_iter().flatten();
            if let Some(step) = fixes.find_map(|fix| fix.step.as_ref()) {
                place.site.step = Some(step.clone());
            }
        }
    }
}

/// Plans what can be carried out: the rewrite is rehearsed with ARNs that are made up, and files for which that
/// fails are held back with the reason, until nothing fails any more. What the rehearsal changed comes along.
///
/// # Errors
/// What the plan itself has to say.
pub(super) fn plan(
    (settings, survey): (&Settings, &Survey),
    run: &Run,
    least: Applicability,
) -> Result<(Planned, Rewritten), Failure> {
    let mut terms = Terms { least, refused: BTreeMap::new() };
    loop {
        let mut planned = survey.plan(settings, run, &terms)?;
        let rehearsed = rewrite_with((settings, survey), &planned.plan, made_up_arn);
        let known = terms.refused.len();
        for problem in &rehearsed.problems {
            let reason = format!("Left as it is: {}.", problem.reason);
            terms.refused.extend(problem.files.iter().map(|path| (path.clone(), reason.clone())));
        }
        if terms.refused.len() == known {
            rehearsed.settle_steps(&mut planned.plan);
            return Ok((planned, rehearsed));
        }
    }
}

fn made_up_arn(entry: &Entry<Proposed>) -> String {
    format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{}-Rehear", entry.name)
}

/// Shows before anything is stored that each file could be written and put back.
///
/// # Errors
/// A file that can't be written or could not be undone.
pub(super) fn preflight(settings: &Settings, rehearsed: &Rewritten, values: &Values) -> Result<(), Failure> {
    let lookup = writing::lookup(values);
    for patch in &rehearsed.patches {
        writing::preflight(patch, &settings.root, &lookup).map_err(|error| {
            let mut failure = Failure::from(error).hint("Nothing was stored and no file was changed.");
            if failure.exit == Exit::Partial {
                failure.exit = Exit::Usage;
            }
            failure
        })?;
    }
    Ok(())
}

/// Rewrites every place of a stored plan, file by file. A file that can't be rewritten is left as it is and named.
pub(super) fn rewrite((settings, survey): (&Settings, &Survey), plan: &Plan<Stored>) -> Rewritten {
    rewrite_with((settings, survey), plan, |entry| entry.state.receipt().arn.clone())
}

fn rewrite_with<S>(
    (settings, survey): (&Settings, &Survey),
    plan: &Plan<S>,
    arn: impl Fn(&Entry<S>) -> String,
) -> Rewritten {
    let wanted = requests(plan, arn);
    let around = surroundings(settings, survey, &wanted);
    let mut rewritten = Rewritten::default();
    let mut needs = Needs::new();
    for (path, requests) in &wanted {
        let Some(blob) = survey.blob(path) else { continue };
        match survey.languages.rewrite(blob, requests, &around) {
            Ok(fixes) => {
                for fix in fixes {
                    needs.entry(fix.path.clone()).or_default().insert(path.clone());
                    rewritten.fixes.entry(fix.path.clone()).or_default().push(fix);
                }
            }
            Err(error) => rewritten.problem(&error, BTreeSet::from([path.clone()])),
        }
    }
    construct((settings, survey), &needs, &around, &mut rewritten);
    rewritten
}

/// For each changed file the files with literals that need the change: itself, or those that import what a manifest
/// or helper file brings.
type Needs = BTreeMap<String, BTreeSet<String>>;

/// The literals to replace, by the tree path of their file.
type Wanted = BTreeMap<String, Vec<Request>>;

fn requests<S>(plan: &Plan<S>, arn: impl Fn(&Entry<S>) -> String) -> Wanted {
    let mut wanted = Wanted::new();
    for entry in &plan.entries {
        for place in &entry.places {
            let reference = SecretRef { arn: arn(entry), key: place.key.clone() };
            let request = Request { site: place.site.clone(), entry: entry.id, reference };
            wanted.entry(place.path.clone()).or_default().push(request);
        }
    }
    for requests in wanted.values_mut() {
        requests.sort_by_key(|request| request.site.replace);
        // Two findings in one literal are one secret, and one replacement.
        requests.dedup_by_key(|request| request.site.replace);
    }
    wanted
}

fn surroundings(settings: &Settings, survey: &Survey, wanted: &Wanted) -> Surroundings {
    let languages = wanted.values().flatten().map(|request| request.site.language.clone()).collect();
    let names = survey.languages.surrounding_names(&languages);
    let paths = wanted.keys().cloned().collect();
    Surroundings {
        files: walk::nearby(&settings.root, &paths, &names, &survey.reader),
        passages: walk::passages(&settings.root, &paths),
        rewritten: paths,
    }
}

fn construct(
    (settings, survey): (&Settings, &Survey),
    needs: &Needs,
    around: &Surroundings,
    rewritten: &mut Rewritten,
) {
    let mut last = Vec::new();
    for (path, fixes) in std::mem::take(&mut rewritten.fixes) {
        let before = survey.blob(&path).or_else(|| around.files.get(&path)).cloned();
        let before = before.unwrap_or_else(|| absent(settings, &path));
        let files = needs.get(&path).cloned().unwrap_or_default();
        let edits = land(&fixes, before.bytes.len()).edits;
        let check = |_: &str, text: &[u8]| check(survey, &before, &edits, text);
        match patch::construct(before.clone(), &fixes, survey.values(&before), &check) {
            Ok(patch) if files.contains(&path) => last.push(patch),
            Ok(patch) => rewritten.patches.push(patch),
            Err(error) => {
                rewritten.problem(&error, files);
                continue;
            }
        }
        rewritten.fixes.insert(path, fixes);
    }
    rewritten.patches.append(&mut last);
}

/// A file that doesn't exist yet.
fn absent(settings: &Settings, path: &str) -> Blob {
    let origin = Origin::File(settings.root.join(path));
    Blob::new(Source { path: path.to_owned(), tree_path: path.to_owned(), origin, explicit: false }, Vec::new())
}

/// The proof that a change is good: it parses no worse, and no finding stands where something was replaced or put
/// in. Findings in text that was not touched are none of the change's: they may have stood there before, or the
/// judge, who looks at a value beside the others of its file, sees them only now.
fn check(survey: &Survey, before: &Blob, edits: &[Edit], text: &[u8]) -> Result<(), String> {
    let errors = |text: &[u8]| survey.languages.syntax_errors(&before.source.tree_path, text);
    let new = errors(text).unwrap_or(0);
    if new > 0 && new > errors(&before.bytes).unwrap_or(0) {
        return Err("the new text has a syntax error that the old one had not".to_owned());
    }
    let after = before.with_text(text);
    let changed: Vec<Span> = landed_spans(edits);
    let findings = survey.scanner.scan(&after);
    let in_the_way = findings.iter().find(|found| changed.iter().any(|span| span.overlaps(found.value)));
    match in_the_way {
        None => Ok(()),
        Some(found) => {
            let place = after.lines().region(&after.bytes, found.value).line;
            Err(format!("line {place} of the new text would be found by {}", found.finding.rule))
        }
    }
}

/// One exact patch for `git apply`, files in path order.
pub(super) fn exact_patch(patches: &[Patch]) -> Result<Vec<u8>, Failure> {
    let mut sorted: Vec<&Patch> = patches.iter().collect();
    sorted.sort_by(|a, b| a.before.source.tree_path.cmp(&b.before.source.tree_path));
    let mut whole = Vec::new();
    for patch in sorted {
        whole.extend_from_slice(Exact::new(patch).map_err(|error| Failure::new(Exit::Usage, error))?.as_bytes());
    }
    Ok(whole)
}

/// Prints the redacted diff.
pub(super) fn show(patches: &[Patch], ui: &mut Ui) -> Result<(), Failure> {
    for patch in patches {
        let diff = Redacted::new(patch);
        let text = if ui.color() { diff.coloured() } else { diff.text() };
        super::output::deliver(None, ui, |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}

/// Ctrl-C after everything was stored.
pub(super) fn stopped(written: usize, all: usize) -> Failure {
    let message = format!("all secrets are stored; {written} of {all} changed files written");
    Failure::message(Exit::Interrupted, message)
        .hint("`arnify resume` goes on from there, `arnify undo` takes back what was written.")
}

/// Writes the files, each through the journal. Files are written one after another, so that a crash leaves at most
/// one of them in doubt; the journal settles that one.
pub(super) fn write(
    (settings, ui): (&Settings, &mut Ui),
    (rewritten, survey): (&Rewritten, &Survey),
    (values, journal): (&Values, &mut Journal),
) -> Result<(), Failure> {
    let lookup = writing::lookup(values);
    for (number, patch) in rewritten.patches.iter().enumerate() {
        if store::interrupted() {
            return Err(stopped(number, rewritten.patches.len()));
        }
        let check = |_: &str, text: &[u8]| check(survey, &patch.before, &patch.edits, text);
        for note in writing::write(patch, journal, &settings.root, &lookup, &check)? {
            ui.note(&sanitise(&note));
        }
        if ui.verbosity() > 0 {
            let diff = Redacted::new(patch);
            ui.detail(diff.text().trim_end());
        }
    }
    Ok(())
}

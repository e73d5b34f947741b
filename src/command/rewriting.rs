//! From a stored plan to checked patches, and from those to diffs and files.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::Survey;
use crate::apply::diff::{Exact, Redacted};
use crate::apply::journal::Journal;
use crate::apply::{patch, write as writing};
use crate::failure::{Exit, Failure};
use crate::lang::{Request, Surroundings};
use crate::model::{Applicability, Blob, Entry, Fix, Origin, Patch, Plan, Proposed, SecretRef, Source, Stored};
use crate::plan::Values;
use crate::report::applied::Change;
use crate::secret::Fingerprint;
use crate::settings::Settings;
use crate::store;
use crate::ui::{Ui, sanitise};
use crate::walk;

/// The checked changes of a run.
pub(super) struct Rewritten {
    /// In the order in which they are written: manifests and helper files first.
    pub(super) patches: Vec<Patch>,
    /// The fixes that are in them, by path.
    pub(super) fixes: BTreeMap<String, Vec<Fix>>,
    /// Files that were left as they are, and why.
    pub(super) problems: Vec<String>,
    /// How many times each finding has to be gone, by path.
    removed: BTreeMap<String, BTreeMap<Fingerprint, usize>>,
}

impl Rewritten {
    /// What a report says of the changes.
    pub(super) fn outline(&self) -> Vec<Change> {
        let landed: BTreeSet<&str> = self.patches.iter().map(|patch| patch.before.source.tree_path.as_str()).collect();
        let fixes = self.fixes.iter().filter(|(path, _)| landed.contains(path.as_str()));
        fixes.flat_map(|(_, fixes)| fixes.iter().map(Change::of)).collect()
    }
}

/// Rewrites every place whose fix is at least `least`, file by file. A file that can't be rewritten is left as it
/// is and named.
pub(super) fn rewrite(
    (settings, survey): (&Settings, &Survey),
    plan: &Plan<Stored>,
    least: Applicability,
) -> Rewritten {
    rewrite_with((settings, survey), plan, least, |entry| entry.state.receipt().arn.clone())
}

/// The same before anything is stored, with ARNs made up: shows whether each file can be written and put back.
///
/// # Errors
/// A file that can't be written or could not be undone. Nothing was stored by then.
pub(super) fn rehearse(
    (settings, survey): (&Settings, &Survey),
    (plan, values): (&Plan<Proposed>, &Values),
    least: Applicability,
) -> Result<(), Failure> {
    let arn =
        |entry: &Entry<Proposed>| format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{}-Rehear", entry.name);
    let rehearsed = rewrite_with((settings, survey), plan, least, arn);
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

fn rewrite_with<S>(
    (settings, survey): (&Settings, &Survey),
    plan: &Plan<S>,
    least: Applicability,
    arn: impl Fn(&Entry<S>) -> String,
) -> Rewritten {
    let wanted = requests(plan, least, arn);
    let around = surroundings(settings, survey, &wanted);
    let mut rewritten =
        Rewritten { patches: Vec::new(), fixes: BTreeMap::new(), problems: Vec::new(), removed: BTreeMap::new() };
    for (path, requests) in &wanted {
        let Some(blob) = survey.blob(path) else { continue };
        let plain: Vec<Request> = requests.iter().map(|(request, _)| request.clone()).collect();
        match survey.languages.rewrite(blob, &plain, &around) {
            Ok(fixes) => {
                for mut fix in fixes {
                    // A file that was named on the command line is shown as it was named.
                    if fix.path == blob.path() {
                        fix.path.clone_from(path);
                    }
                    rewritten.fixes.entry(fix.path.clone()).or_default().push(fix);
                }
                let gone = rewritten.removed.entry(path.clone()).or_default();
                for (_, fingerprint) in requests {
                    *gone.entry(fingerprint.clone()).or_default() += 1;
                }
            }
            Err(error) => rewritten.problems.push(format!("left as it is: {error}")),
        }
    }
    construct(settings, survey, &around, &mut rewritten);
    rewritten
}

type Wanted = BTreeMap<String, Vec<(Request, Fingerprint)>>;

fn requests<S>(plan: &Plan<S>, least: Applicability, arn: impl Fn(&Entry<S>) -> String) -> Wanted {
    let mut wanted = Wanted::new();
    for entry in &plan.entries {
        for place in entry.places.iter().filter(|place| place.site.applicability >= least) {
            let reference = SecretRef { arn: arn(entry), key: place.key.clone() };
            let request = Request { site: place.site.clone(), entry: entry.id, reference };
            wanted.entry(place.path.clone()).or_default().push((request, place.fingerprint.clone()));
        }
    }
    for requests in wanted.values_mut() {
        requests.sort_by_key(|(request, _)| request.site.replace);
    }
    wanted
}

fn surroundings(settings: &Settings, survey: &Survey, wanted: &Wanted) -> Surroundings {
    let languages = wanted.values().flatten().map(|(request, _)| request.site.language.clone()).collect();
    let names = survey.languages.surrounding_names(&languages);
    let paths = wanted.keys().cloned().collect();
    Surroundings { files: walk::nearby(&settings.root, &paths, &names, &survey.reader) }
}

fn construct(settings: &Settings, survey: &Survey, around: &Surroundings, rewritten: &mut Rewritten) {
    let mut last = Vec::new();
    for (path, fixes) in &rewritten.fixes {
        let before = survey.blob(path).or_else(|| around.files.get(path)).cloned();
        let before = before.unwrap_or_else(|| absent(settings, path));
        let none = BTreeMap::new();
        let gone = rewritten.removed.get(path).unwrap_or(&none);
        let check = |_: &str, text: &[u8]| check(survey, &before, gone, text);
        match patch::construct(before.clone(), fixes, survey.secrets(path), &check) {
            Ok(patch) if rewritten.removed.contains_key(path) => last.push(patch),
            Ok(patch) => rewritten.patches.push(patch),
            Err(error) => rewritten.problems.push(format!("left as it is: {error}")),
        }
    }
    rewritten.patches.append(&mut last);
}

/// A file that doesn't exist yet.
fn absent(settings: &Settings, path: &str) -> Blob {
    let origin = Origin::File(settings.root.join(path));
    Blob::new(Source { path: path.to_owned(), tree_path: path.to_owned(), origin, explicit: false }, Vec::new())
}

/// The proof that a change is good: it parses no worse, the findings it removes are gone, and no other has come.
fn check(survey: &Survey, before: &Blob, gone: &BTreeMap<Fingerprint, usize>, text: &[u8]) -> Result<(), String> {
    let errors = |text: &[u8]| survey.languages.syntax_errors(&before.source.tree_path, text);
    if errors(text) > errors(&before.bytes) {
        return Err("the new text has a syntax error that the old one had not".to_owned());
    }
    let after = Blob { bytes: text.into(), lines: crate::model::LineIndex::new(text), ..before.clone() };
    let (old, new) = (tally(survey, before), tally(survey, &after));
    for (fingerprint, count) in &new {
        let had = old.get(fingerprint).copied().unwrap_or(0);
        let allowed = had.saturating_sub(gone.get(fingerprint).copied().unwrap_or(0));
        if *count > allowed {
            let what = if had == 0 { "the new text has a finding of its own" } else { "a finding is still there" };
            return Err(what.to_owned());
        }
    }
    Ok(())
}

fn tally(survey: &Survey, blob: &Blob) -> BTreeMap<Fingerprint, usize> {
    let mut tally = BTreeMap::new();
    for located in survey.scanner.scan(blob) {
        *tally.entry(located.finding.fingerprint).or_default() += 1;
    }
    tally
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
        let text = if ui.color() { diff.coloured() } else { diff.text().clone() };
        ui.out().write_all(text.as_bytes()).map_err(|error| Failure::new(Exit::Usage, error))?;
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
    let none = BTreeMap::new();
    let lookup = writing::lookup(values);
    for (number, patch) in rewritten.patches.iter().enumerate() {
        if store::interrupted() {
            return Err(stopped(number, rewritten.patches.len()));
        }
        let gone = rewritten.removed.get(&patch.before.source.tree_path).unwrap_or(&none);
        let check = |_: &str, text: &[u8]| check(survey, &patch.before, gone, text);
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

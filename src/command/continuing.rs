//! The second half of `resume`: scan again, store what is missing, write what is left.
//!
//! The journal holds no values, and needs none: files are written only after every secret is stored, so the
//! value of an entry that isn't stored still stands in its files. The fresh scan finds it there by the
//! fingerprint that the plan recorded.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{Emission, carry_out};
use super::survey::Survey;
use crate::apply::journal::Journal;
use crate::apply::state::RunState;
use crate::cli::{Format, Selection};
use crate::failure::{Exit, Failure};
use crate::model::{Confidence, Entry, EntryId, Place, Plan, Proposed};
use crate::plan::{Planned, Values};
use crate::secret::{Fingerprint, SecretValue};
use crate::settings::{Naming, Settings};
use crate::ui::Ui;

/// Goes on with an interrupted run.
///
/// # Errors
/// A credential that is neither stored nor where it stood: somebody changed its file (exit code 6). Else what
/// `apply` meets.
pub(super) fn continue_run(
    settings: &Settings,
    ui: &mut Ui,
    journal: Journal,
    state: RunState,
) -> Result<Exit, Failure> {
    let format = super::human_or_json(settings.format, "resume")?;
    let settings = settings_of_run(settings, &state);
    let survey = Survey::take(&settings, ui)?;
    let (_, now) = super::new_run();
    let fresh = survey.plan(&settings, &state.run, &now)?;
    let planned = match_up(&state, &fresh)?;
    let emission = Emission { intent: state.intent, patch: None, human: format == Format::Human };
    carry_out((&settings, ui), &survey, (planned, state.receipts, journal), &emission)
}

/// The settings of the run that is resumed: its store, and the files that its plan names. Thresholds are down
/// and names neutral, since what takes part was decided when the plan was made.
fn settings_of_run(settings: &Settings, state: &RunState) -> Settings {
    let places = state.plan.entries.iter().flat_map(|entry| &entry.places);
    let files: BTreeSet<_> = places.map(|place| state.root.join(&place.path)).filter(|file| file.is_file()).collect();
    let mut resumed = settings.clone();
    resumed.root.clone_from(&state.root);
    resumed.store = state.store.settings(&settings.store);
    resumed.selection = Selection { paths: files.into_iter().collect(), no_ignore: true, ..Selection::default() };
    resumed.scan.min_confidence = Confidence::Low;
    resumed.scan.exclude = Vec::new();
    resumed.scan.no_ignore = true;
    resumed.naming = Naming {
        template: "{env}/{app}/{component}/{name}".to_owned(),
        required_tags: BTreeSet::new(),
        include_tests: true,
        ..settings.naming.clone()
    };
    resumed
}

/// The run's plan with the places that are left, and the values that were found again.
fn match_up(state: &RunState, fresh: &Planned) -> Result<Planned, Failure> {
    let mut index: BTreeMap<(String, Fingerprint), (EntryId, Vec<Place>)> = BTreeMap::new();
    for entry in &fresh.plan.entries {
        for place in &entry.places {
            let found = index.entry((place.path.clone(), place.fingerprint.clone())).or_insert((entry.id, Vec::new()));
            found.1.push(place.clone());
        }
    }
    let mut values = Values::default();
    let mut entries = Vec::new();
    for old in &state.plan.entries {
        let found: Vec<_> = keys(old).into_iter().filter_map(|key| index.get(&key)).collect();
        let value = found.first().and_then(|(id, _)| fresh.values.get(*id));
        let copied = value.filter(|value| value.len() == old.size).map(copy);
        match copied {
            Some(copied) => {
                values.push(copied);
                entries.push(with_places(old, found.into_iter().flat_map(|(_, places)| places)));
            }
            None if state.receipts.contains_key(&old.id) => values.push(SecretValue::new(Vec::new())),
            None => return Err(lost(old)),
        }
    }
    let plan = Plan { entries, held_back: state.plan.held_back.clone(), ..state.plan.clone() };
    Ok(Planned { plan, values })
}

/// What identifies an entry's places across scans, each once.
fn keys(entry: &Entry<Proposed>) -> BTreeSet<(String, Fingerprint)> {
    entry.places.iter().map(|place| (place.path.clone(), place.fingerprint.clone())).collect()
}

fn with_places<'a>(old: &Entry<Proposed>, places: impl Iterator<Item = &'a Place>) -> Entry<Proposed> {
    let key = old.places.first().and_then(|place| place.key.clone());
    let places = places.map(|place| Place { key: key.clone(), ..place.clone() });
    Entry { places: places.collect(), ..old.clone() }
}

fn copy(value: &SecretValue) -> SecretValue {
    SecretValue::new(value.with_bytes(<[u8]>::to_vec))
}

fn lost(entry: &Entry<Proposed>) -> Failure {
    let place = entry.places.first().map(|place| format!("{}:{}", place.path, place.region.line)).unwrap_or_default();
    let message = format!("{place}: the credential for {} is neither stored nor where it stood", entry.name);
    Failure::message(Exit::Conflict, message)
        .hint("Somebody changed the file. Put it back as it was and resume, or start over with `arnify apply`.")
}

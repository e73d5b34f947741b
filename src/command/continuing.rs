//! The second half of `resume`: scan again, store what is missing, write what is left.
//!
//! The journal holds no values, and needs none: files are written only after every secret is stored, so the
//! value of an entry that isn't stored still stands in its files. The fresh scan finds it there by the
//! fingerprint that the plan recorded. The value of an entry that is stored comes from the store: the places that
//! are left may be fewer than those that it was put together from.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{Emission, carry_out, least};
use super::survey::{Run, Survey, Terms};
use crate::apply::journal::Journal;
use crate::apply::restore::field;
use crate::apply::state::RunState;
use crate::cli::{Format, Selection, Tree};
use crate::failure::{Exit, Failure};
use crate::model::{Confidence, Entry, EntryId, Place, Plan, Proposed, SecretRef};
use crate::plan::{Planned, Values};
use crate::secret::{Fingerprint, SecretValue};
use crate::settings::{Naming, OnConflict, Settings};
use crate::store::{self, Wanted};
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
    let mut survey = Survey::take(&settings, ui)?;
    survey.recall(&state.plan, &settings.root);
    // What takes part was decided when the run was planned, so nothing is held back anew.
    let terms = Terms { least: least(state.intent), refused: BTreeMap::new() };
    let run = Run { id: state.run.clone(), started: state.plan.created.clone() };
    let fresh = survey.plan(&settings, &run, &terms)?;
    let planned = match_up(&settings, &state, &fresh)?;
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
    resumed.store = super::store_of_run(settings, state);
    let tree = Tree { paths: files.into_iter().collect(), no_ignore: true, ..Tree::default() };
    resumed.selection = Selection { tree, ..Selection::default() };
    resumed.scan.min_confidence = Confidence::Low;
    resumed.reports = Vec::new();
    resumed.scan.exclude = Vec::new();
    resumed.scan.no_ignore = true;
    resumed.naming = Naming {
        template: "{env}/{app}/{component}/{name}".to_owned(),
        required_tags: BTreeSet::new(),
        include_tests: true,
        on_conflict: OnConflict::Apart,
        ..settings.naming.clone()
    };
    resumed
}

/// The places of a fresh plan by what identifies them across scans, with the entry that they belong to.
type Index = BTreeMap<(String, Fingerprint), (EntryId, Vec<Place>)>;

fn index(fresh: &Planned) -> Index {
    let mut index = Index::new();
    for entry in &fresh.plan.entries {
        for place in &entry.places {
            let found = index.entry((place.path.clone(), place.fingerprint.clone())).or_insert((entry.id, Vec::new()));
            found.1.push(place.clone());
        }
    }
    index
}

/// The run's plan with the places that are left, and the values that were found again.
fn match_up(settings: &Settings, state: &RunState, fresh: &Planned) -> Result<Planned, Failure> {
    let index = index(fresh);
    let mut stored = stored(settings, state, &index)?;
    let mut values = Values::default();
    let mut entries = Vec::new();
    for old in &state.plan.entries {
        let found: Vec<_> = keys(old).into_keys().filter_map(|key| index.get(&key)).collect();
        if found.is_empty() {
            if !state.receipts.contains_key(&old.id) {
                return Err(lost(old));
            }
            values.push(SecretValue::new(Vec::new()));
            continue;
        }
        let ids: BTreeSet<EntryId> = found.iter().map(|(id, _)| *id).collect();
        let value = match stored.remove(&old.id) {
            Some(value) if ids.iter().all(|id| same_secret((old, &value), (fresh, *id))) => value,
            Some(_) => return Err(lost(old)),
            None => {
                let whole = |id: &EntryId| fresh.values.get(*id).filter(|value| value.len() == old.size);
                copy(ids.iter().find_map(whole).ok_or_else(|| lost(old))?)
            }
        };
        values.push(value);
        entries.push(with_places(old, found.into_iter().flat_map(|(_, places)| places)));
    }
    let plan = Plan { entries, held_back: state.plan.held_back.clone(), ..state.plan.clone() };
    Ok(Planned { plan, values })
}

/// The values of the entries that are stored and still have places, as the store gives them.
fn stored(settings: &Settings, state: &RunState, index: &Index) -> Result<BTreeMap<EntryId, SecretValue>, Failure> {
    let left = |entry: &&Entry<Proposed>| keys(entry).keys().any(|key| index.contains_key(key));
    let entries = state.plan.entries.iter().filter(left);
    let receipts: Vec<_> = entries.filter_map(|entry| Some((entry.id, state.receipts.get(&entry.id)?))).collect();
    let wanted: Vec<Wanted> = receipts
        .iter()
        .map(|(_, receipt)| Wanted {
            reference: SecretRef { arn: receipt.arn.clone(), key: None },
            version_id: Some(receipt.version_id.clone()),
        })
        .collect();
    let fetched = store::fetch(&wanted, &settings.store).map_err(store::StoreError::into_failure)?;
    let ids = receipts.into_iter().map(|(id, _)| id);
    ids.zip(fetched).map(|(id, value)| Ok((id, value.map_err(store::StoreError::into_failure)?))).collect()
}

/// Whether the places read the same bytes from the stored value as the fresh scan saw in them.
fn same_secret((old, stored): (&Entry<Proposed>, &SecretValue), (fresh, id): (&Planned, EntryId)) -> bool {
    let read = keys(old);
    let Some(entry) = fresh.plan.entries.iter().find(|entry| entry.id == id) else { return false };
    let Some(seen) = fresh.values.get(id) else { return false };
    let mut both = entry.places.iter().filter_map(|place| Some((place, read.get(&identity(place))?)));
    both.all(|(place, key)| {
        let parts = field(stored, key.as_deref()).zip(field(seen, place.key.as_deref()));
        parts.is_some_and(|(stored, seen)| stored.same_as(&seen))
    })
}

/// What identifies a place across scans.
fn identity(place: &Place) -> (String, Fingerprint) {
    (place.path.clone(), place.fingerprint.clone())
}

/// What identifies an entry's places, with the keys that they read.
fn keys(entry: &Entry<Proposed>) -> BTreeMap<(String, Fingerprint), Option<String>> {
    entry.places.iter().map(|place| (identity(place), place.key.clone())).collect()
}

/// The entry with the places that are left, each reading the key that the run planned for it.
fn with_places<'a>(old: &Entry<Proposed>, places: impl Iterator<Item = &'a Place>) -> Entry<Proposed> {
    let read = keys(old);
    let places = places.map(|place| Place { key: read.get(&identity(place)).cloned().flatten(), ..place.clone() });
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

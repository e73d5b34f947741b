//! Puts a run's files back, byte for byte, with the values that the store gives.
//!
//! Two phases: everything is read, rebuilt and compared first; only when every file is as the run left it, or
//! as it was before, is the first one changed. A kill half way is finished by undoing again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::apply::files::{self, FileError};
use crate::apply::journal::{Journal, JournalError, Record, Writing};
use crate::apply::restore::{Lookup, RestoreError, needs, rebuild};
use crate::apply::state::{FileStep, RunState};
use crate::failure::{Exit, Failure};
use crate::model::{Blob, ContentId, EntryId, Origin, Removed, SecretRef, Source};
use crate::secret::SecretValue;
use crate::store::{StoreError, Wanted};

/// Why a run can't be undone. Unless it says otherwise, no file was changed.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// Somebody changed files after the run.
    #[error("changed since the run wrote them, so nothing was put back: {}", .0.join(", "))]
    Changed(Vec<String>),
    /// The store does not give a value.
    #[error("the value for {path} can't be read: {source}")]
    Value {
        /// A file that needs it.
        path: String,
        /// The store's word.
        source: StoreError,
    },
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal has no receipt for a value that a file needs.
    #[error("the journal does not say where the value of secret number {} is stored", .0.0)]
    NoReceipt(EntryId),
    /// The value is there but does not give the old bytes.
    #[error("{path}: can't be rebuilt: {source}")]
    Rebuild {
        /// The file.
        path: String,
        /// Why.
        source: RestoreError,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Ctrl-C: some files have their old bytes.
    #[error("stopped with {} left to put back", files_of(*.0))]
    Interrupted(usize),
}

fn files_of(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

impl From<UndoError> for Failure {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::File(error) => error.into(),
            UndoError::Journal(error) => error.into(),
            UndoError::Changed(_) => Self::new(Exit::Conflict, error),
            UndoError::Interrupted(_) => Self::new(Exit::Interrupted, error),
            UndoError::Value { .. } | UndoError::Store(_) => Self::new(Exit::Store, error),
            UndoError::NoReceipt(_) | UndoError::Rebuild { .. } => Self::new(Exit::Partial, error),
        }
    }
}

/// What is to be done with one file.
pub struct Step {
    /// Tree path.
    pub path: String,
    disk: PathBuf,
    /// The bytes that it has now.
    now: ContentId,
    action: Action,
}

enum Action {
    /// It has its old bytes already; a kill may have left the folders of a file that was to be made.
    Nothing(Vec<PathBuf>),
    Replace(Vec<u8>),
    Remove(Vec<PathBuf>),
}

impl Step {
    /// Whether the file has to be changed.
    pub fn changes(&self) -> bool {
        !matches!(self.action, Action::Nothing(_))
    }
}

/// Reads values; [`crate::store::fetch`] with its settings.
pub type Fetch<'a> = &'a dyn Fn(&[Wanted]) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError>;

/// The first phase: what undoing does with each file. Changes nothing.
///
/// # Errors
/// Files that somebody changed, values that can't be read, bytes that don't come back.
pub fn prepare(state: &RunState, fetch: Fetch<'_>) -> Result<Vec<Step>, UndoError> {
    let files = by_path(state);
    let mut open = Vec::new();
    let mut steps = Vec::new();
    let mut changed = Vec::new();
    for writings in files {
        let Some(first) = writings.first() else { continue };
        let bytes = files::read(&first.disk)?;
        match remaining(&writings, bytes.as_deref()) {
            None => changed.push(first.path.clone()),
            Some(rest) if rest.is_empty() => steps.push(step(first, &[], Action::Nothing(first.folders.clone()))),
            Some(rest) => open.push((rest, bytes.unwrap_or_default())),
        }
    }
    if !changed.is_empty() {
        return Err(UndoError::Changed(changed));
    }
    let values = values(state, open.iter().flat_map(|(writings, _)| writings.iter().copied()), fetch)?;
    let lookup = |removed: &Removed| {
        let value = values.get(&(removed.entry, removed.key.clone()))?;
        Some(SecretValue::new(value.with_bytes(<[u8]>::to_vec)))
    };
    for (writings, bytes) in open {
        let step = back(&writings, bytes, &lookup)?;
        files::preflight(&step.disk, Some(&step.now))?;
        steps.push(step);
    }
    Ok(steps)
}

/// The second phase: changes the files and records it, until `stop` says to stop between two of them. Returns notes
/// for the person.
///
/// # Errors
/// What stopped it; undoing again finishes.
pub fn carry_out(steps: Vec<Step>, journal: &mut Journal, stop: &dyn Fn() -> bool) -> Result<Vec<String>, UndoError> {
    let mut notes = Vec::new();
    let count = steps.len();
    for (number, step) in steps.into_iter().enumerate() {
        if stop() {
            return Err(UndoError::Interrupted(count - number));
        }
        files::sweep(&step.disk);
        match step.action {
            Action::Nothing(folders) => files::remove_empty(&folders),
            Action::Replace(bytes) => notes.extend(files::replace(&step.disk, &bytes, &step.now)?),
            Action::Remove(folders) => files::remove(&step.disk, &step.now, &folders)?,
        }
        journal.append(Record::Undone { path: step.path })?;
    }
    journal.append(Record::UndoDone)?;
    Ok(notes)
}

/// The writings of each file in the order in which they were made; files in the reverse of theirs.
fn by_path(state: &RunState) -> Vec<Vec<&Writing>> {
    let mut files: Vec<Vec<&Writing>> = Vec::new();
    for file in state.files.iter().filter(|file| file.step != FileStep::PutBack) {
        match files.iter_mut().find(|known| known.first().is_some_and(|first| first.disk == file.writing.disk)) {
            Some(known) => known.push(&file.writing),
            None => files.push(vec![&file.writing]),
        }
    }
    files.reverse();
    files
}

/// The writings that have to be taken back, for a file that now holds `bytes`: the chain that leads from its first
/// bytes to these, in order. A writing that a kill kept from happening, and that a resumed run made once more, is
/// in the journal twice and in the chain once. `None` when no writing explains the bytes.
fn remaining<'a>(writings: &[&'a Writing], bytes: Option<&[u8]>) -> Option<Vec<&'a Writing>> {
    let first = writings.first()?;
    let Some(bytes) = bytes else { return first.creates.then(Vec::new) };
    let original = |id: &ContentId| *id == first.before && !first.creates;
    let mut id = ContentId::of(bytes);
    let mut chain = Vec::new();
    let mut earlier = writings;
    while !original(&id) {
        let last = earlier.iter().rposition(|writing| writing.after == id)?;
        let writing = *earlier.get(last)?;
        chain.push(writing);
        if writing.creates {
            break;
        }
        id.clone_from(&writing.before);
        earlier = earlier.get(..last)?;
    }
    chain.reverse();
    Some(chain)
}

fn step(writing: &Writing, now: &[u8], action: Action) -> Step {
    Step { path: writing.path.clone(), disk: writing.disk.clone(), now: ContentId::of(now), action }
}

/// Takes `writings` back, last first.
fn back(writings: &[&Writing], bytes: Vec<u8>, lookup: Lookup<'_>) -> Result<Step, UndoError> {
    let now = bytes.clone();
    let mut bytes = bytes;
    for writing in writings.iter().rev() {
        if writing.creates {
            return Ok(step(writing, &now, Action::Remove(writing.folders.clone())));
        }
        bytes = one_back(writing, bytes, lookup)
            .map_err(|source| UndoError::Rebuild { path: writing.path.clone(), source })?;
    }
    let Some(first) = writings.first() else { return Err(UndoError::Changed(Vec::new())) };
    Ok(step(first, &now, Action::Replace(bytes)))
}

fn one_back(writing: &Writing, bytes: Vec<u8>, lookup: Lookup<'_>) -> Result<Vec<u8>, RestoreError> {
    let source = Source {
        path: writing.path.clone(),
        tree_path: writing.path.clone(),
        origin: Origin::File(writing.disk.clone()),
        explicit: true,
    };
    let blob = Blob::new(source, bytes);
    let text = rebuild(&blob.bytes, &writing.reverse, lookup)?;
    let disk = blob.to_disk(&text).ok_or(RestoreError::Rebuild)?;
    if ContentId::of(&disk) == writing.before { Ok(disk) } else { Err(RestoreError::Rebuild) }
}

type Values = BTreeMap<(EntryId, Option<String>), SecretValue>;

fn values<'a>(
    state: &RunState,
    writings: impl Iterator<Item = &'a Writing>,
    fetch: Fetch<'_>,
) -> Result<Values, UndoError> {
    let mut keys: BTreeMap<(EntryId, Option<String>), &str> = BTreeMap::new();
    for writing in writings {
        for removed in needs(&writing.reverse) {
            keys.entry((removed.entry, removed.key.clone())).or_insert(&writing.path);
        }
    }
    if keys.is_empty() {
        return Ok(Values::new());
    }
    let wanted: Vec<Wanted> =
        keys.keys().map(|(entry, key)| wanted(state, *entry, key.as_deref())).collect::<Result<_, _>>()?;
    let fetched = fetch(&wanted)?;
    let mut values = Values::new();
    for ((key, path), value) in keys.into_iter().zip(fetched) {
        values.insert(key, value.map_err(|source| UndoError::Value { path: path.to_owned(), source })?);
    }
    Ok(values)
}

fn wanted(state: &RunState, entry: EntryId, key: Option<&str>) -> Result<Wanted, UndoError> {
    let receipt = state.receipts.get(&entry).ok_or(UndoError::NoReceipt(entry))?;
    let reference = SecretRef { arn: receipt.arn.clone(), key: key.map(str::to_owned) };
    Ok(Wanted { reference, version_id: Some(receipt.version_id.clone()) })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests set up their files plainly")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::apply::journal::tests::{plan, store};
    use crate::apply::journal::{Intent, Which};
    use crate::apply::patch::construct;
    use crate::apply::patch::tests::{blob, fix, replace};
    use crate::apply::write::{WriteError, write};
    use crate::model::{Edit, Outcome, Patch, Receipt, Span};

    const SECRET: &str = "hunter22";

    struct Tree {
        dir: tempfile::TempDir,
    }

    impl Tree {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("tree")).unwrap();
            Self { dir }
        }

        fn root(&self) -> PathBuf {
            self.dir.path().join("tree")
        }

        fn home(&self) -> PathBuf {
            self.dir.path().join("home")
        }

        fn put(&self, name: &str, bytes: &[u8]) {
            fs::write(self.root().join(name), bytes).unwrap();
        }

        fn get(&self, name: &str) -> Option<Vec<u8>> {
            files::read(&self.root().join(name)).unwrap()
        }

        /// A started run whose entry 0 is stored.
        fn start(&self) -> Journal {
            let mut journal =
                Journal::create(&self.home(), &self.root(), (&plan("r1"), Intent::default()), &store()).unwrap();
            let receipt = Receipt { arn: "arn".into(), version_id: "v1".into(), outcome: Outcome::Created };
            journal.append(Record::Stored { entry: EntryId(0), receipt }).unwrap();
            journal
        }

        fn apply(&self, journal: &mut Journal, patch: &Patch) -> Result<Vec<String>, WriteError> {
            write(patch, journal, &self.root(), &|_| Some(secret()), &|_, _| Ok(()))
        }

        fn open(&self) -> (Journal, RunState) {
            Journal::open(&self.home(), &self.root(), Some("r1"), Which::Unfinished).unwrap()
        }

        fn undo(&self) -> Result<(), UndoError> {
            let (mut journal, state) = self.open();
            let steps = prepare(&state, &fetch)?;
            carry_out(steps, &mut journal, &|| false).map(drop)
        }
    }

    fn secret() -> SecretValue {
        SecretValue::new(SECRET.into())
    }

    #[expect(clippy::unnecessary_wraps, reason = "has the signature of the store's fetch")]
    fn fetch(wanted: &[Wanted]) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
        assert!(wanted.iter().all(|w| w.version_id.as_deref() == Some("v1")));
        Ok(wanted.iter().map(|_| Ok(secret())).collect())
    }

    fn change(name: &str, raw: &[u8]) -> Patch {
        let before = blob(name, raw);
        let fixes = [replace(&before.bytes, format!("'{SECRET}'").as_bytes(), "get()", true)];
        construct(before, &fixes, vec![], &|_, _| Ok(())).unwrap()
    }

    fn new_file(name: &str) -> Patch {
        let edit = Edit { span: Span::new(0, 0), replacement: "helper\n".into(), removed: None };
        construct(blob(name, b""), &[fix(vec![edit], true)], vec![], &|_, _| Ok(())).unwrap()
    }

    #[test]
    fn undo_gives_every_byte_back_and_may_be_repeated() {
        let tree = Tree::new();
        let utf16: Vec<u8> = "\u{feff}k = 'hunter22'\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let texts: [(&str, &[u8]); 3] = [("a", b"\xffk = 'hunter22'\r\nend"), ("b", &utf16), ("c", b"'hunter22'")];
        let mut journal = tree.start();
        for (name, text) in texts {
            tree.put(name, text);
            tree.apply(&mut journal, &change(name, text)).unwrap();
            assert_ne!(tree.get(name).unwrap(), text);
        }
        tree.apply(&mut journal, &new_file("lib/deep/h")).unwrap();
        assert!(!fs::read_to_string(journal.path()).unwrap().contains("hunt"));
        drop(journal);
        for _ in 0..2 {
            tree.undo().unwrap();
            for (name, text) in texts {
                assert_eq!(tree.get(name).unwrap(), text, "{name}");
            }
            assert!(!tree.root().join("lib").exists());
        }
        assert!(tree.open().1.undone);
    }

    #[test]
    fn a_changed_file_stops_the_whole_undo() {
        let tree = Tree::new();
        let mut journal = tree.start();
        for name in ["a", "b"] {
            tree.put(name, b"k = 'hunter22'");
            tree.apply(&mut journal, &change(name, b"k = 'hunter22'")).unwrap();
        }
        drop(journal);
        tree.put("a", b"edited");
        let error = tree.undo().unwrap_err();
        assert!(error.to_string().ends_with(": a"), "{error}");
        assert_eq!(Failure::from(error).exit, Exit::Conflict);
        assert_eq!(tree.get("b").unwrap(), b"k = get()");
    }

    #[test]
    fn a_file_that_was_only_begun_is_told_by_its_bytes() {
        let tree = Tree::new();
        tree.put("a", b"k = 'hunter22'");
        let mut journal = tree.start();
        tree.apply(&mut journal, &change("a", b"k = 'hunter22'")).unwrap();
        let path = journal.path().to_owned();
        drop(journal);
        // as if killed before the `written` record
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        fs::write(&path, lines[..lines.len() - 1].join("\n") + "\n").unwrap();
        let (journal, state) = tree.open();
        assert_eq!(crate::apply::resume::left(&state).unwrap().written, ["a"]);
        drop(journal);
        tree.undo().unwrap();
        assert_eq!(tree.get("a").unwrap(), b"k = 'hunter22'");
    }

    #[test]
    fn a_file_written_twice_goes_back_to_the_start() {
        let tree = Tree::new();
        tree.put("a", b"'hunter22' 'hunter22'");
        let mut journal = tree.start();
        tree.apply(&mut journal, &change("a", b"'hunter22' 'hunter22'")).unwrap();
        tree.apply(&mut journal, &change("a", b"get() 'hunter22'")).unwrap();
        assert_eq!(tree.get("a").unwrap(), b"get() get()");
        drop(journal);
        tree.undo().unwrap();
        assert_eq!(tree.get("a").unwrap(), b"'hunter22' 'hunter22'");
    }

    #[test]
    fn a_written_file_that_fails_its_check_gets_its_old_bytes() {
        let tree = Tree::new();
        tree.put("a", b"k = 'hunter22'");
        let mut journal = tree.start();
        let refuse: crate::apply::patch::Checker<'_> = &|_, _| Err("does not parse".into());
        for patch in [change("a", b"k = 'hunter22'"), new_file("n/h")] {
            let error = write(&patch, &mut journal, &tree.root(), &|_| Some(secret()), refuse).unwrap_err();
            assert!(error.to_string().contains("does not parse"), "{error}");
        }
        assert_eq!(tree.get("a").unwrap(), b"k = 'hunter22'");
        assert!(!tree.root().join("n").exists());
        drop(journal);
        assert!(!tree.open().1.changed_files());
    }

    #[test]
    fn a_changed_file_is_not_written_and_leaves_no_record() {
        let tree = Tree::new();
        tree.put("a", b"edited");
        let mut journal = tree.start();
        let error = tree.apply(&mut journal, &change("a", b"k = 'hunter22'")).unwrap_err();
        assert_eq!(Failure::from(error).exit, Exit::Conflict);
        drop(journal);
        assert!(tree.open().1.files.is_empty());
        assert_eq!(tree.get("a").unwrap(), b"edited");
    }

    #[test]
    fn a_value_that_the_store_lost_changes_nothing() {
        let tree = Tree::new();
        tree.put("a", b"k = 'hunter22'");
        let mut journal = tree.start();
        tree.apply(&mut journal, &change("a", b"k = 'hunter22'")).unwrap();
        drop(journal);
        let (_journal, state) = tree.open();
        let gone = |wanted: &[Wanted]| {
            Ok(wanted
                .iter()
                .map(|_| Err(StoreError::new("fetch", None, crate::store::Reason::NoCredentials)))
                .collect())
        };
        let error = prepare(&state, &gone).err().unwrap();
        assert_eq!(Failure::from(error).exit, Exit::Store);
        let other = |wanted: &[Wanted]| Ok(wanted.iter().map(|_| Ok(SecretValue::new(b"hunter33".to_vec()))).collect());
        assert!(matches!(prepare(&state, &other), Err(UndoError::Rebuild { .. })));
        assert_eq!(tree.get("a").unwrap(), b"k = get()");
        assert!(Path::new(&tree.root()).is_dir());
    }
}

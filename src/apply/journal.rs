//! The append-only record of a run, from which `resume` and `undo` work.
//!
//! One file of JSON lines a run, in arnify's own folder, made durable record by record, mode 0600. It holds
//! no value: what an edit took out is kept as a [`Restore`]. While a run is active it holds the tree's lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::apply::failpoint::{crash, interrupt};
use crate::apply::restore::Restore;
use crate::apply::state::{Asked, RunState, StoreDigest};
use crate::failure::{Exit, Failure};
use crate::model::{ContentId, EntryId, Plan, Proposed, Receipt};
use crate::settings::StoreSettings;
use crate::store::StoreStep;

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// The run starts.
    Begin {
        /// Root of the tree.
        root: PathBuf,
        /// What is to be stored, with its tokens.
        plan: Box<Plan<Proposed>>,
        /// Where.
        store: StoreDigest,
        /// What is to happen with the diff.
        #[serde(default)]
        intent: Intent,
    },
    /// About to store an entry.
    Storing {
        /// Which.
        entry: EntryId,
    },
    /// The entry was stored, read back and compared.
    Stored {
        /// Which.
        entry: EntryId,
        /// The store's confirmation.
        receipt: Receipt,
    },
    /// The store has refused to keep an entry.
    Refused {
        /// Which.
        entry: EntryId,
    },
    /// About to write a file.
    Writing(Writing),
    /// The file was written and checked.
    Written {
        /// Tree path.
        path: String,
    },
    /// The file has its old bytes, because the new ones failed their check or could not be written.
    PutBack {
        /// Tree path.
        path: String,
        /// Why.
        reason: String,
    },
    /// The run is complete.
    Done,
    /// Undo gave the file its old bytes.
    Undone {
        /// Tree path.
        path: String,
    },
    /// Undo is complete.
    UndoDone,
}

/// What a run was asked to do with its diff, so that `resume` does no more than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Change the files.
    pub write: bool,
    /// Carry out only fixes that leave nothing to do.
    pub only_safe: bool,
}

/// The intent to write a file, with the way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Tree path.
    pub path: String,
    /// Where it stands.
    pub disk: PathBuf,
    /// The bytes on disk before; of nothing when the file is created.
    pub before: ContentId,
    /// The bytes on disk after.
    pub after: ContentId,
    /// The way from after to before.
    pub reverse: Vec<Restore>,
    /// The file is new.
    pub creates: bool,
    /// Folders that are made for it, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<PathBuf>,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    v: u8,
    at: jiff::Timestamp,
    #[serde(flatten)]
    record: Record,
}

/// Why a journal can't be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another run is active on the tree.
    #[error("another run of arnify is active on {}", .0.display())]
    Locked(PathBuf),
    /// There is no such run.
    #[error("no {what} is recorded for {}", root.display())]
    NoRun {
        /// What was looked for.
        what: String,
        /// The tree.
        root: PathBuf,
    },
    /// No run is recorded for the tree, but for several trees below it.
    #[error("no {what} is recorded for {}, but for trees below it: {}", root.display(), .runs.join(", "))]
    Several {
        /// What was looked for.
        what: String,
        /// The tree.
        root: PathBuf,
        /// Run and tree of each.
        runs: Vec<String>,
    },
    /// A line that arnify did not write.
    #[error("{}: line {line} is damaged: {reason}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refused.
    #[error("{}: can't {action}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's word.
        source: io::Error,
    },
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let exit = match error {
            JournalError::Locked(_) => Exit::Conflict,
            JournalError::NoRun { .. } | JournalError::Several { .. } => Exit::Usage,
            JournalError::Damaged { .. } | JournalError::Io { .. } => Exit::Partial,
        };
        Self::new(exit, error)
    }
}

/// Which run `open` takes when none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The last one that was interrupted, else the last one.
    Unfinished,
    /// The last one that changed files and was not undone.
    NotUndone,
}

/// An active run's journal; holds the tree's lock.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Number of records that are written.
    records: usize,
    asked: Asked,
    _lock: File,
}

impl Journal {
    /// Locks the tree and starts the journal of `plan`'s run.
    ///
    /// # Errors
    /// Another run is active, or the system refuses.
    pub fn create(
        home: &Path,
        root: &Path,
        (plan, intent): (&Plan<Proposed>, Intent),
        store: &StoreSettings,
    ) -> Result<Self, JournalError> {
        let folder = tree_folder(home, root);
        make_folder(&folder)?;
        let lock = lock(&folder, root)?;
        let path = folder.join(format!("{}.jsonl", plan.run.0));
        let options = |options: &mut OpenOptions| options.append(true).create_new(true).mode(0o600).open(&path);
        let file = options(&mut OpenOptions::new()).map_err(io_error(&path, "create the journal"))?;
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(io_error(&folder, "write to the disk"))?;
        let mut journal = Self { file, path, records: 0, asked: Asked::default(), _lock: lock };
        let plan = Box::new(plan.clone());
        let begun =
            journal.append(Record::Begin { root: root.to_owned(), plan, store: StoreDigest::of(store), intent });
        if begun.is_err() {
            // What says nothing would only show as a damaged run.
            let _ = fs::remove_file(&journal.path);
        }
        begun.map(|()| journal)
    }

    /// Locks the tree and opens a run's journal to go on with it: the one that is named, wherever its tree is; else
    /// by `which` the tree's, or where the tree has none that of the nearest tree above it or the only one below it.
    ///
    /// # Errors
    /// No such run, a damaged journal, another run is active.
    pub fn open(home: &Path, root: &Path, run: Option<&str>, which: Which) -> Result<(Self, RunState), JournalError> {
        let none = |what: &str| JournalError::NoRun { what: what.to_owned(), root: root.to_owned() };
        let own = tree_folder(home, root);
        let folder = match run {
            Some(run) if named(&own, run)?.is_none() => folder_of(home, run)?.unwrap_or(own),
            None if !own.is_dir() => related(home, root, which)?,
            Some(_) | None => own,
        };
        if !folder.is_dir() {
            return Err(none("run"));
        }
        let lock = lock(&folder, root)?;
        let found = match run {
            Some(run) => named(&folder, run)?.ok_or_else(|| none(&format!("run {run}")))?,
            None => latest(&folder, which)?.ok_or_else(|| none(which.what()))?,
        };
        let append = OpenOptions::new().append(true).open(&found.path);
        let file = append.map_err(io_error(&found.path, "open the journal"))?;
        // A line that a crash cut short was never durable, so nothing was done on its strength.
        file.set_len(found.whole).map_err(io_error(&found.path, "cut the torn last line"))?;
        let asked = Asked::before(&found.state);
        Ok((Self { file, path: found.path, records: found.records, asked, _lock: lock }, found.state))
    }

    /// Appends a record and waits until it is on the disk.
    ///
    /// # Errors
    /// The system refuses; the step must then not be taken.
    pub fn append(&mut self, record: Record) -> Result<(), JournalError> {
        self.append_all([record])
    }

    /// Appends records and waits once until all of them are on the disk. A crash before that may leave the first of
    /// them.
    fn append_all(&mut self, records: impl IntoIterator<Item = Record>) -> Result<(), JournalError> {
        for record in records {
            self.write(record)?;
        }
        self.file.sync_data().map_err(io_error(&self.path, "write the journal"))
    }

    fn write(&mut self, record: Record) -> Result<(), JournalError> {
        let failed = io_error(&self.path, "write the journal");
        self.asked.note(&record);
        let line = Line { v: 1, at: jiff::Timestamp::now(), record };
        let mut text = serde_json::to_vec(&line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        crash("ARNIFY_CRASH_BEFORE", self.records + 1);
        self.file.write_all(&text).map_err(failed)?;
        self.records += 1;
        interrupt(self.records);
        crash("ARNIFY_CRASH_AFTER", self.records);
        Ok(())
    }

    /// Records steps of the store; hand it to [`crate::store::run`].
    ///
    /// # Errors
    /// The system's refusal.
    pub fn steps(&mut self, steps: &[StoreStep]) -> io::Result<()> {
        let record = |step: &StoreStep| match step {
            StoreStep::Storing(entry) => Record::Storing { entry: *entry },
            StoreStep::Refused(entry) => Record::Refused { entry: *entry },
            StoreStep::Stored(entry, stored) => Record::Stored { entry: *entry, receipt: stored.receipt().clone() },
        };
        self.append_all(steps.iter().map(record)).map_err(io::Error::other)
    }

    /// Records that the run is complete.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn done(&mut self) -> Result<(), JournalError> {
        self.append(Record::Done)
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of entries that the store has confirmed.
    pub fn stored(&self) -> usize {
        self.asked.stored.len()
    }

    /// Entries that the store was asked to keep and has not confirmed: they may be there or not.
    pub fn doubtful(&self) -> impl Iterator<Item = EntryId> {
        self.asked.doubtful()
    }
}

impl Which {
    fn what(self) -> &'static str {
        match self {
            Self::Unfinished => "run",
            Self::NotUndone => "run that could be undone",
        }
    }
}

fn tree_folder(home: &Path, root: &Path) -> PathBuf {
    let key: String = ContentId::of(root.as_os_str().as_encoded_bytes()).as_str().chars().take(16).collect();
    home.join("journal").join(key)
}

fn make_folder(folder: &Path) -> Result<(), JournalError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_error(folder, "create the folder"))
}

/// The tree's lock, held until the file is dropped.
fn lock(folder: &Path, root: &Path) -> Result<File, JournalError> {
    let path = folder.join("lock");
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = open.map_err(io_error(&path, "open the lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked(root.to_owned())),
        Err(TryLockError::Error(source)) => Err(io_error(&path, "lock")(source)),
    }
}

/// A journal that was read.
struct Found {
    path: PathBuf,
    started: jiff::Timestamp,
    state: RunState,
    records: usize,
    /// Length in bytes without a torn last line.
    whole: u64,
}

fn named(folder: &Path, run: &str) -> Result<Option<Found>, JournalError> {
    let plain = run.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let path = folder.join(format!("{run}.jsonl"));
    if plain && path.is_file() { load(&path) } else { Ok(None) }
}

/// The folder, of any tree, that holds run `run`.
fn folder_of(home: &Path, run: &str) -> Result<Option<PathBuf>, JournalError> {
    for folder in tree_folders(home)? {
        if named(&folder, run)?.is_some() {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

fn tree_folders(home: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let all = home.join("journal");
    let Ok(entries) = fs::read_dir(&all) else { return Ok(Vec::new()) };
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(io_error(&all, "read the folder"))?;
    paths.retain(|path| path.is_dir());
    paths.sort();
    Ok(paths)
}

/// For a tree without runs: the folder of the nearest tree above it that has one, else of the only one below it.
fn related(home: &Path, root: &Path, which: Which) -> Result<PathBuf, JournalError> {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for folder in tree_folders(home)? {
        // A journal that can't be read belongs to a tree that nobody asked for.
        let Ok(Some(found)) = latest(&folder, which) else { continue };
        if root.starts_with(&found.state.root) {
            above.push((found.state.root, folder));
        } else if found.state.root.starts_with(root) {
            below.push((found, folder));
        }
    }
    if let Some((_, folder)) = above.into_iter().max_by_key(|(root, _)| root.components().count()) {
        return Ok(folder);
    }
    match below.as_slice() {
        [] => Ok(tree_folder(home, root)),
        [(_, folder)] => Ok(folder.clone()),
        several => Err(JournalError::Several {
            what: which.what().to_owned(),
            root: root.to_owned(),
            runs: several
                .iter()
                .map(|(found, _)| format!("{} of {}", found.state.run.0, found.state.root.display()))
                .collect(),
        }),
    }
}

fn latest(folder: &Path, which: Which) -> Result<Option<Found>, JournalError> {
    let entries = fs::read_dir(folder).map_err(io_error(folder, "read the folder"))?;
    let mut last: Option<Found> = None;
    let rank = |found: &Found| (which == Which::Unfinished && found.state.is_unfinished(), found.started);
    for entry in entries {
        let path = entry.map_err(io_error(folder, "read the folder"))?.path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let Some(found) = load(&path)? else { continue };
        let fits = which == Which::Unfinished || (!found.state.undone && found.state.changed_files());
        if fits && last.as_ref().is_none_or(|last| rank(last) < rank(&found)) {
            last = Some(found);
        }
    }
    Ok(last)
}

/// Reads a journal; `None` when a crash left not even its first record.
fn load(path: &Path) -> Result<Option<Found>, JournalError> {
    let bytes = fs::read(path).map_err(io_error(path, "read the journal"))?;
    let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
    let mut state: Option<(RunState, jiff::Timestamp)> = None;
    let mut records = 0;
    for text in bytes.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        records += 1;
        let damaged = |reason: String| JournalError::Damaged { path: path.to_owned(), line: records, reason };
        let line: Line = serde_json::from_slice(text).map_err(|_| damaged("not a record".to_owned()))?;
        if line.v != 1 {
            return Err(damaged(format!("version {} is not known", line.v)));
        }
        match (&mut state, line.record) {
            (None, Record::Begin { root, plan, store, intent }) => {
                state = Some((RunState { intent, ..RunState::begin(root, *plan, store) }, line.at));
            }
            (None, _) | (Some(_), Record::Begin { .. }) => return Err(damaged("out of order".to_owned())),
            (Some((state, _)), record) => state.take(record).map_err(damaged)?,
        }
    }
    let whole = whole as u64;
    Ok(state.map(|(state, started)| Found { path: path.to_owned(), started, state, records, whole }))
}

fn io_error(path: &Path, action: &'static str) -> impl Fn(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { path: path.clone(), action, source }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests set up their files plainly")]
pub(crate) mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::cli::StoreKind;
    use crate::model::{Cost, RunId};

    pub(crate) fn store() -> StoreSettings {
        StoreSettings {
            kind: StoreKind::Local,
            region: None,
            account: "000000000000".into(),
            vault: "/vault".into(),
            concurrency: 1,
            update_existing: false,
        }
    }

    pub(crate) fn plan(run: &str) -> Plan<Proposed> {
        Plan {
            v: 1,
            run: RunId(run.into()),
            created: "2026-11-24T18:45:12Z".into(),
            entries: vec![],
            conflicts: vec![],
            held_back: vec![],
            cost: Cost::default(),
        }
    }

    fn writing(path: &str) -> Record {
        Record::Writing(Writing {
            path: path.into(),
            disk: PathBuf::from("/tree").join(path),
            before: ContentId::of(b"a"),
            after: ContentId::of(b"b"),
            reverse: vec![],
            creates: false,
            folders: vec![],
        })
    }

    fn started(home: &Path, run: &str) -> Journal {
        Journal::create(home, Path::new("/tree"), (&plan(run), Intent::default()), &store()).unwrap()
    }

    fn open(home: &Path, run: Option<&str>, which: Which) -> Result<(Journal, RunState), JournalError> {
        Journal::open(home, Path::new("/tree"), run, which)
    }

    #[test]
    fn a_journal_comes_back_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let mut journal = started(home.path(), "r1");
        let receipt = Receipt { arn: "arn".into(), version_id: "v".into(), outcome: crate::model::Outcome::Created };
        journal.append(Record::Storing { entry: EntryId(0) }).unwrap();
        journal.append(Record::Stored { entry: EntryId(0), receipt: receipt.clone() }).unwrap();
        journal.append(writing("a")).unwrap();
        journal.append(writing("b")).unwrap();
        journal.append(Record::Written { path: "a".into() }).unwrap();
        drop(journal);
        let (mut journal, state) = open(home.path(), None, Which::Unfinished).unwrap();
        assert_eq!((state.plan.clone(), state.done), (plan("r1"), false));
        assert_eq!(state.receipts[&EntryId(0)], receipt);
        let steps: Vec<_> = state.files.iter().map(|f| (f.writing.path.as_str(), f.step)).collect();
        assert_eq!(
            steps,
            [("a", crate::apply::state::FileStep::Written), ("b", crate::apply::state::FileStep::Writing)]
        );
        journal.done().unwrap();
        drop(journal);
        assert!(open(home.path(), Some("r1"), Which::Unfinished).unwrap().1.done);
    }

    #[test]
    fn a_second_run_on_the_tree_is_refused_while_one_is_active() {
        let home = tempfile::tempdir().unwrap();
        let journal = started(home.path(), "r1");
        let second =
            Journal::create(home.path(), Path::new("/tree"), (&plan("r2"), Intent::default()), &store()).unwrap_err();
        assert_eq!(Failure::from(second).exit, Exit::Conflict);
        Journal::create(home.path(), Path::new("/other"), (&plan("r2"), Intent::default()), &store()).unwrap();
        drop(journal);
        started(home.path(), "r2");
    }

    #[test]
    fn journal_and_folder_are_private() {
        let home = tempfile::tempdir().unwrap();
        let journal = started(home.path(), "r1");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(journal.path()), mode(journal.path().parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_torn_last_line_is_cut_and_other_damage_is_told() {
        let home = tempfile::tempdir().unwrap();
        let mut journal = started(home.path(), "r1");
        journal.append(writing("a")).unwrap();
        let path = journal.path().to_owned();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], br#"{"v":1,"at":"2026"#].concat()).unwrap();
        let (mut journal, state) = open(home.path(), None, Which::Unfinished).unwrap();
        assert_eq!(state.files.len(), 1);
        journal.append(Record::Written { path: "a".into() }).unwrap();
        drop(journal);
        assert!(fs::read(&path).unwrap().starts_with(&whole));
        open(home.path(), None, Which::Unfinished).unwrap();
        fs::write(&path, [b"{}\n", &whole[..]].concat()).unwrap();
        let damaged = open(home.path(), None, Which::Unfinished).unwrap_err();
        assert!(matches!(damaged, JournalError::Damaged { line: 1, .. }), "{damaged}");
    }

    #[test]
    fn the_last_run_is_the_one_that_began_last() {
        let home = tempfile::tempdir().unwrap();
        assert!(matches!(open(home.path(), None, Which::Unfinished), Err(JournalError::NoRun { .. })));
        let mut first = started(home.path(), "z");
        first.append(writing("a")).unwrap();
        drop(first);
        drop(started(home.path(), "a"));
        assert_eq!(open(home.path(), None, Which::Unfinished).unwrap().1.run.0, "a");
        let (mut journal, state) = open(home.path(), None, Which::NotUndone).unwrap();
        assert_eq!(state.run.0, "z");
        journal.append(Record::UndoDone).unwrap();
        drop(journal);
        assert!(matches!(open(home.path(), None, Which::NotUndone), Err(JournalError::NoRun { .. })));
        assert!(matches!(open(home.path(), Some("../z"), Which::Unfinished), Err(JournalError::NoRun { .. })));
    }
}

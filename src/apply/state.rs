//! What a journal says of a run: the plan, what is stored, how far each file came.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::apply::journal::{Intent, Record, Writing};
use crate::cli::StoreKind;
use crate::model::{EntryId, Plan, Proposed, Receipt, RunId};
use crate::settings::StoreSettings;

/// Where a run's secrets went; no endpoint, no credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreDigest {
    /// AWS instead of the local vault.
    pub aws: bool,
    /// Region, when it was set.
    pub region: Option<String>,
    /// Account of the local vault.
    pub account: String,
    /// The vault file.
    pub vault: PathBuf,
}

impl StoreDigest {
    /// Of these settings.
    pub fn of(settings: &StoreSettings) -> Self {
        Self {
            aws: settings.kind == StoreKind::Aws,
            region: settings.region.clone(),
            account: settings.account.clone(),
            vault: settings.vault.clone(),
        }
    }

    /// `settings`, turned to the store of the run.
    pub fn settings(&self, settings: &StoreSettings) -> StoreSettings {
        StoreSettings {
            kind: if self.aws { StoreKind::Aws } else { StoreKind::Local },
            region: self.region.clone(),
            account: self.account.clone(),
            vault: self.vault.clone(),
            ..settings.clone()
        }
    }
}

/// How far a file came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStep {
    /// It may have been written: its digest tells.
    Writing,
    /// It was written and checked.
    Written,
    /// It has its old bytes again.
    PutBack,
    /// Undo gave it its old bytes.
    Undone,
}

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// The intent, with the way back.
    pub writing: Writing,
    /// How far it came.
    pub step: FileStep,
}

/// A run as its journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// The run.
    pub run: RunId,
    /// Root of the tree.
    pub root: PathBuf,
    /// What was to be stored, with the tokens.
    pub plan: Plan<Proposed>,
    /// Where.
    pub store: StoreDigest,
    /// What is to happen with the diff.
    pub intent: Intent,
    /// What is stored.
    pub receipts: BTreeMap<EntryId, Receipt>,
    /// Entries that the store was asked to keep; one without a receipt may be there or not.
    pub begun: BTreeSet<EntryId>,
    /// Files in the order in which they were written.
    pub files: Vec<FileState>,
    /// The run is complete.
    pub done: bool,
    /// It was undone.
    pub undone: bool,
}

impl RunState {
    pub(super) fn begin(root: PathBuf, plan: Plan<Proposed>, store: StoreDigest) -> Self {
        Self {
            run: plan.run.clone(),
            root,
            plan,
            store,
            intent: Intent::default(),
            receipts: BTreeMap::new(),
            begun: BTreeSet::new(),
            files: Vec::new(),
            done: false,
            undone: false,
        }
    }

    /// Takes the next record in; says what is wrong with it.
    pub(super) fn take(&mut self, record: Record) -> Result<(), String> {
        match record {
            Record::Begin { .. } => return Err("a second begin".to_owned()),
            Record::Storing { entry } => {
                self.begun.insert(entry);
            }
            Record::Refused { entry } => {
                self.begun.remove(&entry);
            }
            Record::Stored { entry, receipt } => {
                self.receipts.insert(entry, receipt);
            }
            Record::Writing(writing) => self.files.push(FileState { writing, step: FileStep::Writing }),
            Record::Written { path } => self.step(&path, FileStep::Written)?,
            Record::PutBack { path, .. } => self.step(&path, FileStep::PutBack)?,
            Record::Undone { path } => {
                let files = self.files.iter_mut().filter(|file| file.writing.path == path);
                files.for_each(|file| file.step = FileStep::Undone);
            }
            Record::Done => self.done = true,
            Record::UndoDone => self.undone = true,
        }
        Ok(())
    }

    /// Whether any file was or may have been changed.
    pub fn changed_files(&self) -> bool {
        self.files.iter().any(|file| file.step != FileStep::PutBack)
    }

    /// Whether there is something to resume.
    pub fn is_unfinished(&self) -> bool {
        !self.done && !self.undone
    }

    /// Entries that are not stored yet.
    pub fn unstored(&self) -> usize {
        self.plan.entries.iter().filter(|entry| !self.receipts.contains_key(&entry.id)).count()
    }

    fn step(&mut self, path: &str, step: FileStep) -> Result<(), String> {
        let file = self.files.iter_mut().rev().find(|file| file.writing.path == path);
        file.map(|file| file.step = step).ok_or_else(|| "names a file that was not begun".to_owned())
    }
}

/// What became of the entries that a store was asked to keep.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Those that it has not refused.
    begun: BTreeSet<EntryId>,
    /// Those of them that it has confirmed.
    pub(super) stored: BTreeSet<EntryId>,
}

impl Asked {
    /// As an interrupted run has left it.
    pub(super) fn before(state: &RunState) -> Self {
        Self { begun: state.begun.clone(), stored: state.receipts.keys().copied().collect() }
    }

    pub(super) fn note(&mut self, record: &Record) {
        match record {
            Record::Storing { entry } => drop(self.begun.insert(*entry)),
            Record::Stored { entry, .. } => drop(self.stored.insert(*entry)),
            Record::Refused { entry } => drop(self.begun.remove(entry)),
            _ => {}
        }
    }

    /// Those that it may hold or not.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = EntryId> {
        self.begun.difference(&self.stored).copied()
    }
}

//! What is left to do of an interrupted run.

use crate::apply::files::{self, FileError};
use crate::apply::state::{FileState, FileStep, RunState};
use crate::model::ContentId;

/// How an interrupted run's files stand on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Entries to store.
    pub to_store: usize,
    /// Tree paths that have their new bytes.
    pub written: Vec<String>,
    /// Tree paths that were begun and still have their old bytes.
    pub unwritten: Vec<String>,
    /// Tree paths that were begun and that somebody changed, so that nobody can tell how far they came.
    pub changed: Vec<String>,
}

/// Looks at the files of a run; sweeps away what a kill left beside them.
///
/// # Errors
/// A file that can't be read.
pub fn left(state: &RunState) -> Result<Left, FileError> {
    let mut left = Left { to_store: state.unstored(), ..Left::default() };
    for file in state.files.iter().filter(|file| matches!(file.step, FileStep::Writing | FileStep::Written)) {
        files::sweep(&file.writing.disk);
        let path = file.writing.path.clone();
        match standing(file)? {
            Standing::Before => left.unwritten.push(path),
            Standing::After => left.written.push(path),
            // A person's change on top of a finished write is theirs; it doesn't stand in the way.
            Standing::Changed if file.step == FileStep::Written => left.written.push(path),
            Standing::Changed => left.changed.push(path),
        }
    }
    Ok(left)
}

/// Which bytes a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Those from before the run.
    Before,
    /// Those that the run wrote.
    After,
    /// Others.
    Changed,
}

/// Compares a file's digest with those of its record.
///
/// # Errors
/// A file that can't be read.
pub fn standing(file: &FileState) -> Result<Standing, FileError> {
    let writing = &file.writing;
    Ok(match files::read(&writing.disk)?.map(|bytes| ContentId::of(&bytes)) {
        None if writing.creates => Standing::Before,
        Some(id) if id == writing.after => Standing::After,
        Some(id) if id == writing.before && !writing.creates => Standing::Before,
        None | Some(_) => Standing::Changed,
    })
}

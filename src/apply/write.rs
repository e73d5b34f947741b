//! Lands a patch on disk under the journal: intent, write, check of what is on disk, or the old bytes again.

use std::path::{Path, PathBuf};

use crate::apply::files::{self, FileError};
use crate::apply::journal::{Journal, JournalError, Record, Writing};
use crate::apply::patch::Checker;
use crate::apply::restore::{Lookup, RestoreError, field, reverse};
use crate::failure::{Exit, Failure};
use crate::model::{Blob, ContentId, Origin, Patch, Removed};
use crate::plan::Values;
use crate::secret::SecretValue;

/// Why a patch did not land.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The step could not be recorded, so it was not taken.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There would be no way back.
    #[error("{path}: not written, because undo could not restore it: {source}")]
    Restore {
        /// The file.
        path: String,
        /// Why.
        source: RestoreError,
    },
    /// What was on disk failed its check; the old bytes are back.
    #[error("{path}: the written file was refused and has its old text again: {reason}")]
    Check {
        /// The file.
        path: String,
        /// The checker's word.
        reason: String,
    },
    /// The new text can't be written in the file's encoding.
    #[error("{0}: the new text can't be written in the file's encoding")]
    Encoding(String),
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::File(error) => error.into(),
            WriteError::Journal(error) => error.into(),
            other => Self::new(Exit::Partial, other),
        }
    }
}

/// Finds the value of a plan's entry, or the field of it, for [`write()`].
pub fn lookup(values: &Values) -> impl Fn(&Removed) -> Option<SecretValue> {
    |removed| field(values.get(removed.entry)?, removed.key.as_deref())
}

/// Shows, before anything is stored, that a patch could be written and taken back.
///
/// # Errors
/// Why it can't; nothing was changed.
pub fn preflight(patch: &Patch, root: &Path, values: Lookup<'_>) -> Result<(), WriteError> {
    files::preflight(&disk_path(patch, root), (!patch.creates).then(|| patch.before.id()).as_ref())?;
    reverse(patch, values).map_err(|source| restore_error(patch, source))?;
    Ok(())
}

/// Writes a patch: records the intent, writes, reads back, checks what is on disk. Returns notes for the person.
///
/// # Errors
/// The file then has its old bytes, unless the error is of the journal's last record or says that somebody
/// changed the file after it was written.
pub fn write(
    patch: &Patch,
    journal: &mut Journal,
    root: &Path,
    values: Lookup<'_>,
    check: Checker<'_>,
) -> Result<Vec<String>, WriteError> {
    let disk = disk_path(patch, root);
    files::preflight(&disk, (!patch.creates).then(|| patch.before.id()).as_ref())?;
    let path = patch.before.source.tree_path.clone();
    let bytes = patch.before.to_disk(&patch.after).ok_or_else(|| WriteError::Encoding(path.clone()))?;
    let writing = Writing {
        path: path.clone(),
        disk: disk.clone(),
        before: patch.before.id(),
        after: ContentId::of(&bytes),
        reverse: reverse(patch, values).map_err(|source| restore_error(patch, source))?,
        creates: patch.creates,
        folders: if patch.creates { files::missing_folders(&disk) } else { Vec::new() },
    };
    journal.append(Record::Writing(writing.clone()))?;
    let notes = match land(patch, &disk, &bytes) {
        Ok(notes) => notes,
        Err(error) => {
            // It may have failed after the file took its new bytes: the record then stays open, and the bytes tell.
            if !holds(&disk, &writing.after) {
                journal.append(Record::PutBack { path, reason: "it could not be written".to_owned() })?;
            }
            return Err(error.into());
        }
    };
    if let Err(reason) = checked(patch, &disk, &writing.after, check)? {
        put_back(patch, &writing)?;
        journal.append(Record::PutBack { path, reason: reason.clone() })?;
        return Err(WriteError::Check { path: patch.before.path().to_owned(), reason });
    }
    journal.append(Record::Written { path })?;
    Ok(notes)
}

/// Where a patch's file stands.
pub fn disk_path(patch: &Patch, root: &Path) -> PathBuf {
    match &patch.before.source.origin {
        Origin::File(path) => path.clone(),
        Origin::Stdin | Origin::Git { .. } | Origin::Archive(_) => root.join(&patch.before.source.tree_path),
    }
}

fn restore_error(patch: &Patch, source: RestoreError) -> WriteError {
    WriteError::Restore { path: patch.before.path().to_owned(), source }
}

fn holds(disk: &Path, after: &ContentId) -> bool {
    files::read(disk).is_ok_and(|bytes| bytes.is_some_and(|bytes| ContentId::of(&bytes) == *after))
}

fn land(patch: &Patch, disk: &Path, bytes: &[u8]) -> Result<Vec<String>, FileError> {
    if patch.creates {
        return files::create(disk, bytes).map(|_| Vec::new());
    }
    files::replace(disk, bytes, &patch.before.id())
}

/// Reads the file back. The outer error: somebody changed it meanwhile, and it is theirs now.
fn checked(patch: &Patch, disk: &Path, after: &ContentId, check: Checker<'_>) -> Result<Result<(), String>, FileError> {
    let bytes = files::read(disk)?.ok_or_else(|| FileError::Changed(disk.to_owned()))?;
    if ContentId::of(&bytes) != *after {
        return Err(FileError::Changed(disk.to_owned()));
    }
    let blob = Blob::new(patch.before.source.clone(), bytes);
    Ok(check(blob.path(), &blob.bytes))
}

fn put_back(patch: &Patch, writing: &Writing) -> Result<(), WriteError> {
    if patch.creates {
        return Ok(files::remove(&writing.disk, &writing.after, &writing.folders)?);
    }
    let encoding = || WriteError::Encoding(patch.before.path().to_owned());
    let bytes = patch.before.to_disk(&patch.before.bytes).ok_or_else(encoding)?;
    files::replace(&writing.disk, &bytes, &writing.after)?;
    Ok(())
}

//! Files on disk: whole or not at all, never over somebody else's change.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::{Exit, Failure};
use crate::model::ContentId;

/// How the names of unfinished files start; [`sweep`] knows them by it.
const UNFINISHED: &str = ".arnify-unfinished-";

/// Why a file was not written. Unless it says otherwise, the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file is not what was read.
    #[error("{}: changed since it was read; nothing was written to it", .0.display())]
    Changed(PathBuf),
    /// A file to create is there already.
    #[error("{}: is there already; nothing was written to it", .0.display())]
    Exists(PathBuf),
    /// Its permissions ask not to change it.
    #[error("{}: is read-only; nothing was written to it", .0.display())]
    ReadOnly(PathBuf),
    /// Not a regular file.
    #[error("{}: is not a regular file", .0.display())]
    NotAFile(PathBuf),
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

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let exit = match error {
            FileError::Changed(_) | FileError::Exists(_) => Exit::Conflict,
            FileError::ReadOnly(_) | FileError::NotAFile(_) | FileError::Io { .. } => Exit::Partial,
        };
        Self::new(exit, error)
    }
}

/// Replaces the file at `path`, or the one that a symbolic link there leads to, if it still is `before`.
/// Mode is kept, owner where the system allows it. Returns notes for the person: hard links cut, owner lost.
///
/// # Errors
/// The file is then as it was.
pub fn replace(path: &Path, bytes: &[u8], before: &ContentId) -> Result<Vec<String>, FileError> {
    let target = fs::canonicalize(path).map_err(io_error(path, "find the file"))?;
    let metadata = unchanged(&target, before)?;
    let mut notes = Vec::new();
    if metadata.nlink() > 1 {
        notes.push(format!("{}: has other hard links; they keep the old text", path.display()));
    }
    let mut file = unfinished(&target, None)?;
    fill(&mut file, bytes, &target)?;
    if let Err(error) = std::os::unix::fs::fchown(file.as_file(), Some(metadata.uid()), Some(metadata.gid())) {
        notes.push(format!("{}: its owner could not be kept: {error}", path.display()));
    }
    let mode = Permissions::from_mode(metadata.mode() & 0o7777);
    file.as_file().set_permissions(mode).map_err(io_error(path, "set permissions"))?;
    file.as_file().sync_all().map_err(io_error(path, "write to the disk"))?;
    // Once more just before the rename: an editor may have saved while the new file was written.
    unchanged(&target, before)?;
    file.persist(&target).map_err(|error| error.error).map_err(io_error(path, "replace the file"))?;
    sync_folder(&target)?;
    Ok(notes)
}

/// Creates the file at `path`, mode 0644 less the umask, with the folders that it needs. Returns those that it made.
///
/// # Errors
/// A file that is there is not touched.
pub fn create(path: &Path, bytes: &[u8]) -> Result<Vec<PathBuf>, FileError> {
    let missing: Vec<PathBuf> = missing_folders(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io_error(folder, "create the folder"))?;
    }
    let mut file = unfinished(path, Some(0o644))?;
    fill(&mut file, bytes, path)?;
    file.as_file().sync_all().map_err(io_error(path, "write to the disk"))?;
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists(path.to_owned()),
        _ => io_error(path, "create the file")(error.error),
    })?;
    sync_folder(path)?;
    Ok(missing)
}

/// The folders above `path` that are not there, innermost first.
pub fn missing_folders(path: &Path) -> Vec<PathBuf> {
    path.ancestors()
        .skip(1)
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .map(Path::to_owned)
        .collect()
}

/// Writes a file that only its owner may read, mode 0600 from the first byte; replaces what is there, or what a
/// symbolic link there leads to.
///
/// # Errors
/// The system's refusal, or a link that leads nowhere; what was there stays.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_whole(path, bytes, |_| None)
}

/// Writes a file of arnify's own that others may read (a baseline, a hook, a report): with the mode of the one that it
/// replaces, else 0644 less the umask.
///
/// # Errors
/// The system's refusal; what was there stays.
pub fn write_shared(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_whole(path, bytes, |target| Some(fs::metadata(target).map_or(0o644, |data| data.mode() & 0o7777)))
}

fn write_whole(path: &Path, bytes: &[u8], mode: fn(&Path) -> Option<u32>) -> Result<(), FileError> {
    let target = followed(path)?;
    let mut file = unfinished(&target, mode(&target))?;
    fill(&mut file, bytes, &target)?;
    file.as_file().sync_all().map_err(io_error(path, "write to the disk"))?;
    file.persist(&target).map_err(|error| error.error).map_err(io_error(path, "replace the file"))?;
    sync_folder(&target)
}

/// What a link at `path` leads to. One that leads to no file must not be replaced itself: `/dev/stdout` is such a link
/// where standard output is closed, or is a file that is gone.
fn followed(path: &Path) -> Result<PathBuf, FileError> {
    match fs::canonicalize(path) {
        Ok(target) => Ok(target),
        Err(_) if path.symlink_metadata().is_err() => Ok(path.to_owned()),
        Err(error) => Err(io_error(path, "follow the link")(error)),
    }
}

/// Removes the file at `path` if it still is `expected`, then those of `folders` that are empty.
///
/// # Errors
/// A file that is something else stays.
pub fn remove(path: &Path, expected: &ContentId, folders: &[PathBuf]) -> Result<(), FileError> {
    unchanged(path, expected)?;
    fs::remove_file(path).map_err(io_error(path, "remove the file"))?;
    sync_folder(path)?;
    remove_empty(folders);
    Ok(())
}

/// Removes those of `folders`, innermost first, that hold nothing.
pub fn remove_empty(folders: &[PathBuf]) {
    for folder in folders {
        // The system refuses for one that holds something by now: it stays.
        let _ = fs::remove_dir(folder);
    }
}

/// The file's bytes; `None` when there is no file.
///
/// # Errors
/// The system's refusal.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, "read the file")(error)),
    }
}

/// Shows before anything is stored that `path` could be written: unchanged (`None`: not there), not
/// read-only, in a folder that takes a new file.
///
/// # Errors
/// Why it can't.
pub fn preflight(path: &Path, before: Option<&ContentId>) -> Result<(), FileError> {
    let Some(before) = before else {
        if path.symlink_metadata().is_ok() {
            return Err(FileError::Exists(path.to_owned()));
        }
        let there = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(path);
        return unfinished(&there.join("x"), None).map(drop);
    };
    let target = fs::canonicalize(path).map_err(io_error(path, "find the file"))?;
    unchanged(&target, before)?;
    unfinished(&target, None).map(drop)
}

/// Removes what a killed run left beside `path`. Only the holder of the tree's lock may call it.
pub fn sweep(path: &Path) {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(entries) = target.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(crate) fn io_error(path: &Path, action: &'static str) -> impl Fn(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { path: path.clone(), action, source }
}

/// Checks that `target` is a writable regular file with the content `before`.
fn unchanged(target: &Path, before: &ContentId) -> Result<Metadata, FileError> {
    let failed = io_error(target, "read the file");
    let kind = fs::symlink_metadata(target).map_err(&failed)?;
    if !kind.is_file() {
        return Err(FileError::NotAFile(target.to_owned()));
    }
    let mut file = File::open(target).map_err(&failed)?;
    let metadata = file.metadata().map_err(&failed)?;
    if metadata.permissions().readonly() {
        return Err(FileError::ReadOnly(target.to_owned()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(&failed)?;
    if ContentId::of(&bytes) != *before {
        return Err(FileError::Changed(target.to_owned()));
    }
    Ok(metadata)
}

/// A temporary file beside `target`, mode 0600 unless told; removed when dropped.
fn unfinished(target: &Path, mode: Option<u32>) -> Result<NamedTempFile, FileError> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = Permissions::from_mode(mode.unwrap_or(0o600));
    Builder::new()
        .prefix(UNFINISHED)
        .permissions(permissions)
        .tempfile_in(folder)
        .map_err(io_error(folder, "write into the folder"))
}

fn fill(file: &mut NamedTempFile, bytes: &[u8], path: &Path) -> Result<(), FileError> {
    file.write_all(bytes).map_err(io_error(path, "write the new text"))
}

/// Makes a rename durable.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder, "write the folder to the disk"))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests set up their files plainly")]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_its_link() {
        let dir = folder();
        let (file, link) = (dir.path().join("real"), dir.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o751)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        assert_eq!(replace(&link, b"new", &ContentId::of(b"old")).unwrap(), Vec::<String>::new());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o751);
        assert!(link.is_symlink());
        assert_eq!(names(dir.path()).len(), 2);
    }

    #[test]
    fn a_changed_or_read_only_file_is_refused_and_stays() {
        let dir = folder();
        let file = dir.path().join("f");
        fs::write(&file, "other").unwrap();
        assert!(matches!(replace(&file, b"new", &ContentId::of(b"old")), Err(FileError::Changed(_))));
        fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(replace(&file, b"new", &ContentId::of(b"other")), Err(FileError::ReadOnly(_))));
        assert_eq!(fs::read(&file).unwrap(), b"other");
        assert_eq!(names(dir.path()), ["f"]);
    }

    #[test]
    fn a_hard_link_is_told_of() {
        let dir = folder();
        let file = dir.path().join("f");
        fs::write(&file, "old").unwrap();
        fs::hard_link(&file, dir.path().join("g")).unwrap();
        let notes = replace(&file, b"new", &ContentId::of(b"old")).unwrap();
        assert!(notes[0].contains("hard links"), "{notes:?}");
    }

    #[test]
    fn a_private_file_is_private_and_a_created_one_is_not_overwritten() {
        let dir = folder();
        let file = dir.path().join("p");
        fs::write(&file, "x").unwrap();
        write_private(&file, b"secret").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(create(&file, b"y"), Err(FileError::Exists(_))));
        assert_eq!(fs::read(&file).unwrap(), b"secret");
    }

    #[test]
    fn created_folders_go_with_their_file() {
        let dir = folder();
        let file = dir.path().join("a/b/f");
        let made = create(&file, b"x").unwrap();
        assert_eq!(made, [dir.path().join("a/b"), dir.path().join("a")]);
        assert!(matches!(remove(&file, &ContentId::of(b"y"), &made), Err(FileError::Changed(_))));
        remove(&file, &ContentId::of(b"x"), &made).unwrap();
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path().join("none"), &link).unwrap();
        for write in [write_private, write_shared] {
            assert!(matches!(write(&link, b"new"), Err(FileError::Io { .. })));
            assert!(link.symlink_metadata().unwrap().is_symlink());
            assert!(!dir.path().join("none").exists());
        }
    }

    #[test]
    fn what_a_killed_run_left_is_swept() {
        let dir = folder();
        fs::write(dir.path().join(format!("{UNFINISHED}abc")), "x").unwrap();
        fs::write(dir.path().join("f"), "x").unwrap();
        sweep(&dir.path().join("f"));
        assert_eq!(names(dir.path()), ["f"]);
    }
}

//! Where a result goes: standard output, or the file of `-o`, which gets it whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::failure::{Exit, Failure, OutputError};
use crate::ui::Ui;

/// Lets `write` write to `target`, or to standard output when it is `None`.
pub(super) fn deliver(
    target: Option<&Path>,
    ui: &mut Ui,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    if let Some(path) = target {
        return to_file(path, write);
    }
    let mut out = BufWriter::new(ui.out());
    write(&mut out).and_then(|()| out.flush()).map_err(Failure::output)
}

/// Writes a file atomically: a temporary file beside it takes its place once it is complete.
pub(super) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    replace(path, write).map_err(|source| {
        let failure = Failure::new(Exit::Usage, OutputError { target: path.display().to_string(), source });
        failure.hint("name a file in a folder that exists and can be written")
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A pipe or a device (`-o /dev/stdout`) can't be replaced.
    if path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        return write(&mut std::fs::OpenOptions::new().write(true).open(path)?);
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = shared_mode(tempfile::Builder::new().prefix(".arnify-").tempfile_in(folder)?, &target)?;
    let mut buffer = BufWriter::new(file.as_file_mut());
    write(&mut buffer)?;
    buffer.flush()?;
    drop(buffer);
    file.as_file().sync_data()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Gives the file the mode of the one that it replaces, else 0644: a report holds no value.
#[cfg(unix)]
fn shared_mode(file: tempfile::NamedTempFile, target: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = target.metadata().map_or(0o644, |data| data.permissions().mode() & 0o777);
    file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    Ok(file)
}

#[cfg(not(unix))]
fn shared_mode(file: tempfile::NamedTempFile, _target: &Path) -> io::Result<tempfile::NamedTempFile> {
    Ok(file)
}

//! Where a result goes: standard output, or the file of `-o`, which gets it whole or not at all.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::apply::files::{self, FileError};
use crate::failure::{Exit, Failure, OutputError, unless_gone};
use crate::ui::Ui;

/// Lets `write` write to `target`, or to standard output when it is `None`. A reader of standard output who goes away is no
/// failure: the verb goes on.
pub(super) fn deliver(
    target: Option<&Path>,
    ui: &mut Ui,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = target else {
        let mut out = BufWriter::new(ui.out());
        return unless_gone(write(&mut out).and_then(|()| out.flush())).map_err(Failure::output);
    };
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(Failure::output)?;
    to_file(path, &bytes)
}

/// Writes a file that others may read: a report holds no value.
pub(super) fn to_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    through(path, bytes, files::write_shared)
}

/// Writes a file that holds values: mode 0600 from the first byte.
pub(super) fn to_private_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    through(path, bytes, files::write_private)
}

/// A pipe or a device (`-o /dev/stdout`) can't be replaced, so it is written to.
fn through(path: &Path, bytes: &[u8], replace: fn(&Path, &[u8]) -> Result<(), FileError>) -> Result<(), Failure> {
    let written = if path.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir()) {
        std::fs::OpenOptions::new().write(true).open(path).and_then(|mut file| unless_gone(file.write_all(bytes)))
    } else {
        replace(path, bytes).map_err(|error| match error {
            FileError::Io { source, .. } => source,
            other => io::Error::other(other),
        })
    };
    written.map_err(|source| {
        Failure::new(Exit::Usage, OutputError { target: path.display().to_string(), source })
            .hint("Name a file in a folder that exists and can be written.")
    })
}

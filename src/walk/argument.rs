//! A path of the command line: what it names, and under which name its files are reported.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::WalkError;
use crate::model::{Skip, SkipReason};

/// A path that exists.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// With symbolic links resolved, absolute.
    pub(super) real: PathBuf,
    /// What reports show before the path within it; for a file its whole name. May be empty.
    pub(super) prefix: String,
}

impl Argument {
    /// All arguments; a single folder has no prefix.
    pub(super) fn all(paths: &[PathBuf]) -> Result<(Vec<Self>, Vec<Skip>), WalkError> {
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here } else { paths };
        let (mut arguments, mut skips) = (Vec::new(), Vec::new());
        for path in paths {
            match Self::new(path) {
                Ok(argument) => arguments.push(argument),
                Err(error) => skips.push(skip(path, &error)?),
            }
        }
        if let ([only], [_]) = (arguments.as_mut_slice(), paths)
            && only.real.is_dir()
        {
            only.prefix.clear();
        }
        Ok((arguments, skips))
    }

    fn new(path: &Path) -> io::Result<Self> {
        // A link that leads nowhere exists; what it names doesn't.
        path.symlink_metadata()?;
        let real = path.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::other("the link leads nowhere"),
            _ => error,
        })?;
        Ok(Self { real, prefix: normal(path) })
    }
}

fn skip(path: &Path, error: &io::Error) -> Result<Skip, WalkError> {
    let reason = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Err(WalkError::Missing(path.to_owned())),
        io::ErrorKind::PermissionDenied => SkipReason::Unreadable,
        _ => SkipReason::BrokenLink,
    };
    Ok(Skip { path: normal(path), reason, detail: Some(error.to_string()) })
}

/// The path as typed, with `/`, without `.` parts and final separators.
fn normal(path: &Path) -> String {
    slashed(&path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>())
}

/// The path with `/`; bytes that are not UTF-8 are shown as the replacement character.
pub(super) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

/// The path of what is called `name` in `folder`; both with `/`.
pub(super) fn joined(folder: &str, name: &str) -> String {
    let between = if folder.is_empty() || folder.ends_with('/') { "" } else { "/" };
    [folder, between, name].concat()
}

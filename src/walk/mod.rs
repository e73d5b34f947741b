//! Discovery: from paths, the git index or standard input to sources, and from a source to its blob.

mod nearby;

use std::path::{Path, PathBuf};


pub use nearby::{named, nearby};

use crate::model::{Blob, Skip, Source};

/// How to walk.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Gitignore-style patterns to leave out.
    pub exclude: Vec<String>,
    /// Read ignored and hidden files too.
    pub no_ignore: bool,
}

/// What a walk found, in path order.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Sources to read.
    pub sources: Vec<Source>,
    /// What was passed over before reading.
    pub skips: Vec<Skip>,
}

/// Why a walk can't start.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A path that was asked for doesn't exist.
    #[error("{0}: no such file or folder")]
    Missing(PathBuf),
    /// Git could not answer.
    #[error("git {action}: {message}")]
    Git {
        /// What was asked.
        action: String,
        /// Git's words.
        message: String,
    },
    /// A pattern that is not a glob.
    #[error("exclude pattern {pattern}: {message}")]
    Pattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Walks `paths`; `root` is the tree.
pub fn tree(_paths: &[PathBuf], _root: &Path, _options: &WalkOptions) -> Result<Found, WalkError> {
    todo!("H5")
}

/// Lists what is staged in the index of the work tree at `root`: added, copied, modified and renamed blobs.
pub fn staged(_root: &Path, _options: &WalkOptions) -> Result<Found, WalkError> {
    todo!("H5")
}

/// Reads sources; shared by all workers.
pub struct Reader {
    _max_size: u64,
}

impl Reader {
    /// A reader that passes over what is larger than `max_size` bytes.
    pub fn new(max_size: u64) -> Self {
        Self { _max_size: max_size }
    }

    /// Reads a source to its end, or says why it was passed over.
    pub fn read(&self, _source: &Source) -> Result<Blob, Skip> {
        todo!("H5")
    }
}

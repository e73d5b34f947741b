//! Discovery: from paths, the git index or standard input to sources, and from a source to its blob.

mod git;
mod nearby;
mod read;
mod staged;
mod tree;

use std::path::PathBuf;

pub use git::{hooks_folder, root_commit};
pub use nearby::{named, nearby};
pub use read::Reader;
pub use staged::staged;
pub use tree::tree;

use crate::model::{Origin, Skip, Source};

/// How to walk.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Gitignore-style patterns to leave out.
    pub exclude: Vec<String>,
    /// Read ignored files too.
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

impl Found {
    /// Whether there is nothing to read and nothing was passed over.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.skips.is_empty()
    }
}

/// Why a walk can't start.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A path that was asked for doesn't exist.
    #[error("{}: no such file or folder", .0.display())]
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
    #[error("exclude pattern \"{pattern}\": {message}")]
    Pattern {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
}

/// Standard input as a source, reported under `name`.
pub fn stdin(name: &str) -> Found {
    let source = Source { path: name.to_owned(), tree_path: name.to_owned(), origin: Origin::Stdin, explicit: true };
    Found { sources: vec![source], skips: Vec::new() }
}

//! Discovery: from paths, the git index or standard input to sources, and from a source to its blob or, if it is an
//! archive, to those of its entries.

mod archive;
mod argument;
mod exclude;
mod feed;
mod found;
pub(crate) mod git;
mod history;
mod ignores;
mod listing;
mod nearby;
mod objects;
mod reader;
mod spare;
mod staged;
mod tree;

use std::path::PathBuf;

pub use feed::Feed;
pub use found::{Batches, Found};
pub use history::{History, Lineage, Trace, history};
pub use nearby::{named, nearby, passages};
pub use reader::Reader;
pub use spare::give_back;
pub use staged::staged;
pub use tree::tree;

/// Where a tree keeps its baseline. It is never scanned: its fingerprints look like keys and are none.
pub const BASELINE: &str = ".arnify/baseline.json";

/// How to walk.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Gitignore-style patterns to leave out.
    pub exclude: Vec<String>,
    /// Read ignored and hidden files too.
    pub no_ignore: bool,
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

//! Where bytes come from.

use std::path::{Path, PathBuf};

/// Something to scan: a file, standard input, a staged blob, a blob of a commit, or an entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Path that reports show: relative to the argument's root, with `/`; for an entry of an archive the archive's,
    /// `!/` and the entry's.
    pub path: String,
    /// Path within the tree (the git work tree, else the argument's root), with `/`: fingerprints, baselines,
    /// plans and journals use it, so that they don't depend on the folder that arnify was started in.
    pub tree_path: String,
    /// Where the bytes are read from.
    pub origin: Origin,
    /// Named on the command line, so that no ignore rule applies to it.
    pub explicit: bool,
}

/// Where a source's bytes are read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file of the work tree, as an absolute path.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A blob in a git object store: the index's content (`commit` is `None`) or a commit's.
    Git {
        /// Root of the work tree, or the bare repository.
        repository: PathBuf,
        /// The blob's object id.
        object: String,
        /// The commit that brought it in.
        commit: Option<String>,
    },
    /// An entry of an archive, whose own bytes are read from there. It can be reported, never written.
    Archive(Box<Self>),
}

impl Origin {
    /// The commit that brought the bytes in, where a commit is their origin.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Git { commit, .. } => commit.as_deref(),
            Self::Archive(of) => of.commit(),
            Self::File(_) | Self::Stdin => None,
        }
    }

    /// The repository whose object store the bytes are read from.
    pub fn repository(&self) -> Option<&Path> {
        match self {
            Self::Git { repository, .. } => Some(repository),
            Self::File(_) | Self::Stdin | Self::Archive(_) => None,
        }
    }
}

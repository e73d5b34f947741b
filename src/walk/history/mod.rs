//! What a repository's history holds: each blob that a commit brought in, and which commits brought in and took out.

mod lineage;
mod log;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use ignore::gitignore::Gitignore;

pub use lineage::{Lineage, Trace};

use super::exclude::Exclude;
use super::staged::{Limits, ignore_file};
use super::{BASELINE, Found, WalkError, WalkOptions, git};
use crate::model::{Origin, Skip, SkipReason, Source};

/// A repository's history.
pub struct History {
    /// Every blob with each path that it had, once.
    pub found: Found,
    /// What the commits did.
    pub lineage: Lineage,
}

/// Lists the blobs of the commits in `range` (any form that `git log` takes; all of the repository when `None`), below
/// `paths` where there are any, newest first. For a range, blobs that its first commits replaced are listed too: what
/// stands there already was not brought in by the range.
///
/// # Errors
/// What git has to say, for one that a range is not known.
pub fn history(
    range: Option<&str>,
    paths: &[PathBuf],
    root: &Path,
    options: &WalkOptions,
) -> Result<History, WalkError> {
    let lineage = log::read(root, range, tips(root, range)?)?;
    let chosen = Chosen {
        exclude: Exclude::new(&options.exclude)?,
        limits: Limits::new(paths, root)?,
        ignores: ignore_file(root, options.no_ignore),
    };
    let (mut sources, mut skips) = (Vec::new(), Vec::new());
    if is_shallow(root)? {
        let detail = "a shallow clone: commits are missing; `git fetch --unshallow` brings them".to_owned();
        skips.push(Skip { path: ".".to_owned(), reason: SkipReason::Unreadable, detail: Some(detail) });
    }
    let mut choices: BTreeMap<usize, Choice> = BTreeMap::new();
    for (path, object) in lineage.blobs() {
        if *choices.entry(path).or_insert_with(|| chosen.choose(lineage.path(path))) == Choice::Take {
            let path = lineage.path(path).to_str_lossy().into_owned();
            let origin = Origin::Git { repository: root.to_owned(), object: lineage.object(object), commit: None };
            sources.push(Source { tree_path: path.clone(), path, origin, explicit: false });
        }
    }
    for (path, choice) in choices {
        if let Choice::Skip(reason) = choice {
            skips.push(Skip { path: lineage.path(path).to_str_lossy().into_owned(), reason, detail: None });
        }
    }
    Ok(History { found: Found::listed(sources, skips), lineage })
}

/// Which paths take part.
struct Chosen {
    exclude: Exclude,
    limits: Limits,
    ignores: Gitignore,
}

/// Whether a path takes part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Take,
    /// Not below the paths that were asked for.
    Outside,
    Skip(SkipReason),
}

impl Chosen {
    fn choose(&self, path: &[u8]) -> Choice {
        let path = path.to_path_lossy();
        if !self.limits.take(&path) {
            Choice::Outside
        } else if path == Path::new(BASELINE) || self.exclude.is_match_or_within(&path) {
            Choice::Skip(SkipReason::Excluded)
        } else if self.ignores.matched_path_or_any_parents(&path, false).is_ignore() {
            Choice::Skip(SkipReason::Ignored)
        } else {
            Choice::Take
        }
    }
}

fn is_shallow(root: &Path) -> Result<bool, WalkError> {
    Ok(git::run(root, &["rev-parse", "--is-shallow-repository"])?.trim_ascii() == b"true")
}

/// What stands at the end of the history: the blobs of the range's newest commits, else of `HEAD`.
fn tips(root: &Path, range: Option<&str>) -> Result<BTreeSet<(Vec<u8>, String)>, WalkError> {
    let newest = match range {
        Some(range) => {
            let revisions = git::run(root, &["rev-parse", "--revs-only", "--end-of-options", range])?;
            let revisions = revisions.lines().map(|line| line.to_str_lossy().into_owned());
            revisions.filter(|line| !line.starts_with(['^', '-'])).collect()
        }
        None if git::run(root, &["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]).is_ok() => {
            vec!["HEAD".to_owned()]
        }
        None => Vec::new(),
    };
    let mut blobs = BTreeSet::new();
    for tip in newest {
        let listed = git::run(root, &["ls-tree", "-r", "-z", "--full-tree", &tip])?;
        for entry in listed.split(|byte| *byte == 0) {
            let Some((head, path)) = entry.split_once_str(b"\t") else { continue };
            if let Some(object) = head.to_str_lossy().split(' ').nth(2) {
                blobs.insert((path.to_vec(), object.to_owned()));
            }
        }
    }
    Ok(blobs)
}

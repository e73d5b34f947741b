//! What is staged: the index's content, not the work tree's.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use ignore::gitignore::Gitignore;

use super::argument::slashed;
use super::exclude::Exclude;
use super::{BASELINE, Found, WalkError, WalkOptions, git};
use crate::model::{Origin, Skip, SkipReason, Source};

/// Lists what is staged in the index of the work tree at `root`: added, copied, modified and renamed blobs,
/// below `paths` where there are any. Submodules and symbolic links have no content of their own.
pub fn staged(paths: &[PathBuf], root: &Path, options: &WalkOptions) -> Result<Found, WalkError> {
    let exclude = Exclude::new(&options.exclude)?;
    let base = match git::run(root, &["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]) {
        Ok(_) => "HEAD".to_owned(),
        Err(_) => empty_tree(root)?,
    };
    let arguments =
        ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=d", &base, "--"];
    let raw = git::run(root, &arguments)?;
    let limits = Limits::new(paths, root)?;
    let ignores = ignore_file(root, options.no_ignore);
    let (mut sources, mut skips) = (Vec::new(), Vec::new());
    for (entry, path) in entries(&raw) {
        let path = path.to_path_lossy();
        if !limits.take(&path) {
            continue;
        }
        let ignored = ignores.matched_path_or_any_parents(&path, false).is_ignore();
        if ignored || exclude.is_match_or_within(&path) || path == Path::new(BASELINE) {
            let reason = if ignored { SkipReason::Ignored } else { SkipReason::Excluded };
            skips.push(Skip { path: slashed(&path), reason, detail: None });
        } else {
            match source(root, &entry, slashed(&path)) {
                Ok(source) => sources.push(source),
                Err(skip) => skips.push(skip),
            }
        }
    }
    Ok(Found::listed(sources, skips))
}

/// The id of the tree that holds nothing, in the repository's own hash.
fn empty_tree(root: &Path) -> Result<String, WalkError> {
    let id = git::run(root, &["hash-object", "-t", "tree", "--stdin"])?;
    Ok(String::from_utf8_lossy(&id).trim().to_owned())
}

/// The paths that were asked for, relative to the work tree; none means all.
pub(super) struct Limits(Vec<PathBuf>);

impl Limits {
    pub(super) fn new(paths: &[PathBuf], root: &Path) -> Result<Self, WalkError> {
        paths.iter().map(|path| within(path, root)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn take(&self, path: &Path) -> bool {
        self.0.is_empty() || self.0.iter().any(|limit| path.starts_with(limit))
    }
}

fn within(path: &Path, root: &Path) -> Result<PathBuf, WalkError> {
    let missing = || WalkError::Missing(path.to_owned());
    // A staged file may be gone from the work tree, so that only its folder can be resolved.
    let absolute = std::path::absolute(path).map_err(|_| missing())?;
    let real = absolute.canonicalize().or_else(|error| {
        let (folder, name) = absolute.parent().zip(absolute.file_name()).ok_or(error)?;
        folder.canonicalize().map(|folder| folder.join(name))
    });
    let real = real.map_err(|_| missing())?;
    real.strip_prefix(root).map(Path::to_owned).map_err(|_| missing())
}

/// The tree's own `.arnifyignore`; git's ignore files don't apply to what is staged.
pub(super) fn ignore_file(root: &Path, no_ignore: bool) -> Gitignore {
    if no_ignore { Gitignore::empty() } else { Gitignore::new(root.join(".arnifyignore")).0 }
}

/// An entry of git's raw form: `:<mode> <mode> <id> <id> <status>`.
struct Entry {
    mode: String,
    object: String,
    status: String,
}

fn entries(raw: &[u8]) -> Vec<(Entry, &[u8])> {
    let mut parts = raw.split(|byte| *byte == 0);
    let mut entries = Vec::new();
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let head = head.to_str_lossy();
        let mut fields = head.trim_start_matches(':').split(' ').skip(1).map(str::to_owned);
        if let (Some(mode), Some(_), Some(object), Some(status)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        {
            entries.push((Entry { mode, object, status }, path));
        }
    }
    entries
}

fn source(root: &Path, entry: &Entry, path: String) -> Result<Source, Skip> {
    let (reason, detail) = match entry.mode.as_str() {
        _ if entry.status.starts_with('U') => (SkipReason::Unreadable, "has a merge conflict in the index"),
        "160000" => (SkipReason::Special, "submodule"),
        "120000" => (SkipReason::Special, "symbolic link"),
        _ => {
            let origin = Origin::Git { repository: root.to_owned(), object: entry.object.clone(), commit: None };
            return Ok(Source { tree_path: path.clone(), path, origin, explicit: false });
        }
    };
    Err(Skip { path, reason, detail: Some(detail.to_owned()) })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::walk::Reader;
    use crate::walk::git::run;

    fn git(root: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"];
        run(root, &[identity.as_slice(), arguments].concat()).unwrap();
    }

    fn content(found: Found) -> Vec<(String, String)> {
        let reader = Reader::new(1 << 20);
        let read = |source: &Arc<Source>| {
            let blob = reader.read(source).unwrap();
            (source.path.clone(), String::from_utf8_lossy(&blob.bytes).into_owned())
        };
        found.all().0.iter().map(read).collect()
    }

    #[test]
    fn the_index_is_read_and_not_the_work_tree() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        git(&root, &["init", "-q"]);
        std::fs::create_dir(root.join("d")).unwrap();
        std::fs::write(root.join("d/a b.txt"), "staged").unwrap();
        std::fs::write(root.join("keep"), "keep").unwrap();
        git(&root, &["add", "."]);
        std::fs::write(root.join("d/a b.txt"), "work tree").unwrap();
        let before = staged(&[], &root, &WalkOptions::default()).unwrap();
        let text = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(content(before), [text("d/a b.txt", "staged"), text("keep", "keep")]);
        git(&root, &["commit", "-q", "-m", "one"]);
        assert!(staged(&[], &root, &WalkOptions::default()).unwrap().all().0.is_empty());
        git(&root, &["mv", "keep", "moved"]);
        git(&root, &["add", "."]);
        let all = staged(&[], &root, &WalkOptions::default()).unwrap();
        assert_eq!(content(all), [text("d/a b.txt", "work tree"), text("moved", "keep")]);
        let some = staged(&[root.join("d")], &root, &WalkOptions::default()).unwrap();
        assert_eq!(content(some), [text("d/a b.txt", "work tree")]);
        let options = WalkOptions { exclude: vec!["d/".into()], no_ignore: false };
        assert_eq!(content(staged(&[], &root, &options).unwrap()), [text("moved", "keep")]);
    }

    #[test]
    fn a_folder_without_a_repository_is_gits_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(staged(&[], dir.path(), &WalkOptions::default()), Err(WalkError::Git { .. })));
    }
}

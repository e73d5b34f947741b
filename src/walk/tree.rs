//! Files and folders: a parallel walk that honours ignore files and says what it passed over.

use std::collections::{BTreeMap, HashSet};
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::argument::{Argument, slashed};
use super::exclude::Exclude;
use super::{BASELINE, Found, WalkError, WalkOptions};
use crate::model::{Origin, Skip, SkipReason, Source};

/// Walks `paths` (the current folder when there is none); `root` is the tree.
///
/// Hidden files are read, `.git` never; a symbolic link is followed only when it is an argument; a file that
/// two arguments reach is found once. Nothing is opened but folders.
pub fn tree(paths: &[PathBuf], root: &Path, options: &WalkOptions) -> Result<Found, WalkError> {
    let exclude = Exclude::new(&options.exclude)?;
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let (arguments, skips) = Argument::all(paths)?;
    let catch = Catch { root, exclude, found: Mutex::new((BTreeMap::new(), skips)), listed: Mutex::default() };
    let catch = Arc::new(catch);
    for argument in &arguments {
        if argument.real.is_dir() {
            walk(argument, &catch, options.no_ignore);
            if !options.no_ignore {
                catch.count_ignored(argument, &arguments);
            }
        } else {
            catch.explicit(argument);
        }
    }
    let mut found = catch.found.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sources: Vec<_> = std::mem::take(&mut found.0).into_values().collect();
    let mut skips = std::mem::take(&mut found.1);
    sources.sort();
    skips.sort();
    skips.dedup();
    Ok(Found { sources, skips })
}

/// What all arguments' walks have found, by real path.
struct Catch {
    root: PathBuf,
    exclude: Exclude,
    found: Mutex<(BTreeMap<PathBuf, Source>, Vec<Skip>)>,
    listed: Mutex<Listed>,
}

/// What one argument's walk came by. The walk hands over nothing of what an ignore file names, so that is found as
/// what a folder holds beyond it.
#[derive(Default)]
struct Listed {
    folders: Vec<PathBuf>,
    entries: HashSet<PathBuf>,
}

fn walk(argument: &Argument, catch: &Arc<Catch>, no_ignore: bool) {
    let mut builder = WalkBuilder::new(&argument.real);
    builder.standard_filters(!no_ignore).hidden(false).follow_links(false);
    if !no_ignore {
        builder.add_custom_ignore_filename(".arnifyignore");
    }
    let (filter, owner) = (Arc::clone(catch), argument.clone());
    builder.filter_entry(move |entry| filter.wants(&owner, entry));
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => catch.entry(argument, &entry),
                Err(error) => catch.trouble(argument, &error),
            }
            WalkState::Continue
        })
    });
}

impl Catch {
    /// Whether the walk goes on with an entry; what is excluded on purpose is counted.
    fn wants(&self, argument: &Argument, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).entries.insert(entry.path().to_owned());
        if entry.file_name() == ".git" {
            return false;
        }
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        let within = self.within_tree(argument, entry.path());
        let own = within == Path::new(BASELINE);
        let excluded = own || self.exclude.is_match(&within, is_dir);
        if excluded {
            self.skip(argument, entry.path(), SkipReason::Excluded, None);
        }
        !excluded
    }

    fn entry(&self, argument: &Argument, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            self.listed.lock().unwrap_or_else(PoisonError::into_inner).folders.push(entry.path().to_owned());
            return;
        }
        if kind.is_file() {
            self.add(argument, entry.path(), false);
        } else if kind.is_symlink() {
            self.link(argument, entry.path());
        } else {
            self.skip(argument, entry.path(), SkipReason::Special, Some(describe(kind).to_owned()));
        }
    }

    /// Counts what ignore files kept out of an argument's walk: each file, and a folder once, at its top. What is an
    /// argument itself is read all the same.
    fn count_ignored(&self, argument: &Argument, arguments: &[Argument]) {
        let listed = std::mem::take(&mut *self.listed.lock().unwrap_or_else(PoisonError::into_inner));
        // A folder that can't be listed is a gap already.
        for entry in listed.folders.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten() {
            let path = entry.path();
            if !listed.entries.contains(&path) && !arguments.iter().any(|other| other.real == path) {
                self.skip(argument, &path, SkipReason::Ignored, None);
            }
        }
    }

    /// A link within the tree is not followed. Where its target is part of the tree, it is read there.
    fn link(&self, argument: &Argument, path: &Path) {
        let (reason, detail) = match path.canonicalize() {
            Ok(target) if target.starts_with(&argument.real) => return,
            Ok(_) => (SkipReason::Special, "symbolic link that leads out of the folder".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (SkipReason::Special, "symbolic link that leads nowhere".to_owned())
            }
            Err(error) => (SkipReason::BrokenLink, error.to_string()),
        };
        self.skip(argument, path, reason, Some(detail));
    }

    /// A file that was named: no rule applies to it.
    fn explicit(&self, argument: &Argument) {
        match argument.real.metadata() {
            Ok(data) if data.is_file() => self.add(argument, &argument.real, true),
            Ok(data) => {
                let detail = describe(data.file_type()).to_owned();
                self.skip(argument, &argument.real, SkipReason::Special, Some(detail));
            }
            Err(error) => self.skip(argument, &argument.real, SkipReason::Unreadable, Some(error.to_string())),
        }
    }

    fn add(&self, argument: &Argument, real: &Path, explicit: bool) {
        let path = argument.shown(real.strip_prefix(&argument.real).unwrap_or(real));
        // What stands outside the tree keeps its whole path: as typed it could be another file's path in the tree.
        let tree_path = slashed(real.strip_prefix(&self.root).unwrap_or(real));
        let source = Source { path, tree_path, origin: Origin::File(real.to_owned()), explicit };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.0.entry(real.to_owned()).and_modify(|known| known.explicit |= explicit).or_insert(source);
    }

    fn trouble(&self, argument: &Argument, error: &ignore::Error) {
        let path = path_of(error).unwrap_or(&argument.real);
        // The system's words, without the path that the wrapper repeats.
        let detail = error.io_error().map_or_else(|| error.to_string(), words);
        self.skip(argument, path, SkipReason::Unreadable, Some(detail));
    }

    fn skip(&self, argument: &Argument, path: &Path, reason: SkipReason, detail: Option<String>) {
        let shown = argument.shown(path.strip_prefix(&argument.real).unwrap_or(path));
        let path = if shown.is_empty() { ".".to_owned() } else { shown };
        self.found.lock().unwrap_or_else(PoisonError::into_inner).1.push(Skip { path, reason, detail });
    }

    fn within_tree(&self, argument: &Argument, path: &Path) -> PathBuf {
        let within = path.strip_prefix(&self.root).or_else(|_| path.strip_prefix(&argument.real));
        within.unwrap_or(path).to_owned()
    }
}

fn words(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

#[cfg(unix)]
fn describe(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        _ if kind.is_fifo() => "pipe",
        _ if kind.is_socket() => "socket",
        _ if kind.is_block_device() || kind.is_char_device() => "device",
        _ => "not a regular file",
    }
}

#[cfg(not(unix))]
fn describe(_kind: FileType) -> &'static str {
    "not a regular file"
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use super::*;

    fn put(base: &Path, files: &[&str]) {
        for file in files {
            std::fs::create_dir_all(base.join(file).parent().unwrap()).unwrap();
            std::fs::write(base.join(file), "x").unwrap();
        }
    }

    fn paths(found: &Found) -> Vec<&str> {
        found.sources.iter().map(|source| source.path.as_str()).collect()
    }

    #[test]
    fn hidden_files_are_read_and_git_and_ignored_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &[".env", ".git/config", "a/.git/x", "a/b.py", "out/x", "skip/y", "log.txt"]);
        std::fs::write(dir.path().join(".gitignore"), "out/\n").unwrap();
        std::fs::write(dir.path().join(".arnifyignore"), "log.txt\n").unwrap();
        let options = WalkOptions { exclude: vec!["/skip".into()], no_ignore: false };
        let found = tree(&[dir.path().to_owned()], dir.path(), &options).unwrap();
        assert_eq!(paths(&found), [".arnifyignore", ".env", ".gitignore", "a/b.py"]);
        assert_eq!(
            found.skips.iter().map(|s| (s.path.as_str(), s.reason)).collect::<Vec<_>>(),
            [("log.txt", SkipReason::Ignored), ("out", SkipReason::Ignored), ("skip", SkipReason::Excluded)]
        );
        let all = tree(&[dir.path().to_owned()], dir.path(), &WalkOptions { no_ignore: true, ..options }).unwrap();
        assert_eq!(paths(&all), [".arnifyignore", ".env", ".gitignore", "a/b.py", "log.txt", "out/x"]);
        assert_eq!(all.skips.len(), 1, "nothing is ignored then");
    }

    #[test]
    fn arnifyignore_holds_outside_a_repository() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["a.py", "b.py"]);
        std::fs::write(dir.path().join(".arnifyignore"), "b.py\n").unwrap();
        let found = tree(&[dir.path().to_owned()], dir.path(), &WalkOptions::default()).unwrap();
        assert_eq!(paths(&found), [".arnifyignore", "a.py"]);
        let named = tree(&[dir.path().join("b.py")], dir.path(), &WalkOptions::default()).unwrap();
        assert!(named.sources.first().unwrap().explicit);
        let both =
            tree(&[dir.path().to_owned(), dir.path().join("b.py")], dir.path(), &WalkOptions::default()).unwrap();
        assert_eq!((both.sources.len(), both.skips.len()), (3, 0), "what is named is read, and not ignored");
        assert_eq!(found.skips.len(), 1);
        assert_eq!(named.sources.first().unwrap().tree_path, "b.py");
    }

    #[test]
    fn overlapping_arguments_give_each_file_once_with_its_place_in_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["src/a.py", "src/b/c.py"]);
        let arguments = [dir.path().join("src"), dir.path().join("src/b/./c.py"), dir.path().join("src/b/")];
        let found = tree(&arguments, dir.path(), &WalkOptions::default()).unwrap();
        let prefix = slashed(&dir.path().join("src"));
        assert_eq!(paths(&found), [format!("{prefix}/a.py"), format!("{prefix}/b/c.py")]);
        assert_eq!(found.sources[1].tree_path, "src/b/c.py");
        assert!(found.sources[1].explicit);
    }

    #[test]
    fn a_missing_path_is_an_error_and_a_bad_pattern_too() {
        let dir = tempfile::tempdir().unwrap();
        let missing = tree(&[dir.path().join("none")], dir.path(), &WalkOptions::default());
        assert!(matches!(missing, Err(WalkError::Missing(_))));
        let options = WalkOptions { exclude: vec!["a{".into()], no_ignore: false };
        assert!(matches!(tree(&[], dir.path(), &options), Err(WalkError::Pattern { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_and_special_files_are_passed_over_with_a_reason() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["a/f.py"]);
        symlink("..", dir.path().join("a/up")).unwrap();
        symlink("f.py", dir.path().join("a/same")).unwrap();
        symlink("self", dir.path().join("self")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        symlink(outside.path(), dir.path().join("out")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("sock")).unwrap();
        let found = tree(&[dir.path().to_owned()], dir.path(), &WalkOptions::default()).unwrap();
        assert_eq!(paths(&found), ["a/f.py"]);
        let skips: Vec<_> = found.skips.iter().map(|skip| (skip.path.as_str(), skip.reason)).collect();
        let special = SkipReason::Special;
        let expected = [("dangling", special), ("out", special), ("self", SkipReason::BrokenLink), ("sock", special)];
        assert_eq!(skips, expected);
        for link in ["self", "dangling"] {
            let found = tree(&[dir.path().join(link)], dir.path(), &WalkOptions::default()).unwrap();
            assert_eq!(found.skips.first().unwrap().reason, SkipReason::BrokenLink, "{link}");
        }
        let followed = tree(&[dir.path().join("a/same")], dir.path(), &WalkOptions::default()).unwrap();
        assert_eq!(followed.sources.first().unwrap().tree_path, "a/f.py");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_walked() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"a\xff.py")), "x").unwrap();
        let found = tree(&[dir.path().to_owned()], dir.path(), &WalkOptions::default()).unwrap();
        assert_eq!(paths(&found), ["a\u{fffd}.py"]);
    }
}

//! Files and folders: a walk that honours ignore files, says what it passed over and holds no more than it must.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use super::argument::{Argument, joined, slashed};
use super::exclude::Exclude;
use super::ignores::{Global, Rules};
use super::listing::{Entry, Listing};
use super::{BASELINE, Found, WalkError, WalkOptions};
use crate::model::{Origin, Skip, SkipReason, Source};

/// Walks `paths` (the current folder when there is none); `root` is the tree.
///
/// Hidden files are read, `.git` never; a symbolic link is followed only when it is an argument; a file that
/// two arguments reach is found once. Nothing is opened but folders and ignore files.
///
/// # Errors
/// A path that is not there, or a pattern that is not a glob.
pub fn tree(paths: &[PathBuf], root: &Path, options: &WalkOptions) -> Result<Found, WalkError> {
    let exclude = Exclude::new(&options.exclude)?;
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let (arguments, mut gaps) = Argument::all(paths)?;
    gaps.sort();
    gaps.dedup();
    let reached = arguments.iter().map(|argument| (argument.real.clone(), false)).collect();
    let global = (!options.no_ignore).then(Global::read);
    let (gaps, arguments) = (gaps.into_iter(), arguments.into_iter());
    Ok(Found::walking(Tree { root, exclude, global, gaps, arguments, reached, open: Vec::new() }))
}

/// A walk under way, depth first.
pub(super) struct Tree {
    root: PathBuf,
    exclude: Exclude,
    /// None where ignore files don't count.
    global: Option<Global>,
    /// The arguments that can't be walked.
    gaps: vec::IntoIter<Skip>,
    arguments: vec::IntoIter<Argument>,
    /// The arguments' real paths, each with whether the walk was there: from then on it is as good as any other path.
    reached: HashMap<PathBuf, bool>,
    /// The folder that is walked, after those that hold it.
    open: Vec<Folder>,
}

/// A folder whose entries are not all walked yet.
struct Folder {
    place: Place,
    /// Where the argument is that led here.
    argument: Arc<Path>,
    rules: Option<Arc<Rules>>,
    listing: Listing,
}

/// Where something stands.
struct Place {
    real: PathBuf,
    /// As reports show it. Empty for a folder that is the only argument.
    shown: String,
    /// Within the tree; what stands outside keeps its whole path: as typed it could be another file's path in the tree.
    in_tree: String,
}

impl Iterator for Tree {
    type Item = Result<Arc<Source>, Skip>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(gap) = self.gaps.next() {
            return Some(Err(gap));
        }
        loop {
            let found = match self.open.last_mut() {
                None => {
                    let argument = self.arguments.next()?;
                    self.argument(argument)
                }
                Some(folder) => match folder.listing.next() {
                    Some(Ok(entry)) => self.entry(&entry),
                    Some(Err(error)) => Some(Err(folder.place.unreadable(&error))),
                    None => {
                        self.open.pop();
                        None
                    }
                },
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

impl Tree {
    /// Begins with an argument, unless an earlier one led there.
    fn argument(&mut self, argument: Argument) -> Option<Result<Arc<Source>, Skip>> {
        if self.meets(&argument.real) == Meeting::Again {
            return None;
        }
        let in_tree = slashed(argument.real.strip_prefix(&self.root).unwrap_or(&argument.real));
        let place = Place { real: argument.real, shown: argument.prefix, in_tree };
        match place.real.metadata() {
            Ok(data) if data.is_dir() => {
                let above = self.global.as_ref().and_then(|_| Rules::above(&place.real));
                self.enter(Arc::from(place.real.as_path()), above.as_ref(), place)
            }
            // no rule applies to a file that was named
            Ok(data) if data.is_file() => Some(Ok(place.source(true))),
            Ok(data) => Some(Err(place.skip(SkipReason::Special, Some(describe(data.file_type()).to_owned())))),
            Err(error) => Some(Err(place.unreadable(&error))),
        }
    }

    /// What is excluded on purpose is counted: each file, and a folder once, at its top.
    fn entry(&mut self, entry: &Entry) -> Option<Result<Arc<Source>, Skip>> {
        let folder = self.open.last()?;
        let place = folder.place.within(&entry.name);
        let is_dir = entry.kind.is_dir();
        if let (Some(rules), Some(global)) = (&folder.rules, &self.global)
            && rules.ignore(&place.real, is_dir, global)
        {
            // what is an argument itself is read all the same
            let is_named = self.reached.contains_key(&place.real);
            return (!is_named).then(|| Err(place.skip(SkipReason::Ignored, None)));
        }
        if entry.name == ".git" {
            return None;
        }
        if self.excludes(folder, &entry.name, &place.real, is_dir) {
            return Some(Err(place.skip(SkipReason::Excluded, None)));
        }
        let (argument, rules) = (Arc::clone(&folder.argument), folder.rules.clone());
        let is_named = match self.meets(&place.real) {
            Meeting::Again => return None,
            Meeting::Argument => true,
            Meeting::Other => false,
        };
        if is_dir {
            self.enter(argument, rules.as_ref(), place)
        } else if entry.kind.is_file() {
            Some(Ok(place.source(is_named)))
        } else if entry.kind.is_symlink() {
            place.link(&argument).map(Err)
        } else {
            Some(Err(place.skip(SkipReason::Special, Some(describe(entry.kind).to_owned()))))
        }
    }

    /// Goes on with the entries of a folder; `above` are the rules that hold where it stands.
    fn enter(
        &mut self,
        argument: Arc<Path>,
        above: Option<&Arc<Rules>>,
        place: Place,
    ) -> Option<Result<Arc<Source>, Skip>> {
        let listing = match Listing::open(&place.real) {
            Ok(listing) => listing,
            Err(error) => return Some(Err(place.unreadable(&error))),
        };
        let holds = |name: &str| listing.may_hold(name);
        let rules = self.global.as_ref().and_then(|_| Rules::within(above, &place.real, holds));
        self.open.push(Folder { place, argument, rules, listing });
        None
    }

    fn excludes(&self, folder: &Folder, name: &OsStr, real: &Path, is_dir: bool) -> bool {
        // hardly ever is there anything to ask
        let own = BASELINE.rsplit('/').next().is_some_and(|last| name == last);
        if self.exclude.is_empty() && !own {
            return false;
        }
        let within = real.strip_prefix(&self.root).or_else(|_| real.strip_prefix(&folder.argument)).unwrap_or(real);
        (own && within == Path::new(BASELINE)) || self.exclude.is_match(within, is_dir)
    }

    /// Takes note that the walk has come to a path.
    fn meets(&mut self, real: &Path) -> Meeting {
        if self.reached.len() < 2 {
            return Meeting::Other;
        }
        match self.reached.get_mut(real).map(|reached| std::mem::replace(reached, true)) {
            Some(true) => Meeting::Again,
            Some(false) => Meeting::Argument,
            None => Meeting::Other,
        }
    }
}

/// What the walk has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// An argument where it was before.
    Again,
    /// An argument.
    Argument,
    /// What can be come to once only.
    Other,
}

impl Place {
    fn within(&self, name: &OsStr) -> Self {
        let text = name.to_string_lossy();
        Self { real: self.real.join(name), shown: joined(&self.shown, &text), in_tree: joined(&self.in_tree, &text) }
    }

    fn source(self, explicit: bool) -> Arc<Source> {
        let (path, tree_path) = (self.shown, self.in_tree);
        Arc::new(Source { path, tree_path, origin: Origin::File(self.real), explicit })
    }

    fn skip(&self, reason: SkipReason, detail: Option<String>) -> Skip {
        let path = if self.shown.is_empty() { ".".to_owned() } else { self.shown.clone() };
        Skip { path, reason, detail }
    }

    fn unreadable(&self, error: &io::Error) -> Skip {
        self.skip(SkipReason::Unreadable, Some(error.to_string()))
    }

    /// A link within the tree is not followed. Where its target is part of the tree, it is read there.
    fn link(&self, argument: &Path) -> Option<Skip> {
        let (reason, detail) = match self.real.canonicalize() {
            Ok(target) if target.starts_with(argument) => return None,
            Ok(_) => (SkipReason::Special, "symbolic link that leads out of the folder".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (SkipReason::Special, "symbolic link that leads nowhere".to_owned())
            }
            Err(error) => (SkipReason::BrokenLink, error.to_string()),
        };
        Some(self.skip(reason, Some(detail)))
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

    /// What a walk finds, in order.
    #[derive(Debug)]
    struct All {
        sources: Vec<Arc<Source>>,
        skips: Vec<Skip>,
    }

    fn all(paths: &[PathBuf], root: &Path, options: &WalkOptions) -> All {
        let (sources, skips) = tree(paths, root, options).unwrap().all();
        All { sources, skips }
    }

    fn paths(found: &All) -> Vec<&str> {
        found.sources.iter().map(|source| source.path.as_str()).collect()
    }

    #[test]
    fn hidden_files_are_read_and_git_and_ignored_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &[".env", ".git/config", "a/.git/x", "a/b.py", "out/x", "skip/y", "log.txt"]);
        std::fs::write(dir.path().join(".gitignore"), "out/\n").unwrap();
        std::fs::write(dir.path().join(".arnifyignore"), "log.txt\n").unwrap();
        let options = WalkOptions { exclude: vec!["/skip".into()], no_ignore: false };
        let found = all(&[dir.path().to_owned()], dir.path(), &options);
        assert_eq!(paths(&found), [".arnifyignore", ".env", ".gitignore", "a/b.py"]);
        assert_eq!(
            found.skips.iter().map(|s| (s.path.as_str(), s.reason)).collect::<Vec<_>>(),
            [("log.txt", SkipReason::Ignored), ("out", SkipReason::Ignored), ("skip", SkipReason::Excluded)]
        );
        let unfiltered = all(&[dir.path().to_owned()], dir.path(), &WalkOptions { no_ignore: true, ..options });
        assert_eq!(paths(&unfiltered), [".arnifyignore", ".env", ".gitignore", "a/b.py", "log.txt", "out/x"]);
        assert_eq!(unfiltered.skips.len(), 1, "nothing is ignored then");
    }

    #[test]
    fn arnifyignore_holds_outside_a_repository() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["a.py", "b.py"]);
        std::fs::write(dir.path().join(".arnifyignore"), "b.py\n").unwrap();
        let found = all(&[dir.path().to_owned()], dir.path(), &WalkOptions::default());
        assert_eq!(paths(&found), [".arnifyignore", "a.py"]);
        let named = all(&[dir.path().join("b.py")], dir.path(), &WalkOptions::default());
        assert!(named.sources.first().unwrap().explicit);
        let both = all(&[dir.path().to_owned(), dir.path().join("b.py")], dir.path(), &WalkOptions::default());
        assert_eq!((both.sources.len(), both.skips.len()), (3, 0), "what is named is read, and not ignored");
        assert_eq!(found.skips.len(), 1);
        assert_eq!(named.sources.first().unwrap().tree_path, "b.py");
    }

    #[test]
    fn overlapping_arguments_give_each_file_once_with_its_place_in_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["src/a.py", "src/b/c.py"]);
        let arguments = [dir.path().join("src"), dir.path().join("src/b/./c.py"), dir.path().join("src/b/")];
        let found = all(&arguments, dir.path(), &WalkOptions::default());
        let prefix = slashed(&dir.path().join("src"));
        assert_eq!(paths(&found), [format!("{prefix}/a.py"), format!("{prefix}/b/c.py")]);
        assert_eq!(found.sources[1].tree_path, "src/b/c.py");
        assert!(found.sources[1].explicit);
    }

    #[test]
    fn what_several_arguments_reach_is_told_once_in_whatever_order_they_stand() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["a/x", "a/b/y", "a/b/skip", "a/b/c/z", "a/out/d/e", "f"]);
        std::fs::write(dir.path().join(".ignore"), "out\nf\n").unwrap();
        let named = ["", "a", "a/b", "a/b/c/z", "a/out/d", "f", "a/b"];
        let named = named.map(|path| dir.path().join(path));
        let options = WalkOptions { exclude: vec!["skip".into()], no_ignore: false };
        for turn in 0..named.len() {
            let mut arguments = named.clone();
            arguments.rotate_left(turn);
            let found = all(&arguments, dir.path(), &options);
            let of_tree: Vec<&str> = found.sources.iter().map(|source| source.tree_path.as_str()).collect();
            assert_eq!(of_tree, [".ignore", "a/b/c/z", "a/b/y", "a/out/d/e", "a/x", "f"], "{turn}");
            let explicit =
                found.sources.iter().filter(|source| source.explicit).map(|source| source.tree_path.as_str());
            assert_eq!(explicit.collect::<Vec<_>>(), ["a/b/c/z", "f"], "{turn}");
            let reasons: Vec<_> = found.skips.iter().map(|skip| skip.reason).collect();
            assert_eq!(reasons, [SkipReason::Excluded, SkipReason::Ignored], "{turn}: {:?}", found.skips);
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_walked() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &["a/a", "b/b", "c/c"]);
        let mut found = tree(&[dir.path().to_owned()], dir.path(), &WalkOptions::default()).unwrap();
        let first = found.next().unwrap().unwrap();
        for folder in ["a", "b", "c"] {
            std::fs::remove_dir_all(dir.path().join(folder)).unwrap();
        }
        let rest: Vec<_> = found.collect();
        let gone = |found: &Result<Arc<Source>, Skip>| found.as_ref().is_err_and(|skip| skip.reason.is_gap());
        assert!(rest.len() == 2 && rest.iter().all(gone), "{first:?} {rest:?}");
    }

    #[test]
    fn a_missing_path_is_an_error_and_a_bad_pattern_too() {
        let dir = tempfile::tempdir().unwrap();
        let missing = tree(&[dir.path().join("none")], dir.path(), &WalkOptions::default());
        assert!(matches!(missing.err(), Some(WalkError::Missing(_))));
        let options = WalkOptions { exclude: vec!["a{".into()], no_ignore: false };
        assert!(matches!(tree(&[], dir.path(), &options).err(), Some(WalkError::Pattern { .. })));
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
        let found = all(&[dir.path().to_owned()], dir.path(), &WalkOptions::default());
        assert_eq!(paths(&found), ["a/f.py"]);
        let skips: Vec<_> = found.skips.iter().map(|skip| (skip.path.as_str(), skip.reason)).collect();
        let special = SkipReason::Special;
        let expected = [("dangling", special), ("out", special), ("self", SkipReason::BrokenLink), ("sock", special)];
        assert_eq!(skips, expected);
        for link in ["self", "dangling"] {
            let found = all(&[dir.path().join(link)], dir.path(), &WalkOptions::default());
            assert_eq!(found.skips.first().unwrap().reason, SkipReason::BrokenLink, "{link}");
        }
        let followed = all(&[dir.path().join("a/same")], dir.path(), &WalkOptions::default());
        assert_eq!(followed.sources.first().unwrap().tree_path, "a/f.py");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_not_utf8_is_walked() {
        use std::os::unix::ffi::OsStrExt as _;
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(OsStr::from_bytes(b"a\xff.py")), "x").unwrap();
        let found = all(&[dir.path().to_owned()], dir.path(), &WalkOptions::default());
        assert_eq!(paths(&found), ["a\u{fffd}.py"]);
    }
}

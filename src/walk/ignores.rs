//! What ignore files leave out: `.arnifyignore` and `.ignore` everywhere, git's own within its repositories.
//!
//! The crate `ignore` brings the patterns. Its walk is not used, because it tells nothing of what it leaves out: that
//! is counted here, and each folder would have to be listed a second time.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

/// The ignore files of a folder and of those above it. Folders without any share what stands above.
pub(super) struct Rules {
    folder: Folder,
    above: Option<Arc<Self>>,
}

/// The ignore files of one folder, of those that weigh more first.
struct Folder {
    own: Gitignore,
    plain: Gitignore,
    git: Gitignore,
    /// `info/exclude` of the repository.
    exclude: Gitignore,
    /// Whether a repository begins here.
    is_repository: bool,
}

/// The user's own ignore file for all repositories.
pub(super) struct Global(Gitignore);

impl Global {
    pub(super) fn read() -> Self {
        let builder = std::env::current_dir().map(GitignoreBuilder::new);
        Self(builder.map_or_else(|_| Gitignore::empty(), |builder| builder.build_global().0))
    }
}

impl Rules {
    /// The rules that hold in the folders above `folder`.
    pub(super) fn above(folder: &Path) -> Option<Arc<Self>> {
        let folders: Vec<&Path> = folder.ancestors().skip(1).collect();
        folders.into_iter().rev().fold(None, |above, folder| Self::within(above.as_ref(), folder, |_| true))
    }

    /// The rules that hold within `folder`, of which it is known that it lacks the entries that it doesn't `hold`.
    pub(super) fn within(above: Option<&Arc<Self>>, folder: &Path, holds: impl Fn(&str) -> bool) -> Option<Arc<Self>> {
        let folder = Folder::read(folder, holds);
        if folder.is_plain() {
            return above.cloned();
        }
        Some(Arc::new(Self { folder, above: above.cloned() }))
    }

    /// Whether `path`, which stands in the folder of these rules or below, is to be left out. Of each sort of ignore
    /// files the nearest that speaks of it counts; git's end where its repository does.
    pub(super) fn ignore(&self, path: &Path, is_dir: bool, global: &Global) -> bool {
        let (mut own, mut plain, mut git, mut exclude) = (Match::None, Match::None, Match::None, Match::None);
        let in_repository = self.folders().any(|folder| folder.is_repository);
        let mut left = !in_repository;
        for folder in self.folders() {
            ask(&mut own, &folder.own, path, is_dir);
            ask(&mut plain, &folder.plain, path, is_dir);
            if !left {
                ask(&mut git, &folder.git, path, is_dir);
                ask(&mut exclude, &folder.exclude, path, is_dir);
            }
            left |= folder.is_repository;
        }
        let global = if in_repository { global.0.matched(path, is_dir) } else { Match::None };
        own.or(plain).or(git).or(exclude).or(global).is_ignore()
    }

    /// Its own folder, and those above.
    fn folders(&self) -> impl Iterator<Item = &Folder> {
        std::iter::successors(Some(self), |rules| rules.above.as_deref()).map(|rules| &rules.folder)
    }
}

fn ask<'r>(said: &mut Match<&'r Glob>, rules: &'r Gitignore, path: &Path, is_dir: bool) {
    if said.is_none() {
        *said = rules.matched(path, is_dir);
    }
}

impl Folder {
    fn read(folder: &Path, holds: impl Fn(&str) -> bool) -> Self {
        let file = |name: &str| {
            if holds(name) { patterns(folder, &folder.join(name)) } else { Gitignore::empty() }
        };
        // a work tree that shares its repository has a file that names it
        let repository = Some(folder.join(".git")).filter(|_| holds(".git"));
        let repository = repository.and_then(|path| Some((path.metadata().ok()?.is_file(), path)));
        let is_repository = repository.is_some() || (holds(".jj") && folder.join(".jj").exists());
        let exclude = repository.and_then(|(is_file, path)| if is_file { shared(&path) } else { Some(path) });
        let exclude = exclude.map(|repository| patterns(folder, &repository.join("info/exclude")));
        Self {
            own: file(".arnifyignore"),
            plain: file(".ignore"),
            git: file(".gitignore"),
            exclude: exclude.unwrap_or_else(Gitignore::empty),
            is_repository,
        }
    }

    fn is_plain(&self) -> bool {
        let files = [&self.own, &self.plain, &self.git, &self.exclude];
        !self.is_repository && files.iter().all(|file| file.is_empty())
    }
}

/// The patterns of a file, relative to `folder`. One that is not there, can't be read or is no pattern leaves out nothing.
fn patterns(folder: &Path, file: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    let _ = builder.add(file);
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// The repository that the `.git` file of a further work tree leads to.
fn shared(file: &Path) -> Option<PathBuf> {
    let own = PathBuf::from(first_line(file)?.strip_prefix("gitdir: ")?);
    let common = first_line(&own.join("commondir"))?;
    Some(own.join(common))
}

fn first_line(file: &Path) -> Option<String> {
    BufReader::new(std::fs::File::open(file).ok()?).lines().next()?.ok()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use std::collections::BTreeSet;

    use ignore::WalkBuilder;
    use proptest::prelude::*;

    use crate::walk::{WalkOptions, tree};

    use super::*;

    /// What the library's own walk comes to.
    fn plainly(folder: &Path) -> BTreeSet<PathBuf> {
        let mut builder = WalkBuilder::new(folder);
        builder.hidden(false).add_custom_ignore_filename(".arnifyignore");
        builder.filter_entry(|entry| entry.file_name() != ".git");
        let files = builder.build().flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        files.map(ignore::DirEntry::into_path).collect()
    }

    fn own(folder: &Path, root: &Path) -> BTreeSet<PathBuf> {
        let found = tree(&[folder.to_owned()], root, &WalkOptions::default()).unwrap();
        found.flatten().map(|source| root.join(&source.tree_path)).collect()
    }

    fn put(root: &Path, path: &str, text: &str) {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }

    /// Each holds the files `f` and `g`.
    const FOLDERS: [&str; 7] = ["", "a/", "a/a/", "a/a/b/", "a/b/", "b/", "b/.a/"];

    fn folder() -> impl Strategy<Value = &'static str> {
        prop::sample::select(&FOLDERS[..])
    }

    fn ignore_file() -> impl Strategy<Value = String> {
        let name = prop::sample::select(&[".gitignore", ".ignore", ".arnifyignore", ".git/info/exclude"][..]);
        (folder(), name).prop_map(|(folder, name)| format!("{folder}{name}"))
    }

    fn patterns() -> impl Strategy<Value = String> {
        let lines =
            ["f", "!f", "f", "!f", "*", "!*", "a", "!a/", "/f", "a/f", "**/b", "!/a/*", "# f", "[f", "f ", ".a"];
        prop::collection::vec(prop::sample::select(lines.to_vec()), 1..3).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        #[test]
        fn nothing_else_is_left_out_than_by_the_librarys_walk(
            repositories in prop::collection::btree_set(folder(), 0..4),
            ignores in prop::collection::btree_map(ignore_file(), patterns(), 1..6),
            start in prop_oneof![3 => Just(""), 1 => folder()],
        ) {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().canonicalize().unwrap();
            for folder in FOLDERS {
                put(&root, &format!("{folder}f"), "");
                put(&root, &format!("{folder}g"), "");
            }
            for folder in repositories {
                std::fs::create_dir_all(root.join(folder).join(".git")).unwrap();
            }
            for (path, patterns) in &ignores {
                put(&root, path, patterns);
            }
            let start = root.join(start);
            prop_assert_eq!(own(&start, &root), plainly(&start));
        }
    }

    #[test]
    fn a_further_work_tree_has_the_repositorys_patterns() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        put(&root, "main/.git/info/exclude", "f\n");
        put(&root, "main/.git/worktrees/w/commondir", "../..\n");
        put(&root, "w/.git", &format!("gitdir: {}\n", root.join("main/.git/worktrees/w").display()));
        put(&root, "w/f", "");
        put(&root, "w/g", "");
        assert_eq!(own(&root.join("w"), &root), BTreeSet::from([root.join("w/g")]));
        assert_eq!(plainly(&root.join("w")), own(&root.join("w"), &root));
    }
}

//! The tree that a run is about, and the configuration file that belongs to it.

use std::path::{Path, PathBuf};

/// The tree of several paths: that of the first one; where it is no git work tree, the folder that holds them all,
/// unless that is the root of the file system.
pub(super) fn of_all(paths: &[PathBuf]) -> Option<PathBuf> {
    let (first, others) = paths.split_first()?;
    let own = of(first);
    if others.is_empty() || own.join(".git").exists() {
        return Some(own);
    }
    let others: Vec<PathBuf> = others.iter().map(|path| of(path)).collect();
    let shared = own.ancestors().find(|folder| others.iter().all(|other| other.starts_with(folder)));
    Some(shared.filter(|folder| folder.parent().is_some()).map_or_else(|| own.clone(), Path::to_owned))
}

/// Root of the git work tree that holds `path`, found by its `.git` (a folder, or a file in linked work trees
/// and submodules); else the folder itself, or the file's folder. A path that doesn't exist counts as its
/// nearest parent that does.
pub(super) fn of(path: &Path) -> PathBuf {
    let existing = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(path);
    let real = existing.canonicalize().unwrap_or_else(|_| existing.to_owned());
    let folder = if real.is_dir() { real.as_path() } else { real.parent().unwrap_or(&real) };
    folder.ancestors().find(|ancestor| ancestor.join(".git").exists()).unwrap_or(folder).to_owned()
}

/// The nearest configuration file, from `root` upward. What only has its name is taken too, so that it is told and not
/// passed over.
pub(super) fn configuration(root: &Path) -> Option<PathBuf> {
    let names = [".arnify.toml", "arnify.toml"];
    root.ancestors().flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.symlink_metadata().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
    fn the_root_is_the_work_tree_or_the_folder_itself() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("repo/a/b")).unwrap();
        std::fs::create_dir_all(base.join("plain/a")).unwrap();
        std::fs::write(base.join("repo/.git"), "gitdir: elsewhere\n").unwrap();
        std::fs::write(base.join("plain/a/f.py"), "").unwrap();
        assert_eq!(of(&base.join("repo/a/b")), base.join("repo"));
        assert_eq!(of(&base.join("plain/a/f.py")), base.join("plain/a"));
        assert_eq!(of(&base.join("plain/none/f.py")), base.join("plain"));
        let all = |paths: &[&str]| of_all(&paths.iter().map(|path| base.join(path)).collect::<Vec<_>>());
        assert_eq!(all(&["plain/a/f.py", "plain/none"]), Some(base.join("plain")));
        assert_eq!(all(&["repo/a", "plain/a"]), Some(base.join("repo")));
        assert_eq!(all(&["plain/a", "/"]), Some(base.join("plain/a")));
        assert_eq!(all(&[]), None);
        std::fs::write(base.join("arnify.toml"), "").unwrap();
        assert_eq!(configuration(&base.join("plain/a")), Some(base.join("arnify.toml")));
        std::fs::write(base.join("plain/.arnify.toml"), "").unwrap();
        assert_eq!(configuration(&base.join("plain/a")), Some(base.join("plain/.arnify.toml")));
    }
}

//! Files that stand near others: manifests, helper files and CODEOWNERS, looked up by name from a file's
//! folder up to the root of the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::Reader;
use crate::model::{Blob, Origin, Source};

/// Reads each file called one of `names` (`*.x`: with this ending) that stands in the folder of one of `paths` (tree paths) or in a
/// folder above it, up to `root`. What can't be read is left out: such a file is then as good as absent.
pub fn nearby(root: &Path, paths: &BTreeSet<String>, names: &[String], reader: &Reader) -> BTreeMap<String, Blob> {
    let folders: BTreeSet<String> = paths.iter().flat_map(|path| folders_above(path)).collect();
    let mut found = BTreeMap::new();
    for folder in folders {
        for name in names.iter().flat_map(|name| matching(root, &folder, name)) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if let Some(blob) = named(root, &path, reader) {
                found.insert(path, blob);
            }
        }
    }
    found
}

/// The name itself, or the names in `folder` that end as `*.x` says.
fn matching(root: &Path, folder: &str, name: &str) -> Vec<String> {
    let Some(ending) = name.strip_prefix('*') else { return vec![name.to_owned()] };
    let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(ending));
    names.sort();
    names
}

/// The folders above `paths` (tree paths) that hold one folder and nothing else, each ending in `/`.
pub fn passages(root: &Path, paths: &BTreeSet<String>) -> BTreeSet<String> {
    let folders: BTreeSet<String> = paths.iter().flat_map(|path| folders_above(path)).collect();
    let leads_on = |folder: &String| {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return false };
        let kinds: Vec<_> = entries.flatten().take(2).filter_map(|entry| entry.file_type().ok()).collect();
        matches!(kinds.as_slice(), [only] if only.is_dir())
    };
    folders.into_iter().filter(leads_on).map(|folder| format!("{folder}/")).collect()
}

/// Reads the file at tree path `path`, if there is one.
pub fn named(root: &Path, path: &str, reader: &Reader) -> Option<Blob> {
    let file = root.join(path);
    if !file.is_file() {
        return None;
    }
    let source =
        Source { path: path.to_owned(), tree_path: path.to_owned(), origin: Origin::File(file), explicit: false };
    reader.read(&Arc::new(source)).ok()
}

/// The folder of `path` and all above it; the root is `""`.
fn folders_above(path: &str) -> Vec<String> {
    let mut folders = Vec::new();
    let mut rest = path;
    while let Some((folder, _)) = rest.rsplit_once('/') {
        folders.push(folder.to_owned());
        rest = folder;
    }
    folders.push(String::new());
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_up_to_the_root() {
        assert_eq!(folders_above("a/b/c.py"), ["a/b", "a", ""]);
        assert_eq!(folders_above("c.py"), [""]);
    }
}

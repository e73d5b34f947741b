//! Which known findings a run can judge: those whose place it read, or whose file is gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::command::scan;
use crate::failure::Failure;
use crate::scan::baseline::Known;
use crate::settings::Settings;
use crate::walk::Reader;

/// What a run reads of the tree.
pub(super) struct Reach {
    /// What was asked for, as tree paths.
    asked: Vec<PathBuf>,
    /// The tree paths of the files that are read, as far as `known` names them.
    files: BTreeSet<String>,
    root: PathBuf,
    reader: Reader,
}

impl Reach {
    /// What the settings select, as far as it matters for `known`.
    pub(super) fn of(settings: &Settings, known: &[Known]) -> Result<Self, Failure> {
        let named: BTreeSet<&str> =
            known.iter().flat_map(|known| [known.path.as_str(), file_of(&known.path)]).collect();
        let sources = scan::sources(settings)?.filter_map(Result::ok).map(|source| source.tree_path.clone());
        let files = sources.filter(|path| named.contains(path.as_str())).collect();
        Ok(Self { asked: asked(settings), files, root: settings.root.clone(), reader: scan::reader(settings)? })
    }

    /// Whether what is no longer found at this tree path is gone, and not just left out.
    pub(super) fn judges(&self, path: &str) -> bool {
        if self.files.contains(path) {
            return true;
        }
        let file = file_of(path);
        if !self.asked.iter().any(|asked| Path::new(file).starts_with(asked)) {
            return false;
        }
        if self.files.contains(file) { self.reader.reads_entry(path) } else { self.is_gone(file) }
    }

    /// A path that was not UTF-8 can't be looked for.
    fn is_gone(&self, file: &str) -> bool {
        !file.contains(char::REPLACEMENT_CHARACTER) && self.root.join(file).symlink_metadata().is_err()
    }
}

/// The file of a path that leads into an archive.
fn file_of(path: &str) -> &str {
    path.split_once("!/").map_or(path, |(file, _)| file)
}

/// The selection's paths as tree paths; what is outside the tree keeps its whole path, as in a walk.
fn asked(settings: &Settings) -> Vec<PathBuf> {
    let here = [PathBuf::from(".")];
    let named = &settings.selection.tree.paths;
    let named = if named.is_empty() && !settings.selection.staged { &here[..] } else { named };
    let real = |path: &PathBuf| path.canonicalize().ok();
    let in_tree = |path: PathBuf| path.strip_prefix(&settings.root).map(Path::to_owned).unwrap_or(path);
    let all = named.is_empty().then(PathBuf::new);
    named.iter().filter_map(real).map(in_tree).chain(all).collect()
}

//! Which commit brought a text into a file and which took it out, told from the blobs that hold it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::ByteSlice as _;

/// Modes of regular files; links and submodules have no text of their own.
const FILES: [&[u8]; 3] = [b"100644", b"100755", b"100664"];

/// A commit's change of one file.
#[derive(Clone, Debug)]
struct Change {
    path: usize,
    /// Position in the log, newest first.
    commit: usize,
    /// What the parents have: one blob for each parent that has the file.
    old: Vec<usize>,
    new: Option<usize>,
}

/// The changes of a history, by path.
#[derive(Debug, Default)]
pub struct Lineage {
    commits: Vec<String>,
    paths: Vec<Vec<u8>>,
    positions: HashMap<Vec<u8>, usize>,
    objects: Vec<String>,
    /// By path, then newest first.
    changes: Vec<Change>,
    /// Path and blob of what stands there at the end.
    tips: BTreeSet<(usize, usize)>,
    /// Each blob with each of its paths; a blob's paths in a row.
    blobs: Vec<(usize, usize)>,
}

/// Where a text came in and where it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace<'l> {
    /// The oldest commit that brought it in.
    pub brought_in: &'l str,
    /// The blob that the commit brought it in with.
    pub object: &'l str,
    /// The newest commit that took it out; `None` when it is there at the end.
    pub taken_out: Option<&'l str>,
}

impl Lineage {
    /// Each blob with each path that it had, as positions of [`Lineage::path`] and [`Lineage::object`]; those that
    /// newer commits brought in come first, and the paths of one blob in a row.
    pub fn blobs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.blobs.iter().copied()
    }

    /// The path at a position.
    pub fn path(&self, position: usize) -> &[u8] {
        self.paths.get(position).map(Vec::as_slice).unwrap_or_default()
    }

    /// The object id at a position.
    pub fn object(&self, position: usize) -> String {
        self.objects.get(position).cloned().unwrap_or_default()
    }

    /// The position of a path as reports show it, in which bytes that are not UTF-8 were replaced.
    fn position(&self, path: &str) -> Option<usize> {
        let exact = self.positions.get(path.as_bytes()).copied();
        exact.or_else(|| self.paths.iter().position(|known| known.to_str_lossy() == path))
    }

    /// What became, at `path` (as reports show it), of a text that the blobs `holding` have there; `None` where no
    /// commit brought it in, because it stood there before the first.
    pub fn trace(&self, path: &str, holding: &BTreeSet<String>) -> Option<Trace<'_>> {
        let path = self.position(path)?;
        let holds = |object: usize| self.objects.get(object).is_some_and(|id| holding.contains(id));
        let start = self.changes.partition_point(|change| change.path < path);
        let changes = || self.changes.iter().skip(start).take_while(|change| change.path == path);
        let first = changes().filter(|change| change.new.is_some_and(holds) && !change.old.iter().any(|o| holds(*o)));
        let (brought_in, object) = first.last().and_then(|change| Some((change.commit, change.new?)))?;
        let stands = self.tips.iter().any(|(at, object)| *at == path && holds(*object));
        let left = changes().find(|change| !change.new.is_some_and(holds) && change.old.iter().any(|o| holds(*o)));
        Some(Trace {
            brought_in: self.commits.get(brought_in)?,
            object: self.objects.get(object)?,
            taken_out: left.filter(|_| !stands).and_then(|change| self.commits.get(change.commit)).map(String::as_str),
        })
    }
}

/// Takes down a log, newest commit first.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    lineage: Lineage,
    objects: HashMap<String, usize>,
}

impl Recorder {
    /// The commit that the next changes are of.
    pub(super) fn commit(&mut self, id: &[u8]) {
        self.lineage.commits.push(id.to_str_lossy().into_owned());
    }

    /// An entry such as `:<mode> <mode> <id> <id> <status>`; a merge's has a colon, a mode and an id for each parent.
    pub(super) fn change(&mut self, entry: &[u8], path: &[u8]) {
        let parents = entry.iter().take_while(|byte| **byte == b':').count();
        let fields: Vec<&[u8]> = entry.get(parents..).unwrap_or_default().split(|byte| *byte == b' ').collect();
        let (Some(modes), Some(ids)) = (fields.get(..=parents), fields.get(parents + 1..2 * parents + 2)) else {
            return;
        };
        let mut blobs: Vec<Option<usize>> = modes.iter().zip(ids).map(|(mode, id)| self.blob(mode, id)).collect();
        let new = blobs.pop().flatten();
        let path = self.path(path);
        let commit = self.lineage.commits.len().saturating_sub(1);
        self.lineage.changes.push(Change { path, commit, old: blobs.into_iter().flatten().collect(), new });
    }

    fn blob(&mut self, mode: &[u8], id: &[u8]) -> Option<usize> {
        if !FILES.contains(&mode) {
            return None;
        }
        let id = id.to_str_lossy();
        if let Some(position) = self.objects.get(&*id) {
            return Some(*position);
        }
        let position = self.lineage.objects.len();
        self.lineage.objects.push(id.clone().into_owned());
        self.objects.insert(id.into_owned(), position);
        Some(position)
    }

    fn path(&mut self, path: &[u8]) -> usize {
        if let Some(position) = self.lineage.positions.get(path) {
            return *position;
        }
        let position = self.lineage.paths.len();
        self.lineage.paths.push(path.to_vec());
        self.lineage.positions.insert(path.to_vec(), position);
        position
    }

    pub(super) fn finish(self, tips: BTreeSet<(Vec<u8>, String)>) -> Lineage {
        let Self { mut lineage, objects } = self;
        let known = |(path, object): (Vec<u8>, String)| Some((*lineage.positions.get(&path)?, *objects.get(&object)?));
        lineage.tips = tips.into_iter().filter_map(known).collect();
        let mut of_blob: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for change in &lineage.changes {
            for object in change.old.iter().chain(&change.new) {
                of_blob.entry(*object).or_default().insert(change.path);
            }
        }
        lineage.blobs =
            of_blob.into_iter().flat_map(|(object, paths)| paths.into_iter().map(move |path| (path, object))).collect();
        lineage.changes.sort_by_key(|change| change.path);
        lineage
    }
}

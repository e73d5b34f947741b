//! A folder's entries, read in parts: a folder of a million files takes no more memory than one of a thousand.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{DirEntry, FileType, ReadDir};
use std::io;
use std::path::Path;

/// Entries that are read at a time. Most folders hold fewer and are closed before their first entry is looked at, so
/// that a deep tree needs few open files.
const PART: usize = 512;

/// What stands in a folder.
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) kind: FileType,
}

/// The entries of a folder, in the system's order.
pub(super) struct Listing {
    ahead: VecDeque<io::Result<Entry>>,
    /// Gone when all has been read.
    rest: Option<ReadDir>,
}

impl Listing {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut listing = Self { ahead: VecDeque::new(), rest: Some(folder.read_dir()?) };
        listing.read_part();
        Ok(listing)
    }

    /// Whether an entry of this name can stand in the folder; asked before the first entry is taken, it saves most
    /// looks at what is not there.
    pub(super) fn may_hold(&self, name: &str) -> bool {
        self.rest.is_some() || self.ahead.iter().flatten().any(|entry| entry.name == name)
    }

    fn read_part(&mut self) {
        let Some(rest) = &mut self.rest else { return };
        self.ahead.extend(rest.take(PART).map(|entry| entry.and_then(|entry| Entry::new(&entry))));
        if self.ahead.len() < PART {
            self.rest = None;
        }
    }
}

impl Iterator for Listing {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ahead.is_empty() {
            self.read_part();
        }
        self.ahead.pop_front()
    }
}

impl Entry {
    fn new(entry: &DirEntry) -> io::Result<Self> {
        Ok(Self { name: entry.file_name(), kind: entry.file_type()? })
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use super::*;

    fn folder(files: usize) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..files {
            std::fs::write(dir.path().join(format!("f{n}")), "").unwrap();
        }
        dir
    }

    #[test]
    fn a_wide_folder_is_listed_whole_and_held_in_part() {
        let files = 3 * PART + 7;
        let dir = folder(files);
        let mut listing = Listing::open(dir.path()).unwrap();
        let mut names = std::collections::BTreeSet::new();
        while let Some(entry) = listing.next() {
            assert!(listing.ahead.len() < PART && listing.ahead.capacity() <= 2 * PART);
            names.insert(entry.unwrap().name);
        }
        assert_eq!(names.len(), files);
    }

    #[test]
    fn what_a_small_folder_holds_is_known_and_it_is_closed() {
        let dir = folder(2);
        let listing = Listing::open(dir.path()).unwrap();
        assert!(listing.may_hold("f1") && !listing.may_hold("f2") && listing.rest.is_none());
        let dir = folder(PART + 1);
        assert!(Listing::open(dir.path()).unwrap().may_hold("none"), "not known yet");
    }
}

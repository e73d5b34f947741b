//! Walking folders: git's, ripgrep's and our own ignore files are honoured, hidden files are read (that is
//! where `.env` is), links are not followed, and nothing is opened that isn't a regular file.

use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc;

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::{Found, WalkError, WalkOptions};
use crate::model::{Origin, Skip, SkipReason, Source};

/// Our own ignore file, beside `.gitignore` and `.ignore`.
const IGNORE_FILE: &str = ".arnifyignore";

/// Walks `paths`; `root` is the tree. A path that names a file is taken whatever the ignore files say; of
/// several paths that lead to the same file one is kept.
///
/// # Errors
/// A path that doesn't exist, a pattern that is no glob.
pub fn tree(paths: &[PathBuf], root: &Path, options: &WalkOptions) -> Result<Found, WalkError> {
    let mut found = Found::default();
    for path in paths {
        let alone = paths.len() == 1;
        let whole = std::path::absolute(path).map_err(|_| WalkError::Missing(path.clone()))?;
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => walk(&Named::folder(path, whole, alone), root, options, &mut found)?,
            Ok(data) => found.add_file(&Named::file(path, whole), data.file_type(), root),
            Err(_) if path.symlink_metadata().is_ok() => {
                found.skips.push(skip(&shown(path), SkipReason::BrokenLink, None));
            }
            Err(_) => return Err(WalkError::Missing(path.clone())),
        }
    }
    found.settle();
    Ok(found)
}

/// A path as it was named, where it is, and what its files are reported under.
struct Named {
    whole: PathBuf,
    prefix: String,
}

impl Named {
    /// A folder that is the only argument is the root of the report; one of several is named in each path.
    fn folder(path: &Path, whole: PathBuf, alone: bool) -> Self {
        Self { whole, prefix: if alone { String::new() } else { shown(path) } }
    }

    fn file(path: &Path, whole: PathBuf) -> Self {
        Self { whole, prefix: shown(path) }
    }

    fn path_of(&self, file: &Path) -> String {
        let within = file.strip_prefix(&self.whole).unwrap_or(file);
        let within = slashed(within);
        match (self.prefix.is_empty(), within.is_empty()) {
            (true, _) => within,
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}/{within}", self.prefix),
        }
    }
}

impl Found {
    fn add_file(&mut self, named: &Named, kind: FileType, root: &Path) {
        let path = named.path_of(&named.whole);
        if kind.is_file() {
            self.sources.push(source(path, &named.whole, root, true));
        } else {
            self.skips.push(skip(&path, SkipReason::Special, None));
        }
    }

    /// Sorts, and keeps one of the sources that are the same file.
    fn settle(&mut self) {
        self.sources.sort();
        let mut seen = BTreeSet::new();
        self.sources.retain(|source| seen.insert(source.origin.clone()));
        self.skips.sort();
        self.skips.dedup();
    }
}

fn walk(named: &Named, root: &Path, options: &WalkOptions, found: &mut Found) -> Result<(), WalkError> {
    let (send, receive) = mpsc::channel();
    builder(named, options)?.build_parallel().run(|| {
        let send = send.clone();
        Box::new(move |entry| {
            if let Some(item) = judge(entry, named, root) {
                // The receiver lives until all senders are gone.
                let _ = send.send(item);
            }
            WalkState::Continue
        })
    });
    drop(send);
    for item in receive {
        match item {
            Ok(source) => found.sources.push(source),
            Err(skip) => found.skips.push(skip),
        }
    }
    Ok(())
}

fn builder(named: &Named, options: &WalkOptions) -> Result<WalkBuilder, WalkError> {
    let mut builder = WalkBuilder::new(&named.whole);
    let heed = !options.no_ignore;
    builder.hidden(false).follow_links(false).require_git(false);
    builder.git_ignore(heed).git_global(heed).git_exclude(heed).ignore(heed).parents(heed);
    if heed {
        builder.add_custom_ignore_filename(IGNORE_FILE);
    }
    builder.overrides(excluded(&named.whole, &options.exclude)?);
    builder.filter_entry(|entry| !(entry.file_name() == ".git" && entry.depth() > 0));
    Ok(builder)
}

/// `exclude` as overrides: in their terms a pattern with `!` is one to leave out.
fn excluded(folder: &Path, patterns: &[String]) -> Result<Override, WalkError> {
    let mut builder = OverrideBuilder::new(folder);
    for pattern in patterns {
        let wrong = |error: ignore::Error| WalkError::Pattern { pattern: pattern.clone(), message: error.to_string() };
        builder.add(&format!("!{pattern}")).map_err(wrong)?;
    }
    builder.build().map_err(|error| WalkError::Pattern { pattern: patterns.join(", "), message: error.to_string() })
}

/// A source, something that is passed over, or (`None`) a folder or link, which needs no mention.
fn judge(entry: Result<DirEntry, ignore::Error>, named: &Named, root: &Path) -> Option<Result<Source, Skip>> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return Some(Err(unreadable(&error, named))),
    };
    let kind = entry.file_type()?;
    if kind.is_dir() || kind.is_symlink() {
        // A link's target is read where it stands; one that leads out of the tree is not part of it.
        return None;
    }
    let path = named.path_of(entry.path());
    if kind.is_file() {
        Some(Ok(source(path, entry.path(), root, false)))
    } else {
        Some(Err(skip(&path, SkipReason::Special, None)))
    }
}

fn unreadable(error: &ignore::Error, named: &Named) -> Skip {
    let path = path_in(error).map_or_else(|| named.prefix.clone(), |path| named.path_of(&path));
    let detail = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    skip(&path, SkipReason::Unreadable, Some(detail))
}

fn path_in(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_in(err),
        _ => None,
    }
}

fn source(path: String, file: &Path, root: &Path, explicit: bool) -> Source {
    let tree_path = file.strip_prefix(root).map_or_else(|_| path.clone(), slashed);
    Source { path, tree_path, origin: Origin::File(file.to_path_buf()), explicit }
}

fn skip(path: &str, reason: SkipReason, detail: Option<String>) -> Skip {
    Skip { path: path.to_owned(), reason, detail }
}

/// A path argument as reports show it: without `./` and a trailing `/`.
fn shown(path: &Path) -> String {
    slashed(&path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>())
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

//! Drives a scanner over many sources on all cores. The only place that knows rayon.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Scanner;
use crate::model::{Blob, Coverage, Located, Origin, Skip, SkipReason, Source};
use crate::walk::{Feed, Found, Reader, give_back};

/// The findings of one source, or of one entry of an archive.
#[derive(Debug)]
pub struct FileFindings {
    /// What was read: the archive, where they were found in one.
    pub source: Arc<Source>,
    /// The blob, when the caller asked to keep it.
    pub blob: Option<Blob>,
    /// In span order.
    pub located: Vec<Located>,
}

/// What a scan of many sources gave.
#[derive(Debug, Default)]
pub struct ScanOutcome {
    /// Sources with findings, in path order; entries of an archive in the archive's.
    pub files: Vec<FileFindings>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Sources done.
    pub files: usize,
    /// All sources, where their number is known before they are read.
    pub total: Option<usize>,
    /// Bytes read.
    pub bytes: u64,
    /// Findings so far.
    pub findings: usize,
}

/// How to drive a scan.
pub struct Drive<'a> {
    /// Worker threads; one a core when `None`.
    pub threads: Option<usize>,
    /// Keep the blobs of sources with findings.
    pub keep_blobs: bool,
    /// Called now and then from any worker.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

#[derive(Default)]
struct Counters {
    total: Option<usize>,
    files: AtomicUsize,
    bytes: AtomicU64,
    findings: AtomicUsize,
}

/// What all workers need.
struct Work<'a> {
    reader: &'a Reader,
    scanner: &'a Scanner,
    drive: &'a Drive<'a>,
    counters: Counters,
}

/// What one worker came by.
#[derive(Default)]
struct Share {
    /// Each with what was read: the archive, for an entry of one.
    files: Vec<(Arc<Source>, FileFindings)>,
    coverage: Coverage,
}

/// Reads and scans all that is found, in parallel and while it is being found; the outcome doesn't depend on the number
/// of threads. A panic on one source becomes a gap in the coverage.
pub fn run(found: &mut Found, reader: &Reader, scanner: &Scanner, drive: &Drive<'_>) -> ScanOutcome {
    let counters = Counters { total: found.ahead(), ..Counters::default() };
    let work = Work { reader, scanner, drive, counters };
    // without a pool of its own the scan still runs, on rayon's shared one
    let share = match rayon::ThreadPoolBuilder::new().num_threads(drive.threads.unwrap_or(0)).build() {
        Ok(pool) => pool.install(|| work.all(found)),
        Err(_) => work.all(found),
    };
    let Share { mut files, mut coverage } = share;
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    coverage.gaps.sort();
    coverage.rules = scanner.rules().len();
    ScanOutcome { files: files.into_iter().map(|(_, file)| file).collect(), coverage }
}

impl Work<'_> {
    /// Each worker takes the next batch when it is done with one.
    fn all(&self, found: &mut Found) -> Share {
        let feed = Feed::new(found.batches(rayon::current_num_threads()));
        let shares = rayon::broadcast(|_| {
            let mut share = Share::default();
            while let Some(batch) = feed.take() {
                match batch {
                    Ok(sources) => self.several(&sources, &mut share),
                    Err(skip) => share.coverage.skip(skip),
                }
            }
            share
        });
        shares.into_iter().fold(Share::default(), Share::and)
    }

    fn several(&self, sources: &[Arc<Source>], share: &mut Share) {
        let mut last: Option<&Arc<Source>> = None;
        let opened = self.reader.read_all(sources, &mut |source, blob| {
            // an archive comes once for each entry
            let new = !last.is_some_and(|last| Arc::ptr_eq(last, source));
            last = Some(source);
            let is_entry = blob.as_ref().map_or_else(|skip| &skip.path, |blob| &blob.source.path) != &source.path;
            if new && is_entry {
                share.files.extend(self.by_path(source).map(|file| (Arc::clone(source), file)));
            }
            let told = !new && !is_entry;
            let one = self.one((source, told), blob);
            (self.drive.progress)(self.counters.count(usize::from(new), &one));
            share.take(source, one);
        });
        share.coverage.archives += opened;
    }

    /// A file that a rule knows by its path is a finding whether or not its content can be read. It is told once: an
    /// archive may be cut after some of its entries.
    fn one(&self, (source, told): (&Arc<Source>, bool), blob: Result<Blob, Skip>) -> One {
        let find = || match &blob {
            Ok(blob) => {
                let mut located = self.scanner.by_path(&blob.source);
                located.extend(self.scanner.scan(blob));
                // a copy: the buffer is that of a larger source, or will be
                self.findings(source, located, || blob.with_text(&blob.bytes))
            }
            Err(_) if told => None,
            Err(skip) => self.by_path(&refused(source, skip)),
        };
        // the panic's payload may quote the file: it is dropped unread
        let found = catch_unwind(AssertUnwindSafe(find));
        if let Ok(findings) = found {
            let read = blob.map(|blob| {
                let size = blob.bytes.len() as u64;
                give_back(blob);
                size
            });
            return One { read, findings };
        }
        let path = blob.map_or_else(|skip| skip.path, |blob| blob.path().to_owned());
        One { read: Err(Skip { path, reason: SkipReason::Crashed, detail: None }), findings: None }
    }

    fn by_path(&self, source: &Arc<Source>) -> Option<FileFindings> {
        self.findings(source, self.scanner.by_path(source), || Blob::new(Arc::clone(source), Vec::new()))
    }

    fn findings(
        &self,
        source: &Arc<Source>,
        mut located: Vec<Located>,
        blob: impl FnOnce() -> Blob,
    ) -> Option<FileFindings> {
        if located.is_empty() {
            return None;
        }
        // they are kept to the end of the scan, those of thousands of files
        located.shrink_to_fit();
        Some(FileFindings { source: Arc::clone(source), located, blob: self.drive.keep_blobs.then(blob) })
    }
}

/// What came of one source, or of one entry of an archive.
struct One {
    /// Bytes read, or why it was not read.
    read: Result<u64, Skip>,
    findings: Option<FileFindings>,
}

impl Share {
    fn take(&mut self, source: &Arc<Source>, one: One) {
        self.files.extend(one.findings.map(|file| (Arc::clone(source), file)));
        match one.read {
            Ok(size) => {
                self.coverage.files += 1;
                self.coverage.bytes += size;
            }
            Err(skip) => self.coverage.skip(skip),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.coverage.merge(other.coverage);
        self
    }
}

impl Counters {
    fn count(&self, sources: usize, one: &One) -> Progress {
        let size = one.read.as_ref().copied().unwrap_or(0);
        let findings = one.findings.as_ref().map_or(0, |file| file.located.len());
        Progress {
            files: self.files.fetch_add(sources, Ordering::Relaxed) + sources,
            total: self.total,
            bytes: self.bytes.fetch_add(size, Ordering::Relaxed) + size,
            findings: self.findings.fetch_add(findings, Ordering::Relaxed) + findings,
        }
    }
}

/// The source that could not be read: `source`, or an entry of it.
fn refused(source: &Arc<Source>, skip: &Skip) -> Arc<Source> {
    match skip.path.strip_prefix(source.path.as_str()) {
        Some(entry) if !entry.is_empty() => Arc::new(Source {
            path: skip.path.clone(),
            tree_path: format!("{}{entry}", source.tree_path),
            origin: Origin::Archive(Box::new(source.origin.clone())),
            explicit: false,
        }),
        _ => Arc::clone(source),
    }
}

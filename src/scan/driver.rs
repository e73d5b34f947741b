//! Drives a scanner over many sources on all cores. The only place that knows rayon.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::Scanner;
use crate::model::{Blob, Coverage, Located, Origin, Skip, SkipReason, Source};
use crate::walk::{Found, Reader};

/// The findings of one source, or of one entry of an archive.
#[derive(Debug)]
pub struct FileFindings {
    /// What was read: the archive, where they were found in one.
    pub source: Source,
    /// The blob, when the caller asked to keep it.
    pub blob: Option<Blob>,
    /// In span order.
    pub located: Vec<Located>,
}

/// What a scan of many sources gave.
#[derive(Debug, Default)]
pub struct ScanOutcome {
    /// Sources with findings, in the walk's order.
    pub files: Vec<FileFindings>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Sources done.
    pub files: usize,
    /// All sources.
    pub total: usize,
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
    total: usize,
    files: AtomicUsize,
    bytes: AtomicU64,
    findings: AtomicUsize,
}

/// Reads and scans all sources in parallel; the outcome doesn't depend on the number of threads. A panic on
/// one source becomes a gap in the coverage.
pub fn run(found: Found, reader: &Reader, scanner: &Scanner, drive: &Drive<'_>) -> ScanOutcome {
    let Found { sources, skips } = found;
    let counters = Counters { total: sources.len(), ..Counters::default() };
    let work = || {
        let batches = Reader::batches(&sources, rayon::current_num_threads());
        batches.into_par_iter().map(|batch| several(batch, reader, scanner, drive, &counters)).collect::<Vec<_>>()
    };
    // without a pool of its own the scan still runs, on rayon's shared one
    let results = match rayon::ThreadPoolBuilder::new().num_threads(drive.threads.unwrap_or(0)).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    let mut outcome = ScanOutcome::default();
    outcome.coverage.rules = scanner.rules().len();
    for skip in skips {
        outcome.coverage.skip(skip);
    }
    for share in results {
        outcome.files.extend(share.files);
        outcome.coverage.merge(share.coverage);
    }
    outcome.coverage.gaps.sort();
    outcome
}

fn several(
    sources: &[Source],
    reader: &Reader,
    scanner: &Scanner,
    drive: &Drive<'_>,
    counters: &Counters,
) -> ScanOutcome {
    let mut share = ScanOutcome::default();
    let mut last: Option<&Source> = None;
    let opened = reader.read_all(sources, &mut |source, blob| {
        let path = blob.as_ref().map_or_else(|skip| skip.path.clone(), |blob| blob.path().to_owned());
        // an archive comes once for each entry
        let new = !last.is_some_and(|last| std::ptr::eq(last, source));
        last = Some(source);
        if new && path != source.path {
            share.files.extend(by_path(source, scanner, drive.keep_blobs));
        }
        // the panic's payload may quote the file: it is dropped unread
        let told = !new && path == source.path;
        let result = catch_unwind(AssertUnwindSafe(|| scan_one((source, told), blob, scanner, drive.keep_blobs)))
            .unwrap_or_else(|_| {
                let skip = Skip { path, reason: SkipReason::Crashed, detail: None };
                One { read: Err(skip), findings: None }
            });
        (drive.progress)(counters.count(usize::from(new), &result));
        share.take(result);
    });
    share.coverage.archives += opened;
    share
}

/// What came of one source, or of one entry of an archive.
struct One {
    /// Bytes read, or why it was not read.
    read: Result<u64, Skip>,
    findings: Option<FileFindings>,
}

impl ScanOutcome {
    fn take(&mut self, one: One) {
        self.files.extend(one.findings);
        match one.read {
            Ok(size) => {
                self.coverage.files += 1;
                self.coverage.bytes += size;
            }
            Err(skip) => self.coverage.skip(skip),
        }
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

/// A file that a rule knows by its path is a finding whether or not its content can be read. It is told once: an
/// archive may be cut after some of its entries.
fn scan_one((source, told): (&Source, bool), blob: Result<Blob, Skip>, scanner: &Scanner, keep: bool) -> One {
    match blob {
        Err(skip) if told => One { read: Err(skip), findings: None },
        Err(skip) => {
            let findings = by_path(&refused(source, &skip), scanner, keep);
            One { read: Err(skip), findings }
        }
        Ok(blob) => {
            let mut located = scanner.by_path(&blob.source);
            located.extend(scanner.scan(&blob));
            let read = Ok(blob.bytes.len() as u64);
            One { read, findings: findings(source, located, keep.then_some(blob)) }
        }
    }
}

/// The source that could not be read: `source`, or an entry of it.
fn refused(source: &Source, skip: &Skip) -> Source {
    match skip.path.strip_prefix(source.path.as_str()) {
        Some(entry) if !entry.is_empty() => Source {
            path: skip.path.clone(),
            tree_path: format!("{}{entry}", source.tree_path),
            origin: Origin::Archive(Box::new(source.origin.clone())),
            explicit: false,
        },
        _ => source.clone(),
    }
}

fn by_path(source: &Source, scanner: &Scanner, keep: bool) -> Option<FileFindings> {
    findings(source, scanner.by_path(source), keep.then(|| Blob::new(source.clone(), Vec::new())))
}

fn findings(source: &Source, located: Vec<Located>, blob: Option<Blob>) -> Option<FileFindings> {
    (!located.is_empty()).then(|| FileFindings { source: source.clone(), located, blob })
}

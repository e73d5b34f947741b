//! Drives a scanner over many sources on all cores. The only place that knows rayon.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::Scanner;
use crate::model::{Blob, Coverage, Located, Skip, SkipReason, Source};
use crate::walk::{Found, Reader};

/// The findings of one source.
#[derive(Debug)]
pub struct FileFindings {
    /// Where they were found.
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
        batches
            .into_par_iter()
            .flat_map_iter(|batch| several(batch, reader, scanner, drive, &counters))
            .collect::<Vec<_>>()
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
    for result in results {
        match result {
            Ok((size, file)) => {
                outcome.coverage.files += 1;
                outcome.coverage.bytes += size;
                outcome.files.extend(file);
            }
            Err(skip) => outcome.coverage.skip(skip),
        }
    }
    outcome.coverage.gaps.sort();
    outcome
}

type OneResult = Result<(u64, Option<FileFindings>), Skip>;

fn several(
    sources: &[Source],
    reader: &Reader,
    scanner: &Scanner,
    drive: &Drive<'_>,
    counters: &Counters,
) -> Vec<OneResult> {
    let mut results = Vec::with_capacity(sources.len());
    reader.read_all(sources, &mut |source, blob| {
        // the panic's payload may quote the file: it is dropped unread
        let result =
            catch_unwind(AssertUnwindSafe(|| blob.map(|blob| scan_one(source, blob, scanner, drive.keep_blobs))))
                .unwrap_or_else(|_| Err(Skip { path: source.path.clone(), reason: SkipReason::Crashed, detail: None }));
        (drive.progress)(counters.count(&result));
        results.push(result);
    });
    results
}

impl Counters {
    fn count(&self, result: &OneResult) -> Progress {
        let (size, findings) = match result {
            Ok((size, file)) => (*size, file.as_ref().map_or(0, |file| file.located.len())),
            Err(_) => (0, 0),
        };
        Progress {
            files: self.files.fetch_add(1, Ordering::Relaxed) + 1,
            total: self.total,
            bytes: self.bytes.fetch_add(size, Ordering::Relaxed) + size,
            findings: self.findings.fetch_add(findings, Ordering::Relaxed) + findings,
        }
    }
}

fn scan_one(source: &Source, blob: Blob, scanner: &Scanner, keep: bool) -> (u64, Option<FileFindings>) {
    let located = scanner.scan(&blob);
    let size = blob.bytes.len() as u64;
    let found = !located.is_empty();
    (size, found.then(|| FileFindings { source: source.clone(), located, blob: keep.then_some(blob) }))
}

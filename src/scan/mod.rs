//! From a blob to located findings: keyword prefilter, regex in a window, judge, suppressions.

pub mod baseline;

use crate::model::{Blob, Confidence, Coverage, Located};
use crate::rules::RuleSet;
use crate::secret::Salt;
use crate::walk::{Found, Reader};

/// What a scanner is built with.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// Threshold.
    pub min_confidence: Confidence,
    /// Salt of fingerprints.
    pub salt: Salt,
}

/// A compiled scanner; shared by all workers.
pub struct Scanner;

impl Scanner {
    /// Compiles the prefilter over all rules.
    pub fn new(_rules: RuleSet, _options: ScanOptions) -> Self {
        todo!("H1")
    }

    /// All findings of one blob in span order, overlapping ones resolved to the most specific.
    pub fn scan(&self, _blob: &Blob) -> Vec<Located> {
        todo!("H1")
    }
}

/// The findings of one source.
#[derive(Debug)]
pub struct FileFindings {
    /// The blob, when the caller asked to keep it.
    pub blob: Option<Blob>,
    /// In span order.
    pub located: Vec<Located>,
}

/// What a scan of many sources gave.
#[derive(Debug, Default)]
pub struct ScanOutcome {
    /// Sources with findings, in path order.
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

/// Reads and scans all sources in parallel; the outcome doesn't depend on the number of threads. A panic on
/// one source becomes a gap in the coverage.
pub fn run(_found: Found, _reader: &Reader, _scanner: &Scanner, _drive: &Drive<'_>) -> ScanOutcome {
    todo!("H1")
}

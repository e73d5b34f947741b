//! What unpacking may cost. An archive that asks for more is cut off and told, never read on.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

/// Archives in one another, the outermost counts.
pub(super) const DEPTH: usize = 5;
/// Entries of an archive and of all archives within it.
const ENTRIES: usize = 200_000;
/// What an archive and all within it may unpack to, in sizes of the largest file.
const TIMES_LARGEST: u64 = 8;
/// How many times its packed size a stream may unpack to: text comes to some tens.
const RATIO: u64 = 200;
/// From so many unpacked bytes on the ratio is looked at.
const RATIO_FROM: u64 = 1 << 20;

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Entries,
    Unpacked(u64),
    Ratio,
}

impl Limit {
    /// Whether it holds for the outermost archive with all that is in it.
    pub(super) fn is_for_all(self) -> bool {
        matches!(self, Self::Entries | Self::Unpacked(_))
    }

    /// The limit that an error tells of.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries => write!(f, "it has more than {ENTRIES} entries; the rest was not read"),
            Self::Unpacked(limit) => write!(
                f,
                "it unpacks to more than {limit} bytes; the rest was not read; `--max-file-size` raises this limit, \
                 which is {TIMES_LARGEST} times the largest file"
            ),
            Self::Ratio => write!(f, "it unpacks to more than {RATIO} times its size; the rest was not read"),
        }
    }
}

impl std::error::Error for Limit {}

impl From<Limit> for io::Error {
    fn from(limit: Limit) -> Self {
        Self::other(limit)
    }
}

/// What is left of an outermost archive's limits.
#[derive(Debug)]
pub(super) struct Budget {
    entries: Cell<usize>,
    limit: u64,
    bytes: Cell<u64>,
}

impl Budget {
    /// The budget where no file may be larger than `max_size`.
    pub(super) fn new(max_size: u64) -> Self {
        let limit = max_size.saturating_mul(TIMES_LARGEST);
        Self { entries: Cell::new(ENTRIES), limit, bytes: Cell::new(limit) }
    }

    /// Takes an entry off.
    pub(super) fn entry(&self) -> Result<(), Limit> {
        let left = self.entries.get().checked_sub(1).ok_or(Limit::Entries)?;
        self.entries.set(left);
        Ok(())
    }

    fn unpacked(&self, count: u64) -> Result<(), Limit> {
        let left = self.bytes.get().checked_sub(count).ok_or(Limit::Unpacked(self.limit))?;
        self.bytes.set(left);
        Ok(())
    }
}

/// A stream that unpacks, with its cost counted.
pub(super) struct Metered<'b, R> {
    pub(super) inner: R,
    /// Bytes that went in so far, or that will at most.
    pub(super) packed: &'b Cell<u64>,
    pub(super) budget: &'b Budget,
    pub(super) out: u64,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out += count as u64;
        self.budget.unpacked(count as u64)?;
        if self.out > RATIO_FROM && self.out / RATIO > self.packed.get() {
            return Err(Limit::Ratio.into());
        }
        Ok(count)
    }
}

/// Counts what is read through it.
pub(super) struct Counting<'c, R> {
    pub(super) inner: R,
    pub(super) count: &'c Cell<u64>,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

//! A file's before and after.

use crate::model::{Blob, Edit, Span};

/// A checked change of one file. Only `apply` constructs it, after the new text was parsed and scanned.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The file as it was read; for a new file an empty blob.
    pub before: Blob,
    /// The new text, in the terms of `before.bytes`.
    pub after: Vec<u8>,
    /// The edits that lead from one to the other, ordered and disjoint.
    pub edits: Vec<Edit>,
    /// Every value that stands in `before`, whether an edit removes it or not; a redacted diff masks them all.
    pub secrets: Vec<Span>,
    /// The file doesn't exist yet.
    pub creates: bool,
}

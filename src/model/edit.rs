//! Byte-range replacements and the fixes that they add up to.

use serde::{Deserialize, Serialize};

use crate::model::{EntryId, Span};

/// How far a rewrite can be trusted; ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// No known rewrite: instructions only.
    Manual,
    /// Right, but needs a look or a run-time step that the message names.
    Review,
    /// Same behaviour, nothing else to do.
    Safe,
}

/// What an edit takes out of a file, when that is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The plan's entry that holds the value.
    pub entry: EntryId,
    /// The key within a JSON secret.
    pub key: Option<String>,
}

/// A byte-range replacement in a blob; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in the blob's original bytes.
    pub span: Span,
    /// What comes in its place; holds no secret.
    pub replacement: String,
    /// Set when `span` holds a secret's literal.
    pub removed: Option<Removed>,
}

/// The edits in one file that belong together: they land as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Tree path of the file.
    pub path: String,
    /// What it does.
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// The step that is left to do, for `review`.
    pub step: Option<String>,
    /// Ordered and disjoint; addressed to the original bytes.
    pub edits: Vec<Edit>,
    /// The file doesn't exist yet: `edits` is one insertion at 0.
    pub creates: bool,
}

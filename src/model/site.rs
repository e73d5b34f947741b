//! Where a literal stands in its language, and what its surroundings say about it.

use serde::{Deserialize, Serialize};

use crate::model::{Applicability, Span};

/// The literal that holds a finding's value, located by the file's syntax. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Folder name under `rules/rewrite`.
    pub language: String,
    /// Id of the rewrite shape that applies.
    pub shape: String,
    /// What the reference replaces: the whole literal with its quotes in code; in configuration text the
    /// scalar's content, or the password's part of it.
    pub replace: Span,
    /// The key, variable, attribute or argument name that the literal belongs to.
    pub key: Option<String>,
    /// The mapping, call or block that holds the literal, so that neighbours can be told.
    pub container: Option<Span>,
    /// How far the rewrite can be trusted.
    pub applicability: Applicability,
    /// What the rewrite does, in a few words: "read `DB_PASSWORD` from Secrets Manager".
    pub title: String,
    /// For `review`: the step that is left to do. For `manual`: why, and the instruction.
    pub step: Option<String>,
}

/// A key and value that stand beside a site: a candidate for the same JSON secret (host, user, key id, …).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Key as written.
    pub key: String,
    /// Decoded value: configuration, not a secret. `None` where a finding stands.
    pub value: Option<String>,
    /// Where the value's literal stands.
    pub span: Span,
    /// No mapping or call holds the two: only their names can say that they belong together.
    pub by_name: bool,
}

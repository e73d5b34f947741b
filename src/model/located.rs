//! A finding with the byte spans that planning needs.

use crate::model::{Finding, Span};

/// A finding together with where its parts stand in the blob.
#[derive(Clone, Debug)]
pub struct Located {
    /// What is reported.
    pub finding: Finding,
    /// The value's bytes in the blob; equals `finding.span`'s bytes.
    pub value: Span,
    /// The key's or variable's name, where the rule saw one.
    pub key: Option<String>,
    /// In what form the value stands there.
    pub stands: Stands,
}

/// In what form a finding's value stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// As it is.
    Plain,
    /// Under an encoding layer (base64, hex, …) or in pieces: it can be reported, not rewritten.
    Encoded,
    /// The file itself was found, by its path; the span is empty.
    File,
}

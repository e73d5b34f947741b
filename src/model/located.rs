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
    /// The value was found under an encoding layer (base64, hex, …): it can be reported, not rewritten.
    pub decoded: bool,
}

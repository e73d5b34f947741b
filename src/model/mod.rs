//! The nouns of the pipeline: plain data, no input or output, no secret bytes.
//!
//! Names are the glossary's (see the crate page). A type here is either handed from one stage to the
//! next or part of one that is.

mod blob;
mod byteset;
mod coverage;
mod edit;
mod finding;
mod located;
mod patch;
mod plan;
mod receipt;
mod site;
mod source;
mod span;

pub use blob::{Blob, ContentId, Encoding};
pub(crate) use byteset::ByteSet;
pub use coverage::{Coverage, Skip, SkipReason};
pub use edit::{Applicability, Edit, Fix, Removed};
pub use finding::{Confidence, Finding, Kind, Severity, Verdict};
pub use located::{Located, Stands};
pub use patch::Patch;
pub use plan::{Conflict, Cost, Entry, EntryId, HeldBack, Place, Plan, Proposed, RunId, Stored, ValueShape};
pub use receipt::{Outcome, Receipt, SecretRef};
pub use site::{Neighbour, Site};
pub use source::{Origin, Source};
pub use span::{LineIndex, Region, Span};

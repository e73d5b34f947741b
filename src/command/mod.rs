//! A file a verb: sequencing only.

pub mod explain;
pub mod rules;

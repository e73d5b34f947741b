//! A file a format. Reports get findings and excerpts, never blobs.

pub mod applied;
pub mod plan;

//! The edit engine, checked patches, diffs, atomic writes, the journal, undo.
//!
//! Fixes become a checked [`Patch`](crate::model::Patch) in [`mod@patch`]; [`mod@diff`] shows it, [`mod@write`] lands it on
//! disk under a [`mod@journal`], and [`mod@undo`] takes it back with what the store gives.

pub mod diff;
pub mod edits;
mod failpoint;
pub mod files;
pub mod journal;
pub mod patch;
pub mod restore;
pub mod resume;
pub mod state;
pub mod undo;
pub mod write;

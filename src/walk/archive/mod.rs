//! Archives, opened in memory: zip files of all names, tar, gzip, and these in one another. Nothing is ever written to
//! disk, what an archive says of itself is not believed, and what it may cost is bounded.

mod budget;
mod kind;
mod name;
#[cfg(test)]
mod tests;
mod unpack;

pub(super) use kind::{Form, Kind, of as kind};
pub(super) use unpack::Unpacker;

/// What stands between an archive's path and that of an entry.
pub(super) const WITHIN: &str = "!/";

//! A file a verb: sequencing only.

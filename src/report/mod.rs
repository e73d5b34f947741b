//! A file a format. Reports get findings and excerpts, never blobs.

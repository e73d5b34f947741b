//! The edit engine, checked patches, diffs, atomic writes, the journal, undo.

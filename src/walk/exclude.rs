//! Patterns of the configuration and of `--exclude`, in gitignore's syntax.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::WalkError;

/// Compiled patterns.
#[derive(Clone, Debug)]
pub(super) struct Exclude(Gitignore);

impl Exclude {
    pub(super) fn new(patterns: &[String]) -> Result<Self, WalkError> {
        let mut builder = GitignoreBuilder::new("");
        let wrong = |pattern: &String, error: ignore::Error| WalkError::Pattern {
            pattern: pattern.clone(),
            message: error.to_string(),
        };
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|error| wrong(pattern, error))?;
        }
        let all = builder.build().map_err(|error| wrong(&patterns.join(", "), error))?;
        Ok(Self(all))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `path` (relative to the tree) itself is excluded; its folders were asked before.
    pub(super) fn is_match(&self, path: &Path, is_dir: bool) -> bool {
        self.0.matched(path, is_dir).is_ignore()
    }

    /// Whether `path` (relative to the tree) or a folder above it is excluded.
    pub(super) fn is_match_or_within(&self, path: &Path) -> bool {
        path.is_relative() && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

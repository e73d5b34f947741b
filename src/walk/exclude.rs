//! Patterns of the configuration and of `--exclude`, in gitignore's syntax.

use std::path::Path;
use std::str::Chars;

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
            // The library takes such a bracket for itself; to git it makes a pattern that matches nothing.
            if has_open_class(pattern) {
                let message = "a [ has no ]".to_owned();
                return Err(WalkError::Pattern { pattern: pattern.clone(), message });
            }
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

/// Whether a character class (`[a-z]`) begins and doesn't end. Behind a backslash a bracket is itself, and so is a `]` that
/// comes first in the class.
fn has_open_class(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => drop(rest.next()),
            '[' if !ends_class(&mut rest) => return true,
            _ => {}
        }
    }
    false
}

/// Goes past the end of a class whose bracket was read; `false` where it has none.
fn ends_class(rest: &mut Chars<'_>) -> bool {
    let mut first = true;
    while let Some(next) = rest.next() {
        match next {
            '!' | '^' if first => continue,
            ']' if !first => return true,
            '\\' => drop(rest.next()),
            _ => {}
        }
        first = false;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_end_is_refused_and_what_only_looks_like_one_is_not() {
        for pattern in ["[a", "x/[", "[]", "[!]", "[a\\]", "[a]b[", "**/[^]/x"] {
            let refused = Exclude::new(&[pattern.to_owned()]);
            assert!(matches!(refused, Err(WalkError::Pattern { .. })), "{pattern}");
        }
        for (pattern, path) in
            [("[ab].py", "a.py"), ("[]a].py", "].py"), ("[!]].py", "a.py"), ("\\[a", "[a"), ("a]", "a]")]
        {
            assert!(Exclude::new(&[pattern.to_owned()]).unwrap().is_match(Path::new(path), false), "{pattern}");
        }
    }
}

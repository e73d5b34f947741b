//! Who owns a file, by the tree's CODEOWNERS.
//!
//! Patterns are gitignore's without `!` and character ranges, and the last match wins
//! (source: GitHub documentation, "About code owners"); GitLab's section headings are passed over.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Where CODEOWNERS may stand, in the order in which GitHub looks.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The parsed CODEOWNERS of a tree; empty when there is none.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    lines: Vec<(Gitignore, Vec<String>)>,
}

impl Owners {
    /// Parses the file's text; a line that is not a pattern is passed over, as the hosts do.
    pub fn parse(text: &str) -> Self {
        Self { lines: text.lines().filter_map(parse_line).collect() }
    }

    /// The owners of `path` (tree path with `/`), in the file's order; empty when nobody is named.
    pub fn of(&self, path: &str) -> &[String] {
        let hit =
            self.lines.iter().rev().find(|(pattern, _)| pattern.matched_path_or_any_parents(path, false).is_ignore());
        hit.map_or(&[], |(_, owners)| owners.as_slice())
    }
}

fn parse_line(line: &str) -> Option<(Gitignore, Vec<String>)> {
    let line = line.split(" #").next().unwrap_or_default().trim();
    if line.is_empty() || line.starts_with(['#', '[', '^']) {
        return None;
    }
    let mut parts = line.split_whitespace();
    let mut builder = GitignoreBuilder::new("");
    builder.add_line(None, parts.next()?).ok()?;
    Some((builder.build().ok()?, parts.map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_match_wins_and_folders_cover_what_is_below() {
        let owners = Owners::parse(
            "# who\n*  @all\n/services/pay/ @pay ops@example.com # comment\n*.py @snakes\n[Section]\n/services/pay/legacy.py\n",
        );
        assert_eq!(owners.of("README.md"), ["@all"]);
        assert_eq!(owners.of("services/pay/conf/a.yaml"), ["@pay", "ops@example.com"]);
        assert_eq!(owners.of("services/pay/a.py"), ["@snakes"]);
        assert!(owners.of("services/pay/legacy.py").is_empty());
        assert!(Owners::default().of("a").is_empty());
    }
}

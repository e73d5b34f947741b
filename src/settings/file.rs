//! The configuration file, as written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::{ConfidenceArg, StoreKind};
use crate::failure::{Exit, Failure};

/// File names, the first one found goes; searched from the first path's folder upward.
pub const NAMES: [&str; 2] = [".arnify.toml", "arnify.toml"];

/// All keys that the file may hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct File {
    pub(super) store: Option<StoreKind>,
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) kms_key_id: Option<String>,
    pub(super) vault: Option<PathBuf>,
    pub(super) concurrency: Option<usize>,
    pub(super) name_template: Option<String>,
    pub(super) env: Option<String>,
    pub(super) app: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) required_tags: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) rules: Vec<PathBuf>,
    pub(super) min_confidence: Option<ConfidenceArg>,
    pub(super) max_file_size: Option<u64>,
    pub(super) threads: Option<usize>,
    pub(super) include_tests: bool,
}

/// Keys for the message about an unknown one.
const KEYS: [&str; 17] = [
    "store",
    "region",
    "account",
    "kms-key-id",
    "vault",
    "concurrency",
    "name-template",
    "env",
    "app",
    "tags",
    "required-tags",
    "exclude",
    "rules",
    "min-confidence",
    "max-file-size",
    "threads",
    "include-tests",
];

/// Finds the configuration file in `folder` or one above it, no further than `root`.
pub(super) fn find(folder: &Path, root: &Path) -> Option<PathBuf> {
    let within = folder.ancestors().take_while(|above| above.starts_with(root));
    within.flat_map(|above| NAMES.map(|name| above.join(name))).find(|file| file.is_file())
}

/// Reads and parses `path`.
pub(super) fn read(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::message(Exit::Usage, format!("{}: {error}", path.display()))
            .hint("Name another file with `--config`, or use `--no-config`.")
    })?;
    toml::from_str(&text).map_err(|error| explain(path, &text, &error))
}

/// File, line, what is wrong, and for an unknown key the one that was probably meant. The line itself is not
/// shown: a configuration file may hold what should not be on a screen.
fn explain(path: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let line = error.span().map_or(1, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    let message = error.message();
    let failure = Failure::message(Exit::Usage, format!("{}:{line}: {}", path.display(), first_sentence(message)));
    match unknown_key(message).and_then(closest) {
        Some(key) => failure.hint(format!("Did you mean `{key}`?")),
        None => failure.hint(format!("Known keys: {}.", KEYS.join(", "))),
    }
}

/// serde lists every known key after the sentence; the hint says it better.
fn first_sentence(message: &str) -> &str {
    message.split(", expected one of").next().unwrap_or(message)
}

fn unknown_key(message: &str) -> Option<&str> {
    message.strip_prefix("unknown field `")?.split('`').next()
}

/// The known key that is at most two edits away.
fn closest(key: &str) -> Option<&'static str> {
    let distances = KEYS.iter().map(|known| (distance(key, known), *known));
    distances.min().filter(|(edits, _)| *edits <= 2).map(|(_, known)| known)
}

/// Number of letters to insert, remove, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |back: usize, column: usize| rows.iter().rev().nth(back).and_then(|r| r.get(column)).copied();
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            let steps = [
                at(0, j + 1).map(|up| up + 1),
                row.last().map(|left| left + 1),
                at(0, j).map(|both| both + usize::from(from != to)),
                if swapped { at(1, j - 1).map(|twice| twice + 1) } else { None },
            ];
            row.push(steps.into_iter().flatten().min().unwrap_or(usize::MAX));
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_as_one() {
        assert_eq!(distance("regoin", "region"), 1);
        assert_eq!(distance("tag", "tags"), 1);
        assert_eq!(distance("", "env"), 3);
        assert_eq!(closest("min-confidense"), Some("min-confidence"));
        assert_eq!(closest("something"), None);
    }

    #[test]
    fn every_key_is_known_to_the_message() {
        let unknown = toml::from_str::<File>("zzz = 1").unwrap_err().to_string();
        for key in KEYS {
            assert!(unknown.contains(&format!("`{key}`")), "{key}: {unknown}");
        }
        assert_eq!(unknown.matches('`').count() / 2, KEYS.len() + 1);
    }
}

//! The configuration file as written, and what is said about a wrong one.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::cli::{ConfidenceArg, StoreKind};
use crate::failure::{Exit, Failure};

/// Every key that a configuration file may have.
pub(super) const KEYS: [&str; 18] = [
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
    "archives",
    "threads",
    "include-tests",
];

/// The file, unchecked but for the types.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Written {
    pub(super) store: Option<StoreKind>,
    pub(super) region: Option<String>,
    pub(super) account: Option<Spanned<String>>,
    pub(super) kms_key_id: Option<String>,
    pub(super) vault: Option<Spanned<PathBuf>>,
    pub(super) concurrency: Option<Spanned<usize>>,
    pub(super) name_template: Option<Spanned<String>>,
    pub(super) env: Option<String>,
    pub(super) app: Option<String>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) required_tags: Option<Vec<String>>,
    pub(super) exclude: Option<Vec<String>>,
    pub(super) rules: Option<Vec<PathBuf>>,
    pub(super) min_confidence: Option<ConfidenceArg>,
    pub(super) max_file_size: Option<Spanned<u64>>,
    pub(super) archives: Option<bool>,
    pub(super) threads: Option<Spanned<usize>>,
    pub(super) include_tests: Option<bool>,
}

/// A configuration file with its text, so that messages can name lines.
#[derive(Debug, Default)]
pub(super) struct File {
    path: PathBuf,
    text: String,
    pub(super) written: Written,
}

impl File {
    /// Reads and parses `path`, which nobody named: a folder is none, and a pipe would be waited for.
    pub(super) fn read_regular(path: &Path) -> Result<Self, Failure> {
        match path.metadata() {
            Ok(data) if !data.is_file() => Err(unread(path, io::Error::other("it is no regular file"))),
            _ => Self::read(path),
        }
    }

    /// Reads and parses `path`.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| unread(path, error))?;
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        match toml::from_str(&text) {
            Ok(written) => Ok(Self { path: path.to_owned(), text, written }),
            Err(error) => Err(syntax(path, &text, &error)),
        }
    }

    /// A path of the file, which is relative to the file's folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// A failure that names the file, the line and the key whose value stands at `at`.
    pub(super) fn bad_value(&self, key: &str, at: usize, message: &str) -> Failure {
        let (line, _) = place(&self.text, at);
        Failure::message(Exit::Usage, format!("{}:{line}: {key}: {message}", self.path.display()))
    }
}

fn unread(path: &Path, error: io::Error) -> Failure {
    let context = format!("can't read the configuration file {}", path.display());
    Failure::new(Exit::Usage, anyhow::Error::new(error).context(context))
        .hint("name another file with `--config FILE`, or use none with `--no-config`")
}

/// What is wrong with the file's form. The values themselves are not quoted.
fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    let at = format!("{}:{line}:{column}", path.display());
    if let Some(key) = error.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        let failure = Failure::message(Exit::Usage, format!("{at}: unknown key `{key}`"));
        let failure = match nearest(key) {
            Some(known) => failure.hint(format!("did you mean `{known}`?")),
            None => failure,
        };
        return failure.hint(format!("known keys: {}", KEYS.join(", ")));
    }
    let key = text.lines().nth(line - 1).and_then(|line| line.split_once('=')).map(|(key, _)| key.trim());
    let key = key.map_or_else(String::new, |key| format!("{key}: "));
    Failure::message(Exit::Usage, format!("{at}: {key}{}", unquoted(error.message())))
}

/// Line and column of byte `at`, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

/// The parser's words without the value that it quotes.
fn unquoted(message: &str) -> String {
    match (message.split_once('"'), message.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => format!("{}{after}", before.trim_end()),
        _ => message.to_owned(),
    }
}

fn nearest(key: &str) -> Option<&'static str> {
    let key = key.to_lowercase().replace('_', "-");
    let (distance, known) = KEYS.iter().map(|known| (distance(&key, known), *known)).min()?;
    (distance <= 1 + known.len() / 4).then_some(known)
}

/// Number of single-character edits between two words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), diagonal) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(x != y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (String, Vec<String>) {
        let failure = File::parse(Path::new("a.toml"), text.to_owned()).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        (failure.to_string(), failure.hints)
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_known_ones() {
        let (message, hints) = said("store = \"aws\"\nmin_confidense = \"low\"\n");
        assert_eq!(message, "a.toml:2:1: unknown key `min_confidense`");
        assert_eq!(hints.first().unwrap(), "did you mean `min-confidence`?");
        assert!(hints[1].contains("required-tags"));
        assert_eq!(said("zzzzzz = 1").1.len(), 1);
    }

    #[test]
    fn a_wrong_type_is_said_without_the_value() {
        let (message, _) = said("threads = \"hunter2\"\n");
        assert!(message.starts_with("a.toml:1:11: threads: ") && !message.contains("hunter2"), "{message}");
    }

    #[test]
    fn every_key_is_known_to_the_type() {
        for key in KEYS {
            let failure = File::parse(Path::new("a.toml"), format!("{key} = [[1]]\n")).unwrap_err();
            assert!(!failure.to_string().contains("unknown key"), "{key}");
        }
    }
}

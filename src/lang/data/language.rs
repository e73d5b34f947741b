//! `language.toml`: which files, and how they are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Pattern;
use super::literal::{EscapesToml, StringToml};

/// `language.toml`: which files, and how to read their literals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct LanguageToml {
    pub(in crate::lang) name: String,
    pub(in crate::lang) grammars: Vec<GrammarToml>,
    #[serde(default)]
    pub(in crate::lang) shebangs: Vec<String>,
    pub(in crate::lang) kind: Kind,
    /// The language whose `literals.scm` goes before this one's own.
    pub(in crate::lang) literals_of: Option<String>,
    #[serde(default)]
    pub(in crate::lang) test_code: Vec<String>,
    pub(in crate::lang) encoding_declaration: Option<Pattern>,
    /// Node kinds between a name and the node that its neighbours share.
    #[serde(default)]
    pub(in crate::lang) transparent: Vec<String>,
    pub(in crate::lang) lines: Option<LinesToml>,
    pub(in crate::lang) embedded: Option<EmbeddedToml>,
    pub(in crate::lang) string: Vec<StringToml>,
    pub(in crate::lang) escapes: BTreeMap<String, EscapesToml>,
}

/// A grammar and the file names that it reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct GrammarToml {
    pub(in crate::lang) grammar: String,
    pub(in crate::lang) globs: Vec<String>,
}

/// Whether a reference is an expression or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Kind {
    /// The whole literal becomes an expression.
    Code,
    /// The scalar's content, or the credential's part of it, becomes the reference's text.
    Config,
}

/// Formats without a tree: key, separator, value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct LinesToml {
    /// Matches a line up to its value; group `key`.
    pub(in crate::lang) entry: Pattern,
    pub(in crate::lang) comment_line: Pattern,
    /// Begins a comment after an unquoted value.
    pub(in crate::lang) comment: Option<Pattern>,
    pub(in crate::lang) quotes: Vec<String>,
    /// An odd number of backslashes at a line's end joins the next one.
    #[serde(default)]
    pub(in crate::lang) continuation: bool,
}

/// Code of another language in strings of this one. The query's captures: `embedded` a string, or a list of strings, with
/// such code; `embedded.sign` what says that the file's code is of that language, `embedded.against` that it is not;
/// `embedded.other` that the one text beside it is not; `note` what is said wherever code of the file is rewritten.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct EmbeddedToml {
    /// The other language's folder.
    pub(in crate::lang) language: String,
    /// Why code stays as it is where nothing says whose it is.
    pub(in crate::lang) unsure: String,
    /// Tells a text that is no code of the language.
    pub(in crate::lang) foreign_text: Pattern,
    /// Finds lines that are no code of the language; group `foreign`.
    pub(in crate::lang) foreign_line: Pattern,
    /// Why such a text or line stays as it is.
    pub(in crate::lang) foreign: String,
    /// What the language reads in the place of such a line, at the beginning of a line and behind an indentation.
    pub(in crate::lang) idle: String,
    pub(in crate::lang) idle_inside: String,
    /// What is said where the file holds the value outside of its code too.
    pub(in crate::lang) elsewhere: String,
}

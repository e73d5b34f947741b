//! `layout.toml`: how a language's usual formatter breaks lines that got too long.

use serde::Deserialize;

use crate::lang::data::Pattern;

/// A language's layout.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct LayoutToml {
    pub(in crate::lang) style: LayoutStyle,
    /// The most characters of a line, where the project doesn't say.
    pub(in crate::lang) limit: usize,
    /// Files of the project that may say it; the nearest that does is right.
    #[serde(default)]
    pub(in crate::lang) limit_in: Vec<LimitToml>,
    /// Comments at the ends of lines, and the captures `cell` of the captures `row`, stand in columns.
    #[serde(default)]
    pub(in crate::lang) columns: bool,
    /// The columns that a tab takes.
    #[serde(default)]
    pub(super) tab: usize,
    /// Files that hold this are left as they are.
    pub(super) unless: Option<Pattern>,
    /// Begins a comment at a line's end.
    #[serde(default)]
    pub(super) comment: String,
    /// Node kinds that are laid out as one: statements, up to their bodies.
    #[serde(default)]
    pub(super) units: Vec<String>,
    #[serde(default)]
    pub(super) bodies: Vec<String>,
    /// Node kinds whose items may have lines of their own.
    #[serde(default)]
    pub(super) lists: Vec<String>,
    /// Node kinds that are one word, whatever is in them.
    #[serde(default)]
    pub(super) words: Vec<String>,
    /// Units that are broken at their first brackets, not at their last.
    #[serde(default)]
    pub(super) at_first: Vec<String>,
    /// Node kinds whose items stand on lines of their own as soon as the brackets are broken.
    #[serde(default)]
    pub(super) displays: Vec<String>,
    /// Node kinds of what calls pass, whose last item may stay on their line though it is broken.
    #[serde(default)]
    pub(super) calls: Vec<String>,
    /// Node kinds that stay broken where the author broke them.
    #[serde(default)]
    pub(super) kept: Vec<String>,
    /// Node kinds whose last item no comma ends.
    #[serde(default)]
    pub(super) bare: Vec<String>,
    /// Node kinds whose brackets have blanks inside.
    #[serde(default)]
    pub(super) spaced: Vec<String>,
    /// In a node, words that an expression may stand below.
    #[serde(default)]
    pub(super) equals: Vec<Optional>,
    /// Node kinds in which the comma after a single item has a meaning.
    #[serde(default)]
    pub(super) lone: Vec<String>,
    /// Node kinds of arguments that old versions allow no comma after, and the sign of a newer one.
    #[serde(default)]
    pub(super) unpacked: Vec<String>,
    pub(super) new_version: Option<Pattern>,
    /// An expression in brackets, and what is never taken out of them.
    #[serde(default)]
    pub(super) bracketed: String,
    /// Node kinds in which such brackets are never apart from what they hold.
    #[serde(default)]
    pub(super) solid: Vec<String>,
    #[serde(default)]
    pub(super) kept_brackets: Vec<String>,
    /// Expressions that may be put into brackets, or taken out.
    #[serde(default)]
    pub(super) optional: Vec<Optional>,
    /// Node kinds that may be put into brackets wherever they stand.
    #[serde(default)]
    pub(super) enclosed: Vec<String>,
    #[serde(default)]
    pub(super) split: Vec<Split>,
}

/// The ways to break lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum LayoutStyle {
    /// Functions whose body stood on one line are broken up; nothing else is.
    Functions,
    /// A line is broken at its last brackets, and what stands in them at its strongest splits, until all lines fit.
    Lines,
    /// Of the brackets of a line, the first that have to are broken, each item on a line of its own.
    Groups,
}

/// A file that may say how long lines get.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct LimitToml {
    pub(in crate::lang) file: String,
    /// Group `limit`.
    pub(in crate::lang) pattern: Pattern,
}

/// In a node, the expression after certain words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Optional {
    pub(super) inside: String,
    pub(super) after: Vec<String>,
}

/// Words that a line may be broken at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    /// Kinds of the nodes that they are of.
    pub(super) inside: Vec<String>,
    pub(super) words: Vec<String>,
    /// Higher ones go first.
    pub(super) priority: u8,
    /// The line ends after the word, not before it.
    #[serde(default)]
    pub(super) after: bool,
    /// Not where it is the first of its node.
    #[serde(default)]
    pub(super) not_first: bool,
    /// Only where a bracket closes before it.
    #[serde(default)]
    pub(super) behind_bracket: bool,
}

//! How a language's literals are written: the forms of strings, and their escapes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Pattern;

/// One way to write a string.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct StringToml {
    /// Node kinds.
    pub(in crate::lang) kinds: Vec<String>,
    /// Lower-case letters before the quote.
    #[serde(default)]
    pub(in crate::lang) prefixes: Vec<String>,
    /// Opening quotes, longest first; the closing one is the same unless `close` names it.
    #[serde(default)]
    pub(in crate::lang) quotes: Vec<String>,
    pub(in crate::lang) close: Option<String>,
    /// Matches from the literal's beginning to its content, and from the content to its end, where letters and a
    /// quote don't tell them. The form is taken only where both match.
    pub(in crate::lang) opening: Option<Pattern>,
    pub(in crate::lang) closing: Option<Pattern>,
    /// The text stands in a node of this kind below the literal's line, as a here-document's does.
    pub(in crate::lang) body: Option<String>,
    /// Indentation that is no part of the value.
    #[serde(default)]
    pub(in crate::lang) dedent: Dedent,
    /// Name of an escape table.
    #[serde(default)]
    pub(in crate::lang) escapes: String,
    /// Child kinds that are computed at run time.
    #[serde(default)]
    pub(in crate::lang) holes: Vec<String>,
    /// The value is made of these children.
    #[serde(default)]
    pub(in crate::lang) pieces: Vec<String>,
    /// Of a value that is made of pieces without a gap: one of them stands for itself where this matches the text
    /// before it, a NUL and the text after it.
    pub(in crate::lang) apart: Option<Pattern>,
    /// The shape that puts a reference in the place of a part of the content; without it the whole literal is stored.
    /// Shapes of that name with `-start` and `-end` take the quote that the part begins or ends at too.
    pub(in crate::lang) part: Option<String>,
    /// Only a part of it can be replaced.
    #[serde(default)]
    pub(in crate::lang) part_only: bool,
    /// What the file must match for the form to be read.
    pub(in crate::lang) only_in: Option<Pattern>,
    /// What may stand between the pieces, by kind or text; any other child makes the whole no literal. Left out:
    /// anything.
    #[serde(default)]
    pub(in crate::lang) joints: Vec<String>,
    #[serde(default)]
    pub(in crate::lang) bytes: bool,
    #[serde(default)]
    pub(in crate::lang) lines: Lines,
    /// Quote to put round a reference that stands alone.
    pub(in crate::lang) wrap: Option<String>,
    /// Read as ISO-8859-1 where it isn't UTF-8; left alone where it could be either.
    #[serde(default)]
    pub(in crate::lang) latin1: bool,
}

/// Which indentation of a literal's lines is taken off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Dedent {
    /// None.
    #[default]
    Keep,
    /// That of the line that is indented least; lines of white space alone don't count.
    Least,
    /// That of the line that closes the literal.
    Closing,
}

/// What line breaks within a literal mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Lines {
    /// Themselves.
    #[default]
    Keep,
    /// A line feed, however the file writes it.
    Lf,
    /// CR LF is a line feed; a carriage return alone stays.
    CrLf,
    /// Themselves, but carriage returns vanish.
    DropCr,
    /// YAML's flow folding.
    Fold,
    /// YAML's block scalars.
    Block,
    /// Java's text blocks: the first line break and the indentation that all lines share go.
    TextBlock,
}

/// An escape table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::lang) struct EscapesToml {
    /// The character that begins an escape.
    pub(in crate::lang) lead: Option<char>,
    /// One character after the lead.
    pub(in crate::lang) single: BTreeMap<char, String>,
    /// A letter and its number of hexadecimal digits; 0 where they stand in braces only.
    pub(in crate::lang) hex: BTreeMap<char, usize>,
    /// A letter that may be followed by digits in braces.
    pub(in crate::lang) braces: Option<char>,
    /// A letter of `hex` that may be written several times.
    pub(in crate::lang) repeated: Option<char>,
    /// One to three octal digits.
    pub(in crate::lang) octal: bool,
    /// An octal escape that begins with 4 to 7 has two digits.
    pub(in crate::lang) octal_byte: bool,
    /// `x` and octal escapes are bytes of the text, not characters.
    pub(in crate::lang) byte_escapes: bool,
    /// A hexadecimal escape may have fewer digits.
    pub(in crate::lang) short_hex: bool,
    /// Characters that are escaped when a string is written.
    pub(in crate::lang) special: String,
    /// `0` not followed by a digit is NUL.
    pub(in crate::lang) nul: bool,
    /// Lead and line break.
    pub(in crate::lang) newline: Newline,
    /// Characters after the lead that are never decoded.
    pub(in crate::lang) refuse: String,
    /// Any other character after the lead.
    pub(in crate::lang) unknown: Unknown,
    /// Two surrogates in a row are one character.
    pub(in crate::lang) surrogates: bool,
    /// Text that stands for other text, without a lead.
    pub(in crate::lang) doubled: BTreeMap<String, String>,
    /// Content that readers of the format disagree on, and the sentence that says so.
    pub(in crate::lang) ambiguous: Option<Pattern>,
    pub(in crate::lang) ambiguous_reason: String,
}

/// What a lead at a line's end means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Newline {
    /// Not allowed.
    #[default]
    Refuse,
    /// Both vanish.
    Join,
    /// Both vanish with the next line's indentation.
    JoinIndented,
    /// Both vanish with all white space that follows.
    JoinBlank,
}

/// What an escape that the table doesn't name means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Unknown {
    /// Not decodable.
    #[default]
    Refuse,
    /// Lead and character stand for themselves.
    Keep,
    /// The character stands for itself.
    Drop,
}

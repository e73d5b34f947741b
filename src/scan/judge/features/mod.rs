//! What the judge sees of a candidate, as numbers with names. The model file refers to them by name.

mod setting;
mod text;

use std::borrow::Cow;
use std::sync::LazyLock;

use super::words::as_f32;
use crate::model::Span;
use crate::scan::format::{Format, PathTraits};
use crate::scan::keyvalue::{Pair, Quote};

/// A candidate with its surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The blob.
    pub(crate) bytes: &'a [u8],
    /// The value.
    pub(crate) value: Span,
    /// Path that reports show.
    pub(crate) path: &'a str,
    /// Its line.
    pub(crate) line: Span,
    /// Id of the rule that found it.
    pub(crate) rule: &'a str,
    /// The pair, when structure found it.
    pub(crate) pair: Option<&'a Pair>,
    pub(crate) format: Format,
    pub(crate) traits: PathTraits,
}

/// Languages in which a `$name` within double quotes is a variable.
const INTERPOLATING: [&str; 14] =
    ["php", "phtml", "inc", "kt", "kts", "groovy", "gradle", "dart", "pl", "pm", "ps1", "psm1", "jl", "scala"];

impl Subject<'_> {
    /// The value as its reader gets it, as far as judging goes: simple escapes and folded lines resolved.
    pub(crate) fn content(&self) -> Cow<'_, [u8]> {
        let value = self.value.of(self.bytes);
        if !value.contains(&b'\\') {
            return Cow::Borrowed(value);
        }
        let quote = self.pair.map_or(Quote::Bare, |pair| pair.quote);
        match (quote, self.format) {
            (Quote::Bare, Format::Properties) => Cow::Owned(unfolded(value)),
            (Quote::Single, Format::Yaml | Format::Shell | Format::Config) => Cow::Borrowed(value),
            (Quote::Double | Quote::Single | Quote::Back | Quote::Triple, _) => Cow::Owned(unescaped(value)),
            _ => Cow::Borrowed(value),
        }
    }

    /// Whether a `$` in the value can start a reference that its reader resolves.
    pub(crate) fn interpolates(&self) -> bool {
        let extension = self.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match (self.format, self.pair.map(|pair| pair.quote)) {
            (Format::Code, Some(Quote::Double | Quote::Triple)) => INTERPOLATING.contains(&extension),
            (Format::Code | Format::Shell, Some(Quote::Single)) => false,
            _ => true,
        }
    }
}

/// `\'` and its like; what stands for something else than the character itself stays.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, tail)) = rest.split_first() {
        let next = tail.first().copied().unwrap_or(b'x');
        if *first == b'\\' && (next.is_ascii_punctuation() || next.is_ascii_whitespace()) {
            out.push(next);
            rest = tail.get(1..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

/// A value of a properties file on one line.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.flat_map(|line| line.strip_suffix(b"\\").unwrap_or(line).trim_ascii_start()).copied().collect()
}

/// The features' names, in order.
pub(crate) fn names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let nothing = Subject {
            bytes: b"",
            path: "",
            value: Span::new(0, 0),
            line: Span::new(0, 0),
            rule: "",
            pair: None,
            format: Format::Other,
            traits: PathTraits::default(),
        };
        list(&nothing).into_iter().map(|(name, _)| name).collect()
    });
    &NAMES
}

/// The features' values, in the order of [`names`].
pub(crate) fn compute(subject: &Subject<'_>) -> Vec<f32> {
    list(subject).into_iter().map(|(_, value)| value).collect()
}

type Features = Vec<(&'static str, f32)>;

fn list(subject: &Subject<'_>) -> Features {
    let mut out = Vec::with_capacity(160);
    setting::key(subject, &mut out);
    setting::shape(subject, &mut out);
    setting::place(subject, &mut out);
    let content = subject.content();
    text::characters(&content, &mut out);
    text::forms(&content, subject.interpolates(), &mut out);
    text::wording(subject, &mut out);
    context(subject, &mut out);
    out
}

fn flag(on: bool) -> f32 {
    f32::from(u8::from(on))
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { as_f32(part) / as_f32(whole) }
}

/// How far round the value it is counted, bytes.
const NEIGHBOURHOOD: usize = 32 << 10;

fn context(subject: &Subject<'_>, out: &mut Features) {
    let line = subject.line.of(subject.bytes);
    let line = line.get(..line.len().min(512)).unwrap_or_default();
    let head = line.trim_ascii_start();
    let lower = line.to_ascii_lowercase();
    let has = |text: &str| memchr::memmem::find(&lower, text.as_bytes()).is_some();
    let value = subject.value.of(subject.bytes);
    let from = subject.value.start.saturating_sub(NEIGHBOURHOOD);
    let around = Span::new(from, (subject.value.end + NEIGHBOURHOOD).min(subject.bytes.len())).of(subject.bytes);
    let times =
        if value.len() < 3 || value.len() > 200 { 0 } else { memchr::memmem::find_iter(around, value).take(9).count() };
    let quoted = |mark: u8| [&[mark], value, &[mark]].concat();
    let as_literal = if value.len() < 3 || value.len() > 200 {
        0
    } else {
        memchr::memmem::find_iter(around, &quoted(b'"')).take(9).count()
            + memchr::memmem::find_iter(around, &quoted(b'\'')).take(9).count()
    };
    let comment = ["#", "//", "*", "--", "<!--", "/*", ";", "%"].iter().any(|mark| head.starts_with(mark.as_bytes()));
    out.extend([
        ("line_comment", flag(comment)),
        ("line_length", as_f32(subject.line.len().min(2000))),
        ("line_indent", as_f32(line.len() - head.len())),
        ("line_column", as_f32(subject.value.start.saturating_sub(subject.line.start).min(2000))),
        ("line_asserts", flag(has("assert") || has("expect") || has("should") || has("equal"))),
        ("line_user", flag(has("user") || has("login") || has("account"))),
        ("line_host", flag(has("host") || has("server") || has("jdbc") || has("://"))),
        ("line_defines", flag(has("def ") || has("func ") || has("function") || has("class ") || has("import "))),
        ("line_error", flag(has("error") || has("invalid") || has("throw") || has("raise") || has("log"))),
        ("line_markup", flag(has("<input") || has("<label") || has("</") || has("html"))),
        ("line_regex", flag(has("regex") || has("match") || has("pattern"))),
        ("line_env", flag(has("env") || has("export ") || has(" -e "))),
        ("line_hash", flag(has("sha") || has("md5") || has("integrity") || has("checksum") || has("bcrypt"))),
        ("line_signs", as_f32(line.iter().filter(|b| matches!(b, b'=' | b':')).count())),
        ("times", as_f32(times)),
        ("times_other", as_f32(times.saturating_sub(as_literal))),
        ("file_size", as_f32(subject.bytes.len().min(1 << 20)).max(1.0).log2()),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_folds_are_no_part_of_what_is_judged() {
        assert_eq!(unescaped(br#"a\'b\\c\d\""#), br#"a'b\c\d""#);
        assert_eq!(unfolded(b"part1\\\r\n   part2\\\n 3"), b"part1part23");
    }

    #[test]
    fn every_feature_has_its_own_name() {
        let mut seen = names().to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), names().len());
    }
}

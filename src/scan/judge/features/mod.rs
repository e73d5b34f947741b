//! What the judge sees of a candidate, as numbers with names. The model file refers to them by name.

mod setting;
mod text;

use std::sync::LazyLock;

use super::words::as_f32;
use crate::model::Span;
use crate::scan::format::{Format, PathTraits};
use crate::scan::keyvalue::Pair;

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
    text::characters(subject.value.of(subject.bytes), &mut out);
    text::forms(subject.value.of(subject.bytes), &mut out);
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
    fn every_feature_has_its_own_name() {
        let mut seen = names().to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), names().len());
    }
}

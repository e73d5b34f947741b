//! What the judge sees of a candidate, as numbers with names. The model file refers to them by name.

#[cfg(test)]
mod plainly;
mod setting;
mod text;

use std::borrow::Cow;
use std::sync::LazyLock;

use super::needles::Needles;
use super::value;
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
            (Quote::Bare, Format::Properties) => Cow::Owned(unescaped(&unfolded(value))),
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

/// `\'` and its like, and characters by their numbers: text in most alphabets is kept so. What else stands for another
/// character stays.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, tail)) = rest.split_first() {
        if let Some((letter, behind)) = numbered(rest) {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            rest = behind;
            continue;
        }
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

/// The character that `rest` starts with as `\u` and four digits, or two of these, and what stands behind it.
fn numbered(rest: &[u8]) -> Option<(char, &[u8])> {
    fn unit(rest: &[u8]) -> Option<(u16, &[u8])> {
        let (digits, behind) = rest.strip_prefix(b"\\u")?.split_first_chunk::<4>()?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        Some((u16::from_str_radix(digits, 16).ok()?, behind))
    }
    let (first, behind) = unit(rest)?;
    let second = unit(behind);
    let units = std::iter::once(first).chain(second.map(|(unit, _)| unit));
    let letter = char::decode_utf16(units).next()?.ok().filter(|letter| !letter.is_control())?;
    let behind = if letter.len_utf16() == 2 { second?.1 } else { behind };
    Some((letter, behind))
}

/// A value of a properties file on one line.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.flat_map(|line| line.strip_suffix(b"\\").unwrap_or(line).trim_ascii_start()).copied().collect()
}

/// What has to be looked at for a feature to be known, from what can be remembered to what takes longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The value alone.
    Value,
    /// What leads to it and where it stands.
    Setting,
    /// A search through its line and the file.
    Search,
}

impl Stage {
    pub(super) const ALL: [Self; 3] = [Self::Value, Self::Setting, Self::Search];

    /// The stage of the feature at a position in [`names`].
    pub(super) fn of(feature: usize) -> Self {
        match feature {
            DOLLAR | PARTS_OF_KEY => Self::Setting,
            SEARCH.. => Self::Search,
            VALUE..CONTEXT => Self::Value,
            _ => Self::Setting,
        }
    }
}

/// Positions in [`names`]: where the features of the value begin, two among them that depend on more, and where those
/// of the line and those of a search begin.
const VALUE: usize = 80;
const DOLLAR: usize = 117;
const PARTS_OF_KEY: usize = 142;
const CONTEXT: usize = 155;
const SEARCH: usize = 161;

/// The number of features.
const COUNT: usize = 172;

/// All features' values; those that aren't known yet are 0.
pub(super) type Values = [f32; COUNT];

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
        let mut names = Names(vec![""; COUNT], 0);
        of_value(b"", &mut names);
        of_setting(&nothing, b"", &mut names);
        of_search(&nothing, &mut names);
        names.0
    });
    &NAMES
}

/// The features' values, in the order of [`names`].
pub(crate) fn compute(subject: &Subject<'_>) -> Vec<f32> {
    let mut features = Features::new();
    let content = subject.content();
    of_value(&content, &mut features);
    of_setting(subject, &content, &mut features);
    of_search(subject, &mut features);
    features.values.to_vec()
}

/// Takes features one after the other.
pub(super) trait Sink {
    /// Goes on at a position in [`names`].
    fn at(&mut self, position: usize);

    fn put(&mut self, name: &'static str, value: f32);

    fn extend<const N: usize>(&mut self, features: [(&'static str, f32); N]) {
        for (name, value) in features {
            self.put(name, value);
        }
    }
}

/// The features of one candidate, as far as they are known.
#[derive(Clone)]
pub(super) struct Features {
    values: Values,
    next: usize,
}

impl Features {
    /// Nothing known.
    pub(super) fn new() -> Self {
        Self { values: [0.0; COUNT], next: 0 }
    }

    /// The values by their positions in [`names`].
    pub(super) fn values(&self) -> &Values {
        &self.values
    }
}

impl Sink for Features {
    fn at(&mut self, position: usize) {
        self.next = position;
    }

    fn put(&mut self, _: &'static str, value: f32) {
        if let Some(slot) = self.values.get_mut(self.next) {
            *slot = value;
        }
        self.next += 1;
    }
}

/// Features' names, and the position of the next one.
struct Names(Vec<&'static str>, usize);

impl Sink for Names {
    fn at(&mut self, position: usize) {
        self.1 = position;
    }

    fn put(&mut self, name: &'static str, _: f32) {
        if let Some(slot) = self.0.get_mut(self.1) {
            *slot = name;
        }
        self.1 += 1;
    }
}

/// What is known at [`Stage::Value`]; `content` is that of the subject.
pub(super) fn of_value(content: &[u8], out: &mut impl Sink) {
    out.at(VALUE);
    let look = text::Look::at(content);
    text::characters(&look, out);
    text::forms(&look, out);
    text::wording(&look, out);
}

/// What is known at [`Stage::Setting`], too.
pub(super) fn of_setting(subject: &Subject<'_>, content: &[u8], out: &mut impl Sink) {
    out.at(0);
    setting::key(subject, out);
    setting::shape(subject, out);
    setting::place(subject, out);
    out.at(DOLLAR);
    out.put("dollar", flag(content.contains(&b'$') && subject.interpolates()));
    out.at(PARTS_OF_KEY);
    out.put("parts_of_key", text::parts_of(content, subject.pair.map_or(&[][..], |pair| &*pair.key.words)));
    out.at(CONTEXT);
    context(subject, out);
}

/// What is known at [`Stage::Search`], too.
pub(super) fn of_search(subject: &Subject<'_>, out: &mut impl Sink) {
    out.at(SEARCH);
    search(subject, out);
}

fn flag(on: bool) -> f32 {
    f32::from(u8::from(on))
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { as_f32(part) / as_f32(whole) }
}

/// The part of a line that features are about.
fn line_of<'s>(subject: &Subject<'s>) -> &'s [u8] {
    let line = subject.line.of(subject.bytes);
    line.get(..line.len().min(512)).unwrap_or_default()
}

fn context(subject: &Subject<'_>, out: &mut impl Sink) {
    let line = line_of(subject);
    let head = line.trim_ascii_start();
    let comment = ["#", "//", "*", "--", "<!--", "/*", ";", "%"].iter().any(|mark| head.starts_with(mark.as_bytes()));
    out.extend([
        ("line_comment", flag(comment)),
        ("line_length", as_f32(subject.line.len().min(2000))),
        ("line_indent", as_f32(line.len() - head.len())),
        ("line_column", as_f32(subject.value.start.saturating_sub(subject.line.start).min(2000))),
        ("line_signs", as_f32(line.iter().filter(|b| matches!(b, b'=' | b':')).count())),
        ("file_size", as_f32(subject.bytes.len().min(1 << 20)).max(1.0).log2()),
    ]);
}

/// Words of a line by what they say about it.
const LINE: [(&str, &[&str]); 9] = [
    ("line_asserts", &["assert", "expect", "should", "equal"]),
    ("line_user", &["user", "login", "account"]),
    ("line_host", &["host", "server", "jdbc", "://"]),
    ("line_defines", &["def ", "func ", "function", "class ", "import "]),
    ("line_error", &["error", "invalid", "throw", "raise", "log"]),
    ("line_markup", &["<input", "<label", "</", "html"]),
    ("line_regex", &["regex", "match", "pattern"]),
    ("line_env", &["env", "export ", " -e "]),
    ("line_hash", &["sha", "md5", "integrity", "checksum", "bcrypt"]),
];

fn search(subject: &Subject<'_>, out: &mut impl Sink) {
    static WORDS: LazyLock<Needles> = LazyLock::new(|| Needles::new(&LINE.map(|(_, words)| words)));
    let held = WORDS.held(line_of(subject));
    for (group, (name, _)) in LINE.into_iter().enumerate() {
        out.put(name, flag(held.has(group)));
    }
    let mut seen = repetitions(subject);
    if seen.times > 1 && is_no_name(subject, &seen) {
        seen = seen.once();
    }
    out.extend([("times", as_f32(seen.times)), ("times_other", as_f32(seen.other))]);
}

/// Whether repetition tells nothing: what stands in a file again and again is mostly the name of something, but what
/// looks drawn at random under a certain key is none, and a credential stands wherever it is needed, as a password and in
/// a URL.
fn is_no_name(subject: &Subject<'_>, seen: &Repetitions) -> bool {
    let certain = subject.pair.is_none_or(|pair| pair.class.is_certain());
    if !certain || matches!(subject.rule, "generic-key" | "generic-auth" | "generic-salt" | "http-basic-auth") {
        return false;
    }
    let content = subject.content();
    // names are bare words in code, and tests compare with what they have set
    let elsewhere = subject.format == Format::Code && seen.other > 0 || subject.traits.test;
    value::is_drawn(&content) || value::random_core(&content) > 0 || !elsewhere && value::is_no_name(&content)
}

/// How far round the value it is counted, bytes.
const NEIGHBOURHOOD: usize = 32 << 10;

/// Repetitions that are told apart; more are as many.
const MOST_TIMES: usize = 9;

/// How often a value stands near its place, itself counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Repetitions {
    times: usize,
    /// Of these, without quotes.
    other: usize,
}

impl Repetitions {
    /// As if it stood in its own place alone.
    fn once(self) -> Self {
        Self { times: self.times.min(1), other: self.other.min(1) }
    }
}

/// Repetitions of a subject's value; those in quotes of either kind are each counted to the most.
fn repetitions(subject: &Subject<'_>) -> Repetitions {
    let value = subject.value.of(subject.bytes);
    if value.len() < 3 || value.len() > 200 {
        return Repetitions::default();
    }
    let from = subject.value.start.saturating_sub(NEIGHBOURHOOD);
    let around = Span::new(from, (subject.value.end + NEIGHBOURHOOD).min(subject.bytes.len())).of(subject.bytes);
    let (mut times, mut literals) = (0, [Literals::new(b'"'), Literals::new(b'\'')]);
    for at in memchr::memmem::find_iter(around, value) {
        times = MOST_TIMES.min(times + 1);
        for literals in &mut literals {
            literals.count(around, at, value.len());
        }
        if times == MOST_TIMES && literals.iter().map(|literals| literals.times).sum::<usize>() >= MOST_TIMES {
            // what stands in no quotes can't be told from none any more
            break;
        }
    }
    let as_literal = literals.iter().map(|literals| literals.times).sum();
    Repetitions { times, other: times.saturating_sub(as_literal) }
}

/// Counts a value between two marks of one kind; a mark belongs to one literal.
struct Literals {
    mark: u8,
    times: usize,
    /// Just past the last one.
    end: usize,
}

impl Literals {
    fn new(mark: u8) -> Self {
        Self { mark, times: 0, end: 0 }
    }

    fn count(&mut self, around: &[u8], at: usize, length: usize) {
        let is_mark = |at: Option<usize>| at.and_then(|at| around.get(at)) == Some(&self.mark);
        let free = at.checked_sub(1).is_some_and(|open| open >= self.end);
        if free && is_mark(at.checked_sub(1)) && is_mark(Some(at + length)) && self.times < MOST_TIMES {
            self.times += 1;
            self.end = at + length + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_search_counts_what_three_count(
            pieces in prop::collection::vec(prop::sample::select(vec!["v4l", "\"v4l\"", "'v4l'", "\"", " ", "v4lv4l"]), 0..40)
        ) {
            let text = ["k=v4l ", &pieces.concat()].concat();
            let subject = Subject {
                bytes: text.as_bytes(),
                path: "a.py",
                value: Span::new(2, 5),
                line: Span::new(0, text.len()),
                rule: "generic-token",
                pair: None,
                format: Format::Code,
                traits: PathTraits::default(),
            };
            let count = |needle: &str| text.matches(needle).take(MOST_TIMES).count();
            let literals = count("\"v4l\"") + count("'v4l'");
            let times = count("v4l");
            let expected = Repetitions { times, other: times.saturating_sub(literals) };
            prop_assert_eq!(repetitions(&subject), expected);
        }
    }

    #[test]
    fn escapes_and_folds_are_no_part_of_what_is_judged() {
        assert_eq!(unescaped(br#"a\'b\\c\d\""#), br#"a'b\c\d""#);
        let text = br"\u041f\u0430\ud83d\ude00\\u0041\u00\ud83dx\u0000";
        assert_eq!(unescaped(text), "\u{41f}\u{430}\u{1f600}\\u0041\\u00\\ud83dx\\u0000".as_bytes());
        assert_eq!(unfolded(b"part1\\\r\n   part2\\\n 3"), b"part1part23");
    }

    #[test]
    fn every_feature_has_its_own_name() {
        let mut seen = names().to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), names().len());
        assert!(!seen.contains(&""));
        let at = [DOLLAR, PARTS_OF_KEY, VALUE, CONTEXT, SEARCH, COUNT - 1].map(|at| names()[at]);
        assert_eq!(at, ["dollar", "parts_of_key", "length", "line_comment", "line_asserts", "times_other"]);
    }
}

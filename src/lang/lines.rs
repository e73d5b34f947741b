//! Formats without a tree: a key, a separator and a value on each line, as `[lines]` describes them.

use crate::model::Span;

use super::data::LinesToml;

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineEntry {
    pub(super) key: Span,
    /// The value without its quotes.
    pub(super) content: Span,
    /// How the value is written: `double`, `single` or `bare`.
    pub(super) kind: &'static str,
}

/// All entries of a file, in order.
pub(super) fn entries(text: &[u8], spec: &LinesToml) -> Vec<LineEntry> {
    let mut found = Vec::new();
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while at < text.len() {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default();
        let mut next = end;
        if !spec.comment_line.0.is_match(line)
            && let Some(entry) = spec.entry.0.captures(line)
            && let (Some(whole), Some(key)) = (entry.get(0), entry.name("key"))
        {
            let (value, after) = value(text, at + whole.end(), spec);
            found.push(LineEntry { key: Span::new(at + key.start(), at + key.end()), ..value });
            next = after;
        } else if spec.continuation {
            next = logical_end(text, at, &spec.comment_line.0);
        }
        at = past_break(text, next);
    }
    found
}

fn value(text: &[u8], start: usize, spec: &LinesToml) -> (LineEntry, usize) {
    let none = Span::new(0, 0);
    for quote in &spec.quotes {
        let body = start + quote.len();
        if text.get(start..).is_some_and(|rest| rest.starts_with(quote.as_bytes()))
            && let Some(end) = closing(text, body, quote.as_bytes())
            && ends_value(text, end + quote.len(), spec)
        {
            let kind = if quote == "'" { "single" } else { "double" };
            return (LineEntry { key: none, content: Span::new(body, end), kind }, line_end(text, end));
        }
    }
    let mut end = line_end(text, start);
    if spec.continuation {
        while ends_open(text, start, end) {
            let next = past_break(text, end);
            if next >= text.len() {
                break;
            }
            end = line_end(text, next);
        }
        return (LineEntry { key: none, content: Span::new(start, end), kind: "bare" }, end);
    }
    let line = text.get(start..end).unwrap_or_default();
    let cut = spec.comment.as_ref().and_then(|comment| comment.0.find(line)).map_or(line.len(), |found| found.start());
    let kept = line.get(..cut).unwrap_or_default().trim_ascii_end().len();
    (LineEntry { key: none, content: Span::new(start, start + kept), kind: "bare" }, end)
}

/// Whether nothing but a comment follows on the line; readers disagree on anything else.
fn ends_value(text: &[u8], at: usize, spec: &LinesToml) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default();
    let comment =
        spec.comment.as_ref().and_then(|comment| comment.0.find(rest)).is_some_and(|found| found.start() == 0);
    comment || rest.trim_ascii().is_empty()
}

/// Where the closing quote stands; a backslash takes the next byte with it in double quotes.
fn closing(text: &[u8], from: usize, quote: &[u8]) -> Option<usize> {
    let mut at = from;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if quote != b"'" && rest.starts_with(b"\\") {
            at += 2;
        } else if rest.starts_with(quote) {
            return Some(at);
        } else {
            at += 1;
        }
    }
    None
}

fn logical_end(text: &[u8], start: usize, comment_line: &regex::bytes::Regex) -> usize {
    let mut end = line_end(text, start);
    if comment_line.is_match(text.get(start..end).unwrap_or_default()) {
        return end;
    }
    while ends_open(text, start, end) && past_break(text, end) < text.len() {
        end = line_end(text, past_break(text, end));
    }
    end
}

fn ends_open(text: &[u8], start: usize, end: usize) -> bool {
    let line = text.get(start..end).unwrap_or_default();
    line.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Where the line that holds `at` ends, before its line break.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())
}

/// Where the line that holds `at` begins.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |found| found + 1)
}

/// Just past the line break that stands at `at`.
pub(super) fn past_break(text: &[u8], at: usize) -> usize {
    match text.get(at..) {
        Some([b'\r', b'\n', ..]) => at + 2,
        Some([_, ..]) => at + 1,
        _ => at,
    }
}

//! A SARIF region: from lines and columns to a span, and from that to the literal within.

use crate::model::{Blob, Span};

/// What a report counts as one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// UTF-16 code units, SARIF's default.
    Utf16,
    /// Unicode code points.
    CodePoints,
}

/// A region as SARIF tells it, from 1; without columns it takes in whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Of the first character.
    pub column: Option<usize>,
    /// Just past the last character.
    pub end_column: Option<usize>,
    /// What a column is.
    pub columns: Columns,
}

impl Area {
    /// The bytes of this area from line `first` to line `last`; `None` where the file has no such place.
    pub(super) fn span(&self, blob: &Blob, (first, last): (usize, usize)) -> Option<Span> {
        let line = |number: usize| blob.lines().line_span(&blob.bytes, number.checked_sub(1)?);
        let (head, tail) = (line(first)?, line(last)?);
        let start = self.column.map_or(Some(head.start), |column| self.at(blob, head, column))?;
        let end = self.end_column.map_or(Some(tail.end), |column| self.at(blob, tail, column))?;
        (start < end).then(|| Span::new(start, end))
    }

    /// The byte at which `column` of a line begins.
    fn at(&self, blob: &Blob, line: Span, column: usize) -> Option<usize> {
        let text = std::str::from_utf8(line.of(&blob.bytes)).ok()?;
        let mut left = column.checked_sub(1)?;
        for (at, letter) in text.char_indices() {
            if left == 0 {
                return Some(line.start + at);
            }
            left = left.saturating_sub(if self.columns == Columns::Utf16 { letter.len_utf16() } else { 1 });
        }
        (left == 0).then_some(line.end)
    }
}

/// What a region that takes in more than a value is about: the content of its only quoted text, else all of it but the
/// white space round it.
pub(super) fn narrow(bytes: &[u8], span: Span) -> Span {
    let text = span.of(bytes);
    let blank = |from: &mut dyn Iterator<Item = &u8>| from.take_while(|b| b.is_ascii_whitespace()).count();
    let (before, after) = (blank(&mut text.iter()), blank(&mut text.iter().rev()));
    let trimmed = Span::new(span.start + before, span.end.saturating_sub(after).max(span.start + before));
    let quoted = quoted(trimmed.of(bytes));
    match quoted.as_slice() {
        [only] => Span::new(trimmed.start + only.start, trimmed.start + only.end),
        _ => trimmed,
    }
}

/// The contents of the quoted texts in `text`; a backslash takes a quote its meaning.
fn quoted(text: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Option<(u8, usize)> = None;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match open {
            Some((quote, from)) if *byte == quote && !escaped => {
                found.push(Span::new(from, at));
                open = None;
            }
            None if matches!(byte, b'"' | b'\'' | b'`') => open = Some((*byte, at + 1)),
            _ => {}
        }
        escaped = *byte == b'\\' && !escaped;
    }
    found.retain(|span| !span.is_empty());
    found
}

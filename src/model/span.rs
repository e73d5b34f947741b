//! Byte ranges, and their translation into the lines and columns that people and reports use.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A half-open byte range within a blob's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Just past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` to just before `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The same range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// The bytes of `bytes` that it covers; empty when it lies outside.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.range()).unwrap_or_default()
    }
}

/// A span with its lines and columns, as reports show it.
///
/// Lines and columns count from 1; columns in characters; `end_column` is just past the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the type's text says what each is")]
pub struct Region {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub start_byte: usize,
    pub end_byte: usize,
}

impl Region {
    /// The byte span alone.
    pub fn span(self) -> Span {
        Span::new(self.start_byte, self.end_byte)
    }
}

/// Where the lines of a blob start: how many there are before each block of it, which vectors count.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// How many lines have ended before each [`BLOCK`] bytes.
    ended: Vec<usize>,
    /// How many end at all.
    endings: usize,
    marks: OnceLock<Vec<Mark>>,
}

/// Bytes whose lines are counted together.
const BLOCK: usize = 2 << 10;

/// A byte up to which the characters were counted: a line of megabytes with thousands of findings is counted once.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    /// Characters before it, from the start of the bytes.
    characters: usize,
}

/// Lines, or their parts before a place, that are no longer are counted each time, bytes.
const SHORT: usize = 8 << 10;

impl LineIndex {
    /// Indexes `bytes`; a line ends with `\n`. All its methods are given the same bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut endings = 0;
        let count = |block: &[u8]| {
            let before = endings;
            endings += endings_in(block);
            before
        };
        let ended = bytes.chunks(BLOCK).map(count).collect();
        Self { ended, endings, marks: OnceLock::new() }
    }

    /// The 0-based number of the line that holds byte `at`.
    pub fn line_of(&self, bytes: &[u8], at: usize) -> usize {
        let block = at / BLOCK;
        let Some(before) = self.ended.get(block) else { return self.endings };
        before + endings_in(Span::new(block * BLOCK, at.min(bytes.len())).of(bytes))
    }

    /// The span of 0-based line `line` without its line ending; `None` past the last line.
    pub fn line_span(&self, bytes: &[u8], line: usize) -> Option<Span> {
        let start = self.start_of(bytes, line)?;
        // a line may be as long as the text: its end is not searched for from its start
        let mut end = self.start_of(bytes, line + 1).map_or(bytes.len(), |next| next - 1);
        if end > start && bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(Span::new(start, end))
    }

    fn start_of(&self, bytes: &[u8], line: usize) -> Option<usize> {
        let Some(last) = line.checked_sub(1) else { return Some(0) };
        if last >= self.endings {
            return None;
        }
        let block = self.ended.partition_point(|ended| *ended <= last).checked_sub(1)?;
        let (from, nth) = (block * BLOCK, last - self.ended.get(block)?);
        let ending = memchr::memchr_iter(b'\n', bytes.get(from..)?).nth(nth)?;
        Some(from + ending + 1)
    }

    /// Number of lines; a final line ending opens one more, empty line.
    pub fn count(&self) -> usize {
        self.endings + 1
    }

    /// The region of `span` in `bytes`; a byte that is not part of UTF-8 counts as one character, and a
    /// byte order mark at the very start counts as none.
    pub fn region(&self, bytes: &[u8], span: Span) -> Region {
        let (line, column) = self.position(bytes, span.start);
        let (end_line, end_column) = self.position(bytes, span.end);
        Region { line, column, end_line, end_column, start_byte: span.start, end_byte: span.end }
    }

    fn position(&self, bytes: &[u8], at: usize) -> (usize, usize) {
        let line = self.line_of(bytes, at);
        let start = self.start_of(bytes, line).unwrap_or(0);
        // a byte order mark has no column
        let start =
            if start == 0 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len().min(at) } else { start };
        let chars = if at.saturating_sub(start) <= SHORT {
            characters(Span::new(start, at).of(bytes))
        } else {
            self.characters_before(bytes, at).saturating_sub(self.characters_before(bytes, start))
        };
        (line + 1, chars + 1)
    }

    /// The characters before `at`, which starts one or is no part of any.
    fn characters_before(&self, bytes: &[u8], at: usize) -> usize {
        let marks = self.marks.get_or_init(|| marks(bytes));
        let mark = marks.partition_point(|mark| mark.at <= at).checked_sub(1).and_then(|last| marks.get(last));
        let (from, before) = mark.map_or((0, 0), |mark| (mark.at, mark.characters));
        before + characters(Span::new(from, at).of(bytes))
    }
}

fn endings_in(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A byte that is not part of UTF-8 counts as one.
fn characters(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { bstr::ByteSlice::chars(bytes).count() }
}

/// About one for each [`SHORT`] bytes, each at an ASCII byte: no character goes across it, whatever stands before.
fn marks(bytes: &[u8]) -> Vec<Mark> {
    let mut out = Vec::new();
    let mut last = Mark { at: 0, characters: 0 };
    while let Some(rest) = bytes.get(last.at + SHORT..) {
        let Some(ascii) = rest.iter().position(u8::is_ascii) else { break };
        let at = last.at + SHORT + ascii;
        last = Mark { at, characters: last.characters + characters(Span::new(last.at, at).of(bytes)) };
        out.push(last);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn regions_count_lines_and_characters_from_one() {
        let bytes = "a\r\nü = \"päss\"\n".as_bytes();
        let index = LineIndex::new(bytes);
        let start = 9;
        let region = index.region(bytes, Span::new(start, start + 5));
        assert_eq!((region.line, region.column, region.end_line, region.end_column), (2, 6, 2, 10));
    }

    #[test]
    fn a_byte_order_mark_has_no_column_and_a_stray_byte_has_one() {
        let bytes = b"\xef\xbb\xbfk=\xff\xfev";
        let index = LineIndex::new(bytes);
        assert_eq!(index.region(bytes, Span::new(5, 8)).column, 3);
        assert_eq!(index.region(bytes, Span::new(7, 8)).column, 5);
    }

    #[test]
    fn columns_far_out_are_those_that_counting_gives() {
        let text = ["ab\u{e9}\u{1f600}", "\u{4e2d}", "x"].concat().repeat(9000);
        let bytes = [b"\xef\xbb\xbf\n", text.as_bytes(), b"\xff\xfe broken \xe9", text.as_bytes()].concat();
        let index = LineIndex::new(&bytes);
        for at in (4..bytes.len()).step_by(997).filter(|at| bytes.get(*at).is_some_and(u8::is_ascii)) {
            let counted = bstr::ByteSlice::chars(&bytes[4..at]).count() + 1;
            assert_eq!(index.region(&bytes, Span::new(at, at)).column, counted, "{at}");
        }
    }

    proptest! {
        #[test]
        fn lines_are_those_that_a_split_gives(
            pieces in prop::collection::vec(("\r?\n|[a-z]{0,9}", 0_usize..500), 0..12),
        ) {
            let bytes = pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect::<String>().into_bytes();
            let index = LineIndex::new(&bytes);
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            prop_assert_eq!(index.count(), lines.len());
            let mut start = 0;
            for (number, line) in lines.iter().enumerate() {
                let without = line.strip_suffix(b"\r").unwrap_or(line);
                prop_assert_eq!(index.line_span(&bytes, number), Some(Span::new(start, start + without.len())));
                for at in [start, start + line.len()] {
                    prop_assert_eq!(index.line_of(&bytes, at), number, "{}", at);
                }
                start += line.len() + 1;
            }
            prop_assert_eq!(index.line_span(&bytes, lines.len()), None);
            prop_assert_eq!(index.line_of(&bytes, bytes.len() + BLOCK), lines.len() - 1);
        }
    }

    #[test]
    fn a_line_span_has_no_line_ending() {
        let bytes = b"one\r\ntwo\n\nlast";
        let index = LineIndex::new(bytes);
        let lines: Vec<_> = (0..index.count()).filter_map(|l| index.line_span(bytes, l)).map(|s| s.of(bytes)).collect();
        assert_eq!(lines, [b"one".as_slice(), b"two", b"", b"last"]);
        assert_eq!(index.line_of(bytes, 4), 0);
        assert_eq!(index.line_of(bytes, 5), 1);
    }
}

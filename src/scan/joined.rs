//! Text that a program puts together from pieces: literals behind one another (`"a" + "b"`, `"a" . "b"`, `"a" "b"`), a
//! literal that goes on behind a backslash at the line's end, Base64 that is broken into lines. What is found in it can be
//! reported, not rewritten, so its span is that of all the pieces in the blob.

use super::runs::{Set, next_to};
use crate::model::Span;

/// How far apart two pieces may stand, bytes.
const GAP: usize = 160;
/// Shortest line of Base64 that is broken into lines, but for the last one.
const LINE: usize = 60;

/// Pieces in one text, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) span: Span,
    pub(super) text: Vec<u8>,
}

/// Bits of the bytes of a step.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// What stands for itself in every kind of literal.
    pub(super) plain: u64,
    /// What may stand between two literals, and more.
    pub(super) between: u64,
}

/// Finds the literals that stand behind one another, from bits for each byte, step by step: what counts are seams, and
/// most steps have none.
#[derive(Default)]
pub(super) struct Literals {
    /// Plain bytes behind a quote.
    plain: Carry,
    /// What may stand between, behind a quote that closes.
    seam: Carry,
    /// Whether the last byte before the next step is a quote, and whether one that closes: 0 or 1.
    quote: u64,
    closing: u64,
    /// The literals that open before are known.
    done: usize,
    found: Vec<Joined>,
}

impl Literals {
    /// Takes in the bytes from `at` on.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is most of what is done for a step")]
    pub(super) fn step(&mut self, bytes: &[u8], at: usize, bits: Bits) {
        let behind = bits.quotes << 1 | self.quote;
        let ends = self.plain.ends(behind, bits.plain);
        let closing = ends & bits.quotes;
        let behind_closing = closing << 1 | self.closing;
        let opening = (self.seam.ends(behind_closing, bits.between) | behind_closing) & bits.quotes;
        let breaks = (ends | behind) & bits.backslashes & next_to(bits.between);
        if opening | breaks != 0 {
            self.look(bytes, at, opening | breaks);
        }
        (self.quote, self.closing) = (bits.quotes >> (u64::BITS - 1), closing >> (u64::BITS - 1));
    }

    /// The joined literals, in order.
    pub(super) fn found(self) -> Vec<Joined> {
        self.found
    }

    /// Looks at the literals that may end before these places: quotes that may open another one, backslashes.
    fn look(&mut self, bytes: &[u8], at: usize, mut places: u64) {
        while places != 0 {
            let place = at + places.trailing_zeros() as usize;
            places &= places - 1;
            let close = match bytes.get(place..) {
                Some([b'\\', b'\n', ..] | [b'\\', b'\r', b'\n', ..]) => Some(place),
                Some([b'\\', ..]) => None,
                _ => self.quote_before(bytes, place),
            };
            if let Some(quote) = close.and_then(|close| self.quote_before(bytes, close)) {
                let open = self.opening(bytes, quote);
                self.done = if open == quote { self.join(bytes, open).unwrap_or(open) + 1 } else { open };
            }
        }
    }

    /// The last quote before `place` that isn't done with.
    fn quote_before(&self, bytes: &[u8], place: usize) -> Option<usize> {
        let text = bytes.get(self.done..place)?;
        memchr::memrchr3(b'"', b'\'', b'`', text).map(|quote| self.done + quote)
    }

    /// The quote that opens the literal of which `quote` is one when all literals are read in order: it or the one before.
    fn opening(&self, bytes: &[u8], quote: usize) -> usize {
        // as many literals as stand right behind one another before it, every second one is between two others
        let mut opening = std::iter::successors(Some(quote), |close| {
            let open = self.quote_before(bytes, *close)?;
            piece(bytes, open).filter(|piece| piece.span.end == *close).map(|_| open)
        });
        let before = opening.nth(1);
        before.filter(|_| opening.count().is_multiple_of(2)).unwrap_or(quote)
    }

    /// Keeps the literal that opens at `open` with those that go on behind it; where the last one ends.
    fn join(&mut self, bytes: &[u8], open: usize) -> Option<usize> {
        let first = piece(bytes, open)?;
        let mut text = Vec::new();
        let mut last = first;
        while let Some(next) = seam(bytes, last.span.end).and_then(|open| piece(bytes, open)) {
            last.write(bytes, &mut text);
            last = next;
        }
        if first.broken || last.span != first.span {
            last.write(bytes, &mut text);
            self.found.push(Joined { span: Span::new(open + 1, last.span.end), text });
        }
        Some(last.span.end)
    }
}

/// Whether a run of bits goes on in the next step.
#[derive(Default)]
struct Carry(bool);

impl Carry {
    /// The places right behind the runs of `set` that begin at `starts`, where no other bit of it stands before.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two additions")]
    fn ends(&mut self, starts: u64, set: u64) -> u64 {
        // the carry of an addition goes through a run and comes out behind it
        let (sum, over) = set.overflowing_add(starts & set);
        let (sum, over_again) = sum.overflowing_add(u64::from(self.0));
        self.0 = over | over_again;
        sum & !set
    }
}

/// What may stand between literals, and what is taken for it, of a step.
#[inline]
pub(super) fn between(between: u64, prefixes: u64, quotes: u64) -> u64 {
    between | prefixes & next_to(quotes)
}

/// Whether a stretch of Base64 may be the first of some lines of it.
pub(super) fn may_be_line(bytes: &[u8], stretch: Span) -> bool {
    let before = stretch.start.checked_sub(1).and_then(|before| bytes.get(before));
    let is_free = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    stretch.len() >= LINE && is_free(before) && is_free(bytes.get(stretch.end))
}

/// The stretches of `bytes` that are Base64 in lines of one length, without their line ends; `first` are all of which one
/// [`may_be_line`].
pub(super) fn lines(bytes: &[u8], first: &[Span]) -> Vec<Joined> {
    let mut first = first.iter();
    let mut out = Vec::new();
    let mut group: Option<(Joined, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        if group.is_none() {
            // lines that don't begin one are not looked at
            let Some(next) = first.find(|stretch| stretch.start >= at) else { break };
            at = memchr::memrchr(b'\n', Span::new(at, next.start).of(bytes)).map_or(at, |end| at + end + 1);
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let digits = line.trim_ascii();
        let is_base64 = !digits.is_empty() && digits.iter().all(|byte| BASE64.has(*byte));
        let span = Span::new(at + indent, at + indent + digits.len());
        group = match group {
            Some((mut joined, width)) if is_base64 && digits.len() <= width => {
                joined.text.extend_from_slice(digits);
                joined.span.end = span.end;
                if digits.len() < width {
                    out.push(joined);
                    None
                } else {
                    Some((joined, width))
                }
            }
            other => {
                out.extend(other.map(|(joined, _)| joined));
                let begins = is_base64 && digits.len() >= LINE;
                begins.then(|| (Joined { span, text: digits.to_vec() }, digits.len()))
            }
        };
        at += length + 1;
    }
    out.extend(group.map(|(joined, _)| joined));
    // one line stands for itself
    out.retain(|joined| joined.text.len() < joined.span.len());
    out
}

/// Base64 with its padding.
static BASE64: Set = Set::alphanumeric_and(b"+/=");
/// What stands for itself in every kind of literal.
static PLAIN: Set = Set::graphic_without(b"\\\"'`");

pub(super) static QUOTES: Set = Set::only(b"\"'`");
/// What may stand between two literals.
pub(super) static BETWEEN: Set = Set::only(b"+.&~\\_() \t\n\r\x0c");
/// What may stand right before a literal as a part of it: r"", b"", f"".
pub(super) static PREFIXES: Set = Set::only(b"rbufRBUF@$");

#[derive(Clone, Copy)]
struct Piece {
    /// Between its quotes.
    span: Span,
    /// It goes on behind a backslash at a line's end.
    broken: bool,
}

impl Piece {
    /// Writes its text, without the backslashes at its lines' ends and what they break.
    fn write(self, bytes: &[u8], text: &mut Vec<u8>) {
        let piece = self.span.of(bytes);
        if self.broken {
            text.extend(piece.iter().filter(|byte| PLAIN.has(**byte)));
        } else {
            text.extend_from_slice(piece);
        }
    }
}

/// The literal that opens at `open`, if it could be a part of a credential: printable, no blanks, no escapes.
fn piece(bytes: &[u8], open: usize) -> Option<Piece> {
    let mark = *bytes.get(open)?;
    let (mut end, mut broken, mut is_empty) = (open + 1, false, true);
    loop {
        let more = bytes.get(end..)?.iter().take_while(|byte| PLAIN.has(**byte)).count();
        is_empty &= more == 0;
        end += more;
        match bytes.get(end..)? {
            [byte, ..] if *byte == mark => {
                return (!is_empty).then(|| Piece { span: Span::new(open + 1, end), broken });
            }
            [b'\\', b'\n', ..] => end += 2,
            [b'\\', b'\r', b'\n', ..] => end += 3,
            _ => return None,
        }
        broken = true;
    }
}

/// From the closing quote at `close` over a joining sign, if there is one, to the next opening quote.
fn seam(bytes: &[u8], close: usize) -> Option<usize> {
    let rest = bytes.get(close + 1..)?;
    let rest = rest.get(..GAP).unwrap_or(rest);
    let mut signs = 0;
    for (offset, byte) in rest.iter().enumerate() {
        match byte {
            b'+' | b'.' | b'&' | b'~' if signs == 2 => return None,
            b'+' | b'.' | b'&' | b'~' => signs += 1,
            _ if QUOTES.has(*byte) => return Some(close + 1 + offset),
            _ if BETWEEN.has(*byte) => {}
            _ if PREFIXES.has(*byte) && rest.get(offset + 1).is_some_and(|next| QUOTES.has(*next)) => {}
            _ => return None,
        }
    }
    None
}

/// The joined literals, from quote to quote: what the steps are tested against.
#[cfg(test)]
pub(super) fn literals_plainly(bytes: &[u8]) -> Vec<Joined> {
    let mut literals = Literals::default();
    let mut at = 0;
    while let Some(open) = (at..bytes.len()).find(|place| QUOTES.has(bytes[*place])) {
        at = literals.join(bytes, open).unwrap_or(open) + 1;
    }
    literals.found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::runs::runs;
    use super::super::vectors::STEP;
    use super::*;

    fn texts(joined: Vec<Joined>) -> Vec<String> {
        joined.into_iter().map(|joined| String::from_utf8(joined.text).unwrap()).collect()
    }

    fn literals(bytes: &[u8]) -> Vec<Joined> {
        let mut literals = Literals::default();
        for at in (0..=bytes.len()).step_by(STEP) {
            let bits = |has: fn(u8) -> bool| {
                let step = (0..STEP).map(|bit| has(bytes.get(at + bit).copied().unwrap_or(0)));
                step.enumerate().map(|(bit, is_one)| u64::from(is_one) << bit).sum::<u64>()
            };
            let quotes = bits(|byte| QUOTES.has(byte));
            literals.step(
                bytes,
                at,
                Bits {
                    quotes,
                    backslashes: bits(|byte| byte == b'\\'),
                    plain: bits(|byte| PLAIN.has(byte)),
                    between: between(bits(|byte| BETWEEN.has(byte)), bits(|byte| PREFIXES.has(byte)), quotes),
                },
            );
        }
        literals.found()
    }

    proptest! {
        #[test]
        fn steps_miss_no_literal(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[a-c,.(]{0,9}", "[a-c,.(]{60,70}", "[ +)]{0,3}", Just("\" + \"".to_owned()), Just("\" \"".to_owned()),
                    Just("' . '".to_owned()), Just("\"".to_owned()), Just("\"".to_owned()), Just("'".to_owned()),
                    Just("`".to_owned()), Just("\\\n".to_owned()), Just("\\\r\n".to_owned()), Just("\\".to_owned()),
                    Just("\u{e9}".to_owned()), Just(" ".repeat(170)),
                ],
                0..60,
            )
        ) {
            let text = pieces.concat();
            prop_assert_eq!(literals(text.as_bytes()), literals_plainly(text.as_bytes()));
        }
    }

    #[test]
    fn literals_behind_one_another_are_one_text() {
        for text in [
            "x = \"abc\" + \"def\";",
            "x = 'abc' . 'def';",
            "x = (\"abc\"\n     b\"def\")",
            "x = 'abc' ..\n  'def'",
            "Dim x = \"abc\" & _\r\n  \"def\"",
            "x = \"abc\\\ndef\"",
            "x=\"abc\"\\\n\"def\"",
            "x = \"ab\" + \"c\" + `def`",
        ] {
            assert_eq!(texts(literals(text.as_bytes())), ["abcdef"], "{text}");
        }
        for text in
            ["[\"abc\", \"def\"]", "\"abc\": \"def\"", "x = \"abc\" + y + \"def\"", "x = \"abc\"", "it's \"a\" b"]
        {
            assert_eq!(literals(text.as_bytes()), [], "{text}");
        }
        let found = literals(b"x = \"abc\" + \"def\";");
        assert_eq!(found[0].span, Span::new(5, 16), "from the first character to the last one");
    }

    fn lines_of(text: &str) -> Vec<Joined> {
        let letters = Set::alphanumeric_and(b"+/-_=");
        let mut stretches: Vec<Span> = runs(text.as_bytes(), 0, &letters, 24).collect();
        stretches.retain(|stretch| may_be_line(text.as_bytes(), *stretch));
        lines(text.as_bytes(), &stretches)
    }

    /// Line by line.
    fn lines_plainly(bytes: &[u8]) -> Vec<Joined> {
        let mut out: Vec<Joined> = Vec::new();
        let mut open: Option<usize> = None;
        let mut at = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            let digits = line.trim_ascii();
            let start = at + line.len() - line.trim_ascii_start().len();
            let span = Span::new(start, start + digits.len());
            at += line.len() + 1;
            let is_base64 = !digits.is_empty() && digits.iter().all(|byte| BASE64.has(*byte));
            match (open, out.last_mut()) {
                (Some(width), Some(joined)) if is_base64 && digits.len() <= width => {
                    joined.text.extend_from_slice(digits);
                    joined.span.end = span.end;
                    open = (digits.len() == width).then_some(width);
                }
                _ if is_base64 && digits.len() >= LINE => {
                    out.push(Joined { span, text: digits.to_vec() });
                    open = Some(digits.len());
                }
                _ => open = None,
            }
        }
        out.retain(|joined| joined.text.len() < joined.span.len());
        out
    }

    proptest! {
        #[test]
        fn skipping_lines_misses_none(
            lines_of_text in prop::collection::vec(
                (prop_oneof![Just(0_usize), 1..10_usize, Just(60), Just(64), Just(64), 61..70_usize], "[ \t]{0,2}", "[-\r ]?"),
                0..20,
            )
        ) {
            let lines_of_text = lines_of_text.iter().map(|(length, before, behind)| {
                [before.as_str(), &"Q".repeat(*length), behind].concat()
            });
            let text = lines_of_text.collect::<Vec<_>>().join("\n");
            prop_assert_eq!(lines_of(&text), lines_plainly(text.as_bytes()));
        }
    }

    #[test]
    fn base64_in_lines_is_one_text() {
        let line = "QUJD".repeat(19);
        let text = format!("data: |\n  {line}\n  {line}\n  QUJD\nother\n{line}\n");
        let found = lines_of(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text.len(), 76 * 2 + 4);
        assert_eq!(found[0].span, Span::new(10, 10 + 76 + 3 + 76 + 3 + 4));
        assert_eq!(lines_of(&format!("{line}\r\n{line}\r\n")).len(), 1);
    }
}

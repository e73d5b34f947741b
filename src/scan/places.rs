//! Where a text may stand encoded: one pass over all bytes, which tells 64 at a time apart by the processor's vectors and
//! looks closer at the few that may count.

use fearless_simd::{Simd, dispatch, prelude::*, u8x64};

use super::classes::Classes;
use super::codes::{self, LEAST_MARKS};
use super::joined::{self, Bits, Joined, Literals};
use super::runs::{Marked, SHORTEST, Set, Stretches, next_to};
use super::vectors::{STEP, level};
use crate::model::Span;

/// What a text with percent signs is made of.
static URL: Set = Set::alphanumeric_and(b"+/-_%.~=:*");
/// What a text with escapes is made of.
static ESCAPED: Set = Set::graphic_without(b"\"'`<>");

/// What base64 consists of, in both alphabets, and its padding.
static BASE64: Set = Set::alphanumeric_and(b"+/-_=");
static BACKSLASH: Set = Set::only(b"\\");
/// Told apart in one look-up; here and below as constants, which the compiler can put into the pass.
const LETTERS: Classes<3> = Classes::new([&BASE64, &joined::QUOTES, &BACKSLASH]);
const SEAMS: Classes<2> = Classes::new([&joined::BETWEEN, &joined::PREFIXES]);

/// The places of a text, of each kind in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Runs of the letters of base64 that may be text.
    pub(super) digits: Vec<Span>,
    /// Stretches that may be the first of some lines of base64.
    pub(super) lines: Vec<Span>,
    /// What has percent signs in it.
    pub(super) percent: Vec<Span>,
    /// What has escapes of characters in it.
    pub(super) escapes: Vec<Span>,
    /// Literals that a program puts together.
    pub(super) literals: Vec<Joined>,
}

impl Places {
    /// Those of `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut search = Search {
            bytes,
            stretches: Stretches::default(),
            digits: Vec::new(),
            lines: Vec::new(),
            percent: Marked::new(&URL, SHORTEST, LEAST_MARKS),
            escapes: Marked::new(&ESCAPED, SHORTEST, LEAST_MARKS),
            literals: Literals::default(),
        };
        dispatch!(level(), simd => search.run(simd));
        Self {
            digits: search.digits,
            lines: search.lines,
            percent: search.percent.found(bytes),
            escapes: search.escapes.found(bytes),
            literals: search.literals.found(),
        }
    }
}

struct Search<'b> {
    bytes: &'b [u8],
    stretches: Stretches,
    digits: Vec<Span>,
    lines: Vec<Span>,
    percent: Marked,
    escapes: Marked,
    literals: Literals,
}

impl Search<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    fn run<S: Simd>(&mut self, simd: S) {
        let (steps, rest) = self.bytes.as_chunks();
        for (number, step) in steps.iter().enumerate() {
            self.step(simd, number * STEP, step);
        }
        // there is always a last step, so that nothing is left open
        let mut step = [0; STEP];
        step.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.step(simd, steps.len() * STEP, &step);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    fn step<S: Simd>(&mut self, simd: S, at: usize, step: &[u8; STEP]) {
        let step = u8x64::simd_from(simd, *step);
        let letters = LETTERS.rows(step);
        let base64 = LETTERS.bits::<0, S>(letters);
        let quotes = LETTERS.bits::<1, S>(letters);
        let backslashes = LETTERS.bits::<2, S>(letters);
        let seams = SEAMS.rows(step);
        let between = SEAMS.bits::<0, S>(seams);
        let prefixes = SEAMS.bits::<1, S>(seams);
        let percent = step.simd_eq(b'%').to_bitmask();
        let graphic = (step - b'!').simd_lt(94).to_bitmask();

        let (bytes, digits, lines) = (self.bytes, &mut self.digits, &mut self.lines);
        self.stretches.step(at, base64, |stretch| base64_stretch(bytes, stretch, digits, lines));
        let plain = graphic & !quotes & !backslashes;
        let between = joined::between(between, prefixes, quotes);
        self.literals.step(bytes, at, Bits { quotes, backslashes, plain, between });
        let marks = (percent & next_to(next_to(base64)) | backslashes) & next_to(base64);
        if marks != 0 {
            self.marks(at, marks);
        }
    }

    /// Looks at percent signs and backslashes.
    fn marks(&mut self, at: usize, mut marks: u64) {
        while marks != 0 {
            let place = at + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            match self.bytes.get(place..) {
                Some([b'%', first, second, ..]) if first.is_ascii_hexdigit() && second.is_ascii_hexdigit() => {
                    self.percent.add(self.bytes, place);
                }
                Some([b'\\', b'u' | b'x', digit, ..]) if digit.is_ascii_hexdigit() || *digit == b'{' => {
                    self.escapes.add(self.bytes, place);
                }
                _ => {}
            }
        }
    }
}

/// Keeps what of a stretch of base64 and padding may be text.
fn base64_stretch(bytes: &[u8], stretch: Span, digits: &mut Vec<Span>, lines: &mut Vec<Span>) {
    if joined::may_be_line(bytes, stretch) {
        lines.push(stretch);
    }
    let mut rest = stretch;
    while let Some(start) = rest.of(bytes).first_chunk::<SHORTEST>() {
        if let Some(padding) = last_padding(start) {
            rest.start += padding + 1;
            continue;
        }
        if start.first_chunk().is_some_and(|head| codes::may_be_text(*head)) {
            let length = memchr::memchr(b'=', rest.of(bytes)).unwrap_or(rest.len());
            digits.push(Span::new(rest.start, rest.start + length));
        }
        // behind padding another run starts, if enough is left
        rest.start += SHORTEST;
        let padding = Span::new(rest.start, rest.end - SHORTEST).of(bytes);
        if padding.is_empty() {
            return;
        }
        let Some(padding) = memchr::memchr(b'=', padding) else { return };
        rest.start += padding + 1;
    }
}

/// Where the last sign of padding stands. Nearly always there is none, which vectors tell.
fn last_padding(text: &[u8; SHORTEST]) -> Option<usize> {
    let any = text.iter().fold(0, |any, byte| any | u8::from(*byte == b'='));
    if any != 0 { text.iter().rposition(|byte| *byte == b'=') } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::codes::DIGITS;
    use super::super::runs::runs;
    use super::*;

    fn plainly(bytes: &[u8]) -> Places {
        let long = |set| runs(bytes, 0, set, SHORTEST);
        let head = |span: Span| *span.of(bytes).first_chunk().unwrap();
        let marked = |set, is_mark: fn(&[u8]) -> bool| {
            let marks = |span: Span| (0..span.len()).filter(|at| is_mark(&span.of(bytes)[*at..])).count();
            long(set).filter(|span| marks(*span) >= LEAST_MARKS).collect()
        };
        let is_percent = |text: &[u8]| matches!(text, [b'%', a, b, ..] if [a, b].iter().all(|c| c.is_ascii_hexdigit()));
        let is_escape =
            |text: &[u8]| matches!(text, [b'\\', b'u' | b'x', a, ..] if a.is_ascii_hexdigit() || *a == b'{');
        Places {
            digits: long(&DIGITS).filter(|span| codes::may_be_text(head(*span))).collect(),
            lines: long(&BASE64).filter(|span| joined::may_be_line(bytes, *span)).collect(),
            percent: marked(&URL, is_percent),
            escapes: marked(&ESCAPED, is_escape),
            literals: joined::literals_plainly(bytes),
        }
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_one_for_each_kind_finds(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[a-zA-Z0-9+/_-]{0,60}", "[a-z+=]{0,40}", "[A-Z]{60,70}\n", "[0-9a-f]{20,50}", "(%[0-9a-f]{1,2}[a-z/]?){0,9}",
                    "(\\\\[ux][0-9a-f{]{1,4}){0,9}", "[ -~]{0,30}", "[\n\t \u{e9}]{1,9}",
                    "(\"[a-z]{3,9}\"[ +]{0,3}){0,4}", Just("\\\n".to_owned()),
                ],
                0..20,
            )
        ) {
            let text = pieces.concat();
            prop_assert_eq!(Places::of(text.as_bytes()), plainly(text.as_bytes()));
        }
    }

    #[test]
    fn places_at_the_end_of_a_text_are_found_whatever_its_length() {
        for before in 0..130 {
            let start = " ".repeat(before);
            for text in
                [format!("{start}{}", "bG9y".repeat(16)), format!("{start}'abc' 'defghi'"), format!("{start}'a\\\nb'")]
            {
                assert_eq!(Places::of(text.as_bytes()), plainly(text.as_bytes()), "{text}");
            }
        }
    }
}

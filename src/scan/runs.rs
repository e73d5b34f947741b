//! Stretches of bytes that all belong to one set. Where most of a text isn't looked at otherwise they are found without a
//! look at most of the bytes: where a stretch has to be 24 bytes long, every 24th byte tells whether there can be one. Where
//! all of it is read by vectors they are found from the bits of 64 bytes at a time ([`Stretches`]), and from what stands in
//! them ([`Marked`]).

use super::vectors::STEP;
use crate::model::Span;
use crate::rules::Bytes;

/// A set of bytes.
#[derive(Debug)]
pub(super) struct Set([bool; 256]);

impl Set {
    /// ASCII letters and digits, and `others`.
    pub(super) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut byte = 0_u8;
        let mut set = Self([false; 256]);
        while byte < 128 {
            set = set.with(byte, byte.is_ascii_alphanumeric());
            byte += 1;
        }
        set.with_all(others, true)
    }

    /// What ASCII has of visible characters, without `others`.
    pub(super) const fn graphic_without(others: &[u8]) -> Self {
        let mut byte = 0_u8;
        let mut set = Self([false; 256]);
        while byte < 128 {
            set = set.with(byte, byte.is_ascii_graphic());
            byte += 1;
        }
        set.with_all(others, false)
    }

    /// The bytes of a stretch.
    #[expect(clippy::cast_possible_truncation, reason = "there are 256 bytes")]
    pub(super) const fn of(bytes: Bytes) -> Self {
        let mut byte = 0_usize;
        let mut set = Self([false; 256]);
        while byte < 256 {
            set = set.with(byte as u8, bytes.has(byte as u8));
            byte += 1;
        }
        set
    }

    /// `bytes` alone.
    pub(super) const fn only(bytes: &[u8]) -> Self {
        Self([false; 256]).with_all(bytes, true)
    }

    const fn with_all(mut self, bytes: &[u8], is_in: bool) -> Self {
        let mut rest = bytes;
        while let Some((byte, tail)) = rest.split_first() {
            self = self.with(*byte, is_in);
            rest = tail;
        }
        self
    }

    #[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
    const fn with(mut self, byte: u8, is_in: bool) -> Self {
        self.0[byte as usize] = is_in;
        self
    }

    /// Whether the byte is in it.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
    pub(super) const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

/// The longest stretches of at least `shortest` bytes of `set`, from `from` on.
pub(super) fn runs<'b>(bytes: &'b [u8], from: usize, set: &'b Set, shortest: usize) -> impl Iterator<Item = Span> + 'b {
    let mut at = from;
    std::iter::from_fn(move || {
        while let Some(window) = bytes.get(at..at + shortest) {
            let Some(outside) = window.iter().rposition(|byte| !set.has(*byte)) else {
                let run = Span::new(at, end(bytes, at + shortest, set));
                at = run.end + 1;
                return Some(run);
            };
            at += outside + 1;
        }
        None
    })
}

/// Length of the shortest stretch of base64 that is looked at.
pub(super) const SHORTEST: usize = 24;

/// Finds the longest stretches of at least [`SHORTEST`] bytes from a bit for each byte, step by step.
#[derive(Default)]
pub(super) struct Stretches {
    /// How many bytes right before the next step belong to one.
    before: usize,
}

impl Stretches {
    /// Calls `each` with those that end among the bytes from `at` on, of which `mask` has the bits.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    pub(super) fn step(&mut self, at: usize, mask: u64, each: impl FnMut(Span)) {
        let first = mask.trailing_ones();
        if first == u64::BITS {
            self.before += STEP;
            return;
        }
        // what reaches the end may go on behind it
        let last = mask.leading_ones();
        let ended = mask & u64::MAX >> last;
        if self.before + first as usize >= SHORTEST || starts(ended) != 0 {
            ends(at, self.before, ended, each);
        }
        self.before = last as usize;
    }
}

/// The stretches that `mask` has the last bits of, where `before` bytes stand before its first.
fn ends(at: usize, before: usize, mask: u64, mut each: impl FnMut(Span)) {
    let first = mask.trailing_ones();
    if before + first as usize >= SHORTEST {
        each(Span::new(at - before, at + first as usize));
    }
    let mut rest = mask & u64::MAX << first;
    loop {
        let starts = starts(rest);
        if starts == 0 {
            return;
        }
        let start = starts.trailing_zeros();
        let end = start + (rest >> start).trailing_ones();
        each(Span::new(at + start as usize, at + end as usize));
        rest &= u64::MAX << end;
    }
}

/// The bits at which [`SHORTEST`] set ones start.
#[inline]
fn starts(mask: u64) -> u64 {
    let two = mask & mask >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> 8 & eight >> 16
}

/// The places with a bit of `bits` right behind them; the last one may have it in the next step.
#[inline]
pub(super) fn next_to(bits: u64) -> u64 {
    bits >> 1 | 1 << (u64::BITS - 1)
}

/// Collects the longest stretches of a set that have some marks in them, which belong to it too.
pub(super) struct Marked {
    set: &'static Set,
    shortest: usize,
    /// Fewest marks.
    least: usize,
    /// From the first mark of a stretch to behind the last one, and how many there are.
    marks: Span,
    count: usize,
    found: Vec<Span>,
}

impl Marked {
    /// Stretches of at least `shortest` bytes of `set`, with at least `least` marks.
    pub(super) fn new(set: &'static Set, shortest: usize, least: usize) -> Self {
        Self { set, shortest, least, marks: Span::new(0, 0), count: 0, found: Vec::new() }
    }

    /// Takes in the mark at `place`, which stands behind all others.
    pub(super) fn add(&mut self, bytes: &[u8], place: usize) {
        let between = Span::new(self.marks.end, place).of(bytes);
        if self.count == 0 || !between.iter().all(|byte| self.set.has(*byte)) {
            self.close(bytes);
            self.marks.start = place;
        }
        self.marks.end = place + 1;
        self.count += 1;
    }

    /// The stretches, in order.
    pub(super) fn found(mut self, bytes: &[u8]) -> Vec<Span> {
        self.close(bytes);
        self.found
    }

    /// Most have too few marks for a look at where they start and end.
    fn close(&mut self, bytes: &[u8]) {
        if self.count >= self.least {
            let before = bytes.get(..self.marks.start).unwrap_or_default().iter().rev();
            let before = before.take_while(|byte| self.set.has(**byte)).count();
            let stretch = Span::new(self.marks.start - before, end(bytes, self.marks.end, self.set));
            if stretch.len() >= self.shortest {
                self.found.push(stretch);
            }
        }
        self.count = 0;
    }
}

fn end(bytes: &[u8], from: usize, set: &Set) -> usize {
    let more = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| set.has(**byte)).count();
    from + more
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static LETTERS: Set = Set::alphanumeric_and(b"%_");

    fn plainly(bytes: &[u8], shortest: usize) -> Vec<Span> {
        let mut out = Vec::new();
        let mut at = 0;
        for part in bytes.split(|byte| !LETTERS.has(*byte)) {
            if part.len() >= shortest {
                out.push(Span::new(at, at + part.len()));
            }
            at += part.len() + 1;
        }
        out
    }

    fn stretches(bytes: &[u8]) -> Vec<Span> {
        let mut out = Vec::new();
        let mut stretches = Stretches::default();
        for at in (0..=bytes.len()).step_by(STEP) {
            let step = bytes[at..].iter().take(STEP).enumerate();
            let mask = step.map(|(bit, byte)| u64::from(LETTERS.has(*byte)) << bit).sum();
            stretches.step(at, mask, |span| out.push(span));
        }
        out
    }

    proptest! {
        #[test]
        fn skipping_finds_what_a_look_at_each_byte_finds(text in "[a-c%_ .]{0,300}", shortest in 1..9_usize) {
            let bytes = text.as_bytes();
            prop_assert_eq!(runs(bytes, 0, &LETTERS, shortest).collect::<Vec<_>>(), plainly(bytes, shortest));
        }

        #[test]
        fn stretches_round_marks_are_those_with_marks(
            text in "[a-c%_ .]{0,300}", shortest in 1..9_usize, least in 1..4_usize,
        ) {
            let bytes = text.as_bytes();
            let marks = |span: &[u8]| span.windows(2).filter(|pair| *pair == b"%a").count();
            let mut all = plainly(bytes, shortest);
            all.retain(|span| marks(span.of(bytes)) >= least);
            let mut marked = Marked::new(&LETTERS, shortest, least);
            bytes.windows(2).enumerate().filter(|(_, pair)| *pair == b"%a").for_each(|(at, _)| marked.add(bytes, at));
            prop_assert_eq!(marked.found(bytes), all);
        }

        #[test]
        fn stretches_are_found_in_steps_where_a_look_at_each_byte_finds_them(
            pieces in prop::collection::vec(("[a-z%]{0,90}", "[ .]{0,70}"), 0..8)
        ) {
            let text: String = pieces.iter().flat_map(|(run, between)| [run.as_str(), between]).collect();
            prop_assert_eq!(stretches(text.as_bytes()), plainly(text.as_bytes(), SHORTEST));
        }
    }

    #[test]
    fn stretches_of_every_length_are_found_at_every_place() {
        for (before, length) in (0..130).flat_map(|before| (0..200).map(move |length| (before, length))) {
            let text = [" ".repeat(before), "a".repeat(length)].concat();
            assert_eq!(stretches(text.as_bytes()), plainly(text.as_bytes(), SHORTEST), "{before} {length}");
        }
    }

    #[test]
    fn sets_hold_what_their_names_say() {
        let graphic = Set::graphic_without(b"x");
        assert!(
            graphic.has(b'!') && graphic.has(b'~') && !graphic.has(b'x') && !graphic.has(b' ') && !graphic.has(0x80)
        );
        assert!(LETTERS.has(b'z') && LETTERS.has(b'0') && !LETTERS.has(b'-') && !LETTERS.has(0xe9));
    }
}

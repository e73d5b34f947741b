//! Stretches of bytes that all belong to one set. In a text of which most is looked at anyway they are found without a look
//! at most of the bytes: where a stretch has to be 24 bytes long, every 24th byte tells whether there can be one. Those of
//! base64, which are looked for in all text, are found without a branch for 64 bytes at a time.

use fearless_simd::{Simd, dispatch, prelude::*, u8x64};

use super::vectors::level;
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

/// The longest stretches of at least `shortest` bytes of `set` that hold a `mark` with one of `next` behind it.
pub(super) fn runs_round<'b>(
    bytes: &'b [u8],
    (mark, next): (u8, &'b Set),
    set: &'b Set,
    shortest: usize,
) -> impl Iterator<Item = Span> + 'b {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let found = at + memchr::memchr(mark, bytes.get(at..)?)?;
            at = found + 1;
            if bytes.get(at).is_some_and(|byte| next.has(*byte)) {
                let before = bytes.get(..found)?.iter().rev().take_while(|byte| set.has(**byte)).count();
                let run = Span::new(found - before, end(bytes, found + 1, set));
                at = run.end;
                if run.len() >= shortest {
                    return Some(run);
                }
            }
        }
    })
}

/// Bytes that are told apart in one step: as many as a number has bits.
const STEP: usize = 64;
/// Shortest stretch of base64 that is worth a look, bytes.
pub(super) const SHORTEST: u32 = 24;

/// The longest stretches of at least [`SHORTEST`] bytes of base64, in either alphabet and with its padding.
pub(super) fn base64(bytes: &[u8]) -> Vec<Span> {
    dispatch!(level(), simd => base64_by(simd, bytes))
}

/// [`base64`] with the vectors of this machine's processor.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
fn base64_by<S: Simd>(simd: S, bytes: &[u8]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    // how many bytes right before `at` are base64
    let mut before = 0;
    while at < bytes.len() {
        let mask = mask_at(simd, bytes, at);
        let across = before + mask.trailing_ones() >= SHORTEST;
        let within = starts(mask);
        if across || within != 0 {
            let start = if across { at - before as usize } else { at + within.trailing_zeros() as usize };
            let run = Span::new(start, base64_end(simd, bytes, start));
            out.push(run);
            (at, before) = (run.end, 0);
        } else {
            // all of 64 would have been a stretch
            (at, before) = (at + STEP, mask.leading_ones());
        }
    }
    out
}

/// Where the base64 ends that goes on from `at`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
fn base64_end<S: Simd>(simd: S, bytes: &[u8], mut at: usize) -> usize {
    loop {
        let more = mask_at(simd, bytes, at).trailing_ones();
        at += more as usize;
        if more < u64::BITS {
            return at;
        }
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

/// A bit for each of the bytes from `at` on: whether it is base64.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
fn mask_at<S: Simd>(simd: S, bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(step) = rest.first_chunk() {
        return mask(simd, step);
    }
    let mut step = [0; STEP];
    step.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    mask(simd, &step)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
fn mask<S: Simd>(simd: S, bytes: &[u8; STEP]) -> u64 {
    let bytes = u8x64::simd_from(simd, *bytes);
    let is_letter = ((bytes | 0x20) - b'a').simd_lt(26);
    let is_digit_or_slash = (bytes - b'/').simd_lt(11);
    let is_sign = bytes.simd_eq(b'+') | bytes.simd_eq(b'-') | bytes.simd_eq(b'_') | bytes.simd_eq(b'=');
    (is_letter | is_digit_or_slash | is_sign).to_bitmask()
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
    static HEX: Set = Set::alphanumeric_and(b"");

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

    proptest! {
        #[test]
        fn skipping_finds_what_a_look_at_each_byte_finds(text in "[a-c%_ .]{0,300}", shortest in 1..9_usize) {
            let bytes = text.as_bytes();
            let all = plainly(bytes, shortest);
            prop_assert_eq!(runs(bytes, 0, &LETTERS, shortest).collect::<Vec<_>>(), all.clone());
            let marked = |span: &Span| span.of(bytes).windows(2).any(|pair| pair[0] == b'%' && HEX.has(pair[1]));
            let all: Vec<_> = all.into_iter().filter(marked).collect();
            prop_assert_eq!(runs_round(bytes, (b'%', &HEX), &LETTERS, shortest).collect::<Vec<_>>(), all);
        }
    }

    static BASE64: Set = Set::alphanumeric_and(b"+/-_=");

    proptest! {
        #[test]
        fn base64_is_found_in_steps_where_it_is_found_by_skipping(
            pieces in prop::collection::vec(("[a-zA-Z0-9+/_=-]{0,90}", "[ .,:@\\[`{*\u{80}-\u{fff}]{0,70}"), 0..8)
        ) {
            let text: String = pieces.iter().flat_map(|(run, between)| [run.as_str(), between]).collect();
            let bytes = text.as_bytes();
            prop_assert_eq!(base64(bytes), runs(bytes, 0, &BASE64, 24).collect::<Vec<_>>());
        }
    }

    #[test]
    fn base64_is_its_letters_and_nothing_else() {
        let is_base64 = |byte: u8| dispatch!(level(), simd => mask(simd, &[byte; STEP])) != 0;
        let told: Vec<u8> = (0..=u8::MAX).filter(|byte| is_base64(*byte)).collect();
        assert_eq!(told, (0..=u8::MAX).filter(|byte| BASE64.has(*byte)).collect::<Vec<_>>());
        for length in 0..200 {
            let found = base64(&vec![b'a'; length]);
            assert_eq!(found, if length < 24 { vec![] } else { vec![Span::new(0, length)] }, "{length}");
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

//! All keywords in one pass: a table of hashed grams tells in a few instructions a byte where none can stand, and a look
//! at the few places that are left tells which one does.
//!
//! A gram is three bytes and, where a keyword has more, the one behind them. Of each keyword one gram stands for it, the
//! one that is rarest in text, so that `token_` is not looked at wherever `tok` stands. A text goes in blocks through
//! four sieves, each finer and slower than the one before: the hashes of all places, the steps of a few places in which
//! one has a hash of a gram, the places at which the fourth byte fits too, the keywords. Those for all places have no
//! branch, so that none is predicted wrongly. An automaton over the same keywords takes several times as long for each
//! byte and forty times as long to build.

use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;
use fearless_simd::{Simd, dispatch, prelude::*, u8x64, u16x32};

use super::vectors::level;
use crate::model::Span;

/// Width of a gram, bytes.
const GRAM: usize = 4;
/// What stays of a byte: the case of letters goes, and so do bits that tell only bytes apart which hardly ever differ.
const FOLD: u8 = 0x5f;
/// Places that go through one sieve before any goes through the next.
const BLOCK: usize = 512;
/// Bytes of a keyword, from its gram on, that are compared before anything else is.
const HEAD: usize = 8;
/// The bytes that are read for a block.
const READ: usize = BLOCK + HEAD;
/// Places of a step.
const STEP: usize = 4;
/// Places whose hashes are computed at once.
const LANES: usize = 32;
/// What the two pairs of three bytes are multiplied by.
const FACTORS: [u16; 2] = [0x9e37, 0x79b9];
/// The table has a byte for each hash of three bytes, 64 KiB.
const TABLE: usize = 1 << 16;
/// Bits of a slot's number.
const SLOT: u32 = 12;
const SLOTS: usize = 1 << SLOT;
/// The bit of the fourth byte in what the table has for the first three.
static FOURTH: [u8; 256] = fourths();
/// The commonest three-letter pieces of the judge's dictionary, each with its weight, in order: the build script counts
/// them.
const COMMON: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/grams"));
/// Letters from the most frequent in source code to the rarest; what isn't named is rarer still.
const FREQUENT: &[u8] = b" etaonis_rlcdupmfhg.,\"-(:)/y=vbk0;w'1x#>2<j*[]{}q3z&854679!@$+|%?\\`^~";

/// Finds keywords without regard to the case of ASCII letters.
pub(super) struct Keywords {
    words: Vec<Vec<u8>>,
    /// For each hash of three bytes, the bits of the bytes that may stand behind them in a gram.
    table: Box<[u8; TABLE]>,
    /// The grams by slot of their hash.
    grams: Vec<Gram>,
    /// Where the grams of each slot start among them, and where the last one's end.
    slots: Box<[u16; SLOTS + 1]>,
    /// Words of one or two bytes, which only rule files of users have, by number.
    tiny: Option<(AhoCorasick, Vec<usize>)>,
}

/// The gram that stands for a keyword.
#[derive(Clone, Copy)]
struct Gram {
    /// It and what the keyword has behind it, folded.
    head: u64,
    /// What of that counts.
    mask: u64,
    /// Number of the keyword.
    word: u16,
    /// Where it stands in the keyword.
    offset: u16,
}

impl Gram {
    /// `None` for a word of one or two bytes.
    fn of(word: &[u8], number: usize) -> Option<Self> {
        let offset = rarest(word);
        let (mut head, mut mask) = ([0; HEAD], [0; HEAD]);
        for ((head, mask), byte) in head.iter_mut().zip(&mut mask).zip(word.get(offset..)?) {
            (*head, *mask) = (*byte, u8::MAX);
        }
        let (head, mask) = (folded(head), u64::from_le_bytes(mask));
        let number = number.try_into().ok()?;
        (word.len() >= GRAM - 1).then_some(Self { head, mask, word: number, offset: offset.try_into().ok()? })
    }

    fn slot(self) -> usize {
        slot(self.head.to_le_bytes())
    }
}

/// What the sieves leave of a block for one another.
struct Sieves {
    /// Hashes at even places.
    even: [u16; BLOCK / 2],
    /// Hashes at odd places.
    odd: [u16; BLOCK / 2],
    steps: [u16; BLOCK / STEP],
    places: [u16; BLOCK],
}

impl Keywords {
    /// Prepares `words`, which are in lower case; at most 65,535.
    #[expect(clippy::large_stack_arrays, reason = "64 KiB, once a process")]
    pub(super) fn new(words: &[&str]) -> Self {
        let numbered = || words.iter().map(|word| word.as_bytes()).enumerate();
        let mut grams: Vec<Gram> = numbered().filter_map(|(number, word)| Gram::of(word, number)).collect();
        grams.sort_by_key(|gram| gram.slot());
        let mut table = Box::new([0; TABLE]);
        let mut slots = Box::new([0; SLOTS + 1]);
        for gram in &grams {
            let head = gram.head.to_le_bytes();
            let [_, _, _, fourth, ..] = head;
            let bits = if gram.mask >> 24 == 0 { u8::MAX } else { bit_of(fourth) };
            table.get_mut(usize::from(hash(head))).into_iter().for_each(|entry| *entry |= bits);
            slots.iter_mut().skip(gram.slot() + 1).for_each(|end| *end += 1);
        }
        let tiny: Vec<usize> = numbered().filter(|(_, word)| word.len() < GRAM - 1).map(|(number, _)| number).collect();
        let texts = tiny.iter().filter_map(|number| words.get(*number));
        // fails only for gigabytes of patterns, which the size of a rule file rules out
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(texts).ok();
        let tiny = automaton.filter(|_| !tiny.is_empty()).map(|automaton| (automaton, tiny));
        Self { words: numbered().map(|(_, word)| word.to_vec()).collect(), table, grams, slots, tiny }
    }

    /// Length of a keyword, bytes.
    pub(super) fn length(&self, number: usize) -> usize {
        self.words.get(number).map_or(0, Vec::len)
    }

    /// Calls `each` with the number and the place of each keyword in `bytes`, overlapping ones too, in no certain
    /// order, until it breaks off.
    pub(super) fn find(&self, bytes: &[u8], each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut sieves =
            Sieves { even: [0; BLOCK / 2], odd: [0; BLOCK / 2], steps: [0; BLOCK / STEP], places: [0; BLOCK] };
        let mut at = 0;
        while let Some(text) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            self.block(bytes, at, &mut sieves, (text, BLOCK), each)?;
            at += BLOCK;
        }
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let mut text = [0; READ];
            text.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.block(bytes, at, &mut sieves, (&text, rest.len().min(BLOCK)), each)?;
            at += BLOCK;
        }
        if let Some((automaton, numbers)) = &self.tiny {
            for hit in automaton.find_overlapping_iter(bytes) {
                if let Some(number) = numbers.get(hit.pattern().as_usize()) {
                    each(*number, Span::new(hit.start(), hit.end()))?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The keywords whose grams start at the first `count` bytes of `text`, which stands at `at` in `bytes`.
    fn block(
        &self,
        bytes: &[u8],
        at: usize,
        sieves: &mut Sieves,
        (text, count): (&[u8; READ], usize),
        each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        sieves.hash(text, count);
        let steps = sieves.steps(&self.table, count);
        let places = sieves.places(&self.table, text, steps);
        for place in sieves.places.iter().take(places).copied().map(usize::from) {
            if let Some(head) = text.get(place..).and_then(<[u8]>::first_chunk) {
                self.confirm(bytes, at + place, *head, each)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn confirm(
        &self,
        bytes: &[u8],
        at: usize,
        head: [u8; HEAD],
        each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let slot = slot(head);
        let start_of = |slot: usize| self.slots.get(slot).copied().map_or(0, usize::from);
        let found = folded(head);
        for gram in self.grams.get(start_of(slot)..start_of(slot + 1)).unwrap_or_default() {
            let word = usize::from(gram.word);
            if (found ^ gram.head) & gram.mask == 0
                && let Some(start) = at.checked_sub(usize::from(gram.offset))
                && let Some(lower) = self.words.get(word)
            {
                let span = Span::new(start, start + lower.len());
                if span.of(bytes).eq_ignore_ascii_case(lower) {
                    each(word, span)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Sieves {
    /// The hashes of the first `count` places of `text`.
    #[inline(never)]
    fn hash(&mut self, text: &[u8; READ], count: usize) {
        dispatch!(level(), simd => self.hash_by(simd, text, count));
    }

    /// [`Self::hash`] with the vectors of this machine's processor.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    fn hash_by<S: Simd>(&mut self, simd: S, text: &[u8; READ], count: usize) {
        let pairs = |from: usize| {
            let bytes = text.get(from..).and_then(<[u8]>::first_chunk::<{ 2 * LANES }>).copied();
            u8x64::simd_from(simd, bytes.unwrap_or([0; 2 * LANES])).bitcast::<u16x32<S>>()
                & u16::from_ne_bytes([FOLD; 2])
        };
        let (even, odd) = (self.even.as_chunks_mut::<LANES>().0, self.odd.as_chunks_mut::<LANES>().0);
        for ((even, odd), at) in even.iter_mut().zip(odd).zip((0..count).step_by(2 * LANES)) {
            let (first, second, third) = (pairs(at), pairs(at + 1), pairs(at + 2));
            (first * FACTORS[0] + second * FACTORS[1]).store_slice(even);
            (second * FACTORS[0] + third * FACTORS[1]).store_slice(odd);
        }
    }

    /// The steps among the first `count` places with a hash that a gram has; how many there are.
    #[inline(never)]
    fn steps(&mut self, table: &[u8; TABLE], count: usize) -> usize {
        let has = |hash: u16| table.get(usize::from(hash)).copied().unwrap_or(0);
        let taken = ..count.div_ceil(STEP);
        let even = self.even.as_chunks::<2>().0.get(taken).unwrap_or_default();
        let odd = self.odd.as_chunks::<2>().0.get(taken).unwrap_or_default();
        let mut found = 0;
        for (step, ([a, c], [b, d])) in (0..).zip(even.iter().zip(odd)) {
            self.steps.get_mut(found).into_iter().for_each(|entry| *entry = step);
            found += usize::from(has(*a) | has(*b) | has(*c) | has(*d) != 0);
        }
        found
    }

    /// The places in the first `steps` steps at which all four bytes may be a gram's; how many there are.
    #[inline(never)]
    fn places(&mut self, table: &[u8; TABLE], text: &[u8; READ], steps: usize) -> usize {
        let has = |hash: u16| table.get(usize::from(hash)).copied().unwrap_or(0);
        let (even, odd) = (self.even.as_chunks::<2>().0, self.odd.as_chunks::<2>().0);
        let places = &mut self.places;
        let mut found = 0;
        let mut keep = |place: u16, hash: u16, fourth: u8| {
            places.get_mut(found).into_iter().for_each(|entry| *entry = place);
            found += usize::from(has(hash) & bit_of(fourth) != 0);
        };
        for step in self.steps.iter().take(steps) {
            let number = usize::from(*step);
            let behind = text.get(number * STEP + GRAM - 1..).and_then(<[u8]>::first_chunk);
            let (Some([a, c]), Some([b, d]), Some(behind)) = (even.get(number), odd.get(number), behind) else {
                continue;
            };
            let [behind_a, behind_b, behind_c, behind_d] = *behind;
            let place = step * 4;
            keep(place, *a, behind_a);
            keep(place + 1, *b, behind_b);
            keep(place + 2, *c, behind_c);
            keep(place + 3, *d, behind_d);
        }
        found
    }
}

/// The hash of three bytes from their two pairs: a sum of products, which a processor computes for many at a time.
#[inline]
fn hash([a, b, c, ..]: [u8; HEAD]) -> u16 {
    let pair = |pair: [u8; 2]| u16::from_ne_bytes(pair) & u16::from_ne_bytes([FOLD; 2]);
    pair([a, b]).wrapping_mul(FACTORS[0]).wrapping_add(pair([b, c]).wrapping_mul(FACTORS[1]))
}

#[inline]
fn slot(head: [u8; HEAD]) -> usize {
    usize::from(hash(head) >> (u16::BITS - SLOT))
}

#[inline]
fn folded(head: [u8; HEAD]) -> u64 {
    u64::from_le_bytes(head) & u64::from_le_bytes([FOLD; HEAD])
}

#[inline]
fn bit_of(fourth: u8) -> u8 {
    FOURTH.get(usize::from(fourth)).copied().unwrap_or(0)
}

#[expect(clippy::indexing_slicing, reason = "the index is below the length")]
const fn fourths() -> [u8; 256] {
    let mut out = [0; 256];
    let mut byte = 0;
    while byte < out.len() {
        let folded = byte & FOLD as usize;
        out[byte] = 1 << ((folded ^ folded >> 3) & 7);
        byte += 1;
    }
    out
}

/// Where the rarest gram of a word starts; 0 for a word that is no longer than one.
fn rarest(word: &[u8]) -> usize {
    let grams = word.array_windows::<GRAM>().map(|[a, b, c, d]| {
        let rank = |byte: &u8| FREQUENT.iter().position(|letter| letter == byte).unwrap_or(FREQUENT.len());
        let letters: usize = [a, b, c, d].map(|byte| rank(byte) + 4).iter().product();
        (in_words([*a, *b, *c]), std::cmp::Reverse(letters))
    });
    grams.enumerate().min_by_key(|(_, frequency)| *frequency).map_or(0, |(offset, _)| offset)
}

/// How much of the words that are common in code has these letters; 0 for some that are rare there.
fn in_words(letters: [u8; 3]) -> u32 {
    let entries = COMMON.as_chunks::<7>().0;
    let number = |bytes: Option<&[u8; 4]>| bytes.copied().map_or(0, u32::from_be_bytes);
    let entry = entries.binary_search_by_key(&letters, |entry| entry.first_chunk().copied().unwrap_or_default());
    entry.ok().and_then(|position| entries.get(position)).map_or(0, |entry| number(entry.last_chunk()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(words: &[&str], bytes: &[u8]) -> Vec<(usize, Span)> {
        let mut out = Vec::new();
        let _ = Keywords::new(words).find(bytes, &mut |number, span| {
            out.push((number, span));
            ControlFlow::Continue(())
        });
        out.sort();
        out
    }

    fn found_plainly(words: &[&str], bytes: &[u8]) -> Vec<(usize, Span)> {
        let mut out = Vec::new();
        for (number, word) in words.iter().enumerate() {
            for (start, window) in bytes.windows(word.len()).enumerate() {
                if window.eq_ignore_ascii_case(word.as_bytes()) {
                    out.push((number, Span::new(start, start + word.len())));
                }
            }
        }
        out.sort();
        out
    }

    const WORDS: [&str; 14] = [
        "key",
        "apikey",
        "pass",
        "passw",
        "://",
        "sk-",
        "sk_live_",
        "q~",
        ":",
        "aaaa",
        "token",
        "ghp_",
        "authorization",
        "x-api-key: ",
    ];

    #[test]
    fn a_keyword_is_found_wherever_it_stands() {
        for word in WORDS {
            for before in (0..40).chain(BLOCK - 20..BLOCK + 20) {
                for after in [0, 1, 2, 3, 15, 16, 17, 40] {
                    let text = format!("{}{}{}", "-".repeat(before), word.to_uppercase(), "-".repeat(after));
                    assert_eq!(found(&WORDS, text.as_bytes()), found_plainly(&WORDS, text.as_bytes()), "{text}");
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_no_ascii_are_not_mistaken_for_letters() {
        // 0xeb is `k` with the highest bit set, 0x4b is `K`
        assert_eq!(
            found(&["key"], b"\xeb\xe5\xf9 \xcb\xc5\xd9 KEy key\xff"),
            found_plainly(&["key"], b"........KEy key.")
        );
    }

    #[test]
    fn a_search_can_be_broken_off() {
        let mut count = 0;
        let flow = Keywords::new(&["key"]).find(b"key key key", &mut |_, _| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!((flow, count), (ControlFlow::Break(()), 1));
    }

    proptest! {
        #[test]
        fn the_table_misses_nothing(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&WORDS[..]).prop_map(str::to_owned),
                    prop::sample::select(&WORDS[..]).prop_map(str::to_uppercase),
                    "[a-zA-Z_:/~ \u{80}-\u{fff}]{0,20}",
                ],
                0..40,
            )
        ) {
            let text = pieces.concat();
            prop_assert_eq!(found(&WORDS, text.as_bytes()), found_plainly(&WORDS, text.as_bytes()));
        }
    }
}

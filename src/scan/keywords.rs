//! All keywords in one pass: a table of hashed four-byte grams tells in a few instructions a byte where none can
//! stand, and a look at the few places that are left tells which one does.
//!
//! Of each keyword one gram stands for it, the one that is rarest in text, so that `token_` is not looked at wherever
//! `toke` stands. A keyword of three bytes has 64 grams, one for each byte that may follow it. An automaton over the
//! same keywords takes twice as long for each byte and a hundred times as long to build.

use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;

use crate::model::Span;

/// Width of a gram, bytes.
const GRAM: usize = 4;
/// Places that are looked at in one step.
const STEP: usize = 16;
/// The bytes that a step reads.
const READ: usize = STEP + GRAM - 1;
/// What stays of a byte: the case of letters goes, and so do bits that tell only bytes apart which hardly ever differ.
const FOLD: u32 = 0x5f5f_5f5f;
/// The same without the fourth byte.
const FOLD_SHORT: u32 = 0x005f_5f5f;
/// Bits of a gram's hash. The table has a bit for each hash, 128 KiB; that one in a hundred is set makes up for a table
/// that only the second cache holds.
const HASH: u32 = 20;
const TABLE: usize = 1 << (HASH - 6);
/// Bits of a slot's number.
const SLOT: u32 = 13;
const SLOTS: usize = 1 << SLOT;
/// No entry.
const NONE: u16 = u16::MAX;
/// The commonest grams of the judge's dictionary, each with its weight, in order: the build script counts them.
const COMMON: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/grams"));
/// Letters from the most frequent in source code to the rarest; what isn't named is rarer still.
const FREQUENT: &[u8] = b" etaonis_rlcdupmfhg.,\"-(:)/y=vbk0;w'1x#>2<j*[]{}q3z&854679!@$+|%?\\`^~";

/// Finds keywords without regard to the case of ASCII letters.
pub(super) struct Keywords {
    words: Vec<Word>,
    table: Box<[u64; TABLE]>,
    /// The first word with a gram, by slot of the gram; those of four bytes, then those of three.
    slots: [Box<[u16; SLOTS]>; 2],
    /// Words of one or two bytes, which only rule files of users have, by number.
    tiny: Option<(AhoCorasick, Vec<usize>)>,
}

struct Word {
    lower: Vec<u8>,
    /// Where its gram stands in it.
    offset: usize,
    /// The next word in the same slot.
    next: u16,
}

impl Keywords {
    /// Prepares `words`, which are in lower case; at most 65,535.
    #[expect(clippy::large_stack_arrays, reason = "128 KiB, once a process")]
    pub(super) fn new(words: &[&str]) -> Self {
        let empty = || Box::new([NONE; SLOTS]);
        let mut all = Self { words: Vec::new(), table: Box::new([0; TABLE]), slots: [empty(), empty()], tiny: None };
        let mut tiny = Vec::new();
        for (number, word) in words.iter().map(|word| word.as_bytes()).enumerate() {
            let offset = rarest(word);
            all.words.push(Word { lower: word.to_vec(), offset, next: NONE });
            match word.get(offset..) {
                Some([a, b, c, d, ..]) => all.enter(u32::from_le_bytes([*a, *b, *c, *d]), 0, number),
                Some([a, b, c]) => all.enter(u32::from_le_bytes([*a, *b, *c, 0]), 1, number),
                _ => tiny.push(number),
            }
        }
        let texts = tiny.iter().filter_map(|number| words.get(*number));
        // fails only for gigabytes of patterns, which the size of a rule file rules out
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(texts).ok();
        all.tiny = automaton.filter(|_| !tiny.is_empty()).map(|automaton| (automaton, tiny));
        all
    }

    fn enter(&mut self, gram: u32, kind: usize, number: usize) {
        let last: u32 = if kind == 0 { 1 } else { 256 };
        for byte in 0..last {
            let hash = hash(gram | byte << 24);
            if let Some(bits) = self.table.get_mut(hash / 64) {
                *bits |= 1 << (hash % 64);
            }
        }
        let slot = self.slots.get_mut(kind).and_then(|slots| slots.get_mut(slot(gram)));
        if let (Some(slot), Ok(number), Some(word)) = (slot, u16::try_from(number), self.words.get_mut(number)) {
            word.next = std::mem::replace(slot, number);
        }
    }

    /// Length of a keyword, bytes.
    pub(super) fn length(&self, number: usize) -> usize {
        self.words.get(number).map_or(0, |word| word.lower.len())
    }

    /// Calls `each` with the number and the place of each keyword in `bytes`, overlapping ones too, in no certain
    /// order, until it breaks off.
    pub(super) fn find(&self, bytes: &[u8], each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut at = 0;
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<READ>) {
            if self.touches(chunk) {
                self.look(bytes, at, chunk, each)?;
            }
            at += STEP;
        }
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let mut chunk = [0; READ];
            chunk.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.look(bytes, at, &chunk, each)?;
            at += STEP;
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

    /// Whether one of the grams of `chunk` may be a keyword's. No branch within: it is run for every byte.
    #[inline]
    fn touches(&self, chunk: &[u8; READ]) -> bool {
        let mut seen = 0;
        for gram in grams(chunk) {
            let hash = hash(gram);
            #[expect(clippy::indexing_slicing, reason = "a hash of 20 bits by 64 is below the table's length")]
            let bits = self.table[hash / 64];
            seen |= bits >> (hash % 64);
        }
        seen & 1 == 1
    }

    #[inline(never)]
    fn look(
        &self,
        bytes: &[u8],
        at: usize,
        chunk: &[u8; READ],
        each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (offset, gram) in grams(chunk).enumerate() {
            let hash = hash(gram);
            if self.table.get(hash / 64).is_some_and(|bits| bits >> (hash % 64) & 1 == 1) {
                self.confirm(bytes, at + offset, gram, each)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn confirm(
        &self,
        bytes: &[u8],
        at: usize,
        gram: u32,
        each: &mut dyn FnMut(usize, Span) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (slots, gram) in self.slots.iter().zip([gram, gram & FOLD_SHORT]) {
            let mut number = slots.get(slot(gram)).copied().unwrap_or(NONE);
            while let Some(word) = self.words.get(usize::from(number)) {
                if let Some(start) = at.checked_sub(word.offset) {
                    let span = Span::new(start, start + word.lower.len());
                    if span.of(bytes).eq_ignore_ascii_case(&word.lower) {
                        each(usize::from(number), span)?;
                    }
                }
                number = word.next;
            }
        }
        ControlFlow::Continue(())
    }
}

/// The grams that start at the first bytes of `chunk`.
#[inline]
fn grams(chunk: &[u8; READ]) -> impl Iterator<Item = u32> + '_ {
    chunk.array_windows::<GRAM>().map(|gram| u32::from_le_bytes(*gram))
}

#[inline]
fn hash(gram: u32) -> usize {
    ((gram & FOLD).wrapping_mul(0x9e37_79b1) >> (32 - HASH)) as usize
}

#[inline]
fn slot(gram: u32) -> usize {
    ((gram & FOLD).wrapping_mul(0x85eb_ca6b) >> (32 - SLOT)) as usize
}

/// Where the rarest gram of a word starts; 0 for a word that is no longer than one.
fn rarest(word: &[u8]) -> usize {
    let grams = word.array_windows::<GRAM>().map(|gram| {
        let rank = |byte: &u8| FREQUENT.iter().position(|letter| letter == byte).unwrap_or(FREQUENT.len());
        let letters: usize = gram.iter().map(|byte| rank(byte) + 4).product();
        (in_words(*gram), std::cmp::Reverse(letters))
    });
    grams.enumerate().min_by_key(|(_, frequency)| *frequency).map_or(0, |(offset, _)| offset)
}

/// How much of the words that are common in code has this gram; 0 for one that is rare there.
fn in_words(gram: [u8; GRAM]) -> u32 {
    let entries = COMMON.as_chunks::<8>().0;
    let number = |bytes: Option<&[u8; 4]>| bytes.copied().map_or(0, u32::from_be_bytes);
    let entry = entries.binary_search_by_key(&gram, |entry| entry.first_chunk().copied().unwrap_or_default());
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

    const WORDS: [&str; 12] =
        ["key", "apikey", "pass", "passw", "://", "sk-", "sk_live_", "q~", ":", "aaaa", "token", "ghp_"];

    #[test]
    fn a_keyword_is_found_wherever_it_stands() {
        for word in WORDS {
            for before in 0..40 {
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

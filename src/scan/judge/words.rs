//! How much a text looks like words: a dictionary of words that are common in code and documentation, and how
//! likely each letter is behind the two before it, counted over that dictionary.
//!
//! The list holds the words of 3 to 14 letters that occur in at least nine packages (Rust crates, the Python library,
//! system documentation), the most frequent first.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(include_str!("../../../rules/judge/words.txt")));

/// Shortest word in the list.
const SHORTEST: usize = 3;
/// Longest word in the list.
const LONGEST: usize = 14;
/// Letters and the boundary.
const SYMBOLS: usize = 27;

/// The dictionary with its letter statistics.
pub(super) struct Words {
    known: HashSet<&'static [u8], FixedState>,
    /// By [`stem`], a bit for each length that a word with these first letters has.
    lengths: Vec<u16>,
    /// log2 of the probability of the third letter behind two, by `(a * 27 + b) * 27 + c`.
    trigrams: Vec<f32>,
}

impl Words {
    /// The embedded dictionary.
    pub(super) fn get() -> &'static Self {
        &WORDS
    }

    fn new(text: &'static str) -> Self {
        let mut counts = vec![0_u32; SYMBOLS * SYMBOLS * SYMBOLS];
        let mut known = HashSet::default();
        let mut lengths = vec![0; SYMBOLS * SYMBOLS * SYMBOLS];
        for word in text.lines().map(str::as_bytes) {
            known.insert(word);
            if let Some(lengths) = stem(word).and_then(|stem| lengths.get_mut(stem)) {
                *lengths |= 1 << word.len().min(LONGEST);
            }
            for slot in slots(word) {
                if let Some(count) = counts.get_mut(slot) {
                    *count += 1;
                }
            }
        }
        let mut trigrams = Vec::with_capacity(counts.len());
        for row in counts.chunks(SYMBOLS) {
            let total: u32 = row.iter().sum();
            trigrams.extend(row.iter().map(|n| ((as_f32(*n as usize) + 0.2) / (as_f32(total as usize) + 5.4)).log2()));
        }
        Self { known, lengths, trigrams }
    }

    /// Whether `word` (lower case) is in the dictionary.
    pub(super) fn knows(&self, word: &[u8]) -> bool {
        word.len() <= LONGEST && self.known.contains(word)
    }

    /// Mean log2 probability of the letters of all letter runs; about -3 for English, below -5 for random letters.
    pub(super) fn likelihood(&self, lower: &[u8]) -> f32 {
        let (mut sum, mut count) = (0.0, 0_usize);
        for run in lower.split(|b| !b.is_ascii_lowercase()).filter(|run| !run.is_empty()) {
            for slot in slots(run) {
                sum += self.trigrams.get(slot).copied().unwrap_or(-8.0);
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { sum / as_f32(count) }
    }

    /// The share of `lower`'s bytes that dictionary words of at least `shortest` letters cover, longest first.
    pub(super) fn coverage(&self, lower: &[u8], shortest: usize) -> f32 {
        let [share] = self.coverages(lower, [shortest]);
        share
    }

    /// [`Self::coverage`] by words of different lengths. A word is only looked for where one may start: where those
    /// before it end.
    pub(super) fn coverages<const N: usize>(&self, lower: &[u8], shortest: [usize; N]) -> [f32; N] {
        let mut walks = shortest.map(|shortest| Walk { shortest, next: 0, covered: 0 });
        for at in 0..lower.len() {
            if walks.iter().any(|walk| walk.next <= at) {
                let word = self.longest_word(lower.get(at..).unwrap_or_default());
                walks.iter_mut().filter(|walk| walk.next <= at).for_each(|walk| walk.step(at, word));
            }
        }
        walks.map(|walk| if lower.is_empty() { 0.0 } else { as_f32(walk.covered) / as_f32(lower.len()) })
    }

    /// Letters of the longest word that a text starts with, 0 for none.
    fn longest_word(&self, text: &[u8]) -> usize {
        let lengths = stem(text).and_then(|stem| self.lengths.get(stem)).copied().unwrap_or(0);
        let letters = text.iter().take(LONGEST).take_while(|byte| byte.is_ascii_lowercase()).count();
        let mut lengths = (SHORTEST..=letters).rev().filter(|length| lengths >> length & 1 == 1);
        lengths.find(|length| text.get(..*length).is_some_and(|word| self.knows(word))).unwrap_or(0)
    }
}

/// From word to word of at least some length through a text.
struct Walk {
    shortest: usize,
    next: usize,
    covered: usize,
}

impl Walk {
    fn step(&mut self, at: usize, word: usize) {
        let word = if word >= self.shortest { word } else { 0 };
        self.covered += word;
        self.next = at + word.max(1);
    }
}

/// The number of a word's first three letters; `None` where they are no lower-case letters.
fn stem(word: &[u8]) -> Option<usize> {
    word.first_chunk::<SHORTEST>()?.iter().try_fold(0, |stem, letter| {
        let letter = letter.is_ascii_lowercase().then(|| usize::from(letter - b'a') + 1)?;
        Some(stem * SYMBOLS + letter)
    })
}

/// The table slots of a word's trigrams, with a boundary before and behind.
fn slots(word: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let symbol = |at: usize| {
        at.checked_sub(2)
            .and_then(|i| word.get(i))
            .filter(|b| b.is_ascii_lowercase())
            .map_or(0, |b| usize::from(b - b'a') + 1)
    };
    (0..=word.len()).map(move |at| (symbol(at) * SYMBOLS + symbol(at + 1)) * SYMBOLS + symbol(at + 2))
}

#[expect(clippy::cast_precision_loss, reason = "counts and lengths are far below 2^24")]
pub(super) fn as_f32(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covered_plainly(words: &Words, lower: &[u8], shortest: usize) -> f32 {
        let (mut at, mut covered) = (0, 0);
        while at < lower.len() {
            let longest = LONGEST.min(lower.len() - at);
            let word = (shortest..=longest).rev().find(|n| words.knows(&lower[at..at + n]));
            covered += word.unwrap_or(0);
            at += word.unwrap_or(1);
        }
        if lower.is_empty() { 0.0 } else { as_f32(covered) / as_f32(lower.len()) }
    }

    proptest! {
        #[test]
        fn coverage_is_that_of_a_look_at_every_word(
            pieces in prop::collection::vec(
                prop_oneof!["[a-z0-9_]{0,6}", prop::sample::select(vec!["password", "user", "connection", "thing"]).prop_map(str::to_owned)],
                0..8,
            )
        ) {
            let text = pieces.concat();
            let words = Words::get();
            let plain = [3, 4, 5].map(|shortest| covered_plainly(words, text.as_bytes(), shortest));
            prop_assert_eq!(words.coverages(text.as_bytes(), [3, 4, 5]).map(f32::to_bits), plain.map(f32::to_bits));
        }
    }

    #[test]
    fn words_are_of_letters_and_no_longer_than_is_looked_for() {
        let fits = |word: &&[u8]| word.iter().all(u8::is_ascii_lowercase) && (SHORTEST..=LONGEST).contains(&word.len());
        assert!(Words::get().known.iter().all(fits));
    }

    #[test]
    fn words_are_likelier_than_random_letters() {
        let words = Words::get();
        assert!(words.likelihood(b"connection") > words.likelihood(b"xqjtzkwvbp") + 2.0);
        assert!(words.coverage(b"usernamefield", 3) > 0.9);
        assert!(words.coverage(b"xqjtzkwvbp", 3) < 0.4);
    }
}

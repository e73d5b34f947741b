//! Features of the value itself: its characters, its form, its words.

use super::{Sink, flag, share};
use crate::model::{ByteSet, Span};
use crate::scan::judge::bytes::{BASE64, DIGITS, HEX, KEBAB, KINDS, Kind, LOWER, NAME, UPPER};
use crate::scan::judge::needles::Held;
use crate::scan::judge::value::{self, Lists};
use crate::scan::judge::words::{Words, as_f32};
use crate::scan::keyvalue::parts;

/// What one look at a value tells.
pub(super) struct Look<'v> {
    value: &'v [u8],
    bytes: ByteSet,
    /// How many bytes are of each kind.
    kinds: [usize; KINDS],
    vowels: usize,
    /// The longest run of consonants.
    consonants: usize,
    /// Pairs of bytes of different classes, and those of a small letter before a capital.
    alternations: usize,
    humps: usize,
    said: Held,
}

impl<'v> Look<'v> {
    pub(super) fn at(value: &'v [u8]) -> Self {
        let mut look = Self {
            value,
            bytes: ByteSet::default(),
            kinds: [0; KINDS],
            vowels: 0,
            consonants: 0,
            alternations: 0,
            humps: 0,
            said: value::said(value),
        };
        let (mut before, mut consonants) = (None, 0);
        for byte in value {
            let kind = Kind::of(*byte);
            look.bytes.insert(*byte);
            look.count(kind, before);
            consonants = if kind.is_consonant() { consonants + 1 } else { 0 };
            look.consonants = look.consonants.max(consonants);
            before = Some(kind);
        }
        look
    }

    fn count(&mut self, kind: Kind, before: Option<Kind>) {
        if let Some(count) = self.kinds.get_mut(kind.number()) {
            *count += 1;
        }
        self.vowels += usize::from(kind.is_vowel());
        let classes = before.map_or([kind; 2], |before| [before, kind]).map(Kind::class);
        let [first, second] = classes;
        self.alternations += usize::from(first != second);
        self.humps += usize::from(classes == [Kind::LOWER, Kind::UPPER]);
    }

    fn number(&self, kind: usize) -> usize {
        self.kinds.get(kind).copied().unwrap_or(0)
    }

    /// Whether the value has bytes of `set` alone.
    fn only(&self, set: ByteSet) -> bool {
        self.bytes.is_within(set)
    }

    fn has(&self, byte: u8) -> bool {
        self.bytes.has(byte)
    }

    fn has_any(&self, bytes: &[u8]) -> bool {
        self.bytes.meets(ByteSet::of(bytes))
    }

    fn times(&self, byte: u8) -> usize {
        if self.has(byte) { memchr::memchr_iter(byte, self.value).count() } else { 0 }
    }

    /// Whether it holds a text that has `byte` in it.
    fn holds(&self, byte: u8, text: &[u8]) -> bool {
        self.has(byte) && value::holds(self.value, text)
    }
}

pub(super) fn characters(look: &Look<'_>, out: &mut impl Sink) {
    let value = look.value;
    let [lower, upper, digit] = [Kind::LOWER, Kind::UPPER, Kind::DIGIT].map(|kind| look.number(kind));
    let [symbol, space, beyond] = [Kind::SYMBOL, Kind::SPACE, Kind::BEYOND_ASCII].map(|kind| look.number(kind));
    let length = value.len();
    let letters = lower + upper;
    #[expect(clippy::cast_possible_truncation, reason = "entropy is at most 8")]
    let entropy = value::entropy(value) as f32;
    out.extend([
        ("length", as_f32(length)),
        ("lower", share(lower, length)),
        ("upper", share(upper, length)),
        ("digit", share(digit, length)),
        ("symbol", share(symbol, length)),
        ("spaces", as_f32(space)),
        ("symbols", as_f32(symbol)),
        ("digits", as_f32(digit)),
        ("only_lower", flag(lower == length)),
        ("only_letters", flag(letters == length)),
        ("only_alnum", flag(letters + digit == length)),
        ("only_digits", flag(digit == length)),
        ("only_hex", flag(look.only(HEX))),
        ("classes", flag(lower > 0) + flag(upper > 0) + flag(digit > 0) + flag(symbol > 0)),
        ("non_ascii", share(beyond, length)),
        ("entropy", entropy),
        ("entropy_share", if length < 2 { 0.0 } else { entropy / as_f32(length).log2() }),
        ("distinct", share(look.bytes.len(), length)),
        ("longest_run", as_f32(value::longest_run(value))),
        ("longest_sequence", as_f32(value::longest_sequence(value))),
        ("vowels", share(look.vowels, letters)),
        ("consonant_run", as_f32(look.consonants)),
        ("alternations", share(look.alternations, length)),
        ("ends_digits", as_f32(value.iter().rev().take_while(|b| b.is_ascii_digit()).count())),
        ("starts_letter", flag(value.first().is_some_and(u8::is_ascii_alphabetic))),
        ("starts_upper", flag(value.first().is_some_and(u8::is_ascii_uppercase))),
    ]);
}

pub(super) fn forms(look: &Look<'_>, out: &mut impl Sink) {
    let value = look.value;
    let has = |byte: u8| look.has(byte);
    let length = value.len();
    let identifier = value.first().is_some_and(|b| NAME.has(*b) && !DIGITS.has(*b)) && look.only(NAME);
    let dotted = || value.split(|b| *b == b'.').all(|part| !part.is_empty() && ByteSet::of(part).is_within(NAME));
    let extension = memchr::memrchr(b'.', value).map_or(0, |at| length - at - 1);
    let shouting = identifier && look.bytes.meets(UPPER) && !look.bytes.meets(LOWER);
    let arrow = look.holds(b'>', b"->") || look.holds(b'>', b"=>") || look.holds(b':', b"::");
    let scheme = value.starts_with(b"$") && look.times(b'$') > 2 || value.starts_with(b"{") && has(b'}');
    out.extend([
        ("identifier", flag(identifier)),
        ("dotted_identifier", flag(has(b'.') && dotted())),
        ("camel", flag(look.humps > 0 && identifier)),
        ("humps", as_f32(look.humps)),
        ("snake", flag(identifier && has(b'_'))),
        ("kebab", flag(has(b'-') && look.only(KEBAB))),
        ("shouting", flag(shouting)),
        ("call", flag(look.has_any(b"()"))),
        ("brackets", flag(look.has_any(b"[]"))),
        ("braces", flag(look.has_any(b"{}"))),
        ("angles", flag(look.has_any(b"<>"))),
        // it depends on how the value is quoted, too
        ("dollar", 0.0),
        ("random_core", as_f32(value::random_core(value).min(64))),
        ("percent", flag(has(b'%'))),
        ("at", flag(has(b'@'))),
        ("colon", flag(has(b':'))),
        ("equals", flag(has(b'='))),
        ("ends_equals", as_f32(value.iter().rev().take_while(|b| **b == b'=').count())),
        ("slash", as_f32(look.times(b'/'))),
        ("starts_slash", flag(value.first().is_some_and(|b| matches!(b, b'/' | b'.' | b'~' | b'\\')))),
        ("url", flag(look.holds(b':', b"://"))),
        ("extension", flag((2..=4).contains(&extension))),
        ("arrow", flag(arrow)),
        ("comma", flag(has(b','))),
        ("escape", flag(has(b'\\'))),
        ("quote_inside", flag(look.has_any(b"\"'`"))),
        ("uuid", flag(value::is_uuid(value))),
        ("hash_length", flag(look.only(HEX) && matches!(length, 32 | 40 | 56 | 64 | 96 | 128))),
        ("base64", flag(length >= 16 && length.is_multiple_of(4) && look.only(BASE64))),
        ("jwt", flag(value.starts_with(b"eyJ"))),
        ("hash_scheme", flag(scheme)),
        ("ssh_public", flag(value.starts_with(b"ssh-") || value.starts_with(b"AAAA"))),
        ("placeholder", flag(value::stands_in(value, look.said))),
    ]);
}

/// The part of a value that is read for words.
const HEAD: usize = 256;

fn head(value: &[u8]) -> &[u8] {
    value.get(..value.len().min(HEAD)).unwrap_or_default()
}

/// The share of a value's words that are words of its key, too.
pub(super) fn parts_of(value: &[u8], key_words: &[String]) -> f32 {
    let text = head(value);
    let is_of_key = |part: &[u8]| key_words.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(part));
    let (mut number, mut shared) = (0, 0);
    for part in parts(text).map(|part| part.of(text)) {
        number += 1;
        shared += usize::from(part.len() > 2 && is_of_key(part));
    }
    share(shared, number)
}

pub(super) fn wording(look: &Look<'_>, out: &mut impl Sink) {
    let text = head(look.value);
    let said = if text.len() < look.value.len() { value::said(text) } else { look.said };
    let mut lower = [0; HEAD];
    let lower = lower.get_mut(..text.len()).unwrap_or_default();
    lower.copy_from_slice(text);
    lower.make_ascii_lowercase();
    let lower = &*lower;
    let words = Words::get();
    let stands_in = |text: &[u8]| Lists::get().stands_in(text);
    let (mut number, mut placeholder, mut known, mut longest) = (0, 0, 0, 0);
    for part in parts(text).map(|part: Span| part.of(lower)) {
        number += 1;
        placeholder += usize::from(stands_in(part));
        if part.len() > 2 {
            known += usize::from(words.knows(part));
            longest = longest.max(part.len());
        }
    }
    let [coverage3, coverage4, coverage5] = words.coverages(lower, [3, 4, 5]);
    out.extend([
        ("parts", as_f32(number)),
        ("parts_known", share(known, number)),
        ("parts_placeholder", share(placeholder, number)),
        // it depends on the key, too
        ("parts_of_key", 0.0),
        ("longest_part", as_f32(longest)),
        ("is_word", flag(words.knows(lower))),
        ("is_placeholder_word", flag(stands_in(lower))),
        ("likelihood", words.likelihood(lower)),
        ("coverage3", coverage3),
        ("coverage4", coverage4),
        ("coverage5", coverage5),
        ("says_password", flag(said.has(value::SAYS_PASSWORD))),
        ("says_secret", flag(said.has(value::SAYS_SECRET))),
        ("says_token", flag(said.has(value::SAYS_TOKEN))),
        ("says_key", flag(said.has(value::SAYS_KEY))),
        ("says_test", flag(said.has(value::SAYS_TEST))),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_key_are_counted_from_three_letters_on() {
        let key = ["db".to_owned(), "password".to_owned()];
        assert_eq!(parts_of(b"db-Password_Abc1", &key).to_bits(), share(1, 4).to_bits());
        assert_eq!(parts_of(b"--", &key).to_bits(), 0.0_f32.to_bits());
    }

    #[test]
    fn only_the_head_of_a_value_is_read_for_words() {
        let says_secret = |value: &str| {
            let mut features = super::super::Features::new();
            super::super::of_value(value.as_bytes(), &mut features);
            let at = super::super::names().iter().position(|name| *name == "says_secret").unwrap();
            features.values()[at] > 0.0
        };
        let filler = "q1".repeat(128);
        assert!(says_secret(&format!("secret{filler}")) && !says_secret(&format!("{filler}secret")));
    }
}

//! Kinds of bytes: one look at a text tells what many would be taken for.

use crate::model::ByteSet;

pub(super) const LOWER: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz");
pub(super) const UPPER: ByteSet = ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
pub(super) const DIGITS: ByteSet = ByteSet::of(b"0123456789");
pub(super) const HEX: ByteSet = DIGITS.and(b"abcdefABCDEF");
const ALPHANUMERIC: ByteSet = LOWER.and(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
pub(super) const NAME: ByteSet = ALPHANUMERIC.and(b"_");
pub(super) const KEBAB: ByteSet = NAME.and(b"-");
pub(super) const BASE64: ByteSet = ALPHANUMERIC.and(b"+/=");

/// What a byte is: one of the kinds, and for letters whether they're vowels or consonants.
#[derive(Clone, Copy)]
pub(super) struct Kind(u8);

/// The number of kinds, with one that no byte has.
pub(super) const KINDS: usize = 8;

impl Kind {
    pub(super) const LOWER: usize = 0;
    pub(super) const UPPER: usize = 1;
    pub(super) const DIGIT: usize = 2;
    pub(super) const SYMBOL: usize = 3;
    pub(super) const SPACE: usize = 4;
    pub(super) const BEYOND_ASCII: usize = 5;
    const CONTROL: usize = 6;

    const VOWEL: u8 = 8;
    const CONSONANT: u8 = 16;

    pub(super) fn of(byte: u8) -> Self {
        static TABLE: [Kind; 256] = kinds();
        TABLE.get(usize::from(byte)).copied().unwrap_or(Self(0))
    }

    /// Which of the kinds.
    pub(super) fn number(self) -> usize {
        usize::from(self.0) % KINDS
    }

    /// 0 to 2 for letters of either case and digits, 3 for all else.
    pub(super) fn class(self) -> usize {
        self.number().min(Self::SYMBOL)
    }

    pub(super) fn is_vowel(self) -> bool {
        self.0 & Self::VOWEL != 0
    }

    /// Any letter but a vowel and `y`, which may be one.
    pub(super) fn is_consonant(self) -> bool {
        self.0 & Self::CONSONANT != 0
    }
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "there are 256 bytes")]
const fn kinds() -> [Kind; 256] {
    let mut out = [Kind(0); 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let number = match byte {
            b'a'..=b'z' => Kind::LOWER,
            b'A'..=b'Z' => Kind::UPPER,
            b'0'..=b'9' => Kind::DIGIT,
            _ if byte.is_ascii_punctuation() => Kind::SYMBOL,
            _ if byte.is_ascii_whitespace() => Kind::SPACE,
            _ if !byte.is_ascii() => Kind::BEYOND_ASCII,
            _ => Kind::CONTROL,
        };
        let sound = match byte.to_ascii_lowercase() {
            b'a' | b'e' | b'i' | b'o' | b'u' => Kind::VOWEL,
            b'y' => 0,
            _ if byte.is_ascii_alphabetic() => Kind::CONSONANT,
            _ => 0,
        };
        out[at] = Kind(number as u8 | sound);
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_of_its_kind() {
        for byte in 0..=255_u8 {
            let kind = Kind::of(byte);
            let is = [
                byte.is_ascii_lowercase(),
                byte.is_ascii_uppercase(),
                byte.is_ascii_digit(),
                byte.is_ascii_punctuation(),
                byte.is_ascii_whitespace(),
                !byte.is_ascii(),
            ];
            assert_eq!(is.iter().position(|is| *is).unwrap_or(Kind::CONTROL), kind.number(), "{byte}");
            assert_eq!(kind.is_vowel(), b"aeiouAEIOU".contains(&byte));
            assert_eq!(kind.is_consonant(), byte.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(&byte));
        }
        let names = [(HEX, u8::is_ascii_hexdigit as fn(&u8) -> bool), (ALPHANUMERIC, u8::is_ascii_alphanumeric)];
        assert!(names.iter().all(|(set, is)| (0..=255).all(|byte| set.has(byte) == is(&byte))));
    }
}

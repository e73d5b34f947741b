//! Sets and kinds of bytes: one look at a text tells what many would be taken for.

/// A set of bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct ByteSet {
    ascii: u128,
    beyond: u128,
}

pub(super) const LOWER: ByteSet = ByteSet::of(b"abcdefghijklmnopqrstuvwxyz");
pub(super) const UPPER: ByteSet = ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
pub(super) const DIGITS: ByteSet = ByteSet::of(b"0123456789");
pub(super) const HEX: ByteSet = DIGITS.and(b"abcdefABCDEF");
const ALPHANUMERIC: ByteSet = LOWER.and(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
pub(super) const NAME: ByteSet = ALPHANUMERIC.and(b"_");
pub(super) const KEBAB: ByteSet = NAME.and(b"-");
pub(super) const BASE64: ByteSet = ALPHANUMERIC.and(b"+/=");

impl ByteSet {
    /// The bytes of a text.
    pub(super) const fn of(text: &[u8]) -> Self {
        Self { ascii: 0, beyond: 0 }.and(text)
    }

    const fn and(mut self, mut text: &[u8]) -> Self {
        while let Some((byte, rest)) = text.split_first() {
            self.insert(*byte);
            text = rest;
        }
        self
    }

    pub(super) const fn insert(&mut self, byte: u8) {
        let bit = 1 << (byte & 127);
        if byte < 128 {
            self.ascii |= bit;
        } else {
            self.beyond |= bit;
        }
    }

    pub(super) fn has(self, byte: u8) -> bool {
        let half = if byte < 128 { self.ascii } else { self.beyond };
        half >> (byte & 127) & 1 == 1
    }

    /// Whether it has one of `others`.
    pub(super) fn meets(self, others: Self) -> bool {
        self.ascii & others.ascii != 0 || self.beyond & others.beyond != 0
    }

    pub(super) fn is_within(self, others: Self) -> bool {
        self.ascii & !others.ascii == 0 && self.beyond & !others.beyond == 0
    }

    pub(super) fn len(self) -> usize {
        (self.ascii.count_ones() + self.beyond.count_ones()) as usize
    }

    /// Its bytes, the smallest first.
    pub(super) fn each(self) -> impl Iterator<Item = u8> {
        bits(self.ascii).chain(bits(self.beyond).map(|byte| byte | 128))
    }
}

/// The positions of the bits that are set.
fn bits(mut of: u128) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let bit = u8::try_from(of.trailing_zeros()).ok().filter(|bit| *bit < 128)?;
        of &= of - 1;
        Some(bit)
    })
}

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
    fn a_set_has_the_bytes_of_its_text_in_order() {
        let set = ByteSet::of(b"z\xffa\x80z\0");
        assert_eq!(set.each().collect::<Vec<_>>(), [0, b'a', b'z', 0x80, 0xff]);
        assert_eq!(set.len(), 5);
        assert!((0..=255).all(|byte| set.has(byte) == b"z\xffa\x80\0".contains(&byte)));
        assert!(set.meets(LOWER) && !set.is_within(LOWER) && ByteSet::of(b"az").is_within(LOWER) && !set.meets(UPPER));
    }

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

//! How text is encoded in a blob, and how it is read.

use super::runs::Set;
use crate::rules::validators;

/// Fewest percent signs or escapes that make a text an encoded one.
pub(super) const LEAST_MARKS: usize = 3;
/// Letters of an encoded text that tell most that only looks like one.
pub(super) const HEAD: usize = 8;

/// How a text was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Base64,
    Hex,
    Percent,
    Escapes,
    /// Pieces that a program puts together.
    Joined,
}

impl Code {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent encoding",
            Self::Escapes => "character escapes",
            Self::Joined => "joined literals",
        }
    }

    /// Writes what `encoded` says behind `out`; when that is no text, `None`, and anything may stand behind it.
    pub(super) fn read(self, encoded: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let start = out.len();
        match self {
            Self::Base64 => from_base64(encoded, out)?,
            Self::Hex => from_hex(encoded, out)?,
            Self::Percent => replaced(encoded, b'%', percent, out)?,
            Self::Escapes => replaced(encoded, b'\\', escape, out)?,
            Self::Joined => out.extend_from_slice(encoded),
        }
        is_text(out.get(start..)?).then_some(())
    }
}

/// The letters of both base64 alphabets, those of hex among them.
pub(super) static DIGITS: Set = Set::alphanumeric_and(b"+/-_");

/// Whether a run of digits that starts with `head` may be a text in hex or base64: most that looks like base64 is none.
pub(super) fn may_be_text(head: [u8; HEAD]) -> bool {
    let (mut bits, mut all) = (0_u64, 0);
    for letter in head {
        let value = value(letter);
        bits = bits << 6 | u64::from(value & LETTER);
        all |= value;
    }
    // one branch for all letters, which hardly ever goes the other way
    may_start_text(bits << 16) && starts_like_text(&base64_head(head))
        || all & NO_HEX == 0 && hex_head(head).is_some_and(|head| starts_like_text(&head))
}

/// Whether a text may start with the first six of these bytes, as far as that is seen by all of them at a time: no
/// control characters but some, and what goes on with a character follows what begins one.
fn may_start_text(bytes: u64) -> bool {
    /// The first bit of each of the six bytes.
    const FIRST: u64 = 0x8080_8080_8080 << 16;
    let bit = |number: u32| bytes << number;
    let control = !(bytes | bit(1) | bit(2));
    let is_blank = !bit(3) & bit(4);
    let begins = bytes & bit(1) & FIRST;
    let goes_on = bytes & !bit(1) & FIRST;
    let must_go_on = begins >> 8 & FIRST;
    let may_go_on = (bytes & FIRST) >> 8;
    control & !is_blank & FIRST | must_go_on & !goes_on | goes_on & !may_go_on == 0
}

fn from_base64(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    // what is no letter is left to the decoder
    let head = text.first_chunk().filter(|head: &&[u8; HEAD]| head.iter().all(|letter| DIGITS.has(*letter)));
    if head.is_some_and(|head| !starts_like_text(&base64_head(*head))) {
        return None;
    }
    out.extend(validators::decode(text)?);
    Some(())
}

/// The bytes of eight letters.
fn base64_head(letters: [u8; HEAD]) -> [u8; 6] {
    let bits = letters.iter().fold(0, |bits, letter| bits << 6 | u64::from(value(*letter) & LETTER));
    let [_, _, head @ ..] = u64::to_be_bytes(bits);
    head
}

/// What a letter of base64 stands for, in either alphabet, and [`NO_HEX`] if it is no digit of hex.
#[inline]
#[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
fn value(letter: u8) -> u8 {
    static VALUES: [u8; 256] = values();
    VALUES[usize::from(letter)]
}

/// The bits of a letter's value.
const LETTER: u8 = 63;
const NO_HEX: u8 = 128;

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "there are 64 letters and 256 bytes")]
const fn values() -> [u8; 256] {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = [NO_HEX; 256];
    let mut value = 0;
    while value < letters.len() {
        let letter = letters[value];
        out[letter as usize] = if letter.is_ascii_hexdigit() { 0 } else { NO_HEX } | value as u8;
        value += 1;
    }
    out[b'-' as usize] = out[b'+' as usize];
    out[b'_' as usize] = out[b'/' as usize];
    out
}

/// The bytes of eight digits.
fn hex_head(digits: [u8; HEAD]) -> Option<[u8; HEAD / 2]> {
    Some(number(&digits)?.to_be_bytes())
}

/// Stops at the first byte that no text has.
fn from_hex(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    pairs.iter().try_for_each(|digits| {
        out.push(hex(digits).filter(|byte| is_text_byte(*byte))?);
        Some(())
    })
}

fn hex(digits: &[u8]) -> Option<u8> {
    number(digits)?.try_into().ok()
}

/// The number of at most eight digits.
#[inline]
#[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
fn number(digits: &[u8]) -> Option<u32> {
    let (mut sum, mut all) = (0, 0);
    for digit in digits {
        let value = DIGIT_VALUES[usize::from(*digit)];
        sum = sum << 4 | u32::from(value);
        all |= value;
    }
    (all < 16).then_some(sum)
}

/// What each digit of hex stands for; more than 15 for what is none.
static DIGIT_VALUES: [u8; 256] = digit_values();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "there are 16 digits and 256 bytes")]
const fn digit_values() -> [u8; 256] {
    let digits = b"0123456789abcdef";
    let mut out = [u8::MAX; 256];
    let mut value = 0;
    while value < digits.len() {
        out[digits[value] as usize] = value as u8;
        out[digits[value].to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    out
}

/// Writes the byte of two digits behind a percent sign; how many bytes it took.
fn percent(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    out.push(hex(rest.get(..2)?)?);
    Some(2)
}

/// Writes the character of `uXXXX`, `u{X}` or `xXX` behind a backslash; how many bytes it took. Other escapes stay.
fn escape(rest: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let (digits, length) = match rest {
        [b'u', b'{', tail @ ..] => {
            let end = tail.iter().take(7).position(|b| *b == b'}')?;
            (tail.get(..end)?, end + 3)
        }
        [b'u', tail @ ..] => (tail.get(..4)?, 5),
        [b'x', tail @ ..] => (tail.get(..2)?, 3),
        _ => return None,
    };
    let letter = char::from_u32(number(digits)?)?;
    out.extend(letter.encode_utf8(&mut [0; 4]).bytes());
    Some(length)
}

/// Writes `text` with what `code` reads behind each `mark` in its place; `None` when that are too few to call it encoded.
fn replaced(
    text: &[u8],
    mark: u8,
    code: impl Fn(&[u8], &mut Vec<u8>) -> Option<usize>,
    out: &mut Vec<u8>,
) -> Option<()> {
    let (mut at, mut count) = (0, 0);
    while let Some(&byte) = text.get(at) {
        at += 1;
        let read = if byte == mark { code(text.get(at..)?, out) } else { None };
        if let Some(length) = read {
            at += length;
            count += 1;
        } else {
            out.push(byte);
        }
    }
    (count >= LEAST_MARKS).then_some(())
}

fn is_text(bytes: &[u8]) -> bool {
    // without a way out, so that vectors are used
    bytes.iter().fold(true, |all, byte| all & is_text_byte(*byte)) && std::str::from_utf8(bytes).is_ok()
}

/// Whether a text may start with these bytes.
fn starts_like_text(head: &[u8]) -> bool {
    let broken = || std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some());
    head.iter().all(|byte| is_text_byte(*byte)) && (head.is_ascii() || !broken())
}

fn is_text_byte(byte: u8) -> bool {
    byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_given_up_by_its_head(text in "[a-zé中\u{1f600}\t ~?\u{bf}\u{ff}]{6,40}") {
            let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text), hex.to_uppercase(), hex] {
                prop_assert!(may_be_text(*encoded.as_bytes().first_chunk().unwrap()), "{}", encoded);
            }
        }

        #[test]
        fn bytes_that_start_a_text_may_start_one(text in "[a-zé中\u{1f600}\t\r\n ~?\u{bf}\u{ff}]{6,7}") {
            let head = text.as_bytes();
            prop_assert!(may_start_text(u64::from_be_bytes([head[0], head[1], head[2], head[3], head[4], head[5], 0, 0])));
        }

        #[test]
        fn what_is_given_up_by_its_head_is_no_text(encoded in "[a-zA-Z0-9+/_-]{8,40}") {
            let given_up = !may_be_text(*encoded.as_bytes().first_chunk().unwrap());
            let is_text = |code: Code| code.read(encoded.as_bytes(), &mut Vec::new()).is_some();
            prop_assert!(!given_up || !is_text(Code::Hex));
            let decoded = validators::decode(encoded.as_bytes());
            prop_assert!(!given_up || !decoded.is_some_and(|decoded| super::is_text(&decoded)));
        }
    }

    #[test]
    fn the_bytes_of_a_head_are_those_of_its_letters() {
        assert_eq!(base64_head(*b"bG9yZW0g"), *b"lorem ");
        assert_eq!(base64_head(*b"-_-_+/+/"), [0xfb, 0xff, 0xbf, 0xfb, 0xff, 0xbf]);
        assert_eq!(hex_head(*b"6c6F7265"), Some(*b"lore"));
        assert_eq!(hex_head(*b"6c6F726g"), None);
    }
}

//! Text that stands encoded in a blob: base64, hex, percent signs, character escapes, literals that are joined, and these
//! in one another. What is found in it can be reported, not rewritten, so its span is that of the encoded text in the blob.

use super::joined;
use super::runs::{self, Set, runs, runs_round};
use crate::model::Span;
use crate::rules::validators;

/// Shortest text worth decoding, characters.
const SHORTEST: usize = runs::SHORTEST as usize;
/// Bytes decoded per blob at most, over all levels: nested codes can't multiply the work.
const BUDGET: usize = 1 << 20;
/// Levels of codes in one another.
const DEPTH: usize = 3;
/// Fewest percent signs or escapes that make a text an encoded one.
const LEAST_ESCAPES: usize = 3;

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
}

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    /// The encoded text in the blob, of the outermost code.
    pub(super) span: Span,
    pub(super) text: Vec<u8>,
    /// From the outermost code to the innermost.
    pub(super) codes: Vec<Code>,
}

/// The decoded texts of a blob, the outer ones first.
pub(super) fn layers(bytes: &[u8]) -> Vec<Layer> {
    let mut budget = BUDGET;
    let mut out: Vec<Layer> = Vec::new();
    for (span, code, text) in encoded(bytes, &mut budget) {
        out.push(Layer { span, text, codes: vec![code] });
    }
    let mut at = 0;
    while let Some(layer) = out.get(at).cloned() {
        at += 1;
        if layer.codes.len() == DEPTH {
            break; // the deepest come last
        }
        for (_, code, text) in encoded(&layer.text, &mut budget) {
            let codes = layer.codes.iter().copied().chain([code]).collect();
            out.push(Layer { span: layer.span, text, codes });
        }
    }
    out
}

type Decode = fn(&[u8]) -> Option<Vec<u8>>;
type Found = (Span, Code, Vec<u8>);

fn encoded(bytes: &[u8], budget: &mut usize) -> Vec<Found> {
    let mut out = Vec::new();
    let stretches = runs::base64(bytes);
    // padding ends a run
    let in_stretch =
        |stretch: &Span| runs(bytes.get(..stretch.end).unwrap_or_default(), stretch.start, &DIGITS, SHORTEST);
    for span in stretches.iter().flat_map(in_stretch) {
        let padding = bytes.iter().skip(span.end).take(2).take_while(|b| **b == b'=').count();
        let padded = Span::new(span.start, span.end + padding);
        let hex = padding == 0 && span.of(bytes).iter().all(u8::is_ascii_hexdigit);
        let (code, decode): (Code, Decode) = if hex { (Code::Hex, from_hex) } else { (Code::Base64, from_base64) };
        keep(bytes, padded, code, decode, budget, &mut out);
    }
    for span in runs_round(bytes, (b'%', &HEX), &URL, SHORTEST) {
        keep(bytes, span, Code::Percent, from_percent, budget, &mut out);
    }
    for span in runs_round(bytes, (b'\\', &CODED), &ESCAPED, SHORTEST) {
        keep(bytes, span, Code::Escapes, from_escapes, budget, &mut out);
    }
    for found in joined::lines(bytes, &stretches) {
        keep_text(found.span, Code::Base64, from_base64(&found.text), budget, &mut out);
    }
    for found in joined::literals(bytes).into_iter().filter(|found| found.text.len() >= SHORTEST) {
        keep_text(found.span, Code::Joined, Some(found.text), budget, &mut out);
    }
    out
}

fn keep(bytes: &[u8], span: Span, code: Code, decode: Decode, budget: &mut usize, out: &mut Vec<Found>) {
    if span.len() <= *budget {
        keep_text(span, code, decode(span.of(bytes)), budget, out);
    }
}

fn keep_text(span: Span, code: Code, text: Option<Vec<u8>>, budget: &mut usize, out: &mut Vec<Found>) {
    if span.len() <= *budget
        && let Some(text) = text.filter(|text| is_text(text))
    {
        *budget -= span.len();
        out.push((span, code, text));
    }
}

/// The letters of both base64 alphabets.
static DIGITS: Set = Set::alphanumeric_and(b"+/-_");
static URL: Set = Set::alphanumeric_and(b"+/-_%.~=:*");
static ESCAPED: Set = Set::graphic_without(b"\"'`<>");
/// What stands behind a percent sign.
static HEX: Set = Set::only(b"0123456789abcdefABCDEF");
/// What stands behind a backslash where it is the code of a character.
static CODED: Set = Set::only(b"ux");

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    if starts_like_text(text) { validators::decode(text) } else { None }
}

/// Whether the first six bytes could be those of a text: most that looks like base64 is none, and this tells it from
/// eight letters.
fn starts_like_text(base64: &[u8]) -> bool {
    let Some(letters) = base64.first_chunk::<8>() else { return true };
    let mut bits = 0_u64;
    for letter in letters {
        // what is no letter is left to the decoder
        let Some(value) = base64_value(*letter) else { return true };
        bits = bits << 6 | u64::from(value);
    }
    let bytes = (bits << 16).to_be_bytes();
    let head = bytes.first_chunk::<6>().map_or(&[][..], |head| head);
    let broken = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some());
    !broken && head.iter().all(|byte| is_text_byte(*byte))
}

fn base64_value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// `None` at the first byte that no text has.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks(2).map(|digits| hex(digits).filter(|byte| is_text_byte(*byte))).collect()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let code = number(digits)?;
    u8::try_from(code).ok()
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
}

fn from_percent(text: &[u8]) -> Option<Vec<u8>> {
    replaced(text, b'%', |rest| Some((vec![hex(rest.get(..2)?)?], 2)))
}

/// `\uXXXX`, `\u{X}` and `\xXX`; other escapes stay.
fn from_escapes(text: &[u8]) -> Option<Vec<u8>> {
    replaced(text, b'\\', |rest| {
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
        Some((letter.to_string().into_bytes(), length))
    })
}

/// `text` with what `code` reads behind each `mark` in its place; `None` when that are too few to call it encoded.
fn replaced(text: &[u8], mark: u8, code: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut at, mut count) = (0, 0);
    while let Some(&byte) = text.get(at) {
        at += 1;
        let read = if byte == mark { code(text.get(at..).unwrap_or_default()) } else { None };
        if let Some((bytes, length)) = read {
            out.extend(bytes);
            at += length;
            count += 1;
        } else {
            out.push(byte);
        }
    }
    (count >= LEAST_ESCAPES).then_some(out)
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| is_text_byte(*byte)) && std::str::from_utf8(bytes).is_ok()
}

fn is_text_byte(byte: u8) -> bool {
    byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const PLAIN: &str = "token = abcdefghijklm";

    /// Each byte of `text` as `code` writes it.
    fn written(text: &str, code: impl Fn(u8) -> String) -> String {
        text.bytes().map(code).collect::<Vec<_>>().concat()
    }

    fn hex_of(text: &str) -> String {
        written(text, |b| format!("{b:02x}"))
    }

    #[test]
    fn each_code_is_read_and_other_bytes_are_not() {
        let percent = written(PLAIN, |b| format!("%{b:02X}"));
        let unicode = written(PLAIN, |b| format!("\\u{b:04x}"));
        let bytes = written(PLAIN, |b| format!("\\x{b:02x}"));
        for (encoded, code) in [
            (STANDARD.encode(PLAIN), Code::Base64),
            (hex_of(PLAIN), Code::Hex),
            (percent, Code::Percent),
            (unicode, Code::Escapes),
            (bytes, Code::Escapes),
        ] {
            let blob = format!("x: {encoded}\ny: {}", "A".repeat(40));
            let found = layers(blob.as_bytes());
            let span = Span::new(3, 3 + encoded.len());
            assert_eq!(found, [Layer { span, text: PLAIN.into(), codes: vec![code] }], "{blob}");
        }
        assert_eq!(layers(b"path/to/some/%20file/in/a/folder and C:\\users\\new\\text\\file-of-mine"), []);
    }

    #[test]
    fn codes_in_one_another_are_read_to_the_third_and_their_span_is_the_outermost() {
        let (mut text, mut found) = (PLAIN.to_owned(), Vec::new());
        for _ in 0..4 {
            text = STANDARD.encode(&text);
            found = layers(format!("x: {text}\n").as_bytes());
        }
        assert_eq!(found.len(), DEPTH, "the fourth level stays closed");
        assert!(found.iter().all(|layer| layer.span == Span::new(3, 3 + text.len())));
        let mixed = STANDARD.encode(hex_of(PLAIN));
        let codes: Vec<_> = layers(mixed.as_bytes()).into_iter().map(|layer| layer.codes).collect();
        assert_eq!(codes, [vec![Code::Base64], vec![Code::Base64, Code::Hex]]);
    }

    #[test]
    fn the_budget_bounds_the_work() {
        let piece = STANDARD.encode("lorem ipsum dolor sit amet, ".repeat(40));
        let blob = format!("{piece}\n").repeat(2000);
        let read: usize = layers(blob.as_bytes()).iter().map(|layer| layer.span.len()).sum();
        assert!(read <= BUDGET && read > BUDGET / 2, "{read}");
    }
}

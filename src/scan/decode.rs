//! One level of base64: text that is encoded may hold a vendor's token. What is found there can be reported, not
//! rewritten, so its span is the encoded text.

use crate::rules::validators;
use crate::model::Span;

/// Shortest text worth decoding, characters.
const SHORTEST: usize = 24;
/// Bytes decoded per blob at most.
const BUDGET: usize = 1 << 20;

/// The base64 texts of a blob that decode to text, with what they decode to.
pub(super) fn decoded(bytes: &[u8]) -> Vec<(Span, Vec<u8>)> {
    let mut out = Vec::new();
    let mut budget = BUDGET;
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|b| is_digit(**b)).count();
        if length >= SHORTEST {
            let padding = rest.iter().skip(length).take(2).take_while(|b| **b == b'=').count();
            let span = Span::new(at, at + length + padding);
            if length > budget {
                break;
            }
            budget -= length;
            if let Some(text) = validators::decode(span.of(bytes)).filter(|text| is_text(text)) {
                out.push((span, text));
            }
        }
        at += length.max(1);
    }
    out
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && bytes.iter().all(|b| *b >= b' ' || matches!(b, b'\n' | b'\r' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_other_bytes_are_not() {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode("token = abcdefghijklm");
        let blob = format!("x: {encoded}\ny: {}", "A".repeat(40));
        let found = decoded(blob.as_bytes());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].0, found[0].1.as_slice()),
            (Span::new(3, 3 + encoded.len()), b"token = abcdefghijklm".as_slice())
        );
    }
}

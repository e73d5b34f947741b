//! Text that stands encoded in a blob: base64, hex, percent signs, character escapes, literals that are joined, and these
//! in one another. What is found in it can be reported, not rewritten, so its span is that of the encoded text in the blob.

use super::codes::Code;
use super::joined;
use super::places::Places;
use super::runs::SHORTEST;
use crate::model::Span;

/// Bytes decoded per blob at most, over all levels: nested codes can't multiply the work.
const BUDGET: usize = 1 << 20;
/// Levels of codes in one another.
const DEPTH: usize = 3;
/// Bytes of short texts that are searched as one.
const GROUP: usize = 1024;

/// The texts that were decoded from one text, or from all texts of another level.
#[derive(Default)]
pub(super) struct Level {
    /// All of them behind one another: a file may have very many short ones.
    text: Vec<u8>,
    layers: Vec<Layer>,
}

/// A decoded text.
#[derive(Clone, Copy)]
pub(super) struct Layer {
    /// The encoded text in the blob, of the outermost code.
    pub(super) span: Span,
    /// Where the text stands in that of its level.
    text: Span,
    /// From the outermost code to the innermost.
    codes: [Option<Code>; DEPTH],
}

impl Layer {
    /// From the outermost code to the innermost.
    pub(super) fn codes(&self) -> impl Iterator<Item = Code> {
        self.codes.into_iter().flatten()
    }
}

/// The decoded texts of a blob, the outer ones first.
pub(super) fn levels(bytes: &[u8]) -> Vec<Level> {
    let mut budget = BUDGET;
    let mut out = Vec::new();
    let mut level = Level::default();
    level.decode(bytes, None, &mut budget);
    while !level.layers.is_empty() {
        let mut inner = Level::default();
        if out.len() + 1 < DEPTH {
            for layer in &level.layers {
                inner.decode(layer.text.of(&level.text), Some(layer), &mut budget);
            }
        }
        out.push(level);
        level = inner;
    }
    out
}

impl Level {
    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.layers.len()
    }

    /// The layers whose texts `touches` says something is in, which must say so, too, of any text that such a one is a
    /// part of. It is asked once for many short ones.
    pub(super) fn touched(&self, touches: impl Fn(&[u8]) -> bool) -> Vec<(&Layer, &[u8])> {
        let mut out = Vec::new();
        for group in self.layers.chunk_by(|one, next| one.text.start / GROUP == next.text.start / GROUP) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            if touches(Span::new(first.text.start, last.text.end).of(&self.text)) {
                let texts = group.iter().map(|layer| (layer, layer.text.of(&self.text)));
                out.extend(texts.filter(|(_, text)| group.len() == 1 || touches(text)));
            }
        }
        out
    }

    /// Adds the texts that `bytes` has encoded, which is the text of `outer` or that of the blob.
    fn decode(&mut self, bytes: &[u8], outer: Option<&Layer>, budget: &mut usize) {
        if bytes.len() < SHORTEST {
            return;
        }
        let places = Places::of(bytes);
        for span in places.digits {
            let padding = bytes.iter().skip(span.end).take(2).take_while(|byte| **byte == b'=').count();
            let padded = Span::new(span.start, span.end + padding);
            let hex = padding == 0 && span.of(bytes).iter().all(u8::is_ascii_hexdigit);
            self.keep((padded, if hex { Code::Hex } else { Code::Base64 }), padded.of(bytes), outer, budget);
        }
        for (spans, code) in [(places.percent, Code::Percent), (places.escapes, Code::Escapes)] {
            for span in spans {
                self.keep((span, code), span.of(bytes), outer, budget);
            }
        }
        for found in joined::lines(bytes, &places.lines) {
            self.keep((found.span, Code::Base64), &found.text, outer, budget);
        }
        for found in places.literals.iter().filter(|found| found.text.len() >= SHORTEST) {
            self.keep((found.span, Code::Joined), &found.text, outer, budget);
        }
    }

    /// Adds the text of `encoded`, which stands at `span`, if it is one and the budget allows.
    fn keep(&mut self, (span, code): (Span, Code), encoded: &[u8], outer: Option<&Layer>, budget: &mut usize) {
        if span.len() > *budget {
            return;
        }
        let start = self.text.len();
        if code.read(encoded, &mut self.text).is_none() {
            self.text.truncate(start);
            return;
        }
        *budget -= span.len();
        let text = Span::new(start, self.text.len());
        let (span, mut codes) = outer.map_or((span, [None; DEPTH]), |outer| (outer.span, outer.codes));
        codes.iter_mut().find(|known| known.is_none()).into_iter().for_each(|free| *free = Some(code));
        self.layers.push(Layer { span, text, codes });
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const PLAIN: &str = "token = abcdefghijklm";

    /// The decoded texts with their places and codes.
    fn layers(bytes: &[u8]) -> Vec<(Span, String, Vec<Code>)> {
        let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
        let levels = levels(bytes);
        let layers = levels.iter().flat_map(|level| level.touched(|_| true));
        layers.map(|(layer, bytes)| (layer.span, text(bytes), layer.codes().collect())).collect()
    }

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
        let braces = written(PLAIN, |b| format!("\\u{{{b:X}}}"));
        let bytes = written(PLAIN, |b| format!("\\x{b:02x}"));
        for (encoded, code) in [
            (STANDARD.encode(PLAIN), Code::Base64),
            (hex_of(PLAIN), Code::Hex),
            (percent, Code::Percent),
            (unicode, Code::Escapes),
            (braces, Code::Escapes),
            (bytes, Code::Escapes),
        ] {
            let blob = format!("x: {encoded}\ny: {}", "A".repeat(40));
            let span = Span::new(3, 3 + encoded.len());
            assert_eq!(layers(blob.as_bytes()), [(span, PLAIN.to_owned(), vec![code])], "{blob}");
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
        assert!(found.iter().all(|(span, ..)| *span == Span::new(3, 3 + text.len())));
        let mixed = STANDARD.encode(hex_of(PLAIN));
        let codes: Vec<_> = layers(mixed.as_bytes()).into_iter().map(|(.., codes)| codes).collect();
        assert_eq!(codes, [vec![Code::Base64], vec![Code::Base64, Code::Hex]]);
    }

    #[test]
    fn texts_are_searched_together_and_given_one_by_one() {
        let texts: Vec<String> = (0..200).map(|number| format!("lorem ipsum dolor sit amet {number}")).collect();
        let blob = texts.iter().map(|text| STANDARD.encode(text)).collect::<Vec<_>>().join("\n");
        let levels = levels(blob.as_bytes());
        let asked = std::cell::Cell::new(0);
        let touches = |text: &[u8]| {
            asked.set(asked.get() + 1);
            text.windows(4).any(|window| window == b" 123")
        };
        let touched: Vec<_> = levels.iter().flat_map(|level| level.touched(touches)).map(|(_, text)| text).collect();
        assert_eq!(touched, [b"lorem ipsum dolor sit amet 123"]);
        assert!(asked.get() < texts.len() / 2);
    }

    #[test]
    fn the_budget_bounds_the_work() {
        let piece = STANDARD.encode("lorem ipsum dolor sit amet, ".repeat(40));
        let blob = format!("{piece}\n").repeat(2000);
        let read: usize = layers(blob.as_bytes()).iter().map(|(span, ..)| span.len()).sum();
        assert!(read <= BUDGET && read > BUDGET / 2, "{read}");
    }
}

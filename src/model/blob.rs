//! The bytes of a source, read once.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{LineIndex, Source, Span};

/// SHA-256 of a file's bytes as they stand on disk, 64 hex digits: the "before" and "after" of a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentId(String);

impl ContentId {
    /// Digests `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use std::fmt::Write as _;
        Self(Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        }))
    }

    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a blob's text is encoded on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Any ASCII superset, read and edited as bytes: UTF-8 with or without a byte order mark, Latin-1, …
    Bytes,
    /// UTF-16, little endian, with a byte order mark.
    Utf16Le,
    /// UTF-16, big endian, with a byte order mark.
    Utf16Be,
    /// UTF-16, little endian, without a mark.
    Utf16LeUnmarked,
    /// UTF-16, big endian, without a mark.
    Utf16BeUnmarked,
}

/// How a unit stands on disk, and whether a mark goes before the first.
type Units = (fn(u16) -> [u8; 2], bool);

impl Encoding {
    /// The UTF-16 that text with these first bytes is in: told by its mark, or else by the zeros of ASCII, which
    /// stand in one half of the units and hardly ever in the other. `None` for all else.
    pub fn of_utf16(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => return Some(Self::Utf16Le),
            [0xfe, 0xff, ..] => return Some(Self::Utf16Be),
            // most text has no zeros at all, which is told faster than their places
            _ => memchr::memchr(0, head)?,
        };
        let units = head.as_chunks::<2>().0;
        let zeros = |half: fn(&[u8; 2]) -> u8| units.iter().filter(|unit| half(unit) == 0).count();
        let most = |zeros: usize| zeros * 10 >= units.len() * 9;
        let few = |zeros: usize| zeros * 20 <= units.len();
        match (zeros(|unit| unit[0]), zeros(|unit| unit[1])) {
            _ if units.len() < LEAST_UNITS => None,
            (first, second) if few(first) && most(second) => Some(Self::Utf16LeUnmarked),
            (first, second) if most(first) && few(second) => Some(Self::Utf16BeUnmarked),
            _ => None,
        }
    }

    /// UTF-16 text and the form that it is in. `None` for all else, and where decoding and encoding would not give the
    /// same bytes back.
    pub fn decode(raw: &[u8]) -> Option<(Self, String)> {
        utf16_text(raw)
    }

    /// Encodes `text`. `None` where UTF-16 is to hold what is not UTF-8.
    pub fn encode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self.units() {
            None => Some(text.to_vec()),
            Some(units) => Some(utf16_bytes(std::str::from_utf8(text).ok()?, units)),
        }
    }

    /// `None` for bytes.
    fn units(self) -> Option<Units> {
        match self {
            Self::Bytes => None,
            Self::Utf16Le => Some((u16::to_le_bytes, true)),
            Self::Utf16Be => Some((u16::to_be_bytes, true)),
            Self::Utf16LeUnmarked => Some((u16::to_le_bytes, false)),
            Self::Utf16BeUnmarked => Some((u16::to_be_bytes, false)),
        }
    }
}

/// Fewer units without a mark say nothing.
const LEAST_UNITS: usize = 8;

/// How far a line's ends are looked for without an index, bytes.
const NEAR: usize = 1024;

/// How far the zeros of UTF-16 without a mark are counted, bytes.
const PROBE: usize = 8 * 1024;

/// The bytes of a source, with a line index and the encoding.
///
/// All spans address `bytes`. For [`Encoding::Bytes`] these are the file's own bytes; for UTF-16 they are
/// its text in UTF-8 without the byte order mark, and [`Blob::to_disk`] turns edited text back.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Where it came from.
    pub source: Arc<Source>,
    /// The text, see above.
    pub bytes: Arc<Vec<u8>>,
    /// Encoding on disk.
    pub encoding: Encoding,
    lines: OnceLock<LineIndex>,
}

impl Blob {
    /// Makes a blob of raw bytes as they stand on disk. UTF-16 ([`Encoding::of_utf16`]) is taken for that only where
    /// decoding and encoding give the same bytes back; all else is [`Encoding::Bytes`].
    pub fn new(source: impl Into<Arc<Source>>, raw: Vec<u8>) -> Self {
        let (encoding, bytes) = match Encoding::decode(&raw) {
            Some((encoding, text)) => (encoding, text.into_bytes()),
            None => (Encoding::Bytes, raw),
        };
        Self { source: source.into(), bytes: Arc::new(bytes), encoding, lines: OnceLock::new() }
    }

    /// A blob of text that stands nowhere on disk as it is.
    pub fn of_text(source: impl Into<Arc<Source>>, text: Vec<u8>) -> Self {
        Self { source: source.into(), bytes: Arc::new(text), encoding: Encoding::Bytes, lines: OnceLock::new() }
    }

    /// The same source with other text.
    #[must_use]
    pub fn with_text(&self, text: &[u8]) -> Self {
        let (source, bytes) = (Arc::clone(&self.source), Arc::new(text.to_vec()));
        Self { source, bytes, encoding: self.encoding, lines: OnceLock::new() }
    }

    /// Line starts of `bytes`, found when they are first asked for: most blobs hold nothing that is looked at.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes))
    }

    /// The line that holds byte `at`, without its line ending. Where both its ends are near, no index is needed.
    pub fn line_at(&self, at: usize) -> Span {
        let before = Span::new(at.saturating_sub(NEAR), at).of(&self.bytes);
        let behind = Span::new(at, at.saturating_add(NEAR).min(self.bytes.len())).of(&self.bytes);
        let ends = memchr::memrchr(b'\n', before).zip(memchr::memchr(b'\n', behind));
        let Some((start, end)) = ends else {
            let lines = self.lines();
            return lines.line_span(&self.bytes, lines.line_of(&self.bytes, at)).unwrap_or(Span::new(at, at));
        };
        let line = Span::new(at - before.len() + start + 1, at + end);
        let returns = line.of(&self.bytes).ends_with(b"\r");
        Span::new(line.start, line.end - usize::from(returns))
    }

    /// Digest of the bytes on disk. Only files that are changed need it, so it is taken when it is asked for.
    pub fn id(&self) -> ContentId {
        self.to_disk(&self.bytes).map_or_else(|| ContentId::of(&self.bytes), |raw| ContentId::of(&raw))
    }

    /// Path that reports show.
    pub fn path(&self) -> &str {
        &self.source.path
    }

    /// Encodes `text` (edited `bytes`) the way this blob stands on disk. `None` when UTF-16 text was
    /// edited into something that is not UTF-8.
    pub fn to_disk(&self, text: &[u8]) -> Option<Vec<u8>> {
        self.encoding.encode(text)
    }
}

fn utf16_text(raw: &[u8]) -> Option<(Encoding, String)> {
    let encoding = Encoding::of_utf16(raw.get(..PROBE).unwrap_or(raw))?;
    let (to, mark) = encoding.units()?;
    let little = to(1) == [1, 0];
    let unit = |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
    let text = raw.get(if mark { 2 } else { 0 }..)?;
    let units: Vec<u16> = text.as_chunks::<2>().0.iter().map(unit).collect();
    let text = String::from_utf16(&units).ok()?;
    // numbers of two bytes look alike, but few of them are letters
    let is_text = mark || !text.contains(|letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r'));
    (is_text && utf16_bytes(&text, (to, mark)) == raw).then_some((encoding, text))
}

fn utf16_bytes(text: &str, (to, mark): Units) -> Vec<u8> {
    // Enough room for all of it: it may hold values, and bytes that are moved can't be wiped.
    let mut out = Vec::with_capacity((text.len() + 1) * 2);
    out.extend(mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(to));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    fn source() -> Source {
        Source { path: "a".into(), tree_path: "a".into(), origin: Origin::Stdin, explicit: true }
    }

    #[test]
    fn utf16_is_read_as_text_and_written_back_as_it_was() {
        let text = "the user's pässword = \"x😀\"\r\n";
        for to in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            for mark in [true, false] {
                let raw = utf16_bytes(text, (to, mark));
                let blob = Blob::new(source(), raw.clone());
                assert_eq!(*blob.bytes, text.as_bytes(), "{mark}");
                assert_eq!(blob.to_disk(&blob.bytes), Some(raw));
            }
        }
    }

    #[test]
    fn a_line_is_the_same_with_an_index_and_without() {
        let far = "x".repeat(3 * NEAR);
        let text = format!("one\r\ntwo\n\n{far}\nthree\n{far}\r\n\r\nlast");
        let blob = Blob::new(source(), text.clone().into_bytes());
        for at in 0..text.len() {
            let lines = blob.lines();
            assert_eq!(
                Some(blob.line_at(at)),
                lines.line_span(text.as_bytes(), lines.line_of(text.as_bytes(), at)),
                "{at}"
            );
        }
    }

    #[test]
    fn numbers_of_two_bytes_are_no_text() {
        let numbers: Vec<u8> = (1..99_u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(Blob::new(source(), numbers).encoding, Encoding::Bytes);
        assert_eq!(Blob::new(source(), b"\x41\0\x42\0".to_vec()).encoding, Encoding::Bytes, "too short to tell");
    }

    #[test]
    fn utf16_that_would_not_come_back_is_left_as_bytes() {
        let raw = vec![0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00];
        let blob = Blob::new(source(), raw.clone());
        assert_eq!(blob.encoding, Encoding::Bytes);
        assert_eq!(*blob.bytes, raw);
    }
}

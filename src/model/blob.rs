//! The bytes of a source, read once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{LineIndex, Source};

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
}

/// The bytes of a source, with a line index and the encoding.
///
/// All spans address `bytes`. For [`Encoding::Bytes`] these are the file's own bytes; for UTF-16 they are
/// its text in UTF-8 without the byte order mark, and [`Blob::to_disk`] turns edited text back.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Where it came from.
    pub source: Source,
    /// The text, see above.
    pub bytes: Arc<[u8]>,
    /// Encoding on disk.
    pub encoding: Encoding,
    /// Digest of the bytes on disk.
    pub id: ContentId,
    /// Line starts of `bytes`.
    pub lines: LineIndex,
}

impl Blob {
    /// Makes a blob of raw bytes as they stand on disk. UTF-16 is recognised by its byte order mark and
    /// only where decoding and encoding give the same bytes back; all else is [`Encoding::Bytes`].
    pub fn new(source: Source, raw: Vec<u8>) -> Self {
        let id = ContentId::of(&raw);
        let (encoding, bytes) = match utf16_text(&raw) {
            Some((encoding, text)) => (encoding, text.into_bytes()),
            None => (Encoding::Bytes, raw),
        };
        let lines = LineIndex::new(&bytes);
        Self { source, bytes: bytes.into(), encoding, id, lines }
    }

    /// Path that reports show.
    pub fn path(&self) -> &str {
        &self.source.path
    }

    /// Encodes `text` (edited `bytes`) the way this blob stands on disk. `None` when UTF-16 text was
    /// edited into something that is not UTF-8.
    pub fn to_disk(&self, text: &[u8]) -> Option<Vec<u8>> {
        match self.encoding {
            Encoding::Bytes => Some(text.to_vec()),
            Encoding::Utf16Le => Some(utf16_bytes(std::str::from_utf8(text).ok()?, u16::to_le_bytes)),
            Encoding::Utf16Be => Some(utf16_bytes(std::str::from_utf8(text).ok()?, u16::to_be_bytes)),
        }
    }
}

fn utf16_text(raw: &[u8]) -> Option<(Encoding, String)> {
    let (encoding, to): (Encoding, fn(u16) -> [u8; 2]) = match raw {
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, u16::to_le_bytes),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, u16::to_be_bytes),
        _ => return None,
    };
    let unit = |pair: &[u8; 2]| {
        if encoding == Encoding::Utf16Le { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
    };
    let units: Vec<u16> = raw.get(2..)?.as_chunks::<2>().0.iter().map(unit).collect();
    let text = String::from_utf16(&units).ok()?;
    (utf16_bytes(&text, to) == raw).then_some((encoding, text))
}

fn utf16_bytes(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(to).collect()
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
        for to in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            let raw = utf16_bytes("pässword = \"x😀\"\r\n", to);
            let blob = Blob::new(source(), raw.clone());
            assert_eq!(&*blob.bytes, "pässword = \"x😀\"\r\n".as_bytes());
            assert_eq!(blob.to_disk(&blob.bytes), Some(raw));
        }
    }

    #[test]
    fn utf16_that_would_not_come_back_is_left_as_bytes() {
        let raw = vec![0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00];
        let blob = Blob::new(source(), raw.clone());
        assert_eq!(blob.encoding, Encoding::Bytes);
        assert_eq!(&*blob.bytes, raw);
    }
}

//! Text with references, in whichever encoding its file is.

use zeroize::Zeroizing;

use crate::model::Encoding;
use crate::reference::dynamic_references;

/// What a file holds, as UTF-8 or another superset of ASCII.
pub(super) struct Text {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    encoding: Encoding,
}

impl Text {
    /// Reads a file's bytes as they stand on disk.
    ///
    /// # Errors
    /// Why they can't be read: references that are not seen would be left without a word.
    pub(super) fn read(raw: Vec<u8>) -> Result<Self, &'static str> {
        let raw = Zeroizing::new(raw);
        let text = match Encoding::decode(&raw) {
            Some((encoding, text)) => Self { bytes: Zeroizing::new(text.into_bytes()), encoding },
            None if is_marked(&raw) => return Err("it begins as UTF-16 does and can't be read as such"),
            None => Self { bytes: raw.clone(), encoding: Encoding::Bytes },
        };
        if has_hidden_references(&raw, &text.bytes) {
            return Err("it has references in an encoding that arnify doesn't read; it reads UTF-8 and UTF-16");
        }
        Ok(text)
    }

    /// `changed` text as the file's bytes; `None` where the encoding has no such text.
    pub(super) fn to_disk(&self, changed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.encoding.encode(changed).map(Zeroizing::new)
    }
}

fn is_marked(raw: &[u8]) -> bool {
    raw.starts_with(b"\xff\xfe") || raw.starts_with(b"\xfe\xff")
}

/// Whether there are more references with the zeros of wider encodings (UTF-32, UTF-16 in a part) taken out.
fn has_hidden_references(raw: &[u8], text: &[u8]) -> bool {
    if !raw.contains(&0) {
        return false;
    }
    let mut narrow = Zeroizing::new(Vec::with_capacity(raw.len()));
    narrow.extend(raw.iter().filter(|byte| **byte != 0));
    dynamic_references(&narrow).len() > dynamic_references(text).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\"pässword\": \"{{resolve:secretsmanager:a}}\"}\r\n";

    fn wide(mark: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("{mark}{TEXT}").encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn utf16_is_read_and_written_as_it_was() {
        for mark in ["", "\u{feff}"] {
            for to in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
                let text = Text::read(wide(mark, to)).unwrap();
                assert_eq!(text.bytes.as_slice(), TEXT.as_bytes());
                assert_eq!(*text.to_disk(TEXT.as_bytes()).unwrap(), wide(mark, to));
                assert!(text.to_disk(b"\xff").is_none());
            }
        }
        let bytes = b"\xef\xbb\xbfa\xff\0";
        let text = Text::read(bytes.to_vec()).unwrap();
        assert_eq!((text.bytes.as_slice(), text.to_disk(b"\xff").unwrap().as_slice()), (&bytes[..], &b"\xff"[..]));
    }

    #[test]
    fn what_hides_references_is_refused() {
        let cut = wide("\u{feff}", u16::to_le_bytes);
        let utf32 = |mark: &str| format!("{mark}{TEXT}").chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let lone = [wide("", u16::to_be_bytes), vec![0xd8, 0]].concat();
        let mixed = [b"a: ".repeat(9999).as_slice(), &wide("", u16::to_le_bytes)].concat();
        for raw in [cut[..cut.len() - 1].to_vec(), utf32(""), utf32("\u{feff}"), lone, mixed] {
            assert!(Text::read(raw.clone()).is_err(), "{raw:?}");
        }
        assert!(Text::read(b"\0\0{{resolve:secretsmanager:a}}".to_vec()).is_ok());
    }
}

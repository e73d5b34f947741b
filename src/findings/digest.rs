//! Digests by which reports name a value without telling it.

use sha1::Digest as _;
use sha2::Digest as _;

/// A value's digest, in lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, 40 digits.
    Sha1(String),
    /// SHA-256, 64 digits.
    Sha256(String),
}

impl Digest {
    pub(super) fn sha1(text: &str) -> Option<Self> {
        hex_of(text, 40).map(Self::Sha1)
    }

    pub(super) fn sha256(text: &str) -> Option<Self> {
        hex_of(text, 64).map(Self::Sha256)
    }

    /// Whether `value` has this digest.
    pub(super) fn is_of(&self, value: &[u8]) -> bool {
        match self {
            Self::Sha1(digest) => hex(&sha1::Sha1::digest(value)) == *digest,
            Self::Sha256(digest) => hex(&sha2::Sha256::digest(value)) == *digest,
        }
    }
}

fn hex_of(text: &str, digits: usize) -> Option<String> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| DIGITS.get(usize::from(nibble))).collect()
}

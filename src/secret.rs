//! The one home of secret bytes.
//!
//! A credential's value lives in [`SecretValue`] from the moment a literal is decoded until the store
//! has confirmed it. The type has no `Clone`, `Serialize`, `Display` or `PartialEq`, its `Debug` tells a
//! length bucket only, and its memory is wiped on drop. The bytes are reached through
//! [`SecretValue::with_bytes`] alone; `tests/architecture.rs` counts the callers.
//!
//! [`Fingerprint`] and [`Excerpt`] are what other modules may keep about a value: an identity that can't
//! be turned back without the repository's salt, and a source line with every value on it masked.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The text that stands for a value wherever people or programs could read it.
pub const MASK: &str = "********";

/// The bytes of one secret; wiped on drop and reachable only through [`Self::with_bytes`].
pub struct SecretValue(SecretSlice<u8>);

impl SecretValue {
    /// Takes ownership of the bytes; the caller's buffer is moved, not copied.
    pub fn new(bytes: Vec<u8>) -> Self {
        // `into_boxed_slice` may reallocate to shrink; `SecretSlice::from` takes the box as it is.
        Self(SecretSlice::from(bytes))
    }

    /// Lends the bytes to `read`. Every caller is counted by the architecture test.
    pub fn with_bytes<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        read(self.0.expose_secret())
    }

    /// The value's length in bytes.
    pub fn len(&self) -> usize {
        self.0.expose_secret().len()
    }

    /// Whether the value holds no byte at all; Secrets Manager refuses such a value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both hold the same bytes, compared in time that depends on the lengths only.
    pub fn same_as(&self, other: &Self) -> bool {
        let (a, b) = (self.0.expose_secret(), other.0.expose_secret());
        a.len() == b.len() && a.iter().zip(b).fold(0_u8, |acc, (x, y)| acc | (x ^ y)) == 0
    }

    /// A keyed digest for equality grouping in memory; `key` is drawn at random for each run.
    pub fn keyed_digest(&self, key: &[u8]) -> [u8; 32] {
        hmac_sha256(key, &[self.0.expose_secret()])
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bucket = match self.len() {
            0 => "empty",
            1..=15 => "under 16 bytes",
            16..=255 => "under 256 bytes",
            _ => "256 bytes or more",
        };
        write!(f, "SecretValue({bucket})")
    }
}

/// The repository's salt for fingerprints, 32 bytes.
#[derive(Clone)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Derives the salt from any text that is particular to the repository.
    pub fn derive(text: &[u8]) -> Self {
        Self(hmac_sha256(b"arnify salt v1", &[text]))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// A finding's stable identity: HMAC-SHA-256 under the repository's salt, 32 hex digits.
///
/// Rule family, path and value go in; line, commit and time don't, so a finding keeps its fingerprint
/// when it moves within its file and gets another one when its value changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Computes the fingerprint of `value` (raw source bytes) found by a rule of `family` in `path`.
    pub fn compute(salt: &Salt, family: &str, path: &str, value: &[u8]) -> Self {
        let digest = hmac_sha256(&salt.0, &[family.as_bytes(), b"\0", path.as_bytes(), b"\0", value]);
        Self(hex(digest.get(..16).unwrap_or_default()))
    }

    /// The 32 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A source line in which every known value has been replaced by [`MASK`].
///
/// It is built from a line and the byte ranges of all values on it, so that a neighbour's value can't
/// slip through; there is no constructor from plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Excerpt(String);

/// The longest excerpt in characters; longer lines are cut round the first value.
const EXCERPT_CHARS: usize = 160;

impl Excerpt {
    /// Masks `values` (byte ranges within `line`, in any order, overlaps allowed) and cuts to 160 characters.
    pub fn mask(line: &[u8], values: &[std::ops::Range<usize>]) -> Self {
        let mut ranges: Vec<_> = values.iter().filter(|r| r.start < r.end && r.start < line.len()).cloned().collect();
        ranges.sort_by_key(|r| (r.start, r.end));
        let mut masked = String::new();
        let mut at = 0;
        let mut first = None;
        for range in ranges {
            if range.end <= at {
                continue;
            }
            if range.start >= at {
                masked.push_str(&String::from_utf8_lossy(line.get(at..range.start).unwrap_or_default()));
                first.get_or_insert(masked.chars().count());
                masked.push_str(MASK);
            }
            at = range.end.min(line.len());
        }
        masked.push_str(&String::from_utf8_lossy(line.get(at..).unwrap_or_default()));
        Self(cut(masked.trim_end_matches(['\r', '\n']), first.unwrap_or(0)))
    }

    /// The masked text, one line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps at most [`EXCERPT_CHARS`] characters, so chosen that the mask at character `mask_at` stays visible.
fn cut(text: &str, mask_at: usize) -> String {
    let total = text.chars().count();
    if total <= EXCERPT_CHARS {
        return text.to_owned();
    }
    let from = mask_at.saturating_sub(EXCERPT_CHARS / 2).min(total - EXCERPT_CHARS);
    let body: String = text.chars().skip(from).take(EXCERPT_CHARS).collect();
    let head = if from > 0 { "…" } else { "" };
    let tail = if from + EXCERPT_CHARS < total { "…" } else { "" };
    format!("{head}{body}{tail}")
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("internal: HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_a_length_bucket_only() {
        let value = SecretValue::new(b"hunter2".to_vec());
        assert_eq!(format!("{value:?}"), "SecretValue(under 16 bytes)");
    }

    #[test]
    fn equal_bytes_are_the_same_and_others_are_not() {
        let value = SecretValue::new(b"hunter2".to_vec());
        assert!(value.same_as(&SecretValue::new(b"hunter2".to_vec())));
        assert!(!value.same_as(&SecretValue::new(b"hunter3".to_vec())));
        assert!(!value.same_as(&SecretValue::new(b"hunter22".to_vec())));
    }

    #[test]
    fn every_value_on_the_line_is_masked() {
        let line = b"user = \"aaa\"; password = \"bbb\"\r\n";
        let excerpt = Excerpt::mask(line, &[26..29, 8..11, 9..10]);
        assert_eq!(excerpt.as_str(), "user = \"********\"; password = \"********\"");
    }

    #[test]
    fn a_long_line_is_cut_round_the_mask() {
        let line = format!("{}key={}{}", "a".repeat(500), "s".repeat(20), "b".repeat(500));
        let excerpt = Excerpt::mask(line.as_bytes(), std::slice::from_ref(&(504..524)));
        assert!(excerpt.as_str().contains("key=********bbb"), "{excerpt:?}");
        assert!(excerpt.as_str().chars().count() <= EXCERPT_CHARS + 2);
    }

    #[test]
    fn a_fingerprint_depends_on_family_path_value_and_salt() {
        let salt = Salt::derive(b"repo");
        let print = |salt: &Salt, family, path, value: &[u8]| Fingerprint::compute(salt, family, path, value);
        let base = print(&salt, "generic", "a.py", b"v");
        assert_eq!(base, print(&salt, "generic", "a.py", b"v"));
        assert_eq!(base.as_str().len(), 32);
        assert_ne!(base, print(&salt, "github", "a.py", b"v"));
        assert_ne!(base, print(&salt, "generic", "b.py", b"v"));
        assert_ne!(base, print(&salt, "generic", "a.py", b"w"));
        assert_ne!(base, print(&Salt::derive(b"other"), "generic", "a.py", b"v"));
    }
}

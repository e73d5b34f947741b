//! How a journal, which holds no value, can still give back every byte that an edit took out.
//!
//! Text that overlaps no value is kept as it is. A literal is kept as a recipe over the stored value: copy
//! these bytes of it, insert those quotes and backslashes. A source text that spells the value's bytes in
//! another way (`\u0041`, `%40`, octal) is sealed: encrypted under the stored value itself, so that whoever
//! can't read the store can't open it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::apply::edits::{landed_spans, splice_parts};
use crate::apply::patch::touches;
use crate::model::{EntryId, Patch, Removed, Span};
use crate::secret::SecretValue;

/// Puts back what one edit took out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// Where the edit's replacement stands in the new text.
    pub at: Span,
    /// What stood there.
    pub original: Original,
}

/// The bytes that an edit took out; never a value in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "as")]
pub enum Original {
    /// Text that holds no secret.
    Text {
        /// As it stood.
        text: String,
    },
    /// Bytes that hold no secret and are not UTF-8, in base64.
    Bytes {
        /// As they stood.
        base64: String,
    },
    /// Built from the stored value.
    Recipe {
        /// Whose value.
        from: Removed,
        /// In order.
        steps: Vec<Step>,
    },
    /// age ciphertext in base64; the passphrase is the stored value in base64.
    Sealed {
        /// Whose value.
        from: Removed,
        /// Ciphertext.
        base64: String,
    },
}

/// A step of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Bytes of the stored value, from and to.
    Copy(usize, usize),
    /// Quotes, escapes, white space.
    Insert(String),
}

/// Why a way back can't be made or taken. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The value of an entry is not at hand.
    #[error("the value of secret number {} is not at hand", .0.0)]
    NoValue(EntryId),
    /// A literal covers another value than is stored, and no entry could seal it.
    #[error("an edit covers a value that no entry of the plan holds")]
    Unkeyed,
    /// The stored value does not rebuild the bytes.
    #[error("the stored value does not rebuild the original text")]
    Rebuild,
    /// The sealed text can't be made or opened.
    #[error("the sealed original can't be {0}")]
    Seal(&'static str),
}

/// Gives the value that an edit's `removed` names.
pub type Lookup<'a> = &'a dyn Fn(&Removed) -> Option<SecretValue>;

/// log2 of scrypt's cost: 64 MiB and about a quarter of a second; builds without optimisation take less.
const WORK_FACTOR: u8 = if cfg!(debug_assertions) { 8 } else { 16 };
/// The highest cost that undo accepts.
const MAX_WORK_FACTOR: u8 = 20;
/// Quotes, indentation and line breaks round a value, at most.
const STRUCTURE_BYTES: usize = 4096;
/// A run of this many bytes of the value must not stand in a recipe's inserted text.
const TELLING_BYTES: usize = 4;

/// The ways back for all edits of `patch`, each tried before it is returned.
///
/// # Errors
/// A value that is not at hand, or that doesn't rebuild the text.
pub fn reverse(patch: &Patch, values: Lookup<'_>) -> Result<Vec<Restore>, RestoreError> {
    let any = patch.edits.iter().find_map(|edit| edit.removed.clone());
    let restores: Vec<Restore> = patch
        .edits
        .iter()
        .zip(landed_spans(&patch.edits))
        .map(|(edit, at)| {
            let text = edit.span.of(&patch.before.bytes);
            let original = match &edit.removed {
                Some(removed) => keep_literal(text, removed, values)?,
                None if touches(edit.span, &patch.secrets) => {
                    seal(text, any.as_ref().ok_or(RestoreError::Unkeyed)?, values)?
                }
                None => keep_text(text),
            };
            Ok(Restore { at, original })
        })
        .collect::<Result<_, RestoreError>>()?;
    if rebuild(&patch.after, &restores, values)? == *patch.before.bytes {
        return Ok(restores);
    }
    Err(RestoreError::Rebuild)
}

/// Turns `after` back into the original text.
///
/// # Errors
/// A value that is not at hand or doesn't fit, or ranges outside the text.
pub fn rebuild(after: &[u8], restores: &[Restore], values: Lookup<'_>) -> Result<Vec<u8>, RestoreError> {
    let texts: Vec<(Span, Vec<u8>)> = restores
        .iter()
        .map(|restore| Ok((restore.at, text_of(&restore.original, values)?)))
        .collect::<Result<_, RestoreError>>()?;
    let parts: Vec<(Span, &[u8])> = texts.iter().map(|(at, text)| (*at, text.as_slice())).collect();
    splice_parts(after, &parts).map_err(|_| RestoreError::Rebuild)
}

/// The entries' values that `restores` need.
pub fn needs(restores: &[Restore]) -> impl Iterator<Item = &Removed> {
    restores.iter().filter_map(|restore| match &restore.original {
        Original::Recipe { from, .. } | Original::Sealed { from, .. } => Some(from),
        Original::Text { .. } | Original::Bytes { .. } => None,
    })
}

/// The value that `key` names in a stored JSON object; the whole stored value without one.
pub fn field(stored: &SecretValue, key: Option<&str>) -> Option<SecretValue> {
    let Some(key) = key else { return Some(SecretValue::new(stored.with_bytes(<[u8]>::to_vec))) };
    let mut fields: BTreeMap<String, serde_json::Value> =
        stored.with_bytes(|bytes| serde_json::from_slice(bytes)).ok()?;
    match fields.remove(key)? {
        serde_json::Value::String(text) => Some(SecretValue::new(text.into_bytes())),
        other => Some(SecretValue::new(other.to_string().into_bytes())),
    }
}

fn keep_text(text: &[u8]) -> Original {
    match std::str::from_utf8(text) {
        Ok(text) => Original::Text { text: text.to_owned() },
        Err(_) => Original::Bytes { base64: BASE64.encode(text) },
    }
}

fn keep_literal(text: &[u8], removed: &Removed, values: Lookup<'_>) -> Result<Original, RestoreError> {
    let value = values(removed).ok_or(RestoreError::NoValue(removed.entry))?;
    match value.with_bytes(|value| recipe(text, value)) {
        Some(steps) => Ok(Original::Recipe { from: removed.clone(), steps }),
        None => seal(text, removed, values),
    }
}

/// Aligns the source text with the value. `None` when the text holds anything beside the value's bytes that
/// is not plainly structure.
fn recipe(text: &[u8], value: &[u8]) -> Option<Vec<Step>> {
    // Escapes that are plainly structure at most double a value; what is longer spells it in another way, and the
    // alignment of two such texts takes time that grows with their lengths' product.
    if text.len() > 2 * value.len() + STRUCTURE_BYTES {
        return None;
    }
    let mut steps = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, value, text) {
        match op {
            DiffOp::Equal { old_index, len, .. } => steps.push(Step::Copy(old_index, old_index + len)),
            DiffOp::Delete { .. } => {}
            DiffOp::Insert { new_index, new_len, .. } | DiffOp::Replace { new_index, new_len, .. } => {
                steps.push(Step::Insert(structure(text, Span::new(new_index, new_index + new_len), value)?));
            }
        }
    }
    (follow(&steps, value).as_deref() == Some(text)).then_some(steps)
}

/// The bytes at `at`, if each of them is a quote, an escape, white space or the like.
fn structure(text: &[u8], at: Span, value: &[u8]) -> Option<String> {
    let inserted = at.of(text);
    if !at.range().all(|index| structural(text, index)) {
        return None;
    }
    let telling = |window: &[u8]| memchr::memmem::find(value, window).is_some();
    if inserted.windows(TELLING_BYTES).any(telling) {
        return None;
    }
    String::from_utf8(inserted.to_vec()).ok()
}

fn structural(text: &[u8], index: usize) -> bool {
    let Some(byte) = text.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|at| text.get(at));
    match byte {
        b'"' | b'\'' | b'`' | b'\\' | b' ' | b'\t' | b'\r' | b'\n' | b'+' | b'(' | b')' | b'|' | b'>' => true,
        b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0' | b'/' if before == Some(&b'\\') => true,
        byte if byte.is_ascii_alphabetic() => is_prefix(text, index),
        _ => false,
    }
}

/// Whether the letter at `index` belongs to a string prefix (`r"`, `rb'`, `U"`): at most two letters between the
/// start or white space and a quote.
fn is_prefix(text: &[u8], index: usize) -> bool {
    let letter = |at: &usize| text.get(*at).is_some_and(|byte| b"rRbBuUfFL".contains(byte));
    let start = index - (0..index).rev().take_while(letter).count();
    let end = index + (index..text.len()).take_while(letter).count();
    let opens = start.checked_sub(1).and_then(|at| text.get(at)).is_none_or(u8::is_ascii_whitespace);
    opens && end > index && end - start <= 2 && matches!(text.get(end), Some(b'"' | b'\''))
}

fn follow(steps: &[Step], value: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for step in steps {
        match step {
            Step::Copy(from, to) => out.extend_from_slice(value.get(*from..*to)?),
            Step::Insert(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
    Some(out)
}

fn text_of(original: &Original, values: Lookup<'_>) -> Result<Vec<u8>, RestoreError> {
    match original {
        Original::Text { text } => Ok(text.clone().into_bytes()),
        Original::Bytes { base64 } => BASE64.decode(base64).map_err(|_| RestoreError::Rebuild),
        Original::Recipe { from, steps } => {
            let value = values(from).ok_or(RestoreError::NoValue(from.entry))?;
            value.with_bytes(|value| follow(steps, value)).ok_or(RestoreError::Rebuild)
        }
        Original::Sealed { from, base64 } => {
            let sealed = BASE64.decode(base64).map_err(|_| RestoreError::Seal("read"))?;
            let mut identity = age::scrypt::Identity::new(passphrase(from, values)?);
            identity.set_max_work_factor(MAX_WORK_FACTOR);
            age::decrypt(&identity, &sealed).map_err(|_| RestoreError::Seal("opened with the stored value"))
        }
    }
}

fn seal(text: &[u8], from: &Removed, values: Lookup<'_>) -> Result<Original, RestoreError> {
    let mut recipient = age::scrypt::Recipient::new(passphrase(from, values)?);
    recipient.set_work_factor(WORK_FACTOR);
    let sealed = age::encrypt(&recipient, text).map_err(|_| RestoreError::Seal("made"))?;
    Ok(Original::Sealed { from: from.clone(), base64: BASE64.encode(sealed) })
}

fn passphrase(from: &Removed, values: Lookup<'_>) -> Result<secrecy::SecretString, RestoreError> {
    let value = values(from).ok_or(RestoreError::NoValue(from.entry))?;
    Ok(value.with_bytes(|bytes| BASE64.encode(bytes)).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::apply::patch::construct;
    use crate::apply::patch::tests::{blob, replace};

    fn made(source: &str, literal: &str, value: &[u8]) -> (Patch, Vec<Restore>) {
        let fixes = [replace(source.as_bytes(), literal.as_bytes(), "get('arn')", true)];
        let patch = construct(blob("a", source.as_bytes()), &fixes, Vec::new(), &|_, _| Ok(())).unwrap();
        let restores = reverse(&patch, &|_| Some(SecretValue::new(value.to_vec()))).unwrap();
        (patch, restores)
    }

    fn steps(source: &str, literal: &str, value: &str) -> Option<Vec<Step>> {
        match made(source, literal, value.as_bytes()).1.remove(0).original {
            Original::Recipe { steps, .. } => Some(steps),
            _ => None,
        }
    }

    #[test]
    fn quotes_prefixes_and_simple_escapes_make_a_recipe() {
        let insert = |text: &str| Step::Insert(text.to_owned());
        assert_eq!(
            steps("k = 'hunter22'", "'hunter22'", "hunter22").unwrap(),
            [insert("'"), Step::Copy(0, 8), insert("'")]
        );
        assert_eq!(steps("k = rb\"hunter22\"", "rb\"hunter22\"", "hunter22").unwrap()[0], insert("rb\""));
        assert!(steps(r#"k = "12\"34\n56""#, r#""12\"34\n56""#, "12\"34\n56").is_some());
        assert!(steps("k = ('abc'\n  'def')", "'abc'\n  'def'", "abcdef").is_some());
    }

    #[test]
    fn other_spellings_are_sealed_under_the_value() {
        for (literal, value) in [(r"'a\u0042c9'", "aBc9"), ("p%40ss", "p@ss"), (r"'\101bc'", "Abc")] {
            let source = format!("k = {literal}\n");
            let (patch, restores) = made(&source, literal, value.as_bytes());
            assert!(matches!(restores[0].original, Original::Sealed { .. }), "{literal}");
            let wrong = rebuild(&patch.after, &restores, &|_| Some(SecretValue::new(b"other".to_vec())));
            assert_eq!(wrong.unwrap_err(), RestoreError::Seal("opened with the stored value"));
        }
    }

    #[test]
    fn a_text_much_longer_than_its_value_is_sealed_at_once() {
        // Comparing the two byte by byte would take as many steps as the product of their lengths.
        let value = "k".repeat(60_000);
        let literal = format!("'{}'", "\\u006b".repeat(value.len()));
        let (_, restores) = made(&format!("k = {literal}\n"), &literal, value.as_bytes());
        assert!(matches!(restores[0].original, Original::Sealed { .. }));
    }

    #[test]
    fn a_wrong_value_does_not_rebuild_the_text() {
        let (patch, restores) = made("k = 'hunter22'", "'hunter22'", b"hunter22");
        let short = rebuild(&patch.after, &restores, &|_| Some(SecretValue::new(b"x".to_vec())));
        assert_eq!(short.unwrap_err(), RestoreError::Rebuild);
    }

    #[test]
    fn a_key_reads_its_field() {
        let stored = SecretValue::new(br#"{"password":"p\"w","port":5432}"#.to_vec());
        let bytes = |key| field(&stored, key).unwrap().with_bytes(<[u8]>::to_vec);
        assert_eq!(bytes(Some("password")), b"p\"w");
        assert_eq!(bytes(Some("port")), b"5432");
        assert!(field(&stored, Some("user")).is_none());
    }

    /// Spells each byte of a value in one of several ways.
    fn spell(value: &[u8], ways: &[u8]) -> String {
        use std::fmt::Write as _;
        let mut out = String::from("\"");
        for (byte, way) in value.iter().zip(ways.iter().cycle()) {
            match (byte, way % 8) {
                (b'\n', _) => out.push_str("\\n"),
                (b'"' | b'\\', _) => out.extend(['\\', char::from(*byte)]),
                (_, 0) => _ = write!(out, "\\x{byte:02x}"),
                (_, 1) => out.extend(["\" + \"", std::str::from_utf8(&[*byte]).unwrap()]),
                _ => out.push(char::from(*byte)),
            }
        }
        out + "\""
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_spelling_comes_back_and_the_journal_tells_nothing(
            value in "[a-zA-Z0-9!%@\"\\\\\n]{6,40}",
            ways in prop::collection::vec(any::<u8>(), 1..9),
        ) {
            let literal = spell(value.as_bytes(), &ways);
            let source = format!("key = {literal}; # é\r\nrest");
            let (patch, restores) = made(&source, &literal, value.as_bytes());
            let json = serde_json::to_string(&restores).unwrap();
            let parsed: Vec<Restore> = serde_json::from_str(&json).unwrap();
            let back = rebuild(&patch.after, &parsed, &|_| Some(SecretValue::new(value.clone().into_bytes()))).unwrap();
            prop_assert_eq!(back, source.as_bytes());
            if let Original::Recipe { steps, .. } = &parsed[0].original {
                for step in steps {
                    if let Step::Insert(text) = step {
                        prop_assert!(!text.as_bytes().windows(4).any(|w| memchr::memmem::find(value.as_bytes(), w).is_some()));
                        prop_assert!(text.bytes().all(|b| !b.is_ascii_digit() || b == b'0'));
                    }
                }
            }
        }
    }
}

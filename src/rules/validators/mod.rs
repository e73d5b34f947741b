//! Offline checks of values by name. A failed check lowers a finding's confidence and says so; it hides nothing,
//! because masked and edited tokens fail it, too.

mod azure;
mod crc;
mod luhn;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A check's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The value holds what its format promises.
    Passed,
    /// It doesn't.
    Failed,
    /// The check says nothing about such a value.
    Silent,
}

type Validator = fn(&[u8]) -> Check;

const TABLE: [(&str, Validator); 12] = [
    ("crc32-base62", crc::base62_tail),
    ("crc32-hex", crc::hex_tail),
    ("crc32-confluent", crc::confluent),
    ("crc32-base36", crc::base36_tail),
    ("azure-key", azure::key),
    ("aws-account-id", aws_key_id),
    ("jwt", jwt),
    ("pem", pem),
    ("base64", base64_text),
    ("base64-json", base64_json),
    ("basic-auth", basic_auth),
    ("luhn", luhn::number),
];

/// Whether a rule may name it.
pub(crate) fn is_known(name: &str) -> bool {
    TABLE.iter().any(|(known, _)| *known == name)
}

/// Runs the check of this name.
pub(crate) fn check(name: &str, value: &[u8]) -> Check {
    TABLE.iter().find(|(known, _)| *known == name).map_or(Check::Silent, |(_, validator)| validator(value))
}

/// The AWS account that an access key id belongs to; `None` for ids from before accounts were encoded in them.
/// Base32 of the 16 characters behind the prefix; bits 7 to 46 of the first six bytes are the account's number.
pub(crate) fn aws_account_id(key_id: &[u8]) -> Option<u64> {
    let body = key_id.get(4..20)?;
    if key_id.len() != 20 || matches!(body.first(), Some(b'I' | b'J')) {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u128::from(digit);
    }
    // 80 bits; the first six bytes are the upper 48
    let head = u64::try_from(bits >> 32).ok()?;
    Some((head & 0x7fff_ffff_ff80) >> 7)
}

/// AWS account numbers have twelve digits.
fn aws_key_id(value: &[u8]) -> Check {
    match aws_account_id(value) {
        None => Check::Silent,
        Some(account) if account < 1_000_000_000_000 => Check::Passed,
        Some(_) => Check::Failed,
    }
}

/// The base62 tail for a generated example.
pub(crate) fn crc32_base62(payload: &[u8]) -> String {
    crc::base62(payload)
}

/// The header is JSON that names an algorithm, and the signature has that algorithm's length.
fn jwt(value: &[u8]) -> Check {
    let mut parts = value.split(|b| *b == b'.');
    let (header, signature) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    let header = URL_SAFE_NO_PAD.decode(header).ok();
    let Some(header) = header.and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok()) else {
        return Check::Failed;
    };
    let Some(algorithm) = header.get("alg").and_then(serde_json::Value::as_str) else {
        return if header.get("typ").is_some() { Check::Passed } else { Check::Failed };
    };
    if fits(algorithm, signature.len()) { Check::Passed } else { Check::Failed }
}

/// Whether a signature of this algorithm (RFC 7518, RFC 8037) may have so many base64 characters.
fn fits(algorithm: &str, length: usize) -> bool {
    match algorithm {
        "HS256" => length == 43,
        "HS384" => length == 64,
        "HS512" | "ES256" | "ES256K" | "EdDSA" => length == 86,
        "ES384" => length == 128,
        "ES512" => length == 176,
        // a 1,024-bit key's signature has 171 characters
        _ if algorithm.starts_with("RS") || algorithm.starts_with("PS") => length >= 171,
        _ => true,
    }
}

/// The body between the armour lines is base64; line breaks may be escaped, headers may stand before it.
fn pem(value: &[u8]) -> Check {
    let text = String::from_utf8_lossy(value).replace("\\r", "").replace("\\n", "\n");
    let Some(body) = text.split("-----").nth(2) else { return Check::Failed };
    let joined: String = body
        .lines()
        .filter(|line| !line.contains(": "))
        .flat_map(str::chars)
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
        .collect();
    if joined.len() < 40 {
        return Check::Failed;
    }
    let whole = joined.get(..joined.len() / 4 * 4).unwrap_or_default();
    if STANDARD_NO_PAD.decode(whole).is_ok() { Check::Passed } else { Check::Failed }
}

fn base64_text(value: &[u8]) -> Check {
    if decode(value).is_some() { Check::Passed } else { Check::Failed }
}

fn base64_json(value: &[u8]) -> Check {
    let json = decode(value).is_some_and(|bytes| serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok());
    if json { Check::Passed } else { Check::Failed }
}

/// Base64 of printable text with a colon in it.
fn basic_auth(value: &[u8]) -> Check {
    let good = decode(value).is_some_and(|text| {
        text.contains(&b':') && text.iter().all(|b| b.is_ascii_graphic() || *b == b' ' || *b >= 0x80)
    });
    if good { Check::Passed } else { Check::Failed }
}

/// Decodes either base64 alphabet, padded or not.
pub(crate) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let end = value.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    let bare = value.get(..end)?;
    STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(bare)).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_key_id_is_read_from_its_bits() {
        // the documented example id dates from before accounts were encoded
        assert_eq!(check("aws-account-id", b"AKIAIOSFODNN7EXAMPLE"), Check::Silent);
        assert!(aws_account_id(b"AKIAQAAAAAAAAAAAAAAA").is_some());
        assert_eq!(aws_account_id(b"AKIA0AAAAAAAAAAAAAAA"), None);
    }

    #[test]
    fn every_validator_is_documented() {
        let page = include_str!("../../../docs/rules.md");
        for (name, _) in TABLE {
            assert!(page.contains(&format!("`{name}`")), "docs/rules.md doesn't name {name}");
        }
    }

    #[test]
    fn structures_are_recognised_and_broken_ones_fail() {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256"}"#);
        assert_eq!(check("jwt", format!("{header}.e30.{}", "x".repeat(43)).as_bytes()), Check::Passed);
        assert_eq!(check("jwt", format!("{header}.e30.x").as_bytes()), Check::Failed);
        assert_eq!(check("jwt", b"eyJhbGci.e30.x"), Check::Failed);
        assert_eq!(check("basic-auth", STANDARD.encode("user:pw").as_bytes()), Check::Passed);
        assert_eq!(check("basic-auth", STANDARD.encode([0, 1, 2, 58]).as_bytes()), Check::Failed);
        assert_eq!(check("base64-json", STANDARD.encode(r#"{"a":1}"#).as_bytes()), Check::Passed);
        let body = STANDARD.encode([7; 60]);
        let armour = format!("-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----");
        assert_eq!(check("pem", armour.as_bytes()), Check::Passed);
        assert_eq!(check("pem", b"-----BEGIN PRIVATE KEY-----\nMII...\n-----END PRIVATE KEY-----"), Check::Failed);
    }
}

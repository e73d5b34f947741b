//! Offline checks of values by name. A failed check lowers a finding's confidence and says so; it hides nothing,
//! because masked and edited tokens fail it, too.

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

const TABLE: [(&str, Validator); 7] = [
    ("crc32-base62", crc32_tail),
    ("aws-account-id", aws_key_id),
    ("jwt", jwt),
    ("pem", pem),
    ("base64", base64_text),
    ("base64-json", base64_json),
    ("basic-auth", basic_auth),
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

/// The last six characters are the CRC-32 (IEEE) of the random part in base62: GitHub's and npm's tokens.
fn crc32_tail(value: &[u8]) -> Check {
    let body = memchr::memrchr(b'_', value).and_then(|at| value.get(at + 1..)).unwrap_or(value);
    if body.len() < 12 {
        return Check::Silent;
    }
    let (payload, tail) = body.split_at(body.len() - 6);
    if crc32_base62(payload).as_bytes() == tail { Check::Passed } else { Check::Failed }
}

/// Six base62 digits (`0-9A-Za-z`) of the CRC-32 of `payload`.
pub(crate) fn crc32_base62(payload: &[u8]) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32(payload);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|d| char::from(*d)).collect()
}

/// CRC-32 as in zip and PNG: reflected polynomial 0xEDB88320.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn jwt(value: &[u8]) -> Check {
    let header = value.split(|b| *b == b'.').next().unwrap_or_default();
    let is_header = URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok())
        .is_some_and(|json| json.get("alg").is_some() || json.get("typ").is_some());
    if is_header { Check::Passed } else { Check::Failed }
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
    fn the_crc_tail_is_the_published_scheme() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let payload = ["0123456789", "abcdefghij", "ABCDEFGHIJ"].concat();
        assert_eq!(crc32_base62(payload.as_bytes()), "3mpbCX");
        let token = format!("zzz_{payload}3mpbCX");
        assert_eq!(check("crc32-base62", token.as_bytes()), Check::Passed);
        assert_eq!(check("crc32-base62", token.replace('X', "Y").as_bytes()), Check::Failed);
    }

    #[test]
    fn the_account_of_a_key_id_is_read_from_its_bits() {
        // the documented example id dates from before accounts were encoded
        assert_eq!(check("aws-account-id", b"AKIAIOSFODNN7EXAMPLE"), Check::Silent);
        assert!(aws_account_id(b"AKIAQAAAAAAAAAAAAAAA").is_some());
        assert_eq!(aws_account_id(b"AKIA0AAAAAAAAAAAAAAA"), None);
    }

    #[test]
    fn structures_are_recognised_and_broken_ones_fail() {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256"}"#);
        assert_eq!(check("jwt", format!("{header}.e30.x").as_bytes()), Check::Passed);
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

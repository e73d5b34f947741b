//! Tokens that end in the CRC-32 of what stands before, each vendor in its own digits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Check;

/// CRC-32 as in zip and PNG: reflected polynomial 0xEDB88320.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// The last six characters are the CRC-32 of the random part in base62: GitHub's and npm's tokens.
pub(super) fn base62_tail(value: &[u8]) -> Check {
    let body = memchr::memrchr(b'_', value).and_then(|at| value.get(at + 1..)).unwrap_or(value);
    if body.len() < 12 {
        return Check::Silent;
    }
    let (payload, tail) = body.split_at(body.len() - 6);
    passed(base62(payload).as_bytes() == tail)
}

/// Six base62 digits (`0-9A-Za-z`) of the CRC-32 of `payload`.
pub(super) fn base62(payload: &[u8]) -> String {
    digits(crc32(payload), b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 6)
}

/// The last eight characters are the CRC-32 in hex: Atlassian (behind `=`), Grafana and Zuplo (behind `_`). Whether
/// the vendor's prefix and the separator count, and in which order the bytes stand, differs: any of them will do.
pub(super) fn hex_tail(value: &[u8]) -> Check {
    let Some(split) = value.len().checked_sub(8) else { return Check::Silent };
    let (head, tail) = value.split_at(split);
    if !tail.iter().all(u8::is_ascii_hexdigit) {
        return Check::Silent;
    }
    let tail = tail.to_ascii_lowercase();
    passed(payloads(head).iter().any(|payload| {
        let crc = crc32(payload);
        tail == format!("{crc:08x}").as_bytes() || tail == format!("{:08x}", crc.swap_bytes()).as_bytes()
    }))
}

/// `head` with and without the separator at its end and the vendor's prefix at its start.
fn payloads(head: &[u8]) -> Vec<&[u8]> {
    let whole = head.strip_suffix(b"_").or_else(|| head.strip_suffix(b"=")).unwrap_or(head);
    let body = memchr::memchr(b'_', whole).and_then(|at| whole.get(at + 1..)).unwrap_or(whole);
    let rest = whole.get(4..).unwrap_or_default();
    vec![head, whole, body, rest]
}

/// Confluent: the last six of 64 characters are the first of the base64 of the CRC-32, low byte first, of the others.
pub(super) fn confluent(value: &[u8]) -> Check {
    let Some(split) = value.len().checked_sub(6) else { return Check::Silent };
    let (head, tail) = value.split_at(split);
    let payloads = [head, head.strip_prefix(b"cflt").unwrap_or(head)];
    passed(payloads.iter().any(|payload| STANDARD_NO_PAD.encode(crc32(payload).to_le_bytes()).as_bytes() == tail))
}

/// GitLab's routable tokens: the last seven characters are the CRC-32 of all before in base36.
pub(super) fn base36_tail(value: &[u8]) -> Check {
    let dotted = memchr::memrchr(b'.', value).is_some_and(|at| value.len() - at == 10);
    if !dotted {
        return Check::Silent;
    }
    let (head, tail) = value.split_at(value.len() - 7);
    let bare = memchr::memchr(b'-', head).and_then(|at| head.get(at + 1..)).unwrap_or(head);
    let base36 = |payload| digits(crc32(payload), b"0123456789abcdefghijklmnopqrstuvwxyz", 7);
    passed([head, bare].into_iter().any(|payload| base36(payload).as_bytes() == tail))
}

/// `number` in the digits of `alphabet`, with leading zeros.
fn digits(number: u32, alphabet: &[u8], width: usize) -> String {
    let base = u32::try_from(alphabet.len()).unwrap_or(10);
    let mut rest = number;
    let mut out = vec!['0'; width];
    for digit in out.iter_mut().rev() {
        *digit = alphabet.get((rest % base) as usize).map_or('0', |d| char::from(*d));
        rest /= base;
    }
    out.into_iter().collect()
}

fn passed(holds: bool) -> Check {
    if holds { Check::Passed } else { Check::Failed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base62_tail_is_the_published_scheme() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let payload = ["0123456789", "abcdefghij", "ABCDEFGHIJ"].concat();
        assert_eq!(base62(payload.as_bytes()), "3mpbCX");
        let token = format!("zzz_{payload}3mpbCX");
        assert_eq!(base62_tail(token.as_bytes()), Check::Passed);
        assert_eq!(base62_tail(token.replace('X', "Y").as_bytes()), Check::Failed);
    }

    #[test]
    fn the_hex_tail_is_that_of_the_token_before_it() {
        let body = format!("zz_{}", "Ab3".repeat(10));
        for tail in
            [format!("_{:08x}", crc32(body.as_bytes()).swap_bytes()), format!("={:08X}", crc32(body.as_bytes()))]
        {
            assert_eq!(hex_tail(format!("{body}{tail}").as_bytes()), Check::Passed, "{tail}");
            assert_eq!(hex_tail(format!("{}{tail}", body.replace('A', "B")).as_bytes()), Check::Failed, "{tail}");
        }
    }

    #[test]
    fn confluents_and_gitlabs_tails_are_checked() {
        let body = "x7".repeat(27);
        let tail = STANDARD_NO_PAD.encode(crc32(body.as_bytes()).to_le_bytes());
        assert_eq!(confluent(format!("cflt{body}{tail}").as_bytes()), Check::Passed);
        assert_eq!(confluent(format!("cflt{body}AAAAAA").as_bytes()), Check::Failed);
        let head = format!("zzpat-{}.01", "q".repeat(30));
        let tail = digits(crc32(head.as_bytes()), b"0123456789abcdefghijklmnopqrstuvwxyz", 7);
        assert_eq!(base36_tail(format!("{head}{tail}").as_bytes()), Check::Passed);
        assert_eq!(base36_tail(format!("{head}0000000").as_bytes()), Check::Failed);
        assert_eq!(base36_tail(b"zzpat-classic"), Check::Silent);
    }
}

//! Features of the value itself: its characters, its form, its words.

use super::{Sink, flag, share};
use crate::scan::judge::value::{self, Lists};
use crate::scan::judge::words::{Words, as_f32};
use crate::scan::keyvalue::split;

pub(super) fn characters(value: &[u8], out: &mut impl Sink) {
    let count = |test: fn(&u8) -> bool| value.iter().filter(|b| test(b)).count();
    let (lower, upper, digit) =
        (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
    let space = count(u8::is_ascii_whitespace);
    let symbol = count(u8::is_ascii_punctuation);
    let length = value.len();
    let letters = lower + upper;
    let mut distinct = value.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    #[expect(clippy::cast_possible_truncation, reason = "entropy is at most 8")]
    let entropy = value::entropy(value) as f32;
    out.extend([
        ("length", as_f32(length)),
        ("lower", share(lower, length)),
        ("upper", share(upper, length)),
        ("digit", share(digit, length)),
        ("symbol", share(symbol, length)),
        ("spaces", as_f32(space)),
        ("symbols", as_f32(symbol)),
        ("digits", as_f32(digit)),
        ("only_lower", flag(lower == length)),
        ("only_letters", flag(letters == length)),
        ("only_alnum", flag(letters + digit == length)),
        ("only_digits", flag(digit == length)),
        ("only_hex", flag(value.iter().all(u8::is_ascii_hexdigit))),
        ("classes", flag(lower > 0) + flag(upper > 0) + flag(digit > 0) + flag(symbol > 0)),
        ("non_ascii", share(value.iter().filter(|b| !b.is_ascii()).count(), length)),
        ("entropy", entropy),
        ("entropy_share", if length < 2 { 0.0 } else { entropy / as_f32(length).log2() }),
        ("distinct", share(distinct.len(), length)),
        ("longest_run", as_f32(value::longest_run(value))),
        ("longest_sequence", as_f32(value::longest_sequence(value))),
        ("vowels", share(value.iter().filter(|b| b"aeiouAEIOU".contains(b)).count(), letters)),
        ("consonant_run", as_f32(longest_consonants(value))),
        ("alternations", share(value.windows(2).filter(|w| class(w.first()) != class(w.last())).count(), length)),
        ("ends_digits", as_f32(value.iter().rev().take_while(|b| b.is_ascii_digit()).count())),
        ("starts_letter", flag(value.first().is_some_and(u8::is_ascii_alphabetic))),
        ("starts_upper", flag(value.first().is_some_and(u8::is_ascii_uppercase))),
    ]);
}

fn class(byte: Option<&u8>) -> u8 {
    match byte {
        Some(b) if b.is_ascii_lowercase() => 0,
        Some(b) if b.is_ascii_uppercase() => 1,
        Some(b) if b.is_ascii_digit() => 2,
        _ => 3,
    }
}

fn longest_consonants(value: &[u8]) -> usize {
    let is_consonant = |b: &u8| b.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(b);
    value.split(|b| !is_consonant(b)).map(<[u8]>::len).max().unwrap_or(0)
}

pub(super) fn forms(value: &[u8], out: &mut impl Sink) {
    let has = |byte: u8| value.contains(&byte);
    let contains = |text: &[u8]| value::holds(value, text);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let identifier = value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') && value.iter().all(is_name);
    let humps =
        value.windows(2).filter(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())).count();
    let length = value.len();
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    let extension = memchr::memrchr(b'.', value).map_or(0, |at| length - at - 1);
    out.extend([
        ("identifier", flag(identifier)),
        (
            "dotted_identifier",
            flag(has(b'.') && value.split(|b| *b == b'.').all(|p| !p.is_empty() && p.iter().all(is_name))),
        ),
        ("camel", flag(humps > 0 && identifier)),
        ("humps", as_f32(humps)),
        ("snake", flag(identifier && has(b'_'))),
        ("kebab", flag(has(b'-') && value.iter().all(|b| is_name(b) || *b == b'-'))),
        (
            "shouting",
            flag(identifier && value.iter().any(u8::is_ascii_uppercase) && !value.iter().any(u8::is_ascii_lowercase)),
        ),
        ("call", flag(has(b'(') || has(b')'))),
        ("brackets", flag(has(b'[') || has(b']'))),
        ("braces", flag(has(b'{') || has(b'}'))),
        ("angles", flag(has(b'<') || has(b'>'))),
        // it depends on how the value is quoted, too
        ("dollar", 0.0),
        ("random_core", as_f32(value::random_core(value).min(64))),
        ("percent", flag(has(b'%'))),
        ("at", flag(has(b'@'))),
        ("colon", flag(has(b':'))),
        ("equals", flag(has(b'='))),
        ("ends_equals", as_f32(value.iter().rev().take_while(|b| **b == b'=').count())),
        ("slash", as_f32(memchr::memchr_iter(b'/', value).count())),
        ("starts_slash", flag(value.first().is_some_and(|b| matches!(b, b'/' | b'.' | b'~' | b'\\')))),
        ("url", flag(contains(b"://"))),
        ("extension", flag((2..=4).contains(&extension))),
        ("arrow", flag(contains(b"->") || contains(b"=>") || contains(b"::"))),
        ("comma", flag(has(b','))),
        ("escape", flag(has(b'\\'))),
        ("quote_inside", flag(has(b'"') || has(b'\'') || has(b'`'))),
        ("uuid", flag(value::is_uuid(value))),
        ("hash_length", flag(hex && matches!(length, 32 | 40 | 56 | 64 | 96 | 128))),
        (
            "base64",
            flag(
                length >= 16
                    && length.is_multiple_of(4)
                    && value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)),
            ),
        ),
        ("jwt", flag(value.starts_with(b"eyJ"))),
        (
            "hash_scheme",
            flag(
                value.starts_with(b"$") && memchr::memchr_iter(b'$', value).count() > 2
                    || value.starts_with(b"{") && has(b'}'),
            ),
        ),
        ("ssh_public", flag(value.starts_with(b"ssh-") || value.starts_with(b"AAAA"))),
        ("placeholder", flag(value::is_placeholder(value))),
    ]);
}

/// The part of a value that is read for words.
fn head(value: &[u8]) -> &[u8] {
    value.get(..value.len().min(256)).unwrap_or_default()
}

/// The share of a value's words that are words of its key, too.
pub(super) fn parts_of(value: &[u8], key_words: &[String]) -> f32 {
    let parts = split(head(value));
    let shared = parts.iter().filter(|part| part.len() > 2 && key_words.contains(part)).count();
    share(shared, parts.len())
}

pub(super) fn wording(value: &[u8], out: &mut impl Sink) {
    let text = head(value);
    let lower = text.to_ascii_lowercase();
    let words = Words::get();
    let lists = Lists::get();
    let parts = split(text);
    let placeholder = parts.iter().filter(|part| lists.placeholders.contains(part.as_str())).count();
    let known = parts.iter().filter(|part| part.len() > 2 && words.knows(part.as_bytes())).count();
    let has = |text: &str| value::holds(&lower, text.as_bytes());
    let [coverage3, coverage4, coverage5] = words.coverages(&lower);
    let letters = parts.iter().filter(|p| p.len() > 2).map(String::len).max().unwrap_or(0);
    out.extend([
        ("parts", as_f32(parts.len())),
        ("parts_known", share(known, parts.len())),
        ("parts_placeholder", share(placeholder, parts.len())),
        // it depends on the key, too
        ("parts_of_key", 0.0),
        ("longest_part", as_f32(letters)),
        ("is_word", flag(words.knows(&lower))),
        ("is_placeholder_word", flag(std::str::from_utf8(&lower).is_ok_and(|word| lists.placeholders.contains(word)))),
        ("likelihood", words.likelihood(&lower)),
        ("coverage3", coverage3),
        ("coverage4", coverage4),
        ("coverage5", coverage5),
        ("says_password", flag(has("pass") || has("pwd"))),
        ("says_secret", flag(has("secret"))),
        ("says_token", flag(has("token"))),
        ("says_key", flag(has("key"))),
        ("says_test", flag(has("test") || has("example") || has("dummy") || has("fake") || has("sample"))),
    ]);
}

//! Features of a value and its line, each by looks of its own: what the quick ones are tested against.

use proptest::prelude::*;

use super::{Subject, compute, flag, names, share};
use crate::model::Span;
use crate::scan::format::{Format, PathTraits};
use crate::scan::judge::value::{self, Lists};
use crate::scan::judge::words::as_f32;

type Feature = (&'static str, f32);

fn count(value: &[u8], test: impl Fn(&u8) -> bool) -> usize {
    value.iter().filter(|byte| test(byte)).count()
}

fn holds(text: &[u8], needle: &str) -> bool {
    text.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "lengths are far below 2^24")]
fn characters(value: &[u8]) -> Vec<Feature> {
    let [lower, upper] = [count(value, u8::is_ascii_lowercase), count(value, u8::is_ascii_uppercase)];
    let [digit, symbol] = [count(value, u8::is_ascii_digit), count(value, u8::is_ascii_punctuation)];
    let (length, letters) = (value.len(), lower + upper);
    let mut distinct = value.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let is_consonant = |byte: &u8| byte.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(byte);
    let consonants = value.split(|byte| !is_consonant(byte)).map(<[u8]>::len).max().unwrap_or(0);
    let counts = (0..=255_u8).map(|byte| count(value, |b| *b == byte) as f64).filter(|count| *count > 0.0);
    let entropy = counts.map(|count| count / length as f64).map(|p| -p * p.log2()).sum::<f64>() as f32;
    vec![
        ("lower", share(lower, length)),
        ("upper", share(upper, length)),
        ("digit", share(digit, length)),
        ("symbol", share(symbol, length)),
        ("spaces", as_f32(count(value, u8::is_ascii_whitespace))),
        ("symbols", as_f32(symbol)),
        ("digits", as_f32(digit)),
        ("only_lower", flag(lower == length)),
        ("only_letters", flag(letters == length)),
        ("only_alnum", flag(letters + digit == length)),
        ("only_digits", flag(digit == length)),
        ("only_hex", flag(value.iter().all(u8::is_ascii_hexdigit))),
        ("classes", [lower, upper, digit, symbol].iter().map(|count| flag(*count > 0)).sum()),
        ("non_ascii", share(count(value, |byte| !byte.is_ascii()), length)),
        ("entropy", entropy),
        ("entropy_share", if length < 2 { 0.0 } else { entropy / as_f32(length).log2() }),
        ("distinct", share(distinct.len(), length)),
        ("vowels", share(count(value, |byte| b"aeiouAEIOU".contains(byte)), letters)),
        ("consonant_run", as_f32(consonants)),
        ("alternations", share(value.windows(2).filter(|w| class(w[0]) != class(w[1])).count(), length)),
    ]
}

fn forms(value: &[u8]) -> Vec<Feature> {
    let has = |byte: u8| value.contains(&byte);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let any = |of: fn(&u8) -> bool| value.iter().any(of);
    let identifier = value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') && value.iter().all(is_name);
    let humps = value.windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    let length = value.len();
    let dotted = has(b'.') && value.split(|b| *b == b'.').all(|part| !part.is_empty() && part.iter().all(is_name));
    let base64 = length >= 16 && length.is_multiple_of(4);
    let hash = [32, 40, 56, 64, 96, 128].contains(&length) && value.iter().all(u8::is_ascii_hexdigit);
    let scheme = value.starts_with(b"$") && count(value, |b| *b == b'$') > 2 || value.starts_with(b"{") && has(b'}');
    vec![
        ("identifier", flag(identifier)),
        ("dotted_identifier", flag(dotted)),
        ("camel", flag(humps > 0 && identifier)),
        ("humps", as_f32(humps)),
        ("snake", flag(identifier && has(b'_'))),
        ("kebab", flag(has(b'-') && value.iter().all(|b| is_name(b) || *b == b'-'))),
        ("shouting", flag(identifier && any(u8::is_ascii_uppercase) && !any(u8::is_ascii_lowercase))),
        ("call", flag(has(b'(') || has(b')'))),
        ("brackets", flag(has(b'[') || has(b']'))),
        ("braces", flag(has(b'{') || has(b'}'))),
        ("angles", flag(has(b'<') || has(b'>'))),
        ("dollar", flag(has(b'$'))),
        ("percent", flag(has(b'%'))),
        ("slash", as_f32(count(value, |b| *b == b'/'))),
        ("url", flag(holds(value, "://"))),
        ("arrow", flag(holds(value, "->") || holds(value, "=>") || holds(value, "::"))),
        ("quote_inside", flag(has(b'"') || has(b'\'') || has(b'`'))),
        ("hash_length", flag(hash)),
        ("base64", flag(base64 && value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)))),
        ("hash_scheme", flag(scheme)),
        ("placeholder", flag(is_placeholder(value))),
    ]
}

fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let enclosed = |open: &[u8], close: &[u8]| value.len() > 2 && value.starts_with(open) && value.ends_with(close);
    let holds_one = "xxxx **** .... ____ your_ your- _here -here changeme change_me placeholder redacted example dummy";
    let starts = "your my_ my- insert enter_ enter- replace change- change_ changeme put_";
    let is = "%s %v %q {0} {1} {} ... ? - …";
    enclosed(b"<", b">")
        || enclosed(b"[", b"]")
        || enclosed(b"{", b"}") && !value.contains(&b'"')
        || value::longest_run(value) * 2 > value.len().max(4)
        || holds_one.split(' ').any(|word| holds(&lower, word))
        || starts.split(' ').any(|word| lower.starts_with(word.as_bytes()))
        || is.split(' ').any(|word| lower == word.as_bytes())
        || Lists::get().examples.iter().any(|word| lower == word.as_bytes())
}

fn wording(value: &[u8]) -> Vec<Feature> {
    let lower = value[..value.len().min(256)].to_ascii_lowercase();
    let has = |words: &str| flag(words.split(' ').any(|word| holds(&lower, word)));
    let is_placeholder = std::str::from_utf8(&lower).is_ok_and(|word| Lists::get().placeholders.contains(word));
    vec![
        ("is_placeholder_word", flag(is_placeholder)),
        ("says_password", has("pass pwd")),
        ("says_secret", has("secret")),
        ("says_token", has("token")),
        ("says_key", has("key")),
        ("says_test", has("test example dummy fake sample")),
    ]
}

fn line(text: &[u8]) -> Vec<Feature> {
    let lower = text[..text.len().min(512)].to_ascii_lowercase();
    let has = |words: &[&str]| flag(words.iter().any(|word| holds(&lower, word)));
    super::LINE.map(|(name, words)| (name, has(words))).to_vec()
}

/// What values are made of.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "Pass",
        "pwd",
        "secret",
        "TOKEN",
        "key",
        "example",
        "your_",
        "xxxx",
        "<",
        ">",
        "{}",
        "%s",
        "->",
        "://",
        "::",
        "$",
        "change_me",
        "-here",
        "assert",
        " -e ",
        "User",
        "MD5",
        "aaaaaa",
        "=",
        "….",
        "\u{e9}",
        "a.b",
        "\t",
        "\r\n",
        "'",
    ];
    prop_oneof![2 => "[a-zA-Z0-9]{0,12}", 2 => prop::sample::select(words.map(str::to_owned).to_vec()), 1 => "\\PC{0,3}"]
}

proptest! {
    #[test]
    fn one_look_tells_what_many_tell(pieces in prop::collection::vec(piece(), 0..7), times in prop_oneof![9 => 1..2_usize, 1 => 8..40_usize]) {
        let text = pieces.concat().repeat(times);
        let subject = Subject {
            bytes: text.as_bytes(),
            path: "a.php",
            value: Span::new(0, text.len()),
            line: Span::new(0, text.len()),
            rule: "",
            pair: None,
            format: Format::Code,
            traits: PathTraits::default(),
        };
        let features = compute(&subject);
        let content = subject.content();
        for (name, plain) in [characters(&content), forms(&content), wording(&content), line(text.as_bytes())].concat() {
            let at = names().iter().position(|known| *known == name).unwrap();
            prop_assert_eq!(features[at].to_bits(), plain.to_bits(), "{}: {}, not {}", name, features[at], plain);
        }
    }
}

//! The key of a key/value pair: its extent round a keyword, its words, and what it is a key for.

use crate::model::Span;

/// Longest key, bytes.
const MAX_KEY: usize = 96;

/// A name in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The whole dotted name.
    pub(crate) span: Span,
    /// Its words in lower case, digits apart.
    pub(crate) words: Vec<String>,
}

/// How a key fits a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// Position of the rule among the key/value rules.
    pub(crate) rule: usize,
    /// Number of words behind the keyword: `password_file` has one.
    pub(crate) tail: usize,
    /// The keyword is a whole word, not the end of a run-together one.
    pub(crate) whole: bool,
    /// The key is in the plural.
    pub(crate) plural: bool,
}

/// The name round `hit`, with the word before it where a space separates the two (`API key`).
pub(crate) fn key_at(bytes: &[u8], hit: Span) -> Option<Key> {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let mut start = hit.start;
    while start > 0 && hit.start - start < MAX_KEY && bytes.get(start - 1).copied().is_some_and(is_part) {
        start -= 1;
    }
    let mut end = hit.end;
    while end - hit.end < MAX_KEY && bytes.get(end).copied().is_some_and(is_part) {
        end += 1;
    }
    if hit.start - start >= MAX_KEY || end - hit.end >= MAX_KEY {
        return None;
    }
    let trims = |b: Option<&u8>| matches!(b, Some(b'-' | b'.'));
    while start < hit.start && trims(bytes.get(start)) {
        start += 1;
    }
    while end > hit.end && trims(bytes.get(end - 1)) {
        end -= 1;
    }
    let span = Span::new(start, end);
    let mut words = split(span.of(bytes));
    if words.len() == 1
        && let Some(before) = word_before(bytes, start)
    {
        words.insert(0, before);
    }
    Some(Key { span, words })
}

const COMPANIONS: [&str; 17] = [
    "api",
    "access",
    "secret",
    "private",
    "client",
    "encryption",
    "signing",
    "auth",
    "shared",
    "master",
    "bearer",
    "app",
    "application",
    "security",
    "consumer",
    "identified",
    "admin",
];

fn word_before(bytes: &[u8], start: usize) -> Option<String> {
    if start == 0 || bytes.get(start - 1) != Some(&b' ') {
        return None;
    }
    let end = start - 1;
    let mut from = end;
    while from > 0 && end - from < 13 && bytes.get(from - 1).is_some_and(u8::is_ascii_alphabetic) {
        from -= 1;
    }
    let word = String::from_utf8_lossy(Span::new(from, end).of(bytes)).to_ascii_lowercase();
    COMPANIONS.contains(&word.as_str()).then_some(word)
}

/// Splits a name at separators, at case changes and at digits.
pub(crate) fn split(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for (at, &byte) in name.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| name.get(i)).copied().unwrap_or(b'_');
        let after = name.get(at + 1).copied().unwrap_or(b'_');
        let boundary = (byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()))
            || (byte.is_ascii_uppercase() && before.is_ascii_uppercase() && after.is_ascii_lowercase())
            || (byte.is_ascii_digit() != before.is_ascii_digit() && before.is_ascii_alphanumeric());
        if boundary || !byte.is_ascii_alphanumeric() {
            flush(&mut word);
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    flush(&mut word);
    words
}

/// Shortest keyword that may be the end of a run-together word (`dbpassword`).
const MIN_SUFFIX: usize = 5;

/// What the words are a key for: the keyword furthest to the right wins, then the longer one.
pub(crate) fn classify(words: &[String], rules: &[Vec<Vec<String>>]) -> Option<Class> {
    let mut best: Option<(usize, usize, Class)> = None;
    for (rule, keys) in rules.iter().enumerate() {
        for key in keys {
            let Some((end, whole, plural)) = find(words, key) else { continue };
            let length: usize = key.iter().map(String::len).sum();
            let class = Class { rule, tail: words.len() - end, whole, plural };
            if best.as_ref().is_none_or(|(at, len, _)| (end, length) > (*at, *len)) {
                best = Some((end, length, class));
            }
        }
    }
    best.map(|(_, _, class)| class)
}

/// Where `key`'s words end in `words`, the last time they stand there.
fn find(words: &[String], key: &[String]) -> Option<(usize, bool, bool)> {
    let joined = key.concat();
    for end in (1..=words.len()).rev() {
        if let Some(window) = end.checked_sub(key.len()).and_then(|from| words.get(from..end)) {
            let (last, head) = (window.last()?, window.get(..window.len() - 1)?);
            let same_head = key.get(..key.len() - 1) == Some(head);
            let key_last = key.last()?;
            if same_head && last == key_last {
                return Some((end, true, false));
            }
            if same_head && last.strip_suffix('s') == Some(key_last) {
                return Some((end, true, true));
            }
        }
        let word = words.get(end - 1)?;
        let singular = word.strip_suffix('s').unwrap_or(word);
        if joined.len() >= MIN_SUFFIX && (word.ends_with(&joined) || singular.ends_with(&joined)) {
            return Some((end, *word == joined, !word.ends_with(&joined)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text.as_bytes())
    }

    fn rules() -> Vec<Vec<Vec<String>>> {
        let keys = |list: &[&str]| list.iter().map(|k| k.split(' ').map(str::to_owned).collect()).collect();
        vec![keys(&["password", "pass", "pwd"]), keys(&["api key"]), keys(&["token"]), keys(&["key"])]
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words("dbPassword1"), ["db", "password", "1"]);
        assert_eq!(words("MY_APIKey"), ["my", "api", "key"]);
        assert_eq!(words("spring.datasource.password"), ["spring", "datasource", "password"]);
    }

    #[test]
    fn only_words_count_and_the_last_one_wins() {
        let class = |text: &str| classify(&words(text), &rules()).map(|c| (c.rule, c.tail));
        assert_eq!(class("compass"), None);
        assert_eq!(class("passenger_name"), None);
        assert_eq!(class("tokenizer"), None);
        assert_eq!(class("dbpassword"), Some((0, 0)));
        assert_eq!(class("apiKey"), Some((1, 0)));
        assert_eq!(class("apikey"), Some((1, 0)));
        assert_eq!(class("token_key"), Some((3, 0)));
        assert_eq!(class("password_file_path"), Some((0, 2)));
        assert_eq!(class("tokens"), Some((2, 0)));
    }

    #[test]
    fn a_key_spans_the_dotted_name_and_sees_its_companion() {
        let text = b"--db.pass-word= x; API key: y";
        let key = key_at(text, Span::new(5, 9)).unwrap();
        assert_eq!(key.span.of(text), b"db.pass-word");
        let key = key_at(text, Span::new(23, 26)).unwrap();
        assert_eq!(key.words, ["api", "key"]);
    }

    #[test]
    fn an_endless_name_is_no_key() {
        let text = [b"a".repeat(200), b"token".to_vec(), b"b".repeat(200)].concat();
        assert_eq!(key_at(&text, Span::new(200, 205)), None);
    }
}

//! The key of a key/value pair: its extent round a keyword, its words, and what it is a key for.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::FixedState;

use crate::model::Span;

/// Longest key, bytes.
const MAX_KEY: usize = 96;

/// A name in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The whole dotted name.
    pub(crate) span: Span,
    /// Its words in lower case, digits apart.
    pub(crate) words: Rc<[String]>,
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

impl Class {
    /// Whether the key says what it is, of one thing, and nothing else.
    pub(crate) fn is_certain(self) -> bool {
        self.tail == 0 && self.whole && !self.plural
    }
}

/// The name round `hit`.
pub(super) fn name_at(bytes: &[u8], hit: Span) -> Option<Span> {
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
    Some(Span::new(start, end))
}

/// The names that a text has used, with their words and what they are keys for: most stand in it many times.
#[derive(Debug)]
pub(super) struct Names<'b> {
    keys: &'b Keys,
    known: HashMap<&'b [u8], Name, FixedState>,
}

#[derive(Clone, Debug)]
struct Name {
    words: Rc<[String]>,
    class: Option<Class>,
}

impl Name {
    fn of(words: Rc<[String]>, keys: &Keys) -> Self {
        Self { class: keys.classify(&words), words }
    }
}

impl<'b> Names<'b> {
    /// None used yet; `keys` are the rules' keys.
    pub(super) fn new(keys: &'b Keys) -> Self {
        Self { keys, known: HashMap::default() }
    }

    /// The key at `span`, if it is one, with the word before it where a space separates the two (`API key`).
    pub(super) fn key(&mut self, bytes: &'b [u8], span: Span) -> Option<(Key, Class)> {
        let keys = self.keys;
        let known = self.known.entry(span.of(bytes)).or_insert_with_key(|name| Name::of(split(name).into(), keys));
        let two = match &*known.words {
            [word] => word_before(bytes, span.start).map(|before| Name::of([before, word.clone()].into(), keys)),
            _ => None,
        };
        let Name { words, class } = two.as_ref().unwrap_or(known);
        class.map(|class| (Key { span, words: Rc::clone(words) }, class))
    }
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

/// Splits a name at separators, at case changes and at digits; the words in lower case.
fn split(name: &[u8]) -> Vec<String> {
    let lower = |part: Span| part.of(name).iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    parts(name).map(lower).collect()
}

/// Where the words of a name stand.
pub(crate) fn parts(name: &[u8]) -> impl Iterator<Item = Span> + '_ {
    let is_part = |at: usize| name.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = (next..name.len()).find(|at| is_part(*at))?;
        next = (start + 1..name.len()).find(|at| !is_part(*at) || starts_word(name, *at)).unwrap_or(name.len());
        Some(Span::new(start, next))
    })
}

/// Whether a word starts at a letter or digit that stands behind another.
fn starts_word(name: &[u8], at: usize) -> bool {
    let byte_at = |at: usize| name.get(at).copied().unwrap_or(b'_');
    let (before, byte, after) = (byte_at(at - 1), byte_at(at), byte_at(at + 1));
    let upper = byte.is_ascii_uppercase();
    upper && (before.is_ascii_lowercase() || before.is_ascii_digit())
        || upper && before.is_ascii_uppercase() && after.is_ascii_lowercase()
        || byte.is_ascii_digit() != before.is_ascii_digit()
}

/// Shortest keyword that may be the end of a run-together word (`dbpassword`).
const MIN_SUFFIX: usize = 5;

/// The keys of all key/value rules.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    all: Vec<RuleKey>,
    /// Positions in `all` by the key's last four letters: what a name has to end with, but for an `s`.
    by_end: HashMap<[u8; 4], Vec<usize>, FixedState>,
    /// Positions of keys of fewer letters.
    short: Vec<usize>,
}

/// A key of a rule.
#[derive(Debug)]
struct RuleKey {
    /// Position of the rule among the key/value rules.
    rule: usize,
    words: Vec<String>,
    /// The words without anything between them.
    joined: String,
}

/// How a key stands among the words of a name.
#[derive(Clone, Copy)]
struct Fit {
    whole: bool,
    plural: bool,
}

impl Keys {
    /// The keys of each rule, each as its lower-case words.
    pub(crate) fn new(rules: Vec<Vec<Vec<String>>>) -> Self {
        let mut out = Self::default();
        for (rule, keys) in rules.into_iter().enumerate() {
            for words in keys {
                let joined = words.concat();
                match joined.as_bytes().last_chunk() {
                    Some(end) => out.by_end.entry(*end).or_default().push(out.all.len()),
                    None => out.short.push(out.all.len()),
                }
                out.all.push(RuleKey { rule, words, joined });
            }
        }
        out
    }

    /// What the words are a key for: the keyword furthest to the right wins, then the longer one, then the first.
    pub(crate) fn classify(&self, words: &[String]) -> Option<Class> {
        (1..=words.len()).rev().find_map(|end| {
            let (key, fit) = self.ending(words.get(..end)?)?;
            Some(Class { rule: key.rule, tail: words.len() - end, whole: fit.whole, plural: fit.plural })
        })
    }

    /// The longest key that ends where `words` end.
    fn ending(&self, words: &[String]) -> Option<(&RuleKey, Fit)> {
        let [singular @ .., last] = last_letters(words);
        let [_, end @ ..] = last_letters(words);
        let ends = std::iter::once(end).chain((last == b's').then_some(singular));
        let mut best: Option<(usize, &RuleKey, Fit)> = None;
        let ending = ends.filter_map(|end| self.by_end.get(&end)).flatten();
        for position in ending.chain(&self.short) {
            let Some((key, fit)) = self.all.get(*position).and_then(|key| Some((key, fit(key, words)?))) else {
                continue;
            };
            let better =
                |(place, known, _): &(usize, &RuleKey, Fit)| (key.joined.len(), place) > (known.joined.len(), position);
            if best.as_ref().is_none_or(better) {
                best = Some((*position, key, fit));
            }
        }
        best.map(|(_, key, fit)| (key, fit))
    }
}

/// The last letters of the words, without anything between them; behind zeros where they have fewer.
fn last_letters(words: &[String]) -> [u8; 5] {
    let mut out = [0; 5];
    let letters = words.iter().rev().flat_map(|word| word.bytes().rev());
    out.iter_mut().rev().zip(letters).for_each(|(to, from)| *to = from);
    out
}

/// Whether `key` ends where `words` end: as words of its own, in the plural, or at the end of a run-together word.
fn fit(key: &RuleKey, words: &[String]) -> Option<Fit> {
    let word = words.last()?;
    let (key_last, key_head) = key.words.split_last()?;
    let head = words.len().checked_sub(key.words.len()).and_then(|from| words.get(from..words.len() - 1));
    if head == Some(key_head) {
        if word == key_last {
            return Some(Fit { whole: true, plural: false });
        }
        if word.strip_suffix('s') == Some(key_last) {
            return Some(Fit { whole: true, plural: true });
        }
    }
    let joined = key.joined.as_str();
    if joined.len() < MIN_SUFFIX {
        return None;
    }
    let ends = word.ends_with(joined);
    let runs_together = ends || word.strip_suffix('s').is_some_and(|singular| singular.ends_with(joined));
    runs_together.then(|| Fit { whole: word == joined, plural: !ends })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        split(text.as_bytes())
    }

    fn rules() -> Keys {
        let keys = |list: &[&str]| list.iter().map(|k| k.split(' ').map(str::to_owned).collect()).collect();
        Keys::new(vec![keys(&["password", "pass", "pwd"]), keys(&["api key"]), keys(&["token"]), keys(&["key"])])
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words("dbPassword1"), ["db", "password", "1"]);
        assert_eq!(words("MY_APIKey"), ["my", "api", "key"]);
        assert_eq!(words("spring.datasource.password"), ["spring", "datasource", "password"]);
    }

    #[test]
    fn only_words_count_and_the_last_one_wins() {
        let class = |text: &str| rules().classify(&words(text)).map(|c| (c.rule, c.tail));
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

    /// Each key at each word, the best at the end.
    fn classified_plainly(words: &[String], rules: &[Vec<Vec<String>>]) -> Option<Class> {
        let mut best: Option<(usize, usize, Class)> = None;
        for (rule, keys) in rules.iter().enumerate() {
            for words_of_key in keys {
                let key = RuleKey { rule, words: words_of_key.clone(), joined: words_of_key.concat() };
                let end = (1..=words.len()).rev().find_map(|end| Some((end, fit(&key, &words[..end])?)));
                let Some((end, fit)) = end else { continue };
                if best.is_none_or(|(at, length, _)| (end, key.joined.len()) > (at, length)) {
                    let class = Class { rule, tail: words.len() - end, whole: fit.whole, plural: fit.plural };
                    best = Some((end, key.joined.len(), class));
                }
            }
        }
        best.map(|(.., class)| class)
    }

    /// Byte for byte.
    fn split_plainly(name: &[u8]) -> Vec<String> {
        let (mut words, mut word) = (Vec::new(), String::new());
        for (at, &byte) in name.iter().enumerate() {
            let before = if at == 0 { b'_' } else { name[at - 1] };
            let after = name.get(at + 1).copied().unwrap_or(b'_');
            let boundary = (byte.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()))
                || (byte.is_ascii_uppercase() && before.is_ascii_uppercase() && after.is_ascii_lowercase())
                || (byte.is_ascii_digit() != before.is_ascii_digit() && before.is_ascii_alphanumeric());
            if boundary || !byte.is_ascii_alphanumeric() {
                words.push(std::mem::take(&mut word));
            }
            if byte.is_ascii_alphanumeric() {
                word.push(char::from(byte.to_ascii_lowercase()));
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }

    proptest! {
        #[test]
        fn parts_are_what_a_look_at_each_byte_splits(name in prop_oneof!["[a-cA-C0-2_. \u{e9}-]{0,12}", "\\PC{0,8}"]) {
            prop_assert_eq!(words(&name), split_plainly(name.as_bytes()));
        }

        #[test]
        fn the_index_finds_the_key_that_a_look_at_all_keys_finds(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "api", "key", "keys", "token", "tokens", "passwords", "dbpassword", "apikey", "secret", "x", "pw", "s",
                    "accesstokens", "pass", "passs", "compass", "ab", "abs", "abc", "abcs", "abcd", "wd", "pwds",
                ]),
                0..6,
            )
        ) {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let keys = |list: &[&str]| list.iter().map(|k| k.split(' ').map(str::to_owned).collect()).collect();
            let rules: Vec<Vec<Vec<String>>> = vec![
                keys(&["password", "pass", "x"]),
                keys(&["api key", "access token", "api secret"]),
                keys(&["token", "access token"]),
                keys(&["key", "secret key", "s", "ab", "x ab", "abc", "a b c d", "pwd", "pw d"]),
            ];
            prop_assert_eq!(Keys::new(rules.clone()).classify(&words), classified_plainly(&words, &rules));
        }
    }

    #[test]
    fn a_key_spans_the_dotted_name_and_sees_its_companion() {
        let text = b"--db.pass-word= x; API key: y";
        assert_eq!(name_at(text, Span::new(5, 9)).unwrap().of(text), b"db.pass-word");
        let (rules, name) = (rules(), name_at(text, Span::new(23, 26)).unwrap());
        let (key, class) = Names::new(&rules).key(text, name).unwrap();
        assert_eq!(*key.words, ["api", "key"]);
        assert_eq!(class.rule, 1);
    }

    #[test]
    fn a_name_that_is_known_is_still_seen_with_its_companion() {
        let text = b"key, API key, a_key, key";
        let rules = rules();
        let mut names = Names::new(&rules);
        let mut rule_at = |start| names.key(text, name_at(text, Span::new(start, start + 3)).unwrap()).unwrap().1.rule;
        assert_eq!([0, 9, 16, 21].map(&mut rule_at), [3, 1, 3, 3]);
        assert!(Names::new(&rules).key(b"compass", Span::new(0, 7)).is_none());
    }

    #[test]
    fn an_endless_name_is_no_key() {
        let text = [b"a".repeat(200), b"token".to_vec(), b"b".repeat(200)].concat();
        assert_eq!(name_at(&text, Span::new(200, 205)), None);
    }
}

//! The quick path against a plain one, which looks for each keyword at each byte, runs each regex over the whole text and
//! scores each candidate by all features: what they find has to be the same to the last byte and the last digit.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::matcher::matches_everywhere;
use super::super::{Reading, Scanner, judge};
use super::{Hit, Matcher, Rule, Span, blob, resolve, shared};
use crate::model::Blob;

/// Rule, value, confidence and signals.
type Plain = (String, Span, String, Vec<String>);

fn told(scanner: &Scanner, hits: Vec<Hit>) -> Vec<Plain> {
    let told = |hit: Hit| {
        let rule = scanner.rules.rules()[hit.rule].id.clone();
        (rule, hit.value, format!("{:?}", hit.judgement.confidence), hit.judgement.signals)
    };
    resolve(hits).into_iter().map(told).collect()
}

fn keyword_hits(rule: &Rule, lower: &[u8]) -> Vec<Span> {
    let mut hits = Vec::new();
    for word in rule.keywords.iter().map(String::as_bytes) {
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&lower[at..], word) {
            hits.push(Span::new(at + found, at + found + word.len()));
            at += found + 1;
        }
    }
    hits.sort_unstable_by_key(|hit| (hit.end, hit.start));
    hits
}

fn plainly(scanner: &Scanner, blob: &Blob) -> Vec<Plain> {
    let reading = Reading::new(blob);
    let lower = blob.bytes.to_ascii_lowercase();
    let (mut out, mut keys) = (Vec::new(), Vec::new());
    for (index, rule) in scanner.rules.rules().iter().enumerate().filter(|(_, rule)| scanner.composites.wants(rule)) {
        let hits = keyword_hits(rule, &lower);
        if hits.is_empty() || rule.path.as_ref().is_some_and(|path| !path.is_match(blob.path().as_bytes())) {
            continue;
        }
        match &rule.matcher {
            Matcher::KeyValue(_) => keys.extend(hits),
            Matcher::Path => {}
            Matcher::Regex(..) => {
                for found in matches_everywhere(rule, &hits, &blob.bytes) {
                    let subject = Scanner::subject(&reading, found.value, rule, None);
                    out.extend(judged((scanner, index), &subject, found.whole));
                }
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    for pair in super::super::keyvalue::pairs(&blob.bytes, &keys, &scanner.keys, reading.format()) {
        let index = scanner.pair_rules[pair.class.rule];
        let rule = &scanner.rules.rules()[index];
        let whole = Span::new(pair.key.span.start, pair.end.max(pair.value.end));
        let subject = Scanner::subject(&reading, pair.value, rule, Some(&pair));
        out.extend(judged((scanner, index), &subject, whole));
    }
    told(scanner, out)
}

fn judged((scanner, index): (&Scanner, usize), subject: &judge::Subject<'_>, whole: Span) -> Option<Hit> {
    let rule = &scanner.rules.rules()[index];
    if scanner.is_allowed(rule, subject, whole) {
        return None;
    }
    let judgement = judge::judge_plainly(rule, subject)?;
    Some(Hit { rule: index, tier: rule.specificity, value: subject.value, whole, judgement, key: None, decoded: false })
}

/// The first that only one of the two found.
fn difference(one: &[Plain], other: &[Plain]) -> Option<Plain> {
    let only = |these: &[Plain], those: &[Plain]| these.iter().find(|found| !those.contains(found)).cloned();
    only(one, other).or_else(|| only(other, one))
}

fn quickly(scanner: &Scanner, blob: &Blob) -> Vec<Plain> {
    let reading = Reading::new(blob);
    told(scanner, scanner.candidates(&reading))
}

/// Files of this repository, all of them small enough to be read the slow way.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, out);
        } else if entry.metadata().unwrap().len() < 64 << 10 {
            out.push(path);
        }
    }
}

#[test]
fn the_quick_path_finds_what_the_plain_one_finds() {
    let scanner = shared();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["fixtures/apps", "fixtures/rewrite/python", "fixtures/rewrite/go", "docs", "src/cli"] {
        files(&root.join(folder), &mut paths);
    }
    assert!(paths.len() > 100, "{}", paths.len());
    let mut found = 0;
    for path in paths {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let blob = blob(&name, &std::fs::read(&path).unwrap());
        let plain = plainly(scanner, &blob);
        assert_eq!(difference(&quickly(scanner, &blob), &plain), None, "{name}");
        found += plain.len();
    }
    assert!(found > 30, "{found}");
}

#[test]
fn the_quick_path_finds_every_rules_own_examples_as_the_plain_one_does() {
    let scanner = shared();
    for rules in scanner.rules.rules().chunks(40) {
        let examples = rules.iter().flat_map(|rule| {
            let texts = rule.examples.iter().chain(&rule.counter_examples).enumerate();
            texts.map(|(position, text)| crate::rules::expand(text, &rule.id, position))
        });
        let text = examples.collect::<Vec<_>>().join("\n\n");
        let blob = blob("examples.py", text.as_bytes());
        assert_eq!(difference(&quickly(scanner, &blob), &plainly(scanner, &blob)), None, "{}", rules[0].id);
    }
}

/// A line of keys and values, the same values under one key and another.
fn line() -> impl Strategy<Value = String> {
    let keys = ["password", "DB_PASSWORD", "api_key", "token_type", "client_secret", "authToken", "key", "passwords"];
    let values = [
        "string",
        "None",
        "&str",
        "self.token",
        "admin123",
        "{}",
        "<token>",
        "kV8#mQz2rT",
        "changeme",
        "${X}",
        "get()",
        "a\\\\'b",
        "GqZ7AhYrQdqU5FYh$x",
        "0000000000",
        "test123",
        "sk-kV8mQz2rTLw4pXz7c",
        "x\\\"y\\u0041",
    ];
    let value = prop_oneof![4 => prop::sample::select(values.map(str::to_owned).to_vec()), 1 => "[ -~]{1,24}"];
    let select = |of: &[&'static str]| prop::sample::select(of.to_vec());
    (select(&keys), select(&[" = ", ": ", "=", " => ", " == "]), select(&["\"", "'", ""]), value)
        .prop_map(|(key, sign, quote, value)| format!("{key}{sign}{quote}{value}{quote}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_that_come_again_are_judged_as_at_first(
        lines in prop::collection::vec(line(), 1..12),
        path in prop::sample::select(vec!["a.py", "a.yml", ".env", "tests/a.rs", "a.properties", "a.php", "a.sh"]),
    ) {
        let scanner = shared();
        let blob = blob(path, lines.join("\n").as_bytes());
        prop_assert_eq!(difference(&quickly(scanner, &blob), &plainly(scanner, &blob)), None);
    }
}

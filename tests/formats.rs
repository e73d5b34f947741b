//! Every format and literal context that the scanner knows: `fixtures/detect/formats.toml`.

use std::path::Path;

use arnify::model::{Blob, Confidence, Kind, Located, Origin, Source, Verdict};
use arnify::rules::{RuleSet, expand};
use arnify::scan::{ScanOptions, Scanner};
use arnify::secret::Salt;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Formats {
    format: Vec<Format>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    name: String,
    path: String,
    found: Vec<String>,
    none: Vec<String>,
}

/// What stands for a value, how it is drawn, and what kinds a finding of it may have.
const VALUES: &[(&str, &str, &[Kind])] = &[
    ("«pw»", "{{b62:14}}", &[Kind::Password, Kind::Connection]),
    ("«short»", "{{lower:4}}{{digits:2}}", &[Kind::Password, Kind::Connection]),
    ("«key»", "{{b62:32}}", &[Kind::ApiKey, Kind::Token, Kind::Connection]),
    ("«apr»", "$apr1${{b62:8}}${{b62:22}}", &[Kind::Password]),
    ("«bcrypt»", "$2y$10${{b62:53}}", &[Kind::Password]),
    ("«wg»", "{{b64:43}}=", &[Kind::Secret, Kind::PrivateKey]),
];

/// Each text is tried with this many values, so that none is found by luck.
const DRAWS: usize = 3;

/// The text with a value in it: the placeholder, and the value.
fn filled(text: &str, draw: usize) -> (String, Option<(&'static [Kind], String)>) {
    for (mark, form, kinds) in VALUES {
        if text.contains(mark) {
            let value = expand(form, text, draw);
            return (text.replace(mark, &value), Some((kinds, value)));
        }
    }
    (text.to_owned(), None)
}

fn findings(scanner: &Scanner, path: &str, text: &str) -> Vec<Located> {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: true };
    let found = scanner.scan(&Blob::new(source, text.as_bytes().to_vec()));
    // A hash is worth knowing and no credential, so its confidence is low by design.
    let counts = |one: &Located| match one.finding.verdict {
        Verdict::Likely | Verdict::Doubtful => one.finding.confidence >= Confidence::Medium,
        Verdict::Hash => true,
        Verdict::Example | Verdict::Suppressed => false,
    };
    found.into_iter().filter(counts).collect()
}

fn told(found: &[Located], text: &str) -> String {
    let one = |l: &Located| format!("{} `{}`", l.finding.rule, text.get(l.value.range()).unwrap_or_default());
    found.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn formats() -> (Scanner, Vec<Format>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/detect/formats.toml");
    let formats: Formats = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"") };
    (Scanner::new(RuleSet::built_in().unwrap(), options), formats.format)
}

#[test]
fn every_format_gives_the_exact_value_and_its_kind() {
    let (scanner, formats) = formats();
    assert!(formats.len() >= 40);
    let mut wrong = Vec::new();
    for format in &formats {
        for (sample, draw) in format.found.iter().flat_map(|sample| (0..DRAWS).map(move |draw| (sample, draw))) {
            let (text, value) = filled(sample, draw);
            let (kinds, value) = value.expect("a placeholder");
            let found = findings(&scanner, &format.path, &text);
            let right = |one: &&Located| {
                text.get(one.value.range()) == Some(value.as_str()) && kinds.contains(&one.finding.kind)
            };
            if found.len() != 1 || found.iter().filter(right).count() != 1 {
                wrong.push(format!("{}: {sample:?} with `{value}` gave [{}]", format.name, told(&found, &text)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_format_gives_what_only_looks_like_a_value() {
    let (scanner, formats) = formats();
    let mut wrong = Vec::new();
    for format in &formats {
        assert!(!format.none.is_empty(), "{} has no counter-sample", format.name);
        for (sample, draw) in format.none.iter().flat_map(|sample| (0..DRAWS).map(move |draw| (sample, draw))) {
            let (text, _) = filled(sample, draw);
            let found = findings(&scanner, &format.path, &text);
            if !found.is_empty() {
                wrong.push(format!("{}: {sample:?} gave [{}]", format.name, told(&found, &text)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

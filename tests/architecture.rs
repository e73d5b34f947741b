//! The dependency rule and the secret type's rule, read from the source itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::snapshot;

/// What each module may use of the others; `command` may use all.
pub(crate) const MAY_USE: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("model", &["secret"]),
    ("reference", &["model"]),
    ("rules", &["model"]),
    ("cli", &[]),
    ("failure", &["ui"]),
    ("ui", &["cli", "failure", "settings"]),
    ("settings", &["cli", "failure", "model", "scan", "secret", "walk"]),
    ("walk", &["model"]),
    ("scan", &["model", "rules", "secret", "walk"]),
    ("findings", &["model", "secret"]),
    ("lang", &["model", "secret"]),
    ("plan", &["lang", "model", "secret", "settings"]),
    ("store", &["cli", "failure", "model", "plan", "reference", "secret", "settings"]),
    ("apply", &["cli", "failure", "model", "plan", "secret", "settings", "store"]),
    ("report", &["cli", "model", "rules", "secret", "ui"]),
];

/// Foreign crates that only some modules may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("tokio", &["store"]),
    ("aws_sdk_secretsmanager", &["store"]),
    ("aws_config", &["store"]),
    ("hyper", &["store"]),
    ("age", &["store", "apply"]),
    ("rayon", &["scan"]),
    ("ignore", &["lang", "plan", "walk"]),
    ("tree_sitter", &["lang", "reference"]),
    ("clap", &["cli", "command", "main", "settings"]),
];

/// Modules that may touch the file system, and the one file elsewhere: the baseline, which is one.
const FILES: &[&str] = &["apply", "command", "rules", "settings", "store", "walk"];
const ALSO_FILES: &str = "scan/baseline.rs";

/// Every place that opens a value: file and number of calls. A new one is a decision, so it is written down here.
pub(crate) const OPENED: &[(&str, usize)] = &[
    // The way back: which part of a literal is the value, and the literal again.
    ("src/apply/restore.rs", 5),
    ("src/apply/undo.rs", 1),
    // The value of a run that is resumed, found again.
    ("src/command/continuing.rs", 1),
    // Into a child's environment, into a file's text.
    ("src/command/exec.rs", 2),
    ("src/command/inject.rs", 1),
    // Into the JSON of a composite secret; whether it can be a part of one.
    ("src/plan/compose/mod.rs", 1),
    ("src/plan/group.rs", 1),
    // What another tool reported, looked for in its file.
    ("src/findings/place.rs", 4),
    // To the store and back.
    ("src/store/aws/mod.rs", 1),
    ("src/store/contract.rs", 1),
    ("src/store/fetch.rs", 1),
    ("src/store/vault/data.rs", 1),
];

/// Production text of each source file: without `#[cfg(test)]` modules and test files.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = snapshot(&root.join("src")).into_iter();
    files
        .filter(|(path, _)| path.ends_with(".rs") && !path.ends_with("tests.rs") && !path.contains("/tests/"))
        .map(|(path, bytes)| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
            (path, production)
        })
        .collect()
}

fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

/// Names that follow `prefix` anywhere in code: `crate::` gives the modules used.
fn names_after(text: &str, prefix: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(prefix).skip(1).map(first_name).collect::<Vec<_>>())
        .filter(|n| !n.is_empty())
        .collect()
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn modules_depend_one_way() {
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path).to_owned();
        if matches!(own.as_str(), "main" | "lib" | "command") {
            continue;
        }
        let may = allowed.get(own.as_str()).unwrap_or_else(|| panic!("src/{path}: {own} is not in the table"));
        for used in names_after(&text, "crate::") {
            if used != own && !may.contains(&used.as_str()) {
                wrong.push(format!("src/{path} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn foreign_crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (foreign, homes) in CONFINED {
            let named = text.lines().any(|line| !line.trim_start().starts_with("//") && names(line, foreign));
            if named && !homes.contains(&module(&path)) {
                wrong.push(format!("src/{path} names {foreign}"));
            }
        }
        let touches = ["std::fs", "fs::File", "File::open"].iter().any(|call| text.contains(call));
        if touches && !FILES.contains(&module(&path)) && path != ALSO_FILES {
            wrong.push(format!("src/{path} touches the file system"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a line names a crate: `foreign::` that is not the tail of another name or path.
fn names(line: &str, foreign: &str) -> bool {
    let path = format!("{foreign}::");
    line.match_indices(&path).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
    })
}

#[test]
fn values_are_opened_in_counted_places_only() {
    let found: BTreeMap<String, usize> = sources()
        .into_iter()
        .filter(|(path, _)| path != "secret.rs")
        .map(|(path, text)| (format!("src/{path}"), text.matches(".with_bytes(").count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let expected: BTreeMap<String, usize> = OPENED.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
    assert_eq!(found, expected, "a value is opened in other places than are written down");
}

#[test]
fn the_secret_type_can_be_neither_copied_nor_shown() {
    let text = sources().remove("secret.rs").expect("src/secret.rs");
    let declaration = text.split("pub struct SecretValue").next().expect("the type");
    let attributes = declaration.rsplit("\n\n").next().expect("its attributes");
    assert!(!attributes.contains("derive"), "SecretValue derives something: {attributes}");
    for forbidden in ["Clone", "Serialize", "Display", "PartialEq", "Deref", "AsRef", "Copy", "Hash", "Borrow"] {
        let implementation = format!("{forbidden} for SecretValue");
        assert!(!text.contains(&implementation), "SecretValue implements {forbidden}");
    }
}

#[test]
fn main_is_short() {
    let lines = sources().remove("main.rs").expect("src/main.rs").lines().count();
    assert!(lines <= 40, "src/main.rs has {lines} lines");
}

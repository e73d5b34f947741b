//! From rule files, embedded or the user's, to a checked set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::file::{RuleEntry, RuleFile};
use super::{Allowlist, Provenance, RuleError, RuleSet, check};

/// The files of `rules/detect`, each with its name, in the form that the build script gives them.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

/// How deep `extend.path` may lead, as in gitleaks.
const MAX_DEPTH: usize = 2;

/// The embedded rules; two rules of one id are an error.
pub(super) fn built_in() -> Result<RuleSet, RuleError> {
    let mut set = RuleSet::default();
    let files: Vec<(String, RuleFile)> =
        serde_json::from_str(BUILT_IN).map_err(|error| file_error("rules/detect/", error))?;
    let mut ids = BTreeSet::new();
    for (name, file) in files {
        let before = set.rules.len();
        add(&mut set, &name, file, &Provenance::BuiltIn)?;
        if let Some(twice) = set.rules.iter().skip(before).find(|rule| !ids.insert(rule.id.clone())) {
            return Err(rule_error(&name, &twice.id, "the id is taken by another file"));
        }
    }
    Ok(set)
}

/// Adds a file, or the `*.toml` files of a folder in name order.
pub(super) fn add_path(set: &mut RuleSet, path: &Path) -> Result<(), RuleError> {
    if path.is_dir() {
        for file in folder(path)? {
            add_file(set, &file, 0)?;
        }
        return Ok(());
    }
    add_file(set, path, 0)
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, RuleError> {
    let entries = std::fs::read_dir(path).map_err(|e| file_error(path.display(), e))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|e| file_error(path.display(), e))?.path();
        if file.extension().is_some_and(|e| e == "toml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(file_error(path.display(), "the folder holds no *.toml file"));
    }
    files.sort();
    Ok(files)
}

fn add_file(set: &mut RuleSet, path: &Path, depth: usize) -> Result<(), RuleError> {
    let text = std::fs::read_to_string(path).map_err(|e| file_error(path.display(), e))?;
    let extend = add_text(set, &path.display().to_string(), &text, &Provenance::File(path.to_owned()))?;
    let Some(base) = extend else { return Ok(()) };
    if depth >= MAX_DEPTH {
        return Err(file_error(path.display(), "extend.path leads more than two files deep"));
    }
    let mut inherited = RuleSet::default();
    let base = path.parent().unwrap_or(Path::new(".")).join(base);
    add_file(&mut inherited, &base, depth + 1)?;
    set.notes.append(&mut inherited.notes);
    set.allowlists.append(&mut inherited.allowlists);
    for rule in inherited.rules {
        if set.get(&rule.id).is_none_or(|known| known.provenance == Provenance::BuiltIn) {
            replace(set, rule);
        }
    }
    Ok(())
}

/// Adds a file's text; gives back `extend.path`.
pub(super) fn add_text(
    set: &mut RuleSet,
    name: &str,
    text: &str,
    provenance: &Provenance,
) -> Result<Option<String>, RuleError> {
    let file: RuleFile = toml::from_str(text).map_err(|e| file_error(name, e.to_string().trim_end()))?;
    add(set, name, file, provenance)
}

fn add(set: &mut RuleSet, name: &str, file: RuleFile, provenance: &Provenance) -> Result<Option<String>, RuleError> {
    note_unread(set, name, &file);
    for entry in file.allowlists.iter().flatten().chain(&file.allowlist) {
        set.allowlists
            .push(Allowlist::new(entry, check::parse_for(provenance)).map_err(|message| file_error(name, message))?);
    }
    let stem = Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for entry in file.rules.unwrap_or_default() {
        let id = entry.id.clone();
        if !seen.insert(id.clone()) {
            return Err(rule_error(name, &id, "the id occurs twice"));
        }
        if entry.regex.is_none() && entry.structure.is_none() && entry.path.is_some() {
            set.notes.push(format!("{name}: rule {id} looks at paths only and is left out"));
            continue;
        }
        note_entry(set, name, &entry);
        let rule = check::rule(entry, &stem, provenance).map_err(|message| rule_error(name, &id, message))?;
        if *provenance == Provenance::BuiltIn { set.rules.push(rule) } else { replace(set, rule) }
    }
    let extend = file.extend.unwrap_or_default();
    set.rules.retain(|rule| !extend.disabled_rules.contains(&rule.id));
    Ok(extend.path)
}

fn replace(set: &mut RuleSet, rule: super::Rule) {
    match set.rules.iter_mut().find(|known| known.id == rule.id) {
        Some(known) => *known = rule,
        None => set.rules.push(rule),
    }
}

fn note_unread(set: &mut RuleSet, name: &str, file: &RuleFile) {
    if file.prefilter.is_some() || file.filter.is_some() {
        set.notes.push(format!("{name}: filter expressions are not interpreted"));
    }
    if file.extend.as_ref().is_some_and(|extend| extend.url.is_some()) {
        set.notes.push(format!("{name}: extend.url is not fetched"));
    }
    if file.allowlists.iter().flatten().chain(&file.allowlist).any(|list| !list.commits.is_empty()) {
        set.notes.push(format!("{name}: allowlist commits are not looked at"));
    }
}

fn note_entry(set: &mut RuleSet, name: &str, entry: &RuleEntry) {
    let id = &entry.id;
    if entry.required.is_some() {
        set.notes.push(format!("{name}: rule {id}: required rules are not looked for, it reports on its own"));
    }
    if entry.filter.is_some() || entry.prefilter.is_some() || entry.validate.is_some() {
        set.notes.push(format!("{name}: rule {id}: expressions are not interpreted"));
    }
}

fn file_error(file: impl std::fmt::Display, message: impl std::fmt::Display) -> RuleError {
    RuleError::File { file: file.to_string(), message: message.to_string() }
}

fn rule_error(file: &str, rule: &str, message: impl std::fmt::Display) -> RuleError {
    RuleError::Rule { file: file.to_owned(), rule: rule.to_owned(), message: message.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gitleaks_file_loads_and_what_it_asks_in_vain_is_noted() {
        let text = r#"
            title = "team"
            minVersion = "8"
            [extend]
            useDefault = true
            disabledRules = ["b"]
            [allowlist]
            paths = ['''vendor/''']
            [[rules]]
            id = "a_Rule"
            description = "x"
            regex = '''(?i)acme_[a-z]{4}'''
            secretGroup = 0
            entropy = 1.5
            keywords = ["ACME_"]
            tags = ["t"]
            [[rules.required]]
            id = "b"
            withinLines = 3
            [[rules]]
            id = "b"
            regex = '''b{4}'''
            [[rules]]
            id = "c"
            path = '''\.p12$'''
        "#;
        let set = RuleSet::from_text("team.toml", text).unwrap();
        assert_eq!(set.rules().iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["a_Rule"]);
        assert_eq!(set.rules()[0].keywords, ["acme_"]);
        assert_eq!(set.allowlists().len(), 1);
        assert_eq!(set.notes().len(), 2, "{:?}", set.notes());
    }

    #[test]
    fn errors_name_file_rule_and_reason() {
        let error = |text: &str| RuleSet::from_text("f.toml", text).unwrap_err().to_string();
        assert!(error("[[rules]]\nid = 'r'\nregex = '(a'").starts_with("f.toml: rule r: regex: "));
        assert!(error("[[rules]]\nid = 'r'\nregex = 'a'\nsecretGroup = 2").contains("secretGroup 2"));
        assert!(error("[[rules]]\nid = 'r'\nregexp = 'a'").contains("regexp"));
        assert!(error("[[rules]]\nid = 'r'\nregex = 'a'\nvalidator = 'nope'").contains("nope"));
        assert!(error("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules]]\nid = 'r'\nregex = 'b'").contains("twice"));
    }

    #[test]
    fn a_users_rule_replaces_the_built_in_one_of_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.toml");
        std::fs::File::create_new(&file).unwrap();
        let mut set = RuleSet::built_in().unwrap();
        let count = set.len();
        let text = "[[rules]]\nid = 'generic-password'\nregex = 'zzz'";
        add_text(&mut set, "mine.toml", text, &Provenance::File(file)).unwrap();
        assert_eq!(set.len(), count);
        assert!(matches!(set.get("generic-password").unwrap().matcher, super::super::Matcher::Regex(..)));
    }
}

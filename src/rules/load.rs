//! From rule files, embedded or the user's, to a checked set.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::compose::{self, Spoken};
use super::file::{Extend, RuleEntry, RuleFile};
use super::{Allowlist, Provenance, Rule, RuleError, RuleSet, check};

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
        built_in_file(&mut set, &name, file)?;
        if let Some(twice) = set.rules.iter().skip(before).find(|rule| !ids.insert(rule.id.clone())) {
            return Err(rule_error(&name, &twice.id, "the id is taken by another file"));
        }
    }
    Ok(set)
}

/// Ids are told apart later, for a lookup a rule would take too long.
fn built_in_file(set: &mut RuleSet, name: &str, file: RuleFile) -> Result<(), RuleError> {
    let stem = Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    for entry in file.rules.unwrap_or_default() {
        let id = entry.id.clone();
        let rule = check::rule(entry, &stem, &Provenance::BuiltIn, false);
        set.rules.push(rule.map_err(|message| rule_error(name, &id, message))?);
    }
    Ok(())
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
    let name = path.display().to_string();
    let mut file = parse(&name, &text)?;
    let extend = std::mem::take(&mut file.extend).unwrap_or_default();
    refuse(&name, &extend)?;
    if let Some(base) = &extend.path {
        if depth >= MAX_DEPTH {
            return Err(file_error(name, "extend.path leads more than two files deep"));
        }
        add_file(set, &base_of(path, base)?, depth + 1)?;
    }
    disable(set, &name, &extend);
    let ground = Ground { provenance: Provenance::File(path.to_owned()), extend };
    add(set, &name, file, &ground)
}

/// Where `extend.path` leads: beside the file, else from the current folder, as gitleaks reads it.
fn base_of(file: &Path, base: &str) -> Result<PathBuf, RuleError> {
    let beside = file.parent().unwrap_or(Path::new(".")).join(base);
    let here = PathBuf::from(base);
    let found = [&beside, &here].into_iter().find(|path| path.is_file());
    found.cloned().ok_or_else(|| {
        let message = format!("extend.path: there is neither {} nor {}", beside.display(), here.display());
        file_error(file.display(), message)
    })
}

/// What a file builds on can't be left out in silence: its rules would be missing.
fn refuse(name: &str, extend: &Extend) -> Result<(), RuleError> {
    if extend.url.is_some() {
        return Err(file_error(name, "extend.url: arnify fetches nothing; save the file and name it by extend.path"));
    }
    if extend.use_default && extend.path.is_some() {
        return Err(file_error(name, "extend: useDefault and path exclude each other"));
    }
    Ok(())
}

/// Takes out the rules that a file doesn't want of those that it builds on.
fn disable(set: &mut RuleSet, name: &str, extend: &Extend) {
    for id in &extend.disabled_rules {
        let before = set.rules.len();
        set.rules.retain(|rule| rule.id != *id);
        if set.rules.len() == before {
            set.notes.push(format!("{name}: disabledRules: arnify has no rule {id}"));
        }
    }
}

/// What a file's rules stand on.
struct Ground {
    provenance: Provenance,
    extend: Extend,
}

impl Ground {
    /// Whether the file builds on this rule, rather than to bring one of its own under the same id.
    fn inherits(&self, known: &Rule) -> bool {
        match known.provenance {
            Provenance::BuiltIn => self.extend.use_default,
            Provenance::File(_) => self.extend.path.is_some(),
        }
    }
}

/// Adds a file's text, without what it extends.
pub(super) fn add_text(set: &mut RuleSet, name: &str, text: &str, provenance: &Provenance) -> Result<(), RuleError> {
    let mut file = parse(name, text)?;
    let extend = std::mem::take(&mut file.extend).unwrap_or_default();
    refuse(name, &extend)?;
    disable(set, name, &extend);
    add(set, name, file, &Ground { provenance: provenance.clone(), extend })
}

fn parse(name: &str, text: &str) -> Result<RuleFile, RuleError> {
    toml::from_str(text).map_err(|error| file_error(name, error.to_string().trim_end()))
}

fn add(set: &mut RuleSet, name: &str, file: RuleFile, ground: &Ground) -> Result<(), RuleError> {
    note_unread(set, name, &file);
    for entry in file.allowlists.iter().flatten().chain(&file.allowlist) {
        let list = Allowlist::new(entry, check::parse_for(&ground.provenance));
        set.allowlists.push(list.map_err(|message| file_error(name, message))?);
    }
    let stem = Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for entry in file.rules.unwrap_or_default() {
        if !seen.insert(entry.id.clone()) {
            return Err(rule_error(name, &entry.id, "the id occurs twice"));
        }
        note_entry(set, name, &entry);
        let id = entry.id.clone();
        add_entry(set, entry, (name, &stem), ground).map_err(|message| rule_error(name, &id, message))?;
    }
    Ok(())
}

fn add_entry(set: &mut RuleSet, entry: RuleEntry, (name, stem): (&str, &str), ground: &Ground) -> Result<(), String> {
    let spoken = Spoken::of(&entry);
    let known = set.rules.iter_mut().find(|rule| rule.id == entry.id);
    let Some(known) = known else {
        if ground.extend.use_default && !spoken.matcher && entry.path.is_none() {
            // the rule that it adds to is one of gitleaks' own
            set.notes.push(format!("{name}: rule {}: arnify has no rule of this id to add to", entry.id));
            return Ok(());
        }
        set.rules.push(check::rule(entry, stem, &ground.provenance, false)?);
        return Ok(());
    };
    if ground.inherits(known) || !spoken.matcher && entry.path.is_none() {
        let over = check::rule(entry, stem, &ground.provenance, true)?;
        compose::overlay(known, over, &spoken)
    } else {
        *known = check::rule(entry, stem, &ground.provenance, false)?;
        Ok(())
    }
}

/// What can only be told when all files are read: whether the rules are there that others name.
pub(super) fn finish(set: &mut RuleSet) -> Result<(), RuleError> {
    let ids: BTreeSet<&str> = set.rules.iter().map(|rule| rule.id.as_str()).collect();
    for rule in &set.rules {
        if let Some(missing) = rule.required.iter().find(|required| !ids.contains(required.rule.as_str())) {
            let file = match &rule.provenance {
                Provenance::BuiltIn => "rules/detect/".to_owned(),
                Provenance::File(path) => path.display().to_string(),
            };
            return Err(rule_error(&file, &rule.id, format!("it requires rule {}, which there is not", missing.rule)));
        }
    }
    let targets = set.allowlists.iter().flat_map(Allowlist::targets).filter(|id| !ids.contains(id));
    let mut notes: Vec<String> =
        targets.map(|id| format!("allowlists: targetRules: arnify has no rule {id}")).collect();
    let lists = set.rules.iter().flat_map(|rule| &rule.allowlists).chain(&set.allowlists);
    if lists.into_iter().any(Allowlist::is_split) {
        notes.push("allowlists: a list that asks for commits AND regexes or stopwords passes over nothing".to_owned());
    }
    set.notes.extend(notes);
    Ok(())
}

fn note_unread(set: &mut RuleSet, name: &str, file: &RuleFile) {
    let keys = [("prefilter", &file.prefilter), ("filter", &file.filter)];
    for (key, _) in keys.iter().filter(|(_, value)| value.is_some()) {
        set.notes.push(format!("{name}: the expression `{key}` is not evaluated: what it would pass over is reported"));
    }
}

fn note_entry(set: &mut RuleSet, name: &str, entry: &RuleEntry) {
    let id = &entry.id;
    let expressions = [("prefilter", &entry.prefilter), ("filter", &entry.filter)];
    for (key, _) in expressions.iter().filter(|(_, value)| value.is_some()) {
        let what = format!("the expression `{key}` is not evaluated: what it would pass over is reported");
        set.notes.push(format!("{name}: rule {id}: {what}"));
    }
    if entry.token_efficiency == Some(true) {
        set.notes.push(format!("{name}: rule {id}: `tokenEfficiency` is not measured: more may be reported"));
    }
    let online = [("validate", &entry.validate), ("analyze", &entry.analyze), ("revoke", &entry.revoke)];
    let online: Vec<&str> = online.iter().filter(|(_, value)| value.is_some()).map(|(key, _)| *key).collect();
    if !online.is_empty() {
        let keys = online.join(", ");
        set.notes.push(format!("{name}: rule {id}: {keys}: arnify asks no provider about a credential"));
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
    use super::super::Matcher;
    use super::*;

    #[test]
    fn a_gitleaks_file_loads_and_what_it_asks_in_vain_is_noted() {
        let text = r#"
            title = "team"
            minVersion = "8"
            [extend]
            useDefault = true
            disabledRules = ["generic-password", "of-gitleaks"]
            [allowlist]
            paths = ['''vendor/''']
            [[allowlists]]
            targetRules = ["elsewhere"]
            stopwords = ["x"]
            [[rules]]
            id = "a_Rule"
            description = "x"
            regex = '''(?i)acme_[a-z]{4}'''
            secretGroup = 0
            entropy = 1.5
            keywords = ["ACME_"]
            tags = ["t"]
            filter = "true"
            validate = "true"
            [[rules]]
            id = "of-gitleaks-alone"
            [[rules.allowlists]]
            stopwords = ["x"]
            [[rules]]
            id = "by-path"
            path = '''\.p12$'''
        "#;
        let mut set = RuleSet::built_in().unwrap();
        add_text(&mut set, "team.toml", text, &Provenance::File("team.toml".into())).unwrap();
        finish(&mut set).unwrap();
        assert!(set.get("generic-password").is_none());
        assert_eq!(set.get("a_Rule").unwrap().keywords, ["acme_"]);
        assert!(matches!(set.get("by-path").unwrap().matcher, Matcher::Path));
        assert_eq!(set.allowlists().len(), 2);
        let notes =
            ["no rule of-gitleaks", "`filter` is not", "validate: arnify asks", "of-gitleaks-alone", "elsewhere"];
        assert_eq!(set.notes().len(), notes.len(), "{:?}", set.notes());
        for note in notes {
            assert!(set.notes().iter().any(|said| said.contains(note)), "{note}: {:?}", set.notes());
        }
    }

    #[test]
    fn an_entry_that_builds_on_a_rule_adds_to_it() {
        let mut set = RuleSet::built_in().unwrap();
        let known = set.get("github-pat").unwrap();
        let (keywords, description) = (known.keywords.len(), known.description.clone());
        let text = "[[rules]]\nid = 'github-pat'\nentropy = 2.5\nkeywords = ['more']\ntags = ['t']\n\
                    [[rules.allowlists]]\nstopwords = ['x']";
        add_text(&mut set, "team.toml", text, &Provenance::File("team.toml".into())).unwrap();
        let rule = set.get("github-pat").unwrap();
        assert_eq!((rule.keywords.len(), &rule.description), (keywords + 1, &description));
        assert_eq!((rule.entropy, rule.tags.len(), rule.allowlists.len()), (Some(2.5), 1, 1));
        assert!(matches!(rule.matcher, Matcher::Regex(..)) && !rule.examples.is_empty());
    }

    #[test]
    fn what_would_lose_findings_is_refused_by_name() {
        let error = |text: &str| RuleSet::from_text("f.toml", text).unwrap_err().to_string();
        assert!(error("[extend]\nurl = 'https://example.com/x.toml'").contains("extend.url"));
        assert!(error("[extend]\nuseDefault = true\npath = 'x.toml'").contains("exclude each other"));
        assert!(
            error("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules.required]]\nid = 'none'").contains("requires rule none")
        );
        assert!(error("[[rules]]\nid = 'r'\nregex = 'a'\ncomponents = [{ id = 'r', within = '5X' }]").contains("5X"));
        assert!(
            error("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules.allowlists]]\ndescription = 'x'").contains("needs one of")
        );
        assert!(error("[[rules]]\nid = 'r'\nregex = 'a'\nmystery = 1").contains("mystery"));
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
        assert!(matches!(set.get("generic-password").unwrap().matcher, Matcher::Regex(..)));
    }
}

//! `arnify rules list | check | new`: the rules that a scan would use, their self-test, and a new file's skeleton.
//! `rules bench` has a file of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::output;
use crate::cli::{Format, Rules, RulesVerb};
use crate::failure::{Exit, Failure};
use crate::model::{Confidence, Kind, Severity};
use crate::rules::{Provenance, Rule, RuleError, RuleSet, ValueClass};
use crate::scan::{Checked, Failing, ScanOptions, Scanner, check_rules};
use crate::secret::Salt;
use crate::settings::Settings;
use crate::ui::Ui;

/// Runs the verb and hands over what it says.
pub(super) fn run(settings: &Settings, arguments: &Rules, ui: &mut Ui) -> Result<Exit, Failure> {
    let (format, paths) = (settings.format, &settings.scan.rule_paths);
    let (exit, text) = match &arguments.verb {
        RulesVerb::List => (Exit::Done, list(&load(paths)?, format)?),
        RulesVerb::Check => check(load(paths)?, format)?,
        RulesVerb::New { provider, dir } => (Exit::Done, new(provider, dir)?),
        RulesVerb::Bench(bench) => return super::bench::run(settings, bench, ui),
    };
    output::deliver(settings.output.as_deref(), ui, |out| out.write_all(text.as_bytes()))?;
    Ok(exit)
}

/// Loads the built-in rules and the user's.
pub(super) fn load(rule_paths: &[PathBuf]) -> Result<RuleSet, Failure> {
    RuleSet::load(rule_paths).map_err(|error| {
        let built_in = matches!(&error, RuleError::File { file, .. } | RuleError::Rule { file, .. } if file.starts_with("rules/detect/"));
        let exit = if built_in { Exit::Bug } else { Exit::Usage };
        Failure::new(exit, error).hint("`arnify rules check --rules FILE` tests a rule file, `arnify rules new PROVIDER` begins one in the right form.")
    })
}

/// A rule as a machine reads it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    description: &'a str,
    family: &'a str,
    kind: Kind,
    severity: Severity,
    confidence: Confidence,
    value: &'static str,
    status: &'static str,
    since: Option<&'a str>,
    origin: String,
}

impl<'a> Listed<'a> {
    fn new(rule: &'a Rule) -> Self {
        Self {
            id: &rule.id,
            description: &rule.description,
            family: &rule.family,
            kind: rule.kind,
            severity: rule.severity,
            confidence: rule.confidence,
            value: match rule.value {
                ValueClass::Specific => "specific",
                ValueClass::Keyed => "keyed",
                ValueClass::Hash => "hash",
            },
            status: rule.status.label(),
            since: rule.since.as_deref(),
            origin: match &rule.provenance {
                Provenance::BuiltIn => "built-in".to_owned(),
                Provenance::File(path) => path.display().to_string(),
            },
        }
    }
}

fn list(set: &RuleSet, format: Format) -> Result<String, Failure> {
    let listed: Vec<Listed<'_>> = set.rules().iter().filter(|rule| !rule.hidden).map(Listed::new).collect();
    match format {
        Format::Human => Ok(human_list(set, &listed)),
        Format::Json => Ok(json(&listed)? + "\n"),
        Format::Jsonl => listed.iter().map(|rule| json_line(rule).map(|line| line + "\n")).collect(),
        Format::Sarif => {
            Err(Failure::message(Exit::Usage, "a rule list has no SARIF form").hint("Use `--format json`."))
        }
    }
}

fn human_list(set: &RuleSet, listed: &[Listed<'_>]) -> String {
    use std::fmt::Write as _;
    let width = listed.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in listed {
        let severity = format!("{:?}", rule.severity).to_lowercase();
        let own = if rule.origin == "built-in" { String::new() } else { format!("  ({})", rule.origin) };
        let _ = writeln!(text, "{:width$}  {severity:8}  {}{own}", rule.id, rule.description);
    }
    let _ = writeln!(text, "{} rules. `arnify explain ID` tells more about one.", listed.len());
    for note in set.notes() {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// The outcome of the self-test as a machine reads it.
#[derive(Serialize)]
struct CheckedSet<'a> {
    rules: usize,
    failing: Vec<CheckedText<'a>>,
    overruled: usize,
    notes: &'a [String],
}

#[derive(Serialize)]
struct CheckedText<'a> {
    rule: &'a str,
    fault: &'static str,
    text: &'a str,
    message: &'a str,
}

fn check(set: RuleSet, format: Format) -> Result<(Exit, String), Failure> {
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"rules check") };
    let scanner = Scanner::new(set, options);
    let Checked { failing, overruled } = check_rules(&scanner);
    let text = match format {
        Format::Json | Format::Jsonl => {
            let texts = failing.iter().map(|f| CheckedText {
                rule: &f.rule,
                fault: f.fault.label(),
                text: &f.text,
                message: &f.message,
            });
            let checked = CheckedSet {
                rules: scanner.rules().len(),
                failing: texts.collect(),
                overruled,
                notes: scanner.rules().notes(),
            };
            json_line(&checked)? + "\n"
        }
        Format::Human => human_check(scanner.rules(), &failing, overruled),
        Format::Sarif => {
            return Err(
                Failure::message(Exit::Usage, "a check of rules has no SARIF form").hint("Use `--format json`.")
            );
        }
    };
    Ok((if failing.is_empty() { Exit::Done } else { Exit::Usage }, text))
}

fn human_check(set: &RuleSet, failing: &[Failing], overruled: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for Failing { rule, text: example, message, .. } in failing {
        let _ = writeln!(text, "{rule}: {message}\n    {}", example.replace('\n', "\n    "));
    }
    for note in set.notes() {
        let _ = writeln!(text, "note: {note}");
    }
    if overruled > 0 {
        let _ =
            writeln!(text, "note: your rules report {overruled} texts of built-in rules; a rule of yours goes first");
    }
    let texts: usize = set.rules().iter().map(|rule| rule.examples.len() + rule.counter_examples.len()).sum();
    let _ = writeln!(text, "{} rules, {texts} texts, {} failing", set.len(), failing.len());
    text
}

/// Writes the skeleton of a rule file, whose rule works as it is, so that each change can be tried at once.
fn new(provider: &str, dir: &Path) -> Result<String, Failure> {
    let good = provider
        .split('-')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    if !good {
        return Err(Failure::message(
            Exit::Usage,
            format!("{provider}: a provider's name is lower-case words with hyphens"),
        ));
    }
    let path = dir.join(format!("{provider}.toml"));
    let wrong = |error| Failure::new(Exit::Usage, anyhow::Error::new(error).context(path.display().to_string()));
    std::fs::create_dir_all(dir).map_err(wrong)?;
    let mut file = std::fs::File::create_new(&path).map_err(|error| {
        wrong(error).hint("A file that is there is not overwritten: choose another name or `--dir`.")
    })?;
    file.write_all(skeleton(provider).as_bytes()).map_err(|error| Failure::new(Exit::Usage, error))?;
    let path = path.display();
    Ok(format!("{path} written. Fill it in, then run `arnify rules check --rules {path}`.\n"))
}

fn skeleton(provider: &str) -> String {
    format!(
        "[[rules]]\n\
         id = \"{provider}-api-key\"\n\
         description = \"What it finds, in a few words\"\n\
         kind = \"api-key\"                       # password | api-key | token | private-key | connection | secret\n\
         severity = \"high\"                      # low | medium | high | critical\n\
         confidence = \"high\"                    # low | medium | high\n\
         keywords = [\"{provider}_\"]              # lower case; one of them must stand in the match\n\
         regex = '''\\b({provider}_[0-9A-Za-z]{{32}})\\b'''\n\
         # a token without a prefix is found by the name before it; instead of the regex:\n\
         # structure = \"keyed\"\n\
         # value = \"keyed\"\n\
         # provider = \"{provider}\"\n\
         # format = \"[0-9a-f]{{32}}\"\n\
         why = \"What somebody who holds it can do.\"\n\
         fix = \"Where to revoke it, and how to get a new one.\"\n\
         references = [\"https://\"]\n\
         examples = ['''api_key = \"{provider}_{{{{b62:32}}}}\"''']\n\
         counter_examples = ['''{provider}_short''', '''api_key = ${{API_KEY}}''']\n"
    )
}

fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::new(Exit::Bug, error))
}

fn json_line<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::new(Exit::Bug, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_rule_in_both_forms() {
        let set = load(&[]).unwrap();
        let human = list(&set, Format::Human).unwrap();
        assert!(human.contains("generic-password") && human.contains("rules."));
        assert_eq!(list(&set, Format::Sarif).unwrap_err().exit, Exit::Usage);
        let json = list(&set, Format::Json).unwrap();
        let rules: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == "generic-password" && rule["origin"] == "built-in"));
    }

    #[test]
    fn a_new_rule_file_passes_its_own_check_and_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("my/rules");
        assert!(new("acmecloud", &folder).unwrap().contains("acmecloud.toml"), "the folder is made");
        assert!(new("acmecloud", &folder).unwrap_err().hints[0].contains("not overwritten"));
        let file = folder.join("acmecloud.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let keyed: String = text.lines().filter(|line| !line.starts_with("regex")).fold(String::new(), |all, line| {
            let line = line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line);
            all + &line.replace("acmecloud_{{b62:32}}", "{{hex:32}}").replace("api_key = \"", "acmecloud_key = \"")
                + "\n"
        });
        let set = RuleSet::from_text("keyed.toml", &keyed).unwrap();
        assert!(matches!(set.rules()[0].value, ValueClass::Keyed), "{keyed}");
        let set = RuleSet::from_text("acmecloud.toml", &text).unwrap();
        let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"") };
        let failing = check_rules(&Scanner::new(set, options)).failing;
        assert!(!failing.iter().any(|f| f.rule == "acmecloud-api-key"), "{failing:?}");
    }

    #[test]
    fn a_bad_regex_in_a_users_file_is_a_usage_error_that_names_file_and_rule() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bad.toml");
        let mut handle = std::fs::File::create_new(&file).unwrap();
        handle.write_all(b"[[rules]]\nid = \"mine\"\nregex = '(open'\n").unwrap();
        let failure = load(&[file]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let message = failure.to_string();
        assert!(message.contains("bad.toml") && message.contains("mine") && message.contains("unclosed"), "{message}");
    }
}

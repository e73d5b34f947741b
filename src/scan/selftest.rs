//! The rules' self-test: every example must be reported by its own rule through the whole scanner, and no
//! counter-example by any.

use super::Scanner;
use crate::model::{Blob, Origin, Source, Verdict};
use crate::rules::{Matcher, Rule, expand};

/// A text of a rule that didn't give what it promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The rule whose text it is.
    pub rule: String,
    /// The text as written in the rule file, generators not expanded.
    pub text: String,
    /// What was expected and what was found.
    pub message: String,
}

/// Runs all rules' examples and counter-examples through `scanner`, which must let low confidence through.
pub fn check_rules(scanner: &Scanner) -> Vec<Failing> {
    scanner.rules().rules().iter().flat_map(|rule| check_rule(scanner, rule)).collect()
}

fn check_rule(scanner: &Scanner, rule: &Rule) -> Vec<Failing> {
    let mut failing = Vec::new();
    let mut fail = |text: &str, message: String| {
        failing.push(Failing { rule: rule.id.clone(), text: text.to_owned(), message });
    };
    if let Matcher::Regex(pattern, _) = &rule.matcher
        && pattern.regex().is_none()
    {
        fail(pattern.as_str(), "the regex is too large to compile".to_owned());
        return failing;
    }
    for (position, text) in rule.examples.iter().enumerate() {
        let found = reported(scanner, rule, text, position);
        if !found.contains(&rule.id) {
            let others = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            fail(text, format!("an example that the rule should report gave {others}"));
        }
    }
    for (position, text) in rule.counter_examples.iter().enumerate() {
        let found = reported(scanner, rule, text, rule.examples.len() + position);
        if !found.is_empty() {
            fail(text, format!("a counter-example was reported by {}", found.join(", ")));
        }
    }
    failing
}

/// Ids of the rules that report something in `text`, verdicts that the report leaves out not counted.
fn reported(scanner: &Scanner, rule: &Rule, text: &str, position: usize) -> Vec<String> {
    let path = example_path(rule);
    let source = Source { tree_path: path.clone(), path, origin: Origin::Stdin, explicit: true };
    let blob = Blob::new(source, expand(text, &rule.id, position).into_bytes());
    let located = scanner.scan(&blob).into_iter();
    located
        .filter(|located| !matches!(located.finding.verdict, Verdict::Example | Verdict::Suppressed))
        .map(|located| located.finding.rule)
        .collect()
}

/// A path that the rule applies to: common names are tried in turn.
fn example_path(rule: &Rule) -> String {
    const NAMES: [&str; 22] = [
        "app.conf",
        ".npmrc",
        ".netrc",
        ".pgpass",
        ".yarnrc.yml",
        ".env",
        "config.json",
        ".docker/config.json",
        ".dockercfg",
        "settings.xml",
        "nuget.config",
        ".pypirc",
        ".git-credentials",
        "credentials",
        ".htpasswd",
        "wg0.conf",
        "terraform.tfstate",
        "main.tf",
        "app.yml",
        "web.config",
        "x.py",
        "x.rb",
    ];
    let applies = |name: &&&str| rule.path.as_ref().is_none_or(|path| path.is_match(name.as_bytes()));
    NAMES.iter().find(applies).map_or_else(|| "app.conf".to_owned(), |name| (*name).to_owned())
}

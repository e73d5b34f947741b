//! The rules' self-test: every example is reported by its own rule, at the right span, through the whole scanner; no
//! counter-example by any; no regex is slower than its bound.

use std::sync::Arc;

use super::Scanner;
use super::adversary::{BOUND, worst};
use crate::model::{Blob, Located, Origin, Source, Span, Verdict};
use crate::rules::{Expanded, Matcher, Provenance, Rule};

/// A text of a rule that didn't give what it promises, or a regex that is no good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The rule whose text it is.
    pub rule: String,
    /// What is wrong, in a word.
    pub fault: Fault,
    /// The text as written in the rule file, generators not expanded; or the regex.
    pub text: String,
    /// What was expected and what was found.
    pub message: String,
}

/// What the self-test finds wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is reported in an example.
    Missed,
    /// Other rules report the example's value, and its own doesn't.
    Stolen,
    /// The example is reported at another span than its value's.
    Span,
    /// A counter-example is reported.
    Counter,
    /// The regex takes longer than its bound on input made against it.
    Slow,
    /// The regex is too large to compile.
    TooLarge,
}

impl Fault {
    /// As machines read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Stolen => "stolen",
            Self::Span => "span",
            Self::Counter => "counter-example",
            Self::Slow => "slow",
            Self::TooLarge => "too-large",
        }
    }
}

/// What the self-test gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong.
    pub failing: Vec<Failing>,
    /// Texts of built-in rules that rules of a user's file report: it may take over what it wants.
    pub overruled: usize,
}

/// Runs all rules' examples and counter-examples through `scanner`, which must let low confidence through, and their
/// regexes over input made against them.
pub fn check_rules(scanner: &Scanner) -> Checked {
    let mut checked = Checked::default();
    for rule in scanner.rules().rules() {
        check_rule(scanner, rule, &mut checked);
    }
    checked
}

fn check_rule(scanner: &Scanner, rule: &Rule, checked: &mut Checked) {
    let failing = |fault, text: &str, message| Failing { rule: rule.id.clone(), fault, text: text.to_owned(), message };
    if let Matcher::Regex(pattern, _) = &rule.matcher {
        if pattern.search().is_none() {
            let message = "the regex is too large to compile".to_owned();
            return checked.failing.push(failing(Fault::TooLarge, pattern.as_str(), message));
        }
        if let Some(taken) = worst(rule).filter(|taken| *taken > BOUND) {
            let message =
                format!("the regex takes {taken:.0} ns a byte on input made against it; the bound is {BOUND}");
            return checked.failing.push(failing(Fault::Slow, pattern.as_str(), message));
        }
    }
    for (position, text) in rule.examples.iter().enumerate() {
        match example(scanner, rule, &Expanded::new(text, &rule.id, position)) {
            Ok(true) => {}
            Ok(false) => checked.overruled += 1,
            Err((fault, message)) => checked.failing.push(failing(fault, text, message)),
        }
    }
    for (position, text) in rule.counter_examples.iter().enumerate() {
        let text_of = Expanded::new(text, &rule.id, rule.examples.len() + position);
        let found = reported(scanner, rule, &text_of);
        if overrules(scanner, rule, &found) {
            checked.overruled += 1;
        } else if !found.is_empty() {
            let message = format!("a counter-example was reported by {}", ids(&found).join(", "));
            checked.failing.push(failing(Fault::Counter, text, message));
        }
    }
}

/// Whether what stands in a built-in rule's text was found by rules of a user's file alone.
fn overrules(scanner: &Scanner, rule: &Rule, found: &[Located]) -> bool {
    let own = |id: &str| scanner.rules().get(id).is_some_and(|rule| rule.provenance != Provenance::BuiltIn);
    rule.provenance == Provenance::BuiltIn && !found.is_empty() && found.iter().all(|one| own(&one.finding.rule))
}

/// Whether an example is reported as it should be, or by a user's rule instead.
fn example(scanner: &Scanner, rule: &Rule, text: &Expanded) -> Result<bool, (Fault, String)> {
    let found = reported(scanner, rule, text);
    let own: Vec<&Located> = found.iter().filter(|located| located.finding.rule == rule.id).collect();
    if own.is_empty() && overrules(scanner, rule, &found) {
        return Ok(false);
    }
    if own.is_empty() {
        let others = ids(&found);
        return Err(if others.is_empty() {
            (Fault::Missed, "an example that the rule should report gave nothing".to_owned())
        } else {
            (Fault::Stolen, format!("an example that the rule should report was taken by {}", others.join(", ")))
        });
    }
    let wrong: Vec<&str> = own.iter().filter_map(|located| span_fault(located.value, text)).collect();
    match wrong.first() {
        Some(fault) if wrong.len() == own.len() && !by_path_only(rule) => Err((Fault::Span, (*fault).to_owned())),
        _ => Ok(true),
    }
}

/// What is wrong with the span of an example's value. The generated parts tell where it has to be: it holds at least
/// one of them, cuts none, and has no quote or white space at its ends.
fn span_fault(value: Span, text: &Expanded) -> Option<&'static str> {
    let held: Vec<&Span> = text.generated.iter().filter(|part| part.overlaps(value)).collect();
    let bytes = value.of(text.text.as_bytes());
    let loose = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace() || b"\"'`".contains(byte));
    if text.generated.is_empty() {
        None
    } else if held.is_empty() {
        Some("the reported span holds nothing of the example's generated value")
    } else if held.iter().any(|part| !value.contains(**part)) {
        Some("the reported span cuts the example's generated value")
    } else if loose(bytes.first()) || loose(bytes.last()) {
        Some("the reported span begins or ends with a quote or white space")
    } else {
        None
    }
}

fn ids(found: &[Located]) -> Vec<String> {
    found.iter().map(|located| located.finding.rule.clone()).collect()
}

/// What the scanner reports in `text`, verdicts that the report leaves out not counted. The text of a rule that looks
/// at paths only is a path.
fn reported(scanner: &Scanner, rule: &Rule, text: &Expanded) -> Vec<Located> {
    let path = if by_path_only(rule) { text.text.clone() } else { example_path(rule) };
    let source = Arc::new(Source { tree_path: path.clone(), path, origin: Origin::Stdin, explicit: true });
    let located = if by_path_only(rule) {
        scanner.by_path(&source)
    } else {
        scanner.scan(&Blob::new(source, text.text.clone().into_bytes()))
    };
    let counts = |located: &Located| !matches!(located.finding.verdict, Verdict::Example | Verdict::Suppressed);
    located.into_iter().filter(counts).collect()
}

fn by_path_only(rule: &Rule) -> bool {
    matches!(rule.matcher, Matcher::Path)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Confidence;
    use crate::rules::RuleSet;
    use crate::scan::ScanOptions;
    use crate::secret::Salt;

    #[test]
    fn a_users_rule_may_take_over_what_a_built_in_one_found() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("team.toml");
        let text = "[[rules]]\nid = 'team-github'\nspecificity = 200\nregex = '(gh[pousr]_[0-9A-Za-z]{36})'\n";
        #[expect(clippy::disallowed_methods, reason = "a test file in a temporary folder")]
        std::fs::write(&file, text).unwrap();
        let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
        let scanner = Scanner::new(RuleSet::load(&[file]).unwrap(), options);
        let mut checked = Checked::default();
        check_rule(&scanner, scanner.rules().get("github-pat").unwrap(), &mut checked);
        assert_eq!(checked.failing, []);
        assert!(checked.overruled > 0);
    }
}

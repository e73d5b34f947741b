//! The built-in rules prove themselves: every example is found by its own rule, no counter-example by any.

use arnify::model::Confidence;
use arnify::rules::RuleSet;
use arnify::scan::{Fault, ScanOptions, Scanner, check_rules};
use arnify::secret::Salt;

#[test]
fn every_rule_reports_its_examples_and_none_its_counter_examples() {
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
    let scanner = Scanner::new(RuleSet::built_in().expect("the built-in rules load"), options);
    let failing = check_rules(&scanner).failing;
    let lines: Vec<String> = failing.iter().map(|f| format!("{}: {}: {}", f.rule, f.message, f.text)).collect();
    assert!(failing.is_empty(), "{} failing:\n{}", failing.len(), lines.join("\n"));
}

/// The faults that the self-test finds in one broken rule beside the built-in ones.
fn faults(rule: &str) -> Vec<(String, Fault)> {
    let text = format!("[[rules]]\nid = 'team-rule'\nkeywords = ['acme']\n{rule}\n");
    let set = RuleSet::from_text("team.toml", &text).expect("a rule file");
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
    check_rules(&Scanner::new(set, options)).failing.into_iter().map(|found| (found.rule, found.fault)).collect()
}

fn fault(rule: &str) -> Option<Fault> {
    faults(rule).first().map(|(_, fault)| *fault)
}

#[test]
fn the_self_test_sees_each_kind_of_fault() {
    let good =
        "regex = '(acme_[0-9a-z]{12})'\nexamples = ['k = \"acme_{{lownum:12}}\"']\ncounter_examples = ['acme_x']";
    assert_eq!(fault(good), None);
    assert_eq!(fault(&good.replace("acme_{{", "acme-{{")), Some(Fault::Missed));
    assert_eq!(fault(&good.replace("'acme_x'", "'acme_0123456789ab'")), Some(Fault::Counter));
    assert_eq!(
        fault(&good.replace("(acme_[0-9a-z]{12})", "(acme_[0-9a-z]{9})")),
        Some(Fault::Span),
        "it cuts the value"
    );
    assert_eq!(fault(&good.replace("(acme_[0-9a-z]{12})", "(acme_)[0-9a-z]{12}")), Some(Fault::Span), "it holds none");
    assert_eq!(
        fault(&good.replace("(acme_[0-9a-z]{12})", "(acme_[0-9a-z]{12}.)")),
        Some(Fault::Span),
        "it holds the quote"
    );
    assert_eq!(fault("regex = '(?s)([a0 =].{1,8000}(?:x.{1,900}){12}y)'"), Some(Fault::Slow));
    let thief = format!(
        "{good}\n[[rules]]\nid = 'thief'\nkeywords = ['acme']\nspecificity = 200\nregex = '(acme_[0-9a-z]{{12}})'"
    );
    assert_eq!(faults(&thief), [("team-rule".to_owned(), Fault::Stolen)]);
}

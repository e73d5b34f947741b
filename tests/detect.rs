//! The built-in rules prove themselves: every example is found by its own rule, no counter-example by any.

use arnify::model::Confidence;
use arnify::rules::RuleSet;
use arnify::scan::{ScanOptions, Scanner, check_rules};
use arnify::secret::Salt;

#[test]
fn every_rule_reports_its_examples_and_none_its_counter_examples() {
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
    let scanner = Scanner::new(RuleSet::built_in().expect("the built-in rules load"), options);
    let failing = check_rules(&scanner);
    let lines: Vec<String> = failing.iter().map(|f| format!("{}: {}: {}", f.rule, f.message, f.text)).collect();
    assert!(failing.is_empty(), "{} failing:\n{}", failing.len(), lines.join("\n"));
}

//! How slow a rule's regex is on input made against it: its keywords without end, its examples broken off, and long
//! runs of one character behind a keyword.

use std::time::Instant;

use super::matcher::matches;
use crate::model::Span;
use crate::rules::{Matcher, Rule, expand};

/// Size of an input, bytes: large enough for a search that is more than linear to stand out.
const SIZE: usize = 16 << 10;
/// Tries of which the fastest counts: a busy machine is not the rule's fault.
const TRIES: usize = 6;
/// What may follow a keyword for as long as the input is.
const RUNS: [&str; 6] = ["a", "0", "aA0", " ", "=\"", "\n\t"];

/// Slowest that a regex may be on the worst of its inputs, nanoseconds a byte. It is far above what a sound regex takes,
/// so that a busy machine is no fault, and far below what one takes that starts anew at each place.
pub const BOUND: f64 = if cfg!(debug_assertions) { 4_000.0 } else { 2_000.0 };

/// Past this no busy machine is to blame, and further tries would only take their time.
const HOPELESS: f64 = BOUND * 4.0;

/// The time that a rule's regex takes on the worst of its inputs, nanoseconds a byte; `None` for a rule without one. The
/// first input on which it is hopeless counts as the worst.
pub fn worst(rule: &Rule) -> Option<f64> {
    let Matcher::Regex(..) = &rule.matcher else { return None };
    let mut worst: f64 = 0.0;
    for input in inputs(rule) {
        worst = worst.max(fastest(rule, &input));
        if worst > HOPELESS {
            break;
        }
    }
    Some(worst)
}

/// One try when it is well within the bound or hopeless, several in between.
fn fastest(rule: &Rule, input: &[u8]) -> f64 {
    let hits = keyword_hits(rule, input);
    let mut best = f64::INFINITY;
    for _ in 0..TRIES {
        let start = Instant::now();
        let found = matches(rule, &hits, input).len();
        let taken = start.elapsed().as_secs_f64() * 1e9 / as_f64(input.len().max(1));
        // the count is used, so that the search is not optimised away
        best = best.min(taken + as_f64(usize::from(found > input.len())));
        if !(BOUND / 2.0..=HOPELESS).contains(&best) {
            break;
        }
    }
    best
}

fn as_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn inputs(rule: &Rule) -> Vec<Vec<u8>> {
    let word = rule.keywords.iter().max_by_key(|word| word.len()).map_or("", String::as_str);
    let fill = |piece: &str| piece.as_bytes().iter().copied().cycle().take(SIZE).collect::<Vec<u8>>();
    let mut inputs = Vec::new();
    if !word.is_empty() {
        inputs.push(fill(word));
    }
    for run in RUNS {
        inputs.push([word.as_bytes(), &fill(run)].concat());
        inputs.push(fill(&format!("{word}{}", run.repeat(48))));
    }
    for (at, example) in rule.examples.iter().enumerate().take(2) {
        let text = expand(example, &rule.id, at);
        let letters = text.chars().count();
        let broken: String = text.chars().take(letters - letters / 8 - 1).collect();
        inputs.push(fill(&format!("{broken} ")));
        inputs.push(fill(&text));
    }
    inputs
}

/// Where the keywords stand; all of the input for a rule without any.
fn keyword_hits(rule: &Rule, input: &[u8]) -> Vec<Span> {
    let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(&rule.keywords);
    match automaton {
        Ok(automaton) if !rule.keywords.is_empty() => {
            automaton.find_overlapping_iter(input).map(|hit| Span::new(hit.start(), hit.end())).collect()
        }
        _ => vec![Span::new(0, input.len())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    fn cost(rule: &str) -> f64 {
        let set = RuleSet::from_text("r.toml", &format!("[[rules]]\nid='r'\nkeywords=['acme']\n{rule}")).unwrap();
        worst(&set.rules()[0]).unwrap()
    }

    #[test]
    fn a_regex_that_starts_anew_at_each_place_is_slower_than_the_bound_and_a_plain_one_is_not() {
        assert!(cost("regex='\\bacme_([0-9a-z]{32})\\b'") < BOUND);
        // every start runs to the end of the text and fails there
        let slow = cost("regex='(?s)([a0 =].{1,8000}(?:x.{1,900}){12}y)'");
        assert!(slow > BOUND, "{slow} ns a byte");
    }
}

//! What each rule costs on a corpus: one thread, every part of the scan timed for itself.

use std::time::{Duration, Instant};

use super::prefilter::Hits;
use super::{Reading, Scanner, matcher};
use crate::model::Blob;

/// The cost of one rule.
#[derive(Clone, Debug, Default)]
pub struct RuleCost {
    /// Regex and judge.
    pub time: Duration,
    /// Keywords of it in the text; none for a rule without keywords, which runs over all of it.
    pub keyword_hits: usize,
    /// Matches, or keys with their values.
    pub matches: usize,
    /// Matches that the judge takes for a candidate.
    pub candidates: usize,
}

/// The costs of a scan.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// Sources read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The pass over all keywords.
    pub keywords: Duration,
    /// Finding keys and values, for all rules that go by keys.
    pub structure: Duration,
    /// Finding and reading encoded text.
    pub decoding: Duration,
    /// By position in the rule set.
    pub rules: Vec<RuleCost>,
}

impl Bench {
    /// Nothing measured yet.
    pub fn new(scanner: &Scanner) -> Self {
        Self { rules: vec![RuleCost::default(); scanner.rules().len()], ..Self::default() }
    }

    /// Scans a blob and adds what each part took.
    pub fn add(&mut self, scanner: &Scanner, blob: &Blob) {
        let reading = Reading::new(blob);
        self.files += 1;
        self.bytes += blob.bytes.len() as u64;
        let (all, taken) = timed(|| scanner.prefilter.hits(scanner.rules.rules(), &blob.bytes));
        self.keywords += taken;
        self.regexes(scanner, &reading, &all);
        self.pairs(scanner, &reading, &all);
        self.decoding += timed(|| scanner.decoded(&reading)).1;
    }

    fn regexes(&mut self, scanner: &Scanner, reading: &Reading<'_>, all: &Hits<'_>) {
        let bytes = &reading.blob.bytes;
        for (index, rule, hits) in scanner.rules_with(all) {
            let Some(cost) = self.rules.get_mut(index) else { continue };
            cost.keyword_hits += if rule.keywords.is_empty() { 0 } else { hits.len() };
            let elsewhere = rule.path.as_ref().is_some_and(|path| !path.is_match(reading.blob.path().as_bytes()));
            if elsewhere {
                continue;
            }
            let ((matches, candidates), taken) = timed(|| {
                let found = matcher::matches(rule, &hits, bytes);
                let judged = found.iter().filter_map(|found| {
                    let subject = Scanner::subject(reading, found.value, rule, None);
                    scanner.hit(index, rule, &subject, found.whole)
                });
                (found.len(), judged.count())
            });
            cost.time += taken;
            cost.matches += matches;
            cost.candidates += candidates;
        }
    }

    fn pairs(&mut self, scanner: &Scanner, reading: &Reading<'_>, all: &Hits<'_>) {
        let (pairs, taken) = timed(|| scanner.pairs(reading, all));
        self.structure += taken;
        for rule in &scanner.pair_rules {
            if let Some(cost) = self.rules.get_mut(*rule) {
                cost.keyword_hits += all.count_of(*rule);
            }
        }
        for pair in pairs {
            let Some(index) = scanner.pair_rules.get(pair.class.rule).copied() else { continue };
            let Some(rule) = scanner.rules.rules().get(index) else { continue };
            let Some(cost) = self.rules.get_mut(index) else { continue };
            let (hit, taken) = timed(|| {
                let subject = Scanner::subject(reading, pair.value, rule, Some(&pair));
                scanner.hit(index, rule, &subject, pair.value)
            });
            cost.time += taken;
            cost.matches += 1;
            cost.candidates += usize::from(hit.is_some());
        }
    }
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = run();
    (value, start.elapsed())
}

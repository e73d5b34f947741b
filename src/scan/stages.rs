//! The stages of a scan one by one, for `benches/stages.rs`.

use super::keyvalue::Pair;
use super::matcher::{self, Match};
use super::prefilter::Hits;
use super::{Reading, Scanner, decode};
use crate::model::{Blob, Span};
use crate::rules::Rule;

/// A blob with what each stage of its scan needs from those before it. Each stage gives how much it found.
pub struct Stages<'a> {
    scanner: &'a Scanner,
    reading: Reading<'a>,
    hits: Hits<'a>,
    matches: Vec<(usize, &'a Rule, Match)>,
    pairs: Vec<Pair>,
}

impl<'a> Stages<'a> {
    /// Goes through the stages that others need.
    pub fn new(scanner: &'a Scanner, blob: &'a Blob) -> Self {
        let reading = Reading::new(blob);
        let hits = scanner.prefilter.hits(scanner.rules.rules(), &blob.bytes);
        let mut stages = Self { scanner, reading, hits, matches: Vec::new(), pairs: Vec::new() };
        stages.matches = stages.matched();
        stages.pairs = scanner.pairs(&stages.reading, &stages.hits);
        stages
    }

    /// The blob's length in bytes.
    pub fn bytes(&self) -> usize {
        self.reading.blob.bytes.len()
    }

    /// The pass over all keywords: how many rules can match.
    pub fn prefilter(&self) -> usize {
        self.scanner.prefilter.hits(self.scanner.rules.rules(), &self.reading.blob.bytes).rules().len()
    }

    /// The rules' regexes in windows round their keywords: how many matches there are.
    pub fn regexes(&self) -> usize {
        self.matched().len()
    }

    /// Keys and values by structure: how many pairs there are.
    pub fn pairs(&self) -> usize {
        self.scanner.pairs(&self.reading, &self.hits).len()
    }

    /// How many matches and pairs there are to judge.
    pub fn judged(&self) -> usize {
        self.matches.len() + self.pairs.len()
    }

    /// The judge on all matches and pairs: how many it takes for candidates.
    pub fn judge(&self) -> usize {
        let regexes = self.matches.iter().filter_map(|(index, rule, found)| {
            let subject = Scanner::subject(&self.reading, found.value, rule, None);
            self.scanner.hit(*index, rule, &subject, found.whole)
        });
        let pairs = self.pairs.iter().filter_map(|pair| {
            let index = *self.scanner.pair_rules.get(pair.class.rule)?;
            let rule = self.scanner.rules.rules().get(index)?;
            let subject = Scanner::subject(&self.reading, pair.value, rule, Some(pair));
            let whole = Span::new(pair.key.span.start, pair.end.max(pair.value.end));
            self.scanner.hit(index, rule, &subject, whole)
        });
        regexes.count() + pairs.count()
    }

    /// Finding and decoding encoded text: how many stretches there are.
    pub fn decode(&self) -> usize {
        decode::levels(&self.reading.blob.bytes).iter().map(decode::Level::len).sum()
    }

    /// All of it, as a run does it: how many findings there are.
    pub fn scan(&self) -> usize {
        self.scanner.scan(self.reading.blob).len()
    }

    fn matched(&self) -> Vec<(usize, &'a Rule, Match)> {
        let bytes = &self.reading.blob.bytes;
        let path = self.reading.blob.path().as_bytes();
        let rules = self.hits.rules().into_iter();
        let rules = rules.filter_map(|index| Some((index, self.scanner.rules.rules().get(index)?)));
        rules
            .filter(|(_, rule)| rule.path.as_ref().is_none_or(|pattern| pattern.is_match(path)))
            .flat_map(|(index, rule)| {
                let found = matcher::matches(rule, &self.hits.of(index), bytes);
                found.into_iter().map(move |found| (index, rule, found))
            })
            .collect()
    }
}

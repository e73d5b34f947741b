//! Which rules can match a blob, and where: one pass for all keywords, then windows round the hits.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::OnceLock;

use super::compose::Composites;
use super::keywords::Keywords;
use crate::model::{Kind, Span};
use crate::rules::{Anchors, Matcher, Rule};

/// How far before a keyword a match of an unbounded regex may start, bytes.
const BACK: usize = 512;
/// How far behind a keyword it may end at first; a match that touches the end is looked at again, further.
const AHEAD: usize = 4096;
/// The same for private keys: a 8,192-bit RSA key in PEM has some 6,500 bytes, and armour may be indented and escaped.
const AHEAD_KEY: usize = 16 << 10;
/// How far at most.
pub(super) const FARTHEST: usize = 64 << 10;
/// How far from a match its keyword may stand, bytes: a vendor's name in the key, its format in the value.
pub(super) const NEAR: usize = 128;
/// Widest bound that is taken as it is.
const MAX_BOUND: usize = 16 << 10;

/// The keywords and who waits for which.
pub(super) struct Prefilter {
    keywords: Keywords,
    /// What waits for each.
    waiting: Vec<Waiting>,
    /// Keywords by rule.
    waits_for: Vec<Vec<usize>>,
    /// Regex rules without a keyword.
    always: Vec<usize>,
}

/// What waits for a keyword.
#[derive(Default)]
struct Waiting {
    /// Rules with a regex.
    regexes: Vec<usize>,
    /// Whether it is in a name that key/value rules know.
    named: bool,
    /// What matches of the regexes start with round it; none where that is unknown of one. Found out when it first occurs.
    anchors: OnceLock<Option<Anchors>>,
}

impl Waiting {
    /// Whether any regex of `rules` may match round the keyword at `at`.
    fn may_match(&self, rules: &[Rule], bytes: &[u8], at: usize) -> bool {
        let of_any = || {
            let owners = self.regexes.iter().filter_map(|rule| rules.get(*rule));
            owners.map(Rule::anchors).collect::<Option<Vec<_>>>().map(Anchors::of_any)
        };
        self.anchors.get_or_init(of_any).as_ref().is_none_or(|anchors| anchors.fit(bytes, at))
    }
}

/// The keyword hits of a text.
pub(super) struct Hits<'p> {
    prefilter: &'p Prefilter,
    /// Keyword and start of those that regexes wait for, in order. A text of nothing but keywords has millions, and each
    /// has several rules.
    found: Vec<(usize, usize)>,
    /// Start and keyword of those that key/value rules wait for, as they came.
    named: Vec<(usize, usize)>,
    /// All of the text: the hit of a rule without keywords.
    whole: Span,
}

impl Hits<'_> {
    /// The regex rules that have some, in order.
    pub(super) fn rules(&self) -> Vec<usize> {
        let words = self.found.chunk_by(|one, other| one.0 == other.0).filter_map(|hits| hits.first());
        let owners = words.filter_map(|(word, _)| self.prefilter.waiting.get(*word)).flat_map(|word| &word.regexes);
        let mut rules: Vec<usize> = owners.chain(&self.prefilter.always).copied().collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Those of one regex rule, in the order of their ends.
    pub(super) fn of(&self, rule: usize) -> Vec<Span> {
        let words = self.prefilter.waits_for.get(rule).map(Vec::as_slice).unwrap_or_default();
        if words.is_empty() && self.prefilter.always.contains(&rule) {
            return vec![self.whole];
        }
        let mut spans: Vec<Span> = words.iter().flat_map(|word| self.of_word(*word)).collect();
        if words.len() > 1 {
            // those of each word are in order
            spans.sort_by_key(|span| (span.end, span.start));
        }
        spans
    }

    /// Those of all key/value rules, in the order of their starts.
    pub(super) fn named(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = self.named.iter().map(|(start, word)| self.span(*word, *start)).collect();
        spans.sort();
        spans
    }

    /// How many of those are of one rule.
    pub(super) fn count_of(&self, rule: usize) -> usize {
        let words = self.prefilter.waits_for.get(rule).map(Vec::as_slice).unwrap_or_default();
        self.named.iter().filter(|(_, word)| words.contains(word)).count()
    }

    fn of_word(&self, word: usize) -> impl Iterator<Item = Span> + '_ {
        let from = self.found.partition_point(|(other, _)| *other < word);
        let hits = self.found.get(from..).unwrap_or_default().iter().take_while(move |(other, _)| *other == word);
        hits.map(|(word, start)| self.span(*word, *start))
    }

    fn span(&self, word: usize, start: usize) -> Span {
        Span::new(start, start + self.prefilter.keywords.length(word))
    }
}

impl Prefilter {
    /// Prepares the keywords of `rules`.
    pub(super) fn new(rules: &[Rule], composites: &Composites) -> Self {
        let mut by_word: BTreeMap<&str, Waiting> = BTreeMap::new();
        let mut always = Vec::new();
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| composites.wants(rule)) {
            let is_regex = matches!(rule.matcher, Matcher::Regex(..));
            if rule.keywords.is_empty() && is_regex {
                always.push(index);
            }
            for word in &rule.keywords {
                let waiting = by_word.entry(word).or_default();
                if is_regex {
                    waiting.regexes.push(index);
                }
                waiting.named |= matches!(rule.matcher, Matcher::KeyValue(_));
            }
        }
        let numbers: HashMap<&str, usize> = by_word.keys().enumerate().map(|(number, word)| (*word, number)).collect();
        let numbers_of =
            |rule: &Rule| rule.keywords.iter().filter_map(|word| numbers.get(word.as_str()).copied()).collect();
        let waits_for = rules.iter().map(numbers_of).collect();
        let (words, waiting): (Vec<&str>, Vec<Waiting>) = by_word.into_iter().unzip();
        Self { keywords: Keywords::new(&words), waiting, waits_for, always }
    }

    /// Whether any keyword occurs: what is asked of the many short texts that a blob holds encoded.
    pub(super) fn touches(&self, bytes: &[u8]) -> bool {
        self.keywords.find(bytes, &mut |_, _| ControlFlow::Break(())).is_break()
    }

    /// The keyword hits of `rules`, the same as it was made for; a rule without keywords has all of the text for one.
    /// Those of regexes round which no match can stand are left out.
    pub(super) fn hits(&self, rules: &[Rule], bytes: &[u8]) -> Hits<'_> {
        let (mut found, mut named) = (Vec::new(), Vec::new());
        let _ = self.keywords.find(bytes, &mut |word, span| {
            if let Some(waiting) = self.waiting.get(word) {
                if waiting.named {
                    named.push((span.start, word));
                }
                if waiting.may_match(rules, bytes, span.start) {
                    found.push((word, span.start));
                }
            }
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        Hits { prefilter: self, found, named, whole: Span::new(0, bytes.len()) }
    }
}

/// A stretch of a blob to run a regex on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Where the search starts.
    pub(super) start: usize,
    /// Where the text is cut.
    pub(super) end: usize,
}

/// The merged windows of a rule round some of its hits.
pub(super) fn windows(rule: &Rule, mut hits: Vec<Span>, length: usize) -> Vec<Window> {
    let Matcher::Regex(pattern, _) = &rule.matcher else { return Vec::new() };
    let (back, ahead) = match pattern.max_len() {
        Some(bound) if bound <= MAX_BOUND => (bound + NEAR, bound + NEAR),
        _ if rule.kind == Kind::PrivateKey => (BACK, AHEAD_KEY),
        _ => (BACK, AHEAD),
    };
    let back = rule.anchors().map_or(back, Anchors::back);
    let mut out: Vec<Window> = Vec::new();
    hits.sort_unstable();
    for hit in hits {
        let window = Window { start: hit.start.saturating_sub(back), end: (hit.end + ahead).min(length) };
        match out.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => out.push(window),
        }
    }
    out
}

//! Which rules can match a blob, and where: one pass for all keywords, then windows round the hits.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

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
    /// Rules by keyword.
    owners: Vec<Vec<usize>>,
    /// Keywords by rule.
    waits_for: Vec<Vec<usize>>,
    /// Rules without a keyword.
    always: Vec<usize>,
}

/// The keyword hits of a text.
pub(super) struct Hits<'p> {
    prefilter: &'p Prefilter,
    /// Keyword and start of each, in order. A text of nothing but keywords has millions, and each has several rules.
    found: Vec<(usize, usize)>,
    /// All of the text: the hit of a rule without keywords.
    whole: Span,
}

impl Hits<'_> {
    /// The rules that have some, in order.
    pub(super) fn rules(&self) -> Vec<usize> {
        let words = self.found.chunk_by(|one, other| one.0 == other.0).filter_map(|hits| hits.first());
        let owners = words.filter_map(|(word, _)| self.prefilter.owners.get(*word)).flatten();
        let mut rules: Vec<usize> = owners.chain(&self.prefilter.always).copied().collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// Those of one rule, in the order of their ends.
    pub(super) fn of(&self, rule: usize) -> Vec<Span> {
        let words = self.prefilter.waits_for.get(rule).map(Vec::as_slice).unwrap_or_default();
        if words.is_empty() && self.prefilter.always.contains(&rule) {
            return vec![self.whole];
        }
        let mut spans: Vec<Span> = words.iter().flat_map(|word| self.of_word(*word)).collect();
        if words.len() > 1 {
            spans.sort_unstable_by_key(|span| (span.end, span.start));
        }
        spans
    }

    /// Those of some keywords, in the order of their starts.
    pub(super) fn of_words(&self, words: &[usize]) -> Vec<Span> {
        let mut spans: Vec<Span> = words.iter().flat_map(|word| self.of_word(*word)).collect();
        spans.sort_unstable();
        spans
    }

    fn of_word(&self, word: usize) -> impl Iterator<Item = Span> + '_ {
        let from = self.found.partition_point(|(other, _)| *other < word);
        let hits = self.found.get(from..).unwrap_or_default().iter().take_while(move |(other, _)| *other == word);
        let length = self.prefilter.keywords.length(word);
        hits.map(move |(_, start)| Span::new(*start, start + length))
    }
}

impl Prefilter {
    /// Prepares the keywords of `rules`.
    pub(super) fn new(rules: &[Rule], composites: &Composites) -> Self {
        let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut always = Vec::new();
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| composites.wants(rule)) {
            if rule.keywords.is_empty() {
                always.push(index);
            }
            for word in &rule.keywords {
                by_word.entry(word).or_default().push(index);
            }
        }
        let (words, owners): (Vec<&str>, Vec<Vec<usize>>) = by_word.into_iter().unzip();
        let mut waits_for = vec![Vec::new(); rules.len()];
        for (word, rules) in owners.iter().enumerate() {
            for rule in rules {
                waits_for.get_mut(*rule).into_iter().for_each(|words| words.push(word));
            }
        }
        Self { keywords: Keywords::new(&words), owners, waits_for, always }
    }

    /// The keywords of some rules, each once.
    pub(super) fn keywords(&self, rules: &[usize]) -> Vec<usize> {
        let words: BTreeSet<usize> =
            rules.iter().filter_map(|rule| self.waits_for.get(*rule)).flatten().copied().collect();
        words.into_iter().collect()
    }

    /// Whether any keyword occurs: what is asked of the many short texts that a blob holds encoded.
    pub(super) fn touches(&self, bytes: &[u8]) -> bool {
        self.keywords.find(bytes, &mut |_, _| ControlFlow::Break(())).is_break()
    }

    /// The keyword hits of `rules`, the same as it was made for; a rule without keywords has all of the text for one.
    /// Those round which no match of any rule can stand are left out.
    pub(super) fn hits(&self, rules: &[Rule], bytes: &[u8]) -> Hits<'_> {
        let mut found = Vec::new();
        let _ = self.keywords.find(bytes, &mut |word, span| {
            let mut owners = self.owners.get(word).into_iter().flatten().filter_map(|rule| rules.get(*rule));
            if owners.any(|rule| rule.may_match(bytes, span.start)) {
                found.push((word, span.start));
            }
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        Hits { prefilter: self, found, whole: Span::new(0, bytes.len()) }
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

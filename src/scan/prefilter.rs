//! Which rules can match a blob, and where: one pass of an automaton over all keywords, then windows round the hits.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::compose::Composites;
use crate::model::{Kind, Span};
use crate::rules::{Matcher, Rule};

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

/// The automaton and who waits for which keyword.
pub(super) struct Prefilter {
    automaton: Option<AhoCorasick>,
    /// Rules by keyword.
    owners: Vec<Vec<usize>>,
    /// Rules without a keyword.
    always: Vec<usize>,
    rules: usize,
}

impl Prefilter {
    /// Compiles the keywords of `rules`.
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
        // fails only for gigabytes of patterns, which the size of a rule file rules out
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).ok();
        Self { automaton, owners, always, rules: rules.len() }
    }

    /// Whether any keyword occurs: what is asked of the many short texts that a blob holds encoded.
    pub(super) fn touches(&self, bytes: &[u8]) -> bool {
        self.automaton.as_ref().is_some_and(|automaton| automaton.is_match(bytes))
    }

    /// The keyword hits of each rule, in order; `None` for a rule that has none.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<Option<Vec<Span>>> {
        let mut hits: Vec<Option<Vec<Span>>> = vec![None; self.rules];
        for index in &self.always {
            if let Some(slot) = hits.get_mut(*index) {
                *slot = Some(vec![Span::new(0, bytes.len())]);
            }
        }
        for hit in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(bytes)) {
            let span = Span::new(hit.start(), hit.end());
            for index in self.owners.get(hit.pattern().as_usize()).into_iter().flatten() {
                if let Some(slot) = hits.get_mut(*index) {
                    slot.get_or_insert_default().push(span);
                }
            }
        }
        hits
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

/// The merged windows of a rule.
pub(super) fn windows(rule: &Rule, hits: &[Span], length: usize) -> Vec<Window> {
    let Matcher::Regex(pattern, _) = &rule.matcher else { return Vec::new() };
    let (back, ahead) = match pattern.max_len() {
        Some(bound) if bound <= MAX_BOUND => (bound + NEAR, bound + NEAR),
        _ if rule.kind == Kind::PrivateKey => (BACK, AHEAD_KEY),
        _ => (BACK, AHEAD),
    };
    let mut out: Vec<Window> = Vec::new();
    let mut sorted: Vec<Span> = hits.to_vec();
    sorted.sort_unstable();
    for hit in sorted {
        let window = Window { start: hit.start.saturating_sub(back), end: (hit.end + ahead).min(length) };
        match out.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => out.push(window),
        }
    }
    out
}

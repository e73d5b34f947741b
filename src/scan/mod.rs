//! From a blob to located findings: keyword prefilter, regex in a window, judge, suppressions.
//!
//! A blob is read twice at most: once for all keywords, and once, in part, by the regexes of the
//! rules whose keywords occur. Keys and values are found by structure ([`keyvalue`]) rather than by regex. Every
//! candidate is judged; of those that overlap, the most specific stays.

mod adversary;
pub mod baseline;
mod bench;
mod classes;
mod codes;
mod compose;
mod decode;
mod driver;
mod format;
pub mod history;
mod joined;
mod judge;
mod keyvalue;
mod keywords;
mod matcher;
mod overlap;
mod places;
mod prefilter;
mod runs;
mod selftest;
mod stages;
mod suppress;
mod vectors;
mod vouch;

pub use adversary::{BOUND, worst};
pub use bench::{Bench, RuleCost};
pub use driver::{Drive, FileFindings, Progress, ScanOutcome, run};
pub use selftest::{Checked, Failing, Fault, check_rules};
#[doc(hidden)]
pub use stages::Stages;
pub use vouch::Vouch;

use std::cell::OnceCell;

use compose::Composites;
use format::{Format, PathTraits};
use judge::{Judgement, Subject, judge};
use keyvalue::{Keys, Pair};
use overlap::{Hit, resolve};
use prefilter::{Hits, Prefilter};

use crate::model::{Blob, Confidence, Finding, Kind, LineIndex, Located, Severity, Span, Stands, Verdict};
use crate::rules::{Candidate, Matcher, Rule, RuleSet, ValueClass};
use crate::secret::{Excerpt, Fingerprint, Salt};

/// What a scanner is built with.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// Threshold.
    pub min_confidence: Confidence,
    /// Salt of fingerprints.
    pub salt: Salt,
}

/// A compiled scanner; shared by all workers.
pub struct Scanner {
    rules: RuleSet,
    prefilter: Prefilter,
    composites: Composites,
    /// Positions of the rules that know files by their path.
    path_rules: Vec<usize>,
    /// Positions of the key/value rules, and their keys.
    pair_rules: Vec<usize>,
    keys: Keys,
    options: ScanOptions,
    /// `YYYY-MM-DD`, against the end dates of inline markers.
    today: String,
}

/// A blob with what its path says, which is asked only where a keyword stands.
struct Reading<'a> {
    blob: &'a Blob,
    format: OnceCell<Format>,
    traits: OnceCell<PathTraits>,
}

impl<'a> Reading<'a> {
    fn new(blob: &'a Blob) -> Self {
        Self { blob, format: OnceCell::new(), traits: OnceCell::new() }
    }

    fn format(&self) -> Format {
        *self.format.get_or_init(|| Format::of(self.blob.path()))
    }

    fn traits(&self) -> PathTraits {
        *self.traits.get_or_init(|| PathTraits::of(self.blob.path()))
    }
}

/// What a finding is called.
struct Named<'a> {
    rule: &'a str,
    family: &'a str,
    kind: Kind,
    severity: Severity,
}

impl Scanner {
    /// Compiles the prefilter over all rules.
    pub fn new(rules: RuleSet, options: ScanOptions) -> Self {
        let composites = Composites::new(rules.rules());
        let prefilter = Prefilter::new(rules.rules(), &composites);
        let mut pair_rules = Vec::new();
        let mut keys = Vec::new();
        let mut path_rules = Vec::new();
        for (index, rule) in rules.rules().iter().enumerate() {
            if matches!(rule.matcher, Matcher::Path) && !rule.hidden {
                path_rules.push(index);
            }
            if let Matcher::KeyValue(named) = &rule.matcher {
                pair_rules.push(index);
                keys.push(named.clone());
            }
        }
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        Self { rules, prefilter, composites, path_rules, pair_rules, keys: Keys::new(keys), options, today }
    }

    /// The rules that take part.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Where the values of all candidates stand, whatever the judge makes of them and whatever the threshold: text
    /// that is shown to anybody has them masked.
    pub fn values(&self, blob: &Blob) -> Vec<Span> {
        self.hits(blob).iter().map(|hit| hit.value).collect()
    }

    /// All findings of one blob in span order, overlapping ones resolved to the most specific.
    pub fn scan(&self, blob: &Blob) -> Vec<Located> {
        let mut hits = self.hits(blob);
        forget_telling_keys(&mut hits);
        let masks = Masks::new(hits.iter().map(|hit| hit.value).collect());
        let kept = resolve(hits);
        kept.into_iter()
            .map(|hit| self.located(blob, hit, &masks))
            .filter(|located| located.finding.confidence >= self.options.min_confidence)
            .collect()
    }

    /// All judged candidates, those in encoded text too; overlaps not yet resolved.
    fn hits(&self, blob: &Blob) -> Vec<Hit> {
        let reading = Reading::new(blob);
        let mut hits = self.candidates(&reading);
        hits.extend(self.decoded(&reading));
        hits
    }

    /// The judged candidates of the text as it stands.
    fn candidates(&self, reading: &Reading<'_>) -> Vec<Hit> {
        let bytes = &reading.blob.bytes;
        let all = self.prefilter.hits(self.rules.rules(), bytes);
        let mut out = Vec::new();
        for (index, rule, hits) in self.rules_with(&all) {
            if rule.path.as_ref().is_some_and(|path| !path.is_match(reading.blob.path().as_bytes())) {
                continue;
            }
            for found in matcher::matches(rule, &hits, bytes) {
                let subject = Self::subject(reading, found.value, rule, None);
                out.extend(self.hit(index, rule, &subject, found.whole));
            }
        }
        for pair in self.pairs(reading, &all) {
            let Some(index) = self.pair_rules.get(pair.class.rule).copied() else { continue };
            let Some(rule) = self.rules.rules().get(index) else { continue };
            let subject = Self::subject(reading, pair.value, rule, Some(&pair));
            let whole = Span::new(pair.key.span.start, pair.end.max(pair.value.end));
            out.extend(self.hit(index, rule, &subject, whole));
        }
        self.composites.resolve(self.rules.rules(), out, bytes, || reading.blob.lines())
    }

    /// The regex rules that `all` has hits of, with their positions and hits.
    fn rules_with<'h>(&'h self, all: &'h Hits<'_>) -> impl Iterator<Item = (usize, &'h Rule, Vec<Span>)> {
        let rules = all.rules().into_iter();
        rules.filter_map(|index| Some((index, self.rules.rules().get(index)?, all.of(index))))
    }

    /// The key/value pairs that any rule names.
    fn pairs(&self, reading: &Reading<'_>, all: &Hits<'_>) -> Vec<Pair> {
        let hits = all.named();
        if hits.is_empty() {
            return Vec::new();
        }
        keyvalue::pairs(&reading.blob.bytes, &hits, &self.keys, reading.format())
    }

    fn subject<'a>(reading: &Reading<'a>, value: Span, rule: &'a Rule, pair: Option<&'a Pair>) -> Subject<'a> {
        Subject {
            bytes: &reading.blob.bytes,
            path: reading.blob.path(),
            value,
            line: reading.blob.line_at(value.start),
            rule: &rule.id,
            pair,
            format: reading.format(),
            traits: reading.traits(),
        }
    }

    fn hit(&self, index: usize, rule: &Rule, subject: &Subject<'_>, whole: Span) -> Option<Hit> {
        if self.is_allowed(rule, subject, whole) {
            return None;
        }
        let judgement = judge(rule, subject)?;
        let key = subject.pair.map(|p| String::from_utf8_lossy(p.key.span.of(subject.bytes)).into_owned());
        let tier = rule.specificity;
        Some(Hit { rule: index, tier, value: subject.value, whole, judgement, key, decoded: false })
    }

    fn is_allowed(&self, rule: &Rule, subject: &Subject<'_>, whole: Span) -> bool {
        let global = self.rules.allowlists();
        if rule.allowlists.is_empty() && global.is_empty() {
            return false;
        }
        let path = subject.path;
        let candidate = Candidate {
            rule: &rule.id,
            path,
            secret: subject.value.of(subject.bytes),
            matched: whole.of(subject.bytes),
            line: subject.line.of(subject.bytes),
        };
        rule.allowlists.iter().chain(global).any(|list| list.allows(&candidate))
    }

    /// Vendors' tokens in encoded text.
    fn decoded(&self, reading: &Reading<'_>) -> Vec<Hit> {
        let mut out = Vec::new();
        let levels = decode::levels(&reading.blob.bytes);
        for (layer, text) in levels.iter().flat_map(|level| level.touched(|text| self.prefilter.touches(text))) {
            let all = self.prefilter.hits(self.rules.rules(), text);
            let mut found = Vec::new();
            for (index, rule, hits) in self.rules_with(&all) {
                if rule.value != ValueClass::Specific || rule.path.is_some() || rule.keywords.is_empty() {
                    continue;
                }
                for matched in matcher::matches(rule, &hits, text) {
                    let subject = Subject {
                        bytes: text,
                        value: matched.value,
                        line: Span::new(0, text.len()),
                        ..Self::subject(reading, layer.span, rule, None)
                    };
                    found.extend(self.hit(index, rule, &subject, matched.whole));
                }
            }
            let codes: Vec<_> = layer.codes().map(codes::Code::label).collect();
            let lines = || LineIndex::new(text);
            for mut hit in self.composites.resolve(self.rules.rules(), found, text, lines) {
                hit.judgement.signals.push(format!("decoded from {}", codes.join(", then ")));
                out.push(Hit { value: layer.span, decoded: true, ..hit });
            }
        }
        out
    }

    fn located(&self, blob: &Blob, hit: Hit, masks: &Masks) -> Located {
        let rules = self.rules.rules();
        #[expect(clippy::expect_used, reason = "a hit's rule is a position in this very list")]
        let rule = rules.get(hit.rule).expect("internal: a hit's rule is one of the set");
        let named = Named { rule: &rule.id, family: &rule.family, kind: rule.kind, severity: rule.severity };
        let finding = self.finding(blob, (hit.value, hit.judgement), &named, masks);
        let stands = if hit.decoded { Stands::Encoded } else { Stands::Plain };
        Located { finding, value: hit.value, key: hit.key, stands }
    }

    /// The finding of a judged value, with what the file itself asks about it.
    fn finding(&self, blob: &Blob, (value, judgement): (Span, Judgement), named: &Named<'_>, masks: &Masks) -> Finding {
        let Judgement { confidence, mut verdict, mut signals } = judgement;
        match suppress::request(blob, value, named.rule, &self.today) {
            Some(suppress::Request::PassOver(words)) => {
                verdict = Verdict::Suppressed;
                signals.push(words);
            }
            Some(suppress::Request::Void(words)) => signals.push(words),
            None => {}
        }
        let (salt, path) = (&self.options.salt, &blob.source.tree_path);
        Finding {
            v: 1,
            rule: named.rule.to_owned(),
            kind: named.kind,
            severity: named.severity,
            confidence,
            verdict,
            path: blob.path().to_owned(),
            span: blob.lines().region(&blob.bytes, value),
            fingerprint: Fingerprint::compute(salt, named.family, path, value.of(&blob.bytes)),
            excerpt: excerpt(blob, value, masks),
            commit: blob.source.origin.commit().map(str::to_owned),
            removed: None,
            signals,
        }
    }

    /// The feature names and, for each candidate that the model would score, its span and features: what the
    /// model is trained from.
    #[doc(hidden)]
    pub fn training_rows(&self, blob: &Blob) -> (&'static [&'static str], Vec<(Span, Vec<f32>)>) {
        let reading = Reading::new(blob);
        let all = self.prefilter.hits(self.rules.rules(), &blob.bytes);
        let mut rows = Vec::new();
        for (_, rule, hits) in self.rules_with(&all).filter(|(_, rule, _)| judge::is_generic(rule)) {
            for found in matcher::matches(rule, &hits, &blob.bytes) {
                rows.push((found.value, judge::compute(&Self::subject(&reading, found.value, rule, None))));
            }
        }
        for pair in self.pairs(&reading, &all) {
            let index = self.pair_rules.get(pair.class.rule).copied().unwrap_or(0);
            if let Some(rule) = self.rules.rules().get(index) {
                rows.push((pair.value, judge::compute(&Self::subject(&reading, pair.value, rule, Some(&pair)))));
            }
        }
        rows.retain(|(span, _)| !judge::is_hopeless(span.of(&blob.bytes)));
        (judge::names(), rows)
    }
}

/// Drops each key that holds the value of another candidate: names and descriptions of secrets are made from keys, and
/// those are no place for a credential.
fn forget_telling_keys(hits: &mut [Hit]) {
    let mut values: Vec<Span> = hits.iter().map(|hit| hit.value).collect();
    values.sort_unstable();
    for hit in hits.iter_mut().filter(|hit| hit.key.is_some()) {
        // what is matched starts with the key
        let from = values.partition_point(|value| value.start < hit.whole.start);
        let mut within = values.iter().skip(from).take_while(|value| value.start < hit.value.start);
        if within.any(|value| value.end <= hit.value.start) {
            hit.key = None;
        }
    }
}

/// The values of all candidates of a blob: none of them may show in an excerpt.
struct Masks {
    /// Sorted.
    spans: Vec<Span>,
    /// Length of the longest.
    longest: usize,
}

impl Masks {
    fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let longest = spans.iter().map(|span| span.len()).max().unwrap_or(0);
        Self { spans, longest }
    }
}

/// How much of a line round the value goes into an excerpt before it is cut to its final length, bytes.
const EXCERPT_REACH: usize = 1024;

/// The first line of the value, or the part of it round the value, with every candidate's value on it masked.
fn excerpt(blob: &Blob, value: Span, masks: &Masks) -> Excerpt {
    let number = blob.lines().line_of(&blob.bytes, value.start);
    let line = blob.lines().line_span(&blob.bytes, number).unwrap_or(value);
    let start = line.start.max(value.start.saturating_sub(EXCERPT_REACH));
    let part = Span::new(start, line.end.min(value.end.saturating_add(EXCERPT_REACH)).max(start));
    let until = masks.spans.partition_point(|mask| mask.start < part.end);
    let longest = masks.longest;
    let ranges: Vec<_> = masks
        .spans
        .get(..until)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|mask| mask.start.saturating_add(longest) > part.start)
        .filter(|mask| mask.overlaps(part))
        .map(|mask| mask.start.saturating_sub(part.start)..mask.end.min(part.end) - part.start)
        .collect();
    Excerpt::mask(part.of(&blob.bytes), &ranges)
}

#[cfg(test)]
mod tests;

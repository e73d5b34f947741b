//! Composite rules: a hit counts only where the rules that its own requires have hits near it.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::overlap::Hit;
use crate::model::{LineIndex, Span};
use crate::rules::{Required, Rule};

/// What a set of rules says about composites.
#[derive(Debug, Default)]
pub(super) struct Composites {
    /// Ids of the rules that others require.
    required: BTreeSet<String>,
}

/// Line and column where a match starts, from 0.
type Place = (usize, usize);

impl Composites {
    pub(super) fn new(rules: &[Rule]) -> Self {
        Self { required: rules.iter().flat_map(|rule| &rule.required).map(|required| required.rule.clone()).collect() }
    }

    /// Whether a rule has to run: it is reported, or another one asks for it.
    pub(super) fn wants(&self, rule: &Rule) -> bool {
        !rule.hidden || self.required.contains(&rule.id)
    }

    /// The hits that are reported: not those of helpers, nor those that lack what they require.
    /// `lines` are those of `bytes`, which only composite rules need.
    pub(super) fn resolve<L: Borrow<LineIndex>>(
        &self,
        rules: &[Rule],
        hits: Vec<Hit>,
        bytes: &[u8],
        lines: impl FnOnce() -> L,
    ) -> Vec<Hit> {
        if self.required.is_empty() {
            return hits;
        }
        let lines = lines();
        let lines = lines.borrow();
        let place = |span: Span| {
            let region = lines.region(bytes, Span::new(span.start, span.start));
            (region.line, region.column)
        };
        let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for hit in &hits {
            if let Some(rule) = rules.get(hit.rule).filter(|rule| self.required.contains(&rule.id)) {
                places.entry(&rule.id).or_default().push(place(hit.whole));
            }
        }
        for places in places.values_mut() {
            places.sort_unstable();
        }
        let has = |required: &Required, at: Place| {
            places.get(required.rule.as_str()).is_some_and(|places| is_near(required, places, at))
        };
        let counts = |hit: &Hit| {
            rules.get(hit.rule).is_some_and(|rule| {
                !rule.hidden
                    && (rule.required.is_empty() || {
                        let at = place(hit.whole);
                        rule.required.iter().all(|required| has(required, at))
                    })
            })
        };
        hits.into_iter().filter(counts).collect()
    }
}

/// Whether one of `places`, which are sorted, is as near as it must be.
fn is_near(required: &Required, places: &[Place], (line, column): Place) -> bool {
    let first = required.lines.map_or(0, |lines| line.saturating_sub(lines));
    let last = required.lines.map_or(usize::MAX, |lines| line.saturating_add(lines));
    let from = places.partition_point(|place| place.0 < first);
    let candidates = places.get(from..).unwrap_or_default().iter().take_while(|place| place.0 <= last);
    let fits = |other: usize| required.columns.is_none_or(|columns| other.abs_diff(column) <= columns);
    candidates.into_iter().any(|place| fits(place.1))
}

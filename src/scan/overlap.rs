//! Of hits that overlap, one stays: the most specific, then the surer, then the longer.

use super::judge::Judgement;
use crate::model::{Span, Verdict};

/// A judged candidate.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// Position of the rule.
    pub(super) rule: usize,
    /// How specific the rule is.
    pub(super) tier: u16,
    pub(super) value: Span,
    /// All that the rule matched.
    pub(super) whole: Span,
    pub(super) judgement: Judgement,
    pub(super) key: Option<String>,
    pub(super) decoded: bool,
}

/// Keeps the best of each group of overlapping hits; the result is in span order and has no overlaps. A key that
/// a loser saw at the same value goes over to the winner.
pub(super) fn resolve(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| (a.value, a.rule).cmp(&(b.value, b.rule))));
    // by start; they never overlap, so the neighbours of a place are enough to compare with
    let mut kept: std::collections::BTreeMap<usize, Hit> = std::collections::BTreeMap::new();
    for hit in hits {
        let before = kept.range(..hit.value.end).next_back().map(|(start, _)| *start);
        match before.and_then(|start| kept.get_mut(&start)).filter(|other| other.value.overlaps(hit.value)) {
            Some(winner) => {
                if winner.key.is_none() && winner.value == hit.value {
                    winner.key = hit.key;
                }
            }
            None => {
                kept.insert(hit.value.start, hit);
            }
        }
    }
    kept.into_values().collect()
}

/// Found in plain text beats decoded, real beats example, then tier, confidence, length.
fn rank(hit: &Hit) -> (bool, bool, u16, crate::model::Confidence, usize) {
    let real = hit.judgement.verdict != Verdict::Example;
    (!hit.decoded, real, hit.tier, hit.judgement.confidence, hit.value.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Confidence;

    fn hit(rule: usize, tier: u16, start: usize, end: usize) -> Hit {
        let judgement = Judgement { confidence: Confidence::High, verdict: Verdict::Likely, signals: Vec::new() };
        let value = Span::new(start, end);
        Hit { rule, tier, value, whole: value, judgement, key: None, decoded: false }
    }

    #[test]
    fn the_more_specific_wins_and_the_longer_on_a_tie() {
        let rules = |hits| resolve(hits).iter().map(|h| h.rule).collect::<Vec<_>>();
        assert_eq!(rules(vec![hit(0, 0, 0, 50), hit(1, 3, 10, 20)]), [1]);
        assert_eq!(rules(vec![hit(0, 3, 12, 15), hit(1, 3, 10, 20)]), [1]);
        assert_eq!(rules(vec![hit(0, 0, 0, 5), hit(1, 0, 5, 9)]), [0, 1]);
        assert_eq!(rules(vec![hit(2, 0, 0, 5), hit(1, 0, 0, 5)]), [1]);
    }

    #[test]
    fn the_winner_inherits_the_key_of_the_same_value() {
        let mut keyed = hit(0, 0, 3, 9);
        keyed.key = Some("api_key".to_owned());
        assert_eq!(resolve(vec![keyed, hit(1, 3, 3, 9)])[0].key.as_deref(), Some("api_key"));
    }
}

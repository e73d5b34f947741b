//! Runs a rule's regex in its windows and gives exact value spans.

use super::prefilter::{FARTHEST, NEAR, Window, windows};
use super::runs::{Set, runs};
use crate::model::Span;
use crate::rules::{Bytes, Matcher, Rule, Search, Stretch};

/// A regex hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Match {
    pub(super) whole: Span,
    pub(super) value: Span,
}

/// The matches of a regex rule near its keywords.
pub(super) fn matches(rule: &Rule, hits: &[Span], bytes: &[u8]) -> Vec<Match> {
    let Matcher::Regex(pattern, group) = &rule.matcher else { return Vec::new() };
    let needed = pattern.stretches();
    // one that several rules wait for may be none of this rule's
    let fitting = hits.iter().copied().filter(|hit| rule.may_match(bytes, hit.start)).collect();
    let windows = windows(rule, fitting, bytes.len()).into_iter();
    let mut windows = windows.filter(|window| needed.iter().all(|needed| holds(bytes, *window, *needed))).peekable();
    if windows.peek().is_none() {
        // a regex that nothing has a use for is not even compiled
        return Vec::new();
    }
    let Some(mut search) = pattern.search() else { return Vec::new() };
    let group = group.unwrap_or(usize::from(pattern.groups() > 0));
    let bounded = pattern.max_len().is_some();
    let mut out: Vec<Match> = Vec::new();
    for window in windows {
        let from = out.last().map_or(window.start, |last| last.whole.end.max(window.start));
        in_window(&mut search, (group, bounded), Window { start: from, ..window }, bytes, &mut out);
    }
    if !rule.keywords.is_empty() {
        out.retain(|found| near(found.whole, hits));
    }
    out
}

static HEX: Set = Set::of(Bytes::Hex);
static UPPER: Set = Set::of(Bytes::Upper);
static LOWER: Set = Set::of(Bytes::Lower);
static LETTERS: Set = Set::of(Bytes::Letters);
static WORD: Set = Set::of(Bytes::Word);
static TOKEN: Set = Set::of(Bytes::Token);

/// Whether a window holds what every match of its rule does.
fn holds(bytes: &[u8], window: Window, needed: Stretch) -> bool {
    let set = match needed.of {
        Bytes::Hex => &HEX,
        Bytes::Upper => &UPPER,
        Bytes::Lower => &LOWER,
        Bytes::Letters => &LETTERS,
        Bytes::Word => &WORD,
        Bytes::Token => &TOKEN,
    };
    let text = bytes.get(..window.end).unwrap_or_default();
    let fits = |run: Span| needed.most.is_none_or(|most| run.len() <= most);
    runs(text, window.start, set, needed.least).any(fits)
}

fn in_window(
    search: &mut Search<'_>,
    (group, bounded): (usize, bool),
    window: Window,
    bytes: &[u8],
    out: &mut Vec<Match>,
) {
    let mut at = window.start;
    let mut end = window.end;
    while at <= end {
        let text = bytes.get(..end).unwrap_or_default();
        // most windows have no match: groups are read where there is one
        let Some(whole) = search.find_at(text, at) else { break };
        if !bounded && whole.end == end && end < bytes.len() && end < window.end + FARTHEST {
            // cut off: look further before believing in its end
            end = (end + FARTHEST / 4).min(bytes.len());
            continue;
        }
        let value = value_of(&search.groups_at(text, whole), group).unwrap_or(whole);
        if value.start < value.end {
            out.push(Match { whole, value });
        }
        at = whole.end.max(whole.start + 1);
    }
}

/// What `group` has matched, or else the first group that has matched anything.
fn value_of(groups: &[Option<Span>], group: usize) -> Option<Span> {
    groups.get(group).copied().flatten().or_else(|| groups.iter().skip(1).flatten().next().copied())
}

/// Whether a keyword stands in the match or near it.
fn near(whole: Span, hits: &[Span]) -> bool {
    // hits are in order of their ends, so all that end too early come first
    let at = hits.partition_point(|hit| hit.end + NEAR <= whole.start);
    hits.get(at..).unwrap_or_default().iter().take(64).any(|hit| hit.start < whole.end + NEAR)
}

/// The same on the whole blob, without windows: what the windowed path is tested against.
#[cfg(test)]
pub(super) fn matches_everywhere(rule: &Rule, hits: &[Span], bytes: &[u8]) -> Vec<Match> {
    let Matcher::Regex(pattern, group) = &rule.matcher else { return Vec::new() };
    let with = |unicode| regex::bytes::RegexBuilder::new(pattern.as_str()).unicode(unicode).build();
    let regex = with(false).or_else(|_| with(true)).unwrap();
    regex
        .captures_iter(bytes)
        .map(|captures| {
            let whole = captures.get(0).unwrap();
            let value = captures.get(group.unwrap_or(1)).unwrap_or(whole);
            Match { whole: Span::new(whole.start(), whole.end()), value: Span::new(value.start(), value.end()) }
        })
        .filter(|found| !found.value.is_empty() && near(found.whole, hits))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::compose::Composites;
    use super::super::prefilter::Prefilter;
    use super::*;
    use crate::rules::RuleSet;

    const RULES: &str = r"
        [[rules]]
        id = 'prefixed'
        keywords = ['tok_']
        regex = '\b(tok_[0-9a-z]{6,10})\b'
        [[rules]]
        id = 'keyed'
        keywords = ['acme']
        regex = '(?i)acme[a-z_ ]{0,10}[=:] ?([0-9a-f]{8})(?:[^0-9a-f]|$)'
        [[rules]]
        id = 'apart'
        keywords = ['bolt']
        regex = '\b([0-9a-z]{9,10})\b=bolt'
    ";

    proptest! {
        #[test]
        fn windows_give_what_the_whole_blob_gives(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just("tok_abc123".to_owned()), Just("tok_".to_owned()), Just("ACME_key: 0123abcd".to_owned()),
                    Just("acme=0123abcd\n".to_owned()), Just("=bolt".to_owned()), "[a-z0-9]{8,11}=bolt", "[a-z]{300}", Just(" ".to_owned()), Just("\n".to_owned()), "[a-f0-9_ =:]{0,40}",
                ],
                0..60,
            )
        ) {
            let set = RuleSet::from_text("r.toml", RULES).unwrap();
            let bytes = pieces.concat().into_bytes();
            let prefilter = Prefilter::new(set.rules(), &Composites::new(set.rules()));
            let hits = prefilter.hits(set.rules(), &bytes);
            for (index, rule) in set.rules().iter().enumerate() {
                let hits = hits.of(index);
                prop_assert_eq!(matches(rule, &hits, &bytes), matches_everywhere(rule, &hits, &bytes));
            }
        }
    }

    #[test]
    fn a_window_holds_a_stretch_of_the_right_length() {
        let inside = |text: &[u8], least, most| {
            let window = Window { start: 1, end: text.len() - 1 };
            holds(text, window, Stretch { of: Bytes::Lower, least, most })
        };
        for (least, most, expected) in
            [(9, None, true), (9, Some(9), true), (8, Some(10), true), (10, None, false), (4, Some(8), false)]
        {
            assert_eq!(inside(b"aa=0123abcde_ab=", least, most), expected, "{least} {most:?}");
        }
        assert!(inside(b"ab=abcd=", 4, Some(4)) && !inside(b"abcd==abcd", 4, None), "within the window");
    }

    #[test]
    fn an_unbounded_match_longer_than_its_window_is_whole() {
        let set =
            RuleSet::from_text("r.toml", "[[rules]]\nid='r'\nkeywords=['begin']\nregex='begin([a-z]+)end'").unwrap();
        let text = format!("begin{}end", "x".repeat(9000));
        let hits = [Span::new(0, 5)];
        assert_eq!(matches(&set.rules()[0], &hits, text.as_bytes()).len(), 0, "lies wholly past the window");
        let set = RuleSet::from_text("r.toml", "[[rules]]\nid='r'\nkeywords=['begin']\nregex='begin([a-z]+)'").unwrap();
        assert_eq!(matches(&set.rules()[0], &hits, text.as_bytes())[0].whole.end, text.len());
    }
}

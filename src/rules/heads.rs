//! What every match of a regex starts with: a set of bytes for each of its first places, in one or several forms. Where
//! each form has a keyword of the rule at a certain place, a match can stand nowhere but round a keyword, and a look at
//! the bytes there tells nearly always that none does.

use std::sync::{Arc, OnceLock};

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::model::ByteSet;

/// Places that are told; more would be looked at hardly ever.
const PLACES: usize = 16;
/// Forms that are told apart.
const FORMS: usize = 8;

/// One form of what matches start with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Form {
    places: Vec<ByteSet>,
    /// More of the match is known to follow at the same place: what comes next can be added.
    open: bool,
    /// No word goes on into it from before.
    apart: bool,
}

impl Form {
    fn empty() -> Self {
        Self { open: true, ..Self::default() }
    }

    fn then(&self, next: &Self) -> Self {
        if !self.open {
            return self.clone();
        }
        let places: Vec<ByteSet> = self.places.iter().chain(&next.places).copied().take(PLACES).collect();
        Self {
            open: next.open && places.len() < PLACES,
            places,
            apart: self.apart || self.places.is_empty() && next.apart,
        }
    }

    /// From which place on every text of this form has one of `words`, in upper or lower case.
    fn place_of_any(&self, words: &[&[u8]]) -> Option<usize> {
        fn covered(places: &[ByteSet], words: &[&[u8]]) -> bool {
            if words.iter().any(|word| word.is_empty()) {
                return true;
            }
            let Some((first, rest)) = places.split_first() else { return false };
            let mut lower = ByteSet::default();
            first.each().for_each(|byte| lower.insert(byte.to_ascii_lowercase()));
            // each letter once, or all ways to write a word would be gone through
            lower.each().all(|byte| {
                let next: Vec<&[u8]> = words.iter().filter_map(|word| word.strip_prefix(&[byte])).collect();
                !next.is_empty() && covered(rest, &next)
            })
        }
        (0..self.places.len()).find(|from| covered(self.places.get(*from..).unwrap_or_default(), words))
    }

    fn fits(&self, bytes: &[u8], at: usize) -> bool {
        let Some(text) = bytes.get(at..).filter(|text| text.len() >= self.places.len()) else { return false };
        let joined = || at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(|byte| is_word(*byte));
        text.iter().zip(&self.places).all(|(byte, place)| place.has(*byte)) && !(self.apart && joined())
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What the matches of a regex start with.
#[derive(Debug, Default)]
pub(super) struct Heads {
    forms: Vec<Arc<Form>>,
    /// The same with a keyword in each, if it stands at a certain place of each.
    anchors: OnceLock<Option<Anchors>>,
}

impl Heads {
    /// Those of the matches of `hir`.
    pub(super) fn of(hir: &Hir) -> Self {
        let mut forms = forms(hir, FORMS);
        // a break before anything but a letter stands behind one
        let is_apart = |form: &Form| form.apart && form.places.first().is_some_and(|first| first.each().all(is_word));
        for form in &mut forms {
            form.apart = is_apart(form);
        }
        Self { forms: forms.into_iter().map(Arc::new).collect(), anchors: OnceLock::new() }
    }

    /// What they start with round one of `words`, which are in lower case and the same at each call; `None` where some
    /// have none at a certain place.
    pub(super) fn anchors(&self, words: &[String]) -> Option<&Anchors> {
        let anchors = || {
            let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
            let anchor = |form: &Arc<Form>| Some(Anchor { form: Arc::clone(form), place: form.place_of_any(&words)? });
            let all: Option<Vec<Anchor>> = self.forms.iter().map(anchor).collect();
            // of a regex that can't be read nothing is known
            all.filter(|all| !all.is_empty()).map(Anchors)
        };
        self.anchors.get_or_init(anchors).as_ref()
    }
}

/// What matches start with, round a keyword.
#[derive(Debug)]
pub struct Anchors(Vec<Anchor>);

/// One form of it.
#[derive(Clone, Debug)]
struct Anchor {
    form: Arc<Form>,
    /// Where in the form the keyword stands.
    place: usize,
}

impl Anchors {
    /// What matches of one regex or another start with.
    pub fn of_any<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        Self(all.into_iter().flat_map(|anchors| &anchors.0).cloned().collect())
    }

    /// How far before a keyword a match may start, bytes.
    pub fn back(&self) -> usize {
        self.0.iter().map(|anchor| anchor.place).max().unwrap_or(0)
    }

    /// Whether a match may stand round the keyword at `at`.
    pub fn fit(&self, bytes: &[u8], at: usize) -> bool {
        let fits = |anchor: &Anchor| at.checked_sub(anchor.place).is_some_and(|start| anchor.form.fits(bytes, start));
        self.0.iter().any(fits)
    }
}

/// What a part of a regex starts with, in `room` forms at most.
fn forms(hir: &Hir, room: usize) -> Vec<Form> {
    let one = |places: Vec<ByteSet>| vec![Form { places, open: true, apart: false }];
    match hir.kind() {
        HirKind::Look(Look::WordAscii | Look::WordStartAscii | Look::WordStartHalfAscii) => {
            vec![Form { apart: true, ..Form::empty() }]
        }
        HirKind::Empty | HirKind::Look(_) => vec![Form::empty()],
        HirKind::Literal(literal) => one(literal.0.iter().map(|byte| ByteSet::of(&[*byte])).collect()),
        HirKind::Class(class) => class_of(class).map_or_else(unknown, |place| one(vec![place])),
        HirKind::Capture(capture) => forms(&capture.sub, room),
        HirKind::Repetition(repetition) if (repetition.min, repetition.max) == (0, Some(1)) => {
            either(&[&Hir::empty(), &repetition.sub], room)
        }
        HirKind::Repetition(repetition) => {
            let least = usize::try_from(repetition.min).unwrap_or(usize::MAX).min(PLACES);
            let mut all = in_a_row(std::iter::repeat_n(&*repetition.sub, least), room);
            let ends = repetition.max == Some(repetition.min);
            for form in &mut all {
                form.open &= ends;
            }
            all
        }
        HirKind::Concat(parts) => in_a_row(parts.iter(), room),
        HirKind::Alternation(parts) => either(&parts.iter().collect::<Vec<_>>(), room),
    }
}

/// Nothing is known of what starts here.
fn unknown() -> Vec<Form> {
    vec![Form::default()]
}

/// One of several parts.
fn either(parts: &[&Hir], room: usize) -> Vec<Form> {
    let mut all = Vec::new();
    for (part, behind) in parts.iter().zip((0..parts.len()).rev()) {
        let Some(left) = room.checked_sub(all.len() + behind).filter(|left| *left > 0) else { return unknown() };
        all.extend(forms(part, left));
    }
    all
}

/// All of several parts, one behind another.
fn in_a_row<'h>(parts: impl Iterator<Item = &'h Hir>, room: usize) -> Vec<Form> {
    let mut all = vec![Form::empty()];
    for part in parts {
        let open = all.iter().filter(|form| form.open).count();
        if open == 0 {
            break;
        }
        let next = forms(part, (room - (all.len() - open)) / open);
        let then = |form: &Form| {
            // what isn't open is the same with each
            let different = if form.open { next.len() } else { 1 };
            next.iter().take(different).map(|next| form.then(next)).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(then).collect();
    }
    all
}

/// `None` for a class with characters of several bytes.
fn class_of(class: &Class) -> Option<ByteSet> {
    let mut set = ByteSet::default();
    match class {
        Class::Bytes(class) => {
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).for_each(|byte| set.insert(byte));
        }
        Class::Unicode(class) => {
            for range in class.ranges() {
                let [start, end] = [range.start(), range.end()].map(|letter| u8::try_from(letter).ok());
                (start?..=end.filter(u8::is_ascii)?).for_each(|byte| set.insert(byte));
            }
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::RegexBuilder;

    use super::*;

    fn of(regex: &str) -> Heads {
        Heads::of(&regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap())
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn matches_that_stand_round_keywords_are_told_from_those_that_may_stand_elsewhere() {
        let cases: [(&str, &[&str], Option<usize>); 14] = [
            (r"\b(AK[IJ]A[A-Z2-7]{16})\b", &["akia", "akja"], Some(0)),
            (r"\b(AK[IJ]A[A-Z2-7]{16})\b", &["akia"], None),
            (r"(?i:acme|tools)[ =:]{1,9}([0-9a-f]{8})", &["acme", "tool"], Some(0)),
            (r"(?:\b|_)(?i:acme).*", &["acme"], Some(1)),
            (r"[0-9]{3}Q~[a-z]*", &["q~"], Some(3)),
            (r"[0-9]{3,4}Q~[a-z]*", &["q~"], None),
            (r"(?i:acme)?[ =:]{1,9}([0-9a-f]{8})", &["acme"], None),
            (r"(?i:my[_-]?acme)", &["my_acme", "my-acme", "myacme"], Some(0)),
            (r".*acme", &["acme"], None),
            (r"(?:ab){1,2}c", &["abab"], None),
            (r"(?:ab){1,2}c", &["ab"], Some(0)),
            (r"(?:a|b)(?:c|d)", &["ac", "ad", "b"], Some(0)),
            ("acme", &[], None),
            ("", &["acme"], None),
        ];
        for (regex, words, back) in cases {
            assert_eq!(of(regex).anchors(&owned(words)).map(Anchors::back), back, "{regex} {words:?}");
        }
        assert!(Heads::default().anchors(&owned(&["acme"])).is_none());
    }

    #[test]
    fn an_anchor_fits_where_a_match_may_stand() {
        let heads = of(r"(?:\b|_)(tok_[0-9a-f]{30,40}|tok-[a-z]{2})\b");
        let anchors = heads.anchors(&owned(&["tok"])).unwrap();
        let text = b"tok_0123456789abcdef0123456789abcdef xtok-ab tok-a1 tok-ab _tok-ab";
        let fitting: Vec<_> = (0..text.len()).filter(|at| anchors.fit(text, *at)).collect();
        assert_eq!(fitting, [0, 52, 60]);
        let fits = |regex, word, text: &[u8], at| of(regex).anchors(&owned(&[word])).unwrap().fit(text, at);
        assert!(fits(r"\b-ab", "-ab", b"x-ab", 1), "a break before a sign stands behind a letter");
        assert!(!fits("abc", "ab", b"ab", 0));
    }

    proptest! {
        #[test]
        fn an_anchor_fits_wherever_a_match_stands(
            regex in prop_oneof![
                Just(r"\b((?:ab|c[de])f{2,3}[ -]?)\b"), Just(r"(?i:ab|abc)(?:x{0,2}c|\b_)"), Just(r"(?:a|b)+c"),
                Just(r"(?:\b|_)ab"), Just(r"(?:(?:a|\bb){2}){2}c?"), Just(r"[ b]b|ca{9}"), Just(r"a\b-"), Just(r"\b(?:a?b|c)\B"),
            ],
            pieces in prop::collection::vec(
                prop::sample::select(vec!["a", "b", "c", "ab", "ABC", "abff", "cdfff", "x", "_", " ", "-", "aaaaaaaaa"]),
                0..16,
            ),
        ) {
            let text = pieces.concat();
            // a word at the first place of each form
            let words: Vec<String> = (0..128_u8).map(|byte| char::from(byte).to_ascii_lowercase().to_string()).collect();
            let (heads, bytes) = (of(regex), text.as_bytes());
            let anchors = heads.anchors(&words);
            let regex = RegexBuilder::new(regex).unicode(false).build().unwrap();
            for at in 0..=bytes.len() {
                let starts = regex.find_at(bytes, at).is_some_and(|found| found.start() == at);
                prop_assert!(!starts || anchors.is_none_or(|anchors| anchors.fit(bytes, at)), "{} {}", text, at);
            }
        }
    }
}

//! What every match of a regex holds: a stretch of bytes without a break, and how long it is at most if others than its
//! own stand on both sides. A look for such a stretch is much cheaper than the regex, and most text round a keyword has none.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::edges::{self, Side};
use crate::model::ByteSet;

/// What a text must hold for a regex to match in it: the longest stretch of these bytes at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Of these bytes.
    pub of: Bytes,
    /// How many at least.
    pub least: usize,
    /// How many at most; `None` where more of them may stand before or behind.
    pub most: Option<usize>,
}

/// The bytes of a stretch, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Hexadecimal digits.
    Hex,
    /// ASCII capitals and digits.
    Upper,
    /// ASCII small letters and digits.
    Lower,
    /// ASCII letters and digits.
    Letters,
    /// Letters, `_` and `-`.
    Word,
    /// The same and `+`, `/`, `=`, `.`, `~`.
    Token,
}

impl Bytes {
    const ALL: [Self; 6] = [Self::Hex, Self::Upper, Self::Lower, Self::Letters, Self::Word, Self::Token];

    /// Whether this byte is one of them.
    pub const fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Letters => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Token => Self::Word.has(byte) || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'~'),
        }
    }

    fn set(self) -> ByteSet {
        ByteSet::such_that(|byte| self.has(byte))
    }

    /// How much one of them tells: text has many long words, few without `_`, hardly any of hexadecimal digits.
    const fn weight(self) -> usize {
        match self {
            Self::Hex | Self::Upper | Self::Lower => 4,
            Self::Letters => 3,
            Self::Word => 2,
            Self::Token => 1,
        }
    }
}

/// Shorter ones stand everywhere.
const LEAST: usize = 8;

/// What every match of `hir` holds: of the stretches the one that is rarest in text, and of those round which others
/// stand, too. None when all are too short to tell anything.
pub(super) fn stretches(hir: &Hir) -> Vec<Stretch> {
    let open = |of| Stretch { of, least: Part::of(hir, of).best, most: None };
    let rarest = |all: &mut dyn Iterator<Item = Stretch>| {
        let long = all.filter(|stretch| stretch.least >= LEAST);
        long.max_by_key(|stretch| stretch.least.saturating_mul(stretch.of.weight()))
    };
    let open = rarest(&mut Bytes::ALL.into_iter().rev().map(open));
    // the first is found faster, and few windows hold it
    open.into_iter().chain(rarest(&mut Bytes::ALL.into_iter().rev().flat_map(|of| closed(hir, of)))).collect()
}

/// The stretches of every match round which others bytes stand, or none.
fn closed(hir: &Hir, of: Bytes) -> Vec<Stretch> {
    let parts = in_a_row(hir);
    let set = of.set();
    let is_within = |part: &&Hir| Part::of(part, of).whole && !matches!(part.kind(), HirKind::Look(_));
    let mut out = Vec::new();
    let mut from = 0;
    for run in parts.chunk_by(|one, other| is_within(one) == is_within(other)) {
        let (before, behind) =
            (parts.get(..from).unwrap_or_default(), parts.get(from + run.len()..).unwrap_or_default());
        from += run.len();
        let is_closed = |parts, side| edges::of(parts, side).is_some_and(|edge| !edge.meets(set));
        if run.first().is_some_and(is_within) && is_closed(before, Side::End) && is_closed(behind, Side::Start) {
            let lengths =
                |length: fn(&Hir) -> Option<usize>| run.iter().map(|part| length(part)).sum::<Option<usize>>();
            let least = lengths(|part| part.properties().minimum_len());
            let most = lengths(|part| part.properties().maximum_len());
            out.extend(least.filter(|_| most.is_some()).map(|least| Stretch { of, least, most }));
        }
    }
    out
}

/// The parts that stand one behind another in each match.
fn in_a_row(hir: &Hir) -> Vec<&Hir> {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().flat_map(in_a_row).collect(),
        HirKind::Capture(capture) => in_a_row(&capture.sub),
        _ => vec![hir],
    }
}

/// What every text that a part of a regex matches holds, at least.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// It holds nothing else.
    whole: bool,
    /// At its start.
    start: usize,
    /// At its end.
    end: usize,
    /// The longest stretch.
    best: usize,
}

impl Part {
    const EMPTY: Self = Self { whole: true, start: 0, end: 0, best: 0 };

    /// `count` bytes and nothing else, or more of them.
    fn all(count: usize) -> Self {
        Self { whole: true, start: count, end: count, best: count }
    }

    fn of(hir: &Hir, bytes: Bytes) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::EMPTY,
            HirKind::Literal(literal) => {
                let one = |byte: &u8| if bytes.has(*byte) { Self::all(1) } else { Self::default() };
                literal.0.iter().map(one).fold(Self::EMPTY, Self::then)
            }
            HirKind::Class(class) => {
                if is_within(class, bytes) {
                    Self::all(1)
                } else {
                    Self::default()
                }
            }
            HirKind::Repetition(repetition) => {
                Self::of(&repetition.sub, bytes).times(usize::try_from(repetition.min).unwrap_or(usize::MAX))
            }
            HirKind::Capture(capture) => Self::of(&capture.sub, bytes),
            HirKind::Concat(parts) => parts.iter().map(|part| Self::of(part, bytes)).fold(Self::EMPTY, Self::then),
            HirKind::Alternation(parts) => {
                parts.iter().map(|part| Self::of(part, bytes)).reduce(Self::or).unwrap_or_default()
            }
        }
    }

    fn then(self, next: Self) -> Self {
        Self {
            whole: self.whole && next.whole,
            start: if self.whole { self.start.saturating_add(next.start) } else { self.start },
            end: if next.whole { next.end.saturating_add(self.end) } else { next.end },
            best: self.best.max(next.best).max(self.end.saturating_add(next.start)),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            whole: self.whole && other.whole,
            start: self.start.min(other.start),
            end: self.end.min(other.end),
            best: self.best.min(other.best),
        }
    }

    /// `least` times or more.
    fn times(self, least: usize) -> Self {
        match (self.whole, least) {
            (true, _) => Self::all(self.best.saturating_mul(least)),
            (false, 0) => Self::default(),
            (false, 1) => self,
            (false, _) => Self { best: self.best.max(self.end.saturating_add(self.start)), ..self },
        }
    }
}

fn is_within(class: &Class, bytes: Bytes) -> bool {
    let all =
        |start: u32, end: u32| end < 128 && (start..=end).all(|code| u8::try_from(code).is_ok_and(|b| bytes.has(b)));
    match class {
        Class::Bytes(class) => class.ranges().iter().all(|range| all(range.start().into(), range.end().into())),
        Class::Unicode(class) => class.ranges().iter().all(|range| all(range.start().into(), range.end().into())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hir(regex: &str) -> Hir {
        regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap()
    }

    fn of(regex: &str) -> Option<(Bytes, usize)> {
        stretches(&hir(regex)).first().map(|stretch| (stretch.of, stretch.least))
    }

    #[test]
    fn the_longest_stretch_that_no_match_can_do_without_is_found() {
        assert_eq!(of(r"\btok_([0-9a-zA-Z]{20,30})\B"), Some((Bytes::Letters, 20)));
        assert_eq!(of(r"\btok_([0-9a-z]{4}_){5}"), Some((Bytes::Word, 29)));
        assert_eq!(of(r"[=:] ?([0-9a-f]{8}-[0-9a-f]{4})(?:[^a-z]|$)"), Some((Bytes::Hex, 8)));
        assert_eq!(of(r"[=:] ?([0-9A-F]{4}-[0-9A-F]{4})(?:[^a-z]|$)"), Some((Bytes::Word, 9)));
        assert_eq!(of(r"(?:[A-Za-z0-9+/]{40}|[a-z]{10})"), Some((Bytes::Token, 10)));
        assert_eq!(of(r"(?i:key)[a-z]*.{0,9}([a-zA-Z]{3}){4}"), Some((Bytes::Letters, 12)));
        assert_eq!(
            of(r"(?:a[a-zA-Z]{5} ?[A-Za-z]{3}){2}"),
            Some((Bytes::Letters, 9)),
            "the end of one and the start of the next"
        );
        assert_eq!(of("password = .{8,}"), Some((Bytes::Lower, 8)));
        assert_eq!(of(r"[^\s]{40}"), None);
        assert_eq!(of(r"[a-z]{0,40}"), None);
        assert_eq!(of(r"eyJ[\w-]{5,}\.[\w-]{9,}"), Some((Bytes::Word, 9)));
    }

    #[test]
    fn a_stretch_ends_where_no_byte_of_its_own_can_follow() {
        for (regex, expected) in [
            (r"[=:] ?([0-9a-z]{20,24})(?:[^0-9a-z]|$)", Some((Bytes::Lower, 20, 24))),
            (r"\btok_([0-9A-Z]{20})\b", Some((Bytes::Upper, 20, 20))),
            (r"\btok_([0-9A-Z]{20})", None),
            (r"tok([0-9a-z]{20})\b", None),
            (r#"["' ]?([0-9a-f]{16}=?)["']"#, None),
            (r#"=["' ]?([0-9a-f]{16}=?)["']"#, Some((Bytes::Hex, 16, 16))),
            (r#"=["' ]?([0-9a-f]{16}[a-z]?)["']"#, Some((Bytes::Lower, 16, 17))),
            (r"=(x[0-9a-f]{16,})\b", None),
            (r"(?m)^([a-z]{9})$", Some((Bytes::Lower, 9, 9))),
            (r"_([0-9a-z]{20})\B", None),
            (r"(?:==|-|)([0-9a-z]{20})\b", None),
            (r"(?:=|a)([0-9a-z]{20})\b", None),
        ] {
            let found = stretches(&hir(regex)).into_iter().find_map(|s| Some((s.of, s.least, s.most?)));
            assert_eq!(found, expected, "{regex}");
        }
    }

    fn longest_are(text: &[u8], wanted: Stretch) -> bool {
        let runs = text.split(|byte| !wanted.of.has(*byte));
        runs.into_iter().any(|run| run.len() >= wanted.least && wanted.most.is_none_or(|most| run.len() <= most))
    }

    proptest! {
        #[test]
        fn every_match_holds_its_stretch(
            parts in prop::collection::vec(
                (
                    prop::sample::select(vec![
                        "[0-9a-f]", "[0-9a-z]", "[0-9A-Z]", r"[\w-]", "[a-zA-Z0-9]", "[^a-z]", "x", "-", "=", " ", r"\b",
                        r"\B", "(?:=|$)", "(?:ab|-)", "(?:[^0-9a-z]|$)", r"(?:\b|_)", "(?m:$)", "(?m:^)", "(a|[0-9]{9})",
                    ]),
                    prop::sample::select(vec!["", "?", "{8}", "{8,10}", "{9,}", "*", "{3}"]),
                ),
                1..6,
            ),
            pieces in prop::collection::vec(
                prop_oneof![
                    "[0-9a-f]{8,11}", "[0-9a-z]{1,12}", "[0-9A-Z]{8,10}", "[a-zA-Z0-9]{8,10}",
                    prop::sample::select(vec!["x", "-", "=", " ", "ab", "\n", "_", "a"]).prop_map(str::to_owned),
                ],
                0..9,
            ),
        ) {
            let regex: String = parts
                .iter()
                // a look-around is not repeated
                .map(|(part, times)| if part.starts_with('\\') { (*part).to_owned() } else { format!("(?:{part}){times}") })
                .collect();
            let regex = regex.replace(r"(?:[\w-])", r"[\w-]");
            let text = pieces.concat();
            let found = regex::bytes::RegexBuilder::new(&regex).unicode(false).build().unwrap().is_match(text.as_bytes());
            for wanted in stretches(&hir(&regex)).into_iter().filter(|_| found) {
                prop_assert!(longest_are(text.as_bytes(), wanted), "{} in {:?}: {:?}", regex, text, wanted);
            }
        }
    }
}

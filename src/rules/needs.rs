//! What every match of a regex holds: a stretch of bytes without a break. A look for such a stretch is much cheaper than
//! the regex, and most text round a keyword has none.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The least that a text must hold for a regex to match in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Of these bytes.
    pub of: Bytes,
    /// How many at least.
    pub length: usize,
}

/// The bytes of a stretch, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Hexadecimal digits.
    Hex,
    /// ASCII letters and digits.
    Letters,
    /// Letters, `_` and `-`.
    Word,
    /// The same and `+`, `/`, `=`, `.`, `~`.
    Token,
}

impl Bytes {
    const ALL: [Self; 4] = [Self::Hex, Self::Letters, Self::Word, Self::Token];

    /// Whether this byte is one of them.
    pub const fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Letters => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Token => Self::Word.has(byte) || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'~'),
        }
    }

    /// How much one of them tells: text has many long words, few without `_`, hardly any of hexadecimal digits.
    const fn weight(self) -> usize {
        match self {
            Self::Hex => 4,
            Self::Letters => 3,
            Self::Word => 2,
            Self::Token => 1,
        }
    }
}

/// Shorter ones stand everywhere.
const LEAST: usize = 8;

/// What every match of `hir` holds, of the stretches the one that is rarest in text; `None` when all are too short to
/// tell anything.
pub(super) fn stretch(hir: &Hir) -> Option<Stretch> {
    let all = Bytes::ALL.into_iter().rev().map(|of| Stretch { of, length: Part::of(hir, of).best });
    let long = all.filter(|stretch| stretch.length >= LEAST);
    long.max_by_key(|stretch| stretch.length.saturating_mul(stretch.of.weight()))
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
    use super::*;

    fn of(regex: &str) -> Option<(Bytes, usize)> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(regex).unwrap();
        stretch(&hir).map(|stretch| (stretch.of, stretch.length))
    }

    #[test]
    fn the_longest_stretch_that_no_match_can_do_without_is_found() {
        assert_eq!(of(r"\btok_([0-9a-z]{20,30})\b"), Some((Bytes::Letters, 20)));
        assert_eq!(of(r"\btok_([0-9a-z]{4}_){5}"), Some((Bytes::Word, 29)));
        assert_eq!(of(r"[=:] ?([0-9a-f]{8}-[0-9a-f]{4})(?:[^a-z]|$)"), Some((Bytes::Hex, 8)));
        assert_eq!(of(r"[=:] ?([0-9A-F]{4}-[0-9A-F]{4})(?:[^a-z]|$)"), Some((Bytes::Word, 9)));
        assert_eq!(of(r"(?:[A-Za-z0-9+/]{40}|[a-z]{10})"), Some((Bytes::Token, 10)));
        assert_eq!(of(r"(?i:key)[a-z]*.{0,9}([a-z]{3}){4}"), Some((Bytes::Letters, 12)));
        assert_eq!(
            of(r"(?:a[a-z]{5} ?[a-z]{3}){2}"),
            Some((Bytes::Letters, 9)),
            "the end of one and the start of the next"
        );
        assert_eq!(of("password = .{8,}"), Some((Bytes::Letters, 8)));
        assert_eq!(of(r"[^\s]{40}"), None);
        assert_eq!(of(r"[a-z]{0,40}"), None);
        assert_eq!(of(r"eyJ[\w-]{5,}\.[\w-]{9,}"), Some((Bytes::Word, 9)));
    }
}

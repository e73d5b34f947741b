//! Which bytes can stand next to what a part of a regex has matched.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::heads::is_word;
use crate::model::ByteSet;

/// Which of two neighbours is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The first byte of what stands behind.
    Start,
    /// The last byte of what stands before.
    End,
}

/// The first or the last bytes that a part may have.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    bytes: ByteSet,
    /// It may match nothing, so that the part next to it counts, too.
    empty: bool,
}

/// The bytes at this side of what `parts` match one behind another, if any must stand there or the text ends; word
/// boundaries are taken for what they are next to a letter or digit. `None` when that is unknown.
pub(super) fn of(parts: &[&Hir], side: Side) -> Option<ByteSet> {
    let edge = in_a_row(parts.iter().copied(), side)?;
    (!edge.empty).then_some(edge.bytes)
}

fn in_a_row<'h>(parts: impl DoubleEndedIterator<Item = &'h Hir>, side: Side) -> Option<Edge> {
    let parts: Vec<&Hir> = if side == Side::Start { parts.collect() } else { parts.rev().collect() };
    let mut all = Edge { empty: true, ..Edge::default() };
    for part in parts {
        let edge = edge(part, side)?;
        all = Edge { bytes: all.bytes.or(edge.bytes), empty: edge.empty };
        if !edge.empty {
            break;
        }
    }
    Some(all)
}

fn edge(hir: &Hir, side: Side) -> Option<Edge> {
    let solid = |bytes| Some(Edge { bytes, empty: false });
    match hir.kind() {
        HirKind::Empty => Some(Edge { empty: true, ..Edge::default() }),
        HirKind::Look(look) => beyond(*look, side),
        HirKind::Literal(literal) => {
            let byte = if side == Side::Start { literal.0.first() } else { literal.0.last() };
            solid(ByteSet::of(byte.map(std::slice::from_ref).unwrap_or_default()))
        }
        HirKind::Class(class) => solid(bytes_of(class)),
        HirKind::Capture(capture) => edge(&capture.sub, side),
        HirKind::Repetition(repetition) => {
            let sub = edge(&repetition.sub, side)?;
            Some(Edge { empty: sub.empty || repetition.min == 0, ..sub })
        }
        HirKind::Concat(parts) => in_a_row(parts.iter(), side),
        HirKind::Alternation(parts) => parts.iter().try_fold(Edge::default(), |all, part| {
            let edge = edge(part, side)?;
            Some(Edge { bytes: all.bytes.or(edge.bytes), empty: all.empty || edge.empty })
        }),
    }
}

/// What stands beyond a look-around.
fn beyond(look: Look, side: Side) -> Option<Edge> {
    let solid = |bytes| Some(Edge { bytes, empty: false });
    match (look, side) {
        (Look::Start, Side::End) | (Look::End, Side::Start) => solid(ByteSet::default()),
        (Look::StartLF, Side::End) | (Look::EndLF, Side::Start) => solid(ByteSet::of(b"\n")),
        (Look::StartCRLF, Side::End) | (Look::EndCRLF, Side::Start) => solid(ByteSet::of(b"\r\n")),
        (Look::WordAscii | Look::WordStartAscii | Look::WordStartHalfAscii, Side::End)
        | (Look::WordAscii | Look::WordEndAscii | Look::WordEndHalfAscii, Side::Start) => {
            solid(ByteSet::such_that(|byte| !is_word(byte)))
        }
        _ => None,
    }
}

/// All bytes of its characters; of those that have several, any that these may have.
fn bytes_of(class: &Class) -> ByteSet {
    let mut set = ByteSet::default();
    let mut insert = |start: u32, end: u32| {
        (start..=end.min(127)).filter_map(|code| u8::try_from(code).ok()).for_each(|byte| set.insert(byte));
        if end > 127 {
            (128..=u8::MAX).for_each(|byte| set.insert(byte));
        }
    };
    match class {
        Class::Bytes(class) => {
            class.ranges().iter().for_each(|range| insert(range.start().into(), range.end().into()));
        }
        Class::Unicode(class) => {
            class.ranges().iter().for_each(|range| insert(range.start().into(), range.end().into()));
        }
    }
    set
}

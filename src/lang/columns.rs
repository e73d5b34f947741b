//! Columns, as gofmt keeps them: cells of neighbouring rows and comments at the ends of neighbouring lines stand one
//! below the other. Where a replacement changes a width, the columns round it follow, if they stood right before.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::lines::{line_end, line_start, past_break};
use super::syntax::{Captures, span_of};
use crate::model::{Edit, Span};

/// A line of the old or the new text, told by its places in the old one.
#[derive(Clone, Debug)]
struct Line {
    span: Span,
    /// What its columns belong to: the list that its row is of, or its indentation.
    home: (usize, usize),
    /// Where its cells begin, the first left out.
    cells: Vec<usize>,
    comment: Option<usize>,
}

/// The blanks before a cell or comment, with the number there should be.
type Gaps = BTreeMap<usize, (Span, usize)>;

/// The edits that keep columns after `edits`, which are ordered and disjoint.
pub(super) fn follow(captures: &Captures<'_>, text: &[u8], edits: &[Edit]) -> Vec<Edit> {
    let marks = Marks::of(captures, text);
    let (before, after) = (lines(&marks, text, &[]), lines(&marks, text, edits));
    let old: Gaps = runs(&before).iter().flat_map(|run| gaps(run, text, &[])).collect();
    let touched = |line: &Line| {
        let around = Span::new(line_start(text, line.span.start), past_break(text, line.span.end));
        edits.iter().any(|edit| edit.span.start <= around.end && around.start <= edit.span.end)
    };
    let mut found = Vec::new();
    for run in runs(&after).iter().filter(|run| run.iter().any(touched)) {
        let new = gaps(run, text, edits);
        let right =
            |(at, (span, _)): (&usize, &(Span, usize))| old.get(at).map_or(1, |(_, width)| *width) == span.len();
        if new.iter().all(right) {
            found.extend(new.into_values().filter(|(span, width)| span.len() != *width));
        }
    }
    found.sort();
    found.dedup();
    let edit = |(span, width)| Edit { span, replacement: " ".repeat(width), removed: None };
    found.into_iter().map(edit).collect()
}

/// Where rows, cells and comments begin.
struct Marks {
    /// A row's end, its list and its cells, by the row's beginning.
    rows: BTreeMap<usize, (usize, usize, Vec<usize>)>,
    comments: BTreeSet<usize>,
    /// Literals over several lines, which hide their line breaks.
    long: Vec<Span>,
}

impl Marks {
    fn of(captures: &Captures<'_>, text: &[u8]) -> Self {
        let cells = captures.of("cell");
        let row = |node: &Node<'_>| {
            let own = cells.iter().filter(|cell| cell.parent().is_some_and(|parent| parent.id() == node.id()));
            let list = node.parent().map_or(0, |list| list.start_byte());
            (node.start_byte(), (node.end_byte(), list, own.map(Node::start_byte).collect()))
        };
        let long = |span: &Span| span.of(text).contains(&b'\n');
        Self {
            rows: captures.of("row").iter().map(row).collect(),
            comments: captures.of("void").iter().map(Node::start_byte).collect(),
            long: captures.of("literal").iter().map(|node| span_of(*node)).filter(long).collect(),
        }
    }
}

/// The lines of the text after `edits`; those that an edit takes out are missing, those that it joins are one.
fn lines(marks: &Marks, text: &[u8], edits: &[Edit]) -> Vec<Line> {
    let gone = |line: Span| {
        let rest: usize = edits.iter().map(|edit| overlap(edit.span, line)).sum();
        !line.is_empty()
            && rest == line.len()
            && edits.iter().all(|e| e.replacement.is_empty() || !line.contains(e.span))
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let mut end = line_end(text, at);
        if gone(Span::new(at, past_break(text, end))) {
            at = past_break(text, end);
            continue;
        }
        while let Some(edit) = edits.iter().find(|edit| edit.span.start < end && end < edit.span.end) {
            end = line_end(text, edit.span.end);
        }
        found.push(line(marks, text, Span::new(at, end), edits));
        at = past_break(text, end);
    }
    found
}

fn overlap(a: Span, b: Span) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

fn line(marks: &Marks, text: &[u8], span: Span, edits: &[Edit]) -> Line {
    let raw = span.of(text);
    let indent = raw.len() - raw.trim_ascii_start().len();
    let start = span.start + indent;
    let (row_end, list, cells) = marks.rows.get(&start).cloned().unwrap_or_default();
    let whole = |span: Span| !edits.iter().any(|edit| edit.span.contains(span));
    let open = row_end > span.end
        || marks.long.iter().any(|long| long.start < span.end && span.start < long.end && whole(*long));
    let comment = marks.comments.range(start + 1..span.end.max(start + 1)).next_back().copied();
    let comment = comment.filter(|at| text.get(*at..*at + 2) == Some(b"//"));
    let cells = if open { Vec::new() } else { cells.into_iter().filter(|cell| *cell < span.end).collect() };
    Line { span: Span::new(start, span.end), home: (list, indent), cells, comment: comment.filter(|_| !open) }
}

/// Neighbouring lines whose columns belong together: with the same number of cells, and for their comments.
fn runs(lines: &[Line]) -> Vec<Vec<Line>> {
    let alike = |a: &Line, b: &Line| a.home == b.home && a.cells.len() == b.cells.len() && !a.span.is_empty();
    let mut runs: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| alike(last, line)) => run.push(line.clone()),
            _ => runs.push(vec![line.clone()]),
        }
    }
    runs
}

fn gaps(run: &[Line], text: &[u8], edits: &[Edit]) -> Gaps {
    let mut found = Gaps::new();
    let mut widths: Vec<usize> = vec![0; run.len()];
    let mut starts: Vec<usize> = run.iter().map(|line| line.span.start).collect();
    let count = run.first().map_or(0, |line| line.cells.len());
    for number in 0..count {
        let own: Vec<_> = run.iter().filter_map(|line| line.cells.get(number).copied()).collect();
        column(&own, (&mut widths, &mut starts), (text, edits), &mut found);
    }
    let mut at = 0;
    while at < run.len() {
        let length = run.iter().skip(at).take_while(|line| line.comment.is_some()).count();
        let own: Vec<_> = run.iter().skip(at).take(length).filter_map(|line| line.comment).collect();
        let mut part_widths: Vec<_> = widths.iter().skip(at).take(length).copied().collect();
        let mut part_starts: Vec<_> = starts.iter().skip(at).take(length).copied().collect();
        column(&own, (&mut part_widths, &mut part_starts), (text, edits), &mut found);
        at += length.max(1);
    }
    found
}

/// Puts what begins at `own` in one column behind what stands before it.
fn column(
    own: &[usize],
    (widths, starts): (&mut Vec<usize>, &mut Vec<usize>),
    (text, edits): (&[u8], &[Edit]),
    found: &mut Gaps,
) {
    let mut ends = Vec::new();
    for ((cell, width), start) in own.iter().zip(widths.iter_mut()).zip(starts.iter()) {
        let before = Span::new(*start, *cell).of(text);
        let end = start + before.trim_ascii_end().len();
        *width += shown(text, Span::new(*start, end), edits);
        ends.push(end);
    }
    let place = widths.iter().take(own.len()).max().map_or(0, |width| width + 1);
    for (((cell, width), start), end) in own.iter().zip(widths.iter_mut()).zip(starts.iter_mut()).zip(ends) {
        found.insert(*cell, (Span::new(end, *cell), place - *width));
        *width = place;
        *start = *cell;
    }
}

/// The number of characters that a part of the text has after `edits`.
pub(super) fn shown(text: &[u8], part: Span, edits: &[Edit]) -> usize {
    let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().count();
    let inside = edits.iter().filter(|edit| part.contains(edit.span));
    inside.fold(count(part.of(text)), |width, edit| {
        width + edit.replacement.chars().count() - count(edit.span.of(text)).min(width)
    })
}

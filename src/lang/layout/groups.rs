//! The style `groups`: of the brackets of a line that is too long, the first that have to are broken, their items each
//! on a line of its own, and so on in the lines that come of it.

use std::collections::BTreeSet;

use super::Line;
use super::words::{Bracket, Word};

/// A statement that is laid out.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    pub(super) words: &'a [Word],
    /// Columns before its first line, and of one step of indentation.
    pub(super) lead: usize,
    pub(super) step: usize,
    pub(super) limit: usize,
}

/// Some words in a row.
#[derive(Clone, Copy, Debug)]
struct Row {
    from: usize,
    to: usize,
    depth: usize,
    comma: bool,
    home: Home,
}

/// What a row is an item of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    None,
    Condition,
    List,
}

impl Groups<'_> {
    /// The lines of the statement; nothing where its form is one that this style doesn't know.
    pub(super) fn lay_out(&self) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        self.row(Row { from: 0, to: self.words.len(), depth: 0, comma: false, home: Home::None }, &mut lines)?;
        Some(lines)
    }

    fn row(&self, row: Row, lines: &mut Vec<Line>) -> Option<()> {
        if self.fits(row) && !self.holds_kept(row) {
            if self.has_ornament(row) {
                return None;
            }
            lines.push(line(row));
            return Some(());
        }
        match self.splits(row).next() {
            Some(at) => self.operators(row, at, lines),
            None => self.broken(row, lines),
        }
    }

    /// A row that is broken at brackets.
    fn broken(&self, row: Row, lines: &mut Vec<Line>) -> Option<()> {
        let pairs = self.pairs(row);
        if let Some(equals) = self.before_one_word(row).filter(|_| pairs.is_empty()) {
            lines.push(line(Row { to: equals + 1, comma: false, ..row }));
            lines.push(line(Row { from: equals + 1, depth: row.depth + 1, ..row }));
            return Some(());
        }
        if pairs.iter().filter(|(open, _)| self.is(*open, |word| word.call)).count() > 2 {
            return None;
        }
        let must = |number: &usize| {
            let Some((open, close)) = pairs.get(*number) else { return false };
            let end = pairs.get(number + 1).map_or(row.to, |(next, _)| next + 1);
            let comma = row.comma && end == row.to;
            self.holds_kept(Row { from: *open, to: close + 1, ..row }) || !self.fits(Row { to: end, comma, ..row })
        };
        let row = Row { home: Home::None, ..row };
        let Some((open, close)) = (0..pairs.len()).find(must).and_then(|number| pairs.get(number)).copied() else {
            lines.push(line(row));
            return (!self.has_ornament(row)).then_some(());
        };
        if self.has_ornament(Row { to: open, comma: false, ..row }) {
            return None;
        }
        let (open, close) = self.hugged(row, open, close);
        lines.push(line(Row { to: open + 1, comma: false, ..row }));
        let bare = self.is(open, |word| word.bare);
        let home = if bare { Home::Condition } else { Home::List };
        let inside = Row { from: open + 1, to: close, depth: row.depth + 1, comma: false, home };
        for mut item in self.items(inside) {
            item.comma = item.to == close && !bare && !self.is(close - 1, |word| word.text == ",");
            self.row(item, lines)?;
        }
        self.row(Row { from: close, home: Home::None, ..row }, lines)
    }

    /// The equals sign that only one word stands behind.
    fn before_one_word(&self, row: Row) -> Option<usize> {
        let end = if self.is(row.to - 1, |word| matches!(word.text, ";" | ",")) { row.to - 1 } else { row.to };
        let equals = end.checked_sub(2).filter(|at| *at >= row.from && self.is(*at, |word| word.equals))?;
        // Below a short key little would be won.
        let key = self.words.get(row.from).map_or(0, |word| word.width);
        let short = self.text(equals) == ":" && key < self.step + 3;
        (!short).then_some(equals)
    }

    /// What is put together by operators stands below the equals sign before it, or in the lines of an item.
    fn operators(&self, row: Row, split: usize, lines: &mut Vec<Line>) -> Option<()> {
        let equals = self.top(row).into_iter().filter(|at| *at < split).rfind(|at| self.is(*at, |word| word.equals));
        let mut rest = row;
        if let Some(equals) = equals {
            lines.push(line(Row { to: equals + 1, comma: false, ..row }));
            rest = Row { from: equals + 1, depth: row.depth + 1, home: Home::Condition, ..row };
            if self.fits(rest) && !self.holds_kept(rest) {
                lines.push(line(rest));
                return (!self.has_ornament(rest)).then_some(());
            }
        }
        let priorities = self.splits(rest).filter_map(|at| self.words.get(at)?.split).map(|(priority, _)| priority);
        let (least, most) = priorities.fold((u8::MAX, 0), |(least, most), one| (least.min(one), most.max(one)));
        // Operators of several strengths nest.
        if rest.home == Home::None || least != most || least == 0 {
            return None;
        }
        let mut operand = Row { to: rest.from, ..rest };
        for to in self.splits(rest).map(|at| at + 1).chain([rest.to]) {
            operand = Row { from: operand.to, to, comma: rest.comma && to == rest.to, ..operand };
            self.operand(operand, lines)?;
            operand.depth = if rest.home == Home::List { rest.depth + 1 } else { rest.depth };
        }
        Some(())
    }

    /// An operand with the operator behind it.
    fn operand(&self, row: Row, lines: &mut Vec<Line>) -> Option<()> {
        if self.fits(row) && !self.holds_kept(row) {
            lines.push(line(row));
            return (!self.has_ornament(row)).then_some(());
        }
        let own = self.splits(row).next().filter(|at| at + 1 < row.to);
        if own.is_some() { None } else { self.broken(row, lines) }
    }

    /// The brackets to break in place of those at `open`: a list that is their last item stays on the line with them.
    fn hugged(&self, row: Row, open: usize, close: usize) -> (usize, usize) {
        let items = self.items(Row { from: open + 1, to: close, ..row });
        let Some(last) = items.last().filter(|_| self.is(open, |word| word.call)) else { return (open, close) };
        let ends = if self.is(last.to - 1, |word| word.text == ",") { last.to - 1 } else { last.to };
        let whole =
            self.is(last.from, |word| word.display && word.bracket == Bracket::Open && word.partner + 1 == ends);
        let before = Row { to: last.from + 1, comma: false, ..row };
        let others = Row { from: open + 1, to: last.from, ..row };
        let same = items.len() > 1
            && items.get(items.len() - 2).is_some_and(|other| {
                self.is(other.from, |word| word.display) && self.text(other.from) == self.text(last.from)
            });
        if whole && !same && ends - last.from > 2 && self.fits(before) && !self.holds_kept(others) {
            return (last.from, ends - 1);
        }
        (open, close)
    }

    /// The brackets of a row that no others are round and that hold something.
    fn pairs(&self, row: Row) -> Vec<(usize, usize)> {
        let opens = |at: &usize| self.is(*at, |word| word.bracket == Bracket::Open);
        let pair = |at: usize| self.words.get(at).map(|word| (at, word.partner));
        let all = self.top(row).into_iter().filter(opens).filter_map(pair);
        all.filter(|(open, close)| close - open > 1 && *close < row.to).collect()
    }

    /// The items of brackets, each with the comma behind it.
    fn items(&self, inside: Row) -> Vec<Row> {
        let mut found = Vec::new();
        let mut from = inside.from;
        for at in self.top(inside) {
            if self.is(at, |word| word.text == ",") {
                found.push(Row { from, to: at + 1, ..inside });
                from = at + 1;
            }
        }
        if from < inside.to {
            found.push(Row { from, ..inside });
        }
        found
    }

    /// The words of a row that stand in none of its brackets.
    fn top(&self, row: Row) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = row.from;
        while at < row.to {
            found.push(at);
            let next = self.words.get(at).filter(|word| word.bracket == Bracket::Open).map_or(at, |word| word.partner);
            at = next.max(at) + 1;
        }
        found
    }

    /// The operators of a row that stand in none of its brackets.
    fn splits(&self, row: Row) -> impl Iterator<Item = usize> {
        self.top(row).into_iter().filter(|at| self.is(*at, |word| word.split.is_some()))
    }

    /// Whether the row holds brackets that the author broke, which stay so.
    fn holds_kept(&self, row: Row) -> bool {
        (row.from..row.to).any(|at| self.is(at, |word| word.kept))
    }

    /// Whether a comma stands before a closing bracket of the row, though all is on one line.
    fn has_ornament(&self, row: Row) -> bool {
        let closes = |at: usize| self.is(at, |word| word.bracket == Bracket::Close && word.partner >= row.from);
        (row.from + 1..row.to).any(|at| closes(at) && self.is(at - 1, |word| word.text == ","))
    }

    fn fits(&self, row: Row) -> bool {
        let mut width = self.lead + row.depth * self.step + usize::from(row.comma);
        for (number, word) in self.words.iter().enumerate().skip(row.from).take(row.to.saturating_sub(row.from)) {
            width += word.width + usize::from(word.gap && number > row.from);
        }
        width <= self.limit
    }

    fn is(&self, at: usize, holds: impl Fn(&Word) -> bool) -> bool {
        self.words.get(at).is_some_and(holds)
    }

    fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text)
    }
}

fn line(row: Row) -> Line {
    Line { from: row.from, to: row.to, depth: row.depth, comma: row.comma, shown: BTreeSet::new() }
}

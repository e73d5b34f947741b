//! The style `lines`: a line that is too long is broken at its last brackets, what stands in brackets at its strongest
//! splits, and so on with the lines that come of it. Brackets that may be left out are put in where that helps.

use std::collections::BTreeSet;

use super::Line;
use super::words::{Bracket, Word};

/// A statement that is laid out.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    pub(super) words: &'a [Word],
    /// Characters before its first line, and of one step of indentation.
    pub(super) lead: usize,
    pub(super) step: usize,
    /// Characters of the comment behind its last word.
    pub(super) rest: usize,
    /// It stands in brackets, as an item of a list.
    pub(super) inside: bool,
    pub(super) limit: usize,
    pub(super) at_first: bool,
    /// A comma may stand after an unpacked argument.
    pub(super) modern: bool,
}

/// Some words in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    from: usize,
    to: usize,
    depth: usize,
    comma: bool,
    shown: BTreeSet<usize>,
    part: Part,
    /// It goes on being broken, however short it is.
    explode: bool,
}

/// What a line is of the one that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Head,
    Body,
    Tail,
}

/// A way to break a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    First,
    Splits,
    Last,
}

impl Lines<'_> {
    /// The lines of the statement.
    pub(super) fn lay_out(&self) -> Vec<Line> {
        let whole = Row {
            from: 0,
            to: self.words.len(),
            depth: 0,
            comma: false,
            shown: BTreeSet::new(),
            part: if self.inside { Part::Body } else { Part::Whole },
            explode: false,
        };
        let rows = self.broken(&whole, false).into_iter();
        rows.map(|Row { from, to, depth, comma, shown, .. }| Line { from, to, depth, comma, shown }).collect()
    }

    fn broken(&self, line: &Row, forced: bool) -> Vec<Row> {
        if line.from >= line.to {
            return Vec::new();
        }
        if !line.explode && !self.has_trailing_comma(line) && self.fits(line) {
            return vec![line.clone()];
        }
        let ways: &[Way] = match line.part {
            Part::Whole if self.at_first => &[Way::First],
            Part::Body => &[Way::Splits, Way::Last],
            _ => &[Way::Last],
        };
        let found = ways.iter().find_map(|way| self.by(line, *way, forced));
        found.unwrap_or_else(|| vec![line.clone()])
    }

    fn by(&self, line: &Row, way: Way, forced: bool) -> Option<Vec<Row>> {
        let parts = match way {
            Way::First => self.at_first_brackets(line)?,
            Way::Splits => self.at_splits(line)?,
            Way::Last => self.at_last_brackets(line, forced)?,
        };
        let same =
            |part: &Row| (part.from, part.to, &part.shown, part.comma) == (line.from, line.to, &line.shown, line.comma);
        if parts.iter().any(same) {
            return None;
        }
        let result: Vec<_> = parts.iter().flat_map(|part| self.broken(part, forced)).collect();
        let optional = self.optional_in(line);
        let used = optional.iter().any(|open| parts.iter().any(|part| part.shown.contains(open)));
        let good = result.first().is_none_or(|first| self.fits(first));
        if way != Way::Last || forced || optional.is_empty() || used || good {
            return Some(result);
        }
        let second = self.by(line, way, true).filter(|lines| lines.iter().all(|line| self.fits(line)));
        Some(second.unwrap_or(result))
    }

    /// The optional brackets of a line that no others are round, as long as they aren't shown.
    fn optional_in(&self, line: &Row) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = line.from;
        while at < line.to {
            let Some(word) = self.words.get(at) else { break };
            if word.bracket == Bracket::Open {
                if word.optional && !line.shown.contains(&at) {
                    found.push(at);
                }
                at = word.partner.max(at);
            }
            at += 1;
        }
        found
    }

    fn at_first_brackets(&self, line: &Row) -> Option<Vec<Row>> {
        let open = (line.from..line.to)
            .find(|at| self.words.get(*at).is_some_and(|word| word.text == "(" && !word.optional))?;
        let close = self.words.get(open)?.partner;
        let mut parts = self.parts(line, open, close)?;
        let no_comma = !(open + 1..close).any(|at| self.words.get(at).is_some_and(|word| word.text == ","));
        if let Some(body) = parts.get_mut(1) {
            body.comma = no_comma;
        }
        Some(parts)
    }

    /// Breaks a line before or after the splits that are strongest in it.
    fn at_splits(&self, line: &Row) -> Option<Vec<Row>> {
        let splits = self.splits(line);
        let strongest = splits.iter().filter(|(at, _)| *at < line.to).map(|(_, priority)| *priority).max()?;
        let places: Vec<_> = splits.iter().filter(|(_, priority)| *priority == strongest).map(|(at, _)| *at).collect();
        let dots = |at: &usize| self.words.get(*at).is_some_and(|word| matches!(word.text, "." | "?."));
        if places.len() == 1 && places.iter().all(dots) {
            return None;
        }
        let commas = strongest == self.comma_priority();
        let mut lines = Vec::new();
        let mut from = line.from;
        for to in places.into_iter().chain([line.to]) {
            if to > from {
                lines.push(Row { from, to, explode: false, comma: false, ..line.clone() });
            }
            from = to;
        }
        let ends_so = self.words.get(line.to.saturating_sub(1)).is_some_and(|word| word.text == ",");
        let unpacked = self.top(line).any(|at| self.words.get(at).is_some_and(|word| word.unpacked));
        if let Some(last) = lines.last_mut() {
            last.comma = line.comma || commas && !ends_so && (self.modern || !unpacked);
        }
        Some(lines)
    }

    fn comma_priority(&self) -> u8 {
        let commas = self.words.iter().filter(|word| word.text == ",");
        commas.filter_map(|word| word.split).map(|(priority, _)| priority).max().unwrap_or(u8::MAX)
    }

    /// The words of a line that stand in none of its brackets.
    fn top(&self, line: &Row) -> impl Iterator<Item = usize> {
        let mut depth = 0_usize;
        let (from, to) = (line.from, line.to);
        self.words.iter().enumerate().skip(from).take(to - from).filter_map(move |(at, word)| {
            if word.bracket == Bracket::Close {
                depth = depth.saturating_sub(1);
            }
            let top = depth == 0;
            if word.bracket == Bracket::Open {
                depth += 1;
            }
            top.then_some(at)
        })
    }

    /// The places where a line may be broken, by the word that the next one begins with. The last word's is none.
    fn splits(&self, line: &Row) -> Vec<(usize, u8)> {
        let place = |at: usize| {
            let (priority, after) = self.words.get(at)?.split?;
            let place = if after { at + 1 } else { at };
            (place > line.from && place <= line.to).then_some((place, priority))
        };
        let mut found: Vec<_> = self.top(line).filter_map(place).collect();
        found.retain(|(at, _)| *at < line.to);
        found
    }

    /// Head, body and tail of a line that is broken at brackets.
    fn parts(&self, line: &Row, open: usize, close: usize) -> Option<Vec<Row>> {
        if open < line.from || close >= line.to {
            return None;
        }
        let mut shown = line.shown.clone();
        if self.words.get(open)?.optional {
            shown.insert(open);
        }
        let part = |from, to, part, deeper: usize, comma| Row {
            from,
            to,
            depth: line.depth + deeper,
            comma,
            shown: shown.clone(),
            part,
            explode: false,
        };
        let head = part(line.from, open + 1, Part::Head, 0, false);
        let mut body = part(open + 1, close, Part::Body, 1, false);
        let tail = part(close, line.to, Part::Tail, 0, line.comma);
        if body.from == body.to {
            return None;
        }
        body.explode = self.explodes(&body, open);
        Some(vec![head, body, tail])
    }

    /// Whether the items in brackets that are broken stand on lines of their own at once.
    fn explodes(&self, body: &Row, open: usize) -> bool {
        let last = self.words.get(body.to.saturating_sub(1));
        let trailing = body.to > body.from && last.is_some_and(|word| word.text == ",");
        let strongest = self.splits(body).iter().map(|(_, priority)| *priority).max();
        let display = self.words.get(open).is_some_and(|word| word.display);
        strongest == Some(self.comma_priority()) && (trailing || display)
    }

    /// Breaks a line at its last brackets, or at some before them where what follows fits behind those.
    fn at_last_brackets(&self, line: &Row, forced: bool) -> Option<Vec<Row>> {
        let mut first = None;
        for passed in self.passable(line) {
            let parts = self.at_brackets(line, &passed, forced)?;
            if parts.first().is_some_and(|head| self.fits(head)) {
                return Some(parts);
            }
            if passed.is_empty() {
                first = Some(parts);
            }
        }
        first.or_else(|| self.at_brackets(line, &BTreeSet::new(), forced))
    }

    /// The sets of closing brackets, each with more of them, that a line may be broken before: what follows fits on a
    /// line.
    fn passable(&self, line: &Row) -> Vec<BTreeSet<usize>> {
        let mut sets = Vec::new();
        let mut passed = BTreeSet::new();
        if !self.has_trailing_comma(line) {
            sets.push(passed.clone());
        }
        let mut length = self.before(line);
        let (mut opening, mut closing) = (None, None);
        let mut inner = BTreeSet::new();
        for at in (line.from..line.to).rev() {
            let Some(word) = self.words.get(at) else { break };
            let comment = if Some(at) == self.commented() { self.rest } else { 0 };
            length += self.wide(line, at) + usize::from(word.gap) + comment;
            if length > self.limit || comment > 0 {
                break;
            }
            let before =
                at.checked_sub(1).filter(|before| *before >= line.from).and_then(|before| self.words.get(before));
            let after_comma = before.is_some_and(|word| word.text == "," && !word.lone);
            if opening.is_some() {
                if opening == Some(at) {
                    opening = None;
                } else if word.bracket == Bracket::Close {
                    if after_comma {
                        break;
                    }
                    inner.insert(at);
                }
            } else if word.bracket == Bracket::Close {
                if before.is_some_and(|word| word.bracket == Bracket::Open) {
                    inner.insert(at);
                    continue;
                }
                if let Some(close) = closing {
                    passed.insert(close);
                    passed.append(&mut inner);
                    sets.push(passed.clone());
                }
                if after_comma {
                    break;
                }
                if !word.optional || line.shown.contains(&word.partner) {
                    opening = Some(word.partner);
                    closing = Some(at);
                }
            }
        }
        sets
    }

    fn last_brackets(&self, line: &Row, passed: &BTreeSet<usize>) -> Option<(usize, usize)> {
        let closes = |at: &usize| {
            let holds = |word: &Word| word.bracket == Bracket::Close && word.partner + 1 < *at;
            !passed.contains(at) && self.words.get(*at).is_some_and(holds)
        };
        let close = (line.from..line.to).rev().find(closes)?;
        Some((self.words.get(close)?.partner, close))
    }

    fn at_brackets(&self, line: &Row, passed: &BTreeSet<usize>, forced: bool) -> Option<Vec<Row>> {
        let (open, close) = self.last_brackets(line, passed)?;
        let parts = self.parts(line, open, close)?;
        let optional = self.words.get(open)?.optional && !line.shown.contains(&open);
        let [head, body, _] = &*parts else { return None };
        let hopeless = body.to - body.from < 2 && !self.fits(body);
        if !optional || forced || !self.can_do_without(body) {
            return Some(parts);
        }
        let mut without = passed.clone();
        without.insert(close);
        let other = self.last_brackets(line, &without).and_then(|(open, close)| self.parts(line, open, close));
        match other {
            Some(other) if !self.prefers(&other, head) => Some(parts),
            // Brackets round one word that is too long are of no use.
            other => {
                other.and_then(|_| self.at_brackets(line, &without, forced)).or_else(|| (!hopeless).then_some(parts))
            }
        }
    }

    /// Whether a line is better broken at other brackets than at the optional ones that `head` ends with.
    fn prefers(&self, other: &[Row], head: &Row) -> bool {
        let word = |at: usize| self.words.get(at);
        let Some(equals) = head.to.checked_sub(2).filter(|at| word(*at).is_some_and(|word| word.text == "=")) else {
            return true;
        };
        let is_bracket = |at: usize| word(at).is_some_and(|word| word.bracket != Bracket::No);
        if !(head.from..equals).any(is_bracket) {
            return true;
        }
        if self.width(head) > self.limit || self.has_trailing_comma(head) {
            return true;
        }
        let Some(first) = other.first() else { return false };
        let after_equals = (first.from..first.to).rev().take_while(|at| word(*at).is_some_and(|word| word.text != "="));
        let closes = after_equals.into_iter().any(|at| word(at).is_some_and(|word| word.bracket == Bracket::Close));
        closes || first.to > equals && self.fits(first)
    }

    /// Whether what stands in optional brackets may stand there without.
    fn can_do_without(&self, body: &Row) -> bool {
        let splits = self.splits(body);
        let Some(strongest) = splits.iter().map(|(_, priority)| *priority).max() else { return true };
        if splits.iter().filter(|(_, priority)| *priority == strongest).count() > 1 {
            return false;
        }
        let dot = splits.iter().any(|(at, priority)| {
            *priority == strongest && self.words.get(*at).is_some_and(|word| matches!(word.text, "." | "?."))
        });
        dot || self.begins_in_brackets(body) || self.ends_in_brackets(body)
    }

    fn begins_in_brackets(&self, body: &Row) -> bool {
        let (Some(first), Some(second)) = (self.words.get(body.from), self.words.get(body.from + 1)) else {
            return false;
        };
        if first.bracket != Bracket::Open || second.bracket == Bracket::Close {
            return false;
        }
        let mut length = self.before(body);
        for at in first.partner..body.to {
            length += self.wide(body, at) + self.words.get(at).map_or(0, |word| usize::from(word.gap));
            if length > self.limit {
                return false;
            }
            if self.words.get(at).is_some_and(|word| word.bracket == Bracket::Open) {
                return false;
            }
        }
        true
    }

    fn ends_in_brackets(&self, body: &Row) -> bool {
        let Some(last) = body.to.checked_sub(1).and_then(|at| self.words.get(at)) else { return false };
        let inside = body.to.checked_sub(2).and_then(|at| self.words.get(at));
        let suits = last.bracket == Bracket::Close && (last.text != "]" || last.display);
        if !suits || inside.is_none_or(|word| word.bracket == Bracket::Open) {
            return false;
        }
        let mut length = self.before(body);
        for at in body.from..body.to {
            length += self.wide(body, at) + self.words.get(at).map_or(0, |word| usize::from(word.gap));
            let opens = self.words.get(at).is_some_and(|word| word.bracket == Bracket::Open);
            if at == last.partner {
                return length <= self.limit;
            }
            if opens {
                return true;
            }
        }
        false
    }

    /// Whether brackets of a line hold a comma at their end, which keeps them broken.
    fn has_trailing_comma(&self, line: &Row) -> bool {
        let inside = |at: usize| {
            let word = self.words.get(at)?;
            let before =
                at.checked_sub(1).filter(|before| *before >= line.from).and_then(|before| self.words.get(before))?;
            let whole = word.bracket == Bracket::Close && word.partner >= line.from;
            (whole && before.text == "," && !before.lone).then_some(())
        };
        line.part != Part::Tail && (line.from..line.to).any(|at| inside(at).is_some())
    }

    fn before(&self, line: &Row) -> usize {
        self.lead + line.depth * self.step
    }

    fn wide(&self, line: &Row, at: usize) -> usize {
        let Some(word) = self.words.get(at) else { return 0 };
        let open = if word.bracket == Bracket::Close { word.partner } else { at };
        if word.optional { usize::from(line.shown.contains(&open)) } else { word.width }
    }

    fn width(&self, line: &Row) -> usize {
        let mut width = self.before(line) + usize::from(line.comma);
        for at in line.from..line.to {
            let gap = at > line.from && self.words.get(at).is_some_and(|word| word.gap);
            width += self.wide(line, at) + usize::from(gap);
        }
        let comment = self.commented().is_some_and(|at| (line.from..line.to).contains(&at));
        width + if comment { self.rest } else { 0 }
    }

    /// The word that the comment belongs to: the last one, or the only one in optional brackets at the end.
    fn commented(&self) -> Option<usize> {
        let last = self.words.len().checked_sub(1)?;
        let alone = self.words.get(last).is_some_and(|word| word.optional && word.partner + 2 == last);
        Some(if alone { last - 1 } else { last })
    }

    /// Whether the comment would have to move with its word.
    pub(super) fn moves_comment(&self, lines: &[Line]) -> bool {
        let shown = |at: usize| lines.iter().any(|line| line.shown.contains(&(at - 1)));
        self.rest > 0 && self.commented().is_some_and(|at| at + 1 < self.words.len() && shown(at))
    }

    fn fits(&self, line: &Row) -> bool {
        let long = |at: usize| self.words.get(at).is_some_and(|word| word.long);
        self.width(line) <= self.limit && !(line.from..line.to).any(long)
    }
}

//! Keeps a formatted file formatted: statements that a rewrite made too long are broken as the language's usual
//! formatter breaks them. `layout.toml` says how; what stood in another form before is left in its own.

mod functions;
mod groups;
mod lines;
mod spec;
mod weave;
mod words;

use std::collections::BTreeSet;

use tree_sitter::{Language as Grammar, Node, Tree};

pub(super) use functions::break_up;
pub(super) use spec::{LayoutStyle, LayoutToml};

use super::lines::{line_end, line_start};
use super::style::Style;
use super::syntax::{self, children, span_of};
use crate::model::{Edit, Span};
use groups::Groups;
use lines::Lines;
use weave::{Change, landed, origin, spliced, woven};
use words::Word;

/// A line: some words in a row.
#[derive(Debug)]
struct Line {
    from: usize,
    to: usize,
    depth: usize,
    /// A comma is added at its end.
    comma: bool,
    /// The optional brackets that are there, by the opening one.
    shown: BTreeSet<usize>,
}

/// How a file is to be laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    pub(super) spec: &'a LayoutToml,
    pub(super) limit: usize,
    pub(super) style: &'a Style,
}

impl Layout<'_> {
    /// `edits`, which are ordered and disjoint, with what keeps the statements that they touch in form.
    pub(super) fn keep(&self, (grammar, old): (&Grammar, &Tree), text: &[u8], edits: Vec<Edit>) -> Vec<Edit> {
        if self.spec.unless.as_ref().is_some_and(|unless| unless.0.is_match(text)) {
            return edits;
        }
        let landed = landed(&edits);
        let new = spliced(text, &edits);
        let Some(tree) = syntax::parse(grammar, &new) else { return edits };
        let mut units = Vec::new();
        self.touched((tree.root_node(), &new), &landed, &mut units);
        let before = File { layout: self, text, root: old.root_node() };
        let after = File { layout: self, text: &new, root: tree.root_node() };
        let mut changes: Vec<Change> = Vec::new();
        for unit in units {
            let own = span_of(unit);
            let inserted = edits.iter().zip(&landed).any(|(edit, span)| edit.removed.is_none() && span.contains(own));
            let kept = |node: &Node<'_>| inserted || before.is_in_form(origin(span_of(*node), &landed, &edits), &edits);
            match after.changes(unit) {
                Some(found) if kept(&unit) => changes.extend(found),
                Some(_) => {}
                None => {
                    let items = after.items(unit, &landed);
                    changes.extend(items.into_iter().filter(kept).filter_map(|item| after.changes(item)).flatten());
                }
            }
        }
        changes.sort();
        woven(edits, &landed, changes)
    }

    /// The columns that an indentation takes.
    fn columns(&self, indent: &str) -> usize {
        indent.chars().map(|c| if c == '\t' { self.spec.tab } else { 1 }).sum()
    }

    fn is_unit(&self, node: Node<'_>) -> bool {
        self.spec.units.iter().any(|kind| kind == node.kind())
    }

    /// The statements that edits touch, inner ones for themselves.
    fn touched<'t>(&self, (node, text): (Node<'t>, &[u8]), landed: &[Span], found: &mut Vec<Node<'t>>) {
        let own = span_of(node);
        if !landed.iter().any(|span| span.start <= own.end && own.start <= span.end) {
            return;
        }
        let lead = Span::new(line_start(text, own.start), own.start).of(text);
        if self.is_unit(node) && lead.trim_ascii().is_empty() {
            found.push(node);
        }
        for child in children(node) {
            self.touched((child, text), landed, found);
        }
    }
}

/// A file, before or after the edits.
struct File<'a, 't> {
    layout: &'a Layout<'a>,
    text: &'a [u8],
    root: Node<'t>,
}

impl<'t> File<'_, 't> {
    /// Whether the statement or item that begins at `start` is laid out as this module does it, apart from literals
    /// over several lines that an edit replaces.
    fn is_in_form(&self, start: usize, edits: &[Edit]) -> bool {
        let Some(part) = self.part_at(self.root, start) else { return false };
        let Some(words) = words::of(self.layout.spec, self.text, part) else { return false };
        let long = words.iter().filter(|word| word.long).map(|word| word.span);
        let gone = |span: Span| edits.iter().any(|edit| edit.removed.is_some() && edit.span.contains(span));
        let (replaced, others): (Vec<_>, Vec<_>) = long.partition(|span| gone(*span));
        others.is_empty() && (!replaced.is_empty() || self.changes(part).is_some_and(|changes| changes.is_empty()))
    }

    /// The outermost statement or item that begins at `start`.
    fn part_at(&self, node: Node<'t>, start: usize) -> Option<Node<'t>> {
        if node.start_byte() == start && (self.layout.is_unit(node) || self.is_item(node)) {
            return Some(node);
        }
        let mut holding =
            children(node).into_iter().filter(|child| child.start_byte() <= start && start < child.end_byte());
        holding.find_map(|child| self.part_at(child, start))
    }

    /// The outermost items of a statement's lists that edits touch and that can be laid out for themselves: their
    /// lines hold nothing else.
    fn items(&self, node: Node<'t>, landed: &[Span]) -> Vec<Node<'t>> {
        let touched = |child: &Node<'t>| landed.iter().any(|span| span_of(*child).contains(*span));
        let mut found = Vec::new();
        for child in children(node).into_iter().filter(touched) {
            if self.layout.spec.bodies.iter().any(|kind| kind == child.kind()) {
                continue;
            }
            if self.is_item(child) && self.changes(child).is_some() {
                found.push(child);
            } else {
                found.extend(self.items(child, landed));
            }
        }
        found
    }

    /// Whether a node stands alone on its lines in a list.
    fn is_item(&self, node: Node<'_>) -> bool {
        let (own, text) = (span_of(node), self.text);
        let before = Span::new(line_start(text, own.start), own.start).of(text);
        let after = Span::new(with_comma(node), line_end(text, own.end)).of(text).trim_ascii();
        let in_list = |parent: Node<'_>| self.layout.spec.lists.iter().any(|kind| kind == parent.kind());
        node.is_named()
            && !node.is_extra()
            && node.parent().is_some_and(in_list)
            && before.iter().all(u8::is_ascii_whitespace)
            && (after.is_empty() || after.starts_with(self.layout.spec.comment.as_bytes()))
    }

    /// What brings a statement or item into form; nothing where that can't be told.
    fn changes(&self, part: Node<'_>) -> Option<Vec<Change>> {
        let spec = self.layout.spec;
        let mut words = words::of(spec, self.text, part)?;
        words.extend(words::mark_after(part));
        let (first, last) = (words.first()?, words.last()?);
        let lead = Span::new(line_start(self.text, first.span.start), first.span.start).of(self.text);
        let rest = Span::new(last.span.end, line_end(self.text, last.span.end)).of(self.text);
        let shown = String::from_utf8_lossy(rest);
        let comment = shown.trim_start();
        if !lead.iter().all(|byte| matches!(byte, b' ' | b'\t'))
            || words.iter().any(|word| word.long)
            || !comment.is_empty() && !comment.starts_with(spec.comment.as_str())
        {
            return None;
        }
        let lead = String::from_utf8_lossy(lead);
        let found = self.lines(part, &words, (&lead, shown.trim_end()))?;
        Some(self.gaps(&words, &found, &lead))
    }

    fn lines(&self, part: Node<'_>, words: &[Word], (lead, comment): (&str, &str)) -> Option<Vec<Line>> {
        let (spec, limit) = (self.layout.spec, self.layout.limit);
        let (lead, step) = (self.layout.columns(lead), self.layout.columns(&self.layout.style.indent));
        if spec.style == LayoutStyle::Groups {
            return Groups { words, lead, step, limit }.lay_out();
        }
        let lines = Lines {
            words,
            lead,
            step,
            rest: comment.chars().count(),
            inside: !self.layout.is_unit(part),
            limit,
            at_first: spec.at_first.iter().any(|kind| kind == part.kind()),
            modern: spec.new_version.as_ref().is_none_or(|sign| sign.0.is_match(self.text)),
        };
        let found = lines.lay_out();
        (!lines.moves_comment(&found)).then_some(found)
    }

    /// The changes between words that are there before and after.
    fn gaps(&self, words: &[Word], lines: &[Line], lead: &str) -> Vec<Change> {
        let newline = self.layout.style.newline;
        let mut found = Vec::new();
        let mut anchor: Option<usize> = None;
        let mut between = String::new();
        for line in lines {
            for at in line.from..line.to {
                let Some(word) = words.get(at) else { continue };
                if at == line.from && at > 0 {
                    between.push_str(newline);
                    between.push_str(lead);
                    between.push_str(&self.layout.style.indent.repeat(line.depth));
                } else if word.gap {
                    between.push(' ');
                }
                if word.optional {
                    let open = if word.bracket == words::Bracket::Close { word.partner } else { at };
                    between.push_str(if line.shown.contains(&open) { word.text } else { "" });
                    continue;
                }
                if let Some(anchor) = anchor {
                    found.push((Span::new(anchor, word.span.start), std::mem::take(&mut between)));
                }
                anchor = Some(word.span.end);
                between.clear();
            }
            if line.comma {
                between.push(',');
            }
        }
        let end = words.last().map_or(0, |word| word.span.end);
        found.extend(anchor.map(|anchor| (Span::new(anchor, end), between)));
        found.retain(|(span, text)| span.of(self.text) != text.as_bytes());
        found
    }
}

/// Where a node ends, or the comma behind it.
fn with_comma(node: Node<'_>) -> usize {
    node.next_sibling()
        .filter(|next| matches!(next.kind(), "," | ";"))
        .map_or(node.end_byte(), |comma| comma.end_byte())
}

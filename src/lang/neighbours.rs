//! What stands beside a literal: the other keys of the same mapping or call, or names that begin alike.

use tree_sitter::Node;

use super::language::{Language, Literal};
use super::lines::LineEntry;
use super::syntax::{Captures, Group, Pair, children, span_of};
use crate::model::{Located, Neighbour, Span};

/// How many pairs or lines before and after a site are looked at, so that a large file stays cheap.
const REACH: usize = 200;

/// The name that a key node stands for: a string's value, else its text.
pub(super) fn name(language: &Language, text: &[u8], key: Node<'_>) -> String {
    plain(language, text, key).unwrap_or_else(|| String::from_utf8_lossy(span_of(key).of(text)).into_owned())
}

/// The mapping, call or block that holds a pair, where all its pairs belong together.
pub(super) fn container(language: &Language, pair: &Pair<'_>) -> Option<Span> {
    (pair.group == Group::Siblings).then(|| parent(language, pair.whole).map(span_of)).flatten()
}

/// The pairs beside `pair`: those of its mapping or call, or those of its block.
pub(super) fn in_tree(
    language: &Language,
    text: &[u8],
    captures: &Captures<'_>,
    pair: &Pair<'_>,
    located: &[Located],
) -> Vec<Neighbour> {
    let Some(home) = parent(language, pair.whole) else { return Vec::new() };
    if pair.group == Group::None {
        return Vec::new();
    }
    let at = captures.pairs.iter().position(|other| other.value.id() == pair.value.id()).unwrap_or(0);
    let near = captures.pairs.iter().skip(at.saturating_sub(REACH)).take(2 * REACH);
    let others = near.filter(|other| {
        other.group == pair.group
            && other.value.id() != pair.value.id()
            && parent(language, other.whole).is_some_and(|node| node.id() == home.id())
    });
    let found = others.filter_map(|other| {
        let span = span_of(other.value);
        let secret = located.iter().any(|one| span.overlaps(one.value));
        let value = if secret { None } else { Some(scalar(language, text, captures, other.value)?) };
        Some(Neighbour { key: name(language, text, other.key), value, span, by_name: pair.group == Group::Prefix })
    });
    found.collect()
}

/// The lines beside `own` in a format of lines.
pub(super) fn in_lines(
    language: &Language,
    text: &[u8],
    entries: &[LineEntry],
    own: &LineEntry,
    located: &[Located],
) -> Vec<Neighbour> {
    let at = entries.iter().position(|entry| entry == own).unwrap_or(0);
    let near = entries.iter().skip(at.saturating_sub(REACH)).take(2 * REACH).filter(|entry| *entry != own);
    let found = near.filter_map(|entry| {
        let secret = located.iter().any(|one| entry.content.overlaps(one.value));
        let value = if secret { None } else { Some(line_value(language, text, entry)?) };
        let key = String::from_utf8_lossy(entry.key.of(text)).into_owned();
        Some(Neighbour { key, value, span: entry.content, by_name: true })
    });
    found.collect()
}

fn line_value(language: &Language, text: &[u8], entry: &LineEntry) -> Option<String> {
    let forms = &language.data.language.string;
    let form = forms.iter().find(|form| form.kinds.iter().any(|kind| kind == entry.kind))?;
    let value = language.content(text, &Literal { form, content: entry.content, whole: entry.content }).ok()?;
    String::from_utf8(value).ok()
}

fn parent<'t>(language: &Language, node: Node<'t>) -> Option<Node<'t>> {
    let mut parent = node.parent()?;
    while language.is_transparent(parent.kind()) {
        parent = parent.parent()?;
    }
    Some(parent)
}

fn scalar(language: &Language, text: &[u8], captures: &Captures<'_>, node: Node<'_>) -> Option<String> {
    let span = span_of(node);
    if captures.of("number").iter().any(|number| span_of(*number) == span) {
        return Some(String::from_utf8_lossy(span.of(text)).into_owned());
    }
    plain(language, text, node)
}

/// The text of a plain literal, through nodes that only wrap it.
fn plain(language: &Language, text: &[u8], node: Node<'_>) -> Option<String> {
    let readable = language.data.language.string.iter().any(|form| form.kinds.iter().any(|kind| kind == node.kind()));
    if readable {
        let (value, bytes) = language.value(text, node).ok()?;
        return String::from_utf8(value).ok().filter(|_| !bytes);
    }
    if !language.is_transparent(node.kind()) {
        return None;
    }
    children(node).into_iter().find_map(|child| plain(language, text, child))
}

//! What stands beside a literal: the other keys of the same mapping or call, or names that begin alike.

use tree_sitter::Node;

use super::language::{Language, Literal};
use super::lines::LineEntry;
use super::syntax::{Captures, Group, Pair, children, span_of};
use crate::model::{Located, Neighbour, Span};

/// The most neighbours that one site tells.
const LIMIT: usize = 40;

/// How many pairs before and after a site are looked at, so that a large file stays cheap.
const REACH: usize = 200;

/// The name that a key node stands for: a string's value, else its text.
pub(super) fn name(language: &Language, text: &[u8], key: Node<'_>) -> String {
    plain(language, text, key).unwrap_or_else(|| String::from_utf8_lossy(span_of(key).of(text)).into_owned())
}

/// The mapping, call or block that holds a pair, where all its pairs belong together.
pub(super) fn container(language: &Language, pair: &Pair<'_>) -> Option<Span> {
    (pair.group == Group::Siblings).then(|| parent(language, pair.whole).map(span_of)).flatten()
}

/// The neighbours of `pair` that are plain literals and no findings.
pub(super) fn in_tree(
    language: &Language,
    text: &[u8],
    captures: &Captures<'_>,
    pair: &Pair<'_>,
    located: &[Located],
) -> Vec<Neighbour> {
    let Some(home) = parent(language, pair.whole) else { return Vec::new() };
    let own = name(language, text, pair.key);
    let at = captures.pairs.iter().position(|other| other.value.id() == pair.value.id()).unwrap_or(0);
    let near = captures.pairs.iter().skip(at.saturating_sub(REACH)).take(2 * REACH);
    let others = near.filter(|other| {
        other.group == pair.group
            && other.value.id() != pair.value.id()
            && parent(language, other.whole).is_some_and(|node| node.id() == home.id())
    });
    let found = others.filter_map(|other| {
        let key = name(language, text, other.key);
        let belongs = match pair.group {
            Group::Siblings => true,
            Group::Prefix => same_prefix(&own, &key),
            Group::None => false,
        };
        let span = span_of(other.value);
        let secret = located.iter().any(|one| span.overlaps(one.value));
        let value = if belongs && !secret { scalar(language, text, captures, other.value)? } else { return None };
        Some(Neighbour { key, value, span })
    });
    found.take(LIMIT).collect()
}

/// The neighbours of `own` in a format of lines.
pub(super) fn in_lines(
    language: &Language,
    text: &[u8],
    entries: &[LineEntry],
    own: &LineEntry,
    located: &[Located],
) -> Vec<Neighbour> {
    let key = |entry: &LineEntry| String::from_utf8_lossy(entry.key.of(text)).into_owned();
    let name = key(own);
    let others = entries.iter().filter(|entry| {
        *entry != own && same_prefix(&name, &key(entry)) && !located.iter().any(|one| entry.content.overlaps(one.value))
    });
    let found = others.filter_map(|entry| {
        let forms = &language.data.language.string;
        let form = forms.iter().find(|form| form.kinds.iter().any(|kind| kind == entry.kind))?;
        let value = language.content(text, &Literal { form, content: entry.content, whole: entry.content }).ok()?;
        Some(Neighbour { key: key(entry), value: String::from_utf8(value).ok()?, span: entry.content })
    });
    found.take(LIMIT).collect()
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

/// Whether two names share all words but their last, and have more than one.
fn same_prefix(one: &str, other: &str) -> bool {
    match (prefix(one), prefix(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn prefix(name: &str) -> Option<String> {
    let mut cut = name.rfind(['_', '-', '.']);
    if cut.is_none() {
        let humps = name.char_indices().zip(name.chars().skip(1));
        cut = humps
            .filter(|((_, before), after)| before.is_lowercase() && after.is_uppercase())
            .last()
            .map(|((at, before), _)| at + before.len_utf8());
    }
    cut.filter(|at| *at > 0).and_then(|at| name.get(..at)).map(str::to_lowercase)
}

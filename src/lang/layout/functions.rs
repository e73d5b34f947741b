//! The style `functions`: a function that stood on one line and got too long is broken up.

use tree_sitter::Node;

use super::super::columns::shown;
use super::super::lines::line_start;
use super::super::syntax::{Captures, children, span_of};
use crate::model::{Edit, Span};

/// The edits that break up functions whose body stood on one line that is longer than `limit` after `edits`.
pub(in crate::lang) fn break_up(
    captures: &Captures<'_>,
    text: &[u8],
    edits: &[Edit],
    (limit, newline): (usize, &str),
) -> Vec<Edit> {
    let mut found = Vec::new();
    for node in captures.of("short") {
        let Some(body) = node.child_by_field_name("body") else { continue };
        let (whole, block) = (span_of(*node), span_of(body));
        let changed = edits.iter().any(|edit| edit.removed.is_some() && block.contains(edit.span));
        let statements: Vec<_> = children(body).into_iter().filter(Node::is_named).collect();
        let [only] = statements.as_slice() else { continue };
        let inner = span_of(*only);
        let one = children(*only).into_iter().filter(Node::is_named).count() == 1;
        if !changed || !one || block.of(text).contains(&b'\n') {
            continue;
        }
        let head = Span::new(whole.start, block.start).of(text).trim_ascii_end();
        if String::from_utf8_lossy(head).chars().count() + shown(text, inner, edits) <= limit {
            continue;
        }
        let start = line_start(text, whole.start);
        let line = Span::new(start, whole.start).of(text);
        let lead = String::from_utf8_lossy(line).chars().take_while(|c| c.is_whitespace()).collect::<String>();
        let edit = |span, replacement| Edit { span, replacement, removed: None };
        found.push(edit(Span::new(block.start + 1, inner.start), format!("{newline}{lead}\t")));
        found.push(edit(Span::new(inner.end, block.end - 1), format!("{newline}{lead}")));
    }
    found
}

//! Edits of an old text, and changes of the new one that become a part of them.

use crate::model::{Edit, Span};

/// Text to put in a place of the new text.
pub(super) type Change = (Span, String);

/// Where the replacements of edits stand in the new text.
pub(super) fn landed(edits: &[Edit]) -> Vec<Span> {
    let mut at = 0;
    let mut before = 0;
    let mut found = Vec::new();
    for edit in edits {
        at += edit.span.start.saturating_sub(before);
        found.push(Span::new(at, at + edit.replacement.len()));
        at += edit.replacement.len();
        before = edit.span.end;
    }
    found
}

/// The text after edits.
pub(super) fn spliced(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.extend_from_slice(Span::new(at, edit.span.start).of(text));
        new.extend_from_slice(edit.replacement.as_bytes());
        at = edit.span.end;
    }
    new.extend_from_slice(Span::new(at, text.len()).of(text));
    new
}

/// Where what stands at `at` in the new text stood in the old one.
fn origin_of(at: usize, landed: &[Span], edits: &[Edit]) -> usize {
    let before = edits.iter().zip(landed).rfind(|(_, span)| span.end <= at);
    before.map_or(at, |(edit, span)| edit.span.end + at - span.end)
}

/// Where the part of the new text at `own` began in the old one.
pub(super) fn origin(own: Span, landed: &[Span], edits: &[Edit]) -> usize {
    let at_start = edits.iter().zip(landed).find(|(edit, span)| span.start == own.start && edit.removed.is_some());
    at_start.map_or_else(|| origin_of(own.start, landed, edits), |(edit, _)| edit.span.start)
}

/// The edits with changes of the new text woven in: those at a replacement become a part of it.
pub(super) fn woven(edits: Vec<Edit>, landed: &[Span], changes: Vec<Change>) -> Vec<Edit> {
    let mut more = Vec::new();
    let mut replaced: Vec<Vec<Change>> = vec![Vec::new(); edits.len()];
    for (span, text) in changes {
        let home = landed.iter().position(|landed| landed.contains(span));
        if let Some(own) = home.and_then(|home| replaced.get_mut(home)) {
            own.push((span, text));
        } else {
            let old = Span::new(origin_of(span.start, landed, &edits), origin_of(span.end, landed, &edits));
            more.push(Edit { span: old, replacement: text, removed: None });
        }
    }
    let mut all: Vec<_> =
        edits.into_iter().zip(landed).zip(replaced).map(|((edit, span), own)| woven_in(edit, *span, &own)).collect();
    all.extend(more);
    all.sort_by_key(|edit| (edit.span, edit.replacement.clone()));
    all
}

fn woven_in(mut edit: Edit, landed: Span, changes: &[Change]) -> Edit {
    for (span, text) in changes.iter().rev() {
        let (start, end) = (span.start - landed.start, span.end - landed.start);
        if edit.replacement.is_char_boundary(start) && edit.replacement.is_char_boundary(end) {
            edit.replacement.replace_range(start..end, text);
        }
    }
    edit
}

//! The edit engine: original bytes and fixes in, new bytes out.
//!
//! All edits address the original bytes, so no edit has to know what another one did. A fix lands as a
//! whole or not at all: when one of its edits collides with an edit that has already landed, none of it does.

use crate::model::{Edit, Fix, Span};

/// Why an edit can't be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two fixes want different things in the same place.
    #[error("\"{first}\" and \"{second}\" change the same text (bytes {}..{})", span.start, span.end)]
    Conflict {
        /// Title of the fix that landed.
        first: String,
        /// Title of the fix that is refused.
        second: String,
        /// Where the second one wanted to edit.
        span: Span,
    },
    /// A range that ends before it starts or lies past the end of the file.
    #[error("\"{title}\" addresses bytes {}..{} of {len}", span.start, span.end)]
    Range {
        /// The fix.
        title: String,
        /// The range.
        span: Span,
        /// Length of the original in bytes.
        len: usize,
    },
}

/// The edits of all fixes that fit together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// Ordered and disjoint; insertions at one offset stand in the order of their fixes.
    pub edits: Vec<Edit>,
    /// Fixes that did not land, by their index, with the reason.
    pub refused: Vec<(usize, EditError)>,
}

/// Combines fixes for a file of `len` bytes. An edit that two fixes have alike (the same import, the same
/// manifest line) is carried out once; earlier fixes win over later ones.
pub fn land(fixes: &[Fix], len: usize) -> Landed {
    let mut landed: Vec<(Edit, usize)> = Vec::new();
    let mut refused = Vec::new();
    for (index, fix) in fixes.iter().enumerate() {
        match additions(fixes, index, &landed, len) {
            Ok(edits) => landed.extend(edits.into_iter().map(|edit| (edit.clone(), index))),
            Err(error) => refused.push((index, error)),
        }
        debug_assert!(landed.iter().all(|(_, by)| *by <= index), "internal: {} landed early", fix.title);
    }
    let mut edits: Vec<Edit> = landed.into_iter().map(|(edit, _)| edit).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    Landed { edits, refused }
}

/// The edits of fix `index` that have not landed with another fix yet.
fn additions<'a>(
    fixes: &'a [Fix],
    index: usize,
    landed: &[(Edit, usize)],
    len: usize,
) -> Result<Vec<&'a Edit>, EditError> {
    let Some(fix) = fixes.get(index) else { return Ok(Vec::new()) };
    let mut new: Vec<&Edit> = Vec::new();
    for edit in &fix.edits {
        in_range(edit, &fix.title, len)?;
        if landed.iter().any(|(other, _)| other == edit) {
            continue;
        }
        let conflict =
            |first: &str| EditError::Conflict { first: first.to_owned(), second: fix.title.clone(), span: edit.span };
        if let Some((_, by)) = landed.iter().find(|(other, _)| overlap(other.span, edit.span)) {
            return Err(conflict(fixes.get(*by).map_or("", |other| &other.title)));
        }
        if new.iter().any(|other| overlap(other.span, edit.span)) {
            return Err(conflict(&fix.title));
        }
        new.push(edit);
    }
    Ok(new)
}

fn in_range(edit: &Edit, title: &str, len: usize) -> Result<(), EditError> {
    if edit.span.start <= edit.span.end && edit.span.end <= len {
        return Ok(());
    }
    Err(EditError::Range { title: title.to_owned(), span: edit.span, len })
}

/// Whether both spans claim a byte, or one inserts strictly within the other. An insertion at the border of a
/// replacement is no overlap.
fn overlap(a: Span, b: Span) -> bool {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => false,
        (true, false) => b.start < a.start && a.start < b.end,
        (false, true) => a.start < b.start && b.start < a.end,
        (false, false) => a.start < b.end && b.start < a.end,
    }
}

/// Carries out `edits`, which must be ordered and disjoint as [`land`] returns them.
///
/// # Errors
/// A range outside `original`, or edits out of order.
pub fn splice(original: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let parts: Vec<(Span, &[u8])> = edits.iter().map(|edit| (edit.span, edit.replacement.as_bytes())).collect();
    splice_parts(original, &parts)
}

/// [`splice`] for replacements that are not text; undo uses it.
pub(crate) fn splice_parts(original: &[u8], parts: &[(Span, &[u8])]) -> Result<Vec<u8>, EditError> {
    let mut out = Vec::with_capacity(original.len());
    let mut at = 0;
    for (span, replacement) in parts {
        let wrong = || EditError::Range { title: "edit".to_owned(), span: *span, len: original.len() };
        if span.end < span.start {
            return Err(wrong());
        }
        out.extend_from_slice(original.get(at..span.start).ok_or_else(wrong)?);
        out.extend_from_slice(replacement);
        at = span.end;
    }
    let rest =
        || EditError::Range { title: "edit".to_owned(), span: Span::new(at, original.len()), len: original.len() };
    out.extend_from_slice(original.get(at..).ok_or_else(rest)?);
    Ok(out)
}

/// Where each edit's replacement stands in the new text, in the edits' order.
pub(crate) fn landed_spans(edits: &[Edit]) -> Vec<Span> {
    let (mut grown, mut shrunk) = (0_usize, 0_usize);
    edits
        .iter()
        .map(|edit| {
            let start = (edit.span.start + grown).saturating_sub(shrunk);
            grown += edit.replacement.len();
            shrunk += edit.span.len();
            Span::new(start, start + edit.replacement.len())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Applicability;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(start, end), replacement: text.to_owned(), removed: None }
    }

    fn fix(title: &str, edits: Vec<Edit>) -> Fix {
        Fix {
            path: "a".into(),
            title: title.into(),
            applicability: Applicability::Safe,
            step: None,
            edits,
            creates: false,
        }
    }

    #[test]
    fn an_edit_that_two_fixes_share_lands_once() {
        let import = edit(0, 0, "import x\n");
        let fixes = [fix("a", vec![import.clone(), edit(3, 4, "A")]), fix("b", vec![import, edit(5, 6, "B")])];
        let landed = land(&fixes, 7);
        assert!(landed.refused.is_empty());
        assert_eq!(splice(b"0123456", &landed.edits).unwrap(), b"import x\n012A4B6");
    }

    #[test]
    fn a_conflicting_fix_lands_not_at_all_and_names_both() {
        let fixes = [fix("a", vec![edit(2, 5, "A")]), fix("b", vec![edit(0, 1, "B"), edit(4, 6, "B")])];
        let landed = land(&fixes, 7);
        assert_eq!(landed.edits, [edit(2, 5, "A")]);
        let (index, error) = &landed.refused[0];
        assert_eq!(*index, 1);
        assert_eq!(error.to_string(), "\"a\" and \"b\" change the same text (bytes 4..6)");
    }

    #[test]
    fn ranges_outside_the_file_are_refused() {
        for span in [(3, 8), (5, 4), (9, 9)] {
            let landed = land(&[fix("a", vec![edit(span.0, span.1, "")])], 7);
            assert!(matches!(landed.refused[..], [(0, EditError::Range { .. })]), "{span:?}");
        }
    }

    #[test]
    fn insertions_at_one_offset_keep_the_order_of_their_fixes() {
        let fixes = [fix("a", vec![edit(2, 2, "A")]), fix("b", vec![edit(2, 2, "B")]), fix("c", vec![edit(2, 3, "C")])];
        let landed = land(&fixes, 4);
        assert_eq!(splice(b"0123", &landed.edits).unwrap(), b"01ABC3");
    }

    #[test]
    fn an_insertion_within_a_replacement_conflicts() {
        let landed = land(&[fix("a", vec![edit(1, 3, "A")]), fix("b", vec![edit(2, 2, "B")])], 4);
        assert_eq!(landed.refused.len(), 1);
    }

    /// Disjoint edits of a text, from cut points.
    fn disjoint() -> impl Strategy<Value = (Vec<u8>, Vec<Edit>)> {
        (
            prop::collection::vec(any::<u8>(), 0..60),
            prop::collection::btree_set(0_usize..61, 0..12),
            prop::collection::vec("[a-z]{0,5}", 12),
        )
            .prop_map(|(text, cuts, words)| {
                let cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).collect();
                let edits = cuts.chunks_exact(2).zip(words).map(|(pair, word)| edit(pair[0], pair[1], &word)).collect();
                (text, edits)
            })
    }

    /// Replaces from the back, so that earlier offsets stay right.
    fn reference(text: &[u8], edits: &[Edit]) -> Vec<u8> {
        let mut out = text.to_vec();
        for edit in edits.iter().rev() {
            out.splice(edit.span.range(), edit.replacement.bytes());
        }
        out
    }

    proptest! {
        #[test]
        fn splice_equals_the_reference((text, edits) in disjoint()) {
            prop_assert_eq!(splice(&text, &edits).unwrap(), reference(&text, &edits));
        }

        #[test]
        fn disjoint_fixes_commute((text, edits) in disjoint()) {
            let forward: Vec<Fix> = edits.iter().map(|e| fix("x", vec![e.clone()])).collect();
            let backward: Vec<Fix> = forward.iter().rev().cloned().collect();
            prop_assert_eq!(land(&forward, text.len()), land(&backward, text.len()));
        }

        #[test]
        fn no_edit_is_the_identity(text in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(splice(&text, &[]).unwrap(), text);
        }

        #[test]
        fn the_replacements_stand_where_they_are_said_to((text, edits) in disjoint()) {
            let after = splice(&text, &edits).unwrap();
            for (edit, span) in edits.iter().zip(landed_spans(&edits)) {
                prop_assert_eq!(span.of(&after), edit.replacement.as_bytes());
            }
        }
    }
}

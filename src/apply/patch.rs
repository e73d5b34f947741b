//! Checked changes of one file: nothing that fails its check becomes a [`Patch`].

use crate::apply::edits::{EditError, land, splice};
use crate::model::{Blob, Fix, Patch, Span};

/// Judges a file's new text: that it parses no worse than before and that its findings are gone. Gets the
/// path as reports show it and the text in the blob's terms; the message must not hold a value.
pub type Checker<'a> = &'a dyn Fn(&str, &[u8]) -> Result<(), String>;

/// Why a change can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Fixes collide or address text that isn't there.
    #[error("{path}: {error}")]
    Edits {
        /// The file.
        path: String,
        /// What is wrong.
        error: EditError,
    },
    /// A fix creates a file and another one changes it, or a created file was there.
    #[error("{0}: can't be created and changed at once")]
    Creates(String),
    /// A known value's span lies outside the file.
    #[error("{0}: a finding lies outside the file")]
    Span(String),
    /// The edit would take out a value that is not being stored.
    #[error("{0}: an edit would remove a credential that is not stored")]
    Loses(String),
    /// The new text can't be written in the file's encoding.
    #[error("{0}: the new text can't be written in the file's encoding")]
    Encoding(String),
    /// The new text did not pass its check.
    #[error("{path}: the rewritten text was refused: {reason}")]
    Check {
        /// The file.
        path: String,
        /// The checker's word.
        reason: String,
    },
}

/// The shortest value whose further occurrences in the file are masked too; shorter ones stand in ordinary
/// words by chance.
const OCCURRENCE_BYTES: usize = 6;

/// Makes the change of one file: combines `fixes`, checks the new text. `secrets` are the spans of all values
/// in `before`, whether a fix removes them or not.
///
/// # Errors
/// Any reason not to make the change; nothing is changed then.
pub fn construct(before: Blob, fixes: &[Fix], secrets: Vec<Span>, check: Checker<'_>) -> Result<Patch, PatchError> {
    let path = before.path().to_owned();
    let creates = fixes.iter().any(|fix| fix.creates);
    if creates && !(before.bytes.is_empty() && fixes.iter().all(|fix| fix.creates)) {
        return Err(PatchError::Creates(path));
    }
    if secrets.iter().any(|span| span.start > span.end || span.end > before.bytes.len()) {
        return Err(PatchError::Span(path));
    }
    let landed = land(fixes, before.bytes.len());
    if let Some((_, error)) = landed.refused.into_iter().next() {
        return Err(PatchError::Edits { path, error });
    }
    let edits = landed.edits;
    if edits.iter().any(|edit| edit.removed.is_none() && touches(edit.span, &secrets)) {
        return Err(PatchError::Loses(path));
    }
    let after = splice(&before.bytes, &edits).map_err(|error| PatchError::Edits { path: path.clone(), error })?;
    before.to_disk(&after).ok_or_else(|| PatchError::Encoding(path.clone()))?;
    check(&path, &after).map_err(|reason| PatchError::Check { path, reason })?;
    let removed = edits.iter().filter(|edit| edit.removed.is_some()).map(|edit| edit.span);
    let secrets = all_occurrences(&before.bytes, secrets, removed);
    Ok(Patch { before, after, edits, secrets, creates })
}

/// Whether `span` shares a byte with one of `others`.
pub(crate) fn touches(span: Span, others: &[Span]) -> bool {
    others.iter().any(|other| span.start < other.end && other.start < span.end)
}

/// The known spans, whatever an edit removes as a secret, and every other place where the same bytes stand.
fn all_occurrences(bytes: &[u8], known: Vec<Span>, removed: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut all = known.clone();
    for span in known {
        let value = span.of(bytes);
        if value.len() >= OCCURRENCE_BYTES {
            all.extend(memchr::memmem::find_iter(bytes, value).map(|at| Span::new(at, at + value.len())));
        }
    }
    for span in removed {
        if !touches(span, &all) {
            all.push(span);
        }
    }
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Applicability, Edit, EntryId, Origin, Removed, Source};

    pub(crate) fn blob(path: &str, bytes: &[u8]) -> Blob {
        let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: false };
        Blob::new(source, bytes.to_vec())
    }

    /// A fix that replaces the first `old` in `text` by `new`, as the secret of entry 0 when `secret`.
    pub(crate) fn replace(text: &[u8], old: &[u8], new: &str, secret: bool) -> Fix {
        let at = memchr::memmem::find(text, old).unwrap();
        let removed = secret.then_some(Removed { entry: EntryId(0), key: None });
        let edit = Edit { span: Span::new(at, at + old.len()), replacement: new.to_owned(), removed };
        fix(vec![edit], false)
    }

    pub(crate) fn fix(edits: Vec<Edit>, creates: bool) -> Fix {
        Fix { path: "a".into(), title: "t".into(), applicability: Applicability::Safe, step: None, edits, creates }
    }

    #[test]
    fn a_change_that_fails_its_check_is_not_made() {
        let text = b"k = 'hunter22'\n";
        let fixes = [replace(text, b"'hunter22'", "get('x')", true)];
        let refused = construct(blob("a", text), &fixes, vec![Span::new(5, 13)], &|_, _| Err("no".into()));
        assert_eq!(refused.unwrap_err(), PatchError::Check { path: "a".into(), reason: "no".into() });
        let made = construct(blob("a", text), &fixes, vec![Span::new(5, 13)], &|path, after| {
            assert_eq!((path, after), ("a", b"k = get('x')\n".as_slice()));
            Ok(())
        });
        assert_eq!(made.unwrap().after, b"k = get('x')\n");
    }

    #[test]
    fn a_value_that_is_not_stored_is_not_removed() {
        let text = b"k = 'hunter22'\n";
        let fixes = [replace(text, b"k = 'hunter22'", "", false)];
        let refused = construct(blob("a", text), &fixes, vec![Span::new(5, 13)], &|_, _| Ok(()));
        assert_eq!(refused.unwrap_err(), PatchError::Loses("a".into()));
    }

    #[test]
    fn further_occurrences_of_a_value_count_as_secrets() {
        let text = b"k = 'hunter22' # was hunter22\n";
        let fixes = [replace(text, b"'hunter22'", "x", true)];
        let patch = construct(blob("a", text), &fixes, vec![Span::new(5, 13)], &|_, _| Ok(())).unwrap();
        assert_eq!(patch.secrets, [Span::new(5, 13), Span::new(21, 29)]);
    }

    #[test]
    fn text_that_utf16_can_not_hold_is_refused() {
        let raw: Vec<u8> = "\u{feff}k = 'hunter22'".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let blob = blob("a", &raw);
        let fixes = [replace(&blob.bytes, b"'hunter22'", "x", true)];
        let patch = construct(blob, &fixes, Vec::new(), &|_, _| Ok(())).unwrap();
        let disk = patch.before.to_disk(&patch.after).unwrap();
        assert_eq!(disk, "\u{feff}k = x".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    }

    #[test]
    fn a_created_file_must_not_be_there() {
        let new = fix(vec![Edit { span: Span::new(0, 0), replacement: "x".into(), removed: None }], true);
        assert!(construct(blob("a", b""), std::slice::from_ref(&new), vec![], &|_, _| Ok(())).unwrap().creates);
        assert!(construct(blob("a", b"y"), &[new], vec![], &|_, _| Ok(())).is_err());
    }
}

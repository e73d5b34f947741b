//! Two renderings of a patch, as two types, because removed lines hold the secret.
//!
//! [`Redacted`] is for people: every value is masked before the lines are compared, so no text that holds
//! one is ever made. [`Exact`] is for `git apply` and must go to a private file only.

use std::fmt::Write as _;

use similar::{DiffTag, TextDiff};

use crate::failure::{Exit, Failure};
use crate::model::{Encoding, Patch, Span};
use crate::secret::MASK;

/// Lines of context round a change.
const CONTEXT: usize = 3;

/// Why an exact diff can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// `git apply` works on lines of bytes, which UTF-16 doesn't have.
    #[error("{0}: is UTF-16, which git can't patch line by line; use --write for it")]
    Utf16(String),
}

impl From<DiffError> for Failure {
    fn from(error: DiffError) -> Self {
        Self::new(Exit::Partial, error)
    }
}

/// A unified diff in which every known value is masked. Not fit for `git apply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted(String);

impl Redacted {
    /// Renders `patch`.
    pub fn new(patch: &Patch) -> Self {
        let (before, after) = masked(patch);
        let path = &patch.before.source.tree_path;
        let mut out = file_header(path, patch.creates);
        let shown = unified(before.as_bytes(), after.as_bytes(), path, patch.creates);
        out.push_str(&visible(&String::from_utf8_lossy(&shown)));
        Self(out)
    }

    /// Plain text.
    pub fn text(&self) -> String {
        self.0.clone()
    }

    /// With ANSI colours.
    pub fn coloured(&self) -> String {
        self.0.lines().fold(String::new(), |mut out, line| {
            let style = style_of(line);
            let _ = writeln!(out, "{style}{line}{style:#}");
            out
        })
    }
}

/// A unified diff that `git apply` takes. It holds the old values.
pub struct Exact(Vec<u8>);

impl Exact {
    /// Renders `patch`.
    ///
    /// # Errors
    /// A file that has no lines of bytes.
    pub fn new(patch: &Patch) -> Result<Self, DiffError> {
        if patch.before.encoding != Encoding::Bytes {
            return Err(DiffError::Utf16(patch.before.path().to_owned()));
        }
        let path = &patch.before.source.tree_path;
        let mut out = file_header(path, patch.creates).into_bytes();
        out.extend(unified(&patch.before.bytes, &patch.after, path, patch.creates));
        Ok(Self(out))
    }

    /// The diff; write it to a private file only.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn style_of(line: &str) -> anstyle::Style {
    use anstyle::AnsiColor::{Cyan, Green, Red};
    if line.starts_with("diff ") || line.starts_with("--- ") || line.starts_with("+++ ") {
        anstyle::Style::new().bold()
    } else if line.starts_with("@@") {
        Cyan.on_default()
    } else if line.starts_with('-') {
        Red.on_default()
    } else if line.starts_with('+') {
        Green.on_default()
    } else {
        anstyle::Style::new()
    }
}

/// Keeps control characters of a file from reaching the terminal.
fn visible(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}

/// Both texts with every value masked: the old one, and the new one made of the old one's masked rest and
/// the edits' replacements.
fn masked(patch: &Patch) -> (String, String) {
    let bytes = &patch.before.bytes;
    let mask = |from, to| mask_range(bytes, Span::new(from, to), &patch.secrets);
    let mut after = String::new();
    let mut at = 0;
    for edit in &patch.edits {
        after.push_str(&mask(at, edit.span.start));
        after.push_str(&edit.replacement);
        at = edit.span.end;
    }
    after.push_str(&mask(at, bytes.len()));
    (mask(0, bytes.len()), after)
}

/// The text of `range`, each value or part of one in it replaced by the mask, line by line.
fn mask_range(bytes: &[u8], range: Span, secrets: &[Span]) -> String {
    let mut out = String::new();
    let mut at = range.start;
    for secret in secrets {
        let (start, end) = (secret.start.max(at), secret.end.min(range.end));
        if start >= end {
            continue;
        }
        out.push_str(&String::from_utf8_lossy(Span::new(at, start).of(bytes)));
        let lines = Span::new(start, end).of(bytes).split(|byte| *byte == b'\n');
        let masks: Vec<&str> = lines.map(|line| if line.is_empty() { "" } else { MASK }).collect();
        out.push_str(&masks.join("\n"));
        at = end;
    }
    out.push_str(&String::from_utf8_lossy(Span::new(at, range.end).of(bytes)));
    out
}

fn file_header(path: &str, creates: bool) -> String {
    let mode = if creates { "new file mode 100644\n" } else { "" };
    format!("diff --git {} {}\n{mode}", quoted("a/", path), quoted("b/", path))
}

/// A path the way git writes it: in double quotes with C escapes where it holds anything unusual.
/// Source: git's documentation of `core.quotePath`.
fn quoted(prefix: &str, path: &str) -> String {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if path.bytes().all(plain) {
        return format!("{prefix}{path}");
    }
    let mut out = format!("\"{prefix}");
    for byte in path.bytes() {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            byte if plain(byte) => out.push(char::from(byte)),
            byte => _ = write!(out, "\\{byte:03o}"),
        }
    }
    out.push('"');
    out
}

/// The name in a `---` or `+++` line; git ends one with a space in it by a tab.
fn label(prefix: &str, path: &str) -> String {
    let name = quoted(prefix, path);
    if name.contains(' ') { format!("{name}\t") } else { name }
}

/// `---`, `+++` and hunks; empty when nothing differs. A line ends with `\n` alone, as git sees it.
fn unified(before: &[u8], after: &[u8], path: &str, creates: bool) -> Vec<u8> {
    let old: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let new: Vec<&[u8]> = after.split_inclusive(|byte| *byte == b'\n').collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut out = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if out.is_empty() {
            let from = if creates { "/dev/null".to_owned() } else { label("a/", path) };
            out.extend_from_slice(format!("--- {from}\n+++ {}\n", label("b/", path)).as_bytes());
        }
        let old_range = position(first.old_range().start, last.old_range().end);
        let new_range = position(first.new_range().start, last.new_range().end);
        out.extend_from_slice(format!("@@ -{old_range} +{new_range} @@\n").as_bytes());
        for op in &group {
            if op.tag() == DiffTag::Equal {
                put(&mut out, b' ', old.get(op.old_range()));
                continue;
            }
            put(&mut out, b'-', old.get(op.old_range()));
            put(&mut out, b'+', new.get(op.new_range()));
        }
    }
    out
}

fn put(out: &mut Vec<u8>, sign: u8, lines: Option<&[&[u8]]>) {
    for line in lines.unwrap_or_default() {
        out.push(sign);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// A hunk's range: first line from 1 and count; an empty range names the line before it.
fn position(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::patch::construct;
    use crate::apply::patch::tests::{blob, replace};

    fn patch(path: &str, text: &[u8], old: &[u8], secrets: &[&[u8]]) -> Patch {
        let spans = secrets.iter().map(|s| {
            let at = memchr::memmem::find(text, s).unwrap();
            Span::new(at, at + s.len())
        });
        construct(blob(path, text), &[replace(text, old, "get()", true)], spans.collect(), &|_, _| Ok(())).unwrap()
    }

    #[test]
    fn a_redacted_diff_masks_removed_and_context_lines() {
        let text = b"a = 'neighbour'\nk = 'hunter22'\n# hunter22\n";
        let diff = Redacted::new(&patch("x y.py", text, b"'hunter22'", &[b"hunter22", b"neighbour"]));
        assert_eq!(
            diff.text(),
            "diff --git a/x y.py b/x y.py\n--- a/x y.py\t\n+++ b/x y.py\t\n@@ -1,3 +1,3 @@\n a = '********'\n\
             -k = '********'\n+k = get()\n # ********\n"
        );
        assert!(diff.coloured().contains("\u{1b}[31m-k = '********'"));
    }

    #[test]
    fn a_value_of_many_lines_keeps_its_lines() {
        let text = b"k = '''line1\nline2\n'''\nx\n";
        let diff = Redacted::new(&patch("a", text, b"'''line1\nline2\n'''", &[b"line1\nline2\n"]));
        assert!(diff.text().contains("-k = '''********\n-********\n-'''\n+k = get()\n x\n"), "{}", diff.text());
    }

    #[test]
    fn a_value_that_reaches_out_of_its_edit_is_masked_in_both_texts() {
        let text = b"k = 'hunter22tail'\n";
        let diff = Redacted::new(&patch("a", text, b"hunter22", &[b"hunter22tail"]));
        assert!(diff.text().contains("-k = '********'\n+k = 'get()********'\n"), "{}", diff.text());
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let diff = Redacted::new(&patch("a", b"\x1b[2J\nk = 'v1v2v3'\n", b"'v1v2v3'", &[b"v1v2v3"]));
        assert!(!diff.text().contains('\x1b'));
    }

    #[test]
    fn utf16_has_no_exact_diff() {
        let raw: Vec<u8> = "\u{feff}k = 'v'\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let before = blob("a", &raw);
        let fixes = [replace(&before.bytes, b"'v'", "x", true)];
        let made = construct(before, &fixes, vec![], &|_, _| Ok(())).unwrap();
        assert_eq!(Exact::new(&made).err(), Some(DiffError::Utf16("a".into())));
    }

    #[test]
    fn odd_names_are_quoted_like_git_does() {
        assert_eq!(quoted("a/", "a b"), "a/a b");
        assert_eq!(quoted("a/", "ü\"\\\n"), "\"a/\\303\\274\\\"\\\\\\n\"");
        assert_eq!(label("a/", "a b"), "a/a b\t");
    }
}

//! `git log`'s raw form: which commit replaced which blob by which.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::Path;
use std::process::Stdio;

use super::super::{WalkError, git};
use super::lineage::{Lineage, Recorder};

/// Begins a commit's id in git's output; no path and no entry starts with it.
const COMMIT: u8 = 2;

/// Reads the log of `range`, of all references when `None`, newest commit first.
pub(super) fn read(root: &Path, range: Option<&str>, tips: BTreeSet<(Vec<u8>, String)>) -> Result<Lineage, WalkError> {
    let wrong = |message: String| WalkError::Git { action: "log".to_owned(), message };
    let mut command = git::command(root);
    command.args(["log", "-z", "--raw", "-r", "-c", "--root", "--no-renames", "--no-abbrev", "--topo-order"]);
    command.args(["--no-ext-diff", "--no-textconv", "--no-show-signature", "--format=%x02%H"]);
    match range {
        Some(range) => command.args(["--end-of-options", range, "--"]),
        None => command.args(["--all", "--"]),
    };
    let errors = tempfile::tempfile().map_err(|error| wrong(error.to_string()))?;
    let heard = errors.try_clone().map_err(|error| wrong(error.to_string()))?;
    let mut child = command.stdout(Stdio::piped()).stderr(heard).spawn().map_err(|error| wrong(error.to_string()))?;
    let output = child.stdout.take().ok_or_else(|| wrong("no pipe".to_owned()))?;
    let mut recorder = Recorder::default();
    let parsed = parse(BufReader::with_capacity(1 << 18, output), &mut recorder);
    let status = child.wait().map_err(|error| wrong(error.to_string()))?;
    if !status.success() {
        return Err(wrong(words(errors).unwrap_or_else(|| status.to_string())));
    }
    parsed.map_err(|error| wrong(error.to_string()))?;
    Ok(recorder.finish(tips))
}

fn words(mut errors: std::fs::File) -> Option<String> {
    use std::io::{Read as _, Seek as _};
    let mut text = String::new();
    errors.rewind().ok()?;
    errors.read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn parse(mut output: impl std::io::BufRead, recorder: &mut Recorder) -> std::io::Result<()> {
    let mut field = Vec::new();
    let mut entry = Vec::new();
    while next(&mut output, &mut field)? {
        let text = field.trim_ascii_start();
        match text.split_first() {
            Some((&COMMIT, id)) => recorder.commit(id),
            Some((b':', _)) => {
                entry.clear();
                entry.extend_from_slice(text);
                if next(&mut output, &mut field)? {
                    recorder.change(&entry, &field);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The next field, which ends with a NUL byte; `false` at the end.
fn next(output: &mut impl std::io::BufRead, field: &mut Vec<u8>) -> std::io::Result<bool> {
    field.clear();
    let read = output.read_until(0, field)?;
    if field.last() == Some(&0) {
        field.pop();
    }
    Ok(read > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_entries_and_merges_are_read() {
        let zero = "0".repeat(40);
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let log = format!(
            "\u{2}{m}\0\n::100644 100644 100644 {a} {b} {c} MM\0:f\0\u{2}{n}\0\n:000000 100644 {zero} {a} A\0:f\0\
             :100644 120000 {a} {b} T\0link\0\u{2}{o}\0\0",
            m = "1".repeat(40),
            n = "2".repeat(40),
            o = "3".repeat(40)
        );
        let mut recorder = Recorder::default();
        parse(log.as_bytes(), &mut recorder).unwrap();
        let lineage = recorder.finish(BTreeSet::new());
        let blobs: Vec<_> =
            lineage.blobs().map(|(path, object)| (lineage.path(path), lineage.object(object))).collect();
        let all = [(&b":f"[..], c), (b":f", a.clone()), (b"link", a), (b":f", b)];
        assert_eq!(blobs.len(), all.len());
        assert!(all.iter().all(|(path, object)| blobs.iter().any(|(p, o)| p == path && o == object)), "{blobs:?}");
    }
}

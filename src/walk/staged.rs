//! What the next commit would bring in: the index's content, not the work tree's.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git::{ask, git};
use super::{Found, WalkError, WalkOptions};
use crate::model::{Origin, Source};

/// The tree without any file, for a repository without commits. Source: `git hash-object -t tree /dev/null`.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Lists what is staged in the index of the work tree at `root`: added, copied, changed and renamed files.
/// Submodules and links are not content of this repository and are left out.
///
/// # Errors
/// Git's words, when `root` is not in a work tree or git can't be run.
pub fn staged(root: &Path, options: &WalkOptions) -> Result<Found, WalkError> {
    let head = ask(git(root, ["rev-parse", "--verify", "--quiet", "HEAD"]), "rev-parse");
    let base = if head.is_ok() { "HEAD" } else { EMPTY_TREE };
    let list =
        ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--diff-filter=AMT", base, "--"];
    let output = ask(git(root, list), "diff-index")?;
    let excluded = excluded(root, &options.exclude)?;
    let mut sources: Vec<_> = parse(&output, root).collect();
    sources.retain(|source| !excluded.matched_path_or_any_parents(&source.tree_path, false).is_ignore());
    sources.sort();
    Ok(Found { sources, skips: Vec::new() })
}

fn excluded(root: &Path, patterns: &[String]) -> Result<Gitignore, WalkError> {
    let mut builder = GitignoreBuilder::new(root);
    for pattern in patterns {
        let wrong = |error: ignore::Error| WalkError::Pattern { pattern: pattern.clone(), message: error.to_string() };
        builder.add_line(None, pattern).map_err(wrong)?;
    }
    builder.build().map_err(|error| WalkError::Pattern { pattern: patterns.join(", "), message: error.to_string() })
}

/// Records of `--raw -z`: `:oldmode newmode oldid newid STATUS NUL path NUL`.
fn parse<'a>(output: &'a [u8], root: &'a Path) -> impl Iterator<Item = Source> + 'a {
    let mut fields = output.split(|byte| *byte == 0);
    std::iter::from_fn(move || Some((fields.next()?, fields.next()?))).filter_map(move |(head, path)| {
        let head = std::str::from_utf8(head).ok()?;
        let mut parts = head.trim_start_matches(':').split(' ').skip(1);
        let (mode, _, object) = (parts.next()?, parts.next()?, parts.next()?);
        let path = String::from_utf8_lossy(path).into_owned();
        let origin = Origin::Git { repository: root.to_path_buf(), object: object.to_owned(), commit: None };
        mode.starts_with("100").then(|| Source { path: path.clone(), tree_path: path, origin, explicit: false })
    })
}

/// A running `git cat-file --batch`.
pub(super) struct Objects {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn open(repository: &Path) -> io::Result<Self> {
        let mut command = git(repository, ["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let gone = || io::Error::other("no pipe");
        let ask = child.stdin.take().ok_or_else(gone)?;
        let answer = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, ask, answer })
    }

    /// The object's content, or its size when that is over `limit`.
    pub(super) fn read(&mut self, object: &str, limit: u64) -> io::Result<Result<Vec<u8>, u64>> {
        writeln!(self.ask, "{object}")?;
        self.ask.flush()?;
        let mut header = String::new();
        self.answer.read_line(&mut header)?;
        let size = header.trim().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
        let size = size.ok_or_else(|| io::Error::other(format!("object {object} is missing")))?;
        if size > limit {
            io::copy(&mut (&mut self.answer).take(size + 1), &mut io::sink())?;
            return Ok(Err(size));
        }
        let mut content = Vec::new();
        (&mut self.answer).take(size).read_to_end(&mut content)?;
        (&mut self.answer).take(1).read_to_end(&mut Vec::new())?;
        Ok(Ok(content))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when its input is closed; killing it saves the wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_records_give_regular_files_with_their_blobs() {
        let zero = "0".repeat(40);
        let blob = "a".repeat(40);
        let output = format!(
            ":000000 100644 {zero} {blob} A\0dir/new file.py\0:160000 160000 {zero} {blob} M\0sub\0:000000 120000 {zero} {blob} A\0link\0"
        );
        let sources: Vec<_> = parse(output.as_bytes(), Path::new("/r")).collect();
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].path, "dir/new file.py");
        assert!(matches!(&sources[0].origin, Origin::Git { object, .. } if *object == blob));
    }
}

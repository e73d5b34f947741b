//! From a source to its blob, or to the reason why there is none.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use super::git;
use crate::model::{Blob, Encoding, Origin, Skip, SkipReason, Source};

/// How far into a source a NUL byte is looked for.
const PROBE: usize = 8 * 1024;

/// Reads sources; shared by all workers.
pub struct Reader {
    max_size: u64,
    git: Mutex<Option<CatFile>>,
}

/// Why a source has no blob.
enum Refusal {
    Binary,
    TooLarge(Option<u64>),
    Special,
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Reader {
    /// A reader that passes over what is larger than `max_size` bytes.
    pub fn new(max_size: u64) -> Self {
        Self { max_size, git: Mutex::new(None) }
    }

    /// Reads a source to its end, or says why it was passed over.
    pub fn read(&self, source: &Source) -> Result<Blob, Skip> {
        let raw = match &source.origin {
            Origin::File(path) => self.file(path),
            Origin::Stdin => self.bounded(&mut io::stdin().lock(), 0),
            Origin::Git { repository, object, .. } => self.object(repository, object),
        };
        raw.and_then(|raw| text(source, raw)).map_err(|refusal| self.skip(source, &refusal))
    }

    fn file(&self, path: &Path) -> Result<Vec<u8>, Refusal> {
        // Asked before opening: to open a pipe that took the file's place would wait for ever.
        if !path.metadata()?.is_file() {
            return Err(Refusal::Special);
        }
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > self.max_size {
            return Err(Refusal::TooLarge(Some(size)));
        }
        self.bounded(&mut file, size)
    }

    /// Reads to the end, unless the first bytes are binary or the limit is passed (a file may grow meanwhile).
    fn bounded(&self, from: &mut dyn Read, size: u64) -> Result<Vec<u8>, Refusal> {
        let mut raw = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
        from.take(PROBE as u64).read_to_end(&mut raw)?;
        if is_binary(&raw) {
            return Err(Refusal::Binary);
        }
        let rest = self.max_size.saturating_add(1).saturating_sub(raw.len() as u64);
        from.take(rest).read_to_end(&mut raw)?;
        if raw.len() as u64 > self.max_size { Err(Refusal::TooLarge(None)) } else { Ok(raw) }
    }

    fn object(&self, repository: &Path, object: &str) -> Result<Vec<u8>, Refusal> {
        let mut shared = self.git.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.as_ref().is_none_or(|process| process.repository != repository) {
            *shared = Some(CatFile::start(repository)?);
        }
        let Some(process) = shared.as_mut() else { return Err(Refusal::Io(io::ErrorKind::NotFound.into())) };
        let answer = process.blob(object, self.max_size);
        if matches!(answer, Err(Refusal::Io(_))) {
            // The stream may stand anywhere now; the next object gets a new process.
            *shared = None;
        }
        answer
    }

    fn skip(&self, source: &Source, refusal: &Refusal) -> Skip {
        let limit = self.max_size;
        let (reason, detail) = match refusal {
            Refusal::Binary => (SkipReason::Binary, None),
            Refusal::Special => (SkipReason::Special, None),
            Refusal::TooLarge(Some(size)) => {
                (SkipReason::TooLarge, Some(format!("{size} bytes; the limit is {limit}, `--max-file-size` raises it")))
            }
            Refusal::TooLarge(None) => (
                SkipReason::TooLarge,
                Some(format!("more than the limit of {limit} bytes, `--max-file-size` raises it")),
            ),
            Refusal::Io(error) => (SkipReason::Unreadable, Some(error.to_string())),
        };
        Skip { path: source.path.clone(), reason, detail }
    }
}

/// A NUL byte near the start means binary, unless a byte order mark says UTF-16.
fn is_binary(raw: &[u8]) -> bool {
    let utf16 = raw.starts_with(&[0xff, 0xfe]) || raw.starts_with(&[0xfe, 0xff]);
    !utf16 && memchr::memchr(0, raw.get(..PROBE).unwrap_or(raw)).is_some()
}

fn text(source: &Source, raw: Vec<u8>) -> Result<Blob, Refusal> {
    let blob = Blob::new(source.clone(), raw);
    // A mark alone makes no text: what doesn't decode as UTF-16 and has NUL bytes is binary after all.
    let head = blob.bytes.get(..PROBE).unwrap_or(&blob.bytes);
    if blob.encoding == Encoding::Bytes && memchr::memchr(0, head).is_some() { Err(Refusal::Binary) } else { Ok(blob) }
}

/// A `git cat-file --batch` process that answers one object after the other.
struct CatFile {
    repository: PathBuf,
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl CatFile {
    fn start(repository: &Path) -> io::Result<Self> {
        let mut command = git::command(repository);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("git cat-file has no pipes"));
        };
        Ok(Self { repository: repository.to_owned(), child, ask, answer: BufReader::new(answer) })
    }

    fn blob(&mut self, object: &str, max_size: u64) -> Result<Vec<u8>, Refusal> {
        writeln!(self.ask, "{object}")?;
        self.ask.flush()?;
        let mut header = String::new();
        self.answer.read_line(&mut header)?;
        let size = header.split_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
        let size = size.ok_or_else(|| io::Error::other("git has no such object"))?;
        let mut content = (&mut self.answer).take(size + 1);
        if size > max_size {
            io::copy(&mut content, &mut io::sink())?;
            return Err(Refusal::TooLarge(Some(size)));
        }
        let mut raw = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        content.read_to_end(&mut raw)?;
        if raw.pop() != Some(b'\n') || raw.len() as u64 != size {
            return Err(Refusal::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if is_binary(&raw) { Err(Refusal::Binary) } else { Ok(raw) }
    }
}

impl Drop for CatFile {
    fn drop(&mut self) {
        // It has nothing to finish: it only reads.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use super::*;

    fn source(path: &Path) -> Source {
        Source { path: "f".into(), tree_path: "f".into(), origin: Origin::File(path.to_owned()), explicit: false }
    }

    fn reason(bytes: &[u8], limit: u64) -> Option<SkipReason> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), bytes).unwrap();
        Reader::new(limit).read(&source(&dir.path().join("f"))).err().map(|skip| skip.reason)
    }

    #[test]
    fn nul_bytes_mean_binary_but_not_in_utf16() {
        assert_eq!(reason(b"a\0b", 99), Some(SkipReason::Binary));
        assert_eq!(reason(b"\xff\xfea\0b\0", 99), None);
        assert_eq!(reason(b"\xff\xfe\0\0\0", 99), Some(SkipReason::Binary));
        assert_eq!(reason(b"\xff invalid \xc3", 99), None);
        assert_eq!(reason(b"", 99), None);
    }

    #[test]
    fn the_limit_is_inclusive() {
        assert_eq!(reason(b"12345", 5), None);
        assert_eq!(reason(b"123456", 5), Some(SkipReason::TooLarge));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_cannot_be_read_is_a_gap_with_the_systems_words() {
        let skip = Reader::new(99).read(&source(Path::new("/proc/self/mem"))).unwrap_err();
        assert_eq!(skip.reason, SkipReason::Unreadable);
        assert!(skip.detail.unwrap().contains("error"));
        let gone = Reader::new(99).read(&source(Path::new("/nonexistent/file"))).unwrap_err();
        assert_eq!(gone.reason, SkipReason::Unreadable);
    }

    #[test]
    fn a_large_sparse_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        File::create(&path).unwrap().set_len(200 * 1024 * 1024).unwrap();
        let skip = Reader::new(128 * 1024 * 1024).read(&source(&path)).unwrap_err();
        assert_eq!(skip.reason, SkipReason::TooLarge);
        assert_eq!(
            skip.detail.as_deref(),
            Some("209715200 bytes; the limit is 134217728, `--max-file-size` raises it")
        );
    }
}

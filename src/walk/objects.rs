//! Blobs of a git object store, many in one go: one process is asked for all of them, and answers in that order.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

use super::reader::Refusal;
use super::{git, spare};

/// How much of git's answer is fetched at a time, bytes.
const BUFFER: usize = 256 * 1024;

/// Reads `objects` and gives each with its position. What is larger than `max_size` bytes is passed over.
pub(super) fn read(
    repository: &Path,
    objects: &[&str],
    max_size: u64,
    each: &mut dyn FnMut(usize, Result<Vec<u8>, Refusal>),
) {
    let mut done = 0;
    let result = answers(repository, objects, max_size, &mut |answer| {
        each(done, answer);
        done += 1;
    });
    let Err(error) = result else { return };
    // Nothing that was asked for is left without an answer.
    for position in done..objects.len() {
        each(position, Err(Refusal::Io(io::Error::new(error.kind(), error.to_string()))));
    }
}

fn answers(
    repository: &Path,
    objects: &[&str],
    max_size: u64,
    each: &mut dyn FnMut(Result<Vec<u8>, Refusal>),
) -> io::Result<()> {
    let mut command = git::command(repository);
    command.args(["cat-file", "--batch", "--buffer"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("git cat-file has no pipes"));
    };
    let _process = Process(child);
    // Asked on a thread of its own: git's answers fill the pipe long before it has been asked for everything.
    std::thread::scope(|scope| {
        scope.spawn(move || ask_for(ask, objects));
        let mut answer = BufReader::with_capacity(BUFFER, answer);
        objects.iter().try_for_each(|_| {
            match one(&mut answer, max_size) {
                Err(Refusal::Io(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                result => each(result),
            }
            Ok(())
        })
    })
}

fn ask_for(ask: ChildStdin, objects: &[&str]) {
    let mut ask = io::BufWriter::new(ask);
    for object in objects {
        // A process that has gone away shows at its other end.
        if writeln!(ask, "{object}").is_err() {
            return;
        }
    }
    let _ = ask.flush();
}

fn one(answer: &mut BufReader<std::process::ChildStdout>, max_size: u64) -> Result<Vec<u8>, Refusal> {
    let mut header = String::new();
    if answer.read_line(&mut header)? == 0 {
        return Err(Refusal::Io(io::Error::new(io::ErrorKind::UnexpectedEof, "git cat-file ended early")));
    }
    let size = header.split_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
    let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "git has no such object"))?;
    let mut content = answer.take(size.saturating_add(1));
    if size > max_size {
        io::copy(&mut content, &mut io::sink())?;
        return Err(Refusal::TooLarge(Some(size)));
    }
    let mut raw = spare::buffer(usize::try_from(size).unwrap_or(0).saturating_add(1));
    content.read_to_end(&mut raw)?;
    if raw.pop() != Some(b'\n') || raw.len() as u64 != size {
        return Err(Refusal::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(raw)
}

/// Ends with its owner: it only reads, so it has nothing to finish.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

//! From a source to its blob, or to the reason why there is none.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::archive::{Form, Kind, Unpacker, kind};
use super::exclude::Exclude;
use super::{WalkError, objects, spare};
use crate::model::{Blob, Encoding, Origin, Skip, SkipReason, Source};

/// How far into a source a NUL byte is looked for.
const PROBE: usize = 8 * 1024;
/// What is read before a source is known to be text; most sources are no longer.
const FIRST: u64 = 64 * 1024;

/// Reads sources; shared by all workers.
#[derive(Debug)]
pub struct Reader {
    max_size: u64,
    /// Whether archives are opened, and what is left out of them.
    archives: Option<Exclude>,
}

/// Why a source has no blob.
pub(super) enum Refusal {
    Binary,
    Closed,
    TooLarge(Option<u64>),
    Special,
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What a stream turned out to be.
pub(super) enum Content<'a> {
    Text(Blob),
    /// An archive of which no more was read than need be.
    Archive(Form, Stream<'a>),
}

/// Bytes that are read as far as they are needed.
pub(super) struct Stream<'a> {
    head: Vec<u8>,
    /// None where the head is all.
    rest: Option<&'a mut dyn Read>,
}

impl<'a> Stream<'a> {
    /// Reads the first bytes.
    pub(super) fn begin(from: &'a mut dyn Read) -> io::Result<Self> {
        let mut head = Vec::new();
        from.take(FIRST).read_to_end(&mut head)?;
        Ok(Self { head, rest: Some(from) })
    }

    /// What has been read already.
    fn whole(bytes: Vec<u8>) -> Self {
        Self { head: bytes, rest: None }
    }

    /// Reads the first bytes of a file of so many bytes, or a whole file that is no longer.
    fn of_file(file: &'a mut File, size: u64) -> io::Result<Self> {
        let mut head = spare::buffer(usize::try_from(size).unwrap_or(0).saturating_add(1));
        if size < FIRST && read_once(file, &mut head)? && head.len() as u64 == size {
            return Ok(Self::whole(head));
        }
        let left = FIRST.saturating_sub(head.len() as u64);
        file.take(left).read_to_end(&mut head)?;
        Ok(Self { head, rest: Some(file) })
    }

    /// From the first byte to the last.
    pub(super) fn read(self) -> io::Chain<io::Cursor<Vec<u8>>, Box<dyn Read + 'a>> {
        let rest: Box<dyn Read + 'a> = match self.rest {
            Some(rest) => Box::new(rest),
            None => Box::new(io::empty()),
        };
        io::Cursor::new(self.head).chain(rest)
    }
}

/// What is done with a stream.
type Then<'a> = &'a mut dyn FnMut(Stream<'_>) -> Result<(), Refusal>;

impl Reader {
    /// A reader that passes over what is larger than `max_size` bytes and leaves archives closed.
    pub fn new(max_size: u64) -> Self {
        Self { max_size, archives: None }
    }

    /// Opens archives too, but for entries whose tree paths one of the patterns `exclude` names.
    ///
    /// # Errors
    /// A pattern that is not a glob.
    pub fn opening_archives(self, exclude: &[String]) -> Result<Self, WalkError> {
        Ok(Self { archives: Some(Exclude::new(exclude)?), ..self })
    }

    /// Reads a source that is no archive to its end, or says why it was passed over.
    pub fn read(&self, source: &Arc<Source>) -> Result<Blob, Skip> {
        let mut blob = Err(Refusal::Closed);
        let read = self.open(source, &mut |stream| {
            if let Content::Text(text) = self.content(source, stream)? {
                blob = Ok(text);
            }
            Ok(())
        });
        read.and(blob).map_err(|refusal| self.skip(source, &refusal))
    }

    /// Reads sources in their order; of an archive all entries, in the archive's order. Blobs of one repository that
    /// stand in a row are read in one go, and one that stands there under several paths once. Gives the number of
    /// archives that were opened.
    pub fn read_all<'s>(
        &self,
        sources: &'s [Arc<Source>],
        each: &mut dyn FnMut(&'s Arc<Source>, Result<Blob, Skip>),
    ) -> usize {
        let mut opened = 0;
        for run in sources.chunk_by(|one, other| {
            one.origin.repository().is_some() && one.origin.repository() == other.origin.repository()
        }) {
            match run.first().and_then(|source| source.origin.repository()) {
                Some(place) => opened += self.objects(place, run, each),
                None => {
                    opened += run.iter().map(|source| self.each(source, &mut |blob| each(source, blob))).sum::<usize>();
                }
            }
        }
        opened
    }

    fn objects<'s>(
        &self,
        place: &Path,
        run: &'s [Arc<Source>],
        each: &mut dyn FnMut(&'s Arc<Source>, Result<Blob, Skip>),
    ) -> usize {
        let same: Vec<&[Arc<Source>]> = run.chunk_by(|one, other| object(one) == object(other)).collect();
        let wanted: Vec<&str> =
            same.iter().filter_map(|sources| sources.first()).map(|source| object(source)).collect();
        let mut opened = 0;
        objects::read(place, &wanted, self.max_size, &mut |position, raw| {
            let Some((last, others)) = same.get(position).and_then(|sources| sources.split_last()) else { return };
            match raw {
                Ok(raw) => {
                    for source in others {
                        opened += self.unpacked(source, Stream::whole(raw.clone()), &mut |blob| each(source, blob));
                    }
                    opened += self.unpacked(last, Stream::whole(raw), &mut |blob| each(last, blob));
                }
                Err(refusal) => {
                    others.iter().chain([last]).for_each(|source| each(source, Err(self.skip(source, &refusal))));
                }
            }
        });
        opened
    }

    /// Hands over a source's blob or those of its entries.
    fn each(&self, source: &Arc<Source>, take: &mut dyn FnMut(Result<Blob, Skip>)) -> usize {
        let mut opened = 0;
        let read = self.open(source, &mut |stream| {
            opened = self.unpacked(source, stream, take);
            Ok(())
        });
        if let Err(refusal) = read {
            take(Err(self.skip(source, &refusal)));
        }
        opened
    }

    fn unpacked(&self, source: &Arc<Source>, stream: Stream<'_>, take: &mut dyn FnMut(Result<Blob, Skip>)) -> usize {
        match self.content(source, stream) {
            Ok(Content::Text(blob)) => take(Ok(blob)),
            Ok(Content::Archive(form, stream)) => {
                // what came before a panic was handed over
                let unpack = AssertUnwindSafe(|| Unpacker::run(self, source, (form, stream), take));
                return catch_unwind(unpack).unwrap_or_else(|_| {
                    take(Err(Skip { path: source.path.clone(), reason: SkipReason::Crashed, detail: None }));
                    1
                });
            }
            Err(refusal) => take(Err(self.skip(source, &refusal))),
        }
        0
    }

    fn open(&self, source: &Source, then: Then<'_>) -> Result<(), Refusal> {
        match &source.origin {
            Origin::File(path) => self.file(path, then),
            Origin::Stdin => then(Stream::begin(&mut io::stdin().lock())?),
            Origin::Git { repository, object, .. } => {
                let mut answer = Err(Refusal::Io(io::ErrorKind::NotFound.into()));
                objects::read(repository, &[object], self.max_size, &mut |_, raw| answer = raw);
                then(Stream::whole(answer?))
            }
            // it is read with its archive
            Origin::Archive(_) => Err(Refusal::Special),
        }
    }

    fn file(&self, path: &Path, then: Then<'_>) -> Result<(), Refusal> {
        let mut file = open(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(Refusal::Special);
        }
        if data.len() > self.max_size {
            return Err(Refusal::TooLarge(Some(data.len())));
        }
        then(Stream::of_file(&mut file, data.len())?)
    }

    /// Reads to the end, unless the first bytes are those of an archive or binary, or the limit is passed (a file may
    /// grow meanwhile).
    pub(super) fn content<'a>(&self, source: &Arc<Source>, stream: Stream<'a>) -> Result<Content<'a>, Refusal> {
        let head = &stream.head;
        match (kind(head, &source.path), &self.archives) {
            (Some(Kind::Opens(form)), Some(_)) => return Ok(Content::Archive(form, stream)),
            (Some(Kind::Opens(Form::Prefixed)), None) | (None, _) => {}
            (Some(_), _) => return Err(Refusal::Closed),
        }
        if is_binary(head) {
            spare::keep(stream.head);
            return Err(Refusal::Binary);
        }
        let raw = match stream.rest {
            Some(rest) => self.whole(stream.head, rest)?,
            None => stream.head,
        };
        text(source, raw).map(Content::Text)
    }

    /// `raw` and all of `from`.
    pub(super) fn whole(&self, mut raw: Vec<u8>, from: &mut dyn Read) -> Result<Vec<u8>, Refusal> {
        let rest = self.max_size.saturating_add(1).saturating_sub(raw.len() as u64);
        from.take(rest).read_to_end(&mut raw)?;
        if raw.len() as u64 > self.max_size { Err(Refusal::TooLarge(None)) } else { Ok(raw) }
    }

    pub(super) fn max_size(&self) -> u64 {
        self.max_size
    }

    /// Whether the entry of an archive at `tree_path` is left out.
    /// Whether the entry at `tree_path` is read when its archive is.
    pub fn reads_entry(&self, tree_path: &str) -> bool {
        self.archives.is_some() && !self.excludes(tree_path)
    }

    pub(super) fn excludes(&self, tree_path: &str) -> bool {
        self.archives.as_ref().is_some_and(|exclude| exclude.is_match_or_within(Path::new(tree_path)))
    }

    pub(super) fn skip(&self, source: &Source, refusal: &Refusal) -> Skip {
        let limit = self.max_size;
        let (reason, detail) = match refusal {
            Refusal::Binary => (SkipReason::Binary, None),
            Refusal::Closed => (SkipReason::Closed, None),
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

/// Opens a file. What took its place meanwhile is opened too, without a wait: a pipe would have one wait for its writer.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    File::options().read(true).custom_flags(at_once).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

fn object(source: &Source) -> &str {
    match &source.origin {
        Origin::Git { object, .. } => object,
        Origin::File(_) | Origin::Stdin | Origin::Archive(_) => "",
    }
}

/// Reads once, as much as there is room for. Whether that was the end: a file gives less than was asked for only there.
#[cfg(unix)]
fn read_once(file: &File, into: &mut Vec<u8>) -> io::Result<bool> {
    let room = into.capacity() - into.len();
    loop {
        match rustix::io::read(file, rustix::buffer::spare_capacity(into)) {
            Ok(read) => return Ok(read < room),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
fn read_once(_file: &File, _into: &mut Vec<u8>) -> io::Result<bool> {
    Ok(false)
}

/// A NUL byte near the start means binary, unless it is a half of UTF-16.
fn is_binary(raw: &[u8]) -> bool {
    let head = raw.get(..PROBE).unwrap_or(raw);
    memchr::memchr(0, head).is_some() && Encoding::of_utf16(head).is_none()
}

pub(super) fn text(source: &Arc<Source>, raw: Vec<u8>) -> Result<Blob, Refusal> {
    let blob = Blob::new(Arc::clone(source), raw);
    // A mark or zeros alone make no text: what doesn't decode as UTF-16 and has NUL bytes is binary after all.
    let head = blob.bytes.get(..PROBE).unwrap_or(&blob.bytes);
    if blob.encoding == Encoding::Bytes && memchr::memchr(0, head).is_some() { Err(Refusal::Binary) } else { Ok(blob) }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use super::*;

    fn source(path: &Path) -> Arc<Source> {
        let origin = Origin::File(path.to_owned());
        Arc::new(Source { path: "f".into(), tree_path: "f".into(), origin, explicit: false })
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
        assert_eq!(reason(b"w\0i\0t\0h\0o\0u\0t\0 \0m\0a\0r\0k\0", 99), None);
        assert_eq!(reason(b"\0w\0i\0t\0h\0o\0u\0t\0 \0m\0a\0r\0k", 99), None);
        assert_eq!(reason(b"\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0", 99), Some(SkipReason::Binary));
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_tells_a_wrong_size_is_read_to_its_end() {
        let path = Path::new("/proc/filesystems");
        assert_eq!(path.metadata().unwrap().len(), 0);
        let blob = Reader::new(1 << 20).read(&source(path)).unwrap();
        assert_eq!(*blob.bytes, std::fs::read(path).unwrap());
        assert_eq!(Reader::new(9).read(&source(path)).unwrap_err().reason, SkipReason::TooLarge);
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

//! From a source to its blob.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::staged::Objects;
use crate::model::{Blob, Origin, Skip, SkipReason, Source};

/// Content with a NUL byte among its first 8 KiB is binary, as git has it.
const BINARY_PROBE: usize = 8_192;

/// Reads sources; shared by all workers.
pub struct Reader {
    max_size: u64,
    /// One `git cat-file --batch` for a repository, started when it is first needed.
    objects: Mutex<Option<(PathBuf, Objects)>>,
}

impl Reader {
    /// A reader that passes over what is larger than `max_size` bytes.
    pub fn new(max_size: u64) -> Self {
        Self { max_size, objects: Mutex::new(None) }
    }

    /// Reads a source to its end, or says why it was passed over.
    ///
    /// # Errors
    /// The reason, with the system's words.
    pub fn read(&self, source: &Source) -> Result<Blob, Skip> {
        let skip = |(reason, detail)| Skip { path: source.path.clone(), reason, detail };
        let raw = match &source.origin {
            Origin::File(file) => self.read_file(file),
            Origin::Stdin => self.read_all(io::stdin().lock()),
            Origin::Git { repository, object, .. } => self.read_object(repository, object),
        };
        let raw = raw.map_err(skip)?;
        if is_binary(&raw) {
            return Err(skip((SkipReason::Binary, None)));
        }
        Ok(Blob::new(source.clone(), raw))
    }

    fn read_file(&self, file: &Path) -> Result<Vec<u8>, (SkipReason, Option<String>)> {
        let opened = File::open(file).map_err(|error| unreadable(&error))?;
        let size = opened.metadata().map_err(|error| unreadable(&error))?.len();
        if size > self.max_size {
            return Err(self.too_large(size));
        }
        self.read_all(opened)
    }

    fn read_all(&self, from: impl io::Read) -> Result<Vec<u8>, (SkipReason, Option<String>)> {
        let mut raw = Vec::new();
        from.take(self.max_size.saturating_add(1)).read_to_end(&mut raw).map_err(|error| unreadable(&error))?;
        if raw.len() as u64 > self.max_size {
            return Err(self.too_large(raw.len() as u64));
        }
        Ok(raw)
    }

    fn read_object(&self, repository: &Path, object: &str) -> Result<Vec<u8>, (SkipReason, Option<String>)> {
        let mut held = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: io::Error| (SkipReason::Unreadable, Some(format!("git cat-file: {error}")));
        if held.as_ref().is_none_or(|(open, _)| open != repository) {
            *held = Some((repository.to_path_buf(), Objects::open(repository).map_err(failed)?));
        }
        let Some((_, objects)) = held.as_mut() else { return Err((SkipReason::Unreadable, None)) };
        let read = objects.read(object, self.max_size).map_err(failed);
        read?.map_err(|size| self.too_large(size))
    }

    fn too_large(&self, size: u64) -> (SkipReason, Option<String>) {
        (
            SkipReason::TooLarge,
            Some(format!("{size} bytes or more, the limit is {}: raise it with --max-file-size", self.max_size)),
        )
    }
}

fn unreadable(error: &io::Error) -> (SkipReason, Option<String>) {
    (SkipReason::Unreadable, Some(error.to_string()))
}

/// Text in UTF-16 is full of NUL bytes and is no binary content; its byte order mark tells.
fn is_binary(raw: &[u8]) -> bool {
    let utf16 = matches!(raw, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let head = raw.get(..BINARY_PROBE).unwrap_or(raw);
    !utf16 && memchr::memchr(0, head).is_some()
}

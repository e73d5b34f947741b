//! Goes through an archive entry by entry. One entry is in memory at a time, and the zip files that hold it.

use std::cell::Cell;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;
use flate2::read::MultiGzDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};
use tar::EntryType;

use super::budget::{Budget, Counting, DEPTH, Limit, Metered};
use super::kind::{Form, is_tar};
use super::name;
use crate::model::{Blob, Skip, SkipReason, Source};
use crate::walk::reader::{Content, Reader, Refusal, Stream, text};

/// Longest name or list of attributes in a tar file that is read.
const LONGEST_NAME: u64 = 64 << 10;

/// Unpacks an archive and all within it.
pub(in crate::walk) struct Unpacker<'a> {
    reader: &'a Reader,
    budget: &'a Budget,
    take: &'a mut dyn FnMut(Result<Blob, Skip>),
    /// Archives opened so far.
    archives: usize,
}

/// What is told of bytes that don't have the form that they announce. The libraries' own words may quote them.
const DAMAGED: &str = "the archive is damaged or incomplete";

impl<'a> Unpacker<'a> {
    /// Hands over every entry of the archive `source`; gives the number of archives that were opened.
    pub(in crate::walk) fn run(
        reader: &'a Reader,
        source: &Arc<Source>,
        (form, stream): (Form, Stream<'_>),
        take: &'a mut dyn FnMut(Result<Blob, Skip>),
    ) -> usize {
        let budget = Budget::new(reader.max_size());
        let mut unpacker = Unpacker { reader, budget: &budget, take, archives: 0 };
        if let Err(error) = unpacker.open((source, 1), form, &mut stream.read()) {
            unpacker.gap(source, &error);
        }
        unpacker.archives
    }

    /// An error is one that ends the archive which holds this one.
    fn open(&mut self, (holder, depth): (&Arc<Source>, usize), form: Form, from: &mut dyn Read) -> io::Result<()> {
        if depth > DEPTH {
            let detail = format!("archives in one another are opened to the level {DEPTH}; unpack it to scan it");
            self.skip(holder, SkipReason::Cut, Some(detail));
            return Ok(());
        }
        match form {
            Form::Gzip => self.gzip((holder, depth), from),
            Form::Tar => self.tar((holder, depth), from),
            Form::Zip | Form::Prefixed => match self.reader.whole(Vec::new(), from) {
                Ok(raw) => self.zip((holder, depth), form, raw),
                Err(Refusal::Io(error)) => Err(error),
                Err(refusal) => {
                    (self.take)(Err(self.reader.skip(holder, &refusal)));
                    Ok(())
                }
            },
        }
    }

    fn zip(&mut self, (holder, depth): (&Arc<Source>, usize), form: Form, raw: Vec<u8>) -> io::Result<()> {
        let archive = match ZipArchive::from_slice(&*raw) {
            Ok(archive) => archive,
            Err(_) if form == Form::Prefixed => {
                // it is one by its name only
                (self.take)(text(holder, raw).map_err(|refusal| self.reader.skip(holder, &refusal)));
                return Ok(());
            }
            Err(_) => {
                self.damaged(holder);
                return Ok(());
            }
        };
        self.archives += 1;
        let mut entries = archive.entries();
        loop {
            match entries.next_entry() {
                Ok(Some(record)) if record.is_dir() => {}
                Ok(Some(record)) => self.zipped((holder, depth), &archive, &record)?,
                Ok(None) => return Ok(()),
                Err(_) => {
                    self.damaged(holder);
                    return Ok(());
                }
            }
        }
    }

    fn zipped(
        &mut self,
        (holder, depth): (&Arc<Source>, usize),
        archive: &ZipSliceArchive<&[u8]>,
        record: &ZipFileHeaderRecord<'_>,
    ) -> io::Result<()> {
        let path = record.file_path();
        let source = name::source(holder, path.as_bytes());
        if !self.admits(&source)? {
            return Ok(());
        }
        if record.flags().is_encrypted() {
            self.skip(&source, SkipReason::Unreadable, Some("it is encrypted".to_owned()));
            return Ok(());
        }
        let Ok(entry) = archive.get_entry(record.wayfinder()) else {
            self.damaged(&source);
            return Ok(());
        };
        let packed = Cell::new(entry.data().len() as u64);
        let result = match record.compression_method() {
            CompressionMethod::STORE => self.entry((&source, depth), &mut entry.verifying_reader(entry.data())),
            CompressionMethod::DEFLATE => {
                let inner = entry.verifying_reader(DeflateDecoder::new(entry.data()));
                self.entry((&source, depth), &mut Metered { inner, packed: &packed, budget: self.budget, out: 0 })
            }
            method => {
                let detail = format!("it is packed with a method that is not read ({})", method.as_u16());
                self.skip(&source, SkipReason::Unreadable, Some(detail));
                return Ok(());
            }
        };
        self.settle(&source, result)
    }

    fn gzip(&mut self, (holder, depth): (&Arc<Source>, usize), from: &mut dyn Read) -> io::Result<()> {
        self.archives += 1;
        let packed = Cell::new(0);
        let inner = MultiGzDecoder::new(Counting { inner: from, count: &packed });
        let mut stream = Metered { inner, packed: &packed, budget: self.budget, out: 0 };
        let mut head = Vec::new();
        if let Err(error) = (&mut stream).take(512).read_to_end(&mut head) {
            return self.settle(holder, Err(error));
        }
        if is_tar(&head) {
            let result = self.tarred((holder, depth), &mut head.chain(stream));
            return self.settle(holder, result);
        }
        let name = name::unzipped(holder, stream.inner.header().and_then(|header| header.filename()));
        let source = name::source(holder, &name);
        if !self.admits(&source)? {
            return Ok(());
        }
        let result = self.entry((&source, depth), &mut head.chain(stream));
        self.settle(&source, result)
    }

    fn tar(&mut self, (holder, depth): (&Arc<Source>, usize), from: &mut dyn Read) -> io::Result<()> {
        self.archives += 1;
        let result = self.tarred((holder, depth), from);
        self.settle(holder, result)
    }

    /// A tar file is one stream: what goes wrong in it ends it.
    fn tarred(&mut self, (holder, depth): (&Arc<Source>, usize), from: &mut dyn Read) -> io::Result<()> {
        let mut archive = tar::Archive::new(from);
        let mut told = Told::default();
        // raw, because the library would read a name of any length into memory
        for entry in archive.entries()?.raw(true) {
            let mut entry = entry?;
            match entry.header().entry_type() {
                EntryType::GNULongName => told.name = Some(Told::read(&mut entry)?),
                EntryType::XHeader => told.attributes(&Told::read(&mut entry)?)?,
                EntryType::GNULongLink | EntryType::XGlobalHeader => {}
                EntryType::Directory
                | EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Fifo => told = Told::default(),
                _ => {
                    let Told { name, size } = std::mem::take(&mut told);
                    if size.is_some_and(|size| size != entry.size()) {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                    let name = name.unwrap_or_else(|| entry.path_bytes().into_owned());
                    let source = name::source(holder, &name);
                    if self.admits(&source)? {
                        self.entry((&source, depth), &mut entry)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts an entry, and whether it is wanted.
    fn admits(&mut self, source: &Source) -> io::Result<bool> {
        self.budget.entry()?;
        let excluded = self.reader.excludes(&source.tree_path);
        if excluded {
            self.skip(source, SkipReason::Excluded, None);
        }
        Ok(!excluded)
    }

    /// Hands an entry over: its text, or the reason why it has none, or the entries that are in it.
    fn entry(&mut self, (source, depth): (&Arc<Source>, usize), from: &mut dyn Read) -> io::Result<()> {
        match Stream::begin(from).map_err(Refusal::Io).and_then(|stream| self.reader.content(source, stream)) {
            Ok(Content::Text(blob)) => (self.take)(Ok(blob)),
            Ok(Content::Archive(form, stream)) => return self.open((source, depth + 1), form, &mut stream.read()),
            Err(Refusal::Io(error)) => return Err(error),
            Err(refusal) => (self.take)(Err(self.reader.skip(source, &refusal))),
        }
        Ok(())
    }

    /// Tells what went wrong at `source`, unless it ends the outermost archive.
    fn settle(&mut self, source: &Source, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if Limit::of(&error).is_some_and(Limit::is_for_all) => Err(error),
            Err(error) => {
                self.gap(source, &error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn gap(&mut self, source: &Source, error: &io::Error) {
        match (Limit::of(error), error.raw_os_error()) {
            (Some(limit), _) => self.skip(source, SkipReason::Cut, Some(limit.to_string())),
            (None, Some(_)) => self.skip(source, SkipReason::Unreadable, Some(error.to_string())),
            (None, None) => self.damaged(source),
        }
    }

    fn damaged(&mut self, source: &Source) {
        self.skip(source, SkipReason::Unreadable, Some(DAMAGED.to_owned()));
    }

    fn skip(&mut self, source: &Source, reason: SkipReason, detail: Option<String>) {
        (self.take)(Err(Skip { path: source.path.clone(), reason, detail }));
    }
}

/// What a tar file tells of the entry that follows.
#[derive(Default)]
struct Told {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Told {
    fn read(from: &mut dyn Read) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(LONGEST_NAME).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes.truncate(end);
        Ok(bytes)
    }

    fn attributes(&mut self, bytes: &[u8]) -> io::Result<()> {
        for extension in tar::PaxExtensions::new(bytes) {
            let extension = extension.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            match extension.key_bytes() {
                b"path" => self.name = Some(extension.value_bytes().to_vec()),
                b"size" => self.size = extension.value().ok().and_then(|size| size.parse().ok()),
                _ => {}
            }
        }
        Ok(())
    }
}

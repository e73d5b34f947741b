#![expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use proptest::prelude::*;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::model::{Origin, Skip, SkipReason, Source};
use crate::walk::Reader;

/// A zip file with these entries, deflated.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    for (name, bytes) in entries {
        let file = archive.new_file(rawzip::path::EntryPath::verbatim(name.as_bytes()));
        let (mut entry, config) = file.compression_method(CompressionMethod::DEFLATE).start().unwrap();
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        writer.write_all(bytes).unwrap();
        let (encoder, told) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(told).unwrap();
    }
    archive.finish().unwrap();
    out
}

/// A zip file with these entries, as they are; the last says whether it is called encrypted.
fn written(entries: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    for (name, bytes, encrypted) in entries {
        let (mut entry, config) = archive.new_file(*name).encrypted(*encrypted).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes).unwrap();
        let (_, told) = writer.finish().unwrap();
        entry.finish(told).unwrap();
    }
    archive.finish().unwrap();
    out
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[derive(Debug, Default, PartialEq)]
struct Read {
    /// Path and text.
    texts: Vec<(String, String)>,
    skips: Vec<Skip>,
    archives: usize,
}

impl Read {
    fn paths(&self) -> Vec<&str> {
        self.texts.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Path, reason and detail of the only thing that was passed over.
    fn skip(&self) -> (&str, SkipReason, &str) {
        assert_eq!(self.skips.len(), 1, "{self:?}");
        (&self.skips[0].path, self.skips[0].reason, self.skips[0].detail.as_deref().unwrap_or_default())
    }
}

fn read_with(reader: &Reader, name: &str, bytes: &[u8]) -> Read {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("f"), bytes).unwrap();
    let origin = Origin::File(dir.path().join("f"));
    let source = Arc::new(Source { path: name.into(), tree_path: format!("t/{name}"), origin, explicit: true });
    let mut read = Read::default();
    read.archives = reader.read_all(std::slice::from_ref(&source), &mut |_, content| match content {
        Ok(blob) => {
            assert_eq!(format!("t/{}", blob.source.path), blob.source.tree_path);
            read.texts.push((blob.source.path.clone(), String::from_utf8_lossy(&blob.bytes).into_owned()));
        }
        Err(skip) => read.skips.push(skip),
    });
    read
}

fn reader(max_size: u64) -> Reader {
    Reader::new(max_size).opening_archives(&["*.skipped".into(), "t/lib/a.jar!/tests/".into()]).unwrap()
}

fn read(name: &str, bytes: &[u8]) -> Read {
    read_with(&reader(1 << 20), name, bytes)
}

#[test]
fn archives_in_one_another_are_read_with_the_path_through_all_of_them() {
    let jar = zip(&[("config/app.properties", b"one"), ("logo.png", b"\x89PNG\0\0"), ("META-INF/", b"")]);
    let bundle = gzip(&tar(&[("./lib/app.jar", &jar), ("readme", b"two"), ("dump.sql.gz", &gzip(b"three"))]));
    let found = read("out/all.tgz", &zip(&[("b.tar.gz", &bundle)]));
    let text = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(
        found.texts,
        [
            text("out/all.tgz!/b.tar.gz!/lib/app.jar!/config/app.properties", "one"),
            text("out/all.tgz!/b.tar.gz!/readme", "two"),
            text("out/all.tgz!/b.tar.gz!/dump.sql.gz!/dump.sql", "three"),
        ]
    );
    assert_eq!(found.skip(), ("out/all.tgz!/b.tar.gz!/lib/app.jar!/logo.png", SkipReason::Binary, ""));
    assert_eq!(found.archives, 4);
}

#[test]
fn what_is_asked_to_be_left_out_is_left_out() {
    let jar = zip(&[("tests/x", b"x"), ("a.skipped", b"x"), ("main/x", b"x")]);
    let found = read("lib/a.jar", &jar);
    assert_eq!(found.paths(), ["lib/a.jar!/main/x"]);
    assert!(found.skips.iter().all(|skip| skip.reason == SkipReason::Excluded), "{found:?}");
    for bytes in [&jar, &tar(&[("a", b"x")]), &gzip(b"x")] {
        assert_eq!(read_with(&Reader::new(1 << 20), "a.jar", bytes).skip(), ("a.jar", SkipReason::Closed, ""));
    }
    assert_eq!(read("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04").skip().1, SkipReason::Closed);
}

#[test]
fn a_zip_file_may_begin_with_a_program_and_a_name_alone_makes_none() {
    let mut program = b"#!/bin/sh\nexec java -jar \"$0\"\n".repeat(400);
    program.extend(zip(&[("a.properties", b"one")]));
    assert_eq!(read("app.jar", &program).paths(), ["app.jar!/a.properties"]);
    let pointer = read("app.jar", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assert_eq!((pointer.paths(), pointer.archives), (vec!["app.jar"], 0));
    assert_eq!(read("app.jar", b"\xca\xfe\xba\xbe\0\0\0\0").skip(), ("app.jar", SkipReason::Binary, ""));
}

#[test]
fn names_of_a_tar_file_may_be_long_and_links_hold_nothing() {
    let long = format!("{}/x.txt", ["folder"; 40].join("/"));
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    archive.append_data(&mut header, &long, &b"1"[..]).unwrap();
    archive.append_pax_extensions([("path", "päx/name.txt".as_bytes())]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(1);
    archive.append_data(&mut header, "short", &b"2"[..]).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_entry_type(tar::EntryType::Symlink);
    archive.append_link(&mut header, "link", "/etc/passwd").unwrap();
    let found = read("a.tar", &archive.into_inner().unwrap());
    assert_eq!(found.paths(), [format!("a.tar!/{long}").as_str(), "a.tar!/päx/name.txt"]);
    assert_eq!(found.skips, []);
}

#[test]
fn entries_of_one_name_are_all_read() {
    assert_eq!(read("a.zip", &zip(&[("a", b"1"), ("../a", b"2")])).paths(), ["a.zip!/a", "a.zip!/a"]);
}

#[test]
fn what_unpacks_to_many_times_its_size_is_cut_off() {
    let bomb = vec![b'a'; 6 << 20];
    let reader = reader(64 << 20);
    let cut = |name: &str, bytes: &[u8], path: &str| {
        let found = read_with(&reader, name, bytes);
        let told = found.skips.iter().find(|skip| skip.path == path).unwrap();
        assert_eq!(told.reason, SkipReason::Cut, "{found:?}");
        assert_eq!(told.detail.as_deref(), Some("it unpacks to more than 200 times its size; the rest was not read"));
        found.texts.len()
    };
    assert_eq!(cut("a.zip", &zip(&[("x", &bomb), ("y", b"read")]), "a.zip!/x"), 1, "the other entry is read");
    assert_eq!(cut("a.gz", &gzip(&bomb), "a.gz!/a"), 0);
    assert_eq!(cut("a.tgz", &gzip(&tar(&[("first", b"read"), ("x", &bomb)])), "a.tgz"), 1);
}

#[test]
fn an_entry_has_the_limit_of_a_file() {
    let found = read_with(&reader(4096), "a.tgz", &gzip(&tar(&[("x", &b"some text "[..].repeat(500)), ("y", b"1")])));
    assert_eq!(found.skip(), ("a.tgz!/x", SkipReason::TooLarge, TOO_LARGE));
    assert_eq!(found.paths(), ["a.tgz!/y"]);
    let inner = zip(&[("x", b"1")]);
    let padded = [inner, vec![0; 4096]].concat();
    let found = read_with(&reader(4096), "a.tgz", &gzip(&tar(&[("x.zip", &padded), ("y", b"1")])));
    assert_eq!(found.skip(), ("a.tgz!/x.zip", SkipReason::TooLarge, TOO_LARGE));
}

const TOO_LARGE: &str = "more than the limit of 4096 bytes, `--max-file-size` raises it";

#[test]
fn an_archive_with_all_in_it_has_eight_times_that_limit() {
    let text = b"some text that is not much\n".repeat(150);
    let part = zip(&[("x", &text)]);
    let names: Vec<String> = (0..40).map(|n| format!("{n}.zip")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &*part)).collect();
    let outer = zip(&parts);
    let limit = u64::try_from(outer.len()).unwrap();
    let found = read_with(&reader(limit), "a.zip", &outer);
    let (path, reason, detail) = found.skip();
    assert_eq!((path, reason), ("a.zip", SkipReason::Cut));
    assert!(detail.starts_with(&format!("it unpacks to more than {} bytes", limit * 8)), "{detail}");
    let most = usize::try_from(limit).unwrap() * 8 / (text.len() + part.len());
    assert_eq!(found.texts.len(), most);
    assert_eq!(read_with(&reader(limit * 4), "a.zip", &outer).texts.len(), 40);
}

#[test]
fn too_many_entries_and_too_many_levels_are_told() {
    let mut deep = b"secret".to_vec();
    for _ in 0..6 {
        deep = zip(&[("in.zip", &deep)]);
    }
    let found = read("a.zip", &deep);
    let (path, reason, detail) = found.skip();
    assert_eq!((path, reason), ("a.zip!/in.zip!/in.zip!/in.zip!/in.zip!/in.zip", SkipReason::Cut));
    assert!(detail.contains("level 5"), "{detail}");
    let many: Vec<(&str, &[u8], bool)> = vec![("d", b"", false); 200_001];
    let found = read_with(&reader(1 << 30), "a.zip", &written(&many));
    assert_eq!(found.texts.len(), 200_000);
    assert_eq!((found.skip().0, found.skip().1), ("a.zip", SkipReason::Cut));
}

#[test]
fn encrypted_entries_are_named_and_the_others_read() {
    let out = written(&[("open", b"text", false), ("locked", b"text", true)]);
    let found = read("a.zip", &out);
    assert_eq!(found.paths(), ["a.zip!/open"]);
    assert_eq!(found.skip(), ("a.zip!/locked", SkipReason::Unreadable, "it is encrypted"));
}

#[test]
fn damage_is_a_gap_at_the_place_where_it_is() {
    let whole = zip(&[("a", b"some text"), ("b", b"other text")]);
    let unreadable = |name: &str, bytes: &[u8], path: &str| {
        let found = read(name, bytes);
        assert!(
            found.skips.iter().any(|skip| skip.path == path && skip.reason == SkipReason::Unreadable),
            "{name}: {found:?}"
        );
    };
    unreadable("cut.zip", &whole[..whole.len() - 30], "cut.zip");
    let mut changed = whole.clone();
    let at = 30 + 1 + 3; // within the first entry's data
    changed[at] ^= 0x10;
    unreadable("changed.zip", &changed, "changed.zip!/a");
    assert!(read("changed.zip", &changed).paths().contains(&"changed.zip!/b"));
    let packed = gzip(&tar(&[("a", b"text"), ("b", &[b'x'; 2000])]));
    unreadable("cut.tgz", &packed[..packed.len() / 2], "cut.tgz");
    unreadable("cut.gz", &gzip(b"some text")[..12], "cut.gz");
    unreadable("cut.gz", &gzip(&b"some text ".repeat(100))[..30], "cut.gz!/cut");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn changed_archives_never_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        keep in 0.5..1.0_f64,
    ) {
        let inner = zip(&[("a.txt", b"some text"), ("b.txt", b"other text")]);
        let mut bytes = match which {
            0 => inner,
            1 => tar(&[("x.zip", &inner), ("y", b"text")]),
            2 => gzip(&tar(&[("x.zip", &inner), ("y", b"text")])),
            _ => zip(&[("x.tar", &tar(&[("y", b"text")]))]),
        };
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of a length")]
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let found = read("a.bin", &bytes);
        prop_assert!(found.texts.iter().all(|(path, _)| path.starts_with("a.bin")));
    }
}

//! What sort of archive bytes are. The tables are the data; a new kind that holds files in a known container needs a
//! line there and no code.

use Form::{Gzip, Prefixed, Tar, Zip};
use Kind::{Closed, Opens};

/// How an archive is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::walk) enum Form {
    /// A zip file, whatever it is called: jar, wheel, office document.
    Zip,
    /// By its name a zip file, but its bytes begin with something else: a program that unpacks or runs the rest.
    Prefixed,
    /// gzip: a tar file, or one file.
    Gzip,
    /// A tar file.
    Tar,
}

/// What can be done with an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::walk) enum Kind {
    Opens(Form),
    /// Known as an archive, but there is no code that opens it.
    Closed,
}

/// At which byte a file has which bytes, and what it is then.
const BEGINNINGS: &[(usize, &[u8], Kind)] = &[
    (0, b"PK\x03\x04", Opens(Zip)),
    (0, b"PK\x05\x06", Opens(Zip)), // empty
    (0, b"PK\x07\x08", Opens(Zip)), // made in parts
    (0, b"\x1f\x8b\x08", Opens(Gzip)),
    (0, b"7z\xbc\xaf\x27\x1c", Closed),
    (0, b"Rar!\x1a\x07", Closed),
    (0, b"\xfd7zXZ\0", Closed),
    (4, b"1AY&SY", Closed),           // bzip2
    (0, b"\x28\xb5\x2f\xfd", Closed), // zstd
    (0, b"\x04\x22\x4d\x18", Closed), // lz4
    (0, b"!<arch>\ndebian-binary", Closed),
    (0, b"\xed\xab\xee\xdb", Closed), // rpm
    (0, b"MSCF\0\0\0\0", Closed),     // cabinet
];

/// Endings of zip files that may begin with something else.
const PREFIXED: &[&str] =
    &[".zip", ".jar", ".war", ".ear", ".whl", ".egg", ".pyz", ".pex", ".apk", ".aar", ".nupkg", ".jmod", ".crx"];

/// A tar file's first block: its header has a checksum of itself.
const BLOCK: usize = 512;

/// The kind of what begins with `head` and is called `path`; `None` for what is no archive.
pub(in crate::walk) fn of(head: &[u8], path: &str) -> Option<Kind> {
    let begins = |(at, bytes, kind): &(usize, &[u8], Kind)| head.get(*at..)?.starts_with(bytes).then_some(*kind);
    let by_content = BEGINNINGS.iter().find_map(begins).or_else(|| is_tar(head).then_some(Opens(Tar)));
    by_content.or_else(|| {
        let ends = |ending: &&str| {
            let end = path.len().checked_sub(ending.len()).and_then(|from| path.as_bytes().get(from..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
        };
        PREFIXED.iter().any(ends).then_some(Opens(Prefixed))
    })
}

/// Whether `head` begins with a tar header, which holds for tar files of all ages.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..BLOCK) else { return false };
    let header = tar::Header::from_byte_slice(block);
    let (before, sum, after) = (block.get(..148), block.get(148..156), block.get(156..));
    let Some(((before, sum), after)) = before.zip(sum).zip(after) else { return false };
    // eight spaces stand for the checksum itself
    let expected: u32 = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    sum.iter().any(u8::is_ascii_digit) && header.cksum().is_ok_and(|told| told == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_goes_before_the_name() {
        assert_eq!(of(b"PK\x03\x04rest", "notes.txt"), Some(Opens(Zip)));
        assert_eq!(of(b"#!/bin/sh\nexec java -jar $0\n", "app.jar"), Some(Opens(Prefixed)));
        assert_eq!(of(b"#!/bin/sh\n", "é/APP.Jar"), Some(Opens(Prefixed)));
        assert_eq!(of(b"BZh91AY&SY rest", "x.tar.bz2"), Some(Closed));
        assert_eq!(of(b"version https://git-lfs.github.com/spec/v1\n", "a.tar.gz"), None);
        assert_eq!(of(b"", "a"), None);
    }

    #[test]
    fn a_tar_file_is_known_by_the_sum_of_its_header() {
        let mut header = tar::Header::new_old();
        header.set_path("a.txt").unwrap();
        header.set_size(3);
        header.set_cksum();
        let mut block = header.as_bytes().to_vec();
        assert_eq!(of(&block, "a"), Some(Opens(Tar)));
        block[0] = b'b';
        assert_eq!(of(&block, "a"), None);
        assert_eq!(of(&[0; BLOCK], "a.tar"), None);
    }
}

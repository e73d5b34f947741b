//! Names of entries. They come from anywhere, so they are made to name a place below the archive.

use std::sync::Arc;

use super::WITHIN;
use crate::model::{Origin, Source};

/// Longest name that is shown, characters.
const LONGEST: usize = 1024;

/// The source of an entry of `holder`.
pub(super) fn source(holder: &Source, name: &[u8]) -> Arc<Source> {
    let name = clean(name);
    let origin = match &holder.origin {
        origin @ Origin::Archive(_) => origin.clone(),
        origin => Origin::Archive(Box::new(origin.clone())),
    };
    Arc::new(Source {
        path: format!("{}{WITHIN}{name}", holder.path),
        tree_path: format!("{}{WITHIN}{name}", holder.tree_path),
        origin,
        explicit: false,
    })
}

/// With `/`, no way up, no root, no empty parts.
fn clean(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name).replace('\\', "/");
    let parts = text.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    let clean: String = parts.collect::<Vec<_>>().join("/").chars().take(LONGEST).collect();
    if clean.is_empty() { "unnamed".to_owned() } else { clean }
}

/// What a gzip file is called when it is unpacked: without the ending, else the name that it carries.
pub(super) fn unzipped(holder: &Source, carried: Option<&[u8]>) -> Vec<u8> {
    let name = holder.path.rsplit('/').next().unwrap_or_default();
    let stem = name.get(..name.len().saturating_sub(3)).filter(|_| name.to_ascii_lowercase().ends_with(".gz"));
    match (stem, carried) {
        (Some(stem), _) if !stem.is_empty() => stem.as_bytes().to_vec(),
        (_, Some(carried)) => carried.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default().to_vec(),
        _ => b"content".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_lead_nowhere_but_below_the_archive() {
        for (name, shown) in [
            (&b"a/b.txt"[..], "a/b.txt"),
            (b"/etc/passwd", "etc/passwd"),
            (b"../../x", "x"),
            (b"a\\..\\b", "a/b"),
            (b"./a//b/", "a/b"),
            (b"..", "unnamed"),
            (b"a\xff", "a\u{fffd}"),
        ] {
            assert_eq!(clean(name), shown);
        }
        assert_eq!(clean(&vec![b'a'; 70_000]).len(), LONGEST);
    }

    #[test]
    fn a_gzip_file_loses_its_ending() {
        let source =
            |path: &str| Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: true };
        assert_eq!(unzipped(&source("d/dump.sql.gz"), Some(b"other")), b"dump.sql");
        assert_eq!(unzipped(&source("stdin"), Some(b"/tmp/x.sql")), b"x.sql");
        assert_eq!(unzipped(&source("stdin"), None), b"content");
        assert_eq!(unzipped(&source("päß"), None), b"content");
    }
}

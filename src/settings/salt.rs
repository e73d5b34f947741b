//! The salt of fingerprints: what makes them worthless to somebody who has only a report.
//!
//! The baseline's salt comes first, because the fingerprints in it must be met again. Next is the repository's
//! first commit, which every clone shares; for a plain folder it is random text kept in arnify's home.

use std::io::Write as _;
use std::path::Path;

use crate::secret::Salt;
use crate::walk::git;

/// The salt for the tree at `root`; `baseline` is the salt of its baseline, when there is one.
pub(super) fn of(root: &Path, home: Option<&Path>, baseline: Option<&str>) -> Salt {
    let text = baseline.map(str::to_owned).or_else(|| first_commit(root)).or_else(|| home.and_then(kept));
    match text {
        Some(text) => Salt::derive(text.as_bytes()),
        None => Salt::derive(root.as_os_str().as_encoded_bytes()),
    }
}

/// Text for a new salt, 64 hex digits.
pub(crate) fn random() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

/// Ids of the commits without a parent, sorted by git's own order; `None` outside a repository with commits.
fn first_commit(root: &Path) -> Option<String> {
    if !root.join(".git").exists() {
        return None;
    }
    let output = git::run(root, &["rev-list", "--max-parents=0", "HEAD"]).ok()?;
    let text = String::from_utf8(output).ok()?;
    text.lines().last().filter(|line| !line.is_empty()).map(str::to_owned)
}

/// The random text in `home/salt`, made on first use; `None` when the home can't be written.
fn kept(home: &Path) -> Option<String> {
    let path = home.join("salt");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
    std::fs::create_dir_all(home).ok()?;
    let mut file = tempfile::NamedTempFile::new_in(home).ok()?;
    file.write_all(random().as_bytes()).ok()?;
    // Another run may have been faster: what lies there then is the salt for both.
    let _ = file.persist_noclobber(&path);
    Some(std::fs::read_to_string(&path).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Fingerprint;

    fn print(salt: &Salt) -> Fingerprint {
        Fingerprint::compute(salt, "f", "p", b"v")
    }

    #[test]
    fn a_plain_folder_keeps_its_salt_in_the_home_and_the_baseline_comes_first() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let first = print(&of(dir.path(), Some(&home), None));
        assert_eq!(print(&of(dir.path(), Some(&home), None)), first);
        assert_ne!(print(&of(dir.path(), Some(&dir.path().join("other")), None)), first);
        assert_eq!(print(&of(dir.path(), Some(&home), Some("ab"))), print(&Salt::derive(b"ab")));
        assert_eq!(print(&of(dir.path(), None, None)), print(&of(dir.path(), None, None)), "without a home too");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = home.join("salt").metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

//! The salt of fingerprints: the baseline's, else one that every clone of the repository derives alike, else this
//! user's own.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::secret::Salt;

/// Where the baseline stands within a tree.
pub const BASELINE: &str = ".arnify/baseline.json";

/// Text that the salt is derived from. `first_commit` is asked only when there is no baseline.
pub(super) fn salt(
    baseline: Option<&Path>,
    home: &Path,
    root: &Path,
    first_commit: impl FnOnce() -> Option<String>,
) -> Salt {
    let text = baseline.and_then(baseline_salt).or_else(first_commit).or_else(|| own_salt(home));
    // A home that can't be written leaves the place itself: stable on this machine, which is what is left.
    Salt::derive(text.unwrap_or_else(|| root.to_string_lossy().into_owned()).as_bytes())
}

/// The salt that a baseline was written with; `None` when there is no readable baseline (which `check` reports).
fn baseline_salt(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    json.get("salt")?.as_str().map(str::to_owned)
}

fn own_salt(home: &Path) -> Option<String> {
    let file = home.join("salt");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
    let text = uuid::Uuid::new_v4().simple().to_string();
    std::fs::create_dir_all(home).ok()?;
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).ok()?;
    new.write_all(text.as_bytes()).ok()?;
    Some(text)
}

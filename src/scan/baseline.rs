//! The known findings that the gate lets pass: the form of `.arnify/baseline.json`, and who is in it.
//!
//! A finding is known by its fingerprint alone; rule, path and line are there for people. The salt that the
//! fingerprints were made with stands in the file, so that every clone computes the same ones.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Finding;
use crate::secret::Fingerprint;

/// The file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this form: 1.
    pub v: u8,
    /// Text that the salt is derived from, hex digits.
    pub salt: String,
    /// Sorted by path, line, rule and fingerprint.
    pub findings: Vec<Known>,
}

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// What it is known by.
    pub fingerprint: Fingerprint,
    /// The rule that found it.
    pub rule: String,
    /// Where it stood: a path within the tree.
    pub path: String,
    /// The line at that time, from 1.
    pub line: usize,
}

impl Known {
    /// The entry for a finding whose path is one within the tree.
    pub fn of(finding: &Finding) -> Self {
        let Finding { fingerprint, rule, path, span, .. } = finding;
        Self { fingerprint: fingerprint.clone(), rule: rule.clone(), path: path.clone(), line: span.line }
    }
}

/// Why a baseline can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It can't be read.
    #[error("can't read the baseline {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// It is not of the form.
    #[error("{path}:{line}: the baseline is damaged: {message}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl Baseline {
    /// A baseline of these findings, sorted, each fingerprint once.
    pub fn new(salt: String, known: impl IntoIterator<Item = Known>) -> Self {
        let mut findings: Vec<_> = known.into_iter().collect();
        let key = |known: &Known| (known.path.clone(), known.line, known.rule.clone(), known.fingerprint.clone());
        findings.sort_by_key(key);
        let mut seen = BTreeSet::new();
        findings.retain(|known| seen.insert(known.fingerprint.clone()));
        Self { v: 1, salt, findings }
    }

    /// Reads `path`; `None` when there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, BaselineError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(BaselineError::Read { path: path.to_owned(), source }),
        };
        let damaged = |line, message| BaselineError::Damaged { path: path.to_owned(), line, message };
        let baseline: Self = serde_json::from_slice(&text).map_err(|error| {
            // A merge conflict, a cut: what kind of fault it is and where. The text itself isn't quoted.
            let message = if error.is_data() { "a field is wrong or missing" } else { "not valid JSON" };
            damaged(error.line(), message.to_owned())
        })?;
        if baseline.v != 1 {
            return Err(damaged(1, format!("version {} is not known to this arnify", baseline.v)));
        }
        if baseline.salt.is_empty() || !baseline.salt.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(damaged(1, "the salt is not made of hex digits".to_owned()));
        }
        Ok(Some(baseline))
    }

    /// The file's text: stable, an entry's field a line, so that changes merge and review well.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The fingerprints.
    pub fn fingerprints(&self) -> BTreeSet<&Fingerprint> {
        self.findings.iter().map(|known| &known.fingerprint).collect()
    }

    /// The findings that are not known, and the number of those that are.
    pub fn subtract(&self, findings: Vec<Finding>) -> (Vec<Finding>, usize) {
        let (known, all) = (self.fingerprints(), findings.len());
        let new: Vec<_> = findings.into_iter().filter(|finding| !known.contains(&finding.fingerprint)).collect();
        let passed = all - new.len();
        (new, passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Salt;

    fn known(path: &str, line: usize, value: &[u8]) -> Known {
        let fingerprint = Fingerprint::compute(&Salt::derive(b"s"), "f", path, value);
        Known { fingerprint, rule: "r".into(), path: path.into(), line }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test file in a temporary folder")]
    fn what_is_written_is_read_back_sorted_and_without_repeats() {
        let baseline = Baseline::new("ab".into(), [known("b", 1, b"1"), known("a", 9, b"2"), known("a", 2, b"2")]);
        let places: Vec<_> = baseline.findings.iter().map(|known| (known.path.as_str(), known.line)).collect();
        assert_eq!(places, [("a", 2), ("b", 1)]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("baseline.json");
        assert!(Baseline::read(&path).unwrap().is_none());
        std::fs::write(&path, baseline.to_text().unwrap()).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), Some(baseline));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test file in a temporary folder")]
    fn a_damaged_file_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("baseline.json");
        for (text, said) in [
            ("{\"v\":1,\n<<<<<<< ours\n", ":2: the baseline is damaged: not valid JSON"),
            ("{\"v\":2,\"salt\":\"ab\",\"findings\":[]}", ":1: the baseline is damaged: version 2"),
            ("{\"v\":1,\"salt\":\"xy\",\"findings\":[]}", ":1: the baseline is damaged: the salt"),
            ("{\"v\":1,\"salt\":\"ab\"}", ":1: the baseline is damaged: a field"),
        ] {
            std::fs::write(&path, text).unwrap();
            let message = Baseline::read(&path).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
    }
}

//! The known findings that the gate lets pass: fingerprints under the baseline's own salt, so that it can be
//! committed; rule, path and line are for the reader of a diff.

use serde::{Deserialize, Serialize};

use crate::secret::Fingerprint;

/// A known finding. Only the fingerprint counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// As reports show it.
    pub path: String,
    /// Where it stood when the baseline was written, from 1.
    pub line: usize,
    /// Rule that found it.
    pub rule: String,
    /// What `check` compares.
    pub fingerprint: Fingerprint,
}

/// A baseline file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    v: u8,
    salt: String,
    findings: Vec<Known>,
}

impl Baseline {
    /// A baseline of these findings, sorted, each fingerprint and line once.
    pub fn new(salt: String, findings: impl Iterator<Item = Known>) -> Self {
        let mut findings: Vec<Known> = findings.collect();
        findings.sort();
        findings.dedup_by(|a, b| a.fingerprint == b.fingerprint && a.path == b.path);
        Self { v: 1, salt, findings }
    }

    /// Parses a baseline file.
    ///
    /// # Errors
    /// What is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if baseline.v == 1 {
            Ok(baseline)
        } else {
            Err(format!("version {} is not one that this arnify knows", baseline.v))
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// None in practice: all of it is plain data.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Text that the salt of its fingerprints is derived from.
    pub fn salt(&self) -> &str {
        &self.salt
    }

    /// The known findings, in path order.
    pub fn findings(&self) -> &[Known] {
        &self.findings
    }

    /// Whether a finding is known.
    pub fn knows(&self, fingerprint: &Fingerprint) -> bool {
        self.findings.iter().any(|known| known.fingerprint == *fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Salt;

    fn known(value: &str, line: usize) -> Known {
        let fingerprint = Fingerprint::compute(&Salt::derive(b"s"), "generic", "a.py", value.as_bytes());
        Known { path: "a.py".into(), line, rule: "generic-password".into(), fingerprint }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let baseline = Baseline::new("salt".into(), [known("b", 2), known("a", 1), known("b", 2)].into_iter());
        assert_eq!(baseline.findings().len(), 2);
        assert_eq!(Baseline::parse(&baseline.to_text().unwrap()).unwrap(), baseline);
        assert!(baseline.knows(&known("a", 9).fingerprint));
        assert!(!baseline.knows(&known("c", 1).fingerprint));
    }

    #[test]
    fn damage_and_later_versions_are_refused() {
        assert!(Baseline::parse("{\"v\":1,").unwrap_err().contains("line 1"));
        assert!(Baseline::parse("{\"v\":2,\"salt\":\"\",\"findings\":[]}").unwrap_err().contains('2'));
    }
}

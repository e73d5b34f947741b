//! Findings of other tools, taken in from their reports.
//!
//! A report is recognised by its content and read into [`Claim`]s: a place, and a proof of what stands there (the value
//! itself, its digest, or no more than a region). [`place`] finds the value again in the file as it is now. A report
//! holds plaintext secrets, so no message quotes any part of one: errors tell lines, entries and field names.

mod area;
mod betterleaks;
mod detect_secrets;
mod digest;
mod entry;
mod gitleaks;
mod kind;
mod kingfisher;
mod own;
mod place;
mod read;
mod sarif;
#[cfg(test)]
mod tests;
mod trufflehog;

pub use area::{Area, Columns};
pub use digest::Digest;
pub use kind::kind_of;
pub use place::{Gone, Spot, place};
pub use read::{Malformed, read};

use crate::secret::{Fingerprint, SecretValue};

/// One finding as a tool reports it.
#[derive(Debug)]
pub struct Claim {
    /// The tool, as it calls itself.
    pub tool: String,
    /// The tool's name for the rule.
    pub rule: String,
    /// Path as written, percent-encoding undone.
    pub path: String,
    /// First and last line, from 1.
    pub lines: Option<(usize, usize)>,
    /// What must stand there.
    pub proof: Proof,
    /// Whether the tool or its rule is about credentials; other findings count only where arnify sees one, too.
    pub of_credentials: bool,
    /// Why the report itself doesn't count it: suppressed, or no finding at all.
    pub set_aside: Option<&'static str>,
}

/// What a report says of the value.
#[derive(Debug)]
pub enum Proof {
    /// The value itself.
    Value {
        /// As the tool extracted it.
        value: SecretValue,
        /// A second value of the same finding (an access key's secret), where the tool tells one.
        beside: Option<SecretValue>,
    },
    /// A digest of the value.
    Digest(Digest),
    /// arnify's own identity of the finding.
    Print(Fingerprint),
    /// A region, with its text where the report holds it.
    Area(Area, Option<SecretValue>),
    /// Nothing but the line: the report is redacted.
    Line,
}

impl Claim {
    /// A claim of a tool that looks for credentials only.
    fn of(tool: &str, rule: &str, path: &str, proof: Proof) -> Self {
        Self {
            tool: tool.to_owned(),
            rule: rule.to_owned(),
            path: path.to_owned(),
            lines: None,
            proof,
            of_credentials: true,
            set_aside: None,
        }
    }

    /// The name that a finding gets which no rule of arnify's makes: `tool:rule`, in characters that tags, file names
    /// and terminals take.
    pub fn rule_name(&self) -> String {
        let plain = |text: &str| {
            let words: String =
                text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_./".contains(c) { c } else { '-' }).collect();
            words.chars().take(LONGEST_NAME).collect::<String>()
        };
        format!("{}:{}", plain(&self.tool).to_ascii_lowercase(), plain(&self.rule))
    }
}

/// Longest part of a rule name, characters.
const LONGEST_NAME: usize = 80;

/// The value of a report's text, or nothing but its line where the tool has redacted it.
fn value_or_line(text: &str) -> Proof {
    let redacted = text.is_empty() || text.starts_with("REDACTED") || text.starts_with("[REDACTED");
    if redacted { Proof::Line } else { Proof::Value { value: secret(text), beside: None } }
}

fn secret(text: &str) -> SecretValue {
    SecretValue::new(text.as_bytes().to_vec())
}

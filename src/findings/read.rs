//! From a report's bytes to claims: which tool wrote it is told by its content.

use serde_json::Value;
use serde_json::error::Category;

use super::entry::Entry;
use super::{Claim, betterleaks, detect_secrets, gitleaks, kingfisher, own, sarif, trufflehog};

/// Why a report can't be read. Never a part of its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(super) String);

/// What a JSON object of a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Gitleaks,
    Betterleaks,
    Trufflehog,
    Kingfisher,
    DetectSecrets,
    Sarif,
    Own,
    /// A log line or a summary between the findings.
    Aside,
}

/// Reads a report: JSON, JSON lines, or several documents one after the other.
///
/// # Errors
/// Text that is no JSON, or JSON of none of the tools.
pub fn read(bytes: &[u8]) -> Result<Vec<Claim>, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut claims = Vec::new();
    let mut number = 0;
    for document in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
        let document = document.map_err(|error| no_json(&error))?;
        for value in findings(&document) {
            number += 1;
            claims.extend(claims_of(Entry { value, number })?);
        }
    }
    Ok(claims)
}

/// The findings of a document: its elements, those of its `findings`, or itself.
fn findings(document: &Value) -> &[Value] {
    match document {
        Value::Array(elements) => elements,
        Value::Object(fields) => match fields.get("findings") {
            Some(Value::Array(elements)) => elements,
            _ => std::slice::from_ref(document),
        },
        _ => std::slice::from_ref(document),
    }
}

fn claims_of(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    match form(entry.value) {
        Some(Form::Gitleaks) => gitleaks::claims(entry),
        Some(Form::Betterleaks) => betterleaks::claims(entry),
        Some(Form::Trufflehog) => trufflehog::claims(entry),
        Some(Form::Kingfisher) => kingfisher::claims(entry),
        Some(Form::DetectSecrets) => detect_secrets::claims(entry),
        Some(Form::Sarif) => sarif::claims(entry),
        Some(Form::Own) => own::claims(entry),
        Some(Form::Aside) => Ok(Vec::new()),
        None => Err(Malformed(format!("finding {}: it has the form of none of the tools", entry.number))),
    }
}

fn form(value: &Value) -> Option<Form> {
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
    let forms: [(&[&str], Form); 13] = [
        (&["runs", "version"], Form::Sarif),
        (&["RuleID", "File"], Form::Gitleaks),
        (&["rule_id", "match", "location"], Form::Betterleaks),
        (&["schema_version", "finding"], Form::Betterleaks),
        (&["SourceMetadata", "DetectorName"], Form::Trufflehog),
        (&["rule", "finding"], Form::Kingfisher),
        (&["results", "plugins_used"], Form::DetectSecrets),
        (&["v", "rule", "span", "fingerprint"], Form::Own),
        (&["level", "ts", "msg"], Form::Aside),
        (&["audit"], Form::Aside),
        (&["schema_version", "scan"], Form::Aside),
        (&["findings", "rules_applied"], Form::Aside),
        (&["findings", "scan_date"], Form::Aside),
    ];
    forms.iter().find(|(keys, _)| has(keys)).map(|(_, form)| *form)
}

/// serde's own message may quote what it stumbled over, so only the place is told.
fn no_json(error: &serde_json::Error) -> Malformed {
    let what = match error.classify() {
        Category::Eof => "the text ends in the middle of a JSON document",
        Category::Io | Category::Syntax | Category::Data => "the text is no JSON",
    };
    Malformed(format!("line {}, column {}: {what}", error.line(), error.column()))
}

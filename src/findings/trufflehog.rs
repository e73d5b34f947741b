//! The JSON lines of trufflehog: `Raw` is the value, `RawV2` has a second one joined to it.

use serde_json::Value;

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, Proof, secret, value_or_line};

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    // the one key names the source: Filesystem, Git, Github, Docker …
    let source =
        entry.value.pointer("/SourceMetadata/Data").and_then(Value::as_object).and_then(|data| data.values().next());
    let source = source.ok_or_else(|| entry.malformed("/SourceMetadata/Data"))?;
    let path = source.get("file").and_then(Value::as_str).unwrap_or_default();
    let raw = entry.need("/Raw")?;
    let mut proof = value_or_line(raw);
    if let Proof::Value { beside, .. } = &mut proof {
        *beside = entry.text("/RawV2").and_then(|both| rest(both, raw)).map(secret);
    }
    let mut claim = Claim::of("trufflehog", entry.need("/DetectorName")?, path, proof);
    let line = source.get("line").and_then(Value::as_u64).and_then(|line| usize::try_from(line).ok());
    claim.lines = line.filter(|line| *line > 0).map(|line| (line, line));
    if path.is_empty() {
        claim.set_aside = Some("the report names no file for it");
    }
    Ok(vec![claim])
}

/// What `RawV2` holds beside `Raw`, without the sign between the two.
fn rest<'a>(both: &'a str, raw: &str) -> Option<&'a str> {
    let rest = both.strip_prefix(raw).or_else(|| both.strip_suffix(raw))?;
    let rest = rest.trim_matches([':', ' ', '|', ',', ';']);
    (!rest.is_empty()).then_some(rest)
}

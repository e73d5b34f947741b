//! The JSON report of betterleaks 2, whole or as lines. A redacted one still has the value's SHA-256.

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, Digest, Proof, value_or_line};

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let entry = entry.value.get("finding").map_or(entry, |value| Entry { value, ..entry });
    let proof = match value_or_line(entry.text("/match/value").unwrap_or_default()) {
        Proof::Line => {
            let digest = entry.text("/match/fingerprint").and_then(Digest::sha256);
            digest.map_or(Proof::Line, Proof::Digest)
        }
        proof => proof,
    };
    let mut claim = Claim::of("betterleaks", entry.need("/rule_id")?, entry.need("/location/path")?, proof);
    claim.lines = entry.lines("/location/start_line", "/location/end_line");
    Ok(vec![claim])
}

//! The baseline of detect-secrets: SHA-1 digests by file and line.

use serde_json::Value;

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, Digest, Proof};

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let files = entry.value.get("results").and_then(Value::as_object).ok_or_else(|| entry.malformed("/results"))?;
    let mut claims = Vec::new();
    for (file, secrets) in files {
        for value in secrets.as_array().into_iter().flatten() {
            let one = Entry { value, number: claims.len() + 1 };
            let digest = one.text("/hashed_secret").and_then(Digest::sha1);
            let digest = digest.ok_or_else(|| one.malformed("/hashed_secret"))?;
            let mut claim = Claim::of("detect-secrets", one.need("/type")?, file, Proof::Digest(digest));
            claim.lines = one.lines("/line_number", "/line_number");
            if value.get("is_secret").and_then(Value::as_bool) == Some(false) {
                claim.set_aside = Some("it was audited as no secret");
            }
            claims.push(claim);
        }
    }
    Ok(claims)
}

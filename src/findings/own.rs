//! arnify's own JSON: a finding's fingerprint stays the same when it moves within its file.

use serde::Deserialize as _;

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, Proof};
use crate::secret::Fingerprint;

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let print = entry.value.get("fingerprint").and_then(|value| Fingerprint::deserialize(value).ok());
    let print = print.ok_or_else(|| entry.malformed("/fingerprint"))?;
    let mut claim = Claim::of("arnify", entry.need("/rule")?, entry.need("/path")?, Proof::Print(print));
    claim.lines = entry.lines("/span/line", "/span/end_line");
    Ok(vec![claim])
}

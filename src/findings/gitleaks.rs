//! The JSON report of gitleaks 8, and that of betterleaks 1, which adds fields to it.

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, value_or_line};

/// Fields that only betterleaks writes.
const BETTERLEAKS: [&str; 3] = ["/MatchContext", "/Attributes", "/ValidationStatus"];

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let tool =
        if BETTERLEAKS.iter().any(|field| entry.value.pointer(field).is_some()) { "betterleaks" } else { "gitleaks" };
    let proof = value_or_line(entry.need("/Secret")?);
    let mut claim = Claim::of(tool, entry.need("/RuleID")?, entry.need("/File")?, proof);
    if entry.text("/Match").is_some_and(|text| text.starts_with("file detected:")) {
        claim.set_aside = Some("its rule looks at the file's path only: there is no literal to move");
    }
    claim.lines = entry.lines("/StartLine", "/EndLine");
    Ok(vec![claim])
}

//! The JSON report of kingfisher, whole or as lines: `snippet` is the value.

use super::entry::Entry;
use super::read::Malformed;
use super::{Claim, value_or_line};

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let proof = value_or_line(entry.need("/finding/snippet")?);
    let mut claim = Claim::of("kingfisher", entry.need("/rule/id")?, entry.need("/finding/path")?, proof);
    claim.lines = entry.lines("/finding/line", "/finding/line");
    Ok(vec![claim])
}

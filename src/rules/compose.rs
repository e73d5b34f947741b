//! Rules that need others near them: gitleaks' `required` and betterleaks' `components`, and what a file's entry of a
//! known id adds to the rule that it builds on.

use super::file::{ComponentEntry, RuleEntry};
use super::{Matcher, Rule};

/// Another rule that must find something near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The other rule.
    pub rule: String,
    /// How many lines apart the two matches may start.
    pub lines: Option<usize>,
    /// How many columns apart.
    pub columns: Option<usize>,
}

/// The rules that an entry requires. An optional component requires nothing.
pub(super) fn required(entry: &RuleEntry) -> Result<Vec<Required>, String> {
    let tables = entry.required.iter().map(|required| {
        let (lines, columns) = (required.within_lines, required.within_columns);
        Ok(Required { rule: required.id.clone(), lines, columns })
    });
    tables.chain(entry.components.iter().filter(|component| !component.optional).map(component)).collect()
}

fn component(entry: &ComponentEntry) -> Result<Required, String> {
    let mut required = Required { rule: entry.id.clone(), lines: None, columns: None };
    for part in entry.within.iter().flat_map(|within| within.split(',')) {
        let part = part.trim();
        let number = |unit: char| part.strip_suffix(unit).and_then(|number| number.parse::<usize>().ok());
        match (number('L'), number('C')) {
            (Some(lines), _) => required.lines = Some(lines),
            (_, Some(columns)) => required.columns = Some(columns),
            _ => return Err(format!("components: within {part:?} is neither lines (`5L`) nor columns (`100C`)")),
        }
    }
    Ok(required)
}

/// Puts `over`, a file's rule, upon the rule of the same id that the file builds on: what it says takes the place of
/// what was said, lists grow. `spoken` tells which of its fields the file has.
pub(super) fn overlay(base: &mut Rule, over: Rule, spoken: &Spoken) -> Result<(), String> {
    if spoken.description {
        base.description = over.description;
    }
    if spoken.matcher {
        // the examples were those of the other regex
        (base.matcher, base.examples, base.counter_examples) = (over.matcher, over.examples, over.counter_examples);
    } else if let (Matcher::Regex(pattern, group), Some(own)) = (&mut base.matcher, spoken.group) {
        if own > pattern.groups() {
            return Err(format!("secretGroup {own} is past the regex's {} groups", pattern.groups()));
        }
        *group = Some(own);
    }
    base.entropy = over.entropy.or(base.entropy);
    if over.path.is_some() {
        base.path = over.path;
    }
    base.tags.extend(over.tags);
    base.keywords.extend(over.keywords);
    base.allowlists.extend(over.allowlists);
    if !over.required.is_empty() {
        base.required = over.required;
    }
    base.hidden |= over.hidden;
    base.provenance = over.provenance;
    Ok(())
}

/// Which fields an entry has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    description: bool,
    /// A regex or a structure.
    pub(super) matcher: bool,
    group: Option<usize>,
}

impl Spoken {
    pub(super) fn of(entry: &RuleEntry) -> Self {
        Self {
            description: !entry.description.is_empty(),
            matcher: entry.regex.is_some() || entry.structure.is_some(),
            group: entry.secret_group,
        }
    }
}

//! Connection strings taken apart: what the text round a secret says of the other parts.

use std::collections::BTreeMap;

use regex::{Captures, Regex};

use super::data::{FormsToml, PairsToml};

/// What a text says: the secret's key or part, and the other parts.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The secret part, where the form says it.
    pub(super) part: Option<String>,
    /// The key that the secret is given in the text.
    pub(super) key: Option<String>,
    /// Parts by name, from named groups.
    pub(super) parts: BTreeMap<String, String>,
    /// Keys and values, from pairs.
    pub(super) pairs: Vec<(String, String)>,
}

/// Reads the text before and after a secret by each form; the first that fits.
pub(super) fn told(forms: &FormsToml, before: &str, after: &str) -> Option<Told> {
    let around = forms.around.iter().find_map(|form| {
        let (head, tail) = (form.before.captures(before)?, form.after.captures(after)?);
        let mut parts = named(&form.before, &head)?;
        parts.extend(named(&form.after, &tail)?);
        Some(Told { part: Some(form.part.clone()), parts, ..Told::default() })
    });
    around.or_else(|| forms.pairs.iter().find_map(|form| in_pairs(form, before, after)))
}

fn in_pairs(form: &PairsToml, before: &str, after: &str) -> Option<Told> {
    let mut told = Told::default();
    let mut rest = before;
    if let Some(head) = &form.head {
        let found = head.captures(before)?;
        told.parts = named(head, &found)?;
        rest = before.get(found.get(0)?.end()..)?;
    }
    let mut tokens: Vec<&str> = rest.split(form.separator).collect();
    told.key = Some(tokens.pop()?.strip_suffix('=')?.trim().to_owned());
    let later = after.strip_prefix(form.separator).map(|rest| rest.split(form.separator));
    if later.is_none() && !after.is_empty() {
        return None;
    }
    for token in tokens.into_iter().chain(later.into_iter().flatten()).filter(|token| !token.trim().is_empty()) {
        let (key, value) = token.split_once('=')?;
        told.pairs.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    (form.head.is_some() || !told.pairs.is_empty()).then_some(told)
}

/// The named groups of a match. `None` where one is percent-encoded: what it means is left to the program.
pub(super) fn named(regex: &Regex, found: &Captures<'_>) -> Option<BTreeMap<String, String>> {
    let groups = regex.capture_names().flatten().filter_map(|name| Some((name, found.name(name)?.as_str())));
    let groups = groups.filter(|(_, text)| !text.is_empty());
    groups.map(|(name, text)| (!text.contains('%')).then(|| (name.to_owned(), text.to_owned()))).collect()
}

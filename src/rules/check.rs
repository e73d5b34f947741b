//! What a rule must be like before it takes part: turns an entry of a file into a [`Rule`] or says what is wrong.

use super::file::{RuleEntry, StatusEntry, Structure, ValueEntry};
use super::{Allowlist, Matcher, Pattern, Provenance, Rule, Status, ValueClass};
use super::{compose, keyed};
use crate::model::{Confidence, Kind, Severity};

/// How a regex's text becomes a pattern: at once with its errors, or, for the built-in rules, when it is needed.
pub(super) type Parse = fn(&str) -> Result<Pattern, String>;

/// The way for rules of this provenance.
pub(super) fn parse_for(provenance: &Provenance) -> Parse {
    match provenance {
        Provenance::BuiltIn => |text| Ok(Pattern::deferred(text)),
        Provenance::File(_) => Pattern::new,
    }
}

/// Checks one entry; `stem` is the file's name without its extension, the default family.
/// `adds` says that the entry adds to a known rule, so that it may have no matcher of its own.
pub(super) fn rule(entry: RuleEntry, stem: &str, provenance: &Provenance, adds: bool) -> Result<Rule, String> {
    let built_in = *provenance == Provenance::BuiltIn;
    id(&entry.id, built_in)?;
    let parse = parse_for(provenance);
    let matcher = matcher(&entry, parse, adds)?;
    if built_in {
        complete(&entry)?;
    }
    let required = compose::required(&entry)?;
    let path = entry.path.as_deref().map(parse).transpose().map_err(|e| format!("path: {e}"))?;
    if !built_in && let Matcher::Regex(pattern, _) = &matcher {
        pattern.compile()?;
    }
    let allowlists = entry
        .allowlists
        .iter()
        .chain(&entry.allowlist)
        .map(|list| Allowlist::new(list, parse))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(name) = &entry.validator
        && !super::validators::is_known(name)
    {
        return Err(format!("validator {name:?} is unknown"));
    }
    let generic = entry.id.to_ascii_lowercase().contains("generic");
    Ok(Rule {
        family: entry.family.unwrap_or_else(|| stem.to_owned()),
        description: if entry.description.is_empty() { entry.id.clone() } else { entry.description },
        id: entry.id,
        kind: entry.kind.unwrap_or(Kind::Secret),
        severity: entry.severity.unwrap_or(Severity::High),
        confidence: entry.confidence.unwrap_or(Confidence::Medium),
        keywords: entry.keywords.iter().map(|word| word.to_ascii_lowercase()).collect(),
        matcher,
        entropy: entry.entropy,
        path,
        validator: entry.validator,
        value: match entry.value {
            ValueEntry::Specific => ValueClass::Specific,
            ValueEntry::Keyed => ValueClass::Keyed,
            ValueEntry::Hash => ValueClass::Hash,
        },
        specificity: entry.specificity.unwrap_or(match (entry.value, entry.structure) {
            // gitleaks lets rules that are called so yield to all others
            _ if !built_in && generic => 0,
            (ValueEntry::Specific | ValueEntry::Hash, _) => 100,
            (ValueEntry::Keyed, None | Some(Structure::Keyed)) => 50,
            (ValueEntry::Keyed, Some(Structure::KeyValue)) => 0,
        }),
        why: entry.why,
        fix: entry.fix,
        references: entry.references,
        since: entry.since,
        status: match entry.status {
            StatusEntry::Preview => Status::Preview,
            StatusEntry::Stable => Status::Stable,
            StatusEntry::Deprecated => Status::Deprecated,
        },
        examples: entry.examples,
        counter_examples: entry.counter_examples,
        tags: entry.tags,
        allowlists,
        required,
        hidden: entry.skip_report,
        provenance: provenance.clone(),
    })
}

fn id(id: &str, strict: bool) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = if strict {
        id.split('-').all(|part| !part.is_empty() && part.chars().all(plain))
    } else {
        !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c))
    };
    if good { Ok(()) } else { Err("the id must be lower-case words with hyphens".to_owned()) }
}

fn matcher(entry: &RuleEntry, parse: Parse, adds: bool) -> Result<Matcher, String> {
    if entry.structure != Some(Structure::Keyed)
        && (entry.key.is_some() || entry.provider.is_some() || entry.format.is_some())
    {
        return Err("key, provider and format belong to structure = \"keyed\"".to_owned());
    }
    match (&entry.regex, entry.structure) {
        (Some(text), None) => {
            let pattern = parse(text).map_err(|error| format!("regex: {error}"))?;
            if let Some(group) = entry.secret_group
                && group > pattern.groups()
            {
                return Err(format!("secretGroup {group} is past the regex's {} groups", pattern.groups()));
            }
            Ok(Matcher::Regex(pattern, entry.secret_group))
        }
        (None, Some(Structure::Keyed)) => {
            let text = keyed::regex(entry)?;
            let pattern = parse(&text).map_err(|error| format!("key, provider or format: {error}"))?;
            Ok(Matcher::Regex(pattern, Some(1)))
        }
        (None, Some(Structure::KeyValue)) => {
            if entry.keys.is_empty() {
                return Err("structure = \"key-value\" needs keys".to_owned());
            }
            let words = |key: &String| key.split_whitespace().map(str::to_ascii_lowercase).collect();
            Ok(Matcher::KeyValue(entry.keys.iter().map(words).collect()))
        }
        (Some(_), Some(_)) => Err("regex and structure exclude each other".to_owned()),
        (None, None) if entry.path.is_some() || adds => Ok(Matcher::Path),
        (None, None) => Err("it needs a regex, a path or a structure".to_owned()),
    }
}

/// What only the built-in rules must have.
fn complete(entry: &RuleEntry) -> Result<(), String> {
    let missing = |what: &str| Err(format!("a built-in rule needs {what}"));
    if entry.keywords.is_empty() || entry.keywords.iter().any(|word| word.len() < 2) {
        return missing("keywords of two characters or more");
    }
    if entry.keywords.iter().any(|word| word.chars().any(|c| c.is_ascii_uppercase())) {
        return missing("its keywords in lower case");
    }
    if entry.examples.is_empty() {
        return missing("examples");
    }
    if entry.why.is_empty() || entry.fix.is_empty() || entry.description.is_empty() {
        return missing("description, why and fix");
    }
    Ok(())
}

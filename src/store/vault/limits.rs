//! Secrets Manager's limits, enforced as strictly as AWS does.
//! Source: API reference (shapes) and user guide ("AWS Secrets Manager quotas"), see each function.

use std::collections::BTreeMap;

use super::api::{ApiError, Tag};
use super::data::StoredValue;

/// Largest value in bytes.
const VALUE_BYTES: usize = 65_536;
/// Tags on one secret.
const TAGS: usize = 50;
/// Stages over all versions of one secret.
pub(super) const STAGES: usize = 20;

/// `Name`: 1 to 512 of `A-Za-z0-9/_+=.@-`.
pub(super) fn name(name: &str) -> Result<(), ApiError> {
    if name.is_empty() || name.len() > 512 {
        return Err(ApiError::invalid("a secret's name has 1 to 512 characters"));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if !name.chars().all(allowed) {
        return Err(ApiError::invalid("a secret's name holds letters, digits and /_+=.@- only"));
    }
    Ok(())
}

/// `SecretId`: 1 to 2048 characters.
pub(super) fn id(id: &str) -> Result<(), ApiError> {
    if id.is_empty() || id.len() > 2048 {
        return Err(ApiError::validation("SecretId has 1 to 2048 characters"));
    }
    Ok(())
}

/// `ClientRequestToken`: 32 to 64 characters.
pub(super) fn token(token: &str) -> Result<(), ApiError> {
    if !(32..=64).contains(&token.chars().count()) {
        return Err(ApiError::invalid("ClientRequestToken has 32 to 64 characters"));
    }
    Ok(())
}

/// `Description`: up to 2048 characters.
pub(super) fn description(text: &str) -> Result<(), ApiError> {
    if text.chars().count() > 2048 {
        return Err(ApiError::validation("a description has at most 2048 characters"));
    }
    Ok(())
}

/// `SecretString`, `SecretBinary`: 1 to 65,536 bytes.
pub(super) fn value(value: &StoredValue) -> Result<(), ApiError> {
    match value.len() {
        0 => Err(ApiError::invalid("a secret's value has at least one byte")),
        1..=VALUE_BYTES => Ok(()),
        _ => Err(ApiError::validation("a secret's value has at most 65536 bytes")),
    }
}

/// `VersionStages`: 1 to 256 characters each.
pub(super) fn stages(stages: &[String]) -> Result<(), ApiError> {
    if stages.is_empty() || stages.len() > STAGES || stages.iter().any(|stage| stage.is_empty() || stage.len() > 256) {
        return Err(ApiError::invalid("a version has 1 to 20 stages of 1 to 256 characters"));
    }
    Ok(())
}

/// Tags: up to 50, keys 1 to 128, values up to 256, no `aws:` prefix, a fixed set of characters, no key twice.
pub(super) fn tags(tags: &[Tag]) -> Result<(), ApiError> {
    let mut keys = std::collections::BTreeSet::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.chars().count() > 128 || tag.value.chars().count() > 256 {
            return Err(ApiError::invalid("a tag's key has 1 to 128 characters, its value at most 256"));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(ApiError::invalid("tag keys that start with aws: are AWS's own"));
        }
        if !tag.key.chars().chain(tag.value.chars()).all(tag_character) {
            return Err(ApiError::invalid("tags hold letters, digits, spaces and _.:/=+-@ only"));
        }
        if !keys.insert(&tag.key) {
            return Err(ApiError::invalid("a tag key stands twice"));
        }
    }
    Ok(())
}

/// Up to 50 tags once `added` have joined `present`.
pub(super) fn tag_count(present: &BTreeMap<String, String>, added: &[Tag]) -> Result<(), ApiError> {
    let new = added.iter().filter(|tag| !present.contains_key(&tag.key)).count();
    if present.len() + new > TAGS {
        return Err(ApiError::new("LimitExceededException", "a secret has at most 50 tags"));
    }
    Ok(())
}

fn tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

//! Filters of `ListSecrets` and `BatchGetSecretValue`: values of one filter are alternatives, all filters must
//! hold, a leading `!` negates, and a value matches the beginning of what it is compared with.
//! Source: API reference, `Filter`.

use super::api::{ApiError, Filter};
use super::data::SecretRecord;

/// Refuses unknown keys and counts out of bounds.
pub(super) fn check(filters: &[Filter]) -> Result<(), ApiError> {
    let known = ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];
    if filters.len() > 10 || filters.iter().any(|f| f.values.is_empty() || f.values.len() > 10) {
        return Err(ApiError::validation("at most 10 filters with 1 to 10 values each"));
    }
    if filters.iter().any(|filter| !known.contains(&filter.key.as_str())) {
        return Err(ApiError::validation("unknown filter key"));
    }
    Ok(())
}

/// Whether the secret passes all filters.
pub(super) fn matches(secret: &SecretRecord, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        filter.values.iter().any(|value| match value.strip_prefix('!') {
            Some(value) => !one(secret, &filter.key, value),
            None => one(secret, &filter.key, value),
        })
    })
}

fn one(secret: &SecretRecord, key: &str, value: &str) -> bool {
    let description = secret.description.as_deref().unwrap_or_default();
    match key {
        "name" => secret.name.starts_with(value),
        "description" => words_match(description, value),
        "tag-key" => secret.tags.keys().any(|tag| tag.starts_with(value)),
        "tag-value" => secret.tags.values().any(|tag| tag.starts_with(value)),
        "all" => {
            words_match(&secret.name, value)
                || words_match(description, value)
                || secret.tags.iter().any(|(key, tag)| words_match(key, value) || words_match(tag, value))
        }
        // The vault has one region and no owning services.
        _ => false,
    }
}

/// Whether each word of `wanted` begins a word of `text`, letter case apart.
fn words_match(text: &str, wanted: &str) -> bool {
    let split = |c: char| !c.is_alphanumeric();
    let text = text.to_lowercase();
    let wanted = wanted.to_lowercase();
    wanted.split(split).filter(|w| !w.is_empty()).all(|w| text.split(split).any(|word| word.starts_with(w)))
}

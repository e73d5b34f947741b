//! What Secrets Manager would refuse or misread, said before anything is stored.
//!
//! Source: Secrets Manager API reference (`CreateSecret`) and user guide ("Quotas", "Tag secrets"). The
//! service model itself has no pattern for names, so neither the SDK nor an emulator would complain.

use std::collections::BTreeMap;

use crate::model::{Entry, Proposed};
use crate::settings::Naming;

/// Longest name, characters.
const MAX_NAME: usize = 512;
/// Largest value, bytes.
const MAX_VALUE: usize = 65_536;
/// Longest tag key, characters.
const MAX_TAG_KEY: usize = 128;
/// Longest tag value, characters.
const MAX_TAG_VALUE: usize = 256;
/// Most tags on one secret.
const MAX_TAGS: usize = 50;

/// Why a plan can't be carried out. Messages name the place, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Required tags are not configured.
    #[error("required tags are missing: {}", .0.join(", "))]
    MissingTags(Vec<String>),
    /// The name holds characters that the service refuses, or none.
    #[error(
        "{place}: the name \"{name}\" is not one that Secrets Manager takes: only letters, digits and /_+=.@- may stand in it"
    )]
    NameCharacters {
        /// `path:line`.
        place: String,
        /// As the template gave it.
        name: String,
    },
    /// The name is longer than the service takes.
    #[error("{place}: the name is {length} characters long; Secrets Manager takes at most {MAX_NAME}")]
    NameLength {
        /// `path:line`.
        place: String,
        /// Characters.
        length: usize,
    },
    /// The name ends like an ARN's random tail.
    #[error(
        "{place}: the name \"{name}\" ends in a hyphen and six characters, which AWS can't tell from the tail of an ARN"
    )]
    NameTail {
        /// `path:line`.
        place: String,
        /// The name.
        name: String,
    },
    /// The value is larger than the service takes.
    #[error("{place}: the value has {size} bytes; Secrets Manager takes at most {MAX_VALUE}")]
    ValueSize {
        /// `path:line`.
        place: String,
        /// Bytes.
        size: usize,
    },
    /// A tag that the service refuses.
    #[error("tag \"{key}\": {reason}")]
    Tag {
        /// The tag's key.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

impl PlanError {
    /// The step that helps.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::MissingTags(_) => "Set them with `--tag KEY=VALUE`, or under `[tags]` in .arnify.toml.",
            Self::NameCharacters { .. } | Self::NameLength { .. } | Self::NameTail { .. } => {
                "Change the template (`--name-template`, or `name-template` in .arnify.toml), `--env` or `--app`."
            }
            Self::ValueSize { .. } => {
                "Leave the file out with `--exclude`, or keep the value in Amazon S3 with encryption and store its key here."
            }
            Self::Tag { .. } => "Correct the tag under `[tags]` in .arnify.toml or after `--tag`.",
        }
    }
}

/// Checks all entries; errors come in entry order, those about tags once.
pub(super) fn check(entries: &[Entry<Proposed>], naming: &Naming) -> Vec<PlanError> {
    let mut errors = Vec::new();
    let missing: Vec<_> = naming.required_tags.iter().filter(|key| !naming.tags.contains_key(*key)).cloned().collect();
    if !missing.is_empty() && !entries.is_empty() {
        errors.push(PlanError::MissingTags(missing));
    }
    errors.extend(entries.first().map(|entry| check_tags(&entry.tags)).unwrap_or_default());
    errors.extend(entries.iter().flat_map(check_entry));
    errors
}

fn check_entry(entry: &Entry<Proposed>) -> Vec<PlanError> {
    let place = entry.places.first().map(|place| format!("{}:{}", place.path, place.region.line)).unwrap_or_default();
    let mut errors = Vec::new();
    let name = entry.name.clone();
    let length = name.chars().count();
    if length > MAX_NAME {
        errors.push(PlanError::NameLength { place: place.clone(), length });
    }
    if name.is_empty() || !name.chars().all(is_name_character) {
        errors.push(PlanError::NameCharacters { place: place.clone(), name });
    } else if ends_like_arn(&name) {
        errors.push(PlanError::NameTail { place: place.clone(), name });
    }
    if entry.size > MAX_VALUE {
        errors.push(PlanError::ValueSize { place, size: entry.size });
    }
    errors
}

fn is_name_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/_+=.@-".contains(letter)
}

/// Whether a name ends in a hyphen and six letters or digits.
pub(super) fn ends_like_arn(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, tail)| tail.len() == 6 && tail.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn check_tags(tags: &BTreeMap<String, String>) -> Vec<PlanError> {
    let mut errors = Vec::new();
    if tags.len() > MAX_TAGS {
        let reason = format!("there are {} tags; a secret takes at most {MAX_TAGS}", tags.len());
        errors.push(PlanError::Tag { key: tags.keys().next_back().cloned().unwrap_or_default(), reason });
    }
    for (key, value) in tags {
        let reason = match () {
            () if key.is_empty() => "the key is empty",
            () if key.chars().count() > MAX_TAG_KEY => "the key is longer than 128 characters",
            () if value.chars().count() > MAX_TAG_VALUE => "the value is longer than 256 characters",
            () if key.to_ascii_lowercase().starts_with("aws:") => "keys that begin with aws: are reserved",
            () if !key.chars().chain(value.chars()).all(is_tag_character) => {
                "only letters, digits, spaces and _.:/=+-@ may stand in keys and values"
            }
            () => continue,
        };
        errors.push(PlanError::Tag { key: key.clone(), reason: reason.to_owned() });
    }
    errors
}

/// Whether a character may stand in a tag's key or value.
pub(super) fn is_tag_character(letter: char) -> bool {
    letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter)
}

/// Makes any text fit for a tag's value: other characters become `_`, and it is cut at 256 characters.
pub(super) fn tag_value(text: &str) -> String {
    text.chars().take(MAX_TAG_VALUE).map(|letter| if is_tag_character(letter) { letter } else { '_' }).collect()
}

//! Descriptions and tags: what a person sees in the console without opening the secret.

use std::collections::BTreeMap;

use super::Context;
use super::group::Credential;
use super::limits::tag_value;
use crate::model::{Kind, Place};

/// Longest description, characters. Source: Secrets Manager API reference, `CreateSecret`.
const MAX_DESCRIPTION: usize = 2_048;
/// Places that a description names; the rest is counted.
const SHOWN_PLACES: usize = 3;

/// What it is, where it stood, who owns it, when. Holds no value: a description is written to `CloudTrail`.
pub(super) fn description(credential: &Credential<'_>, places: &[Place], context: &Context<'_>) -> String {
    let app = credential.app(context);
    let what = format!("{} of {app} ({}).", subject(credential, places), credential.env());
    let place = format!("Found in {}.", list_places(places));
    let owners = owner_list(places, context);
    let owner = if owners.is_empty() { String::new() } else { format!(" Owner: {}.", owners.join(", ")) };
    let day = context.now.get(..10).unwrap_or(&context.now);
    let text = format!("{what} {place}{owner} Stored by arnify on {day}, run {}.", context.run.0);
    text.chars().take(MAX_DESCRIPTION).collect()
}

/// A composite by its kind, another credential by its kind and key.
fn subject(credential: &Credential<'_>, places: &[Place]) -> String {
    if let Some(composite) = credential.composite() {
        let stem = composite.stem.join(" ");
        let of = if stem.is_empty() { String::new() } else { format!(" ({stem})") };
        return capital(&format!("{}{of}", composite.what()));
    }
    let kind = places.first().map_or(Kind::Secret, |place| place.kind);
    let key = credential.key().map(|key| format!(" {key}")).unwrap_or_default();
    format!("{}{key}", kind_words(kind))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn list_places(places: &[Place]) -> String {
    let shown: Vec<_> = places.iter().take(SHOWN_PLACES).map(|p| format!("{}:{}", p.path, p.region.line)).collect();
    match places.len().saturating_sub(SHOWN_PLACES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn owner_list(places: &[Place], context: &Context<'_>) -> Vec<String> {
    let mut owners: Vec<String> = Vec::new();
    for owner in places.iter().flat_map(|place| context.owners.of(&place.path)) {
        if !owners.contains(owner) {
            owners.push(owner.clone());
        }
    }
    owners
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Password => "Password",
        Kind::ApiKey => "API key",
        Kind::Token => "Token",
        Kind::PrivateKey => "Private key",
        Kind::Connection => "Connection string",
        Kind::Secret => "Secret",
    }
}

/// The configured tags and arnify's own three.
pub(super) fn tags(places: &[Place], context: &Context<'_>) -> BTreeMap<String, String> {
    let mut tags = context.naming.tags.clone();
    let first = places.first();
    tags.insert("arnify:rule".into(), first.map(|place| tag_value(&place.rule)).unwrap_or_default());
    tags.insert("arnify:run".into(), tag_value(&context.run.0));
    tags.insert("arnify:source".into(), first.map(|place| tag_value(&place.path)).unwrap_or_default());
    tags
}

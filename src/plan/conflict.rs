//! The same resource with different values: one of them may be out of date, or they are two resources that look alike.
//! Nobody but the people who run them can tell, so arnify asks and never guesses.

use std::collections::BTreeMap;

use super::Context;
use super::group::{Credential, Resource};
use crate::model::{Conflict, EntryId, HeldBack};

/// Credentials of one resource that hold different values, by number; each such set once, in order.
pub(super) fn find(credentials: &[Credential<'_>], context: &Context<'_>) -> Vec<Vec<usize>> {
    let mut by_resource: BTreeMap<(&str, &str, &Resource), Vec<usize>> = BTreeMap::new();
    for (number, credential) in credentials.iter().enumerate() {
        if let Some(resource) = credential.resource() {
            by_resource.entry((credential.env(), credential.app(context), resource)).or_default().push(number);
        }
    }
    let differ = |group: &Vec<usize>| {
        let mut members = group.iter().filter_map(|number| credentials.get(*number));
        let first = members.next();
        members.any(|other| first.is_some_and(|first| first.contradicts(other)))
    };
    let mut found: Vec<_> = by_resource.into_values().filter(differ).collect();
    found.sort_unstable();
    found
}

/// What the plan says of a set.
pub(super) fn describe(credentials: &[Credential<'_>], set: &[usize]) -> Conflict {
    let first = set.first().and_then(|number| credentials.get(*number)).and_then(Credential::composite);
    Conflict {
        what: first.map_or_else(String::new, |composite| composite.what().to_owned()),
        same: first
            .map_or_else(Vec::new, |composite| composite.resource_keys().into_iter().map(str::to_owned).collect()),
        entries: set.iter().copied().map(EntryId).collect(),
    }
}

/// The warning on each of a set that is stored apart.
pub(super) fn warning(set: usize) -> String {
    let others =
        if set == 2 { "another secret".to_owned() } else { format!("{} other secrets", set.saturating_sub(1)) };
    format!("{others} of the same resource holds another value: find out which one is in use.")
}

/// The places of a credential that stays as it is.
pub(super) fn hold_back(credential: &Credential<'_>) -> Vec<HeldBack> {
    let what = credential.composite().map_or("credential", |composite| composite.what());
    let reason = format!(
        "Left as it is: this {what} stands in several places with different values. Find out which one is in use, make them the same, and run again."
    );
    let places = credential.places();
    places
        .map(|place| HeldBack { path: place.path, region: place.region, rule: place.rule, reason: reason.clone() })
        .collect()
}

//! From findings to the secrets that would be stored: group, name, tag, describe, price.
//!
//! The stage is pure: it gets the located literals with their run-time values and what the command found
//! out about the tree (owners, application names, the time), and gives a [`Plan<Proposed>`] that holds no
//! value, with the values beside it. Everything that the service would refuse is refused here, before the
//! first call.

mod compose;
mod conflict;
mod describe;
mod group;
mod limits;
mod name;
mod origin;
mod owners;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use compose::{Kinds, KindsError};
pub use limits::PlanError;
pub use origin::{MANIFESTS, Origins};
pub use owners::{Owners, PLACES as CODEOWNERS};
pub use values::Values;

use crate::lang::{LocatedSite, NotRewritable};
use crate::model::{
    Applicability, Blob, Conflict, Cost, Entry, EntryId, HeldBack, Located, Place, Plan, Proposed, RunId,
};
use crate::settings::{Naming, OnConflict};
use group::Credential;

/// A finding with the literal that holds it.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The file.
    pub blob: &'a Blob,
    /// The finding.
    pub located: &'a Located,
    /// Its literal and run-time value, or why there is none.
    pub site: Result<LocatedSite, NotRewritable>,
    /// It stands in test code.
    pub in_tests: bool,
}

/// What the tree and the clock say.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// Names, tags, the environment.
    pub naming: &'a Naming,
    /// This run.
    pub run: RunId,
    /// The time, RFC 3339, UTC.
    pub now: String,
    /// CODEOWNERS of the tree.
    pub owners: Owners,
    /// Application names by folder.
    pub origins: Origins,
    /// The least that a rewrite must be to take part.
    pub least: Applicability,
    /// Files that can't be rewritten after all, by tree path, with the reason.
    pub refused: BTreeMap<String, String>,
    /// What credentials of several parts there are.
    pub kinds: &'a Kinds,
}

/// A plan and the values that it is about.
#[derive(Debug)]
pub struct Planned {
    /// Reviewable, serialisable, no value in it.
    pub plan: Plan<Proposed>,
    /// Entry number to value.
    pub values: Values,
}

/// Plans for `candidates`, which come in path and span order.
///
/// # Errors
/// All that the service would refuse or misread: names, tags, sizes; one error each, in entry order.
pub fn make<'a>(candidates: Vec<Candidate<'a>>, context: &Context<'a>) -> Result<Planned, Vec<PlanError>> {
    let (usable, mut held_back) = sort_out(candidates, context);
    let mut credentials = group::credentials(usable, context);
    let conflicts = settle_conflicts(&mut credentials, &mut held_back, context);
    let names = name::assign(&credentials, context);
    let shared = group::shared_values(&credentials);
    let mut entries = Vec::with_capacity(credentials.len());
    let mut values = Values::default();
    for (number, (credential, name)) in credentials.into_iter().zip(names).enumerate() {
        let id = EntryId(number);
        let twins = shared.get(&number).cloned().unwrap_or_default();
        entries.push(entry(id, name, &credential, (&twins, context)));
        values.push(credential.into_value());
    }
    let errors = limits::check(&entries, context.naming);
    if errors.is_empty() {
        let cost = price(&entries);
        let plan =
            Plan { v: 1, run: context.run.clone(), created: context.now.clone(), entries, conflicts, held_back, cost };
        Ok(Planned { plan, values })
    } else {
        Err(errors)
    }
}

/// Carries out what was decided about resources with different values; those that nobody has decided on are returned.
fn settle_conflicts(
    credentials: &mut Vec<Credential<'_>>,
    held_back: &mut Vec<HeldBack>,
    context: &Context<'_>,
) -> Vec<Conflict> {
    let sets = conflict::find(credentials, context);
    match context.naming.on_conflict {
        OnConflict::Ask => sets.iter().map(|set| conflict::describe(credentials, set)).collect(),
        OnConflict::Apart => {
            for set in &sets {
                for number in set {
                    if let Some(credential) = credentials.get_mut(*number) {
                        credential.warnings.push(conflict::warning(set.len()));
                    }
                }
            }
            Vec::new()
        }
        OnConflict::Leave => {
            let out: BTreeSet<usize> = sets.into_iter().flatten().collect();
            let all = std::mem::take(credentials).into_iter().enumerate();
            let (left, kept): (Vec<_>, Vec<_>) = all.partition(|(number, _)| out.contains(number));
            held_back.extend(left.iter().flat_map(|(_, credential)| conflict::hold_back(credential)));
            credentials.extend(kept.into_iter().map(|(_, credential)| credential));
            Vec::new()
        }
    }
}

/// Parts candidates that can be stored from those that are held back, with the reason.
fn sort_out<'a>(candidates: Vec<Candidate<'a>>, context: &Context<'_>) -> (Vec<group::Usable<'a>>, Vec<HeldBack>) {
    let mut usable = Vec::new();
    let mut held_back = Vec::new();
    for candidate in candidates {
        let reason = reason_to_hold_back(&candidate, context);
        let Candidate { blob, located, site, .. } = candidate;
        match (reason, site) {
            (None, Ok(found)) => usable.push(group::Usable { blob, located, found }),
            (reason, _) => held_back.push(HeldBack {
                path: blob.source.tree_path.clone(),
                region: located.finding.span,
                rule: located.finding.rule.clone(),
                reason: reason.unwrap_or_default(),
            }),
        }
    }
    (usable, held_back)
}

/// Why a finding is not stored, which it is only where its literal will be rewritten.
fn reason_to_hold_back(candidate: &Candidate<'_>, context: &Context<'_>) -> Option<String> {
    if candidate.in_tests && !context.naming.include_tests {
        return Some("It stands in test code. Add `--include-tests` to migrate it too.".to_owned());
    }
    let found = match &candidate.site {
        Ok(found) => found,
        Err(why) => return Some(why.reason.clone()),
    };
    let site = &found.site;
    if site.applicability == Applicability::Manual {
        return Some(site.step.clone().unwrap_or_else(|| site.title.clone()));
    }
    if site.applicability < context.least {
        let reason = "Its rewrite leaves a step to do, and only fixes that leave none were asked for (`--only safe`).";
        return Some(reason.to_owned());
    }
    if found.value.is_empty() {
        return Some("The value is empty, which Secrets Manager can't store.".to_owned());
    }
    context.refused.get(&candidate.blob.source.tree_path).cloned()
}

fn entry(
    id: EntryId,
    name: String,
    credential: &Credential<'_>,
    (twins, context): (&[usize], &Context<'_>),
) -> Entry<Proposed> {
    let places: Vec<Place> = credential.places().collect();
    let mut warnings = credential.warnings.clone();
    if !twins.is_empty() {
        warnings.push(format!(
            "The same value stands under {} other name{}: rotate them separately, and don't share one value between resources.",
            twins.len(),
            if twins.len() == 1 { "" } else { "s" }
        ));
    }
    Entry {
        id,
        description: describe::description(credential, &places, context),
        tags: describe::tags(&places, context),
        token: uuid::Uuid::new_v4().to_string(),
        kms_key_id: context.naming.kms_key_id.clone(),
        shape: credential.shape(),
        size: credential.size(),
        name,
        places,
        warnings,
        state: Proposed,
    }
}

/// Calls that storing one secret takes: describe, create, read back.
const CALLS_PER_SECRET: u64 = 3;

fn price(entries: &[Entry<Proposed>]) -> Cost {
    let secrets = entries.len() as u64;
    // 0.05 USD per 10,000 calls is 0.05 of our units (1/10,000 USD) a call.
    Cost { secrets, monthly: secrets * 4_000, run: (secrets * CALLS_PER_SECRET).div_ceil(20) }
}

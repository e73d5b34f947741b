//! Which places are the same credential.
//!
//! Equal bytes alone don't make one credential: two databases with the password `changeme` are two
//! resources, and rotating one must not break the other. A random token is another matter, for it stands
//! for itself wherever it is. So passwords are grouped by value, environment and key words, tokens and keys by value and
//! environment; equal values that stay apart get a warning.

use std::collections::BTreeMap;

use super::Context;
use super::compose::{Composite, PASSWORD};
use super::origin::environment_of;
use super::words::words;
use crate::lang::LocatedSite;
use crate::model::{Blob, Kind, Located, Place, Span, ValueShape};
use crate::secret::SecretValue;

/// A finding that can be stored and rewritten.
#[derive(Debug)]
pub(super) struct Usable<'a> {
    pub(super) blob: &'a Blob,
    pub(super) located: &'a Located,
    pub(super) found: LocatedSite,
}

impl Usable<'_> {
    /// The key as the language sees it, else as the rule saw it.
    pub(super) fn key(&self) -> Option<&str> {
        self.found.site.key.as_deref().or(self.located.key.as_deref())
    }

    fn tree_path(&self) -> &str {
        &self.blob.source.tree_path
    }
}

/// One value with all the places where it stands.
#[derive(Debug)]
pub(super) struct Credential<'a> {
    members: Vec<Usable<'a>>,
    composite: Option<Composite>,
    value: SecretValue,
    env: String,
    pub(super) warnings: Vec<String>,
}

impl Credential<'_> {
    pub(super) fn shape(&self) -> ValueShape {
        self.composite.as_ref().map_or(ValueShape::Plain, |composite| ValueShape::Json { keys: composite.keys() })
    }

    pub(super) fn size(&self) -> usize {
        self.value.len()
    }

    pub(super) fn into_value(self) -> SecretValue {
        self.value
    }

    pub(super) fn composite(&self) -> Option<&Composite> {
        self.composite.as_ref()
    }

    /// Key of the first place.
    pub(super) fn key(&self) -> Option<&str> {
        self.members.first().and_then(Usable::key)
    }

    /// Path of the first place.
    pub(super) fn path(&self) -> &str {
        self.members.first().map_or("", |member| member.tree_path())
    }

    /// Rule of the first place.
    pub(super) fn rule(&self) -> &str {
        self.members.first().map_or("", |member| member.located.finding.rule.as_str())
    }

    pub(super) fn env(&self) -> &str {
        &self.env
    }

    pub(super) fn app<'c>(&self, context: &'c Context<'_>) -> &'c str {
        context.naming.app.as_deref().unwrap_or_else(|| context.origins.app_of(self.path()).0)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let key = self.composite.is_some().then(|| PASSWORD.to_owned());
        self.members.iter().map(move |member| {
            let finding = &member.located.finding;
            Place {
                path: member.tree_path().to_owned(),
                region: finding.span,
                rule: finding.rule.clone(),
                kind: finding.kind,
                confidence: finding.confidence,
                fingerprint: finding.fingerprint.clone(),
                key: key.clone(),
                site: member.found.site.clone(),
            }
        })
    }
}

/// What makes two places the same credential.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    digest: [u8; 32],
    env: String,
    /// Key words, for values that people choose.
    words: Vec<String>,
    /// Host of a composite: the same password on two hosts is two resources.
    host: Option<String>,
}

/// Groups findings into credentials, in the order of their first places.
pub(super) fn credentials<'a>(usable: Vec<Usable<'a>>, context: &Context<'_>) -> Vec<Credential<'a>> {
    let run_key = run_key();
    let mut index: BTreeMap<Identity, usize> = BTreeMap::new();
    // Two findings in one literal are replaced by one reference, whatever their rules call them.
    let mut literals: BTreeMap<(String, Span), usize> = BTreeMap::new();
    let mut groups: Vec<(Vec<Usable<'a>>, Option<Composite>, String)> = Vec::new();
    for member in usable {
        let composite = Composite::of(&member);
        let env = environment(&member, context);
        let identity = identity(&member, composite.as_ref(), &env, &run_key);
        let literal = (member.tree_path().to_owned(), member.found.site.replace);
        let at = literals.get(&literal).copied().unwrap_or_else(|| {
            *index.entry(identity).or_insert_with(|| {
                groups.push((Vec::new(), composite, env));
                groups.len() - 1
            })
        });
        literals.insert(literal, at);
        if let Some((members, ..)) = groups.get_mut(at) {
            members.push(member);
        }
    }
    groups.into_iter().filter_map(|(members, composite, env)| build(members, composite, env)).collect()
}

fn build(mut members: Vec<Usable<'_>>, composite: Option<Composite>, env: String) -> Option<Credential<'_>> {
    let first = members.first_mut()?;
    let own = std::mem::replace(&mut first.found.value, SecretValue::new(Vec::new()));
    let mut warnings = Vec::new();
    let value = match &composite {
        Some(parts) => {
            if !parts.has_engine() {
                warnings.push(
                    "The database engine isn't known: add \"engine\" to the JSON before you turn on rotation."
                        .to_owned(),
                );
            }
            parts.seal(&own)
        }
        None => own,
    };
    Some(Credential { members, composite, value, env, warnings })
}

fn identity(member: &Usable<'_>, composite: Option<&Composite>, env: &str, run_key: &[u8]) -> Identity {
    let finding = &member.located.finding;
    let chosen_by_people = matches!(finding.kind, Kind::Password | Kind::Secret | Kind::Connection);
    Identity {
        digest: member.found.value.keyed_digest(run_key),
        env: env.to_owned(),
        words: if chosen_by_people { words(member.key().unwrap_or(&finding.rule)) } else { Vec::new() },
        host: composite.map(|parts| parts.host.clone()),
    }
}

fn environment(member: &Usable<'_>, context: &Context<'_>) -> String {
    let naming = context.naming;
    let told = naming.env.as_deref().or_else(|| environment_of(member.tree_path())).or(naming.default_env.as_deref());
    told.unwrap_or("dev").to_owned()
}

/// A random key, so that digests of values mean nothing outside this call.
fn run_key() -> Vec<u8> {
    [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].iter().flat_map(|id| *id.as_bytes()).collect()
}

/// For each credential whose value occurs in others: the numbers of those.
pub(super) fn shared_values(credentials: &[Credential<'_>]) -> BTreeMap<usize, Vec<usize>> {
    let key = run_key();
    let mut by_digest: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    for (number, credential) in credentials.iter().enumerate() {
        by_digest.entry(credential.value.keyed_digest(&key)).or_default().push(number);
    }
    let groups = by_digest.into_values().filter(|group| group.len() > 1);
    groups
        .flat_map(|group| {
            group.clone().into_iter().map(move |me| (me, group.iter().copied().filter(|other| *other != me).collect()))
        })
        .collect()
}

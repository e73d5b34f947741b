//! Which places are the same credential.
//!
//! Equal bytes alone don't make one credential: two databases with the password `changeme` are two
//! resources, and rotating one must not break the other. A random token is another matter, for it stands
//! for itself wherever it is. So a credential of several parts is grouped by what tells its resource (host and user, key
//! id), a password by value, environment and key words, tokens and keys by value and environment; equal values that stay
//! apart get a warning.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::compose::{Composite, Field, composites};
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

impl<'a> Usable<'a> {
    /// The key as the language sees it, else as the rule saw it.
    pub(super) fn key(&self) -> Option<&str> {
        self.found.site.key.as_deref().or(self.located.key.as_deref())
    }

    /// Whether its value can be a part of a JSON text.
    pub(super) fn is_text(&self) -> bool {
        self.found.value.with_bytes(|bytes| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0))
    }

    /// The text before and after the value, on its line, where it is a part of a longer one.
    pub(super) fn text_around(&self) -> Option<(&'a str, &'a str)> {
        let text = self.found.text?;
        let value = self.located.value;
        let line =
            self.blob.lines().line_span(&self.blob.bytes, self.blob.lines().line_of(&self.blob.bytes, value.start))?;
        let before = Span::new(text.start.max(line.start), value.start).of(&self.blob.bytes);
        let after = Span::new(value.end, text.end.min(line.end).max(value.end)).of(&self.blob.bytes);
        Some((std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?))
    }

    fn tree_path(&self) -> &str {
        &self.blob.source.tree_path
    }

    /// The literal that it stands in.
    fn literal(&self) -> (&str, Span) {
        (self.tree_path(), self.found.site.replace)
    }
}

/// A finding with its number and the key of the JSON secret that it reads.
#[derive(Debug)]
struct Member<'a> {
    number: usize,
    usable: Usable<'a>,
    key: Option<String>,
}

/// One value with all the places where it stands.
#[derive(Debug)]
pub(super) struct Credential<'a> {
    /// In the findings' order.
    members: Vec<Member<'a>>,
    composite: Option<Composite<'a>>,
    value: SecretValue,
    env: String,
    /// What it is the credential of, where that is known.
    resource: Option<Resource>,
    /// Digests of the findings' values, with the JSON keys that they have.
    digests: BTreeMap<Option<String>, Digest>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Credential<'a> {
    pub(super) fn shape(&self) -> ValueShape {
        self.composite.as_ref().map_or(ValueShape::Plain, |composite| ValueShape::Json {
            what: Some(composite.what().to_owned()),
            keys: composite.keys(),
        })
    }

    pub(super) fn size(&self) -> usize {
        self.value.len()
    }

    pub(super) fn into_value(self) -> SecretValue {
        self.value
    }

    pub(super) fn composite(&self) -> Option<&Composite<'a>> {
        self.composite.as_ref()
    }

    fn first(&self) -> Option<&Usable<'a>> {
        self.members.first().map(|member| &member.usable)
    }

    /// Key of the first place.
    pub(super) fn key(&self) -> Option<&str> {
        self.first().and_then(Usable::key)
    }

    /// Path of the first place.
    pub(super) fn path(&self) -> &str {
        self.first().map_or("", Usable::tree_path)
    }

    /// Rule of the first place.
    pub(super) fn rule(&self) -> &str {
        self.first().map_or("", |usable| usable.located.finding.rule.as_str())
    }

    pub(super) fn env(&self) -> &str {
        &self.env
    }

    pub(super) fn app<'c>(&self, context: &'c Context<'_>) -> &'c str {
        context.naming.app.as_deref().unwrap_or_else(|| context.origins.app_of(self.path()).0)
    }

    /// What it is the credential of, where that is known.
    pub(super) fn resource(&self) -> Option<&Resource> {
        self.resource.as_ref()
    }

    /// Whether a part that both have differs.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        self.digests.iter().any(|(key, digest)| other.digests.get(key).is_some_and(|theirs| theirs != digest))
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.members.iter().map(|Member { usable, key, .. }| {
            let finding = &usable.located.finding;
            Place {
                path: usable.tree_path().to_owned(),
                region: finding.span,
                rule: finding.rule.clone(),
                kind: finding.kind,
                confidence: finding.confidence,
                fingerprint: finding.fingerprint.clone(),
                key: key.clone(),
                site: usable.found.site.clone(),
            }
        })
    }
}

/// What makes two places the same credential.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    env: String,
    /// Digest of the value, or of each secret part.
    digests: Vec<Digest>,
    /// Key words, for values that people choose and whose resource isn't known.
    words: Vec<String>,
    /// The same password on two hosts is two resources.
    resource: Option<Resource>,
}

/// What a credential of several parts is the credential of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Resource {
    /// Id of the composite's kind.
    kind: String,
    /// JSON keys and what stands under them.
    parts: Vec<(String, Option<Told>)>,
}

/// A part, as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Text(String),
    Digest(Digest),
}

type Digest = [u8; 32];

/// Findings that are one credential, before their values are put together.
struct Group<'k> {
    /// Finding numbers with the JSON key that each reads.
    members: Vec<(usize, Option<String>)>,
    composite: Option<Composite<'k>>,
    env: String,
}

/// Groups findings into credentials, in the order of their first places.
pub(super) fn credentials<'a>(usable: Vec<Usable<'a>>, context: &Context<'a>) -> Vec<Credential<'a>> {
    let digests = Digests::of(&usable);
    let leaders = leaders(&usable);
    let leads: Vec<bool> = leaders.iter().enumerate().map(|(number, leader)| number == *leader).collect();
    let groups = grouped(&usable, (&leads, &digests), context);
    let groups = joined(groups, &usable, &digests);
    let mut groups = with_followers(groups, &leaders);
    groups.sort_by_key(|group| group.members.first().map(|(number, _)| *number));
    let mut usable: Vec<Option<Usable<'a>>> = usable.into_iter().map(Some).collect();
    groups.into_iter().filter_map(|group| build(group, &mut usable, &digests)).collect()
}

/// For each finding the first one in the same literal: the two are replaced by one reference, whatever their rules call
/// them.
fn leaders(usable: &[Usable<'_>]) -> Vec<usize> {
    let mut first: BTreeMap<(&str, Span), usize> = BTreeMap::new();
    usable.iter().enumerate().map(|(number, one)| *first.entry(one.literal()).or_insert(number)).collect()
}

/// Keyed digests of all values.
struct Digests(Vec<Digest>);

impl Digests {
    fn of(usable: &[Usable<'_>]) -> Self {
        let key = run_key();
        Self(usable.iter().map(|one| one.found.value.keyed_digest(&key)).collect())
    }

    fn get(&self, number: usize) -> Digest {
        self.0.get(number).copied().unwrap_or_default()
    }
}

/// Composites and single findings, those of one identity together.
fn grouped<'k>(usable: &[Usable<'_>], (leads, digests): (&[bool], &Digests), context: &Context<'k>) -> Vec<Group<'k>> {
    let composites = composites(context.kinds, usable, leads);
    let mut held: BTreeMap<usize, Composite<'k>> = BTreeMap::new();
    let mut inside: Vec<bool> = leads.iter().map(|leads| !leads).collect();
    for composite in composites {
        let numbers: Vec<usize> = composite.findings().map(|(number, _)| number).collect();
        for number in &numbers {
            if let Some(slot) = inside.get_mut(*number) {
                *slot = true;
            }
        }
        if let Some(first) = numbers.into_iter().min() {
            held.insert(first, composite);
        }
    }
    let mut index: BTreeMap<Identity, Vec<usize>> = BTreeMap::new();
    let mut groups: Vec<Group<'k>> = Vec::new();
    for (number, one) in usable.iter().enumerate() {
        let composite = held.remove(&number);
        if composite.is_none() && inside.get(number) == Some(&true) {
            continue;
        }
        let members = match &composite {
            Some(composite) => composite.findings().map(|(number, key)| (number, Some(key.to_owned()))).collect(),
            None => vec![(number, None)],
        };
        let env = environment(one, context);
        let identity = identity((number, one), composite.as_ref(), &env, digests);
        let same = index.entry(identity).or_default();
        let merges = |group: &mut Group<'k>| match (&mut group.composite, &composite) {
            (Some(own), Some(other)) => own.merge(other),
            _ => true,
        };
        let home = same.iter().copied().find(|at| groups.get_mut(*at).is_some_and(merges));
        if let Some(group) = home.and_then(|at| groups.get_mut(at)) {
            group.members.extend(members);
        } else {
            same.push(groups.len());
            groups.push(Group { members, composite, env });
        }
    }
    groups
}

/// A finding that stands alone is the secret part of a composite if value, environment and key words say so, and no
/// second composite lays claim to it.
fn joined<'k>(groups: Vec<Group<'k>>, usable: &[Usable<'_>], digests: &Digests) -> Vec<Group<'k>> {
    let claim = |number: usize, env: &str| {
        let words = usable.get(number).map(key_words).unwrap_or_default();
        (digests.get(number), env.to_owned(), words)
    };
    let (mut whole, single): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.composite.is_some());
    let mut claims: BTreeMap<_, Vec<(usize, Option<String>)>> = BTreeMap::new();
    for (at, group) in whole.iter().enumerate() {
        for (number, key) in &group.members {
            let claimed = claims.entry(claim(*number, &group.env)).or_default();
            if !claimed.iter().any(|(other, _)| *other == at) {
                claimed.push((at, key.clone()));
            }
        }
    }
    for group in single {
        let first = group.members.first().map_or(0, |(number, _)| *number);
        let known = claims.get(&claim(first, &group.env)).map(Vec::as_slice);
        let home = match known {
            Some([(at, key)]) => whole.get_mut(*at).map(|home| (home, key)),
            _ => None,
        };
        match home {
            Some((home, key)) => {
                home.members.extend(group.members.into_iter().map(|(number, _)| (number, key.clone())));
            }
            None => whole.push(group),
        }
    }
    whole
}

/// Adds the findings that share a literal with one that leads, and puts members in order.
fn with_followers<'k>(mut groups: Vec<Group<'k>>, leaders: &[usize]) -> Vec<Group<'k>> {
    for group in &mut groups {
        let mut all = Vec::new();
        for (number, key) in &group.members {
            let same = leaders.iter().enumerate().filter(|(_, leader)| *leader == number);
            all.extend(same.map(|(follower, _)| (follower, key.clone())));
        }
        all.sort_unstable_by_key(|(number, _)| *number);
        group.members = all;
    }
    groups
}

fn build<'a>(group: Group<'a>, usable: &mut [Option<Usable<'a>>], digests: &Digests) -> Option<Credential<'a>> {
    let Group { members, composite, env } = group;
    let resource = composite.as_ref().and_then(|composite| resource_of(composite, digests));
    let digests = members.iter().map(|(number, key)| (key.clone(), digests.get(*number))).collect();
    let mut members: Vec<Member<'a>> = members
        .into_iter()
        .filter_map(|(number, key)| Some(Member { number, usable: usable.get_mut(number)?.take()?, key }))
        .collect();
    let value = match &composite {
        Some(composite) => {
            let values = members.iter().map(|member| (member.number, &member.usable.found.value)).collect();
            composite.seal(&values)
        }
        None => std::mem::replace(&mut members.first_mut()?.usable.found.value, SecretValue::new(Vec::new())),
    };
    let warnings = composite.as_ref().map(Composite::warnings).unwrap_or_default();
    Some(Credential { members, composite, value, env, resource, digests, warnings })
}

fn identity(
    (number, member): (usize, &Usable<'_>),
    composite: Option<&Composite<'_>>,
    env: &str,
    digests: &Digests,
) -> Identity {
    let env = env.to_owned();
    let Some(composite) = composite else {
        return Identity { env, digests: vec![digests.get(number)], words: key_words(member), resource: None };
    };
    let mut secrets: Vec<_> = composite.findings().collect();
    secrets.sort_unstable_by_key(|(_, key)| *key);
    let digests_of = secrets.iter().map(|(number, _)| digests.get(*number)).collect();
    let all = || Resource {
        kind: composite.id().to_owned(),
        parts: composite.fields.iter().map(|(key, field)| ((*key).to_owned(), Some(tell(field, digests)))).collect(),
    };
    let (resource, words) = match resource_of(composite, digests) {
        Some(resource) => (resource, Vec::new()),
        None => (all(), composite.stem.clone()),
    };
    Identity { env, digests: digests_of, words, resource: Some(resource) }
}

/// The key words of a value that people choose; a random one stands for itself.
fn key_words(member: &Usable<'_>) -> Vec<String> {
    let finding = &member.located.finding;
    let chosen_by_people = matches!(finding.kind, Kind::Password | Kind::Secret | Kind::Connection);
    if chosen_by_people { words(member.key().unwrap_or(&finding.rule)) } else { Vec::new() }
}

fn resource_of(composite: &Composite<'_>, digests: &Digests) -> Option<Resource> {
    let parts = composite.resource()?.into_iter();
    let parts = parts.map(|(key, field)| (key.to_owned(), field.map(|field| tell(field, digests))));
    Some(Resource { kind: composite.id().to_owned(), parts: parts.collect() })
}

fn tell(field: &Field, digests: &Digests) -> Told {
    match field {
        Field::Text(text) => Told::Text(text.clone()),
        Field::Finding(number) => Told::Digest(digests.get(*number)),
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

/// For each credential whose secret parts occur in others: the numbers of those.
pub(super) fn shared_values(credentials: &[Credential<'_>]) -> BTreeMap<usize, Vec<usize>> {
    let mut by_digest: BTreeMap<Digest, BTreeSet<usize>> = BTreeMap::new();
    for (number, credential) in credentials.iter().enumerate() {
        for digest in credential.digests.values() {
            by_digest.entry(*digest).or_default().insert(number);
        }
    }
    let mut shared: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for group in by_digest.into_values().filter(|group| group.len() > 1) {
        for me in &group {
            shared.entry(*me).or_default().extend(group.iter().filter(|other| *other != me));
        }
    }
    shared.into_iter().map(|(me, others)| (me, others.into_iter().collect())).collect()
}

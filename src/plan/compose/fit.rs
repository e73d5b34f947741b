//! Finds which findings and which configuration beside them are the parts of one credential.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{FormsToml, KindToml, Kinds, PartToml};
use super::text::{Told, named, told};
use super::{Composite, Field};
use crate::model::Neighbour;
use crate::plan::group::Usable;
use crate::plan::words::words;

/// All composites among `usable`, each finding in one at most. `leads` tells which findings may take part: of two in
/// one literal only the first does.
pub(in crate::plan) fn composites<'k>(kinds: &'k Kinds, usable: &[Usable<'_>], leads: &[bool]) -> Vec<Composite<'k>> {
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for at in 0..usable.len() {
        if taken.contains(&at) || leads.get(at) != Some(&true) {
            continue;
        }
        let Some(scene) =
            Scene::of(&kinds.forms, usable, at, &|other| !taken.contains(&other) && leads.get(other) == Some(&true))
        else {
            continue;
        };
        let fits = kinds.kinds.iter().filter_map(|kind| scene.fit(kind));
        let mut best: Option<Composite<'k>> = None;
        for fit in fits {
            let rank = |one: &Composite<'_>| (one.fields.len(), one.kind.specificity);
            if best.as_ref().is_none_or(|other| rank(&fit) > rank(other)) {
                best = Some(fit);
            }
        }
        if let Some(composite) = best {
            taken.extend(composite.findings().map(|(number, _)| number));
            found.push(composite);
        }
    }
    found
}

/// A finding with what stands round it.
struct Scene<'u> {
    at: usize,
    member: &'u Usable<'u>,
    key: Option<&'u str>,
    beside: Vec<Beside<'u>>,
    /// The finding is a part of a text, which says the other parts.
    told: Option<Told>,
}

/// A key beside the finding.
struct Beside<'u> {
    neighbour: &'u Neighbour,
    /// The finding that it holds, with its number.
    finding: Option<(usize, &'u Usable<'u>)>,
    distance: usize,
}

/// The part that a key plays, and the rest of the key's words.
struct Role<'k> {
    part: &'k PartToml,
    stem: Vec<String>,
    /// Says enough without words that it shares with another key.
    telling: bool,
}

impl<'u> Scene<'u> {
    fn of(forms: &FormsToml, usable: &'u [Usable<'u>], at: usize, free: &dyn Fn(usize) -> bool) -> Option<Self> {
        let member = usable.get(at)?;
        if !member.is_text() {
            return None;
        }
        let told = match member.text_around() {
            Some((before, after)) => Some(told(forms, before, after)?),
            None => None,
        };
        let here = member.located.value.start;
        let beside = member.found.neighbours.iter().filter(|_| told.is_none()).filter_map(|neighbour| {
            let holds = |(_, other): &(usize, &'u Usable<'u>)| {
                std::ptr::eq(other.blob, member.blob) && neighbour.span.overlaps(other.located.value)
            };
            let finding = usable.iter().enumerate().find(holds);
            let usable_one =
                finding.filter(|(number, other)| free(*number) && other.is_text() && other.text_around().is_none());
            // A finding that stays as it is, or belongs elsewhere, is no part of this one.
            if neighbour.value.is_none() && usable_one.is_none() {
                return None;
            }
            Some(Beside { neighbour, finding: usable_one, distance: neighbour.span.start.abs_diff(here) })
        });
        Some(Self { at, member, key: member.key(), beside: beside.collect(), told })
    }

    /// The finding and what stands round it as a credential of this kind.
    fn fit<'k>(&self, kind: &'k KindToml) -> Option<Composite<'k>> {
        let mut parts = Parts { kind, fields: BTreeMap::new(), keys: Vec::new() };
        let stem = match &self.told {
            Some(told) => self.fit_text(told, &mut parts)?,
            None => self.fit_neighbours(&mut parts)?,
        };
        parts.finish(stem)
    }

    fn fit_text(&self, told: &Told, parts: &mut Parts<'_>) -> Option<Vec<String>> {
        let kind = parts.kind;
        let part = match (&told.part, &told.key) {
            (Some(part), _) => kind.part(part)?,
            (None, Some(key)) => role(kind, key, Some(self.member))?.part,
            (None, None) => return None,
        };
        if !part.secret || !accepts(part, self.member) {
            return None;
        }
        parts.fields.insert(&part.key, Field::Finding(self.at));
        parts.keys.extend(self.key.map(str::to_owned));
        for (key, value) in &told.pairs {
            parts.keys.push(key.clone());
            if let Some(role) = role(kind, key, None).filter(|role| role.stem.is_empty()) {
                parts.put(role.part, value);
            }
        }
        for (name, value) in &told.parts {
            let Some(part) = kind.part(name) else { continue };
            // A text that names another engine than the kind knows is of another kind.
            if !part.means.is_empty() && meaning(&part.means, value).is_none() {
                return None;
            }
            parts.put(part, value);
        }
        let mut stem = words(self.key.unwrap_or_default());
        let address = |word: &String| TEXT_WORDS.contains(&word.as_str());
        while stem.last().is_some_and(address) {
            stem.pop();
        }
        Some(stem)
    }

    fn fit_neighbours<'k>(&self, parts: &mut Parts<'k>) -> Option<Vec<String>> {
        let kind = parts.kind;
        let own = role(kind, self.key?, Some(self.member)).filter(|own| own.part.stored)?;
        parts.fields.insert(&own.part.key, Field::Finding(self.at));
        parts.keys.push(self.key?.to_owned());
        let mut others: Vec<(&Beside<'u>, Role<'k>)> = Vec::new();
        for beside in &self.beside {
            let finding = beside.finding.map(|(_, finding)| finding);
            others.extend(role(kind, &beside.neighbour.key, finding).map(|role| (beside, role)));
        }
        others.sort_by_key(|(beside, _)| beside.distance);
        let rivals = others.iter().any(|(_, role)| role.part.key == own.part.key);
        for part in kind.part.iter().filter(|part| part.key != own.part.key) {
            let holders = || others.iter().filter(|(_, role)| role.part.key == part.key);
            let akin = holders().find(|(beside, role)| is_akin(&own, role, beside.neighbour.by_name));
            // In a mapping or call of one resource the keys need not begin alike.
            let lone = || holders().find(|(beside, _)| !beside.neighbour.by_name && !rivals && holders().count() == 1);
            let Some((beside, _)) = akin.or_else(lone) else { continue };
            parts.keys.push(beside.neighbour.key.clone());
            match (&beside.finding, &beside.neighbour.value) {
                (Some((number, _)), _) => {
                    parts.fields.insert(&part.key, Field::Finding(*number));
                }
                (None, Some(value)) if !part.secret => parts.put(part, value),
                (None, _) => {}
            }
        }
        Some(own.stem)
    }
}

/// Words that end the name of a connection string.
const TEXT_WORDS: [&str; 9] =
    ["url", "uri", "dsn", "connection", "string", "connectionstring", "conn", "connstr", "jdbc"];

/// Whether two keys belong to one resource by their names.
fn is_akin(own: &Role<'_>, other: &Role<'_>, by_name: bool) -> bool {
    own.stem == other.stem && (!by_name || !own.stem.is_empty() || (own.telling && other.telling))
}

/// The part that `key` plays: the one with the most words, else the one that the finding's rule names.
fn role<'k>(kind: &'k KindToml, key: &str, finding: Option<&Usable<'_>>) -> Option<Role<'k>> {
    let words = words(key);
    let by_rule = finding.and_then(|finding| {
        let rule = &finding.located.finding.rule;
        kind.part.iter().find(|part| part.rules.contains(rule))
    });
    let fits = |part: &&PartToml| match finding {
        Some(finding) => accepts(part, finding),
        None => !part.secret,
    };
    let longest = |part: &PartToml| part.keys.iter().filter_map(|ending| tail(&words, ending)).max();
    if let Some(part) = by_rule {
        let any = kind.part.iter().filter_map(longest).max().unwrap_or(1).min(words.len());
        return Some(Role { part, stem: head(&words, any), telling: any > 1 });
    }
    let mut best: Option<(usize, &'k PartToml)> = None;
    for part in kind.part.iter().filter(fits) {
        let whole = |list: &[String]| list.iter().any(|name| tail(&words, name) == Some(words.len()));
        if whole(&part.telling) {
            return Some(Role { part, stem: Vec::new(), telling: true });
        }
        let length = longest(part).or_else(|| whole(&part.alone).then_some(words.len()));
        if let Some(length) = length
            && best.is_none_or(|(other, _)| length > other)
        {
            best = Some((length, part));
        }
    }
    best.map(|(length, part)| Role { part, stem: head(&words, length), telling: length > 1 })
}

/// Whether a finding of this kind may be the part by its key.
fn accepts(part: &PartToml, finding: &Usable<'_>) -> bool {
    let finding = &finding.located.finding;
    part.kinds.is_empty() || part.kinds.contains(&finding.kind) || part.rules.contains(&finding.rule)
}

/// How many words of `ending` are the part's own, if `words` end in it: those in brackets belong to the stem.
fn tail(words: &[String], ending: &str) -> Option<usize> {
    let bare = |word: &str| word.trim_matches(['(', ')']).to_owned();
    let from = words.len().checked_sub(ending.split(' ').count())?;
    let fits = words.get(from..)?.iter().cloned().eq(ending.split(' ').map(bare));
    fits.then(|| ending.split(' ').filter(|word| !word.starts_with('(')).count())
}

fn head(words: &[String], tail: usize) -> Vec<String> {
    words.get(..words.len().saturating_sub(tail)).unwrap_or_default().to_vec()
}

/// The parts that were found so far.
struct Parts<'k> {
    kind: &'k KindToml,
    fields: BTreeMap<&'k str, Field>,
    /// The keys that they stood under.
    keys: Vec<String>,
}

impl<'k> Parts<'k> {
    /// Takes in the value of a part, if it looks like one; its pattern's groups are parts too.
    fn put(&mut self, part: &'k PartToml, value: &str) {
        if !is_concrete(value) {
            return;
        }
        let Some(pattern) = &part.pattern else { return self.set(part, value) };
        let Some(groups) = pattern.captures(value).and_then(|found| named(pattern, &found)) else { return };
        if groups.is_empty() {
            return self.set(part, value);
        }
        for (name, text) in &groups {
            if let Some(part) = self.kind.part(name) {
                self.set(part, text);
            }
        }
    }

    fn set(&mut self, part: &'k PartToml, value: &str) {
        let value = if part.means.is_empty() { Some(value.to_owned()) } else { meaning(&part.means, value) };
        if let Some(value) = value.filter(|_| part.stored && !part.secret) {
            self.fields.entry(&part.key).or_insert(Field::Text(value));
        }
    }

    /// Fills what keys and ports tell, and checks that all is there.
    fn finish(mut self, stem: Vec<String>) -> Option<Composite<'k>> {
        let port = match self.fields.get("port") {
            Some(Field::Text(port)) => Some(port.clone()),
            _ => None,
        };
        for part in self.kind.part.iter().filter(|part| part.stored && !part.secret) {
            let by_key = || self.keys.iter().find_map(|key| meaning(&part.by_key, key));
            let by_port =
                || part.by_port.iter().find(|(number, _)| port.as_ref() == Some(number)).map(|(_, told)| told.clone());
            if !self.fields.contains_key(part.key.as_str())
                && let Some(value) = by_key().or_else(by_port)
            {
                self.fields.insert(&part.key, Field::Text(value));
            }
        }
        let has = |key: &str| self.fields.contains_key(key);
        let complete = self.kind.part.iter().filter(|part| part.required).all(|part| has(&part.key))
            && (self.kind.any.is_empty() || self.kind.any.iter().any(|key| has(key)));
        let secret = self
            .kind
            .part
            .iter()
            .any(|part| part.secret && matches!(self.fields.get(part.key.as_str()), Some(Field::Finding(_))));
        if !complete || !secret || self.fields.len() < 2 {
            return None;
        }
        let ordered =
            self.kind.part.iter().filter_map(|part| Some((part.key.as_str(), self.fields.remove(part.key.as_str())?)));
        let fields = ordered.collect();
        Some(Composite { kind: self.kind, stem, fields })
    }
}

/// What the first text of `table` that occurs in `text` stands for.
fn meaning(table: &[(String, String)], text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    table.iter().find(|(from, _)| text.contains(from.as_str())).map(|(_, to)| to.clone())
}

/// Whether a value is a value and not a reference to one.
fn is_concrete(value: &str) -> bool {
    let opens = ["${", "{{", "#{", "<%"];
    !value.is_empty()
        && value.len() <= 2048
        && !value.starts_with('$')
        && !opens.iter().any(|open| value.contains(open))
}

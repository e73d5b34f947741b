//! Credentials that consist of several parts (a host, a user and a password; a key id and its secret key) become one
//! JSON secret. What the kinds are and under which keys their parts are stored is data: `rules/compose`.

mod data;
mod fit;
mod text;

use std::collections::BTreeMap;

use zeroize::Zeroizing;

pub use data::{Kinds, KindsError};
pub(super) use fit::composites;

use crate::secret::SecretValue;
use data::KindToml;

/// A credential of several parts, found in one place.
#[derive(Debug)]
pub(super) struct Composite<'k> {
    kind: &'k KindToml,
    /// The words that its keys share.
    pub(super) stem: Vec<String>,
    /// JSON keys with what is stored under them, in order.
    pub(super) fields: Vec<(&'k str, Field)>,
}

/// What is stored under a JSON key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Configuration: it stands in the code and stays there.
    Text(String),
    /// The value of the finding of this number.
    Finding(usize),
}

impl<'k> Composite<'k> {
    /// What it is, in a few words.
    pub(super) fn what(&self) -> &'k str {
        &self.kind.description
    }

    /// Id of its kind.
    pub(super) fn id(&self) -> &'k str {
        &self.kind.id
    }

    /// The JSON keys, in order.
    pub(super) fn keys(&self) -> Vec<String> {
        self.fields.iter().map(|(key, _)| (*key).to_owned()).collect()
    }

    /// What is stored under `key`, if it is configuration.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(other, _)| *other == key).and_then(|(_, field)| match field {
            Field::Text(text) => Some(text.as_str()),
            Field::Finding(_) => None,
        })
    }

    /// The findings that it is made of, with their JSON keys.
    pub(super) fn findings(&self) -> impl Iterator<Item = (usize, &'k str)> {
        self.fields.iter().filter_map(|(key, field)| match field {
            Field::Finding(number) => Some((*number, *key)),
            Field::Text(_) => None,
        })
    }

    /// The parts that say which resource it is; `None` where too few of them are known.
    pub(super) fn resource(&self) -> Option<Vec<(&'k str, Option<&Field>)>> {
        let field = |key: &str| self.fields.iter().find(|(other, _)| *other == key).map(|(_, field)| field);
        let needed =
            |key: &String| self.kind.part(key).is_some_and(|part| part.required) || self.kind.any.contains(key);
        let known = self.kind.resource.iter().filter(|key| needed(key)).all(|key| field(key).is_some());
        known.then(|| self.kind.resource.iter().map(|key| (key.as_str(), field(key))).collect())
    }

    /// The JSON keys of the parts that say which resource it is.
    pub(super) fn resource_keys(&self) -> Vec<&'k str> {
        let known = |key: &&str| self.fields.iter().any(|(other, _)| other == key);
        self.kind.resource.iter().map(String::as_str).filter(known).collect()
    }

    /// What a reviewer should know of parts that are missing.
    pub(super) fn warnings(&self) -> Vec<String> {
        let missing = self.kind.part.iter().filter(|part| !self.fields.iter().any(|(key, _)| *key == part.key));
        missing.filter_map(|part| part.missing.clone()).collect()
    }

    /// The last part of the secret's name: the words that the keys share, else the name of what is reached, else the
    /// kind's own name.
    pub(super) fn leaf(&self) -> String {
        let stem = self.stem.join("-");
        let suffix = &self.kind.suffix;
        if stem.is_empty() {
            return self
                .text("dbname")
                .map(super::words::slug)
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| self.kind.name.clone());
        }
        if suffix.is_empty() || stem == *suffix || stem.ends_with(&format!("-{suffix}")) {
            return stem;
        }
        format!("{stem}-{suffix}")
    }

    /// Takes over configuration parts that `other`, which is of the same resource, has and this one lacks. `false`,
    /// and nothing is taken, where the two differ.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        let differs = |(key, field): &(&str, Field)| match field {
            Field::Text(text) => self.text(key).is_some_and(|own| own != text),
            Field::Finding(_) => false,
        };
        if other.fields.iter().any(differs) {
            return false;
        }
        let order = |key: &str| self.kind.part.iter().position(|part| part.key == key);
        for (key, field) in &other.fields {
            if matches!(field, Field::Text(_)) && !self.fields.iter().any(|(own, _)| own == key) {
                self.fields.push((key, field.clone()));
            }
        }
        self.fields.sort_by_key(|(key, _)| order(key));
        true
    }

    /// The JSON object with the findings' values in their places; no copy of a value is left behind.
    pub(super) fn seal(&self, values: &BTreeMap<usize, &SecretValue>) -> SecretValue {
        // Room for the worst escaping (six characters a byte), so that the buffer never moves.
        let room = |(key, field): &(&str, Field)| {
            let length = match field {
                Field::Text(text) => text.len(),
                Field::Finding(number) => values.get(number).map_or(0, |value| value.len()),
            };
            key.len() + length * 6 + 8
        };
        let mut json = Zeroizing::new(Vec::with_capacity(self.fields.iter().map(room).sum::<usize>() + 2));
        for (key, field) in &self.fields {
            let opening = if json.is_empty() { b'{' } else { b',' };
            json.push(opening);
            // Writing a string to a Vec can't fail.
            let _ = serde_json::to_writer(&mut *json, key);
            json.push(b':');
            match field {
                Field::Text(text) => {
                    let _ = serde_json::to_writer(&mut *json, text);
                }
                Field::Finding(number) => {
                    if let Some(value) = values.get(number) {
                        value.with_bytes(|bytes| {
                            let text = std::str::from_utf8(bytes).unwrap_or_default();
                            let _ = serde_json::to_writer(&mut *json, text);
                        });
                    }
                }
            }
        }
        json.push(b'}');
        SecretValue::new(json.to_vec())
    }
}

#[cfg(test)]
mod tests;

//! Names in the store: hierarchical, the same on every run, never made of the value.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::group::Credential;
use super::limits::ends_like_arn;
use super::words::slug;

/// One name for each credential, in order. Two that would get the same name are numbered in order of place.
pub(super) fn assign(credentials: &[Credential<'_>], context: &Context<'_>) -> Vec<String> {
    number(credentials.iter().map(|credential| fill(&context.naming.template, credential, context)).collect())
}

/// Numbers the second and further ones of each name with the first number that gives a name of nobody else's.
fn number(names: Vec<String>) -> Vec<String> {
    let mut taken: BTreeSet<String> = names.iter().cloned().collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut numbered = Vec::with_capacity(names.len());
    for name in names {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 {
            numbered.push(name);
            continue;
        }
        let mut other = format!("{name}-{count}");
        while !taken.insert(other.clone()) {
            *count += 1;
            other = format!("{name}-{count}");
        }
        numbered.push(other);
    }
    numbered
}

fn fill(template: &str, credential: &Credential<'_>, context: &Context<'_>) -> String {
    let filled = template
        .replace("{env}", credential.env())
        .replace("{app}", credential.app(context))
        .replace("{component}", &context.origins.component_of(credential.path()))
        .replace("{name}", &leaf(credential));
    let segments: Vec<_> = filled.split('/').filter(|segment| !segment.is_empty()).collect();
    segments.join("/")
}

/// The last part: the key's words; for a composite, the words of the resource rather than of its parts.
fn leaf(credential: &Credential<'_>) -> String {
    let key = || credential.key().map(slug).filter(|name| !name.is_empty()).unwrap_or_else(|| slug(credential.rule()));
    keep_off_arn_tail(credential.composite().map_or_else(key, super::compose::Composite::leaf))
}

/// `client-secret` ends in a hyphen and six characters, as an ARN does; `client_secret` doesn't.
fn keep_off_arn_tail(name: String) -> String {
    match name.rsplit_once('-') {
        Some((head, tail)) if ends_like_arn(&name) => format!("{head}_{tail}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_name_is_nobody_elses() {
        let names = ["p", "p", "p-2", "p", "p-2"].map(str::to_owned).to_vec();
        assert_eq!(number(names), ["p", "p-3", "p-2", "p-4", "p-2-2"]);
    }

    #[test]
    fn a_name_never_ends_like_an_arn() {
        assert_eq!(keep_off_arn_tail("client-secret".into()), "client_secret");
        assert_eq!(keep_off_arn_tail("db-password".into()), "db-password");
        assert_eq!(keep_off_arn_tail("secret".into()), "secret");
    }
}

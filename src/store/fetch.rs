//! Reading what references name: each secret and version once, then the JSON keys out of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use futures_util::future::FutureExt as _;
use futures_util::stream::{StreamExt as _, iter};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::reference::Reference;
use crate::secret::SecretValue;
use crate::store::contract::{Fetched, SecretStore, Version};
use crate::store::error::{Reason, StoreError};

/// A secret and version.
type Which = (String, Version);

pub(crate) async fn resolve<S: SecretStore>(
    store: &S,
    references: &[Reference],
    concurrency: usize,
) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
    let mut whole: BTreeMap<Which, Result<Fetched, StoreError>> = BTreeMap::new();
    let mut wanted: Vec<Which> = references.iter().map(which).collect();
    wanted.sort();
    wanted.dedup();
    let (current, others): (Vec<Which>, Vec<Which>) = wanted.into_iter().partition(|w| w.1 == Version::Current);
    let ids: Vec<String> = current.iter().map(|(id, _)| id.clone()).collect();
    let (mut singles, mut batched) = (others, Vec::new());
    if ids.len() > 1 {
        batched = store.get_many(&ids).await?;
    } else {
        singles.extend(current.iter().cloned());
    }
    let batched =
        current.into_iter().zip(batched).map(|(which, fetched)| std::future::ready((which, fetched)).left_future());
    let singles = singles.into_iter().map(|which| {
        async move {
            let fetched = store.get(&which.0, &which.1).await;
            (which, fetched)
        }
        .right_future()
    });
    let mut calls = iter(batched.chain(singles)).buffer_unordered(concurrency);
    while let Some((which, fetched)) = calls.next().await {
        match fetched {
            // Asking on would only repeat it, each time after all attempts.
            Err(error) if error.is_fatal() => return Err(error),
            fetched => whole.insert(which, fetched),
        };
    }
    drop(calls);
    Ok(references.iter().map(|reference| pick(&mut whole, reference)).collect())
}

fn which(reference: &Reference) -> Which {
    let version = match (&reference.version, &reference.stage) {
        (Some(id), _) => Version::Id(id.clone()),
        (None, Some(stage)) => Version::Stage(stage.clone()),
        (None, None) => Version::Current,
    };
    (reference.id.clone(), version)
}

fn pick(
    whole: &mut BTreeMap<Which, Result<Fetched, StoreError>>,
    reference: &Reference,
) -> Result<SecretValue, StoreError> {
    let Entry::Occupied(found) = whole.entry(which(reference)) else {
        return Err(StoreError::new("GetSecretValue", Some(&reference.id), Reason::NotFound));
    };
    let fetched = found.get().as_ref().map_err(Clone::clone)?;
    let error = |reason| StoreError::new("GetSecretValue", Some(&reference.id), reason);
    fetched.value.with_bytes(|bytes| match &reference.key {
        None => Ok(SecretValue::new(bytes.to_vec())),
        Some(key) => json_key(bytes, key).map_err(error),
    })
}

/// The member `key` of a JSON object: a string's text, a number's or boolean's JSON text.
fn json_key(bytes: &[u8], key: &str) -> Result<SecretValue, Reason> {
    // Each member stays as it is written, so that 1.10 and 12345678901234567890 keep all their digits.
    let members: BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_slice(bytes)
        .map_err(|_| Reason::Invalid(format!("the secret is not a JSON object, so it has no key {key}")))?;
    let Some(member) = members.get(key) else {
        return Err(Reason::Invalid(format!("the secret has no key {key}")));
    };
    let raw = member.get();
    match serde_json::from_str::<Value>(raw) {
        Ok(Value::String(text)) => Ok(SecretValue::new(Zeroizing::new(text).as_bytes().to_vec())),
        Ok(Value::Number(_) | Value::Bool(_)) => Ok(SecretValue::new(raw.trim().as_bytes().to_vec())),
        Ok(Value::Null) => Err(Reason::Invalid(format!("the key {key} is null"))),
        _ => Err(Reason::Invalid(format!("the key {key} holds an object or a list, not a value"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str, key: &str) -> Result<Vec<u8>, Reason> {
        json_key(json.as_bytes(), key).map(|value| value.with_bytes(<[u8]>::to_vec))
    }

    #[test]
    fn json_keys_give_text_and_other_scalars_as_written() {
        let json = r#"{"s":"a\u00e4\n","n":12345678901234567890.10,"b":true,"z":null,"o":{},"e":""}"#;
        assert_eq!(key(json, "s").unwrap(), "aä\n".as_bytes());
        assert_eq!(key(json, "n").unwrap(), b"12345678901234567890.10");
        assert_eq!(key(json, "b").unwrap(), b"true");
        assert_eq!(key(json, "e").unwrap(), b"");
        for bad in ["z", "o", "missing"] {
            assert!(matches!(key(json, bad), Err(Reason::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_refusal_names_the_key_and_nothing_of_the_secret() {
        let Err(Reason::Invalid(message)) = key("hunter2", "password") else { panic!("resolved") };
        assert_eq!(message, "the secret is not a JSON object, so it has no key password");
    }
}

//! AWS Secrets Manager through the AWS SDK.
//!
//! SDK types stay within this folder: `config` builds clients, `error` turns SDK errors into [`StoreError`]s.

mod config;
mod error;

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::primitives::{Blob, DateTime};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};

use crate::secret::SecretValue;
use crate::store::contract::{Described, Fetched, NewSecret, Payload, SecretStore, Version, Written};
use crate::store::error::{Reason, StoreError};

pub use config::AwsTarget;
use error::Asked;

/// Most ids in one `BatchGetSecretValue`. Source: API reference.
const BATCH: usize = 20;

/// Secrets Manager in one region.
#[derive(Debug)]
pub struct AwsStore {
    client: Client,
    host: config::Host,
}

impl AwsStore {
    /// A client for `region`, or for the region of the AWS configuration.
    ///
    /// # Errors
    /// When no region is known.
    pub async fn connect(region: Option<&str>, target: &AwsTarget) -> Result<Self, StoreError> {
        let (client, host) = config::client(region, target).await?;
        Ok(Self { client, host })
    }

    fn asked<'a>(&'a self, operation: &'static str, secret: &'a str) -> Asked<'a> {
        Asked { operation, secret, host: &self.host }
    }

    async fn get_batch(&self, ids: &[String]) -> Result<Vec<Result<Fetched, StoreError>>, StoreError> {
        let asked = self.asked("BatchGetSecretValue", "");
        let request = self.client.batch_get_secret_value().set_secret_id_list(Some(ids.to_vec()));
        let answer = request.send().await.map_err(|error| asked.refused(&error))?;
        let mut found = BTreeMap::new();
        for value in answer.secret_values() {
            let fetched = || {
                let bytes = bytes_of(value.secret_string(), value.secret_binary())?;
                Some((value.arn()?.to_owned(), value.version_id()?.to_owned(), bytes))
            };
            if let Some((arn, version_id, bytes)) = fetched() {
                let binary = value.secret_string().is_none();
                found.insert(arn.clone(), Fetched { arn, version_id, value: SecretValue::new(bytes), binary });
            }
        }
        // What the batch left out is asked for alone: its own error says why.
        let mut results = Vec::with_capacity(ids.len());
        for id in ids {
            results.push(match found.remove(id) {
                Some(fetched) => Ok(fetched),
                None => self.get(id, &Version::Current).await,
            });
        }
        Ok(results)
    }
}

impl SecretStore for AwsStore {
    async fn describe(&self, id: &str) -> Result<Described, StoreError> {
        let asked = self.asked("DescribeSecret", id);
        let answer = self.client.describe_secret().secret_id(id).send().await.map_err(|error| asked.refused(&error))?;
        Ok(Described {
            arn: answer.arn().unwrap_or_default().to_owned(),
            name: answer.name().unwrap_or_default().to_owned(),
            description: answer.description().unwrap_or_default().to_owned(),
            tags: tag_map(answer.tags()),
            deleted: answer.deleted_date().and_then(rfc3339),
            versions: answer
                .version_ids_to_stages()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        })
    }

    async fn create(&self, secret: &NewSecret<'_>) -> Result<Written, StoreError> {
        let asked = self.asked("CreateSecret", secret.name);
        let (text, binary) = payload(secret.value);
        let request = self
            .client
            .create_secret()
            .name(secret.name)
            .client_request_token(secret.token)
            .set_description((!secret.description.is_empty()).then(|| secret.description.to_owned()))
            .set_kms_key_id(secret.kms_key_id.map(str::to_owned))
            .set_tags((!secret.tags.is_empty()).then(|| tag_list(secret.tags)))
            .set_secret_string(text)
            .set_secret_binary(binary);
        let answer = request.send().await.map_err(|error| asked.refused(&error))?;
        written(asked, answer.arn(), answer.version_id())
    }

    async fn put(&self, id: &str, token: &str, value: &SecretValue) -> Result<Written, StoreError> {
        let asked = self.asked("PutSecretValue", id);
        let (text, binary) = payload(value);
        let request = self.client.put_secret_value().secret_id(id).client_request_token(token);
        let request = request.set_secret_string(text).set_secret_binary(binary);
        let answer = request.send().await.map_err(|error| asked.refused(&error))?;
        written(asked, answer.arn(), answer.version_id())
    }

    async fn get(&self, id: &str, version: &Version) -> Result<Fetched, StoreError> {
        let asked = self.asked("GetSecretValue", id);
        let request = self.client.get_secret_value().secret_id(id);
        let request = match version {
            Version::Current => request,
            Version::Id(version) => request.version_id(version),
            Version::Stage(stage) => request.version_stage(stage),
        };
        let answer = request.send().await.map_err(|error| asked.refused(&error))?;
        let bytes = bytes_of(answer.secret_string(), answer.secret_binary());
        match (answer.arn(), answer.version_id(), bytes) {
            (Some(arn), Some(version_id), Some(bytes)) => {
                let (arn, version_id) = (arn.to_owned(), version_id.to_owned());
                let binary = answer.secret_string().is_none();
                Ok(Fetched { arn, version_id, value: SecretValue::new(bytes), binary })
            }
            _ => Err(asked.incomplete()),
        }
    }

    async fn get_many(&self, ids: &[String]) -> Result<Vec<Result<Fetched, StoreError>>, StoreError> {
        let mut results = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            match self.get_batch(batch).await {
                Ok(found) => results.extend(found),
                // BatchGetSecretValue is an action of its own, which a reader's role often lacks.
                Err(error) if matches!(error.reason, Reason::Denied { .. } | Reason::Other(_) | Reason::Invalid(_)) => {
                    for id in batch {
                        results.push(self.get(id, &Version::Current).await);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(results)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Described>, StoreError> {
        let asked = self.asked("ListSecrets", prefix);
        let mut request = self.client.list_secrets();
        if !prefix.is_empty() {
            request = request.filters(Filter::builder().key(FilterNameStringType::Name).values(prefix).build());
        }
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| asked.refused(&error))?;
            found.extend(page.secret_list().iter().map(|secret| {
                Described {
                    arn: secret.arn().unwrap_or_default().to_owned(),
                    name: secret.name().unwrap_or_default().to_owned(),
                    description: secret.description().unwrap_or_default().to_owned(),
                    tags: tag_map(secret.tags()),
                    deleted: secret.deleted_date().and_then(rfc3339),
                    versions: secret
                        .secret_versions_to_stages()
                        .into_iter()
                        .flatten()
                        .map(|(k, v)| (k.clone(), v.clone()))
                        .collect(),
                }
            }));
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    async fn tag(&self, id: &str, tags: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let asked = self.asked("TagResource", id);
        let request = self.client.tag_resource().secret_id(id).set_tags(Some(tag_list(tags)));
        request.send().await.map(drop).map_err(|error| asked.refused(&error))
    }

    async fn delete(&self, id: &str, days: u8) -> Result<(), StoreError> {
        let asked = self.asked("DeleteSecret", id);
        let request = self.client.delete_secret().secret_id(id).recovery_window_in_days(days.into());
        request.send().await.map(drop).map_err(|error| asked.refused(&error))
    }

    async fn restore(&self, id: &str) -> Result<(), StoreError> {
        let asked = self.asked("RestoreSecret", id);
        self.client.restore_secret().secret_id(id).send().await.map(drop).map_err(|error| asked.refused(&error))
    }
}

/// The SDK wants its own copy of the value; that one is not wiped.
fn payload(value: &SecretValue) -> (Option<String>, Option<Blob>) {
    value.with_bytes(|bytes| match Payload::of(bytes) {
        Payload::Text(text) => (Some(text.to_owned()), None),
        Payload::Binary(bytes) => (None, Some(Blob::new(bytes))),
    })
}

fn bytes_of(text: Option<&str>, binary: Option<&Blob>) -> Option<Vec<u8>> {
    text.map(|text| text.as_bytes().to_vec()).or_else(|| binary.map(|blob| blob.as_ref().to_vec()))
}

fn written(asked: Asked<'_>, arn: Option<&str>, version_id: Option<&str>) -> Result<Written, StoreError> {
    match (arn, version_id) {
        (Some(arn), Some(version_id)) => Ok(Written { arn: arn.to_owned(), version_id: version_id.to_owned() }),
        _ => Err(asked.incomplete()),
    }
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tag_map(tags: &[Tag]) -> BTreeMap<String, String> {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    tags.iter().filter_map(pair).collect()
}

fn rfc3339(at: &DateTime) -> Option<String> {
    jiff::Timestamp::from_second(at.secs()).ok().map(|at| at.to_string())
}

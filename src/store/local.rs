//! The local vault as a [`SecretStore`].

use std::collections::BTreeMap;

use crate::secret::SecretValue;
use crate::settings::StoreSettings;
use crate::store::contract::{Described, Fetched, NewSecret, SecretStore, Version, Written};
use crate::store::error::{Reason, StoreError, classify};
use crate::store::vault::api::{
    ApiError, BySecret, CreateSecret, DeleteSecret, GetSecretValue, GotValue, ListSecrets, Metadata, PutSecretValue,
    Tag, ValueIn, Wrote, tag_list,
};
use crate::store::vault::data::{StoredValue, VaultData};
use crate::store::vault::{Place, Vault, VaultError, read, write};

/// Region of the local vault's ARNs unless set.
pub(crate) const DEFAULT_REGION: &str = "us-east-1";

/// Secrets in an encrypted file on this machine.
#[derive(Debug)]
pub struct LocalStore {
    vault: Vault,
}

impl LocalStore {
    /// A store over the vault that the settings name.
    ///
    /// # Errors
    /// They name none.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        if settings.vault.as_os_str().is_empty() {
            return Err(StoreError::new("opening the vault", None, Reason::NoPlace));
        }
        Ok(Self::new(settings))
    }

    /// A store over the vault that the settings name; nothing is created before the first write.
    pub fn new(settings: &StoreSettings) -> Self {
        let region = settings.region.as_deref().unwrap_or(DEFAULT_REGION);
        Self { vault: Vault::new(&settings.vault, region, &settings.account) }
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// File work blocks, so the runtime is told.
    fn read<R>(
        &self,
        asked: (&'static str, &str),
        operation: impl FnOnce(&VaultData) -> Result<R, ApiError>,
    ) -> Result<R, StoreError> {
        tokio::task::block_in_place(|| self.vault.read(operation)).map_err(|error| store_error(asked, error))
    }

    async fn write<R: Send + 'static>(
        &self,
        asked: (&'static str, &str),
        operation: impl FnOnce(&mut VaultData, &Place) -> Result<R, ApiError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.vault.write(operation).await.map_err(|error| store_error(asked, error))
    }
}

impl SecretStore for LocalStore {
    async fn describe(&self, id: &str) -> Result<Described, StoreError> {
        self.read(("DescribeSecret", id), |data| read::describe(data, &by_secret(id))).map(described)
    }

    async fn create(&self, secret: &NewSecret<'_>) -> Result<Written, StoreError> {
        let request = CreateSecret {
            name: secret.name.to_owned(),
            client_request_token: Some(secret.token.to_owned()),
            description: (!secret.description.is_empty()).then(|| secret.description.to_owned()),
            kms_key_id: secret.kms_key_id.map(str::to_owned),
            tags: tag_list(secret.tags),
            value: value_in(secret.value),
        };
        let wrote =
            self.write(("CreateSecret", secret.name), move |data, place| write::create(data, place, request)).await?;
        Ok(written(wrote, secret.token))
    }

    async fn put(&self, id: &str, token: &str, value: &SecretValue) -> Result<Written, StoreError> {
        let request = PutSecretValue {
            secret_id: id.to_owned(),
            client_request_token: Some(token.to_owned()),
            version_stages: None,
            value: value_in(value),
        };
        let wrote = self.write(("PutSecretValue", id), move |data, place| write::put(data, place, request)).await?;
        Ok(written(wrote, token))
    }

    async fn get(&self, id: &str, version: &Version) -> Result<Fetched, StoreError> {
        let request = get_request(id, version);
        let got = self.read(("GetSecretValue", id), |data| read::get(data, &request))?;
        fetched(&got).ok_or_else(|| StoreError::new("GetSecretValue", Some(id), damaged()))
    }

    async fn get_many(&self, ids: &[String]) -> Result<Vec<Result<Fetched, StoreError>>, StoreError> {
        self.read(("BatchGetSecretValue", ""), |data| {
            let one = |id: &String| {
                let got = read::get(data, &get_request(id, &Version::Current))
                    .map_err(|error| store_error(("GetSecretValue", id), VaultError::Api(error)))?;
                fetched(&got).ok_or_else(|| StoreError::new("GetSecretValue", Some(id), damaged()))
            };
            Ok(ids.iter().map(one).collect())
        })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Described>, StoreError> {
        self.read(("ListSecrets", prefix), |data| {
            let mut found = Vec::new();
            let mut request = ListSecrets::default();
            loop {
                let page = read::list_secrets(data, &request)?;
                found.extend(page.secret_list.into_iter().filter(|s| s.name.starts_with(prefix)).map(described));
                match page.next_token {
                    Some(token) => request.next_token = Some(token),
                    None => return Ok(found),
                }
            }
        })
    }

    async fn tag(&self, id: &str, tags: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let request = BySecret { tags: tag_list(tags), ..by_secret(id) };
        self.write(("TagResource", id), move |data, place| write::tag(data, place, request)).await.map(drop)
    }

    async fn delete(&self, id: &str, days: u8) -> Result<(), StoreError> {
        let request = DeleteSecret {
            secret_id: id.to_owned(),
            recovery_window_in_days: Some(days.into()),
            force_delete_without_recovery: false,
        };
        self.write(("DeleteSecret", id), move |data, place| write::delete(data, place, &request)).await.map(drop)
    }

    async fn restore(&self, id: &str) -> Result<(), StoreError> {
        let request = by_secret(id);
        self.write(("RestoreSecret", id), move |data, _| write::restore(data, &request)).await.map(drop)
    }
}

fn store_error((operation, secret): (&'static str, &str), error: VaultError) -> StoreError {
    let secret = (!secret.is_empty()).then_some(secret);
    match error {
        VaultError::File(message) => StoreError::new(operation, secret, Reason::Vault(message)),
        VaultError::Api(error) => {
            let reason = match classify(operation, error.code, &error.message) {
                // These words are ours, so they may be shown.
                Reason::Invalid(_) if error.message.contains("65536") => Reason::TooLarge,
                Reason::Invalid(_) => Reason::Invalid(error.message),
                reason => reason,
            };
            StoreError { code: Some(error.code.into()), ..StoreError::new(operation, secret, reason) }
        }
    }
}

fn damaged() -> Reason {
    Reason::Vault("the vault holds a value that is not base64".into())
}

fn by_secret(id: &str) -> BySecret {
    BySecret { secret_id: id.to_owned(), ..BySecret::default() }
}

fn get_request(id: &str, version: &Version) -> GetSecretValue {
    let (version_id, version_stage) = match version {
        Version::Current => (None, None),
        Version::Id(id) => (Some(id.clone()), None),
        Version::Stage(stage) => (None, Some(stage.clone())),
    };
    GetSecretValue { secret_id: id.to_owned(), version_id, version_stage }
}

fn value_in(value: &SecretValue) -> ValueIn {
    match StoredValue::of(value) {
        StoredValue::Text(text) => ValueIn { secret_string: Some(text), secret_binary: None },
        StoredValue::Binary(text) => ValueIn { secret_string: None, secret_binary: Some(text) },
    }
}

fn fetched(got: &GotValue) -> Option<Fetched> {
    let value = match (&got.secret_string, &got.secret_binary) {
        (Some(text), _) => StoredValue::Text(text.clone()),
        (None, Some(text)) => StoredValue::Binary(text.clone()),
        (None, None) => return None,
    };
    let binary = matches!(value, StoredValue::Binary(_));
    Some(Fetched { arn: got.arn.clone(), version_id: got.version_id.clone(), value: value.to_value()?, binary })
}

fn written(wrote: Wrote, token: &str) -> Written {
    Written { arn: wrote.arn, version_id: wrote.version_id.unwrap_or_else(|| token.to_owned()) }
}

fn described(found: Metadata) -> Described {
    let tags = found.tags.into_iter().map(|Tag { key, value }| (key, value)).collect();
    Described {
        arn: found.arn,
        name: found.name,
        description: found.description.unwrap_or_default(),
        tags,
        deleted: found.deleted_date.and_then(rfc3339),
        versions: found.version_ids_to_stages.or(found.secret_versions_to_stages).unwrap_or_default(),
    }
}

/// Seconds since 1970 as RFC 3339, to the second.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds of a date")]
pub(crate) fn rfc3339(seconds: f64) -> Option<String> {
    jiff::Timestamp::from_second(seconds as i64).ok().map(|at| at.to_string())
}

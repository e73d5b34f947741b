//! The operations that only read the vault.

use std::collections::BTreeMap;

use super::api::{
    ApiError, BatchError, BatchGetSecretValue, BySecret, GetSecretValue, GotValue, GotValues, ListSecrets, Metadata,
    SecretList, VersionItem, VersionList, tag_list,
};
use super::data::{CURRENT, SecretRecord, StoredValue, VaultData};
use super::{filter, limits};

pub(crate) fn get(data: &VaultData, request: &GetSecretValue) -> Result<GotValue, ApiError> {
    let secret = any(data, &request.secret_id)?;
    if secret.deleted.is_some() {
        return Err(super::marked_for_deletion());
    }
    let stage = match (&request.version_id, &request.version_stage) {
        (Some(_), None) => None,
        (_, stage) => Some(stage.as_deref().unwrap_or(CURRENT)),
    };
    let found = match &request.version_id {
        Some(id) => secret.versions.get_key_value(id),
        None => secret.staged(stage.unwrap_or(CURRENT)),
    };
    let found = found.filter(|(_, version)| stage.is_none_or(|stage| version.stages.iter().any(|s| s == stage)));
    let Some((id, version)) = found else {
        return Err(ApiError::new(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for this version or staging label.",
        ));
    };
    let (secret_string, secret_binary) = match &version.value {
        StoredValue::Text(text) => (Some(text.clone()), None),
        StoredValue::Binary(text) => (None, Some(text.clone())),
    };
    Ok(GotValue {
        arn: secret.arn.clone(),
        name: secret.name.clone(),
        version_id: id.clone(),
        secret_string,
        secret_binary,
        version_stages: version.stages.clone(),
        created_date: version.created,
    })
}

pub(crate) fn batch_get(data: &VaultData, request: &BatchGetSecretValue) -> Result<GotValues, ApiError> {
    if request.secret_id_list.is_empty() == request.filters.is_empty() {
        return Err(ApiError::invalid("give either SecretIdList or Filters"));
    }
    if request.secret_id_list.len() > 20 {
        return Err(ApiError::validation("SecretIdList has at most 20 members"));
    }
    let (ids, next_token) = if request.filters.is_empty() {
        (request.secret_id_list.clone(), None)
    } else {
        let list = ListSecrets {
            filters: request.filters.clone(),
            max_results: Some(request.max_results.unwrap_or(20).min(20)),
            next_token: request.next_token.clone(),
            ..ListSecrets::default()
        };
        let found = list_secrets(data, &list)?;
        (found.secret_list.into_iter().map(|secret| secret.arn).collect(), found.next_token)
    };
    let mut answer = GotValues { secret_values: Vec::new(), errors: Vec::new(), next_token };
    for id in ids {
        match get(data, &GetSecretValue { secret_id: id.clone(), ..GetSecretValue::default() }) {
            Ok(value) => answer.secret_values.push(value),
            Err(error) => {
                answer.errors.push(BatchError { secret_id: id, error_code: error.code, message: error.message });
            }
        }
    }
    Ok(answer)
}

pub(crate) fn describe(data: &VaultData, request: &BySecret) -> Result<Metadata, ApiError> {
    let secret = any(data, &request.secret_id)?;
    Ok(Metadata { version_ids_to_stages: Some(stages(secret)), ..metadata(secret) })
}

pub(crate) fn list_secrets(data: &VaultData, request: &ListSecrets) -> Result<SecretList, ApiError> {
    let most = request.max_results.unwrap_or(100);
    if !(1..=100).contains(&most) {
        return Err(ApiError::validation("MaxResults is 1 to 100"));
    }
    filter::check(&request.filters)?;
    let wanted = |secret: &&SecretRecord| {
        (secret.deleted.is_none() || request.include_planned_deletion) && filter::matches(secret, &request.filters)
    };
    let mut secrets: Vec<&SecretRecord> = data.secrets.values().filter(wanted).collect();
    if request.sort_order.as_deref() == Some("desc") {
        secrets.reverse();
    }
    // The token is the last name of the page before, so that a change in between shifts nothing.
    let from = match &request.next_token {
        None => 0,
        Some(token) => match secrets.iter().position(|secret| secret.name == *token) {
            Some(at) => at + 1,
            None => return Err(ApiError::new("InvalidNextTokenException", "the NextToken is not valid")),
        },
    };
    let page: Vec<_> = secrets.iter().skip(from).take(most).copied().collect();
    let more = from + page.len() < secrets.len();
    let next_token = page.last().filter(|_| more).map(|secret| secret.name.clone());
    let item = |secret: &SecretRecord| Metadata { secret_versions_to_stages: Some(stages(secret)), ..metadata(secret) };
    Ok(SecretList { secret_list: page.into_iter().map(item).collect(), next_token })
}

pub(crate) fn version_ids(data: &VaultData, request: &BySecret) -> Result<VersionList, ApiError> {
    let secret = any(data, &request.secret_id)?;
    let shown = secret.versions.iter().filter(|(_, v)| request.include_deprecated || !v.stages.is_empty());
    let item = |(id, version): (&String, &super::data::VersionRecord)| VersionItem {
        version_id: id.clone(),
        version_stages: version.stages.clone(),
        created_date: version.created,
    };
    Ok(VersionList { arn: secret.arn.clone(), name: secret.name.clone(), versions: shown.map(item).collect() })
}

fn any<'a>(data: &'a VaultData, id: &str) -> Result<&'a SecretRecord, ApiError> {
    limits::id(id)?;
    data.find(id).ok_or_else(ApiError::not_found)
}

fn stages(secret: &SecretRecord) -> BTreeMap<String, Vec<String>> {
    let labelled = secret.versions.iter().filter(|(_, version)| !version.stages.is_empty());
    labelled.map(|(id, version)| (id.clone(), version.stages.clone())).collect()
}

fn metadata(secret: &SecretRecord) -> Metadata {
    Metadata {
        arn: secret.arn.clone(),
        name: secret.name.clone(),
        description: secret.description.clone(),
        kms_key_id: secret.kms_key_id.clone(),
        rotation_enabled: false,
        last_changed_date: secret.changed,
        created_date: secret.created,
        deleted_date: secret.deleted,
        tags: tag_list(&secret.tags),
        version_ids_to_stages: None,
        secret_versions_to_stages: None,
    }
}

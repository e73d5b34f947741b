//! The operations that change the vault.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::api::{
    ApiError, BySecret, CreateSecret, DeleteSecret, Deleted, Empty, PutSecretValue, UpdateSecret,
    UpdateSecretVersionStage, ValueIn, Wrote,
};
use super::data::{CURRENT, PREVIOUS, SecretRecord, StoredValue, VaultData, VersionRecord, Wiped};
use super::{Place, limits, random};

/// Versions kept at most; unlabelled ones beyond are dropped, oldest first.
const VERSIONS: usize = 100;
/// Seconds a day.
const DAY: f64 = 86_400.0;

pub(crate) fn create(data: &mut VaultData, place: &Place, request: CreateSecret) -> Result<Wrote, ApiError> {
    limits::name(&request.name)?;
    limits::description(request.description.as_deref().unwrap_or_default())?;
    limits::tags(&request.tags)?;
    limits::tag_count(&BTreeMap::new(), &request.tags)?;
    let token = token_of(request.client_request_token)?;
    let value = value_of(request.value)?;
    if let Some(present) = data.secrets.get(&request.name) {
        return repeated(present, &token, value.as_ref());
    }
    let arn = format!("{}:secret:{}-{}", place.prefix(), request.name, random::alphanumeric(6));
    let mut secret = SecretRecord {
        arn,
        name: request.name.clone(),
        description: request.description,
        kms_key_id: request.kms_key_id,
        tags: request.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        created: place.now,
        changed: place.now,
        deleted: None,
        versions: BTreeMap::new(),
    };
    let version_id = value.map(|value| add_version(&mut secret, token, value, &[CURRENT.into()], place.now));
    let wrote = Wrote { arn: secret.arn.clone(), name: secret.name.clone(), version_id, version_stages: None };
    data.secrets.insert(request.name, secret);
    Ok(wrote)
}

/// A name that is taken: a repeat of the call that made it succeeds and changes nothing.
fn repeated(present: &SecretRecord, token: &str, value: Option<&StoredValue>) -> Result<Wrote, ApiError> {
    if present.deleted.is_some() {
        return Err(ApiError::request(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    match (present.versions.get(token), value) {
        (Some(version), Some(value)) if version.value == *value => Ok(Wrote {
            arn: present.arn.clone(),
            name: present.name.clone(),
            version_id: Some(token.to_owned()),
            version_stages: None,
        }),
        _ => Err(ApiError::new("ResourceExistsException", "The operation failed because the secret already exists.")),
    }
}

pub(crate) fn put(data: &mut VaultData, place: &Place, request: PutSecretValue) -> Result<Wrote, ApiError> {
    let token = token_of(request.client_request_token)?;
    let value = value_of(request.value)?.ok_or_else(|| ApiError::request("a value is missing"))?;
    let stages = request.version_stages.unwrap_or_else(|| vec![CURRENT.into()]);
    limits::stages(&stages)?;
    let secret = live(data, &request.secret_id)?;
    if let Some(version) = secret.versions.get(&token) {
        if version.value != value {
            return Err(ApiError::new("ResourceExistsException", "This version exists with another value."));
        }
    } else {
        let used: usize = secret.versions.values().map(|version| version.stages.len()).sum();
        if used + stages.len() > limits::STAGES + 3 {
            return Err(ApiError::new("LimitExceededException", "a secret has at most 20 stages over its versions"));
        }
        add_version(secret, token.clone(), value, &stages, place.now);
    }
    let stages = secret.versions.get(&token).map(|version| version.stages.clone());
    Ok(Wrote { arn: secret.arn.clone(), name: secret.name.clone(), version_id: Some(token), version_stages: stages })
}

pub(crate) fn update(data: &mut VaultData, place: &Place, request: UpdateSecret) -> Result<Wrote, ApiError> {
    limits::description(request.description.as_deref().unwrap_or_default())?;
    let value = value_of(request.value)?;
    let token = value.is_some().then(|| token_of(request.client_request_token)).transpose()?;
    let secret = live(data, &request.secret_id)?;
    if token.as_ref().is_some_and(|token| secret.versions.contains_key(token)) {
        return Err(ApiError::new("ResourceExistsException", "This version exists already."));
    }
    if request.description.is_some() {
        secret.description = request.description;
    }
    if request.kms_key_id.is_some() {
        secret.kms_key_id = request.kms_key_id;
    }
    secret.changed = place.now;
    let version_id =
        token.zip(value).map(|(token, value)| add_version(secret, token, value, &[CURRENT.into()], place.now));
    Ok(Wrote { arn: secret.arn.clone(), name: secret.name.clone(), version_id, version_stages: None })
}

pub(crate) fn move_stage(
    data: &mut VaultData,
    place: &Place,
    request: UpdateSecretVersionStage,
) -> Result<Wrote, ApiError> {
    limits::stages(std::slice::from_ref(&request.version_stage))?;
    let secret = live(data, &request.secret_id)?;
    let holder = secret.staged(&request.version_stage).map(|(id, _)| id.clone());
    if holder.is_some() && holder != request.remove_from_version_id {
        return Err(ApiError::invalid("RemoveFromVersionId must name the version that carries the stage"));
    }
    match request.move_to_version_id {
        Some(to) if !secret.versions.contains_key(&to) => return Err(ApiError::not_found()),
        Some(to) => stage(secret, &to, std::slice::from_ref(&request.version_stage)),
        None if request.version_stage == CURRENT => {
            return Err(ApiError::invalid("AWSCURRENT can be moved but not taken away"));
        }
        None => take_stage(secret, &request.version_stage),
    }
    secret.changed = place.now;
    Ok(Wrote { arn: secret.arn.clone(), name: secret.name.clone(), version_id: None, version_stages: None })
}

pub(crate) fn tag(data: &mut VaultData, place: &Place, request: BySecret) -> Result<Empty, ApiError> {
    limits::tags(&request.tags)?;
    let secret = live(data, &request.secret_id)?;
    limits::tag_count(&secret.tags, &request.tags)?;
    secret.tags.extend(request.tags.into_iter().map(|tag| (tag.key, tag.value)));
    secret.changed = place.now;
    Ok(Empty {})
}

pub(crate) fn untag(data: &mut VaultData, place: &Place, request: &BySecret) -> Result<Empty, ApiError> {
    let secret = live(data, &request.secret_id)?;
    secret.tags.retain(|key, _| !request.tag_keys.contains(key));
    secret.changed = place.now;
    Ok(Empty {})
}

pub(crate) fn delete(data: &mut VaultData, place: &Place, request: &DeleteSecret) -> Result<Deleted, ApiError> {
    limits::id(&request.secret_id)?;
    let days = request.recovery_window_in_days;
    if request.force_delete_without_recovery && days.is_some() {
        return Err(ApiError::invalid("RecoveryWindowInDays and ForceDeleteWithoutRecovery exclude each other"));
    }
    if days.is_some_and(|days| !(7..=30).contains(&days)) {
        return Err(ApiError::invalid("RecoveryWindowInDays is 7 to 30"));
    }
    if request.force_delete_without_recovery {
        let secret = any(data, &request.secret_id)?;
        let gone = Deleted { arn: secret.arn.clone(), name: secret.name.clone(), deletion_date: place.now };
        data.secrets.remove(&gone.name);
        return Ok(gone);
    }
    let secret = live(data, &request.secret_id)?;
    let at = place.now + DAY * f64::from(days.unwrap_or(30));
    secret.deleted = Some(at);
    Ok(Deleted { arn: secret.arn.clone(), name: secret.name.clone(), deletion_date: at })
}

pub(crate) fn restore(data: &mut VaultData, request: &BySecret) -> Result<Wrote, ApiError> {
    let secret = any(data, &request.secret_id)?;
    secret.deleted = None;
    Ok(Wrote { arn: secret.arn.clone(), name: secret.name.clone(), version_id: None, version_stages: None })
}

fn any<'a>(data: &'a mut VaultData, id: &str) -> Result<&'a mut SecretRecord, ApiError> {
    limits::id(id)?;
    let name = data.find(id).map(|secret| secret.name.clone()).ok_or_else(ApiError::not_found)?;
    data.secrets.get_mut(&name).ok_or_else(ApiError::not_found)
}

fn live<'a>(data: &'a mut VaultData, id: &str) -> Result<&'a mut SecretRecord, ApiError> {
    let secret = any(data, id)?;
    if secret.deleted.is_some() {
        return Err(super::marked_for_deletion());
    }
    Ok(secret)
}

fn token_of(token: Option<String>) -> Result<String, ApiError> {
    let token = token.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    limits::token(&token)?;
    Ok(token)
}

fn value_of(value: ValueIn) -> Result<Option<StoredValue>, ApiError> {
    let value = match (value.secret_string, value.secret_binary) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(ApiError::invalid("SecretString and SecretBinary exclude each other")),
        (Some(text), None) => StoredValue::Text(text),
        (None, Some(text)) => {
            // Decoded and encoded again, so that equal bytes are equal text.
            let bytes = STANDARD.decode(text.0.as_bytes()).map(Zeroizing::new);
            let bytes = bytes.map_err(|_| ApiError::new("SerializationException", "SecretBinary is not base64"))?;
            StoredValue::Binary(Wiped(Zeroizing::new(STANDARD.encode(&*bytes))))
        }
    };
    limits::value(&value)?;
    Ok(Some(value))
}

/// Adds a version and moves the stages to it; the first one is current in any case.
fn add_version(secret: &mut SecretRecord, id: String, value: StoredValue, stages: &[String], now: f64) -> String {
    let mut stages = stages.to_vec();
    if secret.versions.is_empty() && !stages.iter().any(|stage| stage == CURRENT) {
        stages.push(CURRENT.into());
    }
    secret.versions.insert(id.clone(), VersionRecord { created: now, stages: Vec::new(), value });
    stage(secret, &id, &stages);
    secret.changed = now;
    drop_unlabelled(secret);
    id
}

/// Moves stages to version `to`; when `AWSCURRENT` moves, its last holder becomes `AWSPREVIOUS`.
fn stage(secret: &mut SecretRecord, to: &str, stages: &[String]) {
    for label in stages {
        let holder = secret.staged(label).map(|(id, _)| id.clone()).filter(|id| id != to);
        take_stage(secret, label);
        if let (true, Some(holder)) = (label == CURRENT, holder) {
            take_stage(secret, PREVIOUS);
            if let Some(version) = secret.versions.get_mut(&holder) {
                version.stages.push(PREVIOUS.into());
            }
        }
        if let Some(version) = secret.versions.get_mut(to) {
            version.stages.push(label.clone());
        }
    }
}

fn take_stage(secret: &mut SecretRecord, stage: &str) {
    for version in secret.versions.values_mut() {
        version.stages.retain(|label| label != stage);
    }
}

fn drop_unlabelled(secret: &mut SecretRecord) {
    while secret.versions.len() > VERSIONS {
        let unlabelled = secret.versions.iter().filter(|(_, version)| version.stages.is_empty());
        let Some(oldest) = unlabelled.min_by(|a, b| a.1.created.total_cmp(&b.1.created)).map(|(id, _)| id.clone())
        else {
            return;
        };
        secret.versions.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::vault::api::Tag;

    type Operation = Box<dyn Fn(&mut VaultData, &Place) -> Result<(), ApiError>>;

    fn text(value: &str) -> ValueIn {
        ValueIn { secret_string: Some(Wiped(value.to_owned().into())), secret_binary: None }
    }

    fn token(last: char) -> String {
        format!("0123456789-0123456789-012345678-{last}")
    }

    fn creates(name: &str, value: &str) -> CreateSecret {
        let client_request_token = Some(token('a'));
        CreateSecret { name: name.into(), client_request_token, value: text(value), ..CreateSecret::default() }
    }

    fn puts(id: &str, last: char, stages: &[String]) -> PutSecretValue {
        let version_stages = (!stages.is_empty()).then(|| stages.to_vec());
        let client_request_token = Some(token(last));
        PutSecretValue { secret_id: id.into(), client_request_token, version_stages, value: text("other") }
    }

    fn deletes(id: &str, days: u32, force: bool) -> DeleteSecret {
        let recovery_window_in_days = Some(days);
        DeleteSecret { secret_id: id.into(), recovery_window_in_days, force_delete_without_recovery: force }
    }

    fn moves(stage: &str, to: Option<String>) -> UpdateSecretVersionStage {
        let (secret_id, version_stage) = ("live".into(), stage.into());
        let remove_from_version_id = Some(token('a'));
        UpdateSecretVersionStage { secret_id, version_stage, remove_from_version_id, move_to_version_id: to }
    }

    fn by(id: &str, tags: usize) -> BySecret {
        let tags = (0..tags).map(|n| Tag { key: format!("key{n}"), value: String::new() }).collect();
        BySecret { secret_id: id.into(), tags, ..BySecret::default() }
    }

    /// Changes that are written together rely on it.
    #[test]
    fn a_refused_operation_leaves_the_data_as_it_was() {
        let place = Place { region: "us-east-1".into(), account: "000000000000".into(), now: 1.0 };
        let mut data = VaultData::default();
        for name in ["live", "gone"] {
            create(&mut data, &place, creates(name, "value")).unwrap();
        }
        delete(&mut data, &place, &deletes("gone", 7, false)).unwrap();
        let before = serde_json::to_string(&data).unwrap();
        let many: Vec<String> = (0..30).map(|number| format!("stage-{number}")).collect();
        let renewed = |id: &str| UpdateSecret {
            secret_id: id.into(),
            client_request_token: Some(token('a')),
            description: Some("new".into()),
            kms_key_id: None,
            value: text("value"),
        };
        let update_live = renewed("live");
        let update_gone = renewed("gone");
        let operations: Vec<Operation> = vec![
            Box::new(|data, place| create(data, place, creates("live", "other")).map(drop)),
            Box::new(|data, place| create(data, place, creates("gone", "value")).map(drop)),
            Box::new(|data, place| create(data, place, creates("not a name", "value")).map(drop)),
            Box::new(|data, place| put(data, place, puts("live", 'a', &[])).map(drop)),
            Box::new(move |data, place| put(data, place, puts("live", 'b', &many)).map(drop)),
            Box::new(|data, place| put(data, place, puts("gone", 'b', &[])).map(drop)),
            Box::new(move |data, place| update(data, place, update_live.clone()).map(drop)),
            Box::new(move |data, place| update(data, place, update_gone.clone()).map(drop)),
            Box::new(|data, place| move_stage(data, place, moves(CURRENT, Some(token('z')))).map(drop)),
            Box::new(|data, place| move_stage(data, place, moves(CURRENT, None)).map(drop)),
            Box::new(|data, place| tag(data, place, by("live", 51)).map(drop)),
            Box::new(|data, place| tag(data, place, by("gone", 1)).map(drop)),
            Box::new(|data, place| untag(data, place, &by("gone", 0)).map(drop)),
            Box::new(|data, place| delete(data, place, &deletes("live", 6, false)).map(drop)),
            Box::new(|data, place| delete(data, place, &deletes("live", 7, true)).map(drop)),
            Box::new(|data, place| delete(data, place, &deletes("gone", 7, false)).map(drop)),
            Box::new(|data, _| restore(data, &by("absent", 0)).map(drop)),
        ];
        for (number, operation) in operations.iter().enumerate() {
            assert!(operation(&mut data, &place).is_err(), "operation {number} is refused");
            assert_eq!(serde_json::to_string(&data).unwrap(), before, "operation {number}");
        }
    }
}

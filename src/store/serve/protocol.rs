//! Secrets Manager's JSON 1.1 protocol over a [`Vault`]: the operation's name picks the function.

use hyper::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::vault::api::ApiError;
use crate::store::vault::data::VaultData;
use crate::store::vault::{Place, Vault, VaultError, password, read, write};

/// An error as it goes over the wire.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn body(&self) -> Vec<u8> {
        // Services differ in the member's case and clients take either.
        serde_json::json!({ "__type": self.code, "message": self.message, "Message": self.message })
            .to_string()
            .into_bytes()
    }
}

impl From<VaultError> for Refusal {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Api(ApiError { code, message }) => Self { status: StatusCode::BAD_REQUEST, code, message },
            VaultError::File(message) => {
                Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "InternalServiceError", message }
            }
        }
    }
}

/// Answers a call.
pub(super) async fn call(vault: &Vault, operation: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    match operation {
        "GetSecretValue" => reading(vault, body, |data, request| read::get(data, &request)),
        "BatchGetSecretValue" => reading(vault, body, |data, request| read::batch_get(data, &request)),
        "DescribeSecret" => reading(vault, body, |data, request| read::describe(data, &request)),
        "ListSecrets" => reading(vault, body, |data, request| read::list_secrets(data, &request)),
        "ListSecretVersionIds" => reading(vault, body, |data, request| read::version_ids(data, &request)),
        "GetRandomPassword" => reading(vault, body, |_, request| password(&request)),
        "CreateSecret" => writing(vault, body, write::create).await,
        "PutSecretValue" => writing(vault, body, write::put).await,
        "UpdateSecret" => writing(vault, body, write::update).await,
        "UpdateSecretVersionStage" => writing(vault, body, write::move_stage).await,
        "TagResource" => writing(vault, body, write::tag).await,
        "UntagResource" => writing(vault, body, |data, place, request| write::untag(data, place, &request)).await,
        "DeleteSecret" => writing(vault, body, |data, place, request| write::delete(data, place, &request)).await,
        "RestoreSecret" => writing(vault, body, |data, _, request| write::restore(data, &request)).await,
        _ => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "UnknownOperationException",
            format!("{operation} is not offered by the local vault"),
        )),
    }
}

/// The secret that a call names, for the log; the value is not looked at.
pub(super) fn secret_of(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Named {
        secret_id: Option<String>,
        name: Option<String>,
    }
    let named = serde_json::from_slice::<Named>(body).ok();
    named.and_then(|named| named.secret_id.or(named.name)).unwrap_or_default()
}

fn reading<Q: DeserializeOwned, A: Serialize>(
    vault: &Vault,
    body: &[u8],
    operation: impl FnOnce(&VaultData, Q) -> Result<A, ApiError>,
) -> Result<Vec<u8>, Refusal> {
    let request = parsed(body)?;
    // File work blocks, so the runtime is told.
    rendered(&tokio::task::block_in_place(|| vault.read(|data| operation(data, request)))?)
}

async fn writing<Q: DeserializeOwned + Send + 'static, A: Serialize + Send + 'static>(
    vault: &Vault,
    body: &[u8],
    operation: impl FnOnce(&mut VaultData, &Place, Q) -> Result<A, ApiError> + Send + 'static,
) -> Result<Vec<u8>, Refusal> {
    let request = parsed(body)?;
    rendered(&vault.write(move |data, place| operation(data, place, request)).await?)
}

/// The parser's own message may quote a value, so it is replaced.
fn parsed<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, Refusal> {
    serde_json::from_slice(body).map_err(|_| {
        Refusal::new(StatusCode::BAD_REQUEST, "SerializationException", "the request is not JSON of the expected form")
    })
}

fn rendered<A: Serialize>(answer: &A) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer).map_err(|_| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServiceError", "the answer could not be written")
    })
}

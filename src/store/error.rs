//! What a store can say no to, in one typed error.
//!
//! AWS's own words are reduced to a code and a request id: a validation message may quote what was sent,
//! and what was sent is a secret. The local vault's words are ours and never quote a value.

use std::fmt;

use crate::failure::{Exit, Failure};
use crate::settings::NO_HOME;

/// What went wrong, as far as a caller branches on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The caller lacks this IAM action.
    Denied {
        /// For example `secretsmanager:CreateSecret`.
        action: String,
    },
    /// The caller may use the secret but not the KMS key that encrypts it, or the key is disabled.
    DeniedKms,
    /// Still told to slow down after all attempts.
    Throttled,
    /// The name belongs to a secret that is scheduled for deletion.
    ScheduledForDeletion {
        /// When it will be gone, RFC 3339, where known.
        when: Option<String>,
    },
    /// The name is taken by another value.
    Conflict,
    /// The name is taken by the same bytes, but as binary where programs ask for text, or the other way round.
    OtherForm,
    /// No such secret, version, stage or key.
    NotFound,
    /// No answer from the endpoint.
    Unreachable {
        /// The endpoint's host and port, where known.
        host: String,
        /// `connection refused`, `timed out`, …
        detail: String,
    },
    /// No AWS credentials.
    NoCredentials,
    /// No AWS region.
    NoRegion,
    /// Nothing says where the vault is.
    NoPlace,
    /// The credentials have expired.
    Expired,
    /// The endpoint would carry values in clear text over a network.
    PlainHttp {
        /// The endpoint's host.
        host: String,
    },
    /// The store refused the request's form; the text is ours.
    Invalid(String),
    /// The value is larger than 65,536 bytes.
    TooLarge,
    /// What was read back is not what was written.
    Mismatch,
    /// The vault file can't be used: damaged, wrong key, no permission.
    Vault(String),
    /// The journal could not be written, so the run stopped.
    Journal(String),
    /// Interrupted from the keyboard.
    Interrupted,
    /// Anything else.
    Other(String),
}

/// A refusal: which operation, on which secret, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    /// `CreateSecret`, …
    pub operation: &'static str,
    /// Name or ARN.
    pub secret: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The service's error code.
    pub code: Option<Box<str>>,
    /// The service's request id.
    pub request_id: Option<Box<str>>,
}

impl std::error::Error for StoreError {}

impl StoreError {
    pub(crate) fn new(operation: &'static str, secret: Option<&str>, reason: Reason) -> Self {
        Self { operation, secret: secret.map(str::to_owned), reason, code: None, request_id: None }
    }

    /// Whether the store has said no, or was not reached: it holds nothing of what it was asked to keep. Without an
    /// answer that is unknown.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self.reason,
            Reason::Unreachable { .. } | Reason::Mismatch | Reason::Vault(_) | Reason::Journal(_) | Reason::Interrupted
        )
    }

    /// Whether going on with other secrets is pointless.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self.reason,
            Reason::Throttled
                | Reason::Unreachable { .. }
                | Reason::NoCredentials
                | Reason::NoRegion
                | Reason::NoPlace
                | Reason::Expired
                | Reason::PlainHttp { .. }
                | Reason::Vault(_)
                | Reason::Journal(_)
                | Reason::Interrupted
        )
    }

    /// What to do next: a whole sentence, commands in backquotes.
    pub fn hint(&self) -> Option<String> {
        Some(match &self.reason {
            Reason::Denied { action } => format!("Allow the action `{action}` on this secret for the role that arnify runs under."),
            Reason::DeniedKms => "Allow `kms:GenerateDataKey` and `kms:Decrypt` on the secret's KMS key, and check that the key is enabled.".into(),
            Reason::Throttled => "Wait a minute and run `arnify resume`.".into(),
            Reason::ScheduledForDeletion { .. } => {
                "Restore it with `aws secretsmanager restore-secret --secret-id NAME`, or plan with another name (`--name-template`, `--env`, `--app`).".into()
            }
            Reason::Conflict | Reason::OtherForm => "Plan with another name, or give it a new version with `--update-existing`: whatever reads the secret then gets the new value.".into(),
            Reason::NotFound => "Check the name, the region and the account; a deleted and re-created secret has another ARN.".into(),
            Reason::Unreachable { .. } => "Check the network, the region and AWS_ENDPOINT_URL_SECRETS_MANAGER.".into(),
            Reason::NoCredentials => "Sign in with `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.".into(),
            Reason::NoRegion => "Name one with `--region`, AWS_REGION, or `region` in the AWS profile.".into(),
            Reason::NoPlace => NO_HOME.into(),
            Reason::Expired => "Sign in again, for example with `aws sso login`.".into(),
            Reason::PlainHttp { .. } => "Use an https:// endpoint, or one on 127.0.0.1.".into(),
            Reason::TooLarge => "Secrets Manager holds at most 65,536 bytes a secret; leave this one out or split it.".into(),
            _ => return None,
        })
    }

    /// The same as a failure of the run.
    pub fn into_failure(self) -> Failure {
        let exit = match self.reason {
            Reason::Interrupted => Exit::Interrupted,
            Reason::NoRegion | Reason::NoPlace | Reason::PlainHttp { .. } => Exit::Usage,
            _ => Exit::Store,
        };
        let hint = self.hint();
        let failure = Failure::new(exit, self);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { action } => write!(f, "access denied; the action {action} is missing"),
            Self::DeniedKms => f.write_str("access to the KMS key is denied"),
            Self::Throttled => f.write_str("throttled after several attempts"),
            Self::ScheduledForDeletion { when: Some(when) } => write!(f, "scheduled for deletion on {when}"),
            Self::ScheduledForDeletion { when: None } => f.write_str("scheduled for deletion"),
            Self::Conflict => f.write_str("exists with another value"),
            Self::OtherForm => {
                f.write_str("exists with these bytes in another form (binary for text, or text for binary)")
            }
            Self::NotFound => f.write_str("not found"),
            Self::Unreachable { host, detail } if host.is_empty() => write!(f, "can't reach the store: {detail}"),
            Self::Unreachable { host, detail } => write!(f, "can't reach {host}: {detail}"),
            Self::NoCredentials => f.write_str("no AWS credentials"),
            Self::NoRegion => f.write_str("no AWS region"),
            Self::NoPlace => f.write_str("there is no folder for it: HOME is not set"),
            Self::Expired => f.write_str("the AWS credentials have expired"),
            Self::PlainHttp { host } => {
                write!(f, "the endpoint {host} is plain http, so values would travel in clear text")
            }
            Self::TooLarge => f.write_str("the value is larger than 65,536 bytes"),
            Self::Mismatch => f.write_str("what was read back is not what was written"),
            Self::Journal(message) => write!(f, "can't write the journal: {message}"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Invalid(message) | Self::Vault(message) | Self::Other(message) => f.write_str(message),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.secret {
            Some(secret) => write!(f, "{} {secret}: {}", self.operation, self.reason)?,
            None => write!(f, "{}: {}", self.operation, self.reason)?,
        }
        match (&self.code, &self.request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            _ => Ok(()),
        }
    }
}

/// Reads an error code as AWS defines it. `message` is looked at for the two cases that share a code with
/// others, and never kept.
pub(crate) fn classify(operation: &'static str, code: &str, message: &str) -> Reason {
    let message = message.to_ascii_lowercase();
    match code {
        "AccessDeniedException" | "AccessDenied" if message.contains("kms") => Reason::DeniedKms,
        "EncryptionFailure" | "DecryptionFailure" => Reason::DeniedKms,
        "AccessDeniedException" | "AccessDenied" => Reason::Denied { action: format!("secretsmanager:{operation}") },
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => Reason::Throttled,
        "ResourceExistsException" => Reason::Conflict,
        "ResourceNotFoundException" => Reason::NotFound,
        "InvalidRequestException" if message.contains("deletion") || message.contains("deleted") => {
            Reason::ScheduledForDeletion { when: None }
        }
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => Reason::Expired,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken" => Reason::Other("AWS doesn't accept the credentials".into()),
        "InvalidParameterException" | "ValidationException" | "InvalidRequestException" => {
            Reason::Invalid("the store refused the request's form".into())
        }
        "LimitExceededException" => Reason::Invalid("a limit of the store is reached".into()),
        _ => Reason::Other("the store refused".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kms_denial_is_told_apart_from_a_missing_action() {
        let reason = |message| classify("CreateSecret", "AccessDeniedException", message);
        assert_eq!(reason("Access to KMS is not allowed"), Reason::DeniedKms);
        assert_eq!(reason("not authorized"), Reason::Denied { action: "secretsmanager:CreateSecret".into() });
    }

    #[test]
    fn the_service_s_words_are_not_repeated() {
        let reason = classify("PutSecretValue", "ValidationException", "Value 'hunter2' at 'secretString' is bad");
        let error = StoreError::new("PutSecretValue", Some("a/b"), reason);
        assert_eq!(error.to_string(), "PutSecretValue a/b: the store refused the request's form");
    }
}

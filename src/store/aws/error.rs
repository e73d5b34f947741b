//! From SDK errors to [`StoreError`]s: the code decides, never the HTTP status, and nothing is `Debug`-printed.

use std::error::Error;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId as _;

use super::config::{ClearText, Host};
use crate::store::error::{Reason, StoreError, classify};

/// What was asked, for the error's text.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) operation: &'static str,
    pub(super) secret: &'a str,
    pub(super) host: &'a Host,
}

impl Asked<'_> {
    /// An answer that lacks what it must have.
    pub(super) fn incomplete(self) -> StoreError {
        self.error(Reason::Other("the answer is incomplete".into()))
    }

    pub(super) fn refused<E>(self, error: &SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let reason = match error {
            SdkError::ServiceError(service) => {
                let meta = service.err().meta();
                classify(self.operation, meta.code().unwrap_or_default(), meta.message().unwrap_or_default())
            }
            SdkError::TimeoutError(_) => self.unreachable("timed out"),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(connector) => known_cause(connector).unwrap_or_else(|| {
                    let detail = if connector.is_timeout() { "timed out" } else { network_detail(connector) };
                    self.unreachable(detail)
                }),
                None => self.unreachable("no answer"),
            },
            SdkError::ConstructionFailure(_) => {
                known_cause(error).unwrap_or_else(|| Reason::Other("the request could not be made".into()))
            }
            SdkError::ResponseError(_) => Reason::Other("the answer could not be understood".into()),
            _ => Reason::Other("the call failed".into()),
        };
        let mut told = self.error(reason);
        if let SdkError::ServiceError(service) = error {
            let meta = service.err().meta();
            told.code = meta.code().map(Box::from);
            told.request_id = service.raw().headers().get("x-amzn-requestid").map(Box::from);
            told.request_id = told.request_id.or_else(|| meta.request_id().map(Box::from));
        }
        told
    }

    fn error(self, reason: Reason) -> StoreError {
        StoreError::new(self.operation, (!self.secret.is_empty()).then_some(self.secret), reason)
    }

    fn unreachable(self, detail: &str) -> Reason {
        Reason::Unreachable { host: self.host.as_str().to_owned(), detail: detail.to_owned() }
    }
}

/// Causes that are not the network's: our own refusal, and credentials.
fn known_cause(error: &(dyn Error + 'static)) -> Option<Reason> {
    causes(error).find_map(|cause| {
        if let Some(clear) = cause.downcast_ref::<ClearText>() {
            return Some(Reason::PlainHttp { host: clear.host.clone() });
        }
        // The credential chain's error types are not all public; their words are, and hold no secret.
        let text = cause.to_string();
        if text.contains("expired") {
            return Some(Reason::Expired);
        }
        let credentials = ["credential", "identity", "SSO", "profile"];
        credentials.iter().any(|word| text.contains(word)).then_some(Reason::NoCredentials)
    })
}

/// The system's words for what failed on the way, from the innermost cause that has any.
fn network_detail(error: &(dyn Error + 'static)) -> &'static str {
    let kinds = causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    match kinds.last() {
        Some(std::io::ErrorKind::ConnectionRefused) => "connection refused",
        Some(
            std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::BrokenPipe,
        ) => "connection closed",
        Some(std::io::ErrorKind::TimedOut) => "timed out",
        _ if causes(error).any(|cause| cause.to_string().contains("dns error")) => "the host name is not known",
        _ if causes(error).any(|cause| cause.to_string().contains("certificate")) => "the certificate is not trusted",
        _ => "the connection failed",
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

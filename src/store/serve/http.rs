//! One HTTP request to one answer: who may ask, how much, how long; the rest is the protocol's.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::{Method, Request, Response, StatusCode};
use zeroize::Zeroizing;

use super::ServeEvent;
use super::protocol::{self, Refusal};
use crate::store::local::LocalStore;

/// Largest request: a 64 KiB value, escaped, with its tags and description.
const LARGEST: usize = 1024 * 1024;
/// How long a client may take to send a body.
const BODY: Duration = Duration::from_secs(30);

pub(super) async fn answer(
    store: &LocalStore,
    request: Request<Incoming>,
    on_event: &(dyn Fn(ServeEvent) + Send + Sync),
) -> Response<Full<Bytes>> {
    let operation = operation_of(request.headers());
    let body = match checked_body(request).await {
        Ok(body) => body,
        Err(refusal) => return told(on_event, operation, String::new(), Err(refusal)),
    };
    let secret = protocol::secret_of(&body);
    let result = match &operation {
        Some(operation) => protocol::call(store.vault(), operation, &body).await,
        None => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "UnknownOperationException",
            "no X-Amz-Target of Secrets Manager",
        )),
    };
    told(on_event, operation, secret, result)
}

fn operation_of(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    let operation = target.strip_prefix("secretsmanager.")?;
    operation.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| operation.to_owned())
}

async fn checked_body(request: Request<Incoming>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) || !is_loopback(request.uri().host(), headers.get(HOST)) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "only programs on this machine may ask",
        ));
    }
    if request.method() != Method::POST {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "UnknownOperationException", "only POST is answered"));
    }
    let json = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !json.starts_with("application/x-amz-json-1.") {
        let message = "the content type is not application/x-amz-json-1.1";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "SerializationException", message));
    }
    match tokio::time::timeout(BODY, Limited::new(request.into_body(), LARGEST).collect()).await {
        Ok(Ok(collected)) => Ok(Zeroizing::new(Vec::from(collected.to_bytes()))),
        Ok(Err(_)) => {
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "ValidationException", "the request is cut or too large"))
        }
        Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "the request took too long")),
    }
}

/// Whether the request was addressed to this machine by a loopback name; a name that an attacker's DNS leads
/// here is not one.
fn is_loopback(uri: Option<&str>, host: Option<&HeaderValue>) -> bool {
    let host = uri.or_else(|| host.and_then(|host| host.to_str().ok())).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn told(
    on_event: &(dyn Fn(ServeEvent) + Send + Sync),
    operation: Option<String>,
    secret: String,
    result: Result<Vec<u8>, Refusal>,
) -> Response<Full<Bytes>> {
    let (status, code, body) = match result {
        Ok(body) => (StatusCode::OK, None, body),
        Err(refusal) => (refusal.status, Some(refusal.code), refusal.body()),
    };
    on_event(ServeEvent::Answered {
        operation: operation.unwrap_or_else(|| "?".into()),
        secret,
        status: status.as_u16(),
        code: code.map(str::to_owned),
    });
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_served() {
        let host = |text: &str| is_loopback(None, HeaderValue::from_str(text).ok().as_ref());
        assert!(["127.0.0.1:7777", "localhost:1", "LOCALHOST", "[::1]:80"].into_iter().all(host));
        assert!(
            !["evil.example", "localhost.evil.example:80", "127.0.0.1.nip.io", "", "10.0.0.1"].into_iter().any(host)
        );
    }
}

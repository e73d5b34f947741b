//! How AWS is reached: region, credentials, retries, timeouts, and no clear text over a network.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_secretsmanager::config::{ConfigBag, Credentials, Intercept, RuntimeComponents};
use aws_sdk_secretsmanager::error::BoxError;

use crate::store::error::{Reason, StoreError};

/// Attempts of one call, the first included.
const ATTEMPTS: u32 = 6;

/// Where AWS is when that is not left to the AWS configuration; for tests and emulators.
#[derive(Clone, Debug, Default)]
pub struct AwsTarget {
    /// Endpoint URL.
    pub endpoint: Option<String>,
    /// Access key id and secret access key.
    pub credentials: Option<(String, String)>,
    /// Longest wait between attempts; 20 seconds when `None`.
    pub max_backoff: Option<Duration>,
}

/// The host and port that requests go to, known with the first of them: an endpoint can come from many places.
#[derive(Clone, Debug, Default)]
pub(super) struct Host(Arc<OnceLock<String>>);

impl Host {
    pub(super) fn as_str(&self) -> &str {
        self.0.get().map_or("", String::as_str)
    }
}

/// A client and the host that it talks to.
pub(super) async fn client(region: Option<&str>, target: &AwsTarget) -> Result<(Client, Host), StoreError> {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_max_backoff(target.max_backoff.unwrap_or(Duration::from_secs(20))),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .operation_attempt_timeout(Duration::from_secs(15))
                .operation_timeout(Duration::from_mins(2))
                .build(),
        );
    if let Ok(name) = AppName::new("arnify") {
        // Shows in the user agent, so that CloudTrail tells who wrote.
        loader = loader.app_name(name);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(endpoint) = &target.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some((id, secret)) = &target.credentials {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "given"));
    }
    let shared = loader.load().await;
    if shared.region().is_none() {
        return Err(StoreError::new("connecting to AWS", None, Reason::NoRegion));
    }
    let host = Host::default();
    let watch = NoClearText { seen: host.clone() };
    let config = aws_sdk_secretsmanager::config::Builder::from(&shared).interceptor(watch).build();
    Ok((Client::from_conf(config), host))
}

/// Stops a request that would carry values over a network in clear text, whatever set its endpoint.
#[derive(Debug)]
struct NoClearText {
    seen: Host,
}

/// What [`NoClearText`] stops with.
#[derive(Debug, thiserror::Error)]
#[error("plain http endpoint")]
pub(super) struct ClearText {
    pub(super) host: String,
}

impl Intercept for NoClearText {
    fn name(&self) -> &'static str {
        "NoClearText"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let _ = self.seen.0.set(authority(context.request().uri()).to_owned());
        match clear_text_host(context.request().uri()) {
            Some(host) => Err(Box::new(ClearText { host: host.to_owned() })),
            None => Ok(()),
        }
    }
}

/// Host and port of a URL, without user and password.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

/// The host of a URL that is not https and not loopback.
fn clear_text_host(url: &str) -> Option<&str> {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let authority = authority(url);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    (!scheme.eq_ignore_ascii_case("https") && !loopback).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for fine in ["https://x.example", "http://127.0.0.1:5000/", "http://localhost", "http://[::1]:80/"] {
            assert_eq!(clear_text_host(fine), None, "{fine}");
        }
        for (bad, host) in [
            ("http://10.0.0.1:5000", "10.0.0.1"),
            ("http://localhost.example/", "localhost.example"),
            ("http://127.0.0.1@evil.example/", "evil.example"),
            ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        ] {
            assert_eq!(clear_text_host(bad), Some(host), "{bad}");
        }
    }
}

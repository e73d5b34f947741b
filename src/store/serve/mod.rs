//! The local vault behind the Secrets Manager wire protocol, on loopback.
//!
//! Signatures aren't checked: whoever can reach the port runs on this machine. A browser can be made to reach it
//! too, so a request with an `Origin`, or with a `Host` that is not loopback, is refused.

mod http;
mod protocol;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::settings::StoreSettings;
use crate::store::error::{Reason, StoreError};
use crate::store::local::LocalStore;
use crate::store::session::runtime;

/// How long a client may take to send its headers.
const HEADERS: Duration = Duration::from_secs(10);
/// How long calls in flight are waited for at the end.
const GRACE: Duration = Duration::from_secs(2);

/// What happens while serving; holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServeEvent {
    /// Ready on this port.
    Listening(u16),
    /// A call was answered.
    Answered {
        /// `GetSecretValue`, …
        operation: String,
        /// Name or ARN, when the call named one.
        secret: String,
        /// HTTP status.
        status: u16,
        /// Error code, when it was refused.
        code: Option<String>,
    },
}

/// Serves the vault until Ctrl-C or SIGTERM; port 0 takes a free one.
///
/// # Errors
/// When the port can't be bound.
pub fn serve(
    settings: &StoreSettings,
    port: u16,
    on_event: Arc<dyn Fn(ServeEvent) + Send + Sync>,
) -> Result<(), StoreError> {
    let store = Arc::new(LocalStore::open(settings)?);
    runtime()?.block_on(listen(store, port, on_event))
}

async fn listen(
    store: Arc<LocalStore>,
    port: u16,
    on_event: Arc<dyn Fn(ServeEvent) + Send + Sync>,
) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| {
        StoreError::new("serving", None, Reason::Other(format!("can't listen on 127.0.0.1:{port}: {error}")))
    };
    // Signals are taken before the port is announced, so that an early one ends the server cleanly too.
    let end = end_signal().map_err(failed)?;
    tokio::pin!(end);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?.port();
    on_event(ServeEvent::Listening(bound));
    let connections = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                stream
            } else {
                // Out of descriptors, or a client that left: wait a little and go on.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            },
            () = &mut end => break,
        };
        let (store, on_event) = (Arc::clone(&store), Arc::clone(&on_event));
        let service = hyper::service::service_fn(move |request| {
            let (store, on_event) = (Arc::clone(&store), Arc::clone(&on_event));
            async move { Ok::<_, std::convert::Infallible>(http::answer(&store, request, &*on_event).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    Ok(())
}

/// Resolves on SIGINT or SIGTERM.
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

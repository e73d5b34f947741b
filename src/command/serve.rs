//! `arnify serve`: the local vault on loopback until Ctrl-C or SIGTERM.

use std::io::Write as _;
use std::sync::Arc;

use crate::cli;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::store::{self, ServeEvent};
use crate::ui::Ui;

/// Serves; says on standard output where, and on standard error how to use it.
pub(super) fn run(settings: &Settings, args: &cli::Serve, ui: &mut Ui) -> Result<Exit, Failure> {
    let (quiet, verbose) = (ui.is_quiet(), ui.verbosity() > 0);
    let region = settings.store.region.clone().unwrap_or_else(|| "us-east-1".into());
    let on_event = Arc::new(move |event| match event {
        ServeEvent::Listening(port) => announce(port, &region, quiet),
        ServeEvent::Answered { operation, secret, status, code } if verbose => {
            let code = code.unwrap_or_default();
            let secret = crate::ui::sanitise(&secret);
            let _ = writeln!(std::io::stderr().lock(), "{operation} {secret} {status} {code}");
        }
        ServeEvent::Answered { .. } => {}
    });
    store::serve(&settings.store, args.port, on_event).map_err(store::StoreError::into_failure)?;
    Ok(Exit::Done)
}

/// The first line of standard output is for programs that wait for it; a closed stream is not a failure.
fn announce(port: u16, region: &str, quiet: bool) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "listening on http://127.0.0.1:{port}").and_then(|()| out.flush());
    if !quiet {
        let _ = writeln!(
            std::io::stderr().lock(),
            "export AWS_ENDPOINT_URL_SECRETS_MANAGER=http://127.0.0.1:{port}\n\
             export AWS_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
        );
    }
}

//! Where a migrated program reads its secrets: moto's server, or `arnify serve` on the sandbox's own vault.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::Sandbox;

/// A Secrets Manager on loopback.
pub struct Endpoint {
    local: bool,
    url: String,
    server: Option<Child>,
}

impl Endpoint {
    /// The test run's moto server.
    pub fn moto() -> Self {
        Self { local: false, url: crate::store::moto_url(), server: None }
    }

    /// `arnify serve` on the sandbox's vault; started by [`Self::open`].
    pub fn local() -> Self {
        Self { local: true, url: String::new(), server: None }
    }

    /// An address where nobody listens.
    pub fn gone() -> Self {
        Self { local: false, url: "http://127.0.0.1:9".to_owned(), server: None }
    }

    /// Starts what is needed.
    pub fn open(mut self, sandbox: &Sandbox) -> Self {
        if self.local {
            let mut command = sandbox.arnify(["serve", "--port", "0"]);
            let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("arnify serve");
            let mut line = String::new();
            BufReader::new(server.stdout.take().expect("standard output"))
                .read_line(&mut line)
                .expect("the first line");
            line.trim().rsplit(' ').next().expect("an address").clone_into(&mut self.url);
            self.server = Some(server);
        }
        self
    }

    /// Makes an arnify command use this store.
    pub fn select(&self, command: &mut Command) {
        command.env("ARNIFY_STORE", if self.local { "local" } else { "aws" });
        if !self.local {
            self.environment(command);
        }
    }

    /// Makes any SDK use this endpoint.
    pub fn environment(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing");
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

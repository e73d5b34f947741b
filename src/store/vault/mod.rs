//! The local vault: Secrets Manager's operations over an encrypted file.
//!
//! `data` is what the file holds, `file` how it is kept, `queue` which changes are written together, `read` and `write` are the operations with AWS's limits
//! and error codes. `store::local` and `store::serve` both stand on [`Vault`].

pub(crate) mod api;
pub(crate) mod data;
mod file;
mod filter;
mod limits;
mod queue;
mod random;
pub(crate) mod read;
pub(crate) mod write;

use std::path::Path;

pub(crate) use random::password;

use api::ApiError;
use data::VaultData;
use file::VaultFile;

/// Where and when an operation takes place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub region: String,
    pub account: String,
    /// Seconds since 1970, UTC.
    pub now: f64,
}

impl Place {
    fn prefix(&self) -> String {
        format!("arn:aws:secretsmanager:{}:{}", self.region, self.account)
    }
}

/// An operation's failure: the API's, or the file's.
#[derive(Debug)]
pub(crate) enum VaultError {
    Api(ApiError),
    File(String),
}

impl From<ApiError> for VaultError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

/// A vault file with the region and account that its ARNs name.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    file: VaultFile,
    region: String,
    account: String,
}

impl Vault {
    pub(crate) fn new(vault: &Path, region: &str, account: &str) -> Self {
        Self { file: VaultFile::new(vault), region: region.to_owned(), account: account.to_owned() }
    }

    /// Runs an operation that only reads.
    pub(crate) fn read<R>(&self, operation: impl FnOnce(&VaultData) -> Result<R, ApiError>) -> Result<R, VaultError> {
        let seen = self.file.read(|data| {
            data.purge(now());
            operation(data)
        });
        Ok(seen.map_err(VaultError::File)??)
    }

    /// Runs an operation that changes the vault; one that is refused must leave the data as it was.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut VaultData, &Place) -> Result<R, ApiError> + Send + 'static,
    ) -> Result<R, VaultError> {
        let (region, account) = (self.region.clone(), self.account.clone());
        let change = move |data: &mut VaultData| {
            let place = Place { region, account, now: now() };
            data.purge(place.now);
            operation(data, &place)
        };
        Ok(self.file.update(change).await.map_err(VaultError::File)??)
    }
}

fn marked_for_deletion() -> ApiError {
    ApiError::request("You can't perform this operation on the secret because it was marked for deletion.")
}

/// Seconds since 1970, to the millisecond.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit 53 bits for ages")]
fn now() -> f64 {
    jiff::Timestamp::now().as_millisecond() as f64 / 1000.0
}

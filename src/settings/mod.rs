//! Everything a run depends on, checked: the configuration file, the environment and the flags, in one [`Settings`].

mod environment;
mod root;
mod salt;
mod settle;
mod vault;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use environment::Environment;
pub(crate) use salt::random as random_salt;
pub use settle::settle;
pub use vault::check_vault;

pub use crate::cli::OnConflict;
use crate::cli::{Format, Selection, StoreKind};
use crate::failure::{Exit, Failure};
use crate::model::Confidence;
use crate::secret::Salt;

/// What helps where there is no folder of arnify's own.
pub(crate) const NO_HOME: &str = "Nothing was stored or changed. Set ARNIFY_HOME to a folder outside the repository.";

/// A checked run configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tree: root of the git work tree that holds the first path, else the folder that holds all paths; absolute.
    pub root: PathBuf,
    /// arnify's own folder: vault, key and journals. `ARNIFY_HOME`, else `$XDG_DATA_HOME/arnify`, else `~/.local/share/arnify`;
    /// `None` where the environment names none of them.
    pub home: Option<PathBuf>,
    /// What to read.
    pub selection: Selection,
    /// Reports of other tools to plan from, instead of a scan; `-` is standard input.
    pub reports: Vec<PathBuf>,
    /// How to scan.
    pub scan: ScanSettings,
    /// How secrets are named and tagged.
    pub naming: Naming,
    /// Where they go.
    pub store: StoreSettings,
    /// Form of the report.
    pub format: Format,
    /// File for the report; standard output when `None`.
    pub output: Option<PathBuf>,
    /// The baseline: the one that was named, else the tree's.
    pub baseline: PathBuf,
}

impl Settings {
    /// arnify's own folder, for what can't be done without it.
    ///
    /// # Errors
    /// Nothing says where it is.
    pub fn home(&self) -> Result<&Path, Failure> {
        self.home.as_deref().ok_or_else(|| {
            Failure::message(Exit::Usage, "there is no folder for vault, key and journals: HOME is not set")
                .hint(NO_HOME)
        })
    }

    /// The salt of fingerprints; `baseline` is the text that the baseline's was derived from, when there is one.
    /// Asking for it may run git over the history, so only what scans asks.
    pub fn salt(&self, baseline: Option<&str>) -> Salt {
        salt::of(&self.root, self.home.as_deref(), baseline)
    }
}

/// How to scan.
#[derive(Clone, Debug)]
pub struct ScanSettings {
    /// Threshold.
    pub min_confidence: Confidence,
    /// Worker threads; one a core when `None`.
    pub threads: Option<usize>,
    /// Rule files and folders beside the built-in ones.
    pub rule_paths: Vec<PathBuf>,
    /// Largest file to read, bytes.
    pub max_file_size: u64,
    /// Open archives.
    pub archives: bool,
    /// Gitignore-style patterns to leave out.
    pub exclude: Vec<String>,
    /// Read ignored and hidden files too.
    pub no_ignore: bool,
}

/// How secrets are named and tagged, and which findings take part.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Template with `{env}`, `{app}`, `{component}` and `{name}`.
    pub template: String,
    /// Environment given by `--env` or `ARNIFY_ENV`: it goes before what a file's name says.
    pub env: Option<String>,
    /// Environment of the configuration file: for files whose name says none.
    pub default_env: Option<String>,
    /// Application, when given.
    pub app: Option<String>,
    /// Tags for every secret.
    pub tags: BTreeMap<String, String>,
    /// Tags without which nothing is stored.
    pub required_tags: BTreeSet<String>,
    /// KMS key to encrypt with.
    pub kms_key_id: Option<String>,
    /// Migrate findings in test code too.
    pub include_tests: bool,
    /// What becomes of a resource that stands in the tree with different values.
    pub on_conflict: OnConflict,
}

/// Where secrets go.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// AWS or the local vault.
    pub kind: StoreKind,
    /// AWS region; `None` leaves it to the AWS configuration (`us-east-1` for the local vault).
    pub region: Option<String>,
    /// Account id for the local vault's ARNs, 12 digits.
    pub account: String,
    /// The vault file; its key lies beside it with the extension `key`. Empty where nothing says where it is, see
    /// [`Settings::home`].
    pub vault: PathBuf,
    /// Calls in flight at most.
    pub concurrency: usize,
    /// Give an existing secret with another value a new version instead of refusing.
    pub update_existing: bool,
}

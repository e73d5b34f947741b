//! The environment, read once: nothing else in arnify asks for variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The part of the environment that arnify reads, taken once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Variables by name.
    pub variables: BTreeMap<OsString, OsString>,
    /// The folder that arnify was started in.
    pub current_dir: PathBuf,
}

impl Environment {
    /// Takes the process's environment.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn take() -> std::io::Result<Self> {
        Ok(Self { variables: std::env::vars_os().collect(), current_dir: std::env::current_dir()? })
    }

    /// A variable's text; empty ones count as unset, as is usual for `NO_COLOR` and its kin.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(&OsString::from(name))?;
        (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
    }

    /// A variable as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(&OsString::from(name)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// arnify's own folder: `ARNIFY_HOME`, else `$XDG_DATA_HOME/arnify`, else `~/.local/share/arnify`.
    pub fn home(&self) -> PathBuf {
        let data = || self.path("XDG_DATA_HOME").map(|data| data.join("arnify"));
        let user = || self.path("HOME").map(|home| home.join(".local/share/arnify"));
        let home = self.path("ARNIFY_HOME").or_else(data).or_else(user);
        self.current_dir.join(home.unwrap_or_else(|| PathBuf::from(".arnify-home")))
    }
}

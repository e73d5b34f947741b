//! The environment, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The part of the environment that arnify reads, taken once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Variables by name.
    pub variables: BTreeMap<String, OsString>,
    /// The folder that arnify was started in.
    pub current_dir: PathBuf,
}

impl Environment {
    /// The process's own; variables whose names are not UTF-8 are none of ours.
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let current_dir = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        Self { variables, current_dir }
    }

    /// Whether the variable is there and not empty.
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.get(name).is_some_and(|value| !value.is_empty())
    }

    /// The variable as text; `None` when it is absent, empty or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.variables.get(name).and_then(|value| value.to_str()).filter(|value| !value.is_empty())
    }

    /// The variable as a path, made absolute; `None` when it is absent or empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(|value| self.current_dir.join(value))
    }
}

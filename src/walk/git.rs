//! Git's plumbing. A repository is always named by its folder: what the surroundings say about another one
//! (`GIT_DIR` and its like, which git sets for hooks) is put aside. `GIT_INDEX_FILE` stays, because within a
//! pre-commit hook it names the index that is about to be committed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::WalkError;

const FOREIGN: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
];

/// A git command for the repository at `root`.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new("git");
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.arg("-C").arg(root).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// Runs git and gives what it prints.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, WalkError> {
    let action = || arguments.first().copied().unwrap_or_default().to_owned();
    let output = command(root).args(arguments).output();
    let output = output.map_err(|error| WalkError::Git { action: action(), message: error.to_string() })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let message = if message.is_empty() { output.status.to_string() } else { message };
    Err(WalkError::Git { action: action(), message })
}

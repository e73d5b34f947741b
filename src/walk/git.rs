//! Git's plumbing, run as a program. Variables that would point git at another repository are taken out, so
//! that it answers for the folder it is asked about; worktrees and submodules are git's own business.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::WalkError;

/// Variables by which a caller (a hook, for one) redirects git. `GIT_INDEX_FILE` stays: `git commit FILE` runs the
/// hook with a temporary index, and that is the one that will be committed.
const REDIRECTIONS: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_PREFIX"];

/// A git command in `folder`, its output not localised and its optional locks off.
pub(super) fn git<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).arg("--no-optional-locks").args(arguments);
    for name in REDIRECTIONS {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    command
}

/// Runs a git command and gives its output.
pub(super) fn ask(mut command: Command, action: &str) -> Result<Vec<u8>, WalkError> {
    let failed = |message: String| WalkError::Git { action: action.to_owned(), message };
    let output = command.output().map_err(|error| failed(format!("can't run git: {error}")))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failed(said.trim().lines().next().unwrap_or("it failed without a word").to_owned()))
    }
}

/// Where git looks for hooks: `core.hooksPath`, else the repository's own folder, also from a worktree.
///
/// # Errors
/// Git's words, outside a repository for one.
pub fn hooks_folder(folder: &Path) -> Result<PathBuf, WalkError> {
    let output = ask(git(folder, ["rev-parse", "--git-path", "hooks"]), "rev-parse")?;
    Ok(folder.join(String::from_utf8_lossy(&output).trim_end_matches('\n')))
}

/// The repository's first commit: the same in every clone, and particular to the project. `None` without git,
/// outside a repository or before the first commit.
pub fn root_commit(folder: &Path) -> Option<String> {
    let output = ask(git(folder, ["rev-list", "--max-parents=0", "HEAD"]), "rev-list").ok()?;
    String::from_utf8(output).ok()?.lines().last().map(str::to_owned)
}

//! `arnify hook`: the pre-commit hook.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::cli::{self, HookVerb};
use crate::command::output;
use crate::failure::{Exit, Failure, OutputError};
use crate::settings::Settings;
use crate::ui::{Ui, sanitise};
use crate::walk::git;

/// What a hook of ours is known by.
const MARK: &str = "# written by `arnify hook install`";

/// Runs the verb.
pub(super) fn run(settings: &Settings, args: &cli::Hook, ui: &mut Ui) -> Result<Exit, Failure> {
    super::words_only(settings, "hook")?;
    super::no_report(settings, "hook", "Leave out `-o`.")?;
    let hook = hook_path(&settings.root)?;
    match args.verb {
        HookVerb::Install { force } => install(&hook, force, ui),
        HookVerb::Uninstall => uninstall(&hook, ui),
    }
}

/// Where git looks for the hook; it knows about `core.hooksPath` and linked work trees.
fn hook_path(root: &Path) -> Result<PathBuf, Failure> {
    let answer = git::run(root, &["rev-parse", "--git-path", "hooks/pre-commit"])
        .map_err(|error| Failure::new(Exit::Usage, error).hint("a hook needs a git repository; run this within one"))?;
    Ok(root.join(answer.trim_end_with(|char| char == '\n').to_path_lossy()))
}

fn install(hook: &Path, force: bool, ui: &mut Ui) -> Result<Exit, Failure> {
    let saved = saved(hook);
    if is_foreign(hook) {
        if !force {
            let failure = Failure::message(Exit::Usage, format!("{} is not arnify's", hook.display()));
            return Err(failure.hint("`arnify hook install --force` keeps it and runs it first"));
        }
        if saved.exists() {
            let failure = Failure::message(Exit::Usage, format!("{} is in the way", saved.display()));
            return Err(failure.hint("move it away, so that no hook is lost"));
        }
        std::fs::rename(hook, &saved).map_err(|source| trouble(hook, source))?;
    }
    if let Some(folder) = hook.parent() {
        std::fs::create_dir_all(folder).map_err(|source| trouble(folder, source))?;
    }
    let program = std::env::current_exe().map_err(|source| trouble(hook, source))?;
    output::to_file(hook, script(program.as_os_str()).as_bytes())?;
    make_executable(hook).map_err(|source| trouble(hook, source))?;
    ui.note(&format!("{}: checks what is staged before each commit", sanitise(&hook.display().to_string())));
    Ok(Exit::Done)
}

fn uninstall(hook: &Path, ui: &mut Ui) -> Result<Exit, Failure> {
    if !hook.exists() {
        ui.note("there is no hook");
        return Ok(Exit::Done);
    }
    if is_foreign(hook) {
        return Err(Failure::message(Exit::Usage, format!("{} is not arnify's", hook.display())));
    }
    let saved = saved(hook);
    // The rename takes ours away and puts the earlier one back in one step.
    let done = if saved.exists() { std::fs::rename(&saved, hook) } else { std::fs::remove_file(hook) };
    done.map_err(|source| trouble(hook, source))?;
    ui.note(&format!("{}: removed", sanitise(&hook.display().to_string())));
    Ok(Exit::Done)
}

/// The hook that ours took the place of.
fn saved(hook: &Path) -> PathBuf {
    hook.with_file_name("pre-commit.arnify-saved")
}

fn is_foreign(hook: &Path) -> bool {
    hook.symlink_metadata().is_ok() && !std::fs::read(hook).is_ok_and(|text| text.contains_str(MARK))
}

/// The saved hook's refusal counts first. `arnify` of the PATH is preferred, so that an update is used.
fn script(program: &OsStr) -> String {
    let program = program.to_string_lossy().replace('\'', r"'\''");
    format!(
        r#"#!/bin/sh
{MARK}; `arnify hook uninstall` removes it
saved="$(dirname "$0")/pre-commit.arnify-saved"
if [ -x "$saved" ]; then
    "$saved" "$@" || exit $?
fi
if command -v arnify >/dev/null 2>&1; then
    exec arnify check --staged
elif [ -x '{program}' ]; then
    exec '{program}' check --staged
fi
echo "arnify: not found; install it, or remove this hook: $0" >&2
exit 1
"#
    )
}

#[cfg(unix)]
fn make_executable(hook: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_hook: &Path) -> std::io::Result<()> {
    Ok(())
}

fn trouble(path: &Path, source: std::io::Error) -> Failure {
    Failure::new(Exit::Usage, OutputError { target: path.display().to_string(), source })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_hook_is_kept_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let hook = dir.path().join("hooks/pre-commit");
        let (mut ui, _) = Ui::captured("");
        install(&hook, false, &mut ui).unwrap();
        install(&hook, false, &mut ui).unwrap();
        uninstall(&hook, &mut ui).unwrap();
        assert!(!hook.exists());
        std::fs::write(&hook, "#!/bin/sh\nexit 7\n").unwrap();
        assert!(install(&hook, false, &mut ui).is_err());
        assert!(uninstall(&hook, &mut ui).is_err());
        install(&hook, true, &mut ui).unwrap();
        assert!(std::fs::read_to_string(saved(&hook)).unwrap().contains("exit 7"));
        uninstall(&hook, &mut ui).unwrap();
        assert!(std::fs::read_to_string(&hook).unwrap().contains("exit 7"));
    }

    #[test]
    fn a_quote_in_the_programs_path_stays_within_its_quotes() {
        assert!(script(OsStr::new("/a'b/arnify")).contains(r"exec '/a'\''b/arnify' check"));
    }
}

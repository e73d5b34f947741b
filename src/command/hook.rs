//! `arnify hook`: a pre-commit hook that checks what is staged.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::apply::files;
use crate::cli::{Hook, HookVerb};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::walk;

/// By this line a hook is known as ours.
const MARK: &str = "# installed by arnify; `arnify hook uninstall` removes it";
/// Where a hook that was there before is kept and run from.
const SAVED: &str = "pre-commit.arnify-saved";

/// Installs or removes the hook of the current work tree.
pub(super) fn run(settings: &Settings, args: &Hook, ui: &mut Ui) -> Result<Exit, Failure> {
    let hooks = walk::hooks_folder(&settings.root)
        .map_err(|error| Failure::new(Exit::Usage, error).hint("Run it inside a git work tree."))?;
    match args.verb {
        HookVerb::Install { force } => install(&hooks, force, ui),
        HookVerb::Uninstall => uninstall(&hooks, ui),
    }
}

fn install(hooks: &Path, force: bool, ui: &mut Ui) -> Result<Exit, Failure> {
    let hook = hooks.join("pre-commit");
    match standing(&hook) {
        Standing::Foreign if !force => {
            let failure = Failure::message(Exit::Usage, format!("{}: there is another hook", hook.display()));
            return Err(failure.hint(format!("`--force` keeps it as {SAVED} and runs it first.")));
        }
        Standing::Foreign => std::fs::rename(&hook, hooks.join(SAVED)).map_err(|error| io(&hook, &error))?,
        Standing::Ours | Standing::Absent => {}
    }
    std::fs::create_dir_all(hooks).map_err(|error| io(hooks, &error))?;
    let binary = std::env::current_exe().map_err(|error| Failure::new(Exit::Bug, error))?;
    files::write_shared(&hook, script(&binary).as_bytes())?;
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).map_err(|error| io(&hook, &error))?;
    ui.note(&format!("{}: commits with a new plaintext credential are now stopped", hook.display()));
    Ok(Exit::Done)
}

fn uninstall(hooks: &Path, ui: &mut Ui) -> Result<Exit, Failure> {
    let hook = hooks.join("pre-commit");
    match standing(&hook) {
        Standing::Ours => std::fs::remove_file(&hook).map_err(|error| io(&hook, &error))?,
        Standing::Absent | Standing::Foreign => {
            return Err(Failure::message(Exit::Usage, format!("{}: there is no hook of arnify's", hook.display())));
        }
    }
    let saved = hooks.join(SAVED);
    if saved.exists() {
        std::fs::rename(&saved, &hook).map_err(|error| io(&saved, &error))?;
        ui.note(&format!("{}: the hook that was there before is back", hook.display()));
    } else {
        ui.note(&format!("{}: removed", hook.display()));
    }
    Ok(Exit::Done)
}

enum Standing {
    Absent,
    Ours,
    Foreign,
}

fn standing(hook: &Path) -> Standing {
    match std::fs::read(hook) {
        Ok(text) if memchr::memmem::find(&text, MARK.as_bytes()).is_some() => Standing::Ours,
        Ok(_) => Standing::Foreign,
        Err(_) if hook.symlink_metadata().is_ok() => Standing::Foreign,
        Err(_) => Standing::Absent,
    }
}

/// The `arnify` on the path goes first, so that an upgrade needs no new hook. Without any, the commit is stopped:
/// a gate that isn't there is not a clean result.
fn script(binary: &Path) -> String {
    let quoted = format!("'{}'", binary.to_string_lossy().replace('\'', r"'\''"));
    format!(
        "#!/bin/sh\n{MARK}\nsaved=\"$(dirname \"$0\")/{SAVED}\"\nif [ -x \"$saved\" ]; then \"$saved\" \"$@\" || exit; fi\n\
         if command -v arnify >/dev/null 2>&1; then exec arnify check --staged; fi\n\
         if [ -x {quoted} ]; then exec {quoted} check --staged; fi\n\
         echo 'arnify is not installed, so this commit was not checked: install it, or remove .git/hooks/pre-commit' >&2\nexit 1\n"
    )
}

fn io(path: &Path, error: &std::io::Error) -> Failure {
    Failure::message(Exit::Usage, format!("{}: {error}", path.display()))
}

//! The command line as a whole: exit codes, hazards of a tree, configuration, the gate.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that can't be set up has failed")]

mod archives;
mod gate;
mod hazards;
mod usage;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder to work in and a home beside it.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["tree", "home"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    pub(crate) fn tree(&self) -> std::path::PathBuf {
        self.dir.path().join("tree")
    }

    #[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = self.tree().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// arnify in the tree, with nothing of the surroundings.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arnify"));
        self.scrub(&mut command);
        command
    }

    pub(crate) fn scrub(&self, command: &mut Command) {
        let foreign = |name: &str| {
            let prefixes = ["AWS_", "ARNIFY_", "GIT_", "CLICOLOR"];
            prefixes.iter().any(|prefix| name.starts_with(prefix))
                || ["CI", "NO_COLOR", "XDG_DATA_HOME"].contains(&name)
        };
        for (name, _) in std::env::vars().filter(|(name, _)| foreign(name)) {
            command.env_remove(name);
        }
        let home = self.dir.path().join("home");
        command.env("HOME", &home).env("ARNIFY_HOME", home.join("arnify")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.current_dir(self.tree()).stdin(Stdio::null());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command().args(arguments).output().unwrap())
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("git");
        self.scrub(&mut command);
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"]).args(arguments);
        Ran::from(command.output().unwrap())
    }
}

/// What a program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(self.err.contains(said), "{said:?} not in {self:#?}");
        assert!(!self.err.contains("this is a bug"), "{self:#?}");
    }
}

/// A line with a password that was drawn now.
pub(crate) fn secret_line() -> (String, String) {
    let value = crate::support::random_text(24);
    (format!("db_password = \"{value}\"\n"), value)
}

pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

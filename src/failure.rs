//! What can go wrong, as the person at the terminal sees it.
//!
//! A [`Failure`] is an error with a kind, and the kind decides the exit code; hints name the next command.
//! Libraries below `command` return their own typed errors; `command` turns them into failures.

use std::fmt;
use std::io;

use crate::ui::{Ui, sanitise};

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: clean, or done.
    Done,
    /// 1: findings.
    Findings,
    /// 2: usage, configuration or rule error.
    Usage,
    /// 3: incomplete: something could not be read, was cut, or the input that was asked for is empty.
    Incomplete,
    /// 4: the store refused or could not be reached.
    Store,
    /// 5: partly applied; the journal says what.
    Partial,
    /// 6: a file changed under the run, edits conflict, or one resource has different values.
    Conflict,
    /// 70: a bug.
    Bug,
    /// 130: interrupted.
    Interrupted,
    /// The exit code of a child process that `arnify exec` ran.
    Child(u8),
}

impl Exit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Store => 4,
            Self::Partial => 5,
            Self::Conflict => 6,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Child(code) => code,
        }
    }

    /// The heading of an error message of this kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::Done | Self::Findings | Self::Child(_) => "error",
            Self::Usage => "can't start",
            Self::Incomplete => "incomplete",
            Self::Store => "secret store",
            Self::Partial => "partly applied",
            Self::Conflict => "conflict",
            Self::Bug => "bug in arnify",
            Self::Interrupted => "interrupted",
        }
    }
}

/// An error with its exit code and the steps that help.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub exit: Exit,
    /// What happened, with its causes.
    pub source: anyhow::Error,
    /// What to do next: whole sentences, commands in backquotes.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure without hints.
    pub fn new(exit: Exit, source: impl Into<anyhow::Error>) -> Self {
        Self { exit, source: source.into(), hints: Vec::new() }
    }

    /// A failure from a message.
    pub fn message(exit: Exit, message: impl fmt::Display) -> Self {
        Self::new(exit, anyhow::anyhow!("{message}"))
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<serde_json::Error> for Failure {
    /// Reports are plain data, so a serialiser that refuses them is a bug.
    fn from(error: serde_json::Error) -> Self {
        Self::new(Exit::Bug, error)
    }
}

/// Standard output, or the file that stands for it, did not take what was written.
#[derive(Debug, thiserror::Error)]
#[error("can't write to {target}")]
pub struct OutputError {
    /// What was written to, as a person would say it.
    pub target: String,
    /// The system's words.
    #[source]
    pub source: io::Error,
}

/// What a write came to, unless its reader has gone away (`arnify scan | head`): that is no failure, and what is left to
/// do and the exit code stay those of the result.
///
/// # Errors
/// The system's other words.
pub fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

impl Failure {
    /// A failure to write to standard output. A reader that has gone away is none: see [`unless_gone`].
    pub fn output(source: io::Error) -> Self {
        Self::new(Exit::Usage, OutputError { target: "standard output".into(), source })
    }

    /// Prints the failure to standard error and gives the exit code that it stands for.
    pub fn report(&self, ui: &mut Ui) -> Exit {
        let text = self.text();
        ui.failure(self.exit.title(), &text);
        self.exit
    }

    /// Message, causes and hints, a line each; fit for a terminal.
    fn text(&self) -> String {
        let mut lines = vec![sanitise_lines(&self.source.to_string())];
        let causes = self.source.chain().skip(1).map(ToString::to_string);
        lines.extend(causes.map(|cause| format!("  because: {}", sanitise_lines(&cause))));
        lines.extend(self.hints.iter().map(|hint| format!("  hint: {}", sanitise_lines(hint))));
        lines.join("\n")
    }
}

/// Escapes everything but line breaks; further lines are indented.
fn sanitise_lines(text: &str) -> String {
    text.lines().map(sanitise).collect::<Vec<_>>().join("\n    ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.source)
    }
}

/// Makes a panic say where it happened and nothing else: its message may hold a file's bytes.
pub fn hide_panic_payloads() {
    std::panic::set_hook(Box::new(|info| {
        use io::Write as _;
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        // Nothing is left to do when standard error is gone.
        let _ = writeln!(io::stderr(), "arnify: this is a bug in arnify{place}; please report this line");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hints_have_a_line_each_and_no_escape_survives() {
        let cause = io::Error::other("gone\u{1b}[2J");
        let failure = Failure::new(Exit::Usage, OutputError { target: "x".into(), source: cause }).hint("try `y`");
        let (mut ui, captured) = Ui::captured("");
        assert_eq!(failure.report(&mut ui), Exit::Usage);
        let said = captured.err();
        assert_eq!(said, "arnify: can't start: can't write to x\n  because: gone\\u{1b}[2J\n  hint: try `y`\n");
    }

    #[test]
    fn a_reader_that_has_gone_away_is_no_failure_and_a_full_disk_is() {
        assert!(unless_gone(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        let full = unless_gone(Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        let (mut ui, _) = Ui::captured("");
        assert_eq!(Failure::output(full).report(&mut ui), Exit::Usage);
    }
}

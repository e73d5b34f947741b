//! What can go wrong, as the person at the terminal sees it.
//!
//! A [`Failure`] is an error with a kind, and the kind decides the exit code; hints name the next command.
//! Libraries below `command` return their own typed errors; `command` turns them into failures.

use std::fmt;

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
    /// 6: a file changed under the run, or edits conflict.
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

    /// A failure to write results to standard output.
    pub fn output(error: std::io::Error) -> Self {
        Self::new(Exit::Usage, anyhow::Error::new(error).context("standard output"))
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.source)
    }
}

//! Colour, progress, prompts, and the sanitising of untrusted text: the only way from a command to a person.
//!
//! [`Ui`] holds the writers, so that nothing else prints and a test can capture all of it.

mod progress;
mod sanitise;
mod style;

use std::io::{self, BufRead as _, IsTerminal as _, Write};

pub use progress::Meter;
pub use sanitise::sanitise;
pub use style::Style;

use crate::cli::ColorArg;

/// Where a command writes, and how.
pub struct Ui {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    out_color: bool,
    err_color: bool,
    interactive: bool,
    quiet: bool,
    verbosity: u8,
}

impl Ui {
    /// Standard output and standard error. `no_color` is the `NO_COLOR` convention, `force_color` is
    /// `CLICOLOR_FORCE`; an explicit choice goes before both.
    pub fn standard(choice: ColorArg, (no_color, force_color): (bool, bool), quiet: bool, verbosity: u8) -> Self {
        let wanted = |terminal: bool| match choice {
            ColorArg::Always => true,
            ColorArg::Never => false,
            ColorArg::Auto => force_color || (terminal && !no_color),
        };
        Self {
            out_color: wanted(io::stdout().is_terminal()),
            err_color: wanted(io::stderr().is_terminal()),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            quiet,
            verbosity,
        }
    }

    /// Standard output: results.
    pub fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// Whether results are coloured.
    pub fn color(&self) -> bool {
        self.out_color
    }

    /// Whether messages are coloured.
    pub fn error_color(&self) -> bool {
        self.err_color
    }

    /// 0, or the number of `-v`.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// Whether only results are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Says something beside the results, on standard error; nothing under `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Says something under `-v` only.
    pub fn detail(&mut self, text: &str) {
        if self.verbosity > 0 {
            self.say(text);
        }
    }

    /// Says what needs attention, `--quiet` or not.
    pub fn warn(&mut self, text: &str) {
        let label = Style::WARNING.paint("warning", self.err_color);
        self.say(&format!("{label}: {text}"));
    }

    /// Prints an error with its heading, causes and hints.
    pub fn fail(&mut self, failure: &crate::failure::Failure) {
        let label = Style::ERROR.paint(failure.exit.title(), self.err_color);
        self.say(&format!("{label}: {failure}"));
        for hint in &failure.hints {
            let label = Style::HINT.paint("hint", self.err_color);
            self.say(&format!("  {label}: {hint}"));
        }
    }

    /// Whether a person can be asked: both standard input and standard error are terminals.
    pub fn can_ask(&self) -> bool {
        self.interactive
    }

    /// Asks on the terminal; anything but `y` or `yes` is a no.
    pub fn confirm(&mut self, question: &str) -> bool {
        self.flush();
        let asked = write!(self.err, "{question} [y/N] ").and_then(|()| self.err.flush());
        let mut answer = String::new();
        asked.is_ok()
            && io::stdin().lock().read_line(&mut answer).is_ok()
            && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// A progress meter on standard error; it draws nothing unless that is a terminal and the work lasts.
    pub fn meter(&self) -> Meter {
        Meter::new(!self.quiet && io::stderr().is_terminal())
    }

    /// Writes out what is buffered; a reader that has gone away is no error.
    pub fn flush(&mut self) {
        let _ = self.out.flush();
        let _ = self.err.flush();
    }

    /// A message that can't be delivered is lost: there is nowhere left to say so.
    fn say(&mut self, text: &str) {
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{}", sanitise::keep_style(text));
    }
}

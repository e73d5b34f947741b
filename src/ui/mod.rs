//! The terminal: what is printed where, colour, questions, progress, and the sanitising of untrusted text.
//!
//! A [`Ui`] holds the writers, so that a test can capture them. Results go to [`Ui::out`]; what is said about
//! the run goes to standard error through [`Ui::note`], [`Ui::detail`] and [`Ui::warn`].

mod progress;
mod sanitise;
mod style;
mod words;

use std::io::{self, BufRead, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

pub use progress::Bar;
pub use sanitise::sanitise;
pub use style::{BOLD, DIM, GREEN, RED, YELLOW, paint};
pub use words::{count, size};

use crate::cli::Global;
use crate::failure::{self, Exit};
use crate::settings::Environment;

/// The terminal, or what stands for it.
pub struct Ui {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    input: Box<dyn BufRead>,
    terminals: Terminals,
    color: style::Colors,
    quiet: bool,
    verbose: u8,
    progress: bool,
}

/// Which of the three streams are terminals.
#[derive(Clone, Copy, Debug, Default)]
struct Terminals {
    input: bool,
    out: bool,
    err: bool,
}

impl Ui {
    /// The process's own streams.
    pub fn of_process(global: &Global, environment: &Environment) -> Self {
        let terminals = Terminals {
            input: io::stdin().is_terminal(),
            out: io::stdout().is_terminal(),
            err: io::stderr().is_terminal(),
        };
        let color = style::Colors::choose(global.color, environment, terminals.out, terminals.err);
        // Without colour the bytes go through untouched: `arnify inject` prints a file's own text.
        let out: Box<dyn Write> = if color.out {
            Box::new(anstream::AutoStream::new(io::stdout(), anstream::ColorChoice::Always))
        } else {
            Box::new(io::stdout())
        };
        let err: Box<dyn Write> = if color.err {
            Box::new(anstream::AutoStream::new(io::stderr(), anstream::ColorChoice::Always))
        } else {
            Box::new(io::stderr())
        };
        let input = Box::new(io::BufReader::new(io::stdin()));
        let progress = progress::is_wanted(terminals.err, global.quiet, environment);
        Self { out, err, input, terminals, color, quiet: global.quiet, verbose: global.verbose, progress }
    }

    /// Streams in memory, for tests; `input` is what is typed. It counts as no terminal.
    pub fn captured(input: &str) -> (Self, Captured) {
        let captured = Captured::default();
        let ui = Self {
            out: Box::new(captured.out.clone()),
            err: Box::new(captured.err.clone()),
            input: Box::new(io::Cursor::new(input.as_bytes().to_vec())),
            terminals: Terminals::default(),
            color: style::Colors::default(),
            quiet: false,
            verbose: 0,
            progress: false,
        };
        (ui, captured)
    }

    /// Standard output: results only. What is untrusted goes through [`sanitise`] first when a person reads it.
    pub fn out(&mut self) -> &mut dyn Write {
        &mut *self.out
    }

    /// A line about the run on standard error; `--quiet` leaves it out.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// A line on standard error that only `-v` shows.
    pub fn detail(&mut self, text: &str) {
        if self.verbose > 0 && !self.quiet {
            self.say(text);
        }
    }

    /// A warning on standard error, `--quiet` or not.
    pub fn warn(&mut self, text: &str) {
        let head = paint("warning:", YELLOW, self.color.err);
        self.say(&format!("arnify: {head} {text}"));
    }

    /// An error on standard error. [`crate::failure::Failure::report`] calls it.
    pub fn failure(&mut self, title: &str, text: &str) {
        let head = paint(&format!("{title}:"), RED, self.color.err);
        self.say(&format!("arnify: {head} {text}"));
    }

    /// Asks a question that is answered with yes or no; anything but yes is no, and so is no terminal to ask on.
    pub fn confirm(&mut self, question: &str) -> bool {
        if !self.can_ask() {
            return false;
        }
        self.ask(question)
    }

    /// Asks for one of several answers, each with its letter; nothing that fits is no answer, and so is no terminal.
    pub fn choose(&mut self, question: &str, answers: &[(char, &str)]) -> Option<char> {
        if !self.can_ask() {
            return None;
        }
        self.pick(question, answers)
    }

    /// Whether somebody is there to answer a question.
    pub fn can_ask(&self) -> bool {
        self.terminals.input && self.terminals.err
    }

    /// Whether standard output takes colour.
    pub fn color(&self) -> bool {
        self.color.out
    }

    /// Whether standard error takes colour.
    pub fn err_color(&self) -> bool {
        self.color.err
    }

    /// Whether standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminals.out
    }

    /// How often `-v` was given.
    pub fn verbosity(&self) -> u8 {
        self.verbose
    }

    /// Whether `--quiet` was given.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A progress bar on standard error; it shows nothing when that is no terminal, with `--quiet`, where `CI` is set,
    /// and in the first second.
    pub fn progress(&self) -> Bar {
        Bar::new(self.progress)
    }

    /// Flushes standard output. A reader that has gone away leaves `exit` as it is; another failure is said.
    pub fn finish(&mut self, exit: Exit) -> Exit {
        match failure::unless_gone(self.out.flush()) {
            Ok(()) => exit,
            Err(error) => failure::Failure::output(error).report(self),
        }
    }

    fn say(&mut self, text: &str) {
        // Nothing is left to tell anybody when standard error is gone.
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{text}");
    }

    fn ask(&mut self, question: &str) -> bool {
        matches!(self.answer(&format!("{question} [y/N] ")).as_str(), "y" | "yes")
    }

    fn pick(&mut self, question: &str, answers: &[(char, &str)]) -> Option<char> {
        for (letter, meaning) in answers {
            self.say(&format!("  {letter}  {meaning}"));
        }
        let letters: Vec<String> = answers.iter().map(|(letter, _)| letter.to_string()).collect();
        let typed = self.answer(&format!("{question} [{}] ", letters.join("/")));
        answers.iter().map(|(letter, _)| *letter).find(|letter| typed == letter.to_string())
    }

    /// What is typed after `prompt`, in lower case.
    fn answer(&mut self, prompt: &str) -> String {
        let _ = self.out.flush();
        let _ = write!(self.err, "{prompt}");
        let _ = self.err.flush();
        let mut answer = String::new();
        if self.input.read_line(&mut answer).is_err() {
            return String::new();
        }
        answer.trim().to_ascii_lowercase()
    }
}

/// What a captured [`Ui`] was told.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    out: Shared,
    err: Shared,
}

impl Captured {
    /// Standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_yes_is_no() {
        for (typed, yes) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("n\n", false), ("yep\n", false)]
        {
            let (mut ui, captured) = Ui::captured(typed);
            assert_eq!(ui.ask("Go on?"), yes, "{typed:?}");
            assert_eq!(captured.err(), "Go on? [y/N] ");
        }
    }

    #[test]
    fn only_an_offered_letter_is_an_answer() {
        let answers = [('a', "apart"), ('l', "leave")];
        for (typed, chosen) in [("a\n", Some('a')), ("L\n", Some('l')), ("x\n", None), ("", None)] {
            let (mut ui, captured) = Ui::captured(typed);
            assert_eq!(ui.pick("What?", &answers), chosen, "{typed:?}");
            assert_eq!(captured.err(), "  a  apart\n  l  leave\nWhat? [a/l] ");
        }
    }

    #[test]
    fn nobody_is_asked_without_a_terminal() {
        let (mut ui, captured) = Ui::captured("y\n");
        assert!(!ui.confirm("Go on?"));
        assert_eq!(captured.err(), "");
    }

    #[test]
    fn quiet_keeps_warnings_and_drops_notes() {
        let (mut ui, captured) = Ui::captured("");
        ui.quiet = true;
        ui.verbose = 1;
        ui.note("note");
        ui.detail("detail");
        ui.warn("careful");
        assert_eq!(captured.err(), "arnify: warning: careful\n");
    }
}

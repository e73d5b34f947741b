//! The few colours that arnify uses, by what they mean.

use anstyle::{AnsiColor, Color};

/// A meaning with its look.
#[derive(Clone, Copy, Debug)]
pub struct Style(anstyle::Style);

impl Style {
    /// Errors.
    pub const ERROR: Self = Self(color(AnsiColor::Red).bold());
    /// Warnings.
    pub const WARNING: Self = Self(color(AnsiColor::Yellow).bold());
    /// Hints and headings of help.
    pub const HINT: Self = Self(color(AnsiColor::Cyan).bold());
    /// Paths.
    pub const PATH: Self = Self(anstyle::Style::new().bold());
    /// What takes the place of something.
    pub const ADDED: Self = Self(color(AnsiColor::Green));
    /// What is taken out.
    pub const REMOVED: Self = Self(color(AnsiColor::Red));
    /// What matters less.
    pub const FAINT: Self = Self(anstyle::Style::new().dimmed());
}

const fn color(color: AnsiColor) -> anstyle::Style {
    anstyle::Style::new().fg_color(Some(Color::Ansi(color)))
}

impl Style {
    /// `text` in this style when `on`, else as it is.
    pub fn paint(self, text: &str, on: bool) -> String {
        if on { format!("{}{text}{}", self.0.render(), self.0.render_reset()) } else { text.to_owned() }
    }
}

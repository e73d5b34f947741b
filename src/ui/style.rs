//! Whether to colour, and the few colours there are.

use anstyle::{AnsiColor, Color, Style};

use crate::cli::ColorArg;
use crate::settings::Environment;

/// Emphasis.
pub const BOLD: Style = Style::new().bold();
/// What can be passed over.
pub const DIM: Style = Style::new().dimmed();
/// Trouble.
pub const RED: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
/// A warning.
pub const YELLOW: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
/// All is well.
pub const GREEN: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Green)));

/// `text` in `style`, or plain when `color` is off.
pub fn paint(text: &str, style: Style, color: bool) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Which streams are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Colors {
    pub(super) out: bool,
    pub(super) err: bool,
}

impl Colors {
    /// The flag decides; `auto` asks `NO_COLOR`, then `CLICOLOR_FORCE`, then whether the stream is a terminal.
    pub(super) fn choose(flag: ColorArg, environment: &Environment, out: bool, err: bool) -> Self {
        match flag {
            ColorArg::Always => Self { out: true, err: true },
            ColorArg::Never => Self::default(),
            ColorArg::Auto if environment.is_set("NO_COLOR") => Self::default(),
            ColorArg::Auto
                if environment.is_set("CLICOLOR_FORCE") && environment.text("CLICOLOR_FORCE") != Some("0") =>
            {
                Self { out: true, err: true }
            }
            ColorArg::Auto if environment.text("TERM") == Some("dumb") => Self::default(),
            ColorArg::Auto => Self { out, err },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(flag: ColorArg, variables: &[(&str, &str)]) -> bool {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Colors::choose(flag, &Environment { variables, ..Environment::default() }, true, true).out
    }

    #[test]
    fn the_flag_beats_the_environment_and_no_color_beats_force() {
        assert!(choose(ColorArg::Auto, &[]));
        assert!(!choose(ColorArg::Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(choose(ColorArg::Always, &[("NO_COLOR", "1")]));
        assert!(!choose(ColorArg::Never, &[("CLICOLOR_FORCE", "1")]));
        assert!(!choose(ColorArg::Auto, &[("TERM", "dumb")]));
        assert!(choose(ColorArg::Auto, &[("NO_COLOR", "")]));
    }
}

//! `arnify generate`: shell completions and the man page, from the same data as `--help`.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::cli::{Arguments, Generate, GenerateWhat};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// Prints what was asked for.
pub(super) fn run(settings: &Settings, args: &Generate, ui: &mut Ui) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    let mut bytes = Vec::new();
    match shell(args.what) {
        Some(shell) => generate(shell, &mut command, "arnify", &mut bytes),
        None => man(command, &mut bytes).map_err(|error| Failure::new(Exit::Bug, error))?,
    }
    super::deliver(settings, ui, &String::from_utf8_lossy(&bytes))?;
    Ok(Exit::Done)
}

fn shell(what: GenerateWhat) -> Option<Shell> {
    Some(match what {
        GenerateWhat::Bash => Shell::Bash,
        GenerateWhat::Zsh => Shell::Zsh,
        GenerateWhat::Fish => Shell::Fish,
        GenerateWhat::Powershell => Shell::PowerShell,
        GenerateWhat::Man => return None,
    })
}

/// The main page with a section for every verb.
fn man(mut command: clap::Command, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    command.build();
    clap_mangen::Man::new(command.clone()).render(bytes)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help") {
        let page = clap_mangen::Man::new(verb.clone());
        page.render_name_section(bytes)?;
        page.render_synopsis_section(bytes)?;
        page.render_options_section(bytes)?;
    }
    Ok(())
}

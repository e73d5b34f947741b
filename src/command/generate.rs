//! `arnify generate`: shell completions and the man page, from the same data as the help.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{Arguments, Generate, GenerateWhat};
use crate::failure::Failure;
use crate::ui::Ui;

/// Prints it.
pub(super) fn run(args: &Generate, ui: &mut Ui) -> Result<crate::failure::Exit, Failure> {
    let mut text = Vec::new();
    let shell = match args.what {
        GenerateWhat::Bash => Some(Shell::Bash),
        GenerateWhat::Zsh => Some(Shell::Zsh),
        GenerateWhat::Fish => Some(Shell::Fish),
        GenerateWhat::Powershell => Some(Shell::PowerShell),
        GenerateWhat::Man => None,
    };
    let mut command = Arguments::command();
    match shell {
        Some(shell) => clap_complete::generate(shell, &mut command, "arnify", &mut text),
        None => man(command, &mut text).map_err(Failure::output)?,
    }
    super::output::deliver(None, ui, |out| out.write_all(&text))?;
    Ok(crate::failure::Exit::Done)
}

/// One page after the other: the program's, then each verb's.
fn man(mut command: clap::Command, out: &mut dyn Write) -> io::Result<()> {
    command.build();
    pages(&command, out)
}

fn pages(command: &clap::Command, out: &mut dyn Write) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(out)?;
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    for verb in verbs {
        pages(verb, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_has_every_verb_and_completions_are_made() {
        let (mut ui, captured) = Ui::captured("");
        run(&Generate { what: GenerateWhat::Man }, &mut ui).unwrap();
        for verb in ["scan", "check", "baseline", "apply"] {
            assert!(
                captured.out().contains(&format!(".TH arnify\\-{verb}"))
                    || captured.out().contains(&format!(".TH arnify-{verb}")),
                "{verb}"
            );
        }
        for what in [GenerateWhat::Bash, GenerateWhat::Zsh, GenerateWhat::Fish, GenerateWhat::Powershell] {
            let (mut ui, captured) = Ui::captured("");
            run(&Generate { what }, &mut ui).unwrap();
            assert!(captured.out().contains("min-confidence"));
        }
    }
}

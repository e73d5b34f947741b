//! A file a verb: sequencing only.

mod baseline;
mod check;
mod exec;
mod generate;
mod hook;
mod inject;
mod output;
mod scan;
mod serve;
mod verify;

use crate::cli::{Arguments, Command};
use crate::failure::{Exit, Failure};
use crate::settings::{self, Environment};
use crate::ui::Ui;

/// Settles the settings and runs the verb.
pub fn dispatch(arguments: &Arguments, environment: &Environment, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Command::Generate(args) = &arguments.command {
        return generate::run(args, ui);
    }
    let settings = settings::settle(arguments, environment)?;
    match &arguments.command {
        Command::Scan(args) => scan::run(&settings, args, ui),
        Command::Check(args) => check::run(&settings, args, ui),
        Command::Baseline(args) => baseline::run(&settings, args, ui),
        Command::Hook(args) => hook::run(&settings, args, ui),
        Command::Generate(args) => generate::run(args, ui),
        Command::Plan(_) => Err(not_built("plan")),
        Command::Apply(_) => Err(not_built("apply")),
        Command::Undo(_) => Err(not_built("undo")),
        Command::Resume(_) => Err(not_built("resume")),
        Command::Verify(args) => verify::run(&settings, args, ui),
        Command::Exec(args) => exec::run(&settings, args, ui),
        Command::Inject(args) => inject::run(&settings, args, ui),
        Command::Serve(args) => serve::run(&settings, args, ui),
        Command::Rules(_) => Err(not_built("rules")),
        Command::Explain(_) => Err(not_built("explain")),
        Command::Demo(_) => Err(not_built("demo")),
    }
}

fn not_built(verb: &str) -> Failure {
    Failure::message(Exit::Usage, format!("`arnify {verb}` is not built yet"))
}

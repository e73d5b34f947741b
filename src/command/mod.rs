//! A file a verb: sequencing only.

mod baseline;
mod check;
mod explain;
mod generate;
mod hook;
mod output;
mod rules;
mod scan;

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
        Command::Verify(_) => Err(not_built("verify")),
        Command::Exec(_) => Err(not_built("exec")),
        Command::Inject(_) => Err(not_built("inject")),
        Command::Serve(_) => Err(not_built("serve")),
        Command::Rules(args) => rules::run(&settings, args, ui),
        Command::Explain(args) => explain::run(&settings, args, ui),
        Command::Demo(_) => Err(not_built("demo")),
    }
}

fn not_built(verb: &str) -> Failure {
    Failure::message(Exit::Usage, format!("`arnify {verb}` is not built yet"))
}

//! The `arnify` binary: parse, dispatch, exit code. All else is the library's.

use std::process::ExitCode;

use arnify::cli::Arguments;
use arnify::command;
use arnify::failure::{self, Exit};
use arnify::settings::Environment;
use arnify::ui::Ui;
use clap::Parser as _;

fn main() -> ExitCode {
    failure::hide_panic_payloads();
    let arguments = Arguments::parse();
    let environment = Environment::of_process();
    let mut ui = Ui::of_process(&arguments.global, &environment);
    // The hook has already said what a panic can be told of; its payload stays unread.
    let exit = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        command::dispatch(&arguments, &environment, &mut ui).unwrap_or_else(|failure| failure.report(&mut ui))
    }))
    .unwrap_or(Exit::Bug);
    ExitCode::from(ui.finish(exit).code())
}

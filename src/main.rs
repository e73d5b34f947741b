//! The binary: parse, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    arnify::command::guard_panics();
    let arguments = arnify::cli::Arguments::parse();
    ExitCode::from(arnify::command::dispatch(&arguments).code())
}

//! One test binary for everything that needs the built library or program from outside.

mod apply;
mod architecture;
mod bad_input;
mod behaviour;
mod canary;
mod crash;
mod detect;
mod generated;
mod rewrite;
mod shell;
mod store;
mod support;

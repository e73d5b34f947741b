//! One test binary for everything that needs the built library or program from outside.

#![allow(
    unreachable_pub,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the whole crate is tests: what can't be set up has failed"
)]

mod apply;
mod architecture;
mod bad_input;
mod behaviour;
mod canary;
mod compose;
mod corpus;
mod crash;
mod detect;
mod findings;
mod formats;
mod formatters;
mod generated;
mod history;
mod jvm;
mod promises;
mod rehearsal;
mod rewrite;
mod rule_files;
mod shell;
mod store;
mod support;

//! The store against moto, the local vault and `arnify serve`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cognitive_complexity,
    clippy::format_push_string,
    clippy::single_match_else,
    reason = "a test fails where it unwraps"
)]

mod boto;
mod children;
mod commands;
mod contract;
mod place;
mod proxy;
mod refused;
mod runs;
mod serve;
mod vault;

pub(crate) use place::moto as moto_url;

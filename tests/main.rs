//! The end-to-end tests, one binary.

mod detect;
mod shell;

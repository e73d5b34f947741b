//! arnify finds plaintext credentials in code and configuration, stores each as a tagged secret in AWS
//! Secrets Manager, and emits the diff that makes the code or configuration refer to the secret's ARN.
//!
//! # The way of the data
//!
//! ```text
//! Settings -> walk -> Source -> read -> Blob -> scan -> Match -> judge -> Finding
//!    -> group -> Credential -> plan -> Plan<Proposed> -> store -> Plan<Stored> + Receipt
//!    -> rewrite -> Fix(Edit..) -> Patch -> write -> Journal
//! ```
//!
//! Each arrow is one function from one named type to the next; effects stand at the edges only.

pub mod apply;
pub mod cli;
pub mod command;
pub mod failure;
pub mod findings;
pub mod lang;
pub mod model;
pub mod plan;
pub mod reference;
pub mod report;
pub mod rules;
pub mod scan;
pub mod secret;
pub mod settings;
pub mod store;
pub mod ui;
pub mod walk;

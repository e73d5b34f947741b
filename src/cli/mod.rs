//! The command line as data: clap structs only, no logic.
//!
//! `main` parses [`Arguments`], `settings` checks them together with the configuration file, `command`
//! runs them.

mod gate;
mod learn;
mod migrate;
mod scan;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use gate::{Baseline, BaselineCreate, BaselineVerb, Check, Hook, HookVerb};
pub use learn::{Explain, Generate, GenerateWhat, Rules, RulesVerb};
pub use migrate::{Apply, Demo, Exec, Inject, Only, Plan, Resume, Serve, Shaping, Undo, Verify};
pub use scan::{Scan, Selection};

/// Finds plaintext credentials, stores each in AWS Secrets Manager, and emits the diff that makes code and
/// configuration refer to the secret's ARN instead.
#[derive(Debug, Parser)]
#[command(name = "arnify", version, max_term_width = 100, propagate_version = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  arnify scan                          report findings in the current folder
  arnify plan src                      what would be stored and rewritten, without doing it
  arnify apply --write                 store in the local vault, verify, change the files
  arnify apply --store aws --write     the same with AWS Secrets Manager
  arnify undo                          put the last run's literals back
  arnify demo                          watch the whole job on a sample service

Exit codes: 0 clean or done, 1 findings, 2 usage or configuration, 3 incomplete, 4 store refused,
5 partly applied, 6 a file changed or edits conflict, 70 a bug, 130 interrupted.";

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Form of the report
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the report here instead of standard output
    #[arg(short = 'o', long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Configuration file [default: `$ARNIFY_CONFIG`, else .arnify.toml or arnify.toml of the tree's root or above]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no configuration file and no environment settings
    #[arg(long, global = true)]
    pub no_config: bool,
    /// Where secrets go
    #[arg(long, global = true, value_enum, value_name = "STORE")]
    pub store: Option<StoreKind>,
    /// Number of threads that scan [default: one a core]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Leave out findings below this confidence
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub min_confidence: Option<ConfidenceArg>,
    /// Add the rule files of this folder, or this rule file
    #[arg(long = "rules", global = true, value_name = "DIR")]
    pub rule_paths: Vec<PathBuf>,
    /// When to colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: ColorArg,
    /// Print results only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more; twice for more still
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "named after what they print")]
pub enum Format {
    Human,
    Json,
    Jsonl,
    Sarif,
}

/// Where secrets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    /// AWS Secrets Manager
    Aws,
    /// The encrypted vault file on this machine
    Local,
}

/// Threshold of confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "an ordinary scale")]
pub enum ConfidenceArg {
    Low,
    Medium,
    High,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the usual three")]
pub enum ColorArg {
    #[default]
    Auto,
    Always,
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report plaintext credentials in files, staged changes or standard input
    Scan(Scan),
    /// The gate: fail on findings that the baseline doesn't know
    Check(Check),
    /// Keep the list of known findings
    Baseline(Baseline),
    /// Show what would be stored and rewritten; store and write nothing
    Plan(Plan),
    /// Store the secrets, verify them, and emit or write the diff
    Apply(Apply),
    /// Put the literals of a run back, byte for byte, reading them from the store
    Undo(Undo),
    /// Finish an interrupted run
    Resume(Resume),
    /// Prove that every reference in the tree resolves
    Verify(Verify),
    /// Run a command with the references in its environment resolved
    Exec(Exec),
    /// Print a file's text with its references resolved
    Inject(Inject),
    /// Offer the local vault over the Secrets Manager protocol on loopback
    Serve(Serve),
    /// Set up the git hook
    Hook(Hook),
    /// List and check detection rules
    Rules(Rules),
    /// Explain a rule, a language or an exit code
    Explain(Explain),
    /// Run the whole job on a sample service
    Demo(Demo),
    /// Print shell completions or the man page
    #[command(hide = true)]
    Generate(Generate),
}

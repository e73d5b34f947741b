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

pub use gate::{Baseline, BaselineCreate, BaselineOf, BaselineVerb, Check, Hook, HookVerb};
pub use learn::{BenchOrder, Explain, Generate, GenerateWhat, Rules, RulesBench, RulesVerb};
pub use migrate::{
    Apply, Demo, Exec, Inject, InjectFormat, OnConflict, Only, Plan, Reports, Resume, Serve, Shaping, StorePlace, Undo,
    Verify,
};
pub use scan::{Scan, Selection, Tree};

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
  arnify demo                          watch the whole job on a sample service
  arnify scan                          report findings in the current folder
  arnify plan src                      show what would be stored and rewritten in src
  arnify apply --write                 store in the local vault, verify, change the files
  arnify apply --store aws --write     do the same with AWS Secrets Manager
  arnify undo                          put the last run's literals back

Exit codes:
    0  clean, or done
    1  findings, or a reference that doesn't resolve
    2  usage, configuration or rule error
    3  incomplete: something could not be read, or the input is empty
    4  the store refused or could not be reached
    5  partly applied; the journal says what, `arnify resume` goes on
    6  a file changed under the run, edits conflict, or one resource has different values
   70  a bug in arnify
  130  interrupted
`arnify exec` exits with the code of its program. `arnify explain exit:CODE` tells more.";

/// Options that every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Report in this form [default: human; plan, apply: human or json; verify: all but sarif]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the report to this file instead of standard output, whole or not at all
    #[arg(short = 'o', long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Read this configuration file [default: `$ARNIFY_CONFIG`, else the nearest .arnify.toml or arnify.toml from the
    /// tree's root upward]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no configuration file and none of the `ARNIFY_` variables but `ARNIFY_HOME`
    #[arg(long, global = true)]
    pub no_config: bool,
    /// Keep secrets in this store [default: local]
    #[arg(long, global = true, value_enum, value_name = "STORE")]
    pub store: Option<StoreKind>,
    /// Scan with this many threads, 1 to 256 [default: one a core]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Leave out findings below this confidence [default: medium]
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub min_confidence: Option<ConfidenceArg>,
    /// Add this rule file, or the *.toml files of this folder; may be repeated
    #[arg(long = "rules", global = true, value_name = "PATH")]
    pub rule_paths: Vec<PathBuf>,
    /// Colour the output: always, never, or when it goes to a terminal (`NO_COLOR` is honoured)
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: ColorArg,
    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more about what is done, and show findings that were passed over
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
    /// Fail on findings that the baseline doesn't know
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
    /// Install or remove the git pre-commit hook
    Hook(Hook),
    /// List, check, time and begin detection rules
    Rules(Rules),
    /// Explain a rule, a language or an exit code
    Explain(Explain),
    /// Run the whole job on a sample service in a temporary folder
    Demo(Demo),
    /// Print shell completions or the man page
    #[command(hide = true)]
    Generate(Generate),
}

//! The migration: `plan`, `apply`, `undo`, `resume`, and what runs a migrated program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Tree;

/// Show what would be stored and rewritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify plan                                 plan for the current folder
  arnify plan --env prod --tag Team=payments src
  arnify plan --format json -o plan.json      the same for programs; it holds no value
  arnify plan --findings gitleaks.json        plan for what another scanner found

Exits with 0 also when there is something to store; 2 when the plan could not be carried out, 6 when
one resource has different values and --on-conflict doesn't say what becomes of them.")]
pub struct Plan {
    /// What to plan for.
    #[command(flatten)]
    pub tree: Tree,
    /// What other tools found.
    #[command(flatten)]
    pub reports: Reports,
    /// Names and tags.
    #[command(flatten)]
    pub shaping: Shaping,
}

/// Findings of other tools.
#[derive(Clone, Debug, Default, Args)]
pub struct Reports {
    /// Take the findings of this report instead of scanning; may be repeated, `-` reads standard input. JSON of
    /// gitleaks, betterleaks, trufflehog, kingfisher or detect-secrets, SARIF, or arnify's own. Each is found again in
    /// its file and checked
    #[arg(long, value_name = "FILE")]
    pub findings: Vec<PathBuf>,
}

/// How secrets are named and tagged, and which findings take part.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Secrets")]
pub struct Shaping {
    /// Name secrets for this environment [default: what the path says, else the configuration, else dev]
    #[arg(long, value_name = "ENV")]
    pub env: Option<String>,
    /// Name secrets for this application [default: what the manifest says, else the folder's name]
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// Build names by this template [default: {env}/{app}/{component}/{name}]
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Tag every secret with this; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
    /// Encrypt with this KMS key: its id, ARN or alias [default: the account's aws/secretsmanager key]
    #[arg(long, value_name = "KEY")]
    pub kms_key_id: Option<String>,
    /// Migrate what stands in test code too
    #[arg(long)]
    pub include_tests: bool,
    /// When a resource (same host and user, same key id) stands in the tree with different values, do this
    /// [default: ask at a terminal, else refuse]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_conflict: Option<OnConflict>,
}

/// What becomes of a resource with different values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnConflict {
    /// Ask at a terminal, else refuse
    #[default]
    Ask,
    /// Store each value as a secret of its own
    Apart,
    /// Leave all places as they are
    Leave,
}

/// Where secrets are, beside `--store`.
#[derive(Clone, Debug, Default, Args)]
pub struct StorePlace {
    /// Ask AWS in this region for what an ARN or a recorded run doesn't place already [default: what the AWS
    /// configuration says; us-east-1 for the local vault]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

/// Which fixes are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Those that leave nothing to do
    Safe,
}

/// Store the secrets, verify them, and emit or write the diff.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --write and --patch the secrets are stored and a redacted diff is printed: no file changes.
With --write a person at a terminal is asked once; without a terminal --write is consent.

Examples:
  arnify apply --write                          store in the local vault and change the files
  arnify apply --store aws --region eu-west-1 --write -y
  arnify apply --patch migrate.patch            write a patch for git apply; it holds the old values

Exits with 0 when done, 2 when the plan is refused, 4 when the store refuses, 5 when a part was done
or may have been, 6 when a file changed meanwhile, or when one resource has different values and
--on-conflict doesn't say what becomes of them.")]
pub struct Apply {
    /// What to migrate.
    #[command(flatten)]
    pub tree: Tree,
    /// What other tools found.
    #[command(flatten)]
    pub reports: Reports,
    /// Names and tags.
    #[command(flatten)]
    pub shaping: Shaping,
    /// Change the files, each checked after it is written
    #[arg(long)]
    pub write: bool,
    /// Write an exact patch to this file, mode 0600: it holds the old values
    #[arg(long, value_name = "FILE")]
    pub patch: Option<PathBuf>,
    /// Carry out only fixes of this kind [default: safe and review]
    #[arg(long, value_enum, value_name = "KIND")]
    pub only: Option<Only>,
    /// Give a secret that exists with another value a new version instead of refusing
    #[arg(long)]
    pub update_existing: bool,
    /// Where the secrets go.
    #[command(flatten)]
    pub place: StorePlace,
    /// Go on without a question
    #[arg(short, long)]
    pub yes: bool,
}

/// Put a run's literals back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify undo                            undo the last run that changed files and is not undone
  arnify undo 20261124T200634Z-11de74    undo this run, whatever its tree is

Where no run is recorded for the current tree, that of the nearest tree above it is taken, else that
of the only one below it.

The values are read from the store, so the secrets have to be there still; undo leaves them there.
Exits with 2 when there is no such run, 4 when a value can't be read, 6 when a file was changed.")]
pub struct Undo {
    /// Undo this run [default: the tree's last one that changed files and is not undone]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Where the secrets are.
    #[command(flatten)]
    pub place: StorePlace,
    /// Go on without a question
    #[arg(short, long)]
    pub yes: bool,
}

/// Finish an interrupted run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify resume       finish the last run of the current tree that was interrupted
  arnify resume -y    finish it without a question

Where no run is recorded for the current tree, that of the nearest tree above it is taken, else that
of the only one below it.

What is stored is not stored again. Exits with 6 when a file was changed since.")]
pub struct Resume {
    /// Finish this run [default: the tree's last one that was interrupted, else its last]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Where the secrets are.
    #[command(flatten)]
    pub place: StorePlace,
    /// Go on without a question
    #[arg(short, long)]
    pub yes: bool,
}

/// Prove that every reference in the tree resolves.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify verify                                 verify the current folder with the local vault
  arnify verify --store aws config              verify a folder with AWS
  arnify verify --format jsonl                  print one JSON object a reference

Exits with 1 when a reference doesn't resolve, 4 when the store can't be asked at all.")]
pub struct Verify {
    /// What to verify.
    #[command(flatten)]
    pub tree: Tree,
    /// Read what is staged in git's index instead of the work tree
    #[arg(long)]
    pub staged: bool,
    /// Where the secrets are.
    #[command(flatten)]
    pub place: StorePlace,
}

/// Run a command with the references in its environment resolved.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify exec -- ./server                       resolve the environment that arnify was started with
  arnify exec --env-file .env -- npm start      resolve the variables of .env as well

A variable is resolved where its value holds {{resolve:secretsmanager:ARN}}, or is an ARN and
nothing else. The program takes arnify's place, so signals and the exit code are its own; 126 and
127 mean that it could not be started, 4 that a reference doesn't resolve.")]
pub struct Exec {
    /// Read variables from this .env file first, which the process's own environment overrides; may be repeated
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Where the secrets are.
    #[command(flatten)]
    pub place: StorePlace,
    /// Run this command with these arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// Print a file's text with its references resolved.
#[derive(Debug, Args)]
#[command(after_help = "\
Values are written so that the file's format reads them exactly: JSON strings and YAML scalars get
their escapes, a YAML scalar without quotes gets double ones round all of it and so stays text, a
.env value that is nothing but a reference gets the quotes that it needs, .properties values get
Java's escapes. Other files with a syntax (TOML, XML, code) take values of letters, digits and a
few harmless signs only; plain text takes any value as it is. References in comments stay. Where a
value can't be right, nothing is written and the line is named.

Examples:
  arnify inject -i config.yaml -o /run/app/config.yaml     write a file of mode 0600
  arnify inject < template.json | consumer                 feed a program
  arnify inject --as yaml < template.yaml                  tell the format

Exits with 4 when a reference doesn't resolve.")]
pub struct Inject {
    /// Read this file [default: standard input]
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Take the text for this format [default: by the file's name; standard input: JSON if it parses, else text]
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub as_format: Option<InjectFormat>,
    /// Where the secrets are.
    #[command(flatten)]
    pub place: StorePlace,
}

/// What a text with references is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "named after what they are")]
pub enum InjectFormat {
    Json,
    Yaml,
    Properties,
    Env,
    /// Values go in as they are
    Text,
}

/// Offer the local vault on loopback.
#[derive(Debug, Args)]
#[command(after_help = "\
The first line of standard output is `listening on http://127.0.0.1:PORT`. Any credentials are
taken: every program of this machine that reaches the port can read the vault while it is served.

Examples:
  arnify serve --port 7777                      in one terminal
  export AWS_ENDPOINT_URL_SECRETS_MANAGER=http://127.0.0.1:7777
  export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  python app.py                                 in another")]
pub struct Serve {
    /// Listen on this port of 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
}

/// Run the whole job on a sample service.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify demo           scan, plan, migrate, run and undo a sample service, showing each step
  arnify demo --keep    leave the folder behind to look at

It needs no AWS account, and nothing outside its temporary folder changes. The sample service itself
runs where Python 3 with venv and its package index can be had.")]
pub struct Demo {
    /// Keep the temporary folder and say where it is
    #[arg(long)]
    pub keep: bool,
}

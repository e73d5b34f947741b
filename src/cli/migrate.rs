//! The migration: `plan`, `apply`, `undo`, `resume`, and what runs a migrated program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Selection;

/// Show what would be stored and rewritten.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify plan                        the current folder
  arnify plan --env prod src         name the environment
  arnify plan --format json -o plan.json")]
pub struct Plan {
    /// What to plan for.
    #[command(flatten)]
    pub selection: Selection,
    /// Names and tags.
    #[command(flatten)]
    pub shaping: Shaping,
}

/// How secrets are named and tagged, and which findings take part.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Secrets")]
pub struct Shaping {
    /// Environment that goes into names [default: from the file's name, else the configuration, else "dev"]
    #[arg(long, value_name = "ENV")]
    pub env: Option<String>,
    /// Application that goes into names [default: from the manifest, else the folder's name]
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// Template of names [default: {env}/{app}/{component}/{name}]
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Tag for every secret
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
    /// KMS key id, ARN or alias to encrypt with
    #[arg(long, value_name = "KEY")]
    pub kms_key_id: Option<String>,
    /// Migrate findings in test code too
    #[arg(long)]
    pub include_tests: bool,
}

/// Which fixes are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// Fixes that leave nothing to do
    Safe,
}

/// Store the secrets, verify them, and emit or write the diff.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --write and --patch the secrets are stored and a redacted diff is printed.

Examples:
  arnify apply --write                          local vault, change the files
  arnify apply --store aws --region eu-west-1 --write -y
  arnify apply --patch migrate.patch            exact patch for git apply (mode 0600: it holds the old values)")]
pub struct Apply {
    /// What to migrate.
    #[command(flatten)]
    pub selection: Selection,
    /// Names and tags.
    #[command(flatten)]
    pub shaping: Shaping,
    /// Change the files
    #[arg(long)]
    pub write: bool,
    /// Write an exact patch here, mode 0600; it holds the old values
    #[arg(long, value_name = "FILE")]
    pub patch: Option<PathBuf>,
    /// Carry out only fixes of this kind
    #[arg(long, value_enum, value_name = "KIND")]
    pub only: Option<Only>,
    /// Give a secret that exists with another value a new version instead of refusing
    #[arg(long)]
    pub update_existing: bool,
    /// AWS region [default: from the AWS configuration; us-east-1 for the local vault]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Put a run's literals back.
#[derive(Debug, Args)]
pub struct Undo {
    /// Run to undo [default: the tree's last]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Finish an interrupted run.
#[derive(Debug, Args)]
pub struct Resume {
    /// Run to finish [default: the tree's last]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

/// Prove that every reference in the tree resolves.
#[derive(Debug, Args)]
pub struct Verify {
    /// What to verify.
    #[command(flatten)]
    pub selection: Selection,
}

/// Run a command with the references in its environment resolved.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify exec -- ./server                       resolve the environment that arnify was started with
  arnify exec --env-file .env -- npm start      and that of a .env file")]
pub struct Exec {
    /// Read variables from this .env file first; the process's own environment wins
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// Print a file's text with its references resolved.
#[derive(Debug, Args)]
#[command(after_help = "\
Values are written so that the file's format reads them exactly: JSON strings and YAML scalars get their escapes, a YAML
scalar or .env value that is nothing but a reference gets the quotes that it needs, .properties values get Java's escapes.
Other files with a syntax (TOML, XML, code) take values of letters, digits and a few harmless signs only; plain text takes
any value as it is. References in comments stay. Where a value can't be right, nothing is written and the line is named.

Examples:
  arnify inject -i config.yaml -o /run/app/config.yaml     the output file gets mode 0600
  arnify inject < template.json | consumer
  arnify inject --as yaml < template.yaml")]
pub struct Inject {
    /// File to read [default: standard input]
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// What the text is [default: by the file's name; standard input: JSON if it parses, else text]
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub as_format: Option<InjectFormat>,
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
Example:
  arnify serve --port 7777 &
  AWS_ENDPOINT_URL_SECRETS_MANAGER=http://127.0.0.1:7777 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local python app.py")]
pub struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one and prints it
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
}

/// Run the whole job on a sample service.
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the temporary folder and say where it is
    #[arg(long)]
    pub keep: bool,
}

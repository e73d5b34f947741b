//! Learning and extending: `rules`, `explain`, `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Tree;

/// List, check, time and begin detection rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify rules list                             list all rules with their severity
  arnify rules new acme-cloud --dir my-rules    begin my-rules/acme-cloud.toml
  arnify rules check --rules my-rules           test the built-in rules and those of my-rules
  arnify scan --rules my-rules                  scan with them
  arnify rules bench src                        time each rule on the files of src")]
pub struct Rules {
    /// What to do.
    #[command(subcommand)]
    pub verb: RulesVerb,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesVerb {
    /// List the rules that a scan would use
    #[command(after_help = "Example: arnify rules list --format json")]
    List,
    /// Test every rule: each example is reported at its value's span by its own rule, no counter-example by any, and no
    /// regex is slower than its bound on input made against it. Exit with 2 when one fails
    #[command(after_help = "Example: arnify rules check --rules my-rules")]
    Check,
    /// Time every rule on files, and on input made against it
    #[command(after_help = "\
The figures are those of this machine and this run: compare them with each other, not with another machine's.
One thread reads the files; a rule's time is that of its regex and of judging what it matched.

Examples:
  arnify rules bench                            the 20 rules that cost most on the current folder
  arnify rules bench --by adversarial --top 5   those that are slowest on input made against them
  arnify rules bench --rules my-rules --format json src")]
    Bench(RulesBench),
    /// Write the skeleton of a rule file, DIR/PROVIDER.toml
    #[command(after_help = "Example: arnify rules new acme-cloud --dir my-rules")]
    New {
        /// Name the provider, in lower case with hyphens
        provider: String,
        /// Write to this folder
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
}

/// What to time, and what to show.
#[derive(Debug, Args)]
pub struct RulesBench {
    /// What to read.
    #[command(flatten)]
    pub tree: Tree,
    /// Show this many rules
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Show those first that cost most of this
    #[arg(long, value_enum, value_name = "WHAT", default_value = "time")]
    pub by: BenchOrder,
}

/// What rules are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchOrder {
    /// Time on the files
    Time,
    /// Time a byte on input made against the rule
    Adversarial,
}

/// Explain a rule, a language or an exit code.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify explain github-pat     tell what a leak of it means and how to revoke it
  arnify explain lang:python    tell how Python is rewritten
  arnify explain exit:3         tell what an exit code means")]
pub struct Explain {
    /// Explain this: a rule's id, `lang:NAME` or `exit:CODE`
    pub topic: String,
}

/// Print shell completions or the man page.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify generate bash > ~/.local/share/bash-completion/completions/arnify
  arnify generate man > ~/.local/share/man/man1/arnify.1")]
pub struct Generate {
    /// Print this
    #[arg(value_enum)]
    pub what: GenerateWhat,
}

/// What can be generated.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[expect(missing_docs, reason = "named after what they print")]
pub enum GenerateWhat {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Man,
}

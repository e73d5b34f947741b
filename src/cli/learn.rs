//! Learning and extending: `rules`, `explain`, `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// List, check and begin detection rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify rules list                             list all rules with their severity
  arnify rules new acme-cloud --dir my-rules    begin my-rules/acme-cloud.toml
  arnify rules check --rules my-rules           test the built-in rules and those of my-rules
  arnify scan --rules my-rules                  scan with them")]
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
    /// Test every rule on its own examples and counter-examples; exit with 2 when one fails
    #[command(after_help = "Example: arnify rules check --rules my-rules")]
    Check,
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

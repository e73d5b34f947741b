//! Learning and extending: `rules`, `explain`, `generate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// List and check detection rules.
#[derive(Debug, Args)]
pub struct Rules {
    /// What to do.
    #[command(subcommand)]
    pub verb: RulesVerb,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesVerb {
    /// List the rules that a scan would use
    List,
    /// Run every rule's examples and counter-examples
    Check,
    /// Write the skeleton of a rule file
    New {
        /// Provider, in lower case with hyphens
        provider: String,
        /// Folder to write to
        #[arg(long, default_value = ".", value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Explain a rule, a language or an exit code.
#[derive(Debug, Args)]
#[command(after_help = "Examples: arnify explain github-pat, arnify explain lang:python, arnify explain exit:3")]
pub struct Explain {
    /// Rule id, `lang:NAME` or `exit:CODE`
    pub topic: String,
}

/// Print shell completions or the man page.
#[derive(Debug, Args)]
pub struct Generate {
    /// What to print
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

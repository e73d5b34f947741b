//! The gate: `check`, `baseline`, `hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Selection;

/// Fail on findings that the baseline doesn't know.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify check                 the current folder against .arnify/baseline.json
  arnify check --staged        what the next commit would bring in; the hook runs this")]
pub struct Check {
    /// What to check.
    #[command(flatten)]
    pub selection: Selection,
    /// Known findings [default: .arnify/baseline.json at the tree's root]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Keep the list of known findings.
#[derive(Debug, Args)]
pub struct Baseline {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: BaselineVerb,
}

/// What to do with the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineVerb {
    /// Record today's findings as known
    Create(BaselineCreate),
    /// Add today's new findings to the known ones
    Update(BaselineCreate),
    /// Remove known findings that no longer occur
    Prune(BaselineCreate),
    /// List the known findings and where they stand today
    Audit(BaselineCreate),
}

/// Which tree and which baseline.
#[derive(Debug, Args)]
pub struct BaselineCreate {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// The baseline [default: .arnify/baseline.json at the tree's root]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Replace an existing baseline
    #[arg(long)]
    pub force: bool,
}

/// Set up the git hook.
#[derive(Debug, Args)]
pub struct Hook {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: HookVerb,
}

/// What to do with the hook.
#[derive(Debug, Subcommand)]
pub enum HookVerb {
    /// Write a pre-commit hook that checks what is staged
    Install {
        /// Replace a hook that arnify did not write
        #[arg(long)]
        force: bool,
    },
    /// Remove the hook that `install` wrote
    Uninstall,
}

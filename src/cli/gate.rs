//! The gate: `check`, `baseline`, `hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Selection;

/// Fail on findings that the baseline doesn't know.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify check                 check the current folder against .arnify/baseline.json
  arnify check --staged        check what the next commit would bring in; the hook runs this
  arnify check --format sarif -o arnify.sarif    report to a code-scanning page

Without a baseline every finding counts. Exits with 0 when nothing is new, 1 on new findings, 3 when
something could not be read.")]
pub struct Check {
    /// What to check.
    #[command(flatten)]
    pub selection: Selection,
    /// Compare with this baseline [default: .arnify/baseline.json at the tree's root]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Show under each finding which signals spoke (JSON reports always hold them)
    #[arg(long)]
    pub explain: bool,
}

/// Keep the list of known findings.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify baseline create       record what `arnify scan` finds today; commit .arnify/baseline.json
  arnify baseline update       accept today's new findings as well
  arnify baseline audit        list what is known and where it stands
  arnify baseline prune        drop what is gone

The file holds fingerprints, rules and places, and no value.")]
pub struct Baseline {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: BaselineVerb,
}

/// What to do with the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineVerb {
    /// Record today's findings as known
    #[command(after_help = "Example: arnify baseline create")]
    Create(BaselineCreate),
    /// Add today's new findings to the known ones
    #[command(after_help = "Example: arnify baseline update src")]
    Update(BaselineOf),
    /// Remove known findings that no longer occur
    #[command(after_help = "Example: arnify baseline prune")]
    Prune(BaselineOf),
    /// List the known findings and where they stand today
    #[command(after_help = "Example: arnify baseline audit")]
    Audit(BaselineOf),
}

/// What a new baseline is made of.
#[derive(Debug, Args)]
pub struct BaselineCreate {
    /// The tree and the file.
    #[command(flatten)]
    pub of: BaselineOf,
    /// Replace a baseline that exists
    #[arg(long)]
    pub force: bool,
}

/// Which tree and which baseline.
#[derive(Debug, Args)]
pub struct BaselineOf {
    /// What to read.
    #[command(flatten)]
    pub selection: Selection,
    /// Keep the baseline in this file [default: .arnify/baseline.json at the tree's root]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Install or remove the git pre-commit hook.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify hook install            check what is staged before each commit
  arnify hook install --force    keep a hook that is there and run it first
  arnify hook uninstall          remove arnify's hook and put the earlier one back")]
pub struct Hook {
    /// What to do with it.
    #[command(subcommand)]
    pub verb: HookVerb,
}

/// What to do with the hook.
#[derive(Debug, Subcommand)]
pub enum HookVerb {
    /// Write a pre-commit hook that checks what is staged
    #[command(after_help = "Example: arnify hook install --force")]
    Install {
        /// Take the place of a hook that arnify did not write; it is kept as pre-commit.arnify-saved and runs first
        #[arg(long)]
        force: bool,
    },
    /// Remove the hook that `install` wrote, and put back the one that it took the place of
    #[command(after_help = "Example: arnify hook uninstall")]
    Uninstall,
}

//! `arnify scan`, and the selection of sources that other commands share.

use std::path::PathBuf;

use clap::Args;

/// Report plaintext credentials.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify scan                                the current folder
  arnify scan src config/prod.env            some of it
  git diff | arnify scan --stdin             standard input
  arnify scan --staged                       what the next commit would bring in
  arnify scan --format sarif -o out.sarif    for a code-scanning page")]
pub struct Scan {
    /// What to scan.
    #[command(flatten)]
    pub selection: Selection,
}

/// What to read.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Files and folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the content that is staged in git's index
    #[arg(long, conflicts_with_all = ["stdin"])]
    pub staged: bool,
    /// Read standard input
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
    /// Name that standard input is reported under
    #[arg(long, value_name = "NAME", requires = "stdin")]
    pub stdin_name: Option<String>,
    /// Read the files too that .gitignore, .ignore and .arnifyignore name
    #[arg(long)]
    pub no_ignore: bool,
    /// Leave out paths that match this pattern (gitignore syntax)
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Pass over files larger than this many bytes, and say so (exit code 3)
    #[arg(long, value_name = "BYTES")]
    pub max_file_size: Option<u64>,
}

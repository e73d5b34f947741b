//! `arnify scan`, and the selection of sources that other commands share.

use std::path::PathBuf;

use clap::Args;

/// Report plaintext credentials.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  arnify scan                                scan the current folder
  arnify scan src config/prod.env            scan a part of it
  arnify scan --no-ignore                    scan what .gitignore names too, such as .env
  git show | arnify scan --stdin             scan standard input
  arnify scan --staged                       scan what the next commit would bring in
  arnify scan --history                      scan every commit of every branch
  arnify scan --history main..HEAD           scan what the commits of a branch brought in
  arnify scan --format sarif -o out.sarif    write a report for a code-scanning page

Exits with 0 when nothing was found, 1 on findings, 3 when something could not be read
or there is nothing to read.")]
pub struct Scan {
    /// What to scan.
    #[command(flatten)]
    pub selection: Selection,
    /// Read what the commits of the repository brought in instead of the work tree: those of this range, in any form
    /// that `git log` takes, or of all branches and tags
    #[arg(long, value_name = "RANGE", num_args = 0..=1, conflicts_with_all = ["staged", "stdin", "no_ignore"])]
    pub history: Option<Option<String>>,
    /// Show under each finding which signals spoke (JSON reports always hold them)
    #[arg(long)]
    pub explain: bool,
}

/// What to read.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Files and folders.
    #[command(flatten)]
    pub tree: Tree,
    /// Read what is staged in git's index instead of the work tree
    #[arg(long, conflicts_with_all = ["stdin"])]
    pub staged: bool,
    /// Read standard input instead of files
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
    /// Report standard input under this name, whose ending tells its format [default: stdin]
    #[arg(long, value_name = "NAME", requires = "stdin")]
    pub stdin_name: Option<String>,
}

/// Which files of the work tree to read.
#[derive(Clone, Debug, Default, Args)]
pub struct Tree {
    /// Read these files and folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read files too that .gitignore, .ignore or .arnifyignore name
    #[arg(long)]
    pub no_ignore: bool,
    /// Leave archives (zip, jar, whl, tar.gz, ...) closed
    #[arg(long)]
    pub no_archives: bool,
    /// Leave out paths that match this pattern (gitignore syntax); may be repeated
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Pass over files larger than this many bytes and exit with 3 [default: 134217728, which is 128 MiB]
    #[arg(long, value_name = "BYTES")]
    pub max_file_size: Option<u64>,
}

//! `arnify scan`, and the steps that `check` and `baseline` share with it.

use std::collections::BTreeSet;

use crate::cli::{self, Format};
use crate::command::output;
use crate::failure::{Exit, Failure};
use crate::model::{Coverage, Finding, Origin, Skip, Source};
use crate::report::{self, Report};
use crate::rules::{RuleSet, RuleSummary};
use crate::scan::{self, Drive, FileFindings, ScanOptions, ScanOutcome, Scanner};
use crate::secret::Salt;
use crate::settings::Settings;
use crate::ui::{Ui, count, sanitise};
use crate::walk::{self, Found, History, Reader, WalkError, WalkOptions};

/// Scans and reports.
pub(super) fn run(settings: &Settings, args: &cli::Scan, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Some(range) = &args.history {
        return deliver(settings, &in_history((settings, ui), range.as_deref())?, (0, args.explain), ui);
    }
    let scanned = findings((settings, ui), salt(settings)?)?;
    let exit = deliver(settings, &scanned, (0, args.explain), ui)?;
    tell_bare(settings, ui);
    if exit == Exit::Findings && settings.format == Format::Human {
        ui.note("next: `arnify plan` shows how to move them to the secret store");
    }
    Ok(exit)
}

/// In a bare repository there are no files of the tree, so that "no findings" says little.
pub(super) fn tell_bare(settings: &Settings, ui: &mut Ui) {
    let holds = |name: &str| settings.root.join(name).exists();
    let reads_tree = !settings.selection.stdin && !settings.selection.staged;
    if reads_tree && !holds(".git") && ["HEAD", "objects", "refs"].into_iter().all(holds) {
        ui.note(
            "this is a bare repository: what was committed lies in its objects; `arnify scan --history` reads them",
        );
    }
}

/// What a scan found.
#[derive(Debug)]
pub(super) struct Scanned {
    /// The findings that count, in path order.
    pub(super) counted: Vec<Finding>,
    /// Examples and suppressed ones.
    pub(super) passed: Vec<Finding>,
    pub(super) coverage: Coverage,
    /// Those that found something.
    pub(super) rules: Vec<RuleSummary>,
}

/// The salt of fingerprints, that of the baseline where there is one.
pub(super) fn salt(settings: &Settings) -> Result<Salt, Failure> {
    let baseline = super::check::known(settings)?;
    Ok(settings.salt(baseline.as_ref().map(|baseline| baseline.salt.as_str())))
}

/// Walks and scans what the settings select.
pub(super) fn findings(run: (&Settings, &mut Ui), salt: Salt) -> Result<Scanned, Failure> {
    found(run, salt, |finding, _| finding)
}

/// As [`findings`]; their paths are tree paths, so that they don't depend on the folder that arnify was started in.
pub(super) fn findings_in_tree(run: (&Settings, &mut Ui), salt: Salt) -> Result<Scanned, Failure> {
    found(run, salt, |finding, source| {
        // The source may be the archive that the finding's path leads into.
        let entry = finding.path.strip_prefix(source.path.as_str()).unwrap_or_default();
        Finding { path: format!("{}{entry}", source.tree_path), ..finding }
    })
}

fn found(
    (settings, ui): (&Settings, &mut Ui),
    salt: Salt,
    told: impl Fn(Finding, &Source) -> Finding,
) -> Result<Scanned, Failure> {
    let scanner = scanner((settings, ui), salt)?;
    let reader = reader(settings)?;
    let ScanOutcome { files, coverage } = drive((settings, ui), &reader, &scanner, false)?;
    let (mut all, told) = (Vec::new(), &told);
    for FileFindings { source, located, .. } in files {
        all.extend(located.into_iter().map(|located| told(located.finding, &source)));
    }
    Ok(Scanned::new(all, coverage, &scanner))
}

/// Scans what the commits of `range` brought in.
fn in_history((settings, ui): (&Settings, &mut Ui), range: Option<&str>) -> Result<Scanned, Failure> {
    let scanner = scanner((settings, ui), salt(settings)?)?;
    let paths = &settings.selection.tree.paths;
    let History { mut found, lineage } = walk::history(range, paths, &settings.root, &walk_options(settings))
        .map_err(|error| explain(error, "`--history` needs a git repository, and a range such as `main..HEAD`"))?;
    let reader = reader(settings)?;
    let outcome = scan_all((settings, ui), &mut found, &reader, &scanner, false);
    if range.is_none() && found.nothing_but().is_some_and(<[Skip]>::is_empty) {
        return Err(nothing(&[]));
    }
    let mut all = scan::history::merge(outcome.files, &lineage);
    all.retain(|finding| !scanner.rules().allows_commit_of(finding));
    Ok(Scanned::new(all, outcome.coverage, &scanner))
}

impl Scanned {
    fn new(all: Vec<Finding>, coverage: Coverage, scanner: &Scanner) -> Self {
        let (counted, passed) = report::part(all);
        let ids: BTreeSet<&str> = counted.iter().chain(&passed).map(|finding| finding.rule.as_str()).collect();
        let rules = ids.into_iter().filter_map(|id| scanner.rules().summary(id)).collect();
        Self { counted, passed, coverage, rules }
    }
}

/// The scanner of these settings. What the user's rule files ask for in vain is said.
pub(super) fn scanner((settings, ui): (&Settings, &mut Ui), salt: Salt) -> Result<Scanner, Failure> {
    let rules = RuleSet::load(&settings.scan.rule_paths).map_err(|error| {
        Failure::new(Exit::Usage, error).hint("`arnify rules check --rules FILE` tells what a rule file needs")
    })?;
    for note in rules.notes() {
        ui.warn(&sanitise(note));
    }
    Ok(Scanner::new(rules, ScanOptions { min_confidence: settings.scan.min_confidence, salt }))
}

/// What reads the sources of these settings.
pub(super) fn reader(settings: &Settings) -> Result<Reader, Failure> {
    let reader = Reader::new(settings.scan.max_file_size);
    if !settings.scan.archives {
        return Ok(reader);
    }
    reader.opening_archives(&settings.scan.exclude).map_err(|error| explain(error, ""))
}

/// Walks, reads and scans, with progress for a person who waits.
pub(super) fn drive(
    (settings, ui): (&Settings, &Ui),
    reader: &Reader,
    scanner: &Scanner,
    keep_blobs: bool,
) -> Result<ScanOutcome, Failure> {
    let mut found = sources(settings)?;
    let outcome = scan_all((settings, ui), &mut found, reader, scanner, keep_blobs);
    refuse_nothing(settings, &found)?;
    if settings.selection.stdin && (outcome.coverage.files, outcome.coverage.bytes) == (1, 0) {
        return Err(empty("standard input"));
    }
    Ok(outcome)
}

fn scan_all(
    (settings, ui): (&Settings, &Ui),
    found: &mut Found,
    reader: &Reader,
    scanner: &Scanner,
    keep_blobs: bool,
) -> ScanOutcome {
    let bar = ui.progress();
    let progress = |at: scan::Progress| bar.set((at.files, at.total), at.bytes, || count(at.findings, "finding"));
    scan::run(found, reader, scanner, &Drive { threads: settings.scan.threads, keep_blobs, progress: &progress })
}

/// The sources that the settings select.
pub(super) fn sources(settings: &Settings) -> Result<Found, Failure> {
    let selection = &settings.selection;
    let options = walk_options(settings);
    let found = if selection.stdin {
        let path = selection.stdin_name.clone().unwrap_or_else(|| "stdin".to_owned());
        let source = Source { tree_path: path.clone(), path, origin: Origin::Stdin, explicit: true };
        Ok(Found::listed(vec![source], Vec::new()))
    } else if selection.staged {
        walk::staged(&selection.tree.paths, &settings.root, &options)
    } else {
        walk::tree(&selection.tree.paths, &settings.root, &options)
    };
    found.map_err(|error| explain(error, "`--staged` needs git and a folder within a git work tree"))
}

/// Asked once all of `found` has been read. An empty selection is a failure, because "clean" would mean nothing; an
/// index with nothing staged is no such case: there is nothing that a commit could bring in.
pub(super) fn refuse_nothing(settings: &Settings, found: &Found) -> Result<(), Failure> {
    match found.nothing_but() {
        Some(skips) if !settings.selection.staged => Err(nothing(skips)),
        _ => Ok(()),
    }
}

fn walk_options(settings: &Settings) -> WalkOptions {
    WalkOptions { exclude: settings.scan.exclude.clone(), no_ignore: settings.scan.no_ignore }
}

fn empty(what: &str) -> Failure {
    Failure::message(Exit::Incomplete, format!("there is nothing to scan: {what} is empty"))
}

fn nothing(skips: &[Skip]) -> Failure {
    let failure = empty("the input that was asked for");
    let reasons = skips.iter().map(|skip| format!("{} was passed over: {}", skip.path, skip.reason.label()));
    let failure = reasons.fold(failure, Failure::hint);
    failure.hint("files that .gitignore names are left out; `--no-ignore` reads them")
}

/// A walk that can't start.
pub(super) fn explain(error: WalkError, git: &str) -> Failure {
    let hint = match &error {
        WalkError::Missing(_) => "check the spelling; paths are relative to the current folder",
        WalkError::Git { .. } => git,
        WalkError::Pattern { .. } => "patterns have the form of a .gitignore line",
    };
    Failure::new(Exit::Usage, error).hint(hint)
}

/// Writes the report where it was asked for and says what was covered; the exit code follows. A gap weighs more
/// than a finding, because a partial list can't be relied on.
pub(super) fn deliver(
    settings: &Settings,
    scanned: &Scanned,
    (known, explain): (usize, bool),
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let report = Report {
        findings: &scanned.counted,
        passed: &scanned.passed,
        known,
        coverage: &scanned.coverage,
        rules: &scanned.rules,
        color: ui.color() && settings.output.is_none(),
        verbosity: ui.verbosity(),
        explain,
    };
    let reporter = report::reporter(settings.format);
    output::deliver(settings.output.as_deref(), ui, |out| reporter.write(&report, out))?;
    let summary = report::summary(&report, ui.err_color());
    if settings.format == Format::Human {
        ui.note(&summary);
    } else if !scanned.coverage.is_complete() {
        ui.warn(&summary);
    }
    Ok(match (scanned.coverage.is_complete(), scanned.counted.is_empty()) {
        (false, _) => Exit::Incomplete,
        (true, false) => Exit::Findings,
        (true, true) => Exit::Done,
    })
}

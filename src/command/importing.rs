//! `--findings FILE`: what other tools found, instead of a scan of the tree.
//!
//! Each finding is looked up in its file as it is now. Those that can't be taken are listed with the reason; a reason
//! that leaves a credential possible makes the run incomplete.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::findings::{self, Claim, Gone};
use crate::model::{Blob, Confidence, Located, Origin, Verdict};
use crate::scan::{FileFindings, ScanOutcome, Scanner, Vouch};
use crate::settings::Settings;
use crate::ui::{Ui, count, sanitise};
use crate::walk::{self, Reader, WalkOptions};

/// A finding of a report that doesn't take part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Left {
    path: String,
    line: Option<usize>,
    rule: String,
    reason: String,
    /// A credential may be there all the same.
    gap: bool,
}

impl Left {
    fn new(claim: &Claim, gone: Gone) -> Self {
        let (path, line) = (claim.path.clone(), claim.lines.map(|(first, _)| first));
        Self { path, line, rule: claim.rule_name(), reason: gone.reason, gap: gone.gap }
    }
}

/// What was made of the reports.
#[derive(Debug, Default, Serialize)]
pub(super) struct Imported {
    /// Findings in the reports.
    reported: usize,
    /// Credentials that were found again; several findings may be about one.
    taken: usize,
    left: Vec<Left>,
}

impl Imported {
    /// Says what was left, and why.
    pub(super) fn tell(&self, ui: &mut Ui) -> Exit {
        let reported = count(self.reported, "finding");
        ui.note(&format!("{reported} in the reports: {} found again in the files", count(self.taken, "credential")));
        for left in &self.left {
            let line = left.line.map(|line| format!(":{line}")).unwrap_or_default();
            ui.warn(&sanitise(&format!("{}{line} {} was left: {}", left.path, left.rule, left.reason)));
        }
        if self.left.iter().any(|left| left.gap) { Exit::Incomplete } else { Exit::Done }
    }
}

/// Reads the reports of the settings and finds their findings again.
///
/// # Errors
/// A report that can't be read or is of no known form (2); one that is empty (3).
pub(super) fn take(
    settings: &Settings,
    (scanner, reader): (&Scanner, &Reader),
) -> Result<(ScanOutcome, Imported), Failure> {
    let mut claims = Vec::new();
    for report in &settings.reports {
        claims.extend(read(report)?);
    }
    let mut import = Import { settings, scanner, reader, outcome: ScanOutcome::default(), done: Imported::default() };
    import.done.reported = claims.len();
    import.outcome.coverage.rules = scanner.rules().len();
    for (file, claims) in import.by_file(claims) {
        import.file(&file, &claims)?;
    }
    import.done.left.sort();
    Ok((import.outcome, import.done))
}

fn read(report: &Path) -> Result<Vec<Claim>, Failure> {
    let stdin = report == Path::new("-");
    let name = if stdin { "standard input".to_owned() } else { report.display().to_string() };
    let mut bytes = Vec::new();
    let done = if stdin {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(report).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    done.map_err(|error| {
        Failure::new(Exit::Usage, anyhow::Error::new(error).context(format!("{name}: the report can't be read")))
    })?;
    if bytes.trim_ascii().is_empty() {
        let failure = Failure::message(Exit::Incomplete, format!("{name}: the report is empty"));
        return Err(
            failure.hint("A tool that found nothing may write nothing; one that failed does, too. See its exit code.")
        );
    }
    findings::read(&bytes).map_err(|error| {
        Failure::message(Exit::Usage, format!("{name}: {error}")).hint(
            "`--findings` takes JSON of gitleaks, betterleaks, trufflehog, kingfisher and detect-secrets, SARIF 2.1.0, \
             and arnify's own json and jsonl.",
        )
    })
}

struct Import<'a> {
    settings: &'a Settings,
    scanner: &'a Scanner,
    reader: &'a Reader,
    outcome: ScanOutcome,
    done: Imported,
}

impl Import<'_> {
    fn left(&mut self, claim: &Claim, gone: Gone) {
        self.done.left.push(Left::new(claim, gone));
    }

    /// The claims of each file that is there; the others are left.
    fn by_file(&mut self, claims: Vec<Claim>) -> BTreeMap<PathBuf, Vec<Claim>> {
        let mut files: BTreeMap<PathBuf, Vec<Claim>> = BTreeMap::new();
        for claim in claims {
            let aside = claim.set_aside.map(|reason| Gone { reason: reason.to_owned(), gap: false });
            match aside.map_or_else(|| resolve(&claim.path, self.settings), Err) {
                Ok(file) => files.entry(file).or_default().push(claim),
                Err(gone) => self.left(&claim, gone),
            }
        }
        files
    }

    /// Takes in one file's claims.
    fn file(&mut self, file: &Path, claims: &[Claim]) -> Result<(), Failure> {
        let options = WalkOptions { exclude: self.settings.scan.exclude.clone(), no_ignore: true };
        let found = walk::tree(&[file.to_owned()], &self.settings.root, &options)
            .map_err(|error| super::scan::explain(error, "name files of a git work tree"))?;
        let (sources, skips) = found.all();
        let read = sources.first().map(|source| self.reader.read(source));
        let skip = match read {
            Some(Ok(blob)) => {
                self.blob(blob, claims);
                return Ok(());
            }
            Some(Err(skip)) => Some(skip),
            None => skips.into_iter().next(),
        };
        let label = skip.as_ref().map_or("excluded", |skip| skip.reason.label());
        for claim in claims {
            self.left(claim, Gone { reason: format!("the file was not read: {label}"), gap: true });
        }
        if let Some(skip) = skip {
            self.outcome.coverage.skip(skip);
        }
        Ok(())
    }

    fn blob(&mut self, blob: Blob, claims: &[Claim]) {
        let own = self.scanner.scan(&blob);
        let mut located: Vec<Located> = Vec::new();
        for claim in claims {
            match findings::place(claim, &blob, &own) {
                Ok(spots) => {
                    for spot in spots {
                        self.spot(claim, (&blob, spot), &own, &mut located);
                    }
                }
                Err(gone) => self.left(claim, gone),
            }
        }
        located.sort_by_key(|located| located.value);
        self.done.taken += located.len();
        self.outcome.coverage.files += 1;
        self.outcome.coverage.bytes += blob.bytes.len() as u64;
        if !located.is_empty() {
            self.outcome.files.push(FileFindings { source: blob.source.clone(), blob: Some(blob), located });
        }
    }

    /// Takes one place, once: several tools may report it.
    fn spot(
        &mut self,
        claim: &Claim,
        (blob, spot): (&Blob, findings::Spot),
        own: &[Located],
        located: &mut Vec<Located>,
    ) {
        if located.iter().any(|known| known.value.contains(spot.span)) {
            return;
        }
        let (rule, settled) = (claim.rule_name(), |reason: &str| Gone { reason: reason.to_owned(), gap: false });
        let vouch = Vouch { rule: &rule, kind: findings::kind_of(&claim.rule) };
        let own = spot.own.and_then(|at| own.get(at)).cloned();
        let Some(mut found) = own.or_else(|| self.scanner.vouched(blob, spot.span, vouch)) else {
            return self.left(claim, settled("it is a reference to a secret that lies elsewhere, or no text"));
        };
        let reason = match found.finding.verdict {
            Verdict::Likely | Verdict::Doubtful => {
                let moved = if spot.moved { ", on another line then" } else { "" };
                found.finding.signals.push(format!("reported as {rule}{moved}"));
                located.retain(|known| !found.value.contains(known.value));
                located.push(found);
                return;
            }
            Verdict::Hash => "it is a one-way hash: there is no credential in it to move",
            Verdict::Example => "it is a placeholder or a documented example",
            Verdict::Suppressed => "a marker in the file asks to pass over it",
        };
        self.left(claim, settled(reason));
    }
}

/// The file that a report's path names: absolute, or within one of the folders that were named, the current folder or
/// the tree. It must lie in the tree, and in the selection where there is one.
fn resolve(path: &str, settings: &Settings) -> Result<PathBuf, Gone> {
    let settled = |reason: &str| Gone { reason: reason.to_owned(), gap: false };
    let gap = |reason: &str| Gone { reason: reason.to_owned(), gap: true };
    let local = match path.split_once("://") {
        Some(("file", rest)) => rest.strip_prefix("localhost").unwrap_or(rest),
        Some(_) => return Err(gap("its file is not on this machine")),
        None => path,
    };
    let named = &settings.selection.tree.paths;
    let bases = named.iter().map(PathBuf::as_path).chain([Path::new("."), settings.root.as_path()]);
    let spellings = [local.to_owned(), local.replace('\\', "/")];
    let mut places = bases.flat_map(|base| spellings.iter().map(move |spelling| base.join(spelling)));
    let Some(file) = places.find(|file| file.is_file()) else {
        return Err(gap("there is no such file below the current folder or the tree"));
    };
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let file = real(&file);
    if !file.starts_with(real(&settings.root)) {
        return Err(gap("its file lies outside the tree"));
    }
    if !named.is_empty() && !named.iter().any(|path| file.starts_with(real(path))) {
        return Err(settled("its file is not among the paths that were named"));
    }
    Ok(file)
}

/// The settings under which the files of a report are scanned: a tool's word counts more than a low score.
pub(super) fn settings_of_import(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.scan.min_confidence = Confidence::Low;
    settings
}

/// Adds the places of a run's plan that no rule sees, so that `resume` finds them again: what stands there must have
/// the fingerprint that the plan recorded.
pub(super) fn recall<'p>(
    outcome: &mut ScanOutcome,
    places: impl Iterator<Item = &'p crate::model::Place>,
    (scanner, reader, root): (&Scanner, &Reader, &Path),
) {
    for place in places {
        let known = outcome.files.iter().flat_map(|file| &file.located);
        if known.into_iter().any(|located| located.finding.fingerprint == place.fingerprint) {
            continue;
        }
        let Some(blob) = walk::named(root, &place.path, reader) else { continue };
        let vouch = Vouch { rule: &place.rule, kind: place.kind };
        let found = scanner.vouched(&blob, place.region.span(), vouch);
        let Some(found) = found.filter(|found| found.finding.fingerprint == place.fingerprint) else { continue };
        let same = |file: &&mut FileFindings| {
            file.blob.as_ref().is_some_and(|blob| {
                blob.source.tree_path == place.path && matches!(blob.source.origin, Origin::File(_))
            })
        };
        if let Some(file) = outcome.files.iter_mut().find(same) {
            file.located.push(found);
            file.located.sort_by_key(|located| located.value);
        } else {
            let source = blob.source.clone();
            outcome.files.push(FileFindings { source, blob: Some(blob), located: vec![found] });
        }
    }
}

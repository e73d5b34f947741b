//! `arnify baseline`: create, update, prune, audit.

use std::collections::BTreeSet;

use crate::cli::{self, BaselineCreate, BaselineVerb};
use crate::command::reach::Reach;
use crate::command::{check, output, scan};
use crate::failure::{Exit, Failure};
use crate::model::Confidence;
use crate::scan::baseline::{Baseline, Known};
use crate::secret::{Fingerprint, Salt};
use crate::settings::Settings;
use crate::ui::{Ui, count, sanitise};

/// Runs the verb.
pub(super) fn run(settings: &Settings, args: &cli::Baseline, ui: &mut Ui) -> Result<Exit, Failure> {
    super::words_only(settings, "baseline")?;
    if !matches!(args.verb, BaselineVerb::Audit(_)) {
        super::no_report(settings, "baseline", "`--baseline FILE` tells where the baseline lies.")?;
    }
    match &args.verb {
        BaselineVerb::Create(asked) => create(settings, asked, ui),
        BaselineVerb::Update(_) => update(settings, ui),
        BaselineVerb::Prune(_) => prune(settings, ui),
        BaselineVerb::Audit(_) => audit(settings, ui),
    }
}

fn create(settings: &Settings, args: &BaselineCreate, ui: &mut Ui) -> Result<Exit, Failure> {
    if settings.baseline.exists() && !args.force {
        let failure = Failure::message(Exit::Usage, format!("{} exists", settings.baseline.display()));
        return Err(failure.hint("add new findings with `arnify baseline update`, or replace it with `--force`"));
    }
    // A new baseline has a salt of its own, so the scan has to be made under it.
    let salt = crate::settings::random_salt();
    let scanned = scan::findings_in_tree((settings, ui), Salt::derive(salt.as_bytes()))?;
    let baseline = Baseline::new(salt, scanned.counted.iter().map(Known::of));
    finish(settings, &baseline, &scanned, ui)
}

fn update(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    let old = existing(settings)?;
    let scanned = today(settings, ui, &old)?;
    let today: Vec<_> = scanned.counted.iter().map(Known::of).collect();
    // Today's entry comes first for a finding that moved, and what was not seen today stays.
    let seen = Baseline::new(old.salt.clone(), today.clone());
    let kept = old.findings.into_iter().filter(|known| !seen.fingerprints().contains(&known.fingerprint));
    let baseline = Baseline::new(old.salt, today.into_iter().chain(kept));
    finish(settings, &baseline, &scanned, ui)
}

/// Drops what is gone. What the run could not see is not judged: it stays.
fn prune(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    refuse_parts(settings)?;
    let old = existing(settings)?;
    // A finding that a threshold leaves out is not gone.
    let mut settings = settings.clone();
    settings.scan.min_confidence = Confidence::Low;
    let settings = &settings;
    let scanned = today(settings, ui, &old)?;
    if !scanned.coverage.is_complete() {
        let failure = Failure::message(Exit::Incomplete, "the scan is incomplete, so nothing was pruned");
        return Err(failure.hint("`arnify scan` lists what could not be read"));
    }
    let reach = Reach::of(settings, &old.findings)?;
    let seen: BTreeSet<&Fingerprint> = scanned.counted.iter().map(|finding| &finding.fingerprint).collect();
    let known = old.findings.len();
    let (kept, missing): (Vec<_>, Vec<_>) =
        old.findings.into_iter().partition(|known| seen.contains(&known.fingerprint));
    let unseen: Vec<_> = missing.into_iter().filter(|known| !reach.judges(&known.path)).collect();
    let outside = unseen.len();
    let baseline = Baseline::new(old.salt, kept.into_iter().chain(unseen));
    ui.note(&format!("pruned {} of {}", known - baseline.findings.len(), count(known, "known finding")));
    if outside > 0 {
        ui.note(&format!(
            "{} not looked at, because only a part of the tree was read",
            count(outside, "known finding")
        ));
    }
    finish(settings, &baseline, &scanned, ui)
}

/// What is staged, or a text from standard input, tells nothing of what else is known.
fn refuse_parts(settings: &Settings) -> Result<(), Failure> {
    let part = match &settings.selection {
        selection if selection.staged => "--staged",
        selection if selection.stdin => "--stdin",
        _ => return Ok(()),
    };
    let failure = Failure::message(Exit::Usage, format!("`baseline prune` can't judge by `{part}` what is gone"));
    Err(failure.hint(format!("Nothing was pruned. Leave out `{part}`: `arnify baseline prune` reads the tree.")))
}

fn audit(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = existing(settings)?;
    let scanned = today(settings, ui, &baseline)?;
    let reach = Reach::of(settings, &baseline.findings)?;
    let line = |known: &Known| {
        let now = scanned.counted.iter().find(|finding| finding.fingerprint == known.fingerprint);
        let now = match now {
            Some(finding) => format!("line {}", finding.span.line),
            None if reach.judges(&known.path) => "gone".to_owned(),
            None => "not looked at".to_owned(),
        };
        format!("{}:{}  {}  {now}", sanitise(&known.path), known.line, sanitise(&known.rule))
    };
    output::deliver(settings.output.as_deref(), ui, |out| {
        baseline.findings.iter().try_for_each(|known| writeln!(out, "{}", line(known)))
    })?;
    Ok(super::tell_gaps(&scanned.coverage, ui))
}

fn existing(settings: &Settings) -> Result<Baseline, Failure> {
    check::known(settings)?.ok_or_else(|| check::none(settings))
}

/// Today's findings, under the baseline's salt.
fn today(settings: &Settings, ui: &mut Ui, baseline: &Baseline) -> Result<scan::Scanned, Failure> {
    scan::findings_in_tree((settings, ui), settings.salt(Some(&baseline.salt)))
}

fn finish(settings: &Settings, baseline: &Baseline, scanned: &scan::Scanned, ui: &mut Ui) -> Result<Exit, Failure> {
    let path = &settings.baseline;
    let text = baseline.to_text().map_err(|error| Failure::new(Exit::Bug, error))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| {
            let target = folder.display().to_string();
            Failure::new(Exit::Usage, crate::failure::OutputError { target, source })
        })?;
    }
    output::to_file(path, text.as_bytes())?;
    ui.note(&format!("{}: {}", sanitise(&path.display().to_string()), count(baseline.findings.len(), "known finding")));
    Ok(super::tell_gaps(&scanned.coverage, ui))
}

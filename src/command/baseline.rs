//! `arnify baseline`: create, update, prune, audit.

use crate::cli::{self, BaselineCreate, BaselineVerb};
use crate::command::{check, output, scan};
use crate::failure::{Exit, Failure};
use crate::scan::baseline::{Baseline, Known};
use crate::secret::Salt;
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
    let scanned = scan::findings((settings, ui), Salt::derive(salt.as_bytes()))?;
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

fn prune(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    let old = existing(settings)?;
    let scanned = today(settings, ui, &old)?;
    if !scanned.coverage.is_complete() {
        let failure = Failure::message(Exit::Incomplete, "the scan is incomplete, so nothing was pruned");
        return Err(failure.hint("`arnify scan` lists what could not be read"));
    }
    let (baseline, known) = {
        let today = Baseline::new(old.salt.clone(), scanned.counted.iter().map(Known::of));
        let seen = today.fingerprints();
        let known = old.findings.len();
        let kept = old.findings.into_iter().filter(|known| seen.contains(&known.fingerprint)).collect::<Vec<_>>();
        (Baseline::new(old.salt, kept), known)
    };
    ui.note(&format!("pruned {} of {}", known - baseline.findings.len(), count(known, "known finding")));
    finish(settings, &baseline, &scanned, ui)
}

fn audit(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = existing(settings)?;
    let scanned = today(settings, ui, &baseline)?;
    let line = |known: &Known| {
        let now = scanned.counted.iter().find(|finding| finding.fingerprint == known.fingerprint);
        let now = now.map_or_else(|| "gone".to_owned(), |finding| format!("line {}", finding.span.line));
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
    scan::findings((settings, ui), settings.salt(Some(&baseline.salt)))
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

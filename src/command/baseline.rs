//! `arnify baseline`: create, update, prune, audit.

use crate::cli::{self, BaselineCreate, BaselineOf, BaselineVerb};
use crate::command::survey::count;
use crate::command::{check, output, scan};
use crate::failure::{Exit, Failure};
use crate::scan::baseline::{Baseline, Known};
use crate::settings::Settings;
use crate::ui::{Ui, sanitise};

/// Runs the verb.
pub(super) fn run(settings: &Settings, args: &cli::Baseline, ui: &mut Ui) -> Result<Exit, Failure> {
    super::words_only(settings, "baseline")?;
    if !matches!(args.verb, BaselineVerb::Audit(_)) {
        super::no_report(settings, "baseline", "`--baseline FILE` tells where the baseline lies.")?;
    }
    match &args.verb {
        BaselineVerb::Create(asked) => create(settings, asked, ui),
        BaselineVerb::Update(asked) => update(settings, asked, ui),
        BaselineVerb::Prune(asked) => prune(settings, asked, ui),
        BaselineVerb::Audit(asked) => audit(settings, asked, ui),
    }
}

fn create(settings: &Settings, args: &BaselineCreate, ui: &mut Ui) -> Result<Exit, Failure> {
    let asked = &args.of;
    let path = check::path(settings, asked.baseline.as_ref());
    if path.exists() && !args.force {
        let failure = Failure::message(Exit::Usage, format!("{} exists", path.display()));
        return Err(failure.hint("add new findings with `arnify baseline update`, or replace it with `--force`"));
    }
    // A new baseline has a salt of its own, so the scan has to be made under it.
    let salt = crate::settings::random_salt();
    let salted = Settings { salt: crate::secret::Salt::derive(salt.as_bytes()), ..settings.clone() };
    let scanned = scan::findings(&salted, ui)?;
    let baseline = Baseline::new(salt, scanned.counted.iter().map(Known::of));
    finish(settings, asked, &baseline, &scanned, ui)
}

fn update(settings: &Settings, asked: &BaselineOf, ui: &mut Ui) -> Result<Exit, Failure> {
    let old = existing(settings, asked)?;
    let scanned = scan::findings(settings, ui)?;
    let today: Vec<_> = scanned.counted.iter().map(Known::of).collect();
    // Today's entry comes first for a finding that moved, and what was not seen today stays.
    let seen = Baseline::new(old.salt.clone(), today.clone());
    let kept = old.findings.into_iter().filter(|known| !seen.fingerprints().contains(&known.fingerprint));
    let baseline = Baseline::new(old.salt, today.into_iter().chain(kept));
    finish(settings, asked, &baseline, &scanned, ui)
}

fn prune(settings: &Settings, asked: &BaselineOf, ui: &mut Ui) -> Result<Exit, Failure> {
    let old = existing(settings, asked)?;
    let scanned = scan::findings(settings, ui)?;
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
    finish(settings, asked, &baseline, &scanned, ui)
}

fn audit(settings: &Settings, asked: &BaselineOf, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = existing(settings, asked)?;
    let scanned = scan::findings(settings, ui)?;
    let line = |known: &Known| {
        let now = scanned.counted.iter().find(|finding| finding.fingerprint == known.fingerprint);
        let now = now.map_or_else(|| "gone".to_owned(), |finding| format!("line {}", finding.span.line));
        format!("{}:{}  {}  {now}", sanitise(&known.path), known.line, sanitise(&known.rule))
    };
    output::deliver(settings.output.as_deref(), ui, |out| {
        baseline.findings.iter().try_for_each(|known| writeln!(out, "{}", line(known)))
    })?;
    Ok(if scanned.coverage.is_complete() { Exit::Done } else { Exit::Incomplete })
}

fn existing(settings: &Settings, asked: &BaselineOf) -> Result<Baseline, Failure> {
    let path = check::path(settings, asked.baseline.as_ref());
    Baseline::read(&path).map_err(check::explain)?.ok_or_else(|| {
        let failure = Failure::message(Exit::Usage, format!("{}: no such baseline", path.display()));
        failure.hint("`arnify baseline create` writes one")
    })
}

fn finish(
    settings: &Settings,
    asked: &BaselineOf,
    baseline: &Baseline,
    scanned: &scan::Scanned,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let path = check::path(settings, asked.baseline.as_ref());
    let text = baseline.to_text().map_err(|error| Failure::new(Exit::Bug, error))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| {
            let target = folder.display().to_string();
            Failure::new(Exit::Usage, crate::failure::OutputError { target, source })
        })?;
    }
    output::to_file(&path, |out| out.write_all(text.as_bytes()))?;
    ui.note(&format!("{}: {}", sanitise(&path.display().to_string()), count(baseline.findings.len(), "known finding")));
    for gap in &scanned.coverage.gaps {
        ui.warn(&format!("{}: {}", sanitise(&gap.path), gap.reason.label()));
    }
    Ok(if scanned.coverage.is_complete() { Exit::Done } else { Exit::Incomplete })
}

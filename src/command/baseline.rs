//! `arnify baseline`: keep the list of known findings.

use std::path::Path;

use super::survey::count;
use crate::apply::files;
use crate::cli::{self, BaselineCreate, BaselineVerb};
use crate::failure::{Exit, Failure};
use crate::model::Finding;
use crate::report;
use crate::scan::baseline::{Baseline, Known};
use crate::settings::Settings;
use crate::ui::Ui;

/// Creates, updates, prunes or audits the baseline.
pub(super) fn run(settings: &Settings, args: &cli::Baseline, ui: &mut Ui) -> Result<Exit, Failure> {
    match &args.verb {
        BaselineVerb::Create(args) => create(settings, args, ui),
        BaselineVerb::Update(_) => change(settings, ui, "added", |old, today| {
            Baseline::new(old.salt().to_owned(), old.findings().iter().cloned().chain(today))
        }),
        BaselineVerb::Prune(_) => change(settings, ui, "removed", |old, today| {
            let today: Vec<Known> = today.collect();
            let still = |known: &&Known| today.iter().any(|found| found.fingerprint == known.fingerprint);
            Baseline::new(old.salt().to_owned(), old.findings().iter().filter(still).cloned())
        }),
        BaselineVerb::Audit(_) => audit(settings, ui),
    }
}

/// Reads a baseline; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Baseline>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::message(Exit::Usage, format!("{}: {error}", path.display()))),
    };
    Baseline::parse(&text).map(Some).map_err(|error| {
        let failure = Failure::message(Exit::Usage, format!("{}: not a baseline: {error}", path.display()));
        failure.hint("Restore it from version control, or make a new one with `arnify baseline create --force`.")
    })
}

fn create(settings: &Settings, args: &BaselineCreate, ui: &mut Ui) -> Result<Exit, Failure> {
    if settings.baseline.exists() && !args.force {
        let failure =
            Failure::message(Exit::Usage, format!("{}: there is a baseline already", settings.baseline.display()));
        return Err(failure.hint("`arnify baseline update` adds to it; `--force` replaces it."));
    }
    // The salt goes into the fingerprints, so it is settled first: a baseline's fingerprints are made with its own.
    let salt = uuid::Uuid::new_v4().simple().to_string();
    let settings = Settings { salt: crate::secret::Salt::derive(salt.as_bytes()), ..settings.clone() };
    let (outcome, today) = today(&settings, ui)?;
    let baseline = Baseline::new(salt, today.into_iter());
    write(&settings.baseline, &baseline)?;
    let known = count(baseline.findings().len(), "known finding");
    ui.note(&format!(
        "{}: {known}. Commit it, and `arnify check` fails on new ones only.",
        settings.baseline.display()
    ));
    Ok(outcome)
}

fn change(
    settings: &Settings,
    ui: &mut Ui,
    verb: &str,
    update: impl FnOnce(&Baseline, std::vec::IntoIter<Known>) -> Baseline,
) -> Result<Exit, Failure> {
    let old = existing(settings)?;
    let (outcome, today) = today(settings, ui)?;
    let new = update(&old, today.into_iter());
    write(&settings.baseline, &new)?;
    let difference = new.findings().len().abs_diff(old.findings().len());
    ui.note(&format!("{}: {} {verb}", settings.baseline.display(), count(difference, "finding")));
    Ok(outcome)
}

fn audit(settings: &Settings, ui: &mut Ui) -> Result<Exit, Failure> {
    let baseline = existing(settings)?;
    let (outcome, today) = today(settings, ui)?;
    for known in baseline.findings() {
        let now: Vec<String> = today
            .iter()
            .filter(|found| found.fingerprint == known.fingerprint)
            .map(|found| format!("{}:{}", found.path, found.line))
            .collect();
        let now = if now.is_empty() { "gone (prune removes it)".to_owned() } else { now.join(", ") };
        let line = format!("{}  {}  {now}", known.fingerprint.as_str(), known.rule);
        writeln!(ui.out(), "{}", crate::ui::sanitise(&line)).map_err(|error| Failure::new(Exit::Usage, error))?;
    }
    let unknown = today.iter().filter(|found| !baseline.knows(&found.fingerprint)).count();
    ui.note(&format!("{}, {} not in it", count(baseline.findings().len(), "known finding"), count(unknown, "finding")));
    Ok(outcome)
}

fn existing(settings: &Settings) -> Result<Baseline, Failure> {
    read(&settings.baseline)?.ok_or_else(|| {
        let failure =
            Failure::message(Exit::Usage, format!("{}: there is no baseline yet", settings.baseline.display()));
        failure.hint("`arnify baseline create` makes one.")
    })
}

/// Today's findings that count.
fn today(settings: &Settings, ui: &mut Ui) -> Result<(Exit, Vec<Known>), Failure> {
    let (outcome, _) = super::scan::scan(settings, ui)?;
    let all = outcome.files.iter().flat_map(|file| &file.located).map(|located| &located.finding);
    let known = all.filter(|finding| report::counts(finding)).map(known).collect();
    Ok((super::tell_gaps(&outcome.coverage, ui), known))
}

fn known(finding: &Finding) -> Known {
    Known {
        fingerprint: finding.fingerprint.clone(),
        rule: finding.rule.clone(),
        path: finding.path.clone(),
        line: finding.span.line,
    }
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::message(Exit::Usage, format!("{}: {error}", folder.display())))?;
    }
    files::write_shared(path, baseline.to_text()?.as_bytes())?;
    Ok(())
}

//! What `plan`, `apply` and `resume` begin with: scan the tree, find the literals, plan the secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::importing::{self, Imported};
use crate::failure::{Exit, Failure};
use crate::lang::{Languages, NotRewritable};
use crate::model::{Applicability, Blob, Located, Origin, Plan, Proposed, RunId, Span, Verdict};
use crate::plan::{self, Candidate, Context, Kinds, Origins, Owners, Planned};
use crate::scan::{ScanOutcome, Scanner};
use crate::settings::Settings;
use crate::ui::{Ui, count};
use crate::walk::{self, Reader};

/// A run that is to be planned.
pub(super) struct Run {
    pub(super) id: RunId,
    /// RFC 3339, UTC.
    pub(super) started: String,
}

impl Run {
    /// A run that starts now.
    pub(super) fn new() -> Self {
        let now = jiff::Timestamp::now();
        let second = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string();
        let tail = uuid::Uuid::new_v4().simple().to_string();
        let id = format!("{}-{}", second.replace(['-', ':'], ""), tail.get(..6).unwrap_or_default());
        Self { id: RunId(id), started: second }
    }
}

/// What a plan takes in.
pub(super) struct Terms {
    /// The least that a rewrite must be.
    pub(super) least: Applicability,
    /// Files that can't be rewritten after all, by tree path, with the reason.
    pub(super) refused: BTreeMap<String, String>,
}

/// A scanned tree with what is needed to rewrite it.
pub(super) struct Survey {
    pub(super) outcome: ScanOutcome,
    pub(super) scanner: Scanner,
    pub(super) languages: Languages,
    kinds: Kinds,
    pub(super) reader: Reader,
    /// What became of other tools' reports, where the run began with some.
    pub(super) imported: Option<Imported>,
}

impl Survey {
    /// Scans the selection of `settings`, keeping the blobs that have findings, or takes what their reports say.
    pub(super) fn take(settings: &Settings, ui: &mut Ui) -> Result<Self, Failure> {
        let languages = Languages::load().map_err(|error| Failure::new(Exit::Bug, error))?;
        let kinds = Kinds::load().map_err(|error| Failure::new(Exit::Bug, error))?;
        if !settings.reports.is_empty() {
            return Self::take_reports((settings, ui), (languages, kinds));
        }
        let scanner = super::scan::scanner((settings, ui), super::scan::salt(settings)?)?;
        let reader = super::scan::reader(settings)?;
        let outcome = super::scan::drive((settings, ui), &reader, &scanner, true)?;
        Ok(Self { outcome, scanner, languages, kinds, reader, imported: None })
    }

    fn take_reports(
        (settings, ui): (&Settings, &mut Ui),
        (languages, kinds): (Languages, Kinds),
    ) -> Result<Self, Failure> {
        let settings = importing::settings_of_import(settings);
        let scanner = super::scan::scanner((&settings, ui), super::scan::salt(&settings)?)?;
        let reader = super::scan::reader(&settings)?;
        let (outcome, imported) = importing::take(&settings, (&scanner, &reader))?;
        Ok(Self { outcome, scanner, languages, kinds, reader, imported: Some(imported) })
    }

    /// Adds what the plan of a run names and no rule sees.
    pub(super) fn recall(&mut self, plan: &Plan<Proposed>, root: &Path) {
        let places = plan.entries.iter().flat_map(|entry| &entry.places);
        importing::recall(&mut self.outcome, places, (&self.scanner, &self.reader, root));
    }

    /// Where values stand in a file: those of all candidates, and those that only a report or a plan knows.
    pub(super) fn values(&self, blob: &Blob) -> Vec<Span> {
        let mut spans = self.scanner.values(blob);
        let same = |other: &&Blob| other.source.tree_path == blob.source.tree_path;
        let files = self.outcome.files.iter().filter(|file| file.blob.as_ref().is_some_and(|other| same(&other)));
        spans.extend(files.flat_map(|file| &file.located).map(|located| located.value));
        spans
    }

    /// Names what was not read and what was left of the reports; the exit code of a run in which all else went well.
    pub(super) fn tell_gaps(&self, ui: &mut Ui) -> Exit {
        let exit = super::tell_gaps(&self.outcome.coverage, ui);
        let imported = self.imported.as_ref().map_or(Exit::Done, |imported| imported.tell(ui));
        if exit == Exit::Done { imported } else { exit }
    }

    /// The files with findings that take part, with their blobs.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Blob, Vec<&Located>)> {
        self.outcome.files.iter().filter_map(|file| {
            let blob = file.blob.as_ref()?;
            Some((blob, file.located.iter().filter(|l| takes_part(l)).collect()))
        })
    }

    /// The blob of the file at tree path `path`, if it has findings.
    pub(super) fn blob(&self, path: &str) -> Option<&Blob> {
        let blobs = self.outcome.files.iter().filter_map(|file| file.blob.as_ref());
        blobs.filter(|blob| out_of_reach(blob).is_none()).find(|blob| blob.source.tree_path == path)
    }

    /// Plans the secrets. The plan's errors come as one failure that lists them all.
    pub(super) fn plan(&self, settings: &Settings, run: &Run, terms: &Terms) -> Result<Planned, Failure> {
        let context = self.context(settings, run, terms);
        let mut candidates = Vec::new();
        for (blob, located) in self.files() {
            let owned: Vec<Located> = located.iter().map(|l| (*l).clone()).collect();
            let in_archive = matches!(blob.source.origin, Origin::Archive(_));
            let in_tests = !in_archive && self.languages.is_test_code(&blob.source.tree_path);
            let sites = match out_of_reach(blob) {
                None => self.languages.locate(blob, &owned),
                Some(why) => owned.iter().map(|_| Err(why.clone())).collect(),
            };
            candidates.extend(located.into_iter().zip(sites).map(|(located, site)| {
                let in_tests = in_tests || site.as_ref().is_ok_and(|site| site.in_tests);
                Candidate { blob, located, site, in_tests }
            }));
        }
        plan::make(candidates, &context).map_err(|errors| plan_failure(&errors))
    }

    fn context<'s>(&'s self, settings: &'s Settings, run: &Run, terms: &Terms) -> Context<'s> {
        let root = settings.root.as_path();
        let text = |blob: &Blob| String::from_utf8_lossy(&blob.bytes).into_owned();
        let owners = plan::CODEOWNERS.iter().find_map(|place| walk::named(root, place, &self.reader));
        let mut origins = Origins::new(&folder_name(root));
        let paths: BTreeSet<String> = self.files().map(|(blob, _)| blob.source.tree_path.clone()).collect();
        let names: Vec<String> = plan::MANIFESTS.iter().map(|name| (*name).to_owned()).collect();
        let manifests = walk::nearby(root, &paths, &names, &self.reader);
        for name in plan::MANIFESTS {
            for (path, blob) in manifests.iter().filter(|(path, _)| path.rsplit('/').next() == Some(name)) {
                origins.add_manifest(path, &text(blob));
            }
        }
        Context {
            naming: &settings.naming,
            run: run.id.clone(),
            now: run.started.clone(),
            owners: owners.map(|blob| Owners::parse(&text(&blob))).unwrap_or_default(),
            origins,
            least: terms.least,
            refused: terms.refused.clone(),
            kinds: &self.kinds,
        }
    }
}

/// Findings that the file itself asked to pass over, and examples, are not migrated.
fn takes_part(located: &Located) -> bool {
    matches!(located.finding.verdict, Verdict::Likely | Verdict::Doubtful)
}

/// Why nothing in a blob can be rewritten, whatever it says.
fn out_of_reach(blob: &Blob) -> Option<NotRewritable> {
    let reason = match &blob.source.origin {
        // The path of one that is not UTF-8 may stand for several.
        Origin::File(path) if path.to_str().is_none() => {
            "Left as it is: the file's path is not UTF-8, so no diff and no journal can name it. Rename it first."
        }
        Origin::Archive(_) => {
            "Left as it is: it lies in an archive, and arnify changes none. Change what the archive is built from and \
             build it again, or take a version of it without the credential; whoever has the archive has the value, so \
             replace that too."
        }
        Origin::File(_) | Origin::Stdin | Origin::Git { .. } => return None,
    };
    Some(NotRewritable { reason: reason.to_owned() })
}

fn folder_name(root: &Path) -> String {
    root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn plan_failure(errors: &[plan::PlanError]) -> Failure {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let hints: BTreeSet<&str> = errors.iter().map(plan::PlanError::hint).collect();
    let message = format!("nothing was stored: the plan has {}\n  {}", count(lines.len(), "error"), lines.join("\n  "));
    hints.into_iter().fold(Failure::message(Exit::Usage, message), Failure::hint)
}

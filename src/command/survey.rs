//! What `plan`, `apply` and `resume` begin with: scan the tree, find the literals, plan the secrets.

use std::collections::BTreeSet;
use std::path::Path;

use crate::failure::{Exit, Failure};
use crate::lang::{Languages, NotRewritable};
use crate::model::{Blob, Located, Origin, RunId, Span, Verdict};
use crate::plan::{self, Candidate, Context, Origins, Owners, Planned};
use crate::scan::{FileFindings, ScanOutcome, Scanner};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::walk::{self, Reader};

/// A scanned tree with what is needed to rewrite it.
pub(super) struct Survey {
    pub(super) outcome: ScanOutcome,
    pub(super) scanner: Scanner,
    pub(super) languages: Languages,
    pub(super) reader: Reader,
}

impl Survey {
    /// Scans the selection of `settings`, keeping the blobs that have findings.
    pub(super) fn take(settings: &Settings, ui: &Ui) -> Result<Self, Failure> {
        let languages = Languages::load().map_err(|error| Failure::new(Exit::Bug, error))?;
        let scanner = super::scan::scanner(settings)?;
        let reader = Reader::new(settings.scan.max_file_size);
        let outcome = super::scan::drive((settings, ui), &reader, &scanner, true)?;
        Ok(Self { outcome, scanner, languages, reader })
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
        self.file(path)?.blob.as_ref()
    }

    /// Every value in the file at `path`, whether it takes part or not: what a redacted diff must mask.
    pub(super) fn secrets(&self, path: &str) -> Vec<Span> {
        let file = self.file(path);
        file.map(|file| file.located.iter().map(|located| located.value).collect()).unwrap_or_default()
    }

    fn file(&self, path: &str) -> Option<&FileFindings> {
        let is_it = |blob: &Blob| blob.source.tree_path == path && has_a_name(blob);
        self.outcome.files.iter().find(|file| file.blob.as_ref().is_some_and(is_it))
    }

    /// Plans the secrets. The plan's errors come as one failure that lists them all.
    pub(super) fn plan(&self, settings: &Settings, run: &RunId, now: &str) -> Result<Planned, Failure> {
        let context = self.context(settings, run, now);
        let mut candidates = Vec::new();
        for (blob, located) in self.files() {
            let owned: Vec<Located> = located.iter().map(|l| (*l).clone()).collect();
            let in_tests = self.languages.is_test_code(&blob.source.tree_path);
            let sites = if has_a_name(blob) {
                self.languages.locate(blob, &owned)
            } else {
                owned.iter().map(|_| Err(nameless())).collect()
            };
            candidates.extend(located.into_iter().zip(sites).map(|(located, site)| Candidate {
                blob,
                located,
                site,
                in_tests,
            }));
        }
        plan::make(candidates, &context).map_err(|errors| plan_failure(&errors))
    }

    fn context<'s>(&self, settings: &'s Settings, run: &RunId, now: &str) -> Context<'s> {
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
            run: run.clone(),
            now: now.to_owned(),
            owners: owners.map(|blob| Owners::parse(&text(&blob))).unwrap_or_default(),
            origins,
        }
    }
}

/// Findings that the file itself asked to pass over, and examples, are not migrated.
fn takes_part(located: &Located) -> bool {
    matches!(located.finding.verdict, Verdict::Likely | Verdict::Doubtful)
}

/// Whether the tree path names the file: that of a path that is not UTF-8 may stand for several.
fn has_a_name(blob: &Blob) -> bool {
    match &blob.source.origin {
        Origin::File(path) => path.to_str().is_some(),
        Origin::Stdin | Origin::Git { .. } => true,
    }
}

fn nameless() -> NotRewritable {
    let reason = "Left as it is: the file's path is not UTF-8, so no diff and no journal can name it. Rename it first.";
    NotRewritable { reason: reason.to_owned() }
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

/// `1 error`, `2 errors`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

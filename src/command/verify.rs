//! `arnify verify`: every secret reference in the tree resolves, with the key, stage and version that it names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::output;
use crate::cli::{self, Format};
use crate::failure::{Exit, Failure};
use crate::model::{Blob, Coverage, Region, Source, Span};
use crate::reference::{self, Reference};
use crate::settings::Settings;
use crate::store::{self, StoreError};
use crate::ui::{Ui, count, sanitise};
use crate::walk::Reader;

/// A place that refers to a secret, and whether it resolves. Holds no value.
#[derive(Debug, Serialize)]
struct Checked {
    v: u8,
    path: String,
    span: Region,
    /// ARN or name; empty when the reference can't be read.
    secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    resolves: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What was looked at.
struct Looked {
    places: Vec<Place>,
    coverage: Coverage,
}

impl Looked {
    fn read_all(&mut self, reader: &Reader, sources: &[Arc<Source>]) {
        let opened = reader.read_all(sources, &mut |source, blob| match blob {
            Ok(blob) => self.read(source, &blob),
            Err(skip) => self.coverage.skip(skip),
        });
        self.coverage.archives += opened;
    }

    fn read(&mut self, source: &Arc<Source>, blob: &Blob) {
        self.coverage.files += 1;
        self.coverage.bytes += blob.bytes.len() as u64;
        self.places.extend(reference::all(&blob.bytes).into_iter().map(|hit| Place {
            source: Arc::clone(source),
            path: blob.path().to_owned(),
            span: blob.lines().region(&blob.bytes, Span::new(hit.span.start, hit.span.end)),
            reference: hit.reference,
        }));
    }
}

struct Place {
    /// What was read: the archive, for an entry of one.
    source: Arc<Source>,
    path: String,
    span: Region,
    reference: Result<Reference, String>,
}

/// Looks all references up and reports them.
pub(super) fn run(settings: &Settings, _args: &cli::Verify, ui: &mut Ui) -> Result<Exit, Failure> {
    if settings.format == Format::Sarif {
        return Err(Failure::message(Exit::Usage, "verify reports as human, json or jsonl"));
    }
    let looked = look(settings)?;
    let (checked, fatal) = check(&looked.places, settings)?;
    let report = render(&checked, &looked.coverage, settings.format);
    output::deliver(settings.output.as_deref(), ui, |out| out.write_all(report.as_bytes()))?;
    if let Some(error) = fatal {
        return Err(error.into_failure());
    }
    let exit = super::tell_gaps(&looked.coverage, ui);
    Ok(if checked.iter().all(|one| one.resolves) { exit } else { Exit::Findings })
}

fn look(settings: &Settings) -> Result<Looked, Failure> {
    let mut found = super::scan::sources(settings)?;
    let mut looked = Looked { places: Vec::new(), coverage: Coverage::default() };
    let reader = super::scan::reader(settings)?;
    for batch in found.batches(1) {
        match batch {
            Ok(sources) => looked.read_all(&reader, &sources),
            Err(skip) => looked.coverage.skip(skip),
        }
    }
    super::scan::refuse_nothing(settings, &found)?;
    looked.places.sort_by(|one, other| one.source.cmp(&other.source));
    looked.coverage.gaps.sort();
    Ok(looked)
}

/// Each reference once against the store. The second is the error that makes further asking pointless.
fn check(places: &[Place], settings: &Settings) -> Result<(Vec<Checked>, Option<StoreError>), Failure> {
    let mut references: Vec<Reference> = places.iter().filter_map(|place| place.reference.clone().ok()).collect();
    references.sort();
    references.dedup();
    let results = store::resolve(&references, &settings.store).map_err(StoreError::into_failure)?;
    let results: BTreeMap<Reference, Result<(), StoreError>> =
        references.into_iter().zip(results.into_iter().map(|result| result.map(drop))).collect();
    let fatal = results.values().filter_map(|result| result.as_ref().err()).find(|error| error.is_fatal()).cloned();
    Ok((places.iter().map(|place| checked(place, &results)).collect(), fatal))
}

fn checked(place: &Place, results: &BTreeMap<Reference, Result<(), StoreError>>) -> Checked {
    let (reference, error) = match &place.reference {
        Err(what) => (None, Some(what.clone())),
        Ok(reference) => {
            let error = results.get(reference).and_then(|result| result.as_ref().err());
            (Some(reference.clone()), error.map(words))
        }
    };
    let part = |pick: fn(&Reference) -> &Option<String>| reference.as_ref().and_then(|r| pick(r).clone());
    Checked {
        v: 1,
        path: place.path.clone(),
        span: place.span,
        key: part(|r| &r.key),
        stage: part(|r| &r.stage),
        version: part(|r| &r.version),
        secret: reference.map(|reference| reference.id).unwrap_or_default(),
        resolves: error.is_none(),
        error,
    }
}

/// The reason alone: the line names the secret already.
fn words(error: &StoreError) -> String {
    match &error.code {
        Some(code) => format!("{} ({code})", error.reason),
        None => error.reason.to_string(),
    }
}

fn render(checked: &[Checked], coverage: &Coverage, format: Format) -> String {
    match format {
        Format::Jsonl => checked.iter().fold(String::new(), |mut out, one| {
            out.push_str(&serde_json::to_string(one).unwrap_or_default());
            out.push('\n');
            out
        }),
        Format::Json => {
            let whole = serde_json::json!({ "v": 1, "references": checked, "coverage": coverage });
            format!("{whole:#}\n")
        }
        Format::Human | Format::Sarif => human(checked, coverage),
    }
}

fn human(checked: &[Checked], coverage: &Coverage) -> String {
    let mut out = String::new();
    for one in checked {
        let what = [("key", &one.key), ("stage", &one.stage), ("version", &one.version)];
        let what: String =
            what.iter().filter_map(|(name, part)| part.as_ref().map(|part| format!(" {name} {part}"))).collect();
        let state = one.error.as_deref().unwrap_or("resolves");
        let line = format!("{}:{}:{}: {}{what}: {state}", one.path, one.span.line, one.span.column, one.secret);
        let _ = writeln!(out, "{}", sanitise(&line));
    }
    let failed = checked.iter().filter(|one| !one.resolves).count();
    let resolving = checked.len() - failed;
    let _ = writeln!(
        out,
        "{} in {}: {} resolve{}, {failed} {}",
        count(checked.len(), "reference"),
        count(coverage.files, "file"),
        resolving,
        if resolving == 1 { "s" } else { "" },
        if failed == 1 { "doesn't" } else { "don't" }
    );
    out
}

//! `arnify inject`: a file's text with its secret references resolved.
//!
//! Values are written so that the file's format reads them exactly (see [`insert`]); comments and the encoding stay as
//! they are.

use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::encoded::Text;
use crate::cli;
use crate::failure::{Exit, Failure};
use crate::model::{LineIndex, Span};
use crate::reference::insert::{self, TextFormat};
use crate::reference::{Hit, Reference};
use crate::secret::SecretValue;
use crate::settings::Settings;
use crate::store;
use crate::ui::Ui;

/// Reads, resolves, writes to standard output or to a file of mode 0600.
pub(super) fn run(settings: &Settings, args: &cli::Inject, ui: &mut Ui) -> Result<Exit, Failure> {
    let (name, text) = input(args.input.as_deref())?;
    let format = match args.as_format {
        Some(format) => format.into(),
        None => args.input.as_deref().map_or_else(|| TextFormat::guess(&text.bytes), TextFormat::of),
    };
    let filled = injected(settings, &name, &text.bytes, format)?;
    let out = text.to_disk(&filled).ok_or_else(|| {
        Failure::message(Exit::Usage, format_args!("{name}: a value is not text, and UTF-16 holds text only"))
    })?;
    match &settings.output {
        Some(path) => super::output::to_private_file(path, &out)?,
        None => super::output::deliver(None, ui, |to| to.write_all(&out))?,
    }
    Ok(Exit::Done)
}

impl From<cli::InjectFormat> for TextFormat {
    fn from(format: cli::InjectFormat) -> Self {
        match format {
            cli::InjectFormat::Json => Self::Json,
            cli::InjectFormat::Yaml => Self::Yaml,
            cli::InjectFormat::Properties => Self::Properties,
            cli::InjectFormat::Env => Self::Env,
            cli::InjectFormat::Text => Self::Plain,
        }
    }
}

fn input(path: Option<&Path>) -> Result<(String, Text), Failure> {
    let name = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let read = if let Some(path) = path {
        std::fs::read(path)
    } else {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text).map(|_| text)
    };
    let wrong = |what: &dyn std::fmt::Display| Failure::message(Exit::Usage, format_args!("can't read {name}: {what}"));
    let text = Text::read(read.map_err(|error| wrong(&error))?).map_err(|what| wrong(&what))?;
    Ok((name, text))
}

fn injected(settings: &Settings, name: &str, text: &[u8], format: TextFormat) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let lines = LineIndex::new(text);
    let place = |at: usize| format!("{name}:{}", lines.region(text, Span::new(at, at)).line);
    let refused =
        |exit, at, what: &dyn std::fmt::Display| Failure::message(exit, format_args!("{}: {what}", place(at)));
    let (hits, slots) = insert::slots(text, format).map_err(|(at, what)| refused(Exit::Usage, at, &what))?;
    let wanted: Vec<&Hit> = slots.iter().filter_map(|slot| hits.get(slot.hit)).collect();
    let mut references: Vec<Reference> = Vec::new();
    for hit in &wanted {
        match &hit.reference {
            Ok(reference) => references.push(reference.clone()),
            Err(what) => return Err(refused(Exit::Store, hit.span.start, what)),
        }
    }
    let found = store::resolve(&references, &settings.store).map_err(store::StoreError::into_failure)?;
    let mut values: Vec<SecretValue> = Vec::new();
    for (hit, result) in wanted.iter().zip(found) {
        values.push(result.map_err(|error| {
            let hint = error.hint();
            hint.into_iter().fold(refused(Exit::Store, hit.span.start, &error), Failure::hint)
        })?);
    }
    // Each value is lent once, so the copies are wiped with this list.
    let copies: Vec<Zeroizing<Vec<u8>>> =
        values.iter().map(|value| Zeroizing::new(value.with_bytes(<[u8]>::to_vec))).collect();
    let slices: Vec<&[u8]> = copies.iter().map(|copy| copy.as_slice()).collect();
    insert::fill(text, &slots, &slices).map_err(|(index, what)| {
        let at = wanted.get(index).map_or(0, |hit| hit.span.start);
        refused(Exit::Usage, at, &what)
            .hint("Use another form of quotes there, or `--as text` to put values in as they are.")
    })
}

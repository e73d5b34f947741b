//! A language's data as it stands under `rules/rewrite/<lang>/`: what the engine interprets.

mod helper;
mod import;
mod language;
mod literal;
mod manifest;
mod rewrite;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use regex::bytes::Regex;
use serde::Deserialize;

use super::LangError;
use super::layout::LayoutToml;

pub(super) use helper::HelperToml;
pub(super) use import::{Constants, Grouping, ImportToml, ImportsToml, Names};
pub(super) use language::{EmbeddedToml, Kind, LanguageToml, LinesToml};
pub(super) use literal::{Dedent, EscapesToml, Lines, Newline, StringToml, Unknown};
pub(super) use manifest::{ManifestForm, ManifestToml, PackageToml};
pub(super) use rewrite::{IncludedToml, ManualProject, ModeToml, RewriteToml, SetupToml, ShapeToml};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rewrite");

/// One language's folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) language: LanguageToml,
    pub(super) rewrite: RewriteToml,
    pub(super) layout: Option<LayoutToml>,
    pub(super) literals: String,
    /// Query text for one grammar only, by grammar.
    pub(super) extra: BTreeMap<String, String>,
    pub(super) notes: &'static str,
}

/// A regular expression in data; checked when loaded.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = regex::bytes::RegexBuilder::new(&text).build().map_err(serde::de::Error::custom)?;
        Ok(Self(regex))
    }
}

/// The built-in languages' folders, in name order.
pub(super) fn folders() -> Result<Vec<Folder>, LangError> {
    let mut dirs: Vec<_> = BUILT_IN.dirs().collect();
    dirs.sort_by_key(|dir| dir.path());
    dirs.into_iter().map(folder).collect()
}

fn folder(dir: &'static Dir<'static>) -> Result<Folder, LangError> {
    let name = dir.path().to_string_lossy().into_owned();
    let text = |file: &str| dir.get_file(dir.path().join(file)).and_then(include_dir::File::contents_utf8);
    let wrong = |message: String| LangError::Data { language: name.clone(), message };
    let need = |file: &str| text(file).ok_or_else(|| wrong(format!("{file} is missing")));
    let language: LanguageToml =
        toml::from_str(need("language.toml")?).map_err(|error| wrong(format!("language.toml: {error}")))?;
    let rewrite = toml::from_str(need("rewrite.toml")?).map_err(|error| wrong(format!("rewrite.toml: {error}")))?;
    let other = language.literals_of.as_ref().map(|other| format!("{other}/layout.toml"));
    let shared = other.and_then(|path| BUILT_IN.get_file(path)?.contents_utf8());
    let layout = text("layout.toml").or(shared).map(toml::from_str).transpose();
    let layout = layout.map_err(|error| wrong(format!("layout.toml: {error}")))?;
    if language.name != name {
        return Err(wrong(format!("language.toml names `{}`", language.name)));
    }
    for string in &language.string {
        if string.pieces.is_empty() && !language.escapes.contains_key(&string.escapes) {
            return Err(wrong(format!("no escape table `{}`", string.escapes)));
        }
    }
    let extra = language.grammars.iter().filter_map(|entry| {
        text(&format!("literals.{}.scm", entry.grammar)).map(|query| (entry.grammar.clone(), query.to_owned()))
    });
    let extra = extra.collect();
    let mut literals = text("literals.scm").unwrap_or_default().to_owned();
    if let Some(other) = &language.literals_of {
        let shared = BUILT_IN.get_file(format!("{other}/literals.scm")).and_then(include_dir::File::contents_utf8);
        literals.insert_str(0, shared.ok_or_else(|| wrong(format!("{other}/literals.scm is missing")))?);
    }
    Ok(Folder { notes: need("notes.md")?, language, rewrite, layout, literals, extra })
}

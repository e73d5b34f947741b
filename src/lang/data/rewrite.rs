//! `rewrite.toml`: what takes a literal's place, and where nothing does.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Pattern;
use super::helper::HelperToml;
use super::import::{ImportToml, ImportsToml};
use super::manifest::{ManifestToml, NoManifest};

/// `rewrite.toml`: what takes a literal's place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct RewriteToml {
    /// What is left to do after a rewrite.
    pub(in crate::lang) step: String,
    /// What to do where no rewrite is possible.
    pub(in crate::lang) instruction: String,
    /// Why code for a browser is left alone.
    pub(in crate::lang) browser: Option<String>,
    #[serde(default)]
    pub(in crate::lang) manual_project: Vec<ManualProject>,
    #[serde(default)]
    pub(in crate::lang) included: Vec<IncludedToml>,
    #[serde(default)]
    pub(in crate::lang) manual_globs: Vec<ManualGlob>,
    pub(in crate::lang) mode: Vec<ModeToml>,
    pub(in crate::lang) shape: Vec<ShapeToml>,
    #[serde(default)]
    pub(in crate::lang) setup: Vec<SetupToml>,
    #[serde(default)]
    pub(in crate::lang) import: Vec<ImportToml>,
    pub(in crate::lang) imports: Option<ImportsToml>,
    #[serde(default)]
    pub(in crate::lang) manifest: Vec<ManifestToml>,
    pub(in crate::lang) no_manifest: Option<NoManifest>,
    #[serde(default)]
    pub(in crate::lang) helper: Vec<HelperToml>,
}

/// A project whose code is never rewritten, such as one that is built for the browser or a phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ManualProject {
    /// The nearest file of this name is read.
    pub(in crate::lang) manifest: String,
    /// Folder below the manifest that holds such code.
    #[serde(default)]
    pub(in crate::lang) folder: String,
    pub(in crate::lang) pattern: Pattern,
    /// What a file of this name in the same folder or one above has to hold too.
    pub(in crate::lang) above: Option<Pattern>,
    /// A sign that the project isn't one after all.
    pub(in crate::lang) unless: Option<Pattern>,
    pub(in crate::lang) reason: String,
}

/// A file whose text another one takes in, so that what is added to it may be there twice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct IncludedToml {
    /// The files that may do so: those with this ending (`*.x`), in the file's folder or one above.
    pub(in crate::lang) files: String,
    /// How they do it: a regular expression with a place for the file's name, «file».
    pub(in crate::lang) pattern: String,
    pub(in crate::lang) reason: String,
}

/// Files that are never rewritten.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ManualGlob {
    pub(in crate::lang) glob: String,
    pub(in crate::lang) reason: String,
}

/// How a file is loaded at run time; the first whose conditions all hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ModeToml {
    pub(in crate::lang) id: String,
    #[serde(default)]
    pub(in crate::lang) globs: Vec<String>,
    /// A capture that the file must have.
    pub(in crate::lang) syntax: Option<String>,
    /// What the file's text must match.
    pub(in crate::lang) pattern: Option<Pattern>,
    /// The nearest JSON file of this name must have `key` = `value`.
    pub(in crate::lang) manifest: Option<String>,
    #[serde(default)]
    pub(in crate::lang) key: String,
    #[serde(default)]
    pub(in crate::lang) value: String,
    pub(in crate::lang) unless: Option<UnlessToml>,
}

/// The nearest file of a name must not match a pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct UnlessToml {
    pub(in crate::lang) file: String,
    pub(in crate::lang) pattern: Pattern,
}

/// What takes the place of a literal of one sort in one mode.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ShapeToml {
    pub(in crate::lang) id: String,
    pub(in crate::lang) mode: Option<String>,
    /// `await` or `sync`, where it matters.
    pub(in crate::lang) scope: Option<String>,
    /// It needs nothing that stands at the file's head, and may come before it.
    #[serde(default)]
    pub(in crate::lang) early: bool,
    pub(in crate::lang) plain: String,
    /// In brackets, for an operand.
    pub(in crate::lang) tight: Option<String>,
    /// For a key of a JSON secret.
    pub(in crate::lang) keyed: Option<String>,
    pub(in crate::lang) constant_plain: Option<String>,
    pub(in crate::lang) constant_keyed: Option<String>,
    /// Finds the constant for an ARN in a file that has it; group `name`.
    pub(in crate::lang) constant_present: Option<String>,
    /// The shape whose constants this one shares.
    pub(in crate::lang) constants_of: Option<String>,
}

/// Code that stands once in the file, after the imports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct SetupToml {
    /// The placeholder that it gives a name to.
    pub(in crate::lang) id: String,
    /// Names in order of preference.
    pub(in crate::lang) names: Vec<String>,
    /// Further names that it defines.
    #[serde(default)]
    pub(in crate::lang) inner: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(in crate::lang) per_region: bool,
    #[serde(default)]
    pub(in crate::lang) imports: Vec<String>,
    /// Finds it in a file that has it; group `name`.
    pub(in crate::lang) reuse: Option<String>,
    pub(in crate::lang) code: String,
}

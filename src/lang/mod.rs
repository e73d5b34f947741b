//! Languages and formats: find the literal that holds a value, and write the reference in its place.
//! One engine interprets `rules/rewrite/<lang>/`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Blob, EntryId, Fix, Located, Neighbour, SecretRef, Site};
use crate::secret::SecretValue;

/// All languages, loaded from the embedded data.
pub struct Languages;

/// A located literal with its run-time value.
#[derive(Debug)]
pub struct LocatedSite {
    /// Where and how.
    pub site: Site,
    /// The run-time value of what `site.replace` covers.
    pub value: SecretValue,
    /// Keys and values beside it.
    pub neighbours: Vec<Neighbour>,
}

/// Why a finding can't be rewritten, and what to do: one sentence each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRewritable {
    /// The sentences.
    pub reason: String,
}

/// One literal to replace.
#[derive(Clone, Debug)]
pub struct Request {
    /// From [`Languages::locate`] on the same blob.
    pub site: Site,
    /// The plan's entry.
    pub entry: EntryId,
    /// What takes its place.
    pub reference: SecretRef,
}

/// Files round the one that is rewritten: manifests and helper files, from its folder up to the tree's root.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Blobs by tree path.
    pub files: BTreeMap<String, Blob>,
}

/// A failure to load or interpret a language's data, or to rewrite.
#[derive(Debug, thiserror::Error)]
pub enum LangError {
    /// The language's data is wrong.
    #[error("rules/rewrite/{language}: {message}")]
    Data {
        /// Folder name.
        language: String,
        /// What is wrong.
        message: String,
    },
    /// The file can't be rewritten after all.
    #[error("{path}: {message}")]
    Rewrite {
        /// The file.
        path: String,
        /// Why; never a value.
        message: String,
    },
}

impl Languages {
    /// Loads and checks the embedded languages.
    pub fn load() -> Result<Self, LangError> {
        todo!("H3")
    }

    /// The literal of each finding, in the findings' order.
    pub fn locate(&self, _blob: &Blob, _located: &[Located]) -> Vec<Result<LocatedSite, NotRewritable>> {
        todo!("H3")
    }

    /// File names (manifests, helpers) that `rewrite` wants to see for these languages.
    pub fn surrounding_names(&self, _languages: &BTreeSet<String>) -> Vec<String> {
        todo!("H3")
    }

    /// The fixes for one file and for the manifests and helper files that they need. Edits that two files
    /// need alike (the same manifest line) are identical, so that they merge.
    pub fn rewrite(&self, _blob: &Blob, _requests: &[Request], _around: &Surroundings) -> Result<Vec<Fix>, LangError> {
        todo!("H3")
    }

    /// Whether a path is test code by the conventions of its language.
    pub fn is_test_code(&self, _path: &str) -> bool {
        todo!("H3")
    }

    /// Number of syntax errors in a file; `None` where no language with a syntax takes it.
    pub fn syntax_errors(&self, _path: &str, _text: &[u8]) -> Option<usize> {
        todo!("H3")
    }
}

/// The notes of the language `name` (`rules/rewrite/<name>/notes.md`); `None` for one that isn't there.
pub fn notes(_name: &str) -> Option<&'static str> {
    None
}

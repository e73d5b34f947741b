//! Languages and formats: find the literal that holds a value, and write the reference in its place.
//! One engine interprets `rules/rewrite/<lang>/`.

mod code;
mod columns;
mod data;
mod declared;
mod decode;
mod embedded;
mod helper;
mod imports;
mod language;
mod layout;
mod lent;
mod lines;
mod locate;
mod manifest;
mod neighbours;
mod project;
mod style;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use language::{Language, Syntax};

use crate::model::{
    Applicability, Blob, EntryId, Fix, Located, Neighbour, Origin, SecretRef, Site, Source, Span, Stands,
};
use crate::secret::SecretValue;

/// All languages, loaded from the embedded data.
#[derive(Debug)]
pub struct Languages(Vec<Language>);

/// A located literal with its run-time value.
#[derive(Debug)]
pub struct LocatedSite {
    /// Where and how.
    pub site: Site,
    /// The run-time value of what `site.replace` covers.
    pub value: SecretValue,
    /// The text that `site.replace` is only a part of: the content of a scalar.
    pub text: Option<Span>,
    /// Keys and values beside it.
    pub neighbours: Vec<Neighbour>,
    /// It stands in test code within a file of other code.
    pub in_tests: bool,
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
    /// The folders above the rewritten files that hold one folder and nothing else, each ending in `/`.
    pub passages: BTreeSet<String>,
    /// The tree paths of all files that are rewritten together.
    pub rewritten: BTreeSet<String>,
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
        data::folders()?.into_iter().map(Language::new).collect::<Result<_, _>>().map(Self)
    }

    /// The literal of each finding, in the findings' order.
    pub fn locate(&self, blob: &Blob, located: &[Located]) -> Vec<Result<LocatedSite, NotRewritable>> {
        let mut sites = match self.pick(blob.path(), &blob.bytes) {
            Some((language, syntax)) => match self.embedded(language) {
                Some(pair) => embedded::locate(pair, blob, located),
                None => locate::locate(language, syntax, blob, located),
            },
            None => located
                .iter()
                .map(|one| Err(if one.stands == Stands::File { whole_file() } else { unknown() }))
                .collect(),
        };
        // A key becomes a part of names and descriptions, which others see: one that is a credential itself must not.
        let values: BTreeSet<&[u8]> = located.iter().map(|one| one.value.of(&blob.bytes)).collect();
        for found in sites.iter_mut().flatten() {
            let holds = |key: &String| {
                let finds =
                    |value: &&[u8]| value.len() <= key.len() && memchr::memmem::find(key.as_bytes(), value).is_some();
                values.iter().any(|value| !value.is_empty() && finds(value))
            };
            if let Some(key) = found.site.key.take_if(|key| holds(key)) {
                found.site.title = found.site.title.replace(&key, "a literal");
            }
        }
        sites
    }

    /// File names (manifests, helpers) that `rewrite` wants to see for these languages; `*.x` stands for all files of
    /// that ending.
    pub fn surrounding_names(&self, languages: &BTreeSet<String>) -> Vec<String> {
        let mut names = BTreeSet::new();
        for language in self.0.iter().filter(|language| languages.contains(language.name())) {
            let rewrite = &language.data.rewrite;
            names.extend(rewrite.manifest.iter().map(|manifest| manifest.name.clone()));
            names.extend(
                rewrite
                    .helper
                    .iter()
                    .flat_map(|helper| [&helper.name, &helper.other, &helper.beside].map(String::clone)),
            );
            names.extend(rewrite.manual_project.iter().map(|project| project.manifest.clone()));
            names.extend(rewrite.included.iter().map(|included| included.files.clone()));
            let in_mode = rewrite.helper.iter().flat_map(|helper| helper.in_mode.values());
            names.extend(in_mode.flat_map(|own| [own.name.clone(), own.other.clone()]));
            names.extend(rewrite.helper.iter().filter_map(|helper| Some(format!("*{}", helper.shares.as_ref()?))));
            names.extend(rewrite.mode.iter().filter_map(|mode| mode.manifest.clone()));
            let limits = language.data.layout.iter().flat_map(|layout| &layout.limit_in);
            names.extend(limits.map(|limit| limit.file.clone()));
            names.extend(rewrite.mode.iter().filter_map(|mode| mode.unless.as_ref()).map(|unless| unless.file.clone()));
        }
        names.into_iter().collect()
    }

    /// The fixes for one file and for the manifests and helper files that they need: one fix a file. Edits
    /// that two files need alike (the same manifest line) are identical, so that they merge. Requests whose
    /// site is `manual` are passed over.
    pub fn rewrite(&self, blob: &Blob, requests: &[Request], around: &Surroundings) -> Result<Vec<Fix>, LangError> {
        let requests: Vec<&Request> =
            requests.iter().filter(|request| request.site.applicability != Applicability::Manual).collect();
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let wrong =
            |message: &str| LangError::Rewrite { path: blob.source.tree_path.clone(), message: message.to_owned() };
        let picked = self.pick(blob.path(), &blob.bytes);
        let (language, syntax) = picked.ok_or_else(|| wrong("no language takes the file"))?;
        if let Some(pair) = self.embedded(language) {
            return embedded::rewrite(pair, blob, &requests, around);
        }
        match syntax {
            Syntax::Tree(grammar, query) if language.is_code() => {
                let tree = syntax::parse(grammar, &blob.bytes).ok_or_else(|| wrong("it can't be parsed"))?;
                code::rewrite(language, (grammar, &tree, query), blob, &requests, around)
            }
            Syntax::Tree(..) | Syntax::Lines(_) => project::rewrite_text(language, blob, &requests),
        }
    }

    /// Number of syntax errors in a file, given as it stands on disk; `None` where no language with a syntax takes it.
    pub fn syntax_errors(&self, path: &str, text: &[u8]) -> Option<usize> {
        let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: false };
        let blob = Blob::new(source, text.to_vec());
        let (language, syntax) = self.pick(path, &blob.bytes)?;
        let Syntax::Tree(grammar, _) = syntax else { return None };
        let inside = self.embedded(language).map_or(0, |pair| embedded::errors(pair, &blob));
        syntax::parse(grammar, &blob.bytes).map(|tree| syntax::errors(&tree) + inside)
    }

    /// The language whose code stands in strings of `host`.
    fn embedded<'l>(&'l self, host: &'l Language) -> Option<embedded::Pair<'l>> {
        let data = host.data.language.embedded.as_ref()?;
        let guest = self.0.iter().find(|language| language.name() == data.language)?;
        Some(embedded::Pair { host, guest, data })
    }

    /// Whether the file at `path` is test code of its language, by its name or folder.
    pub fn is_test_code(&self, path: &str) -> bool {
        self.0.iter().any(|language| language.is_test_code(path) && language.reads(path))
    }

    /// What `explain lang:NAME` shows.
    pub fn notes(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|language| language.name() == name).map(|language| language.data.notes)
    }

    /// The folder names of all languages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Language::name)
    }

    fn pick(&self, path: &str, text: &[u8]) -> Option<(&Language, Syntax<'_>)> {
        let by_name = self.0.iter().find_map(|language| language.takes(path).map(|syntax| (language, syntax)));
        by_name.or_else(|| {
            let interpreter = interpreter(text)?;
            self.0.iter().find_map(|language| language.runs(&interpreter).map(|syntax| (language, syntax)))
        })
    }
}

/// The program that a `#!` line names, also behind `env`.
fn interpreter(text: &[u8]) -> Option<String> {
    let line = text.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let first = words.next()?;
    let name = if first == "env" { words.find(|word| !word.starts_with('-') && !word.contains('='))? } else { first };
    Some(name.to_owned())
}

fn whole_file() -> NotRewritable {
    let reason = "Left as it is: the file itself is the credential. Keep it outside the repository, and let the program fetch \
                  it when it starts.";
    NotRewritable { reason: reason.to_owned() }
}

fn unknown() -> NotRewritable {
    NotRewritable {
        reason: "Left as it is: arnify doesn't rewrite this kind of file. Take the value out by hand and read the \
                 secret by its ARN where the program needs it; text that `arnify inject` resolves may say \
                 `{{resolve:secretsmanager:ARN}}`."
            .to_owned(),
    }
}

//! What stands round a file: the manifest that lists its dependencies, helper files, and how it is loaded.

use super::code::title;
use super::data::{HelperToml, ModeToml};
use super::language::Language;
use super::manifest::{self, Addition};
use super::syntax::Captures;
use super::{LangError, Request, Surroundings};
use crate::model::{Applicability, Blob, Edit, Fix, Removed, Span};

/// A helper file that a rewritten file imports.
#[derive(Clone, Debug)]
pub(super) struct Helper {
    /// As reports show it.
    pub(super) path: String,
    /// As the import names it.
    pub(super) import_path: String,
    /// The way up to its folder: `../` for each.
    pub(super) up: String,
    /// Its name without the ending.
    pub(super) stem: String,
    pub(super) exists: bool,
}

/// The folders from a path's own up to the root, each ending in `/` (the root is empty).
fn folders(path: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.trim_end_matches('/').rfind('/') {
        rest = rest.get(..=at).unwrap_or_default();
        all.push(rest);
    }
    all.push("");
    all
}

/// The nearest file called `name`, with its folder.
fn nearest<'a, 'p>(around: &'a Surroundings, path: &'p str, name: &str) -> Option<(&'p str, &'a Blob)> {
    folders(path).into_iter().find_map(|folder| Some((folder, file_in(around, folder, name)?)))
}

/// The file of a folder that is called `name`, or has the ending of `*.x`.
fn file_in<'a>(around: &'a Surroundings, folder: &str, name: &str) -> Option<&'a Blob> {
    let Some(ending) = name.strip_prefix('*') else { return around.files.get(&format!("{folder}{name}")) };
    let inside =
        |path: &str| path.strip_prefix(folder).is_some_and(|rest| !rest.contains('/') && rest.ends_with(ending));
    around.files.iter().find(|(path, _)| inside(path)).map(|(_, blob)| blob)
}

/// How the file is loaded at run time.
pub(super) fn mode<'l>(
    language: &'l Language,
    blob: &Blob,
    captures: &Captures<'_>,
    around: &Surroundings,
) -> Option<&'l str> {
    let path = &blob.source.tree_path;
    let holds = |(number, mode): &(usize, &ModeToml)| {
        let near = |name: &str| nearest(around, path, name).map(|(_, blob)| &*blob.bytes);
        language.mode_takes(*number, path)
            && mode.syntax.as_ref().is_none_or(|name| !captures.of(name).is_empty())
            && mode
                .manifest
                .as_ref()
                .is_none_or(|name| near(name).is_some_and(|text| manifest::json_has(text, &mode.key, &mode.value)))
            && mode
                .unless
                .as_ref()
                .is_none_or(|unless| near(&unless.file).is_none_or(|text| !unless.pattern.0.is_match(text)))
    };
    language.data.rewrite.mode.iter().enumerate().find(holds).map(|(_, mode)| mode.id.as_str())
}

/// Why the file isn't rewritten, where its project is built for the browser.
pub(super) fn browser<'l>(language: &'l Language, blob: &Blob, around: &Surroundings) -> Option<&'l str> {
    let data = language.data.rewrite.browser_project.as_ref()?;
    let path = &blob.source.tree_path;
    let (folder, manifest) = nearest(around, path, &data.manifest)?;
    let inside = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(&data.folder));
    let built = data.pattern.0.is_match(&manifest.bytes) && !data.unless.0.is_match(&manifest.bytes);
    language.data.rewrite.browser.as_deref().filter(|_| inside && built)
}

/// The fix that lists the dependency, where it isn't listed yet, and how to install it.
pub(super) fn dependency(language: &Language, blob: &Blob, around: &Surroundings) -> (Option<Fix>, String) {
    let none = language.data.rewrite.no_manifest.as_ref().map_or("", |none| none.install.as_str());
    for folder in folders(&blob.source.tree_path) {
        for data in &language.data.rewrite.manifest {
            let Some(file) = file_in(around, folder, &data.name) else { continue };
            match manifest::add(data, &file.bytes) {
                Addition::Present => return (None, data.install.clone()),
                Addition::Insert(edit) => {
                    let fix = Fix {
                        path: file.source.tree_path.clone(),
                        title: format!("add {}", data.package),
                        applicability: Applicability::Review,
                        step: Some(super::locate::sentence(&format!("{}.", data.install))),
                        edits: vec![edit],
                        creates: false,
                    };
                    return (Some(fix), data.install.clone());
                }
                Addition::ByHand => return (None, data.by_hand()),
                Addition::Unfit => {}
            }
        }
    }
    (None, none.to_owned())
}

/// Where a helper file stands or would stand.
pub(super) fn helper(data: &HelperToml, blob: &Blob, around: &Surroundings) -> Helper {
    let own = &blob.source.tree_path;
    let found = nearest(around, own, &data.beside);
    let own_folder = folders(own).first().copied().unwrap_or_default();
    let folder = found.map_or(own_folder, |(folder, _)| folder);
    let there = |name: &str| around.files.get(&format!("{folder}{name}"));
    let ours = |file: &Blob| memchr::memmem::find(&file.bytes, data.recognise.as_bytes()).is_some();
    let (name, exists) = match there(&data.name) {
        None => (&data.name, false),
        Some(file) if ours(file) => (&data.name, true),
        Some(_) => (&data.other, there(&data.other).is_some()),
    };
    let below = own_folder.get(folder.len()..).unwrap_or_default().matches('/').count();
    let up = "../".repeat(below);
    let import_path = if below == 0 { format!("./{name}") } else { format!("{up}{name}") };
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
    Helper { path: format!("{folder}{name}"), import_path, up, stem, exists }
}

/// The fix that creates a helper file.
pub(super) fn create(data: &HelperToml, helper: &Helper) -> Fix {
    Fix {
        path: helper.path.clone(),
        title: "add the file that reads secrets".to_owned(),
        applicability: Applicability::Review,
        step: Some("Ship the file with the program.".to_owned()),
        edits: vec![Edit { span: Span::new(0, 0), replacement: data.code.clone(), removed: None }],
        creates: true,
    }
}

/// The fix for a file of configuration text: each scalar, or the credential's part of it, becomes the reference.
pub(super) fn rewrite_text(language: &Language, blob: &Blob, requests: &[&Request]) -> Result<Vec<Fix>, LangError> {
    let wrong = |message: &str| LangError::Rewrite { path: blob.source.tree_path.clone(), message: message.to_owned() };
    let mut edits = Vec::new();
    for request in requests {
        let shape = language.data.rewrite.shape.iter().find(|shape| shape.id == request.site.shape);
        let shape = shape.ok_or_else(|| wrong("no shape takes the literal"))?;
        let reference = request.reference.dynamic_reference();
        if reference.contains(['"', '\'', '\\', '#', ' ', '\n', '\r']) {
            return Err(wrong("the reference can't be written as text"));
        }
        let removed = Removed { entry: request.entry, key: request.reference.key.clone() };
        let replacement = shape.plain.replace("«reference»", &reference);
        edits.push(Edit { span: request.site.replace, replacement, removed: Some(removed) });
    }
    edits.sort_by_key(|edit| edit.span);
    Ok(vec![Fix {
        path: blob.source.tree_path.clone(),
        title: title(requests),
        applicability: requests.iter().map(|r| r.site.applicability).min().unwrap_or(Applicability::Review),
        step: Some(language.data.rewrite.step.replace("FILE", &blob.source.tree_path)),
        edits,
        creates: false,
    }])
}

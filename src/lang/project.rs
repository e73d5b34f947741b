//! What stands round a file: the manifest that lists its dependencies, and how it is loaded.

use super::code::title;
use super::data::{IncludedToml, ManifestToml, ManualProject, ModeToml};
use super::language::{Language, pattern};
use super::layout::LayoutToml;
use super::manifest::{self, Addition};
use super::syntax::Captures;
use super::{LangError, Request, Surroundings};
use crate::model::{Applicability, Blob, Edit, Fix, Removed};

/// The folders from a path's own up to the root, each ending in `/` (the root is empty).
pub(super) fn folders(path: &str) -> Vec<&str> {
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
pub(super) fn nearest<'a, 'p>(around: &'a Surroundings, path: &'p str, name: &str) -> Option<(&'p str, &'a Blob)> {
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
            && mode.pattern.as_ref().is_none_or(|pattern| pattern.0.is_match(&blob.bytes))
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

/// Why the file isn't rewritten, where its project is of a kind that never is.
pub(super) fn manual<'l>(language: &'l Language, blob: &Blob, around: &Surroundings) -> Option<&'l str> {
    let path = &blob.source.tree_path;
    let holds = |data: &&ManualProject| {
        let Some((folder, manifest)) = nearest(around, path, &data.manifest) else { return false };
        let inside = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(&data.folder));
        let mut all = folders(path).into_iter().filter_map(|folder| file_in(around, folder, &data.manifest));
        let above = data.above.as_ref().is_none_or(|above| all.any(|file| above.0.is_match(&file.bytes)));
        let other = data.unless.as_ref().is_some_and(|unless| unless.0.is_match(&manifest.bytes));
        inside && data.pattern.0.is_match(&manifest.bytes) && above && !other
    };
    let projects = &language.data.rewrite.manual_project;
    projects.iter().find(holds).map(|data| data.reason.as_str()).or_else(|| included(language, blob, around))
}

/// Why the file isn't rewritten, where another one takes its text in.
fn included<'l>(language: &'l Language, blob: &Blob, around: &Surroundings) -> Option<&'l str> {
    let name = blob.source.tree_path.rsplit('/').next().unwrap_or_default();
    let holds = |data: &&IncludedToml| {
        let Some(pattern) = pattern(&data.pattern, "«file»", name) else { return false };
        let ending = data.files.trim_start_matches('*');
        let mut others = around.files.iter().filter(|(path, _)| path.ends_with(ending));
        others.any(|(_, other)| pattern.is_match(&other.bytes))
    };
    language.data.rewrite.included.iter().find(holds).map(|data| data.reason.as_str())
}

/// The most characters of a line: what the nearest file that says it has.
pub(super) fn limit(spec: &LayoutToml, blob: &Blob, around: &Surroundings) -> usize {
    let in_folder = |folder: &str| {
        spec.limit_in.iter().find_map(|limit| {
            let found = limit.pattern.0.captures(&file_in(around, folder, &limit.file)?.bytes)?.name("limit")?;
            std::str::from_utf8(found.as_bytes()).ok()?.parse().ok()
        })
    };
    folders(&blob.source.tree_path).into_iter().find_map(in_folder).unwrap_or(spec.limit)
}

/// The fixes that list the dependency, where it isn't listed yet, and how to install it; with what is needed to read
/// the value of a key where the code is `keyed`.
pub(super) fn dependency(language: &Language, blob: &Blob, around: &Surroundings, keyed: bool) -> (Vec<Fix>, String) {
    let mut manifests = language.data.rewrite.manifest.clone();
    for data in manifests.iter_mut().filter(|_| keyed) {
        data.also.append(&mut data.keyed);
    }
    let holds_versions =
        |data: &ManifestToml| manifests.iter().any(|other| other.versions.as_ref() == Some(&data.name));
    for folder in folders(&blob.source.tree_path) {
        for data in manifests.iter().filter(|data| !holds_versions(data)) {
            let Some(file) = file_in(around, folder, &data.name) else { continue };
            let versions = data.versions.as_ref().and_then(|name| {
                let versions = manifests.iter().find(|other| other.name == *name)?;
                nearest(around, &blob.source.tree_path, name).map(|(_, file)| (versions, file))
            });
            let others = around.rewritten.iter().filter(|path| language.reads(path));
            let own = blob.source.tree_path.strip_prefix(folder).unwrap_or_default();
            let data = &data.for_file(own, others.filter_map(|path| path.strip_prefix(folder)));
            let addition = manifest::add(data, &file.bytes, versions.is_none());
            match addition {
                Addition::Unfit => continue,
                Addition::ByHand => return (Vec::new(), data.by_hand()),
                Addition::Present | Addition::Insert(_) => {}
            }
            let mut fixes: Vec<_> = listed(data, file, addition).into_iter().collect();
            if let Some((data, file)) = versions.filter(|_| !fixes.is_empty()) {
                fixes.extend(listed(data, file, manifest::add(data, &file.bytes, true)));
            }
            return (fixes, data.install.clone());
        }
    }
    let none = language.data.rewrite.no_manifest.as_ref().map_or("", |none| none.install.as_str());
    (Vec::new(), none.to_owned())
}

fn listed(data: &ManifestToml, file: &Blob, addition: Addition) -> Option<Fix> {
    let Addition::Insert(edits) = addition else { return None };
    Some(Fix {
        path: file.source.tree_path.clone(),
        title: format!("add {}", data.package),
        applicability: Applicability::Review,
        step: Some(super::locate::sentence(&format!("{}.", data.install))),
        edits,
        creates: false,
    })
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

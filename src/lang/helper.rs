//! Helper files: where they stand, what is called how in them, and the fix that creates one.

use std::collections::BTreeMap;

use super::Surroundings;
use super::data::HelperToml;
use super::declared;
use super::language::{Language, Syntax};
use super::project::{folders, nearest};
use super::syntax::{self, Captures, span_of};
use crate::model::{Applicability, Blob, Edit, Fix, Span};

/// A helper file that a rewritten file calls.
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
    /// The package that it is in, where it matters.
    pub(super) package: Option<String>,
    /// What its placeholders are called.
    pub(super) names: BTreeMap<String, String>,
}

/// Where a helper file stands or would stand; why not, where the files that share its names stand in the way.
pub(super) fn find(
    language: &Language,
    (data, mode): (&HelperToml, &str),
    blob: &Blob,
    around: &Surroundings,
) -> Result<Helper, String> {
    let own = &blob.source.tree_path;
    let own_folder = folders(own).first().copied().unwrap_or_default();
    let beside = nearest(around, own, &data.beside).filter(|_| !data.beside.is_empty());
    let package = data.package.then(|| home(language, data, blob, around));
    let folder = beside.map_or(own_folder, |(folder, _)| folder);
    let folder = package.as_ref().map_or(folder, |(folder, _)| folder);
    let there = |name: &str| around.files.get(&format!("{folder}{name}"));
    let (name, other) = data.in_mode.get(mode).map_or((&data.name, &data.other), |own| (&own.name, &own.other));
    let (name, file) = match there(name) {
        None => (name, None),
        Some(file) if data.recognise.0.is_match(&file.bytes) => (name, Some(file)),
        Some(_) => (other, there(other)),
    };
    let stem = stem(name).to_owned();
    let mut names = match file {
        Some(file) => names_in(data, &file.bytes),
        None => new_names(language, data, blob, &sharing(language, data, (folder, blob), around))?,
    };
    let below = own_folder.get(folder.len()..).unwrap_or_default().matches('/').count();
    let up = "../".repeat(below);
    let mut import_path = if below == 0 { format!("./{name}") } else { format!("{up}{name}") };
    if let Some((_, package)) = &package {
        names.extend([("package".to_owned(), package.clone()), ("stem".to_owned(), stem.clone())]);
        import_path = if package.is_empty() { stem.clone() } else { format!("{package}.{stem}") };
    }
    let (path, package) = (format!("{folder}{name}"), package.as_ref().map(|(_, package)| package.clone()));
    Ok(Helper { path, import_path, up, stem, exists: file.is_some(), package, names })
}

/// A file's name without its ending.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The folder and package of the one helper that serves a whole source folder: where it is already, else the topmost
/// package that holds more than another package. Where folders don't follow packages, it stands beside the file.
fn home(language: &Language, data: &HelperToml, blob: &Blob, around: &Surroundings) -> (String, String) {
    let package = package_of(language, blob);
    let folder = folders(&blob.source.tree_path).first().copied().unwrap_or_default();
    let mut homes = vec![(folder.to_owned(), package.clone())];
    let mut rest = (folder, package.as_str());
    while let Some((above, name)) = rest.0.trim_end_matches('/').rsplit_once('/') {
        let (outer, last) = rest.1.rsplit_once('.').unwrap_or(("", rest.1));
        if name != last || outer.is_empty() {
            break;
        }
        rest = (rest.0.get(..=above.len()).unwrap_or_default(), outer);
        homes.push((rest.0.to_owned(), outer.to_owned()));
    }
    let follows = rest.0.trim_end_matches('/').rsplit('/').next() == Some(rest.1);
    let is_here = |(folder, package): &&(String, String)| {
        let files =
            [&data.name, &data.other].into_iter().filter_map(|name| around.files.get(&format!("{folder}{name}")));
        let mut ours = files.filter(|file| data.recognise.0.is_match(&file.bytes));
        ours.any(|file| package_of(language, file) == *package)
    };
    // A package such as `com` is nobody's home.
    let leads_on = |folder: &str, package: &str| !package.contains('.') || around.passages.contains(folder);
    let top = homes.iter().rev().find(|(folder, package)| follows && !leads_on(folder, package));
    homes.iter().find(is_here).or(top).or(homes.first()).cloned().unwrap_or_default()
}

/// The files that share their names with the helper file: those of its folder that say to be of the same package as
/// the rewritten one, other helper files left out.
fn sharing<'a>(
    language: &Language,
    data: &HelperToml,
    (folder, blob): (&str, &Blob),
    around: &'a Surroundings,
) -> Vec<&'a Blob> {
    let Some(ending) = &data.shares else { return Vec::new() };
    let beside =
        |path: &str| path.strip_prefix(folder).is_some_and(|name| !name.contains('/') && name.ends_with(ending));
    let ours = |file: &Blob| language.data.rewrite.helper.iter().any(|helper| helper.recognise.0.is_match(&file.bytes));
    let own = package_of(language, blob);
    let shares = |(path, file): &(&String, &Blob)| beside(path) && !ours(file) && package_of(language, file) == own;
    around.files.iter().filter(shares).map(|(_, file)| file).collect()
}

fn names_in(data: &HelperToml, text: &[u8]) -> BTreeMap<String, String> {
    let found = data.recognise.0.captures(text);
    let own = |id: &str| {
        let name = found.as_ref()?.name(id)?;
        Some(String::from_utf8_lossy(name.as_bytes()).into_owned())
    };
    let usual = |wishes: &Vec<String>| wishes.first().cloned().unwrap_or_default();
    data.names.iter().map(|(id, wishes)| (id.clone(), own(id).unwrap_or_else(|| usual(wishes)))).collect()
}

/// Names that no file that shares them uses for anything, so that all its files come to the same ones.
fn new_names(
    language: &Language,
    data: &HelperToml,
    blob: &Blob,
    sharing: &[&Blob],
) -> Result<BTreeMap<String, String>, String> {
    for file in sharing {
        let declared = captured(language, file, "shared");
        if let Some(name) = data.binds.iter().find(|name| declared.contains(name)) {
            return Err(format!("{} declares `{name}`, a name that {} would import", file.path(), data.name));
        }
    }
    let taken = |name: &str| std::iter::once(blob).chain(sharing.iter().copied()).any(|f| has_word(&f.bytes, name));
    let choose = |(id, wishes): (&String, &Vec<String>)| {
        let name = wishes.iter().find(|name| !taken(name));
        let name = name.ok_or_else(|| format!("every name for `{id}` of {} is taken", data.name))?;
        Ok((id.clone(), name.clone()))
    };
    data.names.iter().map(choose).collect()
}

/// A file's package: of several clauses, each names a part of it. Empty where there is none.
fn package_of(language: &Language, file: &Blob) -> String {
    captured(language, file, "package").join(".")
}

/// The texts that a file's captures of a name have.
fn captured(language: &Language, file: &Blob, name: &str) -> Vec<String> {
    let text = |span: Span| String::from_utf8_lossy(span.of(&file.bytes)).into_owned();
    let texts = |captures: &Captures<'_>| captures.of(name).iter().map(|node| text(span_of(*node))).collect();
    with_captures(language, file, texts).unwrap_or_default()
}

/// Why one of the names that the rewritten file declares has to stay a constant for the files that share its names.
pub(super) fn constant_use(language: &Language, names: &[&[u8]], blob: &Blob, around: &Surroundings) -> Option<String> {
    let folder = folders(&blob.source.tree_path).first().copied().unwrap_or_default();
    let data = language.data.rewrite.helper.iter().find(|helper| helper.shares.is_some())?;
    if names.is_empty() {
        return None;
    }
    let others = sharing(language, data, (folder, blob), around).into_iter();
    let mut others = others.filter(|file| file.source.tree_path != blob.source.tree_path);
    others.find_map(|file| {
        let look = |captures: &Captures<'_>| {
            names.iter().find_map(|name| Some(declared::in_use(name, &declared::constant_use(captures, name)?)))
        };
        with_captures(language, file, look).flatten().map(|reason| format!("{reason}, in {}", file.path()))
    })
}

fn with_captures<T>(language: &Language, file: &Blob, look: impl Fn(&Captures<'_>) -> T) -> Option<T> {
    let Some(Syntax::Tree(grammar, query)) = language.takes(file.path()) else { return None };
    let tree = syntax::parse(grammar, &file.bytes)?;
    Some(look(&Captures::collect(query, &tree, &file.bytes)))
}

fn has_word(text: &[u8], word: &str) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    memchr::memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        !part(before) && !part(text.get(at + word.len()))
    })
}

/// The fix that creates a helper file.
pub(super) fn create(data: &HelperToml, helper: &Helper, code: String) -> Fix {
    Fix {
        path: helper.path.clone(),
        title: data.title.clone(),
        applicability: Applicability::Review,
        step: data.step.as_ref().map(|step| step.replace("FILE", &helper.path)),
        edits: vec![Edit { span: Span::new(0, 0), replacement: code, removed: None }],
        creates: true,
    }
}

//! Adds dependencies to a manifest by insertions, in the file's own form. One file a form.

mod cargo;
mod gems;
mod go_mod;
mod gradle;
mod msbuild;
mod package_json;
mod pipfile;
mod pom;
mod pyproject;
mod requirements;
mod sbt;
mod setup_cfg;
mod xml;

use super::data::{ManifestForm, ManifestToml};
use crate::model::{Edit, Span};

/// What became of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Addition {
    /// The dependency is there already.
    Present,
    /// The insertions that add it.
    Insert(Vec<Edit>),
    /// Not a file to add a dependency to.
    Unfit,
    /// One that a person has to edit.
    ByHand,
}

/// Adds the package of `manifest` to a file's text; with its version unless another file holds that.
pub(super) fn add(manifest: &ManifestToml, text: &[u8], versioned: bool) -> Addition {
    match manifest.form {
        ManifestForm::ByHand => by_hand(manifest, text),
        ManifestForm::Pipfile => pipfile::add(manifest, text),
        ManifestForm::SetupCfg => setup_cfg::add(manifest, text),
        ManifestForm::GoMod => go_mod::add(manifest, text),
        ManifestForm::Requirements => requirements::add(manifest, text),
        ManifestForm::Pyproject => pyproject::add(manifest, text),
        ManifestForm::PackageJson => package_json::add(manifest, text, "dependencies"),
        ManifestForm::ComposerJson => package_json::add(manifest, text, "require"),
        ManifestForm::Csproj => msbuild::project(manifest, text, versioned),
        ManifestForm::PackagesProps => msbuild::versions(manifest, text),
        ManifestForm::Gemfile => gems::gemfile(manifest, text),
        ManifestForm::Gemspec => gems::gemspec(manifest, text),
        ManifestForm::Pom => pom::add(manifest, text),
        ManifestForm::Gradle => gradle::add(manifest, text),
        ManifestForm::Sbt => sbt::add(manifest, text),
        ManifestForm::Cargo => cargo::add(manifest, text),
    }
}

/// A program lists the dependencies: it names the package, or somebody has to add it.
fn by_hand(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let named = memchr::memmem::find(text, manifest.package.as_bytes()).is_some();
    if named { Addition::Present } else { Addition::ByHand }
}

fn insert(at: usize, replacement: String) -> Addition {
    Addition::Insert(vec![insertion(at, replacement)])
}

fn insertion(at: usize, replacement: String) -> Edit {
    Edit { span: Span::new(at, at), replacement, removed: None }
}

/// A file's line break.
pub(super) fn line_break(text: &[u8]) -> &'static str {
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text.get(at - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The white space before `at`, where it is all that stands before it on its line.
fn line_lead(text: &[u8], at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let start = memchr::memrchr(b'\n', before).map(|found| found + 1)?;
    let lead = std::str::from_utf8(before.get(start..)?).ok()?;
    lead.trim().is_empty().then(|| lead.to_owned())
}

/// Whether the JSON text `text` has `"key": "value"` at its top level.
pub(super) fn json_has(text: &[u8], key: &str, value: &str) -> bool {
    serde_json::from_slice::<serde_json::Value>(text)
        .ok()
        .is_some_and(|json| json.get(key).and_then(serde_json::Value::as_str) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(manifest: &ManifestToml, text: &str) -> Option<String> {
        match add(manifest, text.as_bytes(), true) {
            Addition::Present => Some(text.to_owned()),
            Addition::Unfit | Addition::ByHand => None,
            Addition::Insert(edits) => {
                let mut text = text.to_owned();
                for edit in edits.iter().rev() {
                    text.insert_str(edit.span.start, &edit.replacement);
                }
                Some(text)
            }
        }
    }

    #[track_caller]
    pub(super) fn check(form: ManifestForm, before: &str, expected: Option<&str>) {
        check_package(form, "", "lib", before, expected);
    }

    #[track_caller]
    pub(super) fn check_package(form: ManifestForm, name: &str, package: &str, before: &str, expected: Option<&str>) {
        check_part((form, ""), name, package, before, expected);
    }

    #[track_caller]
    pub(super) fn check_part(
        (form, part): (ManifestForm, &str),
        name: &str,
        package: &str,
        before: &str,
        expected: Option<&str>,
    ) {
        let (name, package, version) = (name.into(), package.into(), "1.2".into());
        let (also, keyed, versions, install) = (Vec::new(), Vec::new(), None, String::new());
        let (part, part_of) = (part.to_owned(), std::collections::BTreeMap::new());
        let manifest = ManifestToml { name, form, versions, package, version, also, part, part_of, keyed, install };
        let text = after(&manifest, before);
        assert_eq!(text.as_deref(), expected);
        if let Some(text) = text {
            assert_eq!(add(&manifest, text.as_bytes(), true), Addition::Present, "{text}");
        }
    }
}

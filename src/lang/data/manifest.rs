//! Files that list a project's dependencies.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A file that lists dependencies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ManifestToml {
    /// Its name, or `*.x` for any with that ending.
    pub(in crate::lang) name: String,
    pub(in crate::lang) form: ManifestForm,
    /// The file above, which `[[manifest]]` lists too, that holds the versions where there is one; the entry is then
    /// without.
    pub(in crate::lang) versions: Option<String>,
    pub(in crate::lang) package: String,
    pub(in crate::lang) version: String,
    /// Further packages.
    #[serde(default)]
    pub(in crate::lang) also: Vec<PackageToml>,
    /// The part of the file that the packages go to, where it is not its form's usual one.
    #[serde(default)]
    pub(in crate::lang) part: String,
    /// That part where only files in certain folders beside it need the packages, such as those of tests.
    #[serde(default)]
    pub(in crate::lang) part_of: BTreeMap<String, String>,
    /// Further packages where the value of a key of a JSON secret is read.
    #[serde(default)]
    pub(in crate::lang) keyed: Vec<PackageToml>,
    /// Command that brings lock files up to date.
    pub(in crate::lang) install: String,
}

impl ManifestToml {
    /// The same for a file below it, where `others` need the packages too; paths are those from its folder on.
    pub(in crate::lang) fn for_file<'p>(&self, path: &'p str, mut others: impl Iterator<Item = &'p str>) -> Self {
        let part_of = |path: &str| self.part_of.get(path.split('/').next().unwrap_or_default());
        let part = part_of(path).filter(|_| others.all(|other| part_of(other).is_some()));
        Self { part: part.unwrap_or(&self.part).clone(), ..self.clone() }
    }

    /// The package without the further ones.
    pub(in crate::lang) fn own(&self) -> PackageToml {
        PackageToml { package: self.package.clone(), version: self.version.clone(), features: Vec::new() }
    }

    /// What to do where the file is edited by a person.
    pub(in crate::lang) fn by_hand(&self) -> String {
        format!("add `{}>={}` to `{}`, {}", self.package, self.version, self.name, self.install)
    }
}

/// A package and its version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct PackageToml {
    pub(in crate::lang) package: String,
    pub(in crate::lang) version: String,
    /// Parts of it that have to be asked for.
    #[serde(default)]
    pub(in crate::lang) features: Vec<String>,
}

/// The syntaxes of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum ManifestForm {
    /// Go's modules.
    GoMod,
    /// PEP 621 or poetry.
    Pyproject,
    /// pip's list.
    Requirements,
    /// setuptools' `setup.cfg`.
    SetupCfg,
    /// pipenv's.
    Pipfile,
    /// A program; what to do is said.
    ByHand,
    /// npm's.
    PackageJson,
    /// Bundler's.
    Gemfile,
    /// That of a gem.
    Gemspec,
    /// Maven's; `package` is `group:artifact`.
    Pom,
    /// Gradle's, in Groovy or Kotlin; `package` is `group:artifact`.
    Gradle,
    /// sbt's; `package` is `group:artifact`.
    Sbt,
    /// Composer's.
    ComposerJson,
    /// A .NET project's.
    Csproj,
    /// The versions of a tree of .NET projects.
    PackagesProps,
    /// Cargo's.
    Cargo,
}

/// What to do where there is no manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct NoManifest {
    pub(in crate::lang) install: String,
}

//! Where a file belongs: its application, component and environment, as its path and the manifests tell.

use std::collections::BTreeMap;

use super::words::{slug, words};

/// Manifests that name an application, nearest one first up the folder chain.
pub const MANIFESTS: [&str; 6] = ["package.json", "pyproject.toml", "pom.xml", "Cargo.toml", "composer.json", "go.mod"];

/// Application names by folder (tree path without a trailing `/`, `""` for the root).
#[derive(Clone, Debug, Default)]
pub struct Origins {
    apps: BTreeMap<String, String>,
    fallback: String,
}

impl Origins {
    /// `fallback` is the root folder's name.
    pub fn new(fallback: &str) -> Self {
        Self { apps: BTreeMap::new(), fallback: slug(fallback) }
    }

    /// Takes in a manifest at `path`; one that names nothing is passed over.
    pub fn add_manifest(&mut self, path: &str, text: &str) {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        if let Some(name) = manifest_name(file, text) {
            let short = name.rsplit('/').next().unwrap_or(&name);
            let app = slug(short);
            if !app.is_empty() {
                self.apps.entry(folder.to_owned()).or_insert(app);
            }
        }
    }

    /// The application that `path` belongs to, as a slug, and its folder.
    pub fn app_of(&self, path: &str) -> (&str, &str) {
        let mut folder = parent(path);
        loop {
            if let Some((known, app)) = self.apps.get_key_value(folder) {
                return (app, known);
            }
            if folder.is_empty() {
                return (if self.fallback.is_empty() { "app" } else { &self.fallback }, "");
            }
            folder = parent(folder);
        }
    }

    /// The component within the application: the innermost telling folder, else the file's stem.
    pub fn component_of(&self, path: &str) -> String {
        let (_, root) = self.app_of(path);
        let within = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
        let (folders, file) = within.rsplit_once('/').unwrap_or(("", within));
        let telling = folders.split('/').rev().map(slug).find(|name| !name.is_empty() && !is_plain_folder(name));
        telling.unwrap_or_else(|| stem_slug(file))
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn stem_slug(file: &str) -> String {
    let bare = file.trim_start_matches('.');
    let stem = bare.split('.').next().unwrap_or(bare);
    let name = slug(stem);
    if name.is_empty() { "root".to_owned() } else { name }
}

/// Folders that say how code is laid out rather than what it is, and those that name an environment.
fn is_plain_folder(name: &str) -> bool {
    const LAYOUT: [&str; 20] = [
        "src",
        "lib",
        "app",
        "config",
        "conf",
        "configs",
        "main",
        "resources",
        "java",
        "kotlin",
        "python",
        "js",
        "settings",
        "etc",
        "env",
        "envs",
        "environments",
        "deploy",
        "properties",
        "scala",
    ];
    LAYOUT.contains(&name) || environment(name).is_some()
}

/// The environment that a path names: `.env.production`, `application-prod.properties`, `staging/values.yaml`.
/// The file's name speaks before its folders.
pub(super) fn environment_of(path: &str) -> Option<&'static str> {
    path.rsplit('/').find_map(|segment| {
        let stem = segment.trim_start_matches('.');
        words(stem).iter().rev().find_map(|word| environment(word))
    })
}

fn environment(word: &str) -> Option<&'static str> {
    Some(match word {
        "prod" | "production" | "prd" | "live" => "prod",
        "staging" | "stage" | "stg" | "preprod" => "staging",
        "uat" => "uat",
        "qa" => "qa",
        "dev" | "development" | "local" => "dev",
        "sandbox" => "sandbox",
        _ => return None,
    })
}

fn manifest_name(file: &str, text: &str) -> Option<String> {
    let owned = |value: &str| Some(value.to_owned());
    match file {
        "package.json" | "composer.json" => {
            owned(serde_json::from_str::<serde_json::Value>(text).ok()?.get("name")?.as_str()?)
        }
        "pyproject.toml" => {
            let table: toml::Table = text.parse().ok()?;
            let project = table.get("project").or_else(|| table.get("tool")?.get("poetry"));
            owned(project?.get("name")?.as_str()?)
        }
        "Cargo.toml" => owned(text.parse::<toml::Table>().ok()?.get("package")?.get("name")?.as_str()?),
        "go.mod" => owned(text.lines().find_map(|line| line.strip_prefix("module "))?.trim()),
        "pom.xml" => pom_artifact(text),
        _ => None,
    }
}

/// The project's own artifact id: the first one outside `<parent>`.
fn pom_artifact(text: &str) -> Option<String> {
    let own = match (text.find("<parent>"), text.find("</parent>")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", text.get(..from)?, text.get(to..)?),
        _ => text.to_owned(),
    };
    let rest = own.split_once("<artifactId>")?.1;
    Some(rest.split_once("</artifactId>")?.0.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_manifest_names_the_application() {
        let mut origins = Origins::new("My Repo");
        origins.add_manifest("services/pay/package.json", r#"{"name": "@acme/pay-api"}"#);
        origins.add_manifest(
            "pom.xml",
            "<project><parent><artifactId>up</artifactId></parent><artifactId>shop</artifactId></project>",
        );
        assert_eq!(origins.app_of("services/pay/src/db.js"), ("pay-api", "services/pay"));
        assert_eq!(origins.app_of("other/a.py").0, "shop");
        assert_eq!(Origins::new("My Repo").app_of("a.py").0, "my-repo");
    }

    #[test]
    fn the_component_is_the_innermost_telling_folder() {
        let origins = Origins::new("repo");
        assert_eq!(origins.component_of("src/billing/config/settings.py"), "billing");
        assert_eq!(origins.component_of("settings.py"), "settings");
        assert_eq!(origins.component_of(".env.production"), "env");
        assert_eq!(origins.component_of("deploy/prod/values.yaml"), "values");
    }

    #[test]
    fn the_file_name_tells_the_environment_before_its_folders() {
        assert_eq!(environment_of("prod/.env.staging"), Some("staging"));
        assert_eq!(environment_of("config/application-prod.properties"), Some("prod"));
        assert_eq!(environment_of("src/delivery/app.py"), None);
    }
}

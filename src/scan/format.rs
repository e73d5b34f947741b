//! What a path says about its content: how keys and values are written there, and what sort of file it is.

/// How a file writes keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A programming language: values are literals.
    Code,
    /// YAML.
    Yaml,
    /// JSON and its relatives.
    Json,
    /// INI, `.env`, TOML, HCL, `.conf`: a key, a sign, a value to the end of the line.
    Config,
    /// Java properties: the same, and a backslash at a line's end lets the value go on.
    Properties,
    /// XML, HTML.
    Markup,
    /// Shell, Dockerfile, batch, PowerShell.
    Shell,
    /// Prose: Markdown, reStructuredText, text.
    Prose,
    /// SQL.
    Sql,
    /// Unknown.
    Other,
}

impl Format {
    /// Guesses from the path's name.
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let mut name = name.as_str();
        for suffix in [".example", ".sample", ".template", ".tmpl", ".tpl", ".dist", ".j2", ".erb", ".bak", ".orig"] {
            name = name.strip_suffix(suffix).unwrap_or(name);
        }
        if name.starts_with(".env") || name == "env" {
            return Self::Config;
        }
        if name.starts_with("dockerfile") || name.ends_with("dockerfile") || name.ends_with("makefile") {
            return Self::Shell;
        }
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "yml" | "yaml" => Self::Yaml,
            "json" | "json5" | "jsonc" | "har" | "ipynb" | "webmanifest" | "avsc" | "tfstate" => Self::Json,
            "properties" => Self::Properties,
            "ini" | "cfg" | "cnf" | "conf" | "config" | "toml" | "tf" | "tfvars" | "hcl" | "cf" | "service"
            | "npmrc" | "netrc" | "pgpass" | "ovpn" | "desktop" | "editorconfig" | "env" | "creds" => Self::Config,
            "xml" | "html" | "htm" | "xhtml" | "svg" | "xaml" | "axaml" | "plist" | "csproj" | "pom" | "jsp"
            | "vue" | "svelte" => Self::Markup,
            "sh" | "bash" | "zsh" | "bat" | "cmd" | "ps1" | "psm1" | "bats" | "fish" | "ksh" => Self::Shell,
            "md" | "markdown" | "rst" | "txt" | "adoc" | "asciidoc" | "org" | "tex" | "log" | "mdx" => Self::Prose,
            "sql" | "ddl" | "psql" => Self::Sql,
            "py" | "pyi" | "pyx" | "pxd" | "js" | "mjs" | "cjs" | "jsx" | "ts" | "tsx" | "java" | "kt" | "kts"
            | "go" | "rb" | "php" | "cs" | "c" | "h" | "cc" | "cpp" | "hpp" | "m" | "mm" | "swift" | "scala" | "rs"
            | "hs" | "ex" | "exs" | "erl" | "clj" | "dart" | "groovy" | "gradle" | "pl" | "pm" | "lua" | "r" | "jl"
            | "fs" | "vb" | "inc" | "phtml" | "proto" | "graphql" | "coffee" | "elm" | "ml" | "sol" | "cls" | "d"
            | "nim" | "snap" | "asm" | "vbs" | "pas" => Self::Code,
            _ => Self::Other,
        }
    }
}

/// What a path's folders and name say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathTraits {
    /// Test code or test data.
    pub(crate) test: bool,
    /// Example or template.
    pub(crate) example: bool,
    /// Documentation.
    pub(crate) docs: bool,
    /// Somebody else's code.
    pub(crate) vendored: bool,
    /// Texts for people in their languages.
    pub(crate) texts: bool,
    /// A lock file or a list of digests.
    pub(crate) lock: bool,
    /// Minified or generated.
    pub(crate) generated: bool,
}

impl PathTraits {
    /// Looks at every part of the path.
    pub(crate) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let parts: Vec<&str> = lower.split(['/', '.', '_', '-']).collect();
        let any = |words: &[&str]| parts.iter().any(|part| words.contains(part));
        let name = lower.rsplit('/').next().unwrap_or(&lower);
        Self {
            test: any(&[
                "test", "tests", "testing", "spec", "specs", "fixture", "fixtures", "mock", "mocks", "testdata", "e2e",
            ]) || name.ends_with("test.java")
                || name.ends_with("tests.cs"),
            example: any(&[
                "example",
                "examples",
                "sample",
                "samples",
                "demo",
                "template",
                "templates",
                "dist",
                "tutorial",
            ]),
            docs: any(&["doc", "docs", "readme", "changelog", "md", "rst", "adoc", "wiki"]),
            vendored: any(&["vendor", "vendored", "node", "third", "thirdparty", "bower"]),
            texts: any(&["locale", "locales", "i18n", "l10n", "lang", "langs", "translations", "messages"]),
            lock: any(&["lock", "sum", "lockfile", "checksums", "sha256sums", "shrinkwrap"]),
            generated: any(&["min", "bundle", "generated"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name_and_through_template_suffixes() {
        assert_eq!(Format::of("a/.env.example"), Format::Config);
        assert_eq!(Format::of("a/app.yml.j2"), Format::Yaml);
        assert_eq!(Format::of("application.properties.example"), Format::Properties);
        assert_eq!(Format::of("Dockerfile.dev"), Format::Shell);
        assert_eq!(Format::of("x/y.KT"), Format::Code);
        assert_eq!(Format::of("LICENSE"), Format::Other);
    }

    #[test]
    fn a_path_tells_tests_from_the_rest() {
        assert!(PathTraits::of("src/test/java/A.java").test);
        assert!(PathTraits::of("a/test_x.py").test);
        assert!(!PathTraits::of("src/latest/contest.py").test);
        assert!(PathTraits::of("yarn.lock").lock);
    }
}

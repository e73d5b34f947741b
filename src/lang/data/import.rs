//! Imports: their statements, and how they stand in a file.

use serde::Deserialize;

use super::Pattern;

/// An import statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ImportToml {
    pub(in crate::lang) id: String,
    pub(in crate::lang) module: String,
    pub(in crate::lang) binds: Vec<String>,
    pub(in crate::lang) code: String,
    #[serde(default)]
    pub(in crate::lang) alias: String,
    /// Stands in place of the name, without an import, where the file uses the name for something else.
    pub(in crate::lang) full: Option<String>,
    /// Finds it in a file that has it; a group `name` tells its local name, a group `path` the helper file that it is
    /// of.
    pub(in crate::lang) present: Pattern,
    /// Comes after statements of the other form.
    #[serde(default)]
    pub(in crate::lang) late: bool,
    /// Comes after all others.
    #[serde(default)]
    pub(in crate::lang) last: bool,
    /// Imports the helper file of this name.
    pub(in crate::lang) file: Option<String>,
    /// The mode that it is for.
    pub(in crate::lang) mode: Option<String>,
    /// It is the file's first line, with no empty line after it.
    #[serde(default)]
    pub(in crate::lang) first: bool,
}

/// How a language's imports stand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct ImportsToml {
    /// Finds the module's name in a statement; group `module`.
    pub(in crate::lang) module: Pattern,
    /// A statement of the form that comes after the other.
    pub(in crate::lang) late: Option<Pattern>,
    #[serde(default)]
    pub(in crate::lang) grouping: Grouping,
    /// Modules of the project itself.
    pub(in crate::lang) local: Option<Pattern>,
    /// Modules of the standard library.
    #[serde(default)]
    pub(in crate::lang) first: Vec<String>,
    /// Statements that want two empty lines before them.
    pub(in crate::lang) wide: Option<Pattern>,
    /// An empty line between sections.
    pub(in crate::lang) section_break: bool,
    /// A comment that must stay the file's first.
    pub(in crate::lang) head_comment: Pattern,
    /// The templates' indentation, statement end and quote, to be turned into the file's own.
    pub(in crate::lang) indent: String,
    pub(in crate::lang) semicolon: String,
    pub(in crate::lang) quote: String,
    /// The language's quotes differ in meaning, so the templates' own stay.
    #[serde(default)]
    pub(in crate::lang) fixed_quote: bool,
    pub(in crate::lang) names: Names,
    #[serde(default)]
    pub(in crate::lang) constants: Constants,
    /// Constants hold ARNs, one each, and this is what their names end in.
    #[serde(default)]
    pub(in crate::lang) constant_suffix: String,
    /// The most characters of a line; «break» in a constant's template is a blank where the line fits, else a new
    /// line.
    pub(in crate::lang) width: Option<usize>,
    /// The line before what only test code within a file needs: «test» in a template.
    #[serde(default)]
    pub(in crate::lang) test_mark: String,
    /// What leads from a module within a file to the one round it: «up» in a shape, once for each capture `module`.
    #[serde(default)]
    pub(in crate::lang) up: String,
}

/// Where constants stand that are read before the places that need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Constants {
    /// After the imports and the set-up code.
    #[default]
    Head,
    /// After the imports, before the set-up code.
    First,
    /// Before the outermost statement that needs the first of them, after whatever it depends on.
    Statement,
}

/// What the groups of an import block are made by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Grouping {
    /// Standard library, others, the project's own: a new import goes to its section.
    #[default]
    Sections,
    /// Empty lines, as each project likes: a new import goes to the group whose modules begin most alike.
    EmptyLines,
}

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::lang) enum Names {
    /// `db_password`
    Snake,
    /// `dbPassword`
    Camel,
    /// `DB_PASSWORD`
    Upper,
}

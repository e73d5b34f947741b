//! A language's data as it stands under `rules/rewrite/<lang>/`: what the engine interprets.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use regex::bytes::Regex;
use serde::Deserialize;

use super::LangError;
use super::layout::LayoutToml;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rewrite");

/// One language's folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) language: LanguageToml,
    pub(super) rewrite: RewriteToml,
    pub(super) layout: Option<LayoutToml>,
    pub(super) literals: String,
    /// Query text for one grammar only, by grammar.
    pub(super) extra: BTreeMap<String, String>,
    pub(super) notes: &'static str,
}

/// `language.toml`: which files, and how to read their literals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageToml {
    pub(super) name: String,
    pub(super) grammars: Vec<GrammarToml>,
    #[serde(default)]
    pub(super) shebangs: Vec<String>,
    pub(super) kind: Kind,
    /// The language whose `literals.scm` goes before this one's own.
    pub(super) literals_of: Option<String>,
    #[serde(default)]
    pub(super) test_code: Vec<String>,
    pub(super) encoding_declaration: Option<Pattern>,
    /// Node kinds between a name and the node that its neighbours share.
    #[serde(default)]
    pub(super) transparent: Vec<String>,
    pub(super) lines: Option<LinesToml>,
    pub(super) embedded: Option<EmbeddedToml>,
    pub(super) string: Vec<StringToml>,
    pub(super) escapes: BTreeMap<String, EscapesToml>,
}

/// A grammar and the file names that it reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrammarToml {
    pub(super) grammar: String,
    pub(super) globs: Vec<String>,
}

/// Whether a reference is an expression or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// The whole literal becomes an expression.
    Code,
    /// The scalar's content, or the credential's part of it, becomes the reference's text.
    Config,
}

/// Formats without a tree: key, separator, value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinesToml {
    /// Matches a line up to its value; group `key`.
    pub(super) entry: Pattern,
    pub(super) comment_line: Pattern,
    /// Begins a comment after an unquoted value.
    pub(super) comment: Option<Pattern>,
    pub(super) quotes: Vec<String>,
    /// An odd number of backslashes at a line's end joins the next one.
    #[serde(default)]
    pub(super) continuation: bool,
}

/// Code of another language in strings of this one. The query's captures: `embedded` a string, or a list of strings, with
/// such code; `embedded.sign` what says that the file's code is of that language, `embedded.against` that it is not;
/// `embedded.other` that the one text beside it is not; `note` what is said wherever code of the file is rewritten.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmbeddedToml {
    /// The other language's folder.
    pub(super) language: String,
    /// Why code stays as it is where nothing says whose it is.
    pub(super) unsure: String,
    /// Tells a text that is no code of the language.
    pub(super) foreign_text: Pattern,
    /// Finds lines that are no code of the language; group `foreign`.
    pub(super) foreign_line: Pattern,
    /// Why such a text or line stays as it is.
    pub(super) foreign: String,
    /// What the language reads in the place of such a line, at the beginning of a line and behind an indentation.
    pub(super) idle: String,
    pub(super) idle_inside: String,
    /// What is said where the file holds the value outside of its code too.
    pub(super) elsewhere: String,
}

/// One way to write a string.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StringToml {
    /// Node kinds.
    pub(super) kinds: Vec<String>,
    /// Lower-case letters before the quote.
    #[serde(default)]
    pub(super) prefixes: Vec<String>,
    /// Opening quotes, longest first; the closing one is the same unless `close` names it.
    #[serde(default)]
    pub(super) quotes: Vec<String>,
    pub(super) close: Option<String>,
    /// Matches from the literal's beginning to its content, and from the content to its end, where letters and a
    /// quote don't tell them. The form is taken only where both match.
    pub(super) opening: Option<Pattern>,
    pub(super) closing: Option<Pattern>,
    /// The text stands in a node of this kind below the literal's line, as a here-document's does.
    pub(super) body: Option<String>,
    /// Indentation that is no part of the value.
    #[serde(default)]
    pub(super) dedent: Dedent,
    /// Name of an escape table.
    #[serde(default)]
    pub(super) escapes: String,
    /// Child kinds that are computed at run time.
    #[serde(default)]
    pub(super) holes: Vec<String>,
    /// The value is made of these children.
    #[serde(default)]
    pub(super) pieces: Vec<String>,
    /// Of a value that is made of pieces without a gap: one of them stands for itself where this matches the text
    /// before it, a NUL and the text after it.
    pub(super) apart: Option<Pattern>,
    /// The shape that puts a reference in the place of a part of the content; without it the whole literal is stored.
    /// Shapes of that name with `-start` and `-end` take the quote that the part begins or ends at too.
    pub(super) part: Option<String>,
    /// Only a part of it can be replaced.
    #[serde(default)]
    pub(super) part_only: bool,
    /// What the file must match for the form to be read.
    pub(super) only_in: Option<Pattern>,
    /// What may stand between the pieces, by kind or text; any other child makes the whole no literal. Left out:
    /// anything.
    #[serde(default)]
    pub(super) joints: Vec<String>,
    #[serde(default)]
    pub(super) bytes: bool,
    #[serde(default)]
    pub(super) lines: Lines,
    /// Quote to put round a reference that stands alone.
    pub(super) wrap: Option<String>,
    /// Read as ISO-8859-1 where it isn't UTF-8; left alone where it could be either.
    #[serde(default)]
    pub(super) latin1: bool,
}

/// Which indentation of a literal's lines is taken off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Dedent {
    /// None.
    #[default]
    Keep,
    /// That of the line that is indented least; lines of white space alone don't count.
    Least,
    /// That of the line that closes the literal.
    Closing,
}

/// What line breaks within a literal mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lines {
    /// Themselves.
    #[default]
    Keep,
    /// A line feed, however the file writes it.
    Lf,
    /// CR LF is a line feed; a carriage return alone stays.
    CrLf,
    /// Themselves, but carriage returns vanish.
    DropCr,
    /// YAML's flow folding.
    Fold,
    /// YAML's block scalars.
    Block,
    /// Java's text blocks: the first line break and the indentation that all lines share go.
    TextBlock,
}

/// An escape table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EscapesToml {
    /// The character that begins an escape.
    pub(super) lead: Option<char>,
    /// One character after the lead.
    pub(super) single: BTreeMap<char, String>,
    /// A letter and its number of hexadecimal digits; 0 where they stand in braces only.
    pub(super) hex: BTreeMap<char, usize>,
    /// A letter that may be followed by digits in braces.
    pub(super) braces: Option<char>,
    /// A letter of `hex` that may be written several times.
    pub(super) repeated: Option<char>,
    /// One to three octal digits.
    pub(super) octal: bool,
    /// An octal escape that begins with 4 to 7 has two digits.
    pub(super) octal_byte: bool,
    /// `x` and octal escapes are bytes of the text, not characters.
    pub(super) byte_escapes: bool,
    /// A hexadecimal escape may have fewer digits.
    pub(super) short_hex: bool,
    /// Characters that are escaped when a string is written.
    pub(super) special: String,
    /// `0` not followed by a digit is NUL.
    pub(super) nul: bool,
    /// Lead and line break.
    pub(super) newline: Newline,
    /// Characters after the lead that are never decoded.
    pub(super) refuse: String,
    /// Any other character after the lead.
    pub(super) unknown: Unknown,
    /// Two surrogates in a row are one character.
    pub(super) surrogates: bool,
    /// Text that stands for other text, without a lead.
    pub(super) doubled: BTreeMap<String, String>,
    /// Content that readers of the format disagree on, and the sentence that says so.
    pub(super) ambiguous: Option<Pattern>,
    pub(super) ambiguous_reason: String,
}

/// What a lead at a line's end means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Newline {
    /// Not allowed.
    #[default]
    Refuse,
    /// Both vanish.
    Join,
    /// Both vanish with the next line's indentation.
    JoinIndented,
    /// Both vanish with all white space that follows.
    JoinBlank,
}

/// What an escape that the table doesn't name means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Unknown {
    /// Not decodable.
    #[default]
    Refuse,
    /// Lead and character stand for themselves.
    Keep,
    /// The character stands for itself.
    Drop,
}

/// `rewrite.toml`: what takes a literal's place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RewriteToml {
    /// What is left to do after a rewrite.
    pub(super) step: String,
    /// What to do where no rewrite is possible.
    pub(super) instruction: String,
    /// Why code for a browser is left alone.
    pub(super) browser: Option<String>,
    #[serde(default)]
    pub(super) manual_project: Vec<ManualProject>,
    #[serde(default)]
    pub(super) manual_globs: Vec<ManualGlob>,
    pub(super) mode: Vec<ModeToml>,
    pub(super) shape: Vec<ShapeToml>,
    #[serde(default)]
    pub(super) setup: Vec<SetupToml>,
    #[serde(default)]
    pub(super) import: Vec<ImportToml>,
    pub(super) imports: Option<ImportsToml>,
    #[serde(default)]
    pub(super) manifest: Vec<ManifestToml>,
    pub(super) no_manifest: Option<NoManifest>,
    #[serde(default)]
    pub(super) helper: Vec<HelperToml>,
}

/// A project whose code is never rewritten, such as one that is built for the browser or a phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManualProject {
    /// The nearest file of this name is read.
    pub(super) manifest: String,
    /// Folder below the manifest that holds such code.
    #[serde(default)]
    pub(super) folder: String,
    pub(super) pattern: Pattern,
    /// A sign that the project isn't one after all.
    pub(super) unless: Option<Pattern>,
    pub(super) reason: String,
}

/// Files that are never rewritten.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManualGlob {
    pub(super) glob: String,
    pub(super) reason: String,
}

/// How a file is loaded at run time; the first whose conditions all hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModeToml {
    pub(super) id: String,
    #[serde(default)]
    pub(super) globs: Vec<String>,
    /// A capture that the file must have.
    pub(super) syntax: Option<String>,
    /// What the file's text must match.
    pub(super) pattern: Option<Pattern>,
    /// The nearest JSON file of this name must have `key` = `value`.
    pub(super) manifest: Option<String>,
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
    pub(super) unless: Option<UnlessToml>,
}

/// The nearest file of a name must not match a pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlessToml {
    pub(super) file: String,
    pub(super) pattern: Pattern,
}

/// What takes the place of a literal of one sort in one mode.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeToml {
    pub(super) id: String,
    pub(super) mode: Option<String>,
    /// `await` or `sync`, where it matters.
    pub(super) scope: Option<String>,
    /// It needs nothing that stands at the file's head, and may come before it.
    #[serde(default)]
    pub(super) early: bool,
    pub(super) plain: String,
    /// In brackets, for an operand.
    pub(super) tight: Option<String>,
    /// For a key of a JSON secret.
    pub(super) keyed: Option<String>,
    pub(super) constant_plain: Option<String>,
    pub(super) constant_keyed: Option<String>,
    /// Finds the constant for an ARN in a file that has it; group `name`.
    pub(super) constant_present: Option<String>,
    /// The shape whose constants this one shares.
    pub(super) constants_of: Option<String>,
}

/// Code that stands once in the file, after the imports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetupToml {
    /// The placeholder that it gives a name to.
    pub(super) id: String,
    /// Names in order of preference.
    pub(super) names: Vec<String>,
    /// Further names that it defines.
    #[serde(default)]
    pub(super) inner: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) per_region: bool,
    #[serde(default)]
    pub(super) imports: Vec<String>,
    /// Finds it in a file that has it; group `name`.
    pub(super) reuse: Option<String>,
    pub(super) code: String,
}

/// An import statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportToml {
    pub(super) id: String,
    pub(super) module: String,
    pub(super) binds: Vec<String>,
    pub(super) code: String,
    #[serde(default)]
    pub(super) alias: String,
    /// Stands in place of the name, without an import, where the file uses the name for something else.
    pub(super) full: Option<String>,
    /// Finds it in a file that has it; a group `name` tells its local name, a group `path` the helper file that it is
    /// of.
    pub(super) present: Pattern,
    /// Comes after statements of the other form.
    #[serde(default)]
    pub(super) late: bool,
    /// Comes after all others.
    #[serde(default)]
    pub(super) last: bool,
    /// Imports the helper file of this name.
    pub(super) file: Option<String>,
    /// The mode that it is for.
    pub(super) mode: Option<String>,
    /// It is the file's first line, with no empty line after it.
    #[serde(default)]
    pub(super) first: bool,
}

/// How a language's imports stand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportsToml {
    /// Finds the module's name in a statement; group `module`.
    pub(super) module: Pattern,
    /// A statement of the form that comes after the other.
    pub(super) late: Option<Pattern>,
    #[serde(default)]
    pub(super) grouping: Grouping,
    /// Modules of the project itself.
    pub(super) local: Option<Pattern>,
    /// Modules of the standard library.
    #[serde(default)]
    pub(super) first: Vec<String>,
    /// Statements that want two empty lines before them.
    pub(super) wide: Option<Pattern>,
    /// An empty line between sections.
    pub(super) section_break: bool,
    /// A comment that must stay the file's first.
    pub(super) head_comment: Pattern,
    /// The templates' indentation, statement end and quote, to be turned into the file's own.
    pub(super) indent: String,
    pub(super) semicolon: String,
    pub(super) quote: String,
    /// The language's quotes differ in meaning, so the templates' own stay.
    #[serde(default)]
    pub(super) fixed_quote: bool,
    pub(super) names: Names,
    #[serde(default)]
    pub(super) constants: Constants,
    /// Constants hold ARNs, one each, and this is what their names end in.
    #[serde(default)]
    pub(super) constant_suffix: String,
    /// The most characters of a line; «break» in a constant's template is a blank where the line fits, else a new
    /// line.
    pub(super) width: Option<usize>,
    /// What leads from a module within a file to the one round it: «up» in a shape, once for each capture `module`.
    #[serde(default)]
    pub(super) up: String,
}

/// Where constants stand that are read before the places that need them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Constants {
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
pub(super) enum Grouping {
    /// Standard library, others, the project's own: a new import goes to its section.
    #[default]
    Sections,
    /// Empty lines, as each project likes: a new import goes to the group whose modules begin most alike.
    EmptyLines,
}

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Names {
    /// `db_password`
    Snake,
    /// `dbPassword`
    Camel,
    /// `DB_PASSWORD`
    Upper,
}

/// A file that lists dependencies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestToml {
    /// Its name, or `*.x` for any with that ending.
    pub(super) name: String,
    pub(super) form: ManifestForm,
    /// The file above, which `[[manifest]]` lists too, that holds the versions where there is one; the entry is then
    /// without.
    pub(super) versions: Option<String>,
    pub(super) package: String,
    pub(super) version: String,
    /// Further packages.
    #[serde(default)]
    pub(super) also: Vec<PackageToml>,
    /// Further packages where the value of a key of a JSON secret is read.
    #[serde(default)]
    pub(super) keyed: Vec<PackageToml>,
    /// Command that brings lock files up to date.
    pub(super) install: String,
}

impl ManifestToml {
    /// The package without the further ones.
    pub(super) fn own(&self) -> PackageToml {
        PackageToml { package: self.package.clone(), version: self.version.clone(), features: Vec::new() }
    }

    /// What to do where the file is edited by a person.
    pub(super) fn by_hand(&self) -> String {
        format!("add `{}>={}` to `{}`, {}", self.package, self.version, self.name, self.install)
    }
}

/// A package and its version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackageToml {
    pub(super) package: String,
    pub(super) version: String,
    /// Parts of it that have to be asked for.
    #[serde(default)]
    pub(super) features: Vec<String>,
}

/// The syntaxes of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ManifestForm {
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
pub(super) struct NoManifest {
    pub(super) install: String,
}

/// A file of the project that the rewritten code calls: it is imported, or shares its names with the files of its
/// folder. A placeholder in its code that isn't one of `names` is the text of the rewritten file's capture of that
/// name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HelperToml {
    pub(super) name: String,
    /// Name to take where a file of that name is somebody else's.
    pub(super) other: String,
    /// Tells that a file is ours; a group called like one of `names` tells what it is called there.
    pub(super) recognise: Pattern,
    /// It stands beside the nearest file of this name (`*.x`: with this ending), else beside the rewritten file.
    #[serde(default)]
    pub(super) beside: String,
    /// It stands in the topmost package of its source folder that holds more than another package. What it defines is
    /// called as the file is: «stem»; «package» is its own.
    #[serde(default)]
    pub(super) package: bool,
    /// Other names for files that are loaded in these modes.
    #[serde(default)]
    pub(super) in_mode: BTreeMap<String, FileNames>,
    /// Ending of the files of its folder that share their names with it, if their captures `package` say the same.
    pub(super) shares: Option<String>,
    /// The placeholders that it gives a name to, with names in order of preference.
    #[serde(default)]
    pub(super) names: BTreeMap<String, Vec<String>>,
    /// Names that its own imports bind, which no file that shares names may declare.
    #[serde(default)]
    pub(super) binds: Vec<String>,
    /// What the report says of creating it, and what is left to do then.
    pub(super) title: String,
    pub(super) step: Option<String>,
    pub(super) code: String,
}

/// What a helper file is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileNames {
    pub(super) name: String,
    /// Name to take where a file of that name is somebody else's.
    pub(super) other: String,
}

/// A regular expression in data; checked when loaded.
#[derive(Clone, Debug)]
pub(super) struct Pattern(pub(super) Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = regex::bytes::RegexBuilder::new(&text).build().map_err(serde::de::Error::custom)?;
        Ok(Self(regex))
    }
}

/// The built-in languages' folders, in name order.
pub(super) fn folders() -> Result<Vec<Folder>, LangError> {
    let mut dirs: Vec<_> = BUILT_IN.dirs().collect();
    dirs.sort_by_key(|dir| dir.path());
    dirs.into_iter().map(folder).collect()
}

fn folder(dir: &'static Dir<'static>) -> Result<Folder, LangError> {
    let name = dir.path().to_string_lossy().into_owned();
    let text = |file: &str| dir.get_file(dir.path().join(file)).and_then(include_dir::File::contents_utf8);
    let wrong = |message: String| LangError::Data { language: name.clone(), message };
    let need = |file: &str| text(file).ok_or_else(|| wrong(format!("{file} is missing")));
    let language: LanguageToml =
        toml::from_str(need("language.toml")?).map_err(|error| wrong(format!("language.toml: {error}")))?;
    let rewrite = toml::from_str(need("rewrite.toml")?).map_err(|error| wrong(format!("rewrite.toml: {error}")))?;
    let layout = text("layout.toml").map(toml::from_str).transpose();
    let layout = layout.map_err(|error| wrong(format!("layout.toml: {error}")))?;
    if language.name != name {
        return Err(wrong(format!("language.toml names `{}`", language.name)));
    }
    for string in &language.string {
        if string.pieces.is_empty() && !language.escapes.contains_key(&string.escapes) {
            return Err(wrong(format!("no escape table `{}`", string.escapes)));
        }
    }
    let extra = language.grammars.iter().filter_map(|entry| {
        text(&format!("literals.{}.scm", entry.grammar)).map(|query| (entry.grammar.clone(), query.to_owned()))
    });
    let extra = extra.collect();
    let mut literals = text("literals.scm").unwrap_or_default().to_owned();
    if let Some(other) = &language.literals_of {
        let shared = BUILT_IN.get_file(format!("{other}/literals.scm")).and_then(include_dir::File::contents_utf8);
        literals.insert_str(0, shared.ok_or_else(|| wrong(format!("{other}/literals.scm is missing")))?);
    }
    Ok(Folder { notes: need("notes.md")?, language, rewrite, layout, literals, extra })
}

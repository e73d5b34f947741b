//! Files that are added to a project, which the rewritten code calls.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Pattern;

/// A file of the project that the rewritten code calls: it is imported, or shares its names with the files of its
/// folder. A placeholder in its code that isn't one of `names` is the text of the rewritten file's capture of that
/// name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct HelperToml {
    pub(in crate::lang) name: String,
    /// Name to take where a file of that name is somebody else's.
    pub(in crate::lang) other: String,
    /// Tells that a file is ours; a group called like one of `names` tells what it is called there.
    pub(in crate::lang) recognise: Pattern,
    /// It stands beside the nearest file of this name (`*.x`: with this ending), else beside the rewritten file.
    #[serde(default)]
    pub(in crate::lang) beside: String,
    /// It stands in the topmost package of its source folder that holds more than another package. What it defines is
    /// called as the file is: «stem»; «package» is its own.
    #[serde(default)]
    pub(in crate::lang) package: bool,
    /// Other names for files that are loaded in these modes.
    #[serde(default)]
    pub(in crate::lang) in_mode: BTreeMap<String, FileNames>,
    /// Ending of the files of its folder that share their names with it, if their captures `package` say the same.
    pub(in crate::lang) shares: Option<String>,
    /// The placeholders that it gives a name to, with names in order of preference.
    #[serde(default)]
    pub(in crate::lang) names: BTreeMap<String, Vec<String>>,
    /// Names that its own imports bind, which no file that shares names may declare.
    #[serde(default)]
    pub(in crate::lang) binds: Vec<String>,
    /// What the report says of creating it, and what is left to do then; FILE stands for its path.
    pub(in crate::lang) title: String,
    pub(in crate::lang) step: Option<String>,
    pub(in crate::lang) code: String,
}

/// What a helper file is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lang) struct FileNames {
    pub(in crate::lang) name: String,
    /// Name to take where a file of that name is somebody else's.
    pub(in crate::lang) other: String,
}

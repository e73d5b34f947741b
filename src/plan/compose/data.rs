//! The kinds of credentials that consist of parts, as `rules/compose/*.toml` describes them.

use include_dir::{Dir, include_dir};
use regex::Regex;
use serde::Deserialize;

use crate::model::Kind as FindingKind;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/compose");

/// The file of connection strings' forms; all others are kinds.
const FORMS: &str = "forms.toml";

/// All kinds and the forms of connection strings.
#[derive(Debug)]
pub struct Kinds {
    pub(super) kinds: Vec<KindToml>,
    pub(super) forms: FormsToml,
}

/// Why the data can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rules/compose/{file}: {message}")]
pub struct KindsError {
    /// The file's name.
    file: String,
    /// What is wrong.
    message: String,
}

/// One kind: which parts it has, and which of them tell the resource.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindToml {
    pub(super) id: String,
    /// In a few words, after "a" or "an".
    pub(super) description: String,
    /// Last part of the secret's name where the keys have no words of their own.
    pub(super) name: String,
    /// Added to the words that the keys share (`google` becomes `google-client`).
    #[serde(default)]
    pub(super) suffix: String,
    /// Parts that together say which resource it is: same ones, same resource. Those that are required or in `any`
    /// must be known.
    pub(super) resource: Vec<String>,
    /// At least one of these parts must be there.
    #[serde(default)]
    pub(super) any: Vec<String>,
    /// Decides between kinds that find as many parts.
    #[serde(default)]
    pub(super) specificity: u8,
    pub(super) part: Vec<PartToml>,
}

/// One part of a kind, in the order in which parts are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartToml {
    /// Key in the JSON secret.
    pub(super) key: String,
    /// The part is a secret: only a finding can be it.
    #[serde(default)]
    pub(super) secret: bool,
    #[serde(default)]
    pub(super) required: bool,
    /// Goes into the JSON; if not, it only tells other parts.
    #[serde(default = "yes")]
    pub(super) stored: bool,
    /// Words that a key ends in; one in brackets has to be there and counts as shared with other keys: `(db) name`
    /// takes `DB_NAME` for the name of what `DB_HOST` is the host of.
    #[serde(default)]
    pub(super) keys: Vec<String>,
    /// Whole keys that say enough within a mapping or call only.
    #[serde(default)]
    pub(super) alone: Vec<String>,
    /// Whole keys that say enough anywhere.
    #[serde(default)]
    pub(super) telling: Vec<String>,
    /// Rules whose findings are this part, whatever their key.
    #[serde(default)]
    pub(super) rules: Vec<String>,
    /// A finding is this part by its key only if it is one of these.
    #[serde(default)]
    pub(super) kinds: Vec<FindingKind>,
    /// What a value must look like; named groups are parts.
    #[serde(default, deserialize_with = "pattern")]
    pub(super) pattern: Option<Regex>,
    /// Text in a value, and what it stands for; other values don't count.
    #[serde(default)]
    pub(super) means: Vec<(String, String)>,
    /// Text in a key of the credential, and the value that it tells.
    #[serde(default)]
    pub(super) by_key: Vec<(String, String)>,
    /// A port, and the value that it tells.
    #[serde(default)]
    pub(super) by_port: Vec<(String, String)>,
    /// What a reviewer should know when the part is missing.
    pub(super) missing: Option<String>,
}

/// How connection strings are taken apart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormsToml {
    #[serde(default)]
    pub(super) around: Vec<AroundToml>,
    #[serde(default)]
    pub(super) pairs: Vec<PairsToml>,
}

/// What stands before and after a secret in a text; named groups are parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AroundToml {
    /// The secret part.
    pub(super) part: String,
    #[serde(deserialize_with = "needed_pattern")]
    pub(super) before: Regex,
    #[serde(deserialize_with = "needed_pattern")]
    pub(super) after: Regex,
}

/// A text of `key=value` pairs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairsToml {
    pub(super) separator: char,
    /// What the text begins with before its first pair; named groups are parts.
    #[serde(default, deserialize_with = "pattern")]
    pub(super) head: Option<Regex>,
}

fn yes() -> bool {
    true
}

fn needed_pattern<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    Regex::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn pattern<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    needed_pattern(deserializer).map(Some)
}

impl Kinds {
    /// Reads and checks the embedded kinds.
    ///
    /// # Errors
    /// A file that can't be read, or names a part that its kind doesn't have.
    pub fn load() -> Result<Self, KindsError> {
        let mut files: Vec<_> =
            BUILT_IN.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml")).collect();
        files.sort_by_key(|file| file.path());
        let mut kinds = Vec::new();
        let mut forms = FormsToml { around: Vec::new(), pairs: Vec::new() };
        for file in files {
            let name = file.path().to_string_lossy().into_owned();
            let wrong = |message: String| KindsError { file: name.clone(), message };
            let text = file.contents_utf8().unwrap_or_default();
            if name == FORMS {
                forms = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
                continue;
            }
            let kind: KindToml = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
            kind.check().map_err(wrong)?;
            kinds.push(kind);
        }
        Ok(Self { kinds, forms })
    }

    /// Each kind's id, description and JSON keys, in order.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str, Vec<&str>)> {
        self.kinds.iter().map(|kind| {
            let keys = kind.part.iter().filter(|part| part.stored).map(|part| part.key.as_str());
            (kind.id.as_str(), kind.description.as_str(), keys.collect())
        })
    }
}

impl KindToml {
    /// The part of a JSON key.
    pub(super) fn part(&self, key: &str) -> Option<&PartToml> {
        self.part.iter().find(|part| part.key == key)
    }

    fn check(&self) -> Result<(), String> {
        let unknown = self.resource.iter().chain(&self.any).find(|key| self.part(key).is_none());
        if let Some(key) = unknown {
            return Err(format!("there is no part `{key}`"));
        }
        if !self.part.iter().any(|part| part.secret) {
            return Err("no part is secret".to_owned());
        }
        let groups = self.part.iter().filter_map(|part| part.pattern.as_ref()).flat_map(Regex::capture_names);
        match groups.flatten().find(|group| self.part(group).is_none()) {
            Some(group) => Err(format!("a pattern names the part `{group}`, which isn't there")),
            None => Ok(()),
        }
    }
}

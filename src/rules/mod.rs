//! Detection rules: parse, check, compile; the built-in ones are embedded from `rules/detect`.
//!
//! A rule is data. One with a `regex` is matched in a window round its keywords; one with
//! `structure = "key-value"` names keys (`password`, `api key`) whose values the scanner finds by the shapes in which
//! files write keys and values. The form of a file is a superset of gitleaks'.

mod allow;
mod check;
mod compose;
mod dialect;
mod edges;
mod file;
mod generate;
mod heads;
mod keyed;
mod load;
mod needs;
mod pattern;
mod search;
mod summary;
pub(crate) mod validators;

use std::path::PathBuf;

pub use allow::{AllowTarget, Allowlist, Candidate};
pub use compose::Required;
pub use generate::{Expanded, expand};
pub use heads::Anchors;
pub use needs::{Bytes, Stretch};
pub use pattern::Pattern;
pub use search::Search;
pub use summary::RuleSummary;

use crate::model::{Confidence, Finding, Kind, Severity};

/// How a rule finds candidates.
#[derive(Debug)]
pub enum Matcher {
    /// A regex; the value is this group of it, or its first group, or all of it.
    Regex(Pattern, Option<usize>),
    /// Keys whose values are candidates, each as its lower-case words.
    KeyValue(Vec<Vec<String>>),
    /// The file itself, by the rule's `path`; its content is not looked at.
    Path,
}

/// How a value is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueClass {
    /// The format itself is the proof.
    Specific,
    /// Found by a keyword near it: looked at like a generic value.
    Keyed,
    /// A one-way hash: reported with little confidence and never migrated.
    Hash,
}

/// How far a rule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after what they say")]
pub enum Status {
    Preview,
    Stable,
    Deprecated,
}

impl Status {
    /// As written in a rule file.
    pub fn label(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
            Self::Deprecated => "deprecated",
        }
    }
}

/// Where a rule came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Embedded in the binary.
    BuiltIn,
    /// A file that the user named.
    File(PathBuf),
}

/// A checked detection rule.
#[derive(Debug)]
pub struct Rule {
    /// Unique id.
    pub id: String,
    /// What it finds, in a few words.
    pub description: String,
    /// Part of fingerprints.
    pub family: String,
    /// What sort of credential.
    pub kind: Kind,
    /// Harm of a leak.
    pub severity: Severity,
    /// Before judging.
    pub confidence: Confidence,
    /// Lower-case words, one of which must occur; empty only in a user's file.
    pub keywords: Vec<String>,
    /// How it finds candidates.
    pub matcher: Matcher,
    /// The value's entropy must be above this, bits per character.
    pub entropy: Option<f64>,
    /// Paths that it applies to.
    pub path: Option<Pattern>,
    /// Name of an offline check.
    pub validator: Option<String>,
    /// How the value is judged.
    pub value: ValueClass,
    /// Rank among rules whose values overlap, as in betterleaks: the greater wins.
    pub specificity: u16,
    /// What a leak means.
    pub why: String,
    /// How to rotate.
    pub fix: String,
    /// Where the facts are from.
    pub references: Vec<String>,
    /// Version that brought it.
    pub since: Option<String>,
    /// How far it has come.
    pub status: Status,
    /// Texts in which it must find something; with generators.
    pub examples: Vec<String>,
    /// Texts in which nothing may be found; with generators.
    pub counter_examples: Vec<String>,
    /// Free words of a gitleaks file.
    pub tags: Vec<String>,
    /// Matches that are passed over.
    pub allowlists: Vec<Allowlist>,
    /// Rules that must find something near, or this one reports nothing.
    pub required: Vec<Required>,
    /// A helper of composite rules: it is never reported.
    pub hidden: bool,
    /// Where it came from.
    pub provenance: Provenance,
}

/// A checked set of rules.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    allowlists: Vec<Allowlist>,
    notes: Vec<String>,
}

impl Rule {
    /// What the matches of its regex start with, where all have one of its keywords at a certain place.
    pub fn anchors(&self) -> Option<&Anchors> {
        let Matcher::Regex(pattern, _) = &self.matcher else { return None };
        pattern.anchors(&self.keywords)
    }

    /// Whether a match may stand round its keyword at `at`.
    pub fn may_match(&self, bytes: &[u8], at: usize) -> bool {
        self.anchors().is_none_or(|anchors| anchors.fit(bytes, at))
    }
}

impl RuleSet {
    /// The embedded rules.
    pub fn built_in() -> Result<Self, RuleError> {
        load::built_in()
    }

    /// The embedded rules with those of `paths` (files, or folders of `*.toml`) added; a rule with a known id
    /// replaces the earlier one.
    pub fn load(paths: &[PathBuf]) -> Result<Self, RuleError> {
        let mut set = load::built_in()?;
        for path in paths {
            load::add_path(&mut set, path)?;
        }
        load::finish(&mut set)?;
        Ok(set)
    }

    /// A set of one file's text, without the embedded rules.
    pub fn from_text(name: &str, text: &str) -> Result<Self, RuleError> {
        let mut set = Self::default();
        load::add_text(&mut set, name, text, &Provenance::File(PathBuf::from(name)))?;
        load::finish(&mut set)?;
        Ok(set)
    }

    /// All rules, by file and position.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What reports tell of rule `id`.
    pub fn summary(&self, id: &str) -> Option<RuleSummary> {
        let rule = self.get(id)?;
        Some(RuleSummary {
            id: rule.id.clone(),
            description: rule.description.clone(),
            why: rule.why.clone(),
            fix: rule.fix.clone(),
            references: rule.references.clone(),
        })
    }

    /// The rule of this id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Number of rules.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Allowlists that hold for every rule, from users' files.
    pub fn allowlists(&self) -> &[Allowlist] {
        &self.allowlists
    }

    /// Whether an allowlist passes over a finding because of the commit that brought it in.
    pub fn allows_commit_of(&self, finding: &Finding) -> bool {
        let Some(commit) = &finding.commit else { return false };
        let own = self.get(&finding.rule).into_iter().flat_map(|rule| &rule.allowlists);
        own.chain(&self.allowlists).any(|list| list.allows_commit(&finding.rule, &finding.path, commit))
    }

    /// What users' files ask for and arnify doesn't do; one sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The file can't be read or is not of the form.
    #[error("{file}: {message}")]
    File {
        /// Path, or name under `rules/detect`.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// One rule is wrong.
    #[error("{file}: rule {rule}: {message}")]
    Rule {
        /// Path, or name under `rules/detect`.
        file: String,
        /// The rule's id.
        rule: String,
        /// What is wrong; a regex error quotes the regex.
        message: String,
    },
}

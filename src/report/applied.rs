//! What a run did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::plan::{held_back, left_to_do};
use crate::model::{Applicability, Fix, HeldBack, Outcome, Plan, Stored};
use crate::ui::{BOLD, GREEN, count, paint, sanitise};

/// One fix that is in the diff.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// File.
    pub path: String,
    /// What the fix does.
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// The step that is left to do.
    pub step: Option<String>,
    /// Literals that it replaces; 0 for a manifest or helper file.
    pub literals: usize,
}

impl Change {
    /// What a report says of a fix.
    pub fn of(fix: &Fix) -> Self {
        Self {
            path: fix.path.clone(),
            title: fix.title.clone(),
            applicability: fix.applicability,
            step: fix.step.clone(),
            literals: fix.edits.iter().filter(|edit| edit.removed.is_some()).count(),
        }
    }
}

/// A stored secret.
#[derive(Clone, Debug, Serialize)]
struct Secret<'a> {
    name: &'a str,
    arn: &'a str,
    version_id: &'a str,
    outcome: Outcome,
}

/// What a run did. Its serialised form is public.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<'a> {
    v: u8,
    run: &'a str,
    /// Whether files were changed, or only a diff was made.
    written: bool,
    secrets: Vec<Secret<'a>>,
    /// Literals replaced.
    rewritten: usize,
    /// Findings that are left: held back, or below the asked-for applicability.
    left: usize,
    changes: &'a [Change],
    held_back: &'a [HeldBack],
}

impl<'a> Summary<'a> {
    /// Puts the summary together.
    pub fn new(plan: &'a Plan<Stored>, changes: &'a [Change], held_back: &'a [HeldBack], written: bool) -> Self {
        let secrets = plan.entries.iter().map(|entry| {
            let receipt = entry.state.receipt();
            Secret { name: &entry.name, arn: &receipt.arn, version_id: &receipt.version_id, outcome: receipt.outcome }
        });
        let places: usize = plan.entries.iter().map(|entry| entry.places.len()).sum();
        let rewritten = changes.iter().map(|change| change.literals).sum();
        Self {
            v: 1,
            run: &plan.run.0,
            written,
            secrets: secrets.collect(),
            rewritten,
            left: held_back.len() + places.saturating_sub(rewritten),
            changes,
            held_back,
        }
    }

    /// For programs.
    ///
    /// # Errors
    /// None in practice: all of it is plain data.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// For people.
    pub fn human(&self, color: bool) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = writeln!(text, "\n{} stored, read back and compared:", count(self.secrets.len(), "secret"));
        for secret in &self.secrets {
            let outcome = match secret.outcome {
                Outcome::Created => "created",
                Outcome::Reused => "was there with this value",
                Outcome::Updated => "new version",
            };
            let _ = writeln!(text, "  {}  ({outcome})", paint(secret.arn, GREEN, color));
        }
        let verb = if self.written { "rewritten in" } else { "would be rewritten in" };
        let files = self.per_file();
        let _ = writeln!(text, "\n{} {verb} {}:", count(self.rewritten, "literal"), count(files.len(), "file"));
        for (path, titles) in files {
            for title in titles {
                let _ = writeln!(text, "  {}  {}", paint(&sanitise(path), BOLD, color), sanitise(title));
            }
        }
        text.push_str(&left_to_do(self.changes.iter().filter_map(|change| change.step.as_deref()), color));
        text.push_str(&held_back(self.held_back, color));
        let _ = writeln!(text, "\nRun {}. {}", self.run, self.next());
        text
    }

    /// What is done to each file. A helper or a dependency that several files need is told once.
    fn per_file(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for change in self.changes {
            let titles = files.entry(&change.path).or_default();
            if change.literals > 0 || !titles.contains(&change.title.as_str()) {
                titles.push(&change.title);
            }
        }
        files
    }

    fn next(&self) -> &'static str {
        if self.written {
            "`arnify undo` puts every literal back; `arnify verify` proves that every reference resolves."
        } else {
            "No file was changed: `arnify apply --write` does it, with the same secrets."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, title: &str, literals: usize) -> Change {
        let (path, title) = (path.to_owned(), title.to_owned());
        Change { path, title, applicability: Applicability::Review, step: None, literals }
    }

    #[test]
    fn a_dependency_that_several_files_need_is_told_once_and_each_literal_for_itself() {
        let read = "read token from Secrets Manager";
        let changes = [
            change("Cargo.toml", "add a crate", 0),
            change("a.rs", read, 1),
            change("a.rs", read, 1),
            change("Cargo.toml", "add a crate", 0),
            change("Cargo.toml", "add another", 0),
        ];
        let summary = Summary {
            v: 1,
            run: "r",
            written: true,
            secrets: Vec::new(),
            rewritten: 2,
            left: 0,
            changes: &changes,
            held_back: &[],
        };
        let files = summary.per_file();
        assert_eq!(files.get("Cargo.toml"), Some(&vec!["add a crate", "add another"]));
        assert_eq!(files.get("a.rs"), Some(&vec![read, read]));
    }
}

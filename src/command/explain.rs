//! `arnify explain`: a rule, a language or an exit code, from the data that the program itself works with.

use std::path::PathBuf;

use serde::Serialize;

use super::output;
use super::rules::load;
use crate::cli::{Explain, Format};
use crate::failure::{Exit, Failure};
use crate::lang::Languages;
use crate::rules::{Rule, expand};
use crate::settings::Settings;
use crate::ui::Ui;

/// Explains the topic.
pub(super) fn run(settings: &Settings, arguments: &Explain, ui: &mut Ui) -> Result<Exit, Failure> {
    let text = answer(&arguments.topic, settings.format, &settings.scan.rule_paths)?;
    output::deliver(settings.output.as_deref(), ui, |out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Done)
}

/// `rule_paths` are the user's rule files and folders.
fn answer(topic: &str, format: Format, rule_paths: &[PathBuf]) -> Result<String, Failure> {
    let topic = topic.trim();
    let explained = match topic.split_once(':') {
        Some(("exit", code)) => exit_code(code)?,
        Some(("lang", name)) => language(name)?,
        _ => rule(topic, rule_paths)?,
    };
    match format {
        Format::Human => Ok(explained.text()),
        Format::Json | Format::Jsonl => {
            Ok(serde_json::to_string(&explained).map_err(|error| Failure::new(Exit::Bug, error))? + "\n")
        }
        Format::Sarif => {
            Err(Failure::message(Exit::Usage, "an explanation has no SARIF form").hint("Use `--format json`."))
        }
    }
}

/// An explanation, as people and as machines read it.
#[derive(Serialize)]
struct Explained {
    topic: String,
    title: String,
    /// Heading and text.
    sections: Vec<(&'static str, String)>,
    references: Vec<String>,
}

impl Explained {
    fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{}: {}\n", self.topic, self.title);
        for (heading, body) in &self.sections {
            if heading.is_empty() {
                let _ = write!(text, "\n{}\n", body.trim_end());
            } else {
                let _ = write!(text, "\n{heading}\n  {}\n", body.trim_end().replace('\n', "\n  "));
            }
        }
        if !self.references.is_empty() {
            let _ = write!(text, "\nReferences\n  {}\n", self.references.join("\n  "));
        }
        text
    }
}

fn rule(id: &str, rule_paths: &[PathBuf]) -> Result<Explained, Failure> {
    let set = load(rule_paths)?;
    let Some(rule) = set.get(id) else {
        let near = near(set.rules().iter().map(|rule| rule.id.as_str()), id);
        let failure = Failure::message(Exit::Usage, format!("{id}: no such rule"));
        return Err(if near.is_empty() {
            failure.hint("`arnify rules list` lists them.")
        } else {
            failure.hint(format!("Did you mean {}?", near.join(", ")))
        });
    };
    Ok(explain_rule(rule))
}

/// At most five ids that `asked` may have meant, the closest first: those a few letters away, however the words
/// are joined, and those that contain it.
fn near<'a>(known: impl Iterator<Item = &'a str>, asked: &str) -> Vec<&'a str> {
    let plain = |id: &str| id.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(asked);
    let tolerated = wanted.chars().count() / 4;
    let mut ranked: Vec<(usize, &str)> = known
        .filter_map(|id| {
            let candidate = plain(id);
            let apart = distance(&candidate, &wanted);
            let within = wanted.len() > 2 && candidate.contains(&wanted);
            (apart <= tolerated || within).then_some((apart, id))
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(5).map(|(_, id)| id).collect()
}

/// Number of letters to put in, take out or replace that makes one text the other (Levenshtein's distance).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().enumerate() {
        let mut next = vec![line + 1];
        for (other, pair) in right.iter().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let beside = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(letter != *other)).min(above + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

fn explain_rule(rule: &Rule) -> Explained {
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let mut sections = Vec::new();
    let mut push = |heading, body: &str| {
        if !body.is_empty() {
            sections.push((heading, body.to_owned()));
        }
    };
    push("What a leak means", &rule.why);
    push("What to do", &rule.fix);
    let looks: Vec<String> = rule.examples.iter().enumerate().map(|(at, text)| expand(text, &rule.id, at)).collect();
    push("What it looks like (made-up values)", &looks.join("\n"));
    let facts = format!(
        "severity {}, confidence {} before the value is judged, {} since {}{}",
        word(&rule.severity),
        word(&rule.confidence),
        rule.status.label(),
        rule.since.as_deref().unwrap_or("unknown"),
        rule.validator.as_ref().map(|name| format!(", checked offline by {name}")).unwrap_or_default(),
    );
    push("Facts", &facts);
    if let Some(name) = &rule.validator {
        let text = "a value that fails it is reported all the same, with less confidence; `scan -v` says which";
        push("The offline check", &format!("{name}: {text}"));
    }
    push(
        "To pass over one finding",
        &format!("arnify:allow[{}] until=YYYY-MM-DD -- reason   in a comment on its line", rule.id),
    );
    Explained { topic: rule.id.clone(), title: rule.description.clone(), sections, references: rule.references.clone() }
}

fn language(name: &str) -> Result<Explained, Failure> {
    let languages = Languages::load().map_err(|error| Failure::new(Exit::Bug, error))?;
    let notes = languages.notes(name).ok_or_else(|| {
        let names: Vec<_> = languages.names().collect();
        Failure::message(Exit::Usage, format!("lang:{name}: no such language"))
            .hint(format!("The languages are {}.", names.join(", ")))
    })?;
    Ok(Explained {
        topic: format!("lang:{name}"),
        title: "how literals are rewritten".to_owned(),
        sections: vec![("", notes.to_owned())],
        references: Vec::new(),
    })
}

const EXITS: [(u8, &str, &str); 9] = [
    (0, "clean, or done", "Nothing was found, or what was asked for is done."),
    (
        1,
        "findings",
        "`scan` found credentials, or `check` found some that the baseline doesn't know. `arnify explain RULE` tells what to do about one.",
    ),
    (
        2,
        "usage, configuration or rule error",
        "The command line, a configuration file or a rule file is wrong; nothing was scanned or changed. The message names the place.",
    ),
    (
        3,
        "incomplete",
        "Something could not be read, was larger than the limit, or what was asked for is empty. What was read is reported; the summary lists the gaps.",
    ),
    (
        4,
        "secret store",
        "The store refused or could not be reached, and the command changed no file. `apply` ends so only before the store is asked to keep anything; after that the code is 5. In `exec`, `inject`, `verify`, `undo` and `resume` a value could not be read.",
    ),
    (
        5,
        "partly applied",
        "A part was done: some secrets are stored, or may be, or some files are changed, and the rest is as it was. The message names what was left, and the journal says how far the run came. `arnify resume` finishes it, `arnify undo` puts the changed files back.",
    ),
    (
        6,
        "conflict",
        "A file changed while arnify worked on it, or edits overlap: nothing of that file was written; run the command again. Or one resource (same host and user, same key id) has different values: nothing was stored; make the places the same, or say with `--on-conflict apart` or `--on-conflict leave` what becomes of them. Or another run is active on the tree: wait until it has ended. `undo` and `resume` stop when a file of the run was changed since: put it back as it was.",
    ),
    (70, "a bug", "arnify failed where it must not. Please report it, with the command line and without any secret."),
    (130, "interrupted", "The run was stopped. `arnify resume` finishes an interrupted `apply`."),
];

fn exit_code(code: &str) -> Result<Explained, Failure> {
    let known = code.trim().parse::<u8>().ok().and_then(|number| EXITS.iter().find(|(n, ..)| *n == number));
    let (number, title, text) = known.ok_or_else(|| {
        Failure::message(Exit::Usage, format!("exit:{code}: arnify has no such exit code"))
            .hint("The codes are 0, 1, 2, 3, 4, 5, 6, 70 and 130; `arnify exec` gives back its command's own.")
    })?;
    Ok(Explained {
        topic: format!("exit:{number}"),
        title: (*title).to_owned(),
        sections: vec![("", (*text).to_owned())],
        references: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(topic: &str, format: Format) -> Result<String, Failure> {
        answer(topic, format, &[])
    }

    #[test]
    fn a_rule_is_explained_in_text_and_json() {
        let text = explain("generic-password", Format::Human).unwrap();
        assert!(text.contains("What to do") && text.contains("References"), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&explain("generic-password", Format::Json).unwrap()).unwrap();
        assert_eq!(json["topic"], "generic-password");
    }

    #[test]
    fn every_built_in_rule_tells_why_what_it_looks_like_and_what_to_do() {
        let set = load(&[]).unwrap();
        for rule in set.rules() {
            let explained = explain_rule(rule);
            let has = |heading: &str| explained.sections.iter().any(|(head, text)| *head == heading && text.len() > 9);
            for heading in ["What a leak means", "What to do", "What it looks like (made-up values)"] {
                assert!(has(heading), "{}: {heading}", rule.id);
            }
            assert_eq!(explained.references, rule.references, "{}", rule.id);
            assert_eq!(has("The offline check"), rule.validator.is_some(), "{}", rule.id);
        }
    }

    #[test]
    fn every_exit_code_is_explained_and_others_are_refused() {
        for exit in [
            Exit::Done,
            Exit::Findings,
            Exit::Usage,
            Exit::Incomplete,
            Exit::Store,
            Exit::Partial,
            Exit::Conflict,
            Exit::Bug,
            Exit::Interrupted,
        ] {
            assert!(explain(&format!("exit:{}", exit.code()), Format::Human).is_ok());
        }
        let conflict = explain("exit:6", Format::Human).unwrap();
        assert!(conflict.contains("--on-conflict apart") && conflict.contains("--on-conflict leave"), "{conflict}");
        assert_eq!(explain("exit:9", Format::Human).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn an_unknown_rule_names_its_neighbours() {
        let failure = explain("generic-pasword", Format::Human).unwrap_err();
        assert!(failure.hints[0].contains("generic-password"), "{:?}", failure.hints);
        let failure = explain("githubpat", Format::Human).unwrap_err();
        assert!(failure.hints[0].starts_with("Did you mean github-pat"), "{:?}", failure.hints);
        assert_eq!(explain("qqqqqqqq", Format::Human).unwrap_err().hints, ["`arnify rules list` lists them."]);
    }

    #[test]
    fn every_language_is_explained_and_another_name_gets_the_list() {
        let languages = Languages::load().unwrap();
        let names: Vec<_> = languages.names().collect();
        assert!(names.contains(&"python"), "{names:?}");
        for name in &names {
            let text = explain(&format!("lang:{name}"), Format::Human).unwrap();
            assert!(text.len() > 200, "{name}: {text}");
        }
        let failure = explain("lang:cobol", Format::Human).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(names.iter().all(|name| failure.hints[0].contains(name)), "{:?}", failure.hints);
    }
}

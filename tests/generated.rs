//! What is written for people agrees with the program: the command-line reference is generated from it, and the
//! links, command lines and exit codes of README and docs are checked against it.
//!
//! `BLESS=1 cargo test generated` rewrites the generated pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use arnify::cli::Arguments;
use arnify::failure::Exit;
use arnify::settings::{self, Environment};
use clap::{Command, CommandFactory as _, Parser as _};

const CLI_PAGE: &str = "docs/cli.md";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README, CHANGELOG and everything under docs, as paths of the repository.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("the folder of the docs") {
            let path = folder.join(entry.expect("an entry").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.to_string_lossy().into_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// The reference: each verb's long help, the options that all share only once.
fn cli_page() -> String {
    let mut page = "# Command line\n\n\
        Generated from the program's own help; `BLESS=1 cargo test generated` rewrites it. The global options stand \
        under `arnify` once and hold for every command.\n"
        .to_owned();
    let mut command = Arguments::command();
    command.build();
    section(&mut page, &command, "arnify", true);
    page
}

fn section(page: &mut String, command: &Command, name: &str, is_top: bool) {
    let shown = command.clone().term_width(100).mut_args(|argument| {
        let shared = argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version");
        let hide = argument.is_hide_set() || (shared && !is_top);
        argument.hide(hide)
    });
    let help = shown.clone().render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim());
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        section(page, verb, &format!("{name} {}", verb.get_name()), false);
    }
}

#[test]
fn the_command_line_reference_is_the_programs_own_help() {
    let (path, wanted) = (root().join(CLI_PAGE), cli_page());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &wanted).expect("writing the page");
    }
    let there = read(&path);
    let differing = there.lines().zip(wanted.lines()).find(|(old, new)| old != new);
    assert!(there == wanted, "{CLI_PAGE} is out of date, BLESS=1 rewrites it; first difference: {differing:?}");
}

/// `](target)` of a page's Markdown, outside code blocks.
fn links(text: &str) -> Vec<String> {
    let mut in_code = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    });
    let targets = prose.flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
    targets.map(str::to_owned).collect()
}

/// A heading's anchor, as code hosts make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

fn has_anchor(page: &Path, wanted: &str) -> bool {
    read(page)
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line.trim_start_matches('#').trim()) == wanted)
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let path = root().join(&page);
        for link in links(&read(&path)).iter().filter(|link| !link.starts_with("http")) {
            seen += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.with_file_name("").join(file) };
            if !target.exists() || (!heading.is_empty() && !has_anchor(&target, heading)) {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(seen > 10, "only {seen} links were found");
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The shell lines of a page: all of its `sh` blocks, and of its `console` blocks those behind a prompt.
fn shell_lines(text: &str) -> Vec<String> {
    let mut block = None;
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(kind.trim().to_owned()) };
            continue;
        }
        let line = match block.as_deref() {
            Some("sh") => line,
            Some("console") => match line.strip_prefix("$ ") {
                Some(line) => line,
                None => continue,
            },
            _ => continue,
        };
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(part),
            None => lines.push(part.to_owned()),
        }
        goes_on = more;
    }
    lines
}

/// A line's words, quotes taken off; operators stand alone and a comment is cut off.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ' | '\t') => words.extend(word.take()),
            (None, '|' | '&' | ';' | '<' | '>') => {
                words.extend(word.take());
                words.push(letter.to_string());
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The calls of arnify in a shell line, as argument vectors.
fn calls(line: &str) -> Vec<Vec<String>> {
    let words = words(line);
    let commands = words.split(|word| matches!(word.as_str(), "|" | "&" | ";"));
    commands.filter_map(call).collect()
}

fn call(command: &[String]) -> Option<Vec<String>> {
    let is_setting =
        |word: &&String| word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains('-'));
    let start = command.iter().take_while(is_setting).count();
    let mut words = command.get(start..)?;
    if words.starts_with(&["cargo".to_owned(), "run".to_owned()]) {
        words = words.get(words.iter().position(|word| word == "--")?..)?;
    } else if words.first()? != "arnify" {
        return None;
    }
    let mut arguments = vec!["arnify".to_owned()];
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        if matches!(word.as_str(), "<" | ">") {
            rest.next();
        } else {
            arguments.push(word.clone());
        }
    }
    Some(arguments)
}

#[test]
fn command_lines_of_the_docs_are_taken_by_the_program() {
    let mut wrong = Vec::new();
    let mut verbs = BTreeSet::new();
    for page in pages() {
        for line in shell_lines(&read(&root().join(&page))) {
            for arguments in calls(&line) {
                match Arguments::try_parse_from(&arguments) {
                    Ok(_) => verbs.extend(arguments.into_iter().nth(1)),
                    Err(error) => wrong.push(format!("{page}: {line}: {}", error.kind())),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for verb in ["scan", "plan", "apply", "verify", "undo", "exec", "serve", "check", "baseline", "hook", "demo"] {
        assert!(verbs.contains(verb), "the docs show no `arnify {verb}`");
    }
}

#[test]
fn examples_of_the_help_are_taken_by_the_program() {
    let page = cli_page();
    let examples = page.lines().filter_map(|line| line.strip_prefix("Example: ").or_else(|| line.strip_prefix("  ")));
    // What an example does stands behind it, set off by spaces.
    let commands = examples.filter_map(|line| line.split("  ").next()).filter(|command| command.contains("arnify "));
    let taken: Vec<_> = commands.flat_map(calls).map(|call| (Arguments::try_parse_from(&call).is_ok(), call)).collect();
    let wrong: Vec<_> = taken.iter().filter(|(good, _)| !good).collect();
    assert!(taken.len() > 40, "only {} examples were found", taken.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn shell_lines_are_taken_apart() {
    let parts = |line: &str| calls(line).into_iter().map(|call| call.join(" ")).collect::<Vec<_>>();
    assert_eq!(parts("git diff | arnify scan --stdin  # all"), ["arnify scan --stdin"]);
    assert_eq!(parts("A=b arnify exec --env-file '.env' -- npm start"), ["arnify exec --env-file .env -- npm start"]);
    assert_eq!(parts("cargo run --release --locked -- demo"), ["arnify demo"]);
    assert_eq!(parts("arnify inject < a.yaml > b.yaml && ls"), ["arnify inject"]);
    assert!(parts("cargo install arnify").is_empty());
}

/// The first column of the table under a heading, as numbers.
fn table_codes(text: &str, heading: &str) -> Vec<u8> {
    let section = text.split(heading).nth(1).expect("the heading").split("\n## ").next().unwrap_or_default();
    section.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next()?.trim().parse().ok()).collect()
}

#[test]
fn exit_codes_are_the_same_everywhere() {
    let exits = [
        Exit::Done,
        Exit::Findings,
        Exit::Usage,
        Exit::Incomplete,
        Exit::Store,
        Exit::Partial,
        Exit::Conflict,
        Exit::Bug,
        Exit::Interrupted,
    ];
    let codes: Vec<u8> = exits.into_iter().map(Exit::code).collect();
    let source = read(&root().join("src/failure.rs"));
    let comments = source.lines().filter_map(|line| line.trim().strip_prefix("/// ")?.split_once(": ")?.0.parse().ok());
    assert_eq!(comments.collect::<Vec<u8>>(), codes, "the comments of src/failure.rs");
    assert_eq!(table_codes(&read(&root().join("README.md")), "\n## Exit codes\n"), codes, "the table of README.md");
    let help = Arguments::command().render_long_help().to_string();
    let listed = help.split("Exit codes:\n").nth(1).expect("the list").lines();
    let listed = listed.filter_map(|line| line.trim().split_once("  ")?.0.parse().ok());
    assert_eq!(listed.collect::<Vec<u8>>(), codes, "the list of arnify --help");
}

/// The rows of a page's tables: cells without their backquotes, by the first cell.
fn rows(page: &str) -> BTreeMap<String, Vec<String>> {
    let text = read(&root().join(page));
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect();
    let rows = text.lines().filter(|line| line.starts_with('|')).map(cells);
    rows.filter_map(|row: Vec<String>| Some((row.first()?.clone(), row))).collect()
}

#[test]
fn the_architecture_page_has_the_tables_that_the_tests_hold() {
    let text = read(&root().join("docs/architecture.md"));
    for (module, may_use) in crate::architecture::MAY_USE {
        let used: Vec<String> = may_use.iter().map(|name| format!("`{name}`")).collect();
        let row = format!("| `{module}` | {} |", used.join(", ")).replace("|  |", "| |");
        assert!(text.contains(&row), "docs/architecture.md lacks the row: {row}");
    }
    for (file, calls) in crate::architecture::OPENED {
        let row = format!("| `{file}` | {calls} |");
        assert!(text.contains(&row), "docs/architecture.md lacks the row: {row} why |");
    }
    let rows = text.matches("| `src/").count();
    assert_eq!(rows, crate::architecture::OPENED.len(), "rows of opened values");
}

#[test]
fn every_configuration_key_is_documented_and_the_readme_s_file_is_valid() {
    let source = read(&root().join("src/settings/written.rs"));
    let keys = source.split("const KEYS").nth(1).and_then(|rest| rest.split("];").next()).expect("the keys");
    let readme = read(&root().join("README.md"));
    let file = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the file");
    let documented = rows("docs/configuration.md");
    let keys: Vec<&str> = keys.split('"').skip(1).step_by(2).collect();
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        assert!(documented.contains_key(key), "docs/configuration.md has no row for {key}");
        let there =
            file.lines().any(|line| line.starts_with(&format!("{key} = ")) || line.starts_with(&format!("[{key}]")));
        assert!(there, "the file in README.md lacks {key}");
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("arnify.toml"), file).expect("writing the file");
    let environment = Environment { current_dir: dir.path().to_owned(), ..Environment::default() };
    settings::settle(&Arguments::parse_from(["arnify", "scan"]), &environment).expect("the file of README.md");
}

#[test]
fn every_library_has_its_reason() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("Cargo.toml");
    let names: Vec<&String> = manifest["dependencies"].as_table().expect("dependencies").keys().collect();
    let page = read(&root().join("docs/decisions/libraries.md"));
    for name in names.into_iter().filter(|name| !name.starts_with("tree-sitter-")) {
        assert!(page.contains(&format!("`{name}`")), "docs/decisions/libraries.md doesn't name {name}");
    }
}

/// All files below a folder, as one text in which every ARN is `ARN`.
fn case(folder: &Path) -> String {
    let arn = regex::Regex::new(r"arn:aws:secretsmanager:[\w-]+:\d{12}:secret:[\w/-]+-AbCdEf").expect("a regex");
    let files = crate::support::snapshot(folder).into_values();
    files.map(|bytes| arn.replace_all(&String::from_utf8_lossy(&bytes), "ARN").into_owned()).collect()
}

#[test]
fn the_rewrites_that_are_shown_are_those_of_the_fixtures() {
    let text = read(&root().join("docs/rewriting.md"));
    let mut wrong = Vec::new();
    let mut shown = 0;
    let mut folder = PathBuf::new();
    let mut in_diff = false;
    for line in text.lines() {
        if let Some(link) = links(line).iter().rfind(|link| link.starts_with("../fixtures/rewrite/")) {
            folder = root().join("docs").join(link);
        }
        if line.starts_with("```") {
            in_diff = line == "```diff";
        } else if in_diff && !line.is_empty() {
            let (sign, content) = line.split_at(1);
            let has = |side: &str| case(&folder.join(side)).lines().any(|there| there == content);
            let good = match sign {
                "-" => has("before"),
                "+" => has("after"),
                _ => has("before") && has("after"),
            };
            shown += 1;
            if !good {
                wrong.push(format!("{}: {line}", folder.display()));
            }
        }
    }
    assert!(shown > 20, "only {shown} lines are shown");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

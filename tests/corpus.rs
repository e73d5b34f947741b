//! Hostile values in every language that has a file under `fixtures/corpus`: written as a literal the way the language
//! writes it, read by the language itself, located, stored, rewritten, and read back by the migrated program. Then what
//! has to make such a program fail: another value, no imports, no endpoint.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arnify::lang::{Languages, Request, Surroundings};
use arnify::model::{Edit, EntryId, Fix, SecretRef, Span};
use serde::Deserialize;

use crate::behaviour::{in_tree, path_with_aws};
use crate::rewrite::{blob, cases, located, splice};
use crate::support::endpoint::Endpoint;
use crate::support::{Sandbox, expect, node_modules, program, python, random_text};

/// How a language writes a program that prints values, one `fixtures/corpus/<name>.toml` each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Folder under `rules/rewrite`.
    language: String,
    file: String,
    head: String,
    /// Gives value number `«n»` its `«literal»`.
    declare: String,
    /// Prints its bytes in hexadecimal.
    show: String,
    /// What closes the program.
    #[serde(default)]
    foot: String,
    open: String,
    close: String,
    /// How characters are written that don't stand for themselves.
    escapes: BTreeMap<String, String>,
    /// How NUL is written, where the language has it.
    null: Option<String>,
    /// Characters that the language's literal can't have.
    #[serde(default)]
    without: Vec<String>,
    /// Variables that name folders of this repository.
    #[serde(default)]
    paths: BTreeMap<String, String>,
    /// Commands, the last of which prints.
    run: Vec<Vec<String>>,
}

const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n\
                   -----END PRIVATE KEY-----\n";

/// The values; two of them are the smallest and the largest that can be stored.
fn values() -> Vec<String> {
    let texts = [
        "'single\" \"double' `back` \"\"\" ''' `",
        "$HOME ${x} $(date) #{x} $$ !x",
        "back\\slash \\n \\x41 \\u0041 \\\\ .",
        "line\r\nline\r",
        "ends in a line break\n",
        "\n\n",
        "\ttab\t",
        PEM,
        "é 😀 e\u{301} \u{2028}|\u{2029}",
        "\u{feff}marked",
        "%s %d {{x}} {0} {x} <b>&amp;</b>",
        " blanks ",
        "x",
    ];
    let largest = "0123456789abcdef".repeat(4096);
    texts.into_iter().map(str::to_owned).chain([largest]).collect()
}

impl Sample {
    fn literal(&self, value: &str) -> String {
        let mut text = self.open.clone();
        for character in value.chars() {
            match self.escapes.get(&character.to_string()) {
                Some(written) => text.push_str(written),
                None => text.push(character),
            }
        }
        text + &self.close
    }

    /// The program, and where each literal stands in it, without its quotes.
    fn program(&self, literals: &[String]) -> (String, Vec<Span>) {
        let mut text = self.head.clone();
        let mut spans = Vec::new();
        for (number, literal) in literals.iter().enumerate() {
            let (before, after) = self.declare.split_once("«literal»").expect("a place for the literal");
            let fill = |part: &str| part.replace("«n»", &number.to_string());
            text.push_str(&fill(before));
            let start = text.len();
            spans.push(Span::new(start + self.open.len(), start + literal.len() - self.close.len()));
            text.push_str(literal);
            text.push_str(&fill(after));
        }
        for number in 0..literals.len() {
            text.push_str(&self.show.replace("«n»", &number.to_string()));
        }
        text.push_str(&self.foot);
        (text, spans)
    }

    fn fitting(&self) -> Vec<String> {
        let fits = |value: &String| !self.without.iter().any(|text| value.contains(text.as_str()));
        values().into_iter().filter(fits).collect()
    }

    fn runs(&self, sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> Output {
        let mut said = None;
        for command in &self.run {
            let output = self.command(command, sandbox, endpoint).output().expect("a program that starts");
            let failed = !output.status.success();
            said = Some(output);
            if failed {
                break;
            }
        }
        said.expect("a command")
    }

    fn command(&self, words: &[String], sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> Command {
        let (name, arguments) = words.split_first().expect("a program");
        let path = if name == "python" { python() } else { program(name) };
        let link = sandbox.tree().join("node_modules");
        if name == "node" && !link.exists() {
            symlink(node_modules(), link).expect("a link to the npm packages");
        }
        let mut command = in_tree(sandbox, &path, endpoint);
        command.args(arguments).env("PATH", path_with_aws()).env("AWS_MAX_ATTEMPTS", "1");
        for (variable, folder) in &self.paths {
            command.env(variable, Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        }
        command
    }
}

fn samples() -> Vec<(String, Sample)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let sample = toml::from_str(&fs::read_to_string(file).unwrap());
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, sample.unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    };
    files.iter().map(read).collect()
}

fn hexadecimal(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a program that has to succeed printed.
fn printed(output: &Output, name: &str) -> Vec<String> {
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Stores values with boto3 and gives their ARNs.
fn store(sandbox: &Sandbox, endpoint: &Endpoint, values: &[String]) -> Vec<String> {
    let code = "import boto3, json, uuid\n\
                client = boto3.client('secretsmanager', region_name='us-east-1')\n\
                for value in json.load(open('../values.json', encoding='utf-8')):\n\
                \x20   print(client.create_secret(Name='corpus/v-' + uuid.uuid4().hex, SecretString=value)['ARN'])";
    fs::write(sandbox.path("values.json"), serde_json::to_string(values).unwrap()).unwrap();
    let mut command = in_tree(sandbox, &python(), Some(endpoint));
    command.args(["-c", code]);
    let arns: Vec<_> = String::from_utf8(expect(0, command).stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(arns.len(), values.len());
    arns
}

/// A program with its literals, their values and what is to take their places.
struct Planned<'a> {
    sample: &'a Sample,
    text: &'a str,
    spans: &'a [Span],
    values: &'a [String],
    arns: &'a [String],
}

impl Planned<'_> {
    /// The fixes, each literal decoded to its value first.
    fn fixes(&self, languages: &Languages) -> Vec<Fix> {
        let blob = blob(&self.sample.file, self.text.as_bytes());
        let found: Vec<_> = self.spans.iter().map(|span| located(&blob, *span)).collect();
        let mut requests = Vec::new();
        for (number, site) in languages.locate(&blob, &found).into_iter().enumerate() {
            let value = &self.values[number];
            let site = site.unwrap_or_else(|error| panic!("{value:.40?}: {}", error.reason));
            let same = site.value.with_bytes(|bytes| bytes == value.as_bytes());
            assert!(same, "{}: {value:.40?} is read as something else", self.sample.file);
            let reference = SecretRef { arn: self.arns[number].clone(), key: None };
            requests.push(Request { site: site.site, entry: EntryId(number), reference });
        }
        languages.rewrite(&blob, &requests, &Surroundings::default()).unwrap()
    }

    /// Writes the migrated files with the edits that `only` picks; gives the program.
    fn write(&self, sandbox: &Sandbox, fixes: &[Fix], only: fn(&Edit) -> bool) -> String {
        let mut program = String::new();
        for fix in fixes {
            let edits: Vec<_> = fix.edits.iter().filter(|edit| only(edit)).cloned().collect();
            let before = if fix.creates { "" } else { self.text };
            let after = String::from_utf8(splice(before.as_bytes(), &edits)).unwrap();
            sandbox.file(&fix.path, &after);
            if fix.path == self.sample.file {
                program = after;
            }
        }
        program
    }
}

fn hostile_values_survive(takes: fn(&str) -> bool) {
    let languages = Languages::load().unwrap();
    let shared = Sandbox::new();
    let endpoint = Endpoint::local().open(&shared);
    let all = values();
    let stored = store(&shared, &endpoint, &all);
    for (name, sample) in samples().into_iter().filter(|(_, sample)| takes(&sample.language)) {
        let values = sample.fitting();
        let arn = |value: &String| stored[all.iter().position(|other| other == value).unwrap()].clone();
        let arns: Vec<_> = values.iter().map(arn).collect();
        let literals: Vec<_> = values.iter().map(|value| sample.literal(value)).collect();
        let (text, spans) = sample.program(&literals);
        let sandbox = Sandbox::new();
        sandbox.file(&sample.file, &text);
        let expected: Vec<_> = values.iter().map(|value| hexadecimal(value)).collect();
        let before = printed(&sample.runs(&sandbox, None), &name);
        assert!(before == expected, "{name}: the language reads its literals otherwise");

        let planned = Planned { sample: &sample, text: &text, spans: &spans, values: &values, arns: &arns };
        let after = planned.write(&sandbox, &planned.fixes(&languages), |_| true);
        let errors = |text: &str| languages.syntax_errors(&sample.file, text.as_bytes());
        assert!(errors(&after) <= errors(&text), "{name}: a new syntax error");
        assert!(!after.contains("0123456789abcdef0123"), "{name}: a value is left");
        let read = printed(&sample.runs(&sandbox, Some(&endpoint)), &name);
        for (number, (read, expected)) in read.iter().zip(&expected).enumerate() {
            assert!(read == expected, "{name}: the migrated program reads {:.40?} otherwise", values[number]);
        }
        assert_eq!(read.len(), expected.len(), "{name}");
    }
}

#[test]
fn hostile_values_come_back_in_languages_with_an_sdk() {
    hostile_values_survive(|language| language != "shell");
}

#[test]
fn hostile_values_come_back_in_shell() {
    hostile_values_survive(|language| language == "shell");
}

#[test]
fn a_nul_in_text_is_refused() {
    let languages = Languages::load().unwrap();
    let mut seen = 0;
    for (name, sample) in samples() {
        let Some(null) = &sample.null else { continue };
        let literal = format!("{}a{null}b{}", sample.open, sample.close);
        let (text, spans) = sample.program(&[literal]);
        let blob = blob(&sample.file, text.as_bytes());
        let reason = languages.locate(&blob, &[located(&blob, spans[0])]).remove(0).unwrap_err().reason;
        assert!(reason.contains("NUL"), "{name}: {reason}");
        seen += 1;
    }
    assert!(seen > 3);
}

/// What must make a migrated program fail, or print something else.
#[test]
fn a_changed_value_missing_imports_and_a_missing_endpoint_are_noticed() {
    let languages = Languages::load().unwrap();
    let shared = Sandbox::new();
    let endpoint = Endpoint::local().open(&shared);
    let value = "hunter2-orders".to_owned();
    let changed = "hunter3-orders".to_owned();
    assert_eq!((value.as_bytes()[6] ^ changed.as_bytes()[6]).count_ones(), 1);
    let arns = store(&shared, &endpoint, &[value.clone(), changed]);
    for (name, sample) in samples() {
        let (text, spans) = sample.program(&[sample.literal(&value)]);
        let run = |arn: &String, only: fn(&Edit) -> bool, endpoint: &Endpoint| {
            let sandbox = Sandbox::new();
            let (values, arns) = (std::slice::from_ref(&value), std::slice::from_ref(arn));
            let planned = Planned { sample: &sample, text: &text, spans: &spans, values, arns };
            planned.write(&sandbox, &planned.fixes(&languages), only);
            sample.runs(&sandbox, Some(endpoint))
        };
        let good = [hexadecimal(&value)];
        assert_eq!(printed(&run(&arns[0], |_| true, &endpoint), &name), good);
        assert_ne!(printed(&run(&arns[1], |_| true, &endpoint), &name), good, "{name}: one bit of the value");
        let bare = run(&arns[0], |edit| edit.removed.is_some(), &endpoint);
        assert!(!bare.status.success(), "{name}: without imports and set-up");
        let alone = run(&arns[0], |_| true, &Endpoint::gone());
        assert!(!alone.status.success(), "{name}: without an endpoint");
        assert!(!String::from_utf8_lossy(&alone.stdout).contains(&good[0]), "{name}: no value to fall back on");
    }
}

/// Every tree of the fixtures, all cases of a language side by side: migrated by the program itself, a second time
/// without any effect, and back again.
#[test]
fn every_fixture_tree_is_migrated_once_and_comes_back() {
    let languages = Languages::load().unwrap();
    let mut rewritten = 0;
    for language in languages.names() {
        let sandbox = Sandbox::new();
        for case in cases(language) {
            let name = case.file_name().unwrap().to_str().unwrap().to_owned();
            let convincing = convincing(&case);
            for (path, mut bytes) in crate::support::snapshot(&case.join("before")) {
                for needle in &convincing {
                    bytes = renewed(&bytes, needle.as_bytes());
                }
                sandbox.file(&format!("{name}/{path}"), bytes);
            }
        }
        let before = sandbox.snapshot();
        let count = migrate(&sandbox, language);
        let after = sandbox.snapshot();
        assert_eq!(migrate(&sandbox, language), 0, "{language}: the second run");
        assert!(sandbox.snapshot() == after, "{language}: the second run changes something");
        if count > 0 {
            expect(0, sandbox.arnify(["undo", "-y"]));
        }
        let back = sandbox.snapshot();
        let wrong: Vec<_> = before.iter().filter(|(path, bytes)| back.get(*path) != Some(bytes)).collect();
        assert!(wrong.is_empty() && back.len() == before.len(), "{language}: undo leaves {wrong:?}");
        eprintln!("{language}: {count} literals");
        rewritten += count;
    }
    assert!(rewritten > 100, "{rewritten}");
}

/// The case's plain values, which random ones may stand for.
fn convincing(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("case.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let needles = table["literal"].as_array().unwrap().iter().filter_map(|literal| literal["needle"].as_str());
    let plain = |needle: &&str| needle.len() >= 8 && needle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    needles.filter(plain).map(str::to_owned).collect()
}

/// Each `needle` replaced by a random value of its own, which the scanner has no doubt about.
fn renewed(bytes: &[u8], needle: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    for start in memchr::memmem::find_iter(bytes, needle) {
        out.extend_from_slice(&bytes[at..start]);
        out.extend_from_slice(random_text(24).as_bytes());
        at = start + needle.len();
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// How many literals a run rewrites.
fn migrate(sandbox: &Sandbox, language: &str) -> u64 {
    let mut command = sandbox.arnify(["apply", "--write", "-y", "--region", "us-east-1"]);
    command.args(["--min-confidence", "low", "--include-tests", "--no-ignore", "--format", "json"]);
    let output = command.output().expect("arnify");
    assert_eq!(output.status.code(), Some(0), "{language}: {}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    report["rewritten"].as_u64().unwrap()
}

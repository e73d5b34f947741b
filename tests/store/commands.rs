//! `exec`, `inject`, `verify` and `serve` as programs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use arnify::model::SecretRef;
use arnify::reference::insert::{self, TextFormat};

use super::place::{self, Vault};
use super::runs::{plan, values};

/// A home with a vault that holds some secrets, and their ARNs.
struct Home {
    vault: Vault,
    arns: Vec<String>,
}

fn home(texts: &[&str]) -> Home {
    let vault = place::vault();
    let names: Vec<String> = (0..texts.len()).map(|n| format!("app/{n}")).collect();
    let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = arnify::store::run(plan, &values(texts), &vault.settings, &[].into(), &mut |_| Ok(())).unwrap();
    let arns = run.stored.iter().map(|(_, stored)| stored.receipt().arn.clone()).collect();
    Home { vault, arns }
}

impl Home {
    fn reference(&self, at: usize, key: Option<&str>) -> String {
        SecretRef { arn: self.arns[at].clone(), key: key.map(str::to_owned) }.dynamic_reference()
    }

    fn path(&self) -> &Path {
        self.vault.folder.path()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_arnify"));
        place::scrub(&mut command, self.path()).args(args).current_dir(self.path());
        command.env("ARNIFY_HOME", self.vault.settings.vault.parent().unwrap());
        command
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn exec_resolves_the_environment_and_env_files() {
    let home = home(&["p\u{e4}ss $w'\n", r#"{"user":"u","port":5432}"#]);
    let file = home.write(
        ".env",
        &format!(
            "A='{}'\nB=\"pg://{}:{}\"\nC=file\n",
            home.reference(0, None),
            home.reference(1, Some("user")),
            home.reference(1, Some("port"))
        ),
    );
    let mut command = home.command(&[
        "exec",
        "--env-file",
        &file,
        "--",
        "sh",
        "-c",
        "printf '%s|%s|%s|%s|%s' \"$A\" \"$B\" \"$C\" \"$D\" \"$E\"; exit 7",
    ]);
    command.env("C", "process").env("D", &home.arns[0]).env("E", format!("{}#port", home.arns[1]));
    let output = command.output().unwrap();
    assert_eq!(out(&output), "p\u{e4}ss $w'\n|pg://u:5432|process|p\u{e4}ss $w'\n|5432", "{}", err(&output));
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn exec_starts_nothing_when_a_reference_fails() {
    let home = home(&["hunter2-value"]);
    let absent = home.arns[0].replace("app/0", "app/absent");
    for (value, what) in [
        (format!("{{{{resolve:secretsmanager:{absent}}}}}"), absent.as_str()),
        (home.reference(0, Some("key")), "the secret is not a JSON object"),
        ("{{resolve:secretsmanager:".into(), "no closing"),
    ] {
        let marker = home.path().join("started");
        let script = format!("touch {}", marker.display());
        let output = home.command(&["exec", "--", "sh", "-c", &script]).env("DB_PASSWORD", &value).output().unwrap();
        assert_eq!(output.status.code(), Some(4));
        assert!(err(&output).contains("DB_PASSWORD") && err(&output).contains(what), "{}", err(&output));
        assert!(!err(&output).contains("hunter2") && !marker.exists());
    }
    let mut command = home.command(&["exec", "--store", "aws", "--", "true"]);
    place::sign_in(&mut command).env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9");
    let output = command.env("DB_PASSWORD", &home.arns[0]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said = err(&output);
    assert!(said.contains("DB_PASSWORD") && said.contains("can't reach 127.0.0.1:9: connection refused"), "{said}");
    let missing = home.command(&["exec", "--", "no-such-program-here"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(127));
}

#[test]
fn inject_writes_values_that_each_format_reads_back() {
    let value = "it's \"\\\u{e4}$x: # y\nline 2";
    let home = home(&[value]);
    let reference = home.reference(0, None);
    let template = format!(
        "# {reference}\nplain: {reference}\nsingle: '{reference}'\ndouble: \"a{reference}b\"\nlist: [{reference}]\nblock: |-\n  k\n  {reference}\n"
    );
    let input = home.write("config.yaml", &template);
    let target = home.path().join("out.yaml");
    let output = home.command(&["inject", "-i", &input, "-o", target.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))";
    let read = Command::new(place::python()).args(["-c", script]).arg(&target).output().unwrap();
    let read: serde_json::Value = serde_json::from_str(&out(&read)).unwrap_or_else(|_| panic!("{}", err(&read)));
    for key in ["plain", "single"] {
        assert_eq!(read[key], value, "{key}");
    }
    assert_eq!(read["double"], format!("a{value}b"));
    assert_eq!(read["list"][0], value);
    assert_eq!(read["block"], format!("k\n{value}"));
    assert!(std::fs::read_to_string(&target).unwrap().starts_with(&format!("# {reference}\n")), "comments stay");

    let mut command = home.command(&["inject"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    write!(child.stdin.take().unwrap(), "{{\"a\": \"{reference}\"}}").unwrap();
    let read: serde_json::Value = serde_json::from_str(&out(&child.wait_with_output().unwrap())).unwrap();
    assert_eq!(read["a"], value);

    let input = home.write("app.env", &format!("A=x{reference}\n"));
    let refused = home.command(&["inject", "-i", &input]).output().unwrap();
    assert_eq!((refused.status.code(), out(&refused)), (Some(2), String::new()));
    assert!(err(&refused).contains("app.env:1") && !err(&refused).contains("line 2"), "{}", err(&refused));
}

/// Fixed text round a reference that readers of YAML could take for something else than text.
const BEFORE: &[&str] = &[
    "",
    "P=",
    "--db-password=",
    "redis-server --requirepass ",
    "Authorization=Bearer ",
    "pg://u:",
    "1",
    "0x",
    "0o",
    "1e",
    ".",
    "-",
    "+",
    "2001-",
    "2001-12-14t21:59:43.",
    "1:",
    "190:20:",
    "~",
    "y",
    "n",
    "tru",
    "nul",
    "<<",
    "=",
    "?x",
    "say \"hi\" c:\\ ",
    "it's ",
    "\u{e4} ",
    "a\n      ",
    "a\n\n      b ",
];
const AFTER: &[&str] = &["", " app", "/x", ":30", "=", "%", "_000", "-01-01", ".5", "#c", "'", "\"\\", "\n      more"];
const VALUES: &[&str] = &[
    "x",
    "",
    "1",
    "30",
    "ff",
    "true",
    "ull",
    "-",
    "---",
    "%",
    "@",
    "&a",
    "*a",
    "!t",
    "=",
    ",]}",
    "a: b",
    "a #b",
    "#",
    ":",
    " lead",
    "trail ",
    "l1\nl2\n",
    "\t\u{85}\u{2028}\u{0}",
    "it's \"\\",
    "{{resolve:secretsmanager:x}}",
];

/// A text as YAML folds it.
fn folded(text: &str) -> String {
    text.replace("\n\n      ", "\0").replace("\n      ", " ").replace('\0', "\n")
}

#[test]
fn a_scalar_without_quotes_stays_text_whatever_the_value_is() {
    use proptest::strategy::{Strategy as _, ValueTree as _};

    let mut runner = proptest::test_runner::TestRunner::default();
    let any = proptest::collection::vec(proptest::char::any(), 0..9).prop_map(String::from_iter);
    let mut draw = || any.new_tree(&mut runner).unwrap().current();
    let values: Vec<String> = VALUES.iter().map(|value| (*value).to_owned()).chain((0..40).map(|_| draw())).collect();
    let reference = "{{resolve:secretsmanager:a-name}}";
    let (mut texts, mut wanted) = (Vec::new(), Vec::new());
    for (before, after) in BEFORE.iter().flat_map(|before| AFTER.iter().map(move |after| (before, after))) {
        for value in &values {
            let scalar = format!("{before}{reference}{after}");
            let text = format!("k:\n  - {scalar}\n  - m: {scalar} # {reference}\nl: 1\n");
            let (_, slots) =
                insert::slots(text.as_bytes(), TextFormat::Yaml).unwrap_or_else(|why| panic!("{text}: {why:?}"));
            let filled = insert::fill(text.as_bytes(), &slots, &vec![value.as_bytes(); slots.len()]);
            let breaks = before.ends_with("\n      ") || after.starts_with('\n');
            match filled {
                Ok(filled) => texts.push(String::from_utf8(filled.to_vec()).unwrap()),
                Err(why) => {
                    assert!(breaks && value.is_empty(), "{text}: {why:?}");
                    continue;
                }
            }
            let scalar = format!("{}{value}{}", folded(before), folded(after));
            wanted.push(serde_json::json!({"k": [scalar, {"m": scalar}], "l": 1}));
        }
    }
    let home = home(&[]);
    let input = home.write("texts.json", &serde_json::to_string(&texts).unwrap());
    let script = "import json, sys, yaml; load = lambda text: yaml.load(text, getattr(yaml, 'CSafeLoader', yaml.SafeLoader)); \
                  print(json.dumps([load(text) for text in json.load(open(sys.argv[1], encoding='utf-8'))]))";
    let read = Command::new(place::python()).args(["-c", script, &input]).output().unwrap();
    let read: Vec<serde_json::Value> = serde_json::from_str(&out(&read)).unwrap_or_else(|_| panic!("{}", err(&read)));
    assert_eq!(read.len(), wanted.len());
    for ((read, wanted), text) in read.iter().zip(&wanted).zip(&texts) {
        assert_eq!(read, wanted, "{text}");
    }
}

#[test]
fn inject_and_exec_read_utf16_and_inject_writes_it() {
    let home = home(&["it's \u{e4}"]);
    let reference = home.reference(0, None);
    let ways: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for (mark, to) in ["\u{feff}", ""].iter().flat_map(|mark| ways.map(|to| (mark, to))) {
        let wide = |text: &str| -> Vec<u8> { format!("{mark}{text}").encode_utf16().flat_map(to).collect() };
        for (name, before, after, filled) in [
            ("a.json", "{\"db\": \"", "\"}\r\n", "it's \u{e4}"),
            ("a.yaml", "a: '", "'\n", "it''s \u{e4}"),
            ("a.properties", "db.password=", "\n", "it's \\u00e4"),
            ("a.env", "export DB_PASSWORD=", "\n", "\"it's \u{e4}\""),
        ] {
            let filled =
                if name == "a.yaml" { "a: \"it's \u{e4}\"\n".into() } else { format!("{before}{filled}{after}") };
            let path = home.path().join(name);
            std::fs::write(&path, wide(&format!("{before}{reference}{after}"))).unwrap();
            let output = home.command(&["inject", "-i", name]).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
            assert_eq!(output.stdout, wide(&filled), "{name}");
        }
        let print = ["exec", "--env-file", "a.env", "--", "sh", "-c", "printf %s \"$DB_PASSWORD\""];
        let output = home.command(&print).output().unwrap();
        assert_eq!(out(&output), "it's \u{e4}", "{}", err(&output));
    }
    let cut = format!("\u{feff}A={reference}\n").encode_utf16().flat_map(u16::to_le_bytes).chain([b'x']).collect();
    let mixed =
        [b"# a note\n".repeat(99), format!("A={reference}\n").encode_utf16().flat_map(u16::to_le_bytes).collect()];
    for raw in [cut, mixed.concat()] {
        std::fs::write(home.path().join("a.env"), raw).unwrap();
        for command in [["inject", "-i", "a.env"].as_slice(), &["exec", "--env-file", "a.env", "--", "true"]] {
            let output = home.command(command).output().unwrap();
            assert_eq!((output.status.code(), out(&output)), (Some(2), String::new()));
            assert!(err(&output).contains("a.env") && err(&output).contains("UTF-16"), "{}", err(&output));
        }
    }
}

#[test]
fn verify_reports_each_reference() {
    let home = home(&[r#"{"password":"hunter2"}"#]);
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    let fine = format!("get_secret(\"{}\")\nx: {}\n", home.arns[0], home.reference(0, Some("password")));
    std::fs::write(tree.join("fine.py"), &fine).unwrap();
    let verify = |args: &[&str]| home.command(&[&["verify", tree.to_str().unwrap()], args].concat()).output().unwrap();
    let output = verify(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("2 references in 1 file: 2 resolve, 0 don't"), "{}", out(&output));

    std::fs::write(tree.join("bad.py"), home.reference(0, Some("absent"))).unwrap();
    let output = verify(&["--format", "jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<serde_json::Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let bad: Vec<_> = lines.iter().filter(|line| line["resolves"] == false).collect();
    assert_eq!((lines.len(), bad.len()), (3, 1));
    assert_eq!((&bad[0]["key"], &bad[0]["error"]), (&"absent".into(), &"the secret has no key absent".into()));
    assert!(!out(&output).contains("hunter2"));

    std::fs::write(home.vault.settings.vault.clone(), "damaged").unwrap();
    assert_eq!(verify(&[]).status.code(), Some(4));
}

#[test]
fn serve_announces_its_port_logs_no_value_and_ends_cleanly() {
    let home = home(&["hunter2-value"]);
    for signal in ["INT", "TERM"] {
        let mut command = home.command(&["serve", "-v"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().strip_prefix("listening on ").expect("the first line").to_owned();
        let session = arnify::store::Session::connect(&place::aws_settings(), &place::target(&endpoint)).unwrap();
        let reference =
            arnify::reference::Reference { id: home.arns[0].clone(), key: None, stage: None, version: None };
        let got = session.resolve(&[reference]).unwrap().remove(0).unwrap();
        assert!(got.with_bytes(|bytes| bytes == b"hunter2-value"));
        drop(session);
        let kill = format!("kill -{signal} \"$0\"");
        assert!(Command::new("sh").args(["-c", &kill, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{signal}: {}", err(&output));
        assert!(err(&output).contains("export AWS_ENDPOINT_URL_SECRETS_MANAGER=http://127.0.0.1:"), "{}", err(&output));
        assert!(
            err(&output).contains(&format!("GetSecretValue {} 200", home.arns[0])) && !err(&output).contains("hunter2")
        );
    }
}

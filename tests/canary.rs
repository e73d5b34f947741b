//! The canary: a random value is planted, every command is run in every format at the highest verbosity, each
//! failure is provoked, and the value (raw, base64, hex, URL-encoded) may stand nowhere but in the store, in the
//! untouched source and in an exact patch that was asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;

use crate::support::{Sandbox, python, random_text, snapshot};

/// A value with characters that URL encoding changes, so that its encoded forms are forms of their own.
struct Canary {
    value: String,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    fn new() -> Self {
        let value = format!("{}/+{}", random_text(14), random_text(13));
        let mut forms = vec![("raw", value.clone().into_bytes())];
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.push(("upper-case hex", hex.to_uppercase().into_bytes()));
        forms.push(("hex", hex.into_bytes()));
        let encoded: String = value.replace('/', "%2F").replace('+', "%2B");
        forms.push(("URL-encoded", encoded.to_lowercase().into_bytes()));
        forms.push(("URL-encoded", encoded.into_bytes()));
        for shift in 0..3 {
            // The middle of the base64 text at each of the three alignments, so that neighbours don't matter.
            let padded = [vec![0; shift], value.clone().into_bytes()].concat();
            let text = base64::engine::general_purpose::STANDARD.encode(padded);
            let middle = text.get(4..text.len() - 4).expect("a long value");
            forms.push(("base64", middle.as_bytes().to_vec()));
        }
        Self { value, forms }
    }

    fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.forms.iter().find(|(_, form)| memchr::memmem::find(bytes, form).is_some()).map(|(name, _)| *name)
    }

    fn plant(&self, sandbox: &Sandbox) {
        let value = &self.value;
        sandbox.file(
            "shop/settings.py",
            format!(
                "DB_HOST = 'db'\nDB_USER = 'app'\nDB_PASSWORD = \"{value}\"\nprint(1)  # DB_PASSWORD = \"{value}\"\n"
            ),
        );
        sandbox.file(
            "lib/config.js",
            format!("const apiSecret = '{value}';\nmodule.exports = {{ apiSecret, f: `x${{1}}{value}` }};\n"),
        );
        sandbox.file(
            ".env",
            format!("SMTP_PASSWORD={value}\nQUEUE_URL=amqp://app:{}@queue/x\n", value.replace('/', "%2F")),
        );
        sandbox.file("config.yaml", format!("db:\n  password: \"{value}\"\n"));
        sandbox.file("config.json", format!("{{\"db\": {{\"password\": \"{value}\"}}}}\n"));
        sandbox.file("app.properties", format!("db.password={value}\n"));
        sandbox.file("other.rb", format!("password = '{value}'\n"));
        let mut archive = tar::Builder::new(Vec::new());
        for name in ["conf/app.properties", "../up.py"] {
            let text = format!("password = '{value}'\n");
            let mut header = tar::Header::new_old();
            header.set_size(text.len() as u64);
            let place = header.as_old_mut().name.get_mut(..name.len()).expect("a short name");
            place.copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, text.as_bytes()).expect("an archive");
        }
        sandbox.file("app.tar", archive.into_inner().expect("an archive"));
        sandbox.file("requirements.txt", "urllib3\n");
    }
}

/// Runs a command, whatever its exit code, and checks what it said. A panic is a failure too.
fn run(canary: &Canary, mut command: Command) -> i32 {
    let output = command.output().expect("arnify");
    for (stream, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        if let Some(form) = canary.found_in(bytes) {
            // The text itself is not printed: it holds the value.
            panic!("{form} value on {stream} of {command:?}");
        }
    }
    assert_ne!(output.status.code(), Some(70), "{command:?} hit a bug: {}", String::from_utf8_lossy(&output.stderr));
    output.status.code().unwrap_or(-1)
}

/// Checks every file below `root` but those that may hold the value.
fn check_files(canary: &Canary, root: &Path, allowed: &[PathBuf]) {
    for (path, bytes) in snapshot(root) {
        if allowed.iter().any(|file| root.join(&path) == *file) {
            continue;
        }
        if let Some(form) = canary.found_in(&bytes) {
            panic!("{form} value in {path}");
        }
    }
}

const FORMATS: [&str; 4] = ["human", "json", "jsonl", "sarif"];

#[test]
fn no_report_in_any_format_holds_a_value() {
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    canary.plant(&sandbox);
    let mut ran = 0;
    for format in FORMATS {
        for verb in [
            vec!["scan"],
            vec!["scan", "--min-confidence", "low"],
            vec!["scan", "--explain"],
            vec!["check"],
            vec!["plan"],
            vec!["plan", "--include-tests"],
            vec!["verify"],
            vec!["baseline", "create", "--force"],
            vec!["baseline", "update"],
            vec!["baseline", "audit"],
            vec!["check"],
            vec!["baseline", "prune"],
            vec!["rules", "list"],
            vec!["apply"],
            vec!["apply", "--only", "safe"],
            vec!["undo", "-y"],
            vec!["resume", "-y"],
        ] {
            let mut command = sandbox.arnify(verb);
            command
                .args(["-vv", "--color", "always", "--format", format])
                .env("RUST_BACKTRACE", "full")
                .env("RUST_LOG", "trace");
            run(&canary, command);
            ran += 1;
        }
        let report = sandbox.path(&format!("report.{format}"));
        run(
            &canary,
            sandbox.arnify(["scan".as_ref(), "--format".as_ref(), format.as_ref(), "-o".as_ref(), report.as_os_str()]),
        );
        assert!(report.exists(), "{format}: no report was written");
        check_files(&canary, &sandbox.home(), &[]);
    }
    assert_eq!(ran, FORMATS.len() * 17);
    for (name, bytes) in snapshot(&sandbox.path("")).iter().filter(|(name, _)| name.starts_with("report.")) {
        assert!(canary.found_in(bytes).is_none(), "{name} holds the value");
    }
    check_files(&canary, &sandbox.tree().join(".arnify"), &[]);
}

#[test]
fn a_whole_migration_leaves_the_value_in_the_store_and_the_patch_alone() {
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    canary.plant(&sandbox);
    let patch = sandbox.path("exact.patch");
    let with_patch = sandbox.arnify(["apply".as_ref(), "-vv".as_ref(), "--patch".as_ref(), patch.as_os_str()]);
    assert_eq!(run(&canary, with_patch), 0);
    assert!(canary.found_in(&fs::read(&patch).expect("the patch")).is_some(), "an exact patch holds the old value");
    assert_eq!(run(&canary, sandbox.arnify(["apply", "--write", "-y", "-vv", "--color", "always"])), 0);
    assert_eq!(run(&canary, sandbox.arnify(["verify", "-vv"])), 0);
    check_files(&canary, &sandbox.home(), &[]);
    // What can't be rewritten stays where it was: a comment, a template string, a language without rewrites, an archive,
    // a part that is percent-encoded may or may not.
    let untouched =
        ["shop/settings.py", "lib/config.js", "other.rb", ".env", "app.tar"].map(|path| sandbox.tree().join(path));
    check_files(&canary, &sandbox.tree(), &untouched);
    assert_eq!(run(&canary, sandbox.arnify(["undo", "-y", "-vv"])), 0);
    assert_eq!(run(&canary, sandbox.arnify(["undo", "-vv"])), 2, "there is nothing left to undo");
    check_files(&canary, &sandbox.home(), &[]);
}

#[test]
fn no_failure_tells_the_value() {
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    canary.plant(&sandbox);
    let apply = |more: &[&str]| {
        let mut command = sandbox.arnify(["apply", "-y", "-vv", "--write"]);
        command.args(more).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
        command
    };
    assert_eq!(run(&canary, apply(&["--name-template", "a b"])), 2, "a bad name");
    assert_eq!(run(&canary, apply(&["--tag", "aws:x=y"])), 2, "a bad tag");
    let mut unreachable = apply(&["--store", "aws", "--region", "us-east-1"]);
    unreachable
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing");
    assert_eq!(run(&canary, unreachable), 4, "no store there");
    assert_eq!(run(&canary, apply(&["--store", "aws", "--region", "us-east-1"])), 4, "no credentials");
    assert_eq!(run(&canary, apply(&["--patch", "/nowhere/at/all.patch"])), 2, "a patch that can't be written");

    assert_eq!(run(&canary, apply(&[])), 0);
    let vault = sandbox.home().join("arnify/vault.age");
    let good = fs::read(&vault).expect("the vault");
    fs::write(&vault, b"damaged").expect("the vault");
    for verb in [
        vec!["undo", "-y", "-vv"],
        vec!["verify", "-vv"],
        vec!["exec", "--env-file", ".env", "--", "true"],
        vec!["inject", "-i", "config.yaml"],
    ] {
        assert_eq!(run(&canary, sandbox.arnify(&verb)), 4, "{verb:?} on a damaged vault");
    }
    fs::write(&vault, good).expect("the vault");
    sandbox.file("config.yaml", "db:\n  password: changed by hand\n");
    assert_eq!(run(&canary, sandbox.arnify(["undo", "-y", "-vv"])), 6, "a changed file");
    check_files(&canary, &sandbox.home(), &[]);
}

#[test]
fn a_value_that_differs_from_the_stored_one_is_refused_without_telling_either() {
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    sandbox.file("settings.py", format!("API_PASSWORD = \"{}\"\n", random_text(20)));
    assert_eq!(run(&canary, sandbox.arnify(["apply", "-y", "-vv"])), 0);
    sandbox.file("settings.py", format!("API_PASSWORD = \"{}\"\n", canary.value));
    assert_eq!(run(&canary, sandbox.arnify(["apply", "-y", "-vv", "--write"])), 4);
    assert!(sandbox.read("settings.py").contains(&canary.value), "nothing may be changed");
    assert_eq!(run(&canary, sandbox.arnify(["apply", "-y", "-vv", "--write", "--update-existing"])), 0);
    check_files(&canary, &sandbox.home(), &[]);
}

#[test]
fn the_vault_server_logs_no_value() {
    use crate::support::endpoint::Endpoint;
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    let endpoint = Endpoint::local().open(&sandbox);
    let mut client = sandbox.clean(python());
    client.args(["-c", "import sys, boto3\nc = boto3.client('secretsmanager', region_name='us-east-1')\n\
        c.create_secret(Name='a', SecretString=sys.stdin.read())\nassert c.get_secret_value(SecretId='a')\n\
        try: c.create_secret(Name='a', SecretString='other')\nexcept c.exceptions.ResourceExistsException: print('conflict')\n"]);
    endpoint.environment(&mut client);
    let input = sandbox.path("input");
    fs::write(&input, &canary.value).expect("the input");
    client.stdin(fs::File::open(&input).expect("the input"));
    assert_eq!(run(&canary, client), 0);
    check_files(&canary, &sandbox.home(), &[]);
}

#[test]
fn a_diff_masks_a_value_that_was_not_certain_enough_to_be_stored() {
    let sandbox = Sandbox::new();
    // How certain the judge is depends on the letters that were drawn.
    let uncertain = |canary: &Canary| {
        sandbox.file("app.py", format!("token_name = \"{}\"\nDB_PASSWORD = \"{}\"\n", canary.value, random_text(24)));
        let lowest = sandbox.arnify(["scan", "--min-confidence", "low", "--format", "jsonl"]).output().expect("arnify");
        let usual = sandbox.arnify(["scan", "--format", "jsonl"]).output().expect("arnify");
        let lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count();
        lines(&lowest.stdout) > lines(&usual.stdout)
    };
    let canary = std::iter::repeat_with(Canary::new).take(30).find(uncertain);
    let canary = canary.expect("the sample no longer holds a value below the threshold");
    for arguments in [&["apply"][..], &["apply", "-vv"], &["apply", "--write", "-y", "-vv"]] {
        assert_eq!(run(&canary, sandbox.arnify(arguments)), 0);
    }
}

/// Reports hold the value in plain text: as a value, as SARIF's snippet, broken off, and about files that are gone.
#[test]
fn no_report_of_another_tool_is_echoed() {
    let canary = Canary::new();
    let sandbox = Sandbox::new();
    canary.plant(&sandbox);
    let value = &canary.value;
    sandbox
        .file("seen.py", format!("quux = \"{value}\"\nDB_PASSWORD = \"{}\"\nother = \"{value}\"\n", random_text(24)));
    let gitleaks = |path: &str, line: usize| serde_json::json!({"RuleID": "r", "StartLine": line, "EndLine": line, "Match": value, "Secret": value, "File": path});
    let sarif = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "leaks"}}, "results": [
        {"ruleId": "r", "message": {"text": value}, "locations": [{"physicalLocation": {"artifactLocation":
        {"uri": "seen.py"}, "region": {"startLine": 1, "snippet": {"text": format!("quux = \"{value}\"")}}}}]}]}]});
    let found = serde_json::json!([gitleaks("seen.py", 1), gitleaks("none.py", 1), gitleaks("requirements.txt", 1)]);
    let mut ran = 0;
    for (name, text) in [
        ("found.json", found.to_string()),
        ("one.json", serde_json::json!([gitleaks("seen.py", 1)]).to_string()),
        ("found.sarif", sarif.to_string()),
        ("broken.json", found.to_string().split_at(60).0.to_owned()),
        ("odd.json", format!("[{{\"RuleID\": \"r\", \"File\": [\"{value}\"], \"Secret\": {{\"{value}\": 1}}}}]")),
        ("plain.txt", format!("secret: {value}\n")),
    ] {
        let report = sandbox.path(name);
        fs::write(&report, text).expect("the report");
        for format in ["human", "json"] {
            for verb in [&["plan"][..], &["apply"], &["apply", "--write", "-y"], &["undo", "-y"]] {
                let mut command = sandbox.arnify(verb);
                command.args(["-vv", "--format", format]).env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
                if verb != ["undo", "-y"] {
                    command.arg("--findings").arg(&report);
                }
                run(&canary, command);
                ran += 1;
            }
        }
    }
    assert_eq!(ran, 48);
    check_files(&canary, &sandbox.home(), &[]);
}

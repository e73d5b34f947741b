//! `--findings`: what other tools found is found again, stored and rewritten as own findings are; what can't be is
//! said.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Sandbox, expect, output, random_text};

/// One finding in gitleaks' form.
fn gitleaks(rule: &str, path: &str, line: usize, secret: &str) -> Value {
    json!({
        "RuleID": rule, "Description": "d", "StartLine": line, "EndLine": line, "StartColumn": 2, "EndColumn": 9,
        "Match": secret, "Secret": secret, "File": path, "SymlinkFile": "", "Commit": "", "Entropy": 3.5, "Author": "",
        "Email": "", "Date": "", "Message": "", "Tags": [], "Fingerprint": format!("{path}:{rule}:{line}"),
    })
}

fn report(sandbox: &Sandbox, findings: &[Value]) -> std::path::PathBuf {
    let file = sandbox.path("report.json");
    fs::write(&file, serde_json::to_vec(&findings).expect("JSON")).expect("the report");
    file
}

fn plan(sandbox: &Sandbox, code: i32, findings: &[Value]) -> Value {
    let mut command = sandbox.arnify(["plan", "--format", "json", "--findings"]);
    command.arg(report(sandbox, findings));
    serde_json::from_slice(&expect(code, command).stdout).expect("JSON")
}

fn reasons(plan: &Value) -> Vec<String> {
    let left = plan["imported"]["left"].as_array().expect("a list");
    left.iter().map(|left| format!("{}: {}", left["path"].as_str().expect("a path"), left["reason"])).collect()
}

#[test]
fn a_value_that_no_rule_sees_is_stored_rewritten_verified_and_undone() {
    let sandbox = Sandbox::new();
    let (value, other) = (random_text(20), random_text(20));
    sandbox.file("app.py", format!("quux = '{value}'\nprint(quux)\nDB_PASSWORD = '{other}'\n"));
    sandbox.file("requirements.txt", "urllib3\n");
    let before = sandbox.snapshot();
    let scan = output(sandbox.arnify(["scan", "--format", "jsonl", "--exclude", "app.py"]));
    assert_eq!(scan, "");
    let found = [gitleaks("acme-token", "app.py", 1, &value)];
    let planned = plan(&sandbox, 0, &found);
    assert_eq!(planned["imported"]["taken"], 1);
    assert_eq!(planned["plan"]["entries"].as_array().expect("entries").len(), 1, "the other finding takes no part");
    let place = &planned["plan"]["entries"][0]["places"][0];
    assert_eq!((&place["rule"], &place["kind"]), (&json!("gitleaks:acme-token"), &json!("token")));
    let mut apply = sandbox.arnify(["apply", "--write", "-y", "--findings"]);
    apply.arg(report(&sandbox, &found));
    let told = expect(0, apply);
    assert!(String::from_utf8_lossy(&told.stderr).contains("1 credential found again"));
    let text = sandbox.read("app.py");
    assert!(!text.contains(&value) && text.contains(&other) && text.contains("arn:aws:secretsmanager"), "rewritten");
    expect(0, sandbox.arnify(["verify"]));
    let again = plan(&sandbox, 0, &found);
    assert!(reasons(&again)[0].contains("doesn't stand in the file any more"), "{again}");
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn a_run_that_was_interrupted_finds_the_value_again_without_the_report() {
    for step in 2..40 {
        let sandbox = Sandbox::new();
        let value = random_text(20);
        sandbox.file("app.py", format!("# shop\nquux = '{value}'\nprint(quux)\n"));
        sandbox.file("requirements.txt", "urllib3\n");
        let before = sandbox.snapshot();
        let mut apply = sandbox.arnify(["apply", "--write", "-y", "--findings"]);
        apply.arg(report(&sandbox, &[gitleaks("acme-token", "app.py", 2, &value)]));
        apply.env("ARNIFY_CRASH_AFTER", step.to_string());
        if apply.output().expect("arnify").status.code() == Some(0) {
            assert!(step > 6, "only {step} steps: the run was not interrupted at all");
            return;
        }
        fs::remove_file(sandbox.path("report.json")).expect("the report");
        expect(0, sandbox.arnify(["resume", "-y"]));
        assert!(!sandbox.read("app.py").contains(&value), "step {step}");
        expect(0, sandbox.arnify(["undo", "-y"]));
        assert_eq!(sandbox.snapshot(), before, "step {step}");
    }
    panic!("40 steps and no end");
}

#[test]
fn each_finding_that_cannot_be_taken_is_named_with_its_reason() {
    let sandbox = Sandbox::new();
    let value = random_text(20);
    sandbox.file("a b.py", format!("quux = '{value}'\nx = '${{{}}}'\n", "FROM_ELSEWHERE"));
    sandbox.file("marked.py", format!("quux = '{value}'  # gitleaks:allow\n"));
    fs::write(sandbox.path("outside.py"), format!("quux = '{value}'\n")).expect("a file outside");
    let outside = sandbox.path("outside.py").display().to_string();
    let findings = [
        gitleaks("r", "a b.py", 1, &random_text(20)),
        gitleaks("r", "a b.py", 2, "${FROM_ELSEWHERE}"),
        gitleaks("r", "marked.py", 1, &value),
        gitleaks("r", "gone.py", 1, &value),
        gitleaks("r", &outside, 1, &value),
        gitleaks("r", "https://example.com/x.py", 1, &value),
        gitleaks("r", "a b.py", 1, "REDACTED"),
    ];
    let planned = plan(&sandbox, 3, &findings);
    assert_eq!((&planned["imported"]["reported"], &planned["imported"]["taken"]), (&json!(7), &json!(0)));
    let said = reasons(&planned).join("\n");
    for reason in [
        "a b.py: \"the value that gitleaks reported doesn't stand in the file any more",
        "a b.py: \"it is a reference",
        "a b.py: \"the report tells no value for it",
        "marked.py: \"a marker in the file",
        "gone.py: \"there is no such file",
        "outside.py: \"its file lies outside the tree",
        "x.py: \"its file is not on this machine",
    ] {
        assert!(said.contains(reason), "{reason}\n{said}");
    }
    let settled = plan(&sandbox, 0, &findings[..3]);
    assert_eq!(reasons(&settled).len(), 3, "what is settled leaves the run complete");
    let mut person = sandbox.arnify(["plan", "--findings"]);
    person.arg(report(&sandbox, &findings));
    let told = String::from_utf8(expect(3, person).stderr).expect("UTF-8");
    assert!(told.contains("gone.py:1 gitleaks:r was left: there is no such file"), "{told}");
}

#[test]
fn paths_are_found_however_a_tool_writes_them() {
    let sandbox = Sandbox::new();
    let value = random_text(20);
    let file = sandbox.file("sub dir/app.py", format!("quux = '{value}'\n"));
    let absolute = file.display().to_string();
    let uri = format!("file://{}", absolute.replace(' ', "%20"));
    let sarif = |uri: &str| {
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Sec"}}, "results": [{"ruleId": "secret",
            "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri},
            "region": {"startLine": 1, "startColumn": 8, "endColumn": 30}}}]}]}]})
    };
    let plain = ["sub dir/app.py", "./sub dir/app.py", "sub dir\\app.py", &absolute];
    let reports = plain.map(|path| json!([gitleaks("r", path, 1, &value)]));
    let reports = reports.into_iter().chain(["sub%20dir/app.py", &uri].map(sarif));
    for report in reports {
        fs::write(sandbox.path("report.json"), report.to_string()).expect("the report");
        let mut command = sandbox.arnify(["plan", "--format", "json", "--findings"]);
        command.arg(sandbox.path("report.json"));
        let planned: Value = serde_json::from_slice(&expect(0, command).stdout).expect("JSON");
        assert_eq!(planned["imported"]["taken"], 1, "{report}");
    }
    // a tool that was started in a folder tells paths from there
    let base = json!([gitleaks("r", "app.py", 1, &value)]).to_string();
    fs::write(sandbox.path("report.json"), base).expect("the report");
    let mut command = sandbox.arnify(["plan", "--format", "json", "sub dir", "--findings"]);
    command.arg(sandbox.path("report.json"));
    let planned: Value = serde_json::from_slice(&expect(0, command).stdout).expect("JSON");
    assert_eq!(planned["imported"]["taken"], 1);
}

#[test]
fn several_reports_are_one_list_and_one_may_come_from_standard_input() {
    let sandbox = Sandbox::new();
    let (one, two) = (random_text(20), random_text(20));
    sandbox.file("app.py", format!("quux = '{one}'\nquuz = '{two}'\n"));
    let line = json!({"SourceMetadata": {"Data": {"Filesystem": {"file": "app.py", "line": 2}}},
        "DetectorName": "Acme", "DecoderName": "PLAIN", "Raw": two, "RawV2": ""});
    let both = [gitleaks("r", "app.py", 1, &one), gitleaks("r", "app.py", 2, &two)];
    let input = sandbox.path("input.jsonl");
    fs::write(&input, format!("{line}\n")).expect("the input");
    let mut command = sandbox.arnify(["plan", "--format", "json", "--findings", "-", "--findings"]);
    command.arg(report(&sandbox, &both)).stdin(Stdio::from(fs::File::open(&input).expect("the input")));
    let planned: Value = serde_json::from_slice(&expect(0, command).stdout).expect("JSON");
    assert_eq!((&planned["imported"]["reported"], &planned["imported"]["taken"]), (&json!(3), &json!(2)));
}

#[test]
fn a_report_of_no_known_form_is_refused_before_anything_is_done() {
    let sandbox = Sandbox::new();
    sandbox.file("app.py", "x = 1\n");
    for (text, code, said) in [
        ("{\"a\": 1}", 2, "finding 1: it has the form of none of the tools"),
        ("[{\"RuleID\"", 2, "line 1, column 10: the text ends in the middle"),
        ("", 3, "the report is empty"),
    ] {
        fs::write(sandbox.path("report.json"), text).expect("the report");
        for verb in ["plan", "apply"] {
            let mut command = sandbox.arnify([verb, "--findings"]);
            command.arg(sandbox.path("report.json"));
            let told = String::from_utf8(expect(code, command).stderr).expect("UTF-8");
            assert!(told.contains(said) && told.contains("hint:"), "{told}");
        }
    }
    expect(2, sandbox.arnify(["plan", "--findings", "nowhere.json"]));
}

#[test]
fn own_reports_come_back_in_every_format() {
    let sandbox = Sandbox::new();
    sandbox.file("app.py", format!("DB_PASSWORD = '{}aB3!'\n", random_text(16)));
    for format in ["json", "jsonl", "sarif"] {
        let file = sandbox.path("own");
        fs::write(&file, expect(1, sandbox.arnify(["scan", "--format", format])).stdout).expect("the report");
        let mut command = sandbox.arnify(["plan", "--format", "json", "--findings"]);
        command.arg(&file);
        let planned: Value = serde_json::from_slice(&expect(0, command).stdout).expect("JSON");
        assert_eq!(planned["imported"]["taken"], 1, "{format}");
        assert_eq!(planned["plan"]["entries"][0]["places"][0]["rule"], "generic-password", "{format}");
    }
}

//! Rule files of other scanners, written as their documentation shows: each thing that they can say has an effect.

use std::collections::BTreeSet;

use crate::support::{Sandbox, expect, output, random_text};

/// Lines of `rule path:line` that a scan with `rules` gives for the tree, rules of arnify's own left out.
fn found(sandbox: &Sandbox, rules: &str) -> BTreeSet<String> {
    let file = sandbox.path("rules.toml");
    std::fs::write(&file, rules).expect("the rule file");
    let run = sandbox
        .arnify(["scan", "--format", "jsonl", "--min-confidence", "low", "--rules"])
        .arg(&file)
        .output()
        .expect("arnify");
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).expect("UTF-8");
    let findings = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a JSON line"));
    let own = findings.filter(|finding| finding["rule"].as_str().is_some_and(|rule| rule.starts_with("team-")));
    own.map(|finding| {
        let (rule, path) = (finding["rule"].as_str(), finding["path"].as_str());
        format!("{} {}:{}", rule.expect("a rule"), path.expect("a path"), finding["span"]["line"])
    })
    .collect()
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn secret_group_entropy_path_and_keywords() {
    let sandbox = Sandbox::new();
    sandbox.file("a.txt", format!("acme: id=aaaaaaaa key={}\nacme: id=x key=11111111\n", random_text(12)));
    sandbox.file("b.txt", format!("other: id=x key={}\n", random_text(12)));
    sandbox.file("c.md", format!("acme: id=x key={}\n", random_text(12)));
    let rules = r#"
        [[rules]]
        id = "team-key"
        description = "a rule with all of it"
        regex = '''id=(\w+) key=(\w+)'''
        secretGroup = 2
        entropy = 2.0
        path = '''\.txt$'''
        keywords = ["ACME"]
        tags = ["tag", "another tag"]
    "#;
    assert_eq!(found(&sandbox, rules), set(&["team-key a.txt:1"]));
    let first = rules.replace("secretGroup = 2", "secretGroup = 1");
    assert_eq!(found(&sandbox, &first), set(&[]), "group 1 has too little entropy");
    let anywhere = rules.replace("keywords = [\"ACME\"]", "").replace("path = '''\\.txt$'''", "");
    assert_eq!(found(&sandbox, &anywhere), set(&["team-key a.txt:1", "team-key b.txt:1", "team-key c.md:1"]));
}

const RULE: &str = "[[rules]]\nid = \"team-key\"\nregex = '''key=(\\w+)'''\n";

/// Two files of three findings each, and what a scan without allowlists gives in all and in `src`.
fn two_folders() -> (Sandbox, BTreeSet<String>, BTreeSet<String>) {
    let sandbox = Sandbox::new();
    for path in ["src/a.txt", "vendor/a.txt"] {
        sandbox.file(path, format!("key={0}\nkey=client{0}\nnote key=zz{0} end\n", random_text(12)));
    }
    let all = |path: &str| [1, 2, 3].map(|line| format!("team-key {path}/a.txt:{line}"));
    let both: BTreeSet<String> = all("src").into_iter().chain(all("vendor")).collect();
    assert_eq!(found(&sandbox, RULE), both);
    (sandbox, both, all("src").into_iter().collect())
}

#[test]
fn allowlists_of_a_rule() {
    let (sandbox, both, src) = two_folders();
    let list = |text: &str| found(&sandbox, &format!("{RULE}[[rules.allowlists]]\n{text}\n"));
    assert_eq!(list("paths = ['''vendor/''']"), src);
    assert_eq!(list("stopwords = ['''CLIENT''']").len(), 4);
    assert_eq!(list("regexes = ['''^zz''']").len(), 4);
    assert_eq!(list("regexTarget = \"match\"\nregexes = ['''^key=zz''']").len(), 4);
    assert_eq!(list("regexTarget = \"line\"\nregexes = ['''^note ''']").len(), 4);
    assert_eq!(list("condition = \"OR\"\npaths = ['''vendor/''']\nstopwords = ['''client''']").len(), 2);
    assert_eq!(list("condition = \"AND\"\npaths = ['''vendor/''']\nstopwords = ['''client''']").len(), 5);
    assert_eq!(list("condition = \"AND\"\npaths = ['''vendor/''']\ncommits = [ \"abc\" ]"), both);
    assert_eq!(list("commits = [ \"commit-A\", \"commit-B\"]"), both);
    let old = format!("{RULE}[rules.allowlist]\npaths = ['''vendor/''']\n");
    assert_eq!(found(&sandbox, &old), src);
}

#[test]
fn allowlists_of_the_whole_file() {
    let (sandbox, both, src) = two_folders();
    let global = |text: &str| found(&sandbox, &format!("{text}\n{RULE}"));
    assert_eq!(global("[allowlist]\npaths = ['''vendor/''']"), src);
    assert_eq!(global("[[allowlists]]\npaths = ['''vendor/''']"), src);
    assert_eq!(global("[[allowlists]]\ntargetRules = [\"team-key\"]\npaths = ['''vendor/''']"), src);
    assert_eq!(global("[[allowlists]]\ntargetRules = [\"github-pat\"]\npaths = ['''vendor/''']"), both);
}

#[test]
fn a_commit_of_an_allowlist_is_passed_over_in_the_history() {
    let sandbox = Sandbox::new();
    let git = |arguments: &[&str]| {
        let mut command = sandbox.clean("git");
        command
            .current_dir(sandbox.tree())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments);
        output(command).trim().to_owned()
    };
    git(&["init", "-q"]);
    for name in ["one.txt", "two.txt"] {
        sandbox.file(name, format!("key={}\n", random_text(12)));
        git(&["add", "."]);
        git(&["commit", "-qm", name]);
    }
    let first = git(&["rev-parse", "HEAD~1"]).to_uppercase();
    let in_history = |list: &str| {
        std::fs::write(sandbox.path("rules.toml"), format!("{RULE}{list}")).expect("the rule file");
        let mut scan = sandbox.arnify(["scan", "--history", "--format", "jsonl", "--min-confidence", "low", "--rules"]);
        let told = scan.arg(sandbox.path("rules.toml")).output().expect("arnify").stdout;
        let told = String::from_utf8(told).expect("UTF-8");
        ["one.txt", "two.txt"].map(|name| told.lines().any(|line| line.contains("team-key") && line.contains(name)))
    };
    assert_eq!(in_history(""), [true, true]);
    assert_eq!(in_history(&format!("[[rules.allowlists]]\ncommits = [\"{first}\"]\n")), [false, true]);
    let both =
        |path: &str| format!("[[allowlists]]\ncondition = \"AND\"\ncommits = [\"{first}\"]\npaths = ['{path}']\n");
    assert_eq!(in_history(&both("one")), [false, true]);
    assert_eq!(in_history(&both("other")), [true, true]);
}

#[test]
fn a_composite_rule_reports_only_near_what_it_requires() {
    let sandbox = Sandbox::new();
    let (id, key) = (random_text(8), random_text(12));
    sandbox.file("near.txt", format!("id={id}\n\nkey={key}\n"));
    sandbox.file("far.txt", format!("id={id}{}key={key}\n", "\n".repeat(9)));
    sandbox.file("aside.txt", format!("id={id} {} key={key}\n", " ".repeat(90)));
    sandbox.file("alone.txt", format!("key={key}\n"));
    let rules = |bounds: &str| {
        format!(
            "[[rules]]\nid = \"team-key\"\nregex = '''key=(\\w{{12}})'''\n[[rules.required]]\nid = \"team-id\"\n{bounds}\n\
             [[rules]]\nid = \"team-id\"\nregex = '''id=(\\w{{8}})'''\nskipReport = true\n"
        )
    };
    let keys = |bounds: &str| found(&sandbox, &rules(bounds));
    assert_eq!(keys(""), set(&["team-key near.txt:3", "team-key far.txt:10", "team-key aside.txt:1"]));
    assert_eq!(keys("withinLines = 2"), set(&["team-key near.txt:3", "team-key aside.txt:1"]));
    assert_eq!(keys("withinColumns = 4"), set(&["team-key near.txt:3", "team-key far.txt:10"]));
    assert_eq!(keys("withinLines = 2\nwithinColumns = 4"), set(&["team-key near.txt:3"]));
    let second = rules("")
        .replace("[[rules.required]]\nid = \"team-id\"\n", "components = [{ id = \"team-id\", within = \"2L,4C\" }]");
    assert_eq!(found(&sandbox, &second), set(&["team-key near.txt:3"]));
    let optional = second.replace("within =", "optional = true, within =");
    assert_eq!(found(&sandbox, &optional).len(), 4);
    let reported = rules("withinLines = 2").replace("skipReport = true\n", "");
    assert!(
        found(&sandbox, &reported).contains("team-id far.txt:1"),
        "a helper that is no secret one is reported itself"
    );
}

#[test]
fn a_rule_with_a_path_alone_reports_the_file_and_its_plan_says_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.file("certs/client.p12", b"\x30\x82\x00\x01binary");
    sandbox.file("certs/notes.txt", "nothing\n");
    sandbox.file("keys/team.jks.txt", "nothing\n");
    let rules = "[[rules]]\nid = \"team-store\"\nregex = ''\n";
    let rules = rules.replace("regex = ''\n", "path = '''\\.p12$|team\\.jks'''\n");
    assert_eq!(found(&sandbox, &rules), set(&["team-store certs/client.p12:1", "team-store keys/team.jks.txt:1"]));
    let allowed = format!("{rules}[[rules.allowlists]]\npaths = ['''^certs/''']\n");
    assert_eq!(found(&sandbox, &allowed), set(&["team-store keys/team.jks.txt:1"]));
    std::fs::write(sandbox.path("rules.toml"), &rules).expect("the rule file");
    let mut plan = sandbox.arnify(["plan", "--rules"]);
    plan.arg(sandbox.path("rules.toml"));
    let told = output(plan);
    assert!(told.contains("2 findings stay") && told.contains("the file itself is the credential"), "{told}");
    let mut scan = sandbox.arnify(["scan", "--rules"]);
    scan.arg(sandbox.path("rules.toml"));
    let told = String::from_utf8(expect(1, scan).stdout).expect("UTF-8");
    assert!(told.contains("certs/client.p12:1:1  team-store"), "{told}");
}

#[test]
fn a_rule_with_a_path_alone_knows_the_files_of_an_archive() {
    let sandbox = Sandbox::new();
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in [("store/team.p12", &b"\x30\x82\x00\x01binary"[..]), ("read.txt", b"nothing\n")] {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).expect("a name");
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        archive.append(&header, bytes).expect("an archive");
    }
    let mut bytes = archive.into_inner().expect("an archive");
    sandbox.file("whole.tar", &bytes);
    // Cut within its last entry, so that the archive is told about twice: for itself and for what is missing.
    bytes.truncate(1540);
    sandbox.file("cut.tar", &bytes);
    let rules = "[[rules]]\nid = \"team-store\"\npath = '''\\.p12$|cut\\.tar$'''\n";
    std::fs::write(sandbox.path("rules.toml"), rules).expect("the rule file");
    let mut scan = sandbox.arnify(["scan", "--format", "jsonl", "--rules"]);
    scan.arg(sandbox.path("rules.toml"));
    let told = String::from_utf8(expect(3, scan).stdout).expect("UTF-8");
    let mut paths: Vec<String> = told.lines().map(path_of).collect();
    paths.sort();
    assert_eq!(paths, ["cut.tar", "cut.tar!/store/team.p12", "whole.tar!/store/team.p12"]);
}

fn path_of(line: &str) -> String {
    let finding: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
    finding["path"].as_str().expect("a path").to_owned()
}

#[test]
fn a_file_extends_another_and_adds_to_its_rules() {
    let sandbox = Sandbox::new();
    sandbox.file("a.txt", format!("key={0}\nid={0}\nkey=client{0}\n", random_text(12)));
    let base = "[[rules]]\nid = \"team-key\"\ndescription = \"key\"\nregex = '''key=(\\w+)'''\nkeywords = [\"key\"]\n\
                [[rules]]\nid = \"team-id\"\nregex = '''id=(\\w+)'''\n[[rules]]\nid = \"team-out\"\nregex = '''(\\w+)='''\n";
    std::fs::write(sandbox.path("base.toml"), base).expect("the base");
    let own = "[extend]\npath = \"base.toml\"\ndisabledRules = [\"team-out\", \"team-mine\"]\n\
               [[rules]]\nid = \"team-key\"\n[[rules.allowlists]]\nstopwords = [\"client\"]\n\
               [[rules]]\nid = \"team-mine\"\nregex = '''client(\\w+)'''\n";
    assert_eq!(found(&sandbox, own), set(&["team-key a.txt:1", "team-id a.txt:2", "team-mine a.txt:3"]));
    // gitleaks reads the path from the folder that it was called in
    std::fs::create_dir(sandbox.path("elsewhere")).expect("a folder");
    std::fs::rename(sandbox.path("base.toml"), sandbox.tree().join("base.toml")).expect("moved");
    assert!(found(&sandbox, own).contains("team-id a.txt:2"));
    std::fs::remove_file(sandbox.tree().join("base.toml")).expect("removed");
    let mut missing = sandbox.arnify(["scan", "--rules"]);
    missing.arg(sandbox.path("rules.toml"));
    let said = String::from_utf8(expect(2, missing).stderr).expect("UTF-8");
    assert!(said.contains("extend.path: there is neither"), "{said}");
}

#[test]
fn what_a_file_asks_in_vain_is_said_at_each_run() {
    let sandbox = Sandbox::new();
    sandbox.file("a.txt", "nothing\n");
    let rules = "[extend]\nuseDefault = true\ndisabledRules = [\"of-gitleaks\"]\n[[rules]]\nid = \"team-key\"\n\
                 regex = '''key=(\\w+)'''\nfilter = '''entropy(finding.secret) <= 3.0'''\n";
    std::fs::write(sandbox.path("rules.toml"), rules).expect("the rule file");
    for verb in ["scan", "check", "plan"] {
        let mut command = sandbox.arnify([verb, "--rules"]);
        command.arg(sandbox.path("rules.toml"));
        let said = String::from_utf8(expect(0, command).stderr).expect("UTF-8");
        assert!(said.contains("rule team-key") && said.contains("`filter` is not evaluated"), "{verb}: {said}");
        assert!(said.contains("arnify has no rule of-gitleaks"), "{verb}: {said}");
    }
}

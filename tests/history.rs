//! `scan --history`: real git repositories, made commit by commit.

use std::process::Command;

use serde_json::Value;

use crate::support::{Sandbox, expect, output, random_text};

/// A repository in the tree; commits get increasing times, so that their order is sure.
struct Repository {
    sandbox: Sandbox,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { sandbox: Sandbox::new() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = self.sandbox.clean("git");
        command.current_dir(self.sandbox.tree());
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]);
        command.args(["-c", "protocol.file.allow=always"]).args(arguments);
        output(command).trim().to_owned()
    }

    /// Commits the whole tree and gives the commit's id.
    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn scan(&self, code: i32, arguments: &[&str]) -> Vec<Value> {
        findings(code, self.sandbox.arnify(["scan", "--format", "jsonl"].iter().chain(arguments)))
    }
}

fn findings(code: i32, command: Command) -> Vec<Value> {
    let output = expect(code, command);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

fn password() -> String {
    format!("DB_PASSWORD = '{}'\n", random_text(24))
}

fn short(id: &str) -> &str {
    id.split_at(12).0
}

fn told(finding: &Value) -> (&str, Option<&str>, Option<&str>) {
    let text = |name: &str| finding.get(name).and_then(Value::as_str);
    (text("path").expect("a path"), text("commit"), text("removed"))
}

#[test]
fn the_commits_that_brought_a_credential_in_and_took_it_out_are_told() {
    let repository = Repository::new();
    let (gone, stays) = (password(), password());
    repository.sandbox.file("app.py", format!("import os\n{gone}"));
    let first = repository.commit("one");
    repository.sandbox.file("app.py", format!("import os\nimport sys\n\n{gone}"));
    repository.sandbox.file("b/stays.py", &stays);
    let second = repository.commit("two");
    repository.sandbox.file("app.py", "import os\n");
    let third = repository.commit("three");
    repository.sandbox.file("b/stays.py", format!("# more\n{stays}"));
    repository.commit("four");

    let all = repository.scan(1, &["--history"]);
    let told: Vec<_> = all.iter().map(told).collect();
    assert_eq!(
        told,
        [("app.py", Some(first.as_str()), Some(third.as_str())), ("b/stays.py", Some(second.as_str()), None)]
    );
    assert_eq!(all[0]["span"]["line"], 2, "the place is that of the version that brought it in");
    assert_eq!(repository.scan(1, &["--history", "--", "b"]).len(), 1);
    assert_eq!(repository.scan(1, &["b", "--exclude", "nothing", "--history"]).len(), 1);
    assert_eq!(repository.scan(0, &["--exclude", "*.py", "--history"]).len(), 0);

    let human = expect(1, repository.sandbox.arnify(["scan", "--history"]));
    let human = String::from_utf8_lossy(&human.stdout).into_owned();
    for text in [&gone, &stays] {
        let value = text.split('\'').nth(1).expect("a quoted value");
        assert!(!human.contains(value) && !format!("{all:?}").contains(value), "a value is shown");
    }
    assert!(human.contains(&format!("brought in by {}, taken out by {}", short(&first), short(&third))), "{human}");
    assert!(human.contains(&format!("brought in by {}, still there", short(&second))), "{human}");
}

#[test]
fn a_range_tells_what_its_commits_brought_in() {
    let repository = Repository::new();
    let old = password();
    repository.sandbox.file("old.py", &old);
    let first = repository.commit("one");
    repository.sandbox.file("old.py", format!("# touched\n{old}"));
    repository.sandbox.file("new.py", password());
    let second = repository.commit("two");
    let range = format!("{first}..HEAD");
    let all = repository.scan(1, &["--history", &range]);
    assert_eq!(all.iter().map(told).collect::<Vec<_>>(), [("new.py", Some(second.as_str()), None)]);
    assert_eq!(repository.scan(0, &["--history", "HEAD..HEAD"]).len(), 0, "an empty range brings nothing in");
    for wrong in ["no-such-branch", "--output=x", "HEAD..nowhere"] {
        let refused = expect(2, repository.sandbox.arnify(["scan", &format!("--history={wrong}")]));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("git"), "{wrong}");
    }
    assert!(!repository.sandbox.tree().join("x").exists());
}

#[test]
fn other_branches_tags_merges_and_copies_take_part() {
    let repository = Repository::new();
    let text = password();
    repository.sandbox.file("base.txt", "a\n");
    repository.commit("base");
    repository.git(&["checkout", "-q", "-b", "side"]);
    repository.sandbox.file("side.py", &text);
    let side = repository.commit("side");
    repository.git(&["checkout", "-q", "main"]);
    repository.sandbox.file("copy/side.py", &text);
    let copy = repository.commit("the same blob under another path");
    // A merge that brings in what neither parent has.
    repository.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    repository.sandbox.file("base.txt", format!("a\n{}", password()));
    let merge = repository.commit("an evil merge");
    let all = repository.scan(1, &["--history"]);
    let mut told: Vec<_> = all.iter().map(told).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("base.txt", Some(merge.as_str()), None),
            ("copy/side.py", Some(copy.as_str()), None),
            ("side.py", Some(side.as_str()), None)
        ]
    );
    // What no branch and no tag reaches is no history.
    repository.git(&["checkout", "-q", "-b", "lost", "HEAD~1"]);
    repository.sandbox.file("lost.py", password());
    repository.commit("lost");
    repository.git(&["tag", "kept"]);
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["branch", "-q", "-D", "lost"]);
    assert_eq!(repository.scan(1, &["--history"]).len(), 4);
    repository.git(&["tag", "-d", "kept"]);
    assert_eq!(repository.scan(1, &["--history"]).len(), 3);
}

#[test]
fn bare_and_shallow_clones_are_read_and_what_a_shallow_one_lacks_is_said() {
    let repository = Repository::new();
    repository.sandbox.file("app.py", password());
    let first = repository.commit("one");
    repository.sandbox.file("app.py", "x = 1\n");
    let second = repository.commit("two");
    let (bare, shallow) = (repository.sandbox.path("bare.git"), repository.sandbox.path("shallow"));
    let source = format!("file://{}", repository.sandbox.tree().display());
    repository.git(&["clone", "-q", "--bare", &source, &bare.display().to_string()]);
    repository.git(&["clone", "-q", "--depth", "1", &source, &shallow.display().to_string()]);

    let mut command = repository.sandbox.arnify(["scan", "--history", "--format", "jsonl"]);
    command.current_dir(&bare);
    let all = findings(1, command);
    assert_eq!(all.iter().map(told).collect::<Vec<_>>(), [("app.py", Some(first.as_str()), Some(second.as_str()))]);
    let named = repository.sandbox.arnify(["scan", "--format", "jsonl", &bare.display().to_string(), "--history"]);
    assert_eq!(findings(1, named), all);

    let mut command = repository.sandbox.arnify(["scan", "--history"]);
    command.current_dir(&shallow);
    let cut = expect(3, command);
    let said = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(said.contains("shallow") && said.contains("git fetch --unshallow"), "{said}");
}

#[test]
fn an_object_that_is_gone_is_a_gap_and_a_folder_without_history_an_error() {
    let repository = Repository::new();
    repository.sandbox.file("app.py", password());
    repository.sandbox.file("other.py", password());
    repository.commit("one");
    let id = repository.git(&["rev-parse", "HEAD:app.py"]);
    let (folder, name) = id.split_at(2);
    let object = repository.sandbox.tree().join(format!(".git/objects/{folder}/{name}"));
    std::fs::remove_file(object).expect("a loose object");
    let damaged = expect(3, repository.sandbox.arnify(["scan", "--history"]));
    assert!(String::from_utf8_lossy(&damaged.stderr).contains("app.py"));
    assert!(String::from_utf8_lossy(&damaged.stdout).contains("other.py"), "the rest is read all the same");

    let empty = Repository::new();
    expect(3, empty.sandbox.arnify(["scan", "--history"]));
    let plain = Sandbox::new();
    let refused = expect(2, plain.arnify(["scan", "--history"]));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("git repository"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let repository = Repository::new();
    for version in 0..40 {
        for name in ["a", "b", "c"] {
            repository.sandbox.file(&format!("{name}/f{}.py", version % 7), format!("# {version}\n{}", password()));
        }
        repository.commit("next");
    }
    let report = |threads: &str| {
        let command = repository.sandbox.arnify(["scan", "--history", "--format", "json", "--threads", threads]);
        expect(1, command).stdout
    };
    let one = report("1");
    assert!(one == report("2") && one == report("7"));
}

#[test]
fn an_interrupted_run_leaves_no_report_and_no_process() {
    let repository = Repository::new();
    for version in 0..30 {
        repository.sandbox.file("f.py", format!("# {version}\n{}", password()));
        repository.commit("next");
    }
    let report = repository.sandbox.path("report.json");
    for milliseconds in [1, 5, 20, 60] {
        let mut command = repository.sandbox.arnify(["scan", "--history", "--format", "json", "-o"]);
        let mut child = command.arg(&report).spawn().expect("arnify");
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let id = child.id().to_string();
        expect_gone(&mut child, &id);
        let whole = std::fs::read(&report).is_ok_and(|text| serde_json::from_slice::<Value>(&text).is_ok());
        assert!(whole || !report.exists(), "half a report");
        let _ = std::fs::remove_file(&report);
    }
}

/// Interrupts a process and waits until neither it nor a git that it started is left.
fn expect_gone(child: &mut std::process::Child, id: &str) {
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let started: Vec<&str> = children.split_whitespace().collect();
    let _ = Command::new("kill").args(["-INT", id]).status().expect("kill");
    child.wait().expect("arnify");
    for process in started {
        let gone = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            !std::path::Path::new(&format!("/proc/{process}/cmdline")).exists()
        });
        assert!(gone, "git process {process} goes on");
    }
}

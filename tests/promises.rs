//! The four promises under attack: names that collide, folders that are not there, runs that are looked for from
//! elsewhere, files that change meanwhile, Ctrl-C between two files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Sandbox, expect, random_text, snapshot};

const WRITE: [&str; 3] = ["apply", "--write", "-y"];

fn python(value: &str) -> String {
    format!("DB_PASSWORD = '{value}'\n")
}

fn in_folder(sandbox: &Sandbox, folder: impl AsRef<Path>, arguments: &[&str]) -> Command {
    let mut command = sandbox.arnify(arguments);
    command.current_dir(folder);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn journals(sandbox: &Sandbox) -> Vec<String> {
    let files = snapshot(&sandbox.home().join("arnify/journal"));
    let journals = files.into_iter().filter(|(path, _)| path.ends_with(".jsonl"));
    journals.map(|(_, bytes)| String::from_utf8(bytes).expect("UTF-8")).collect()
}

#[test]
fn undo_finds_the_run_of_a_folder_that_was_named() {
    for arguments in [["src"], ["src/app.py"]] {
        let sandbox = Sandbox::new();
        let (file, text) = ("src/app.py", python(&random_text(24)));
        sandbox.file(file, &text);
        sandbox.file("src/deep/note.txt", "nothing");
        for from in [".", "src", "src/deep"] {
            expect(0, sandbox.arnify(WRITE.iter().chain(&arguments)));
            assert_ne!(sandbox.read(file), text);
            expect(0, in_folder(&sandbox, sandbox.tree().join(from), &["undo", "-y"]));
            assert_eq!(sandbox.read(file), text, "{arguments:?} from {from}");
        }
    }
}

#[test]
fn undo_does_not_choose_between_the_runs_of_two_trees() {
    let sandbox = Sandbox::new();
    for name in ["a", "b"] {
        sandbox.file(&format!("{name}/app.py"), python(&random_text(24)));
        expect(0, sandbox.arnify(["apply", "--write", "-y", name]));
    }
    let refused = expect(2, sandbox.arnify(["undo", "-y"]));
    let runs: Vec<String> = said(&refused)
        .split(|c: char| c.is_whitespace() || c == '`')
        .filter(|word| word.starts_with("20") && word.contains('Z'))
        .map(str::to_owned)
        .collect();
    assert_eq!(runs.len(), 2, "{}", said(&refused));
    for run in runs {
        expect(0, in_folder(&sandbox, sandbox.home(), &["undo", "-y", &run]));
    }
    assert!(sandbox.snapshot().values().all(|bytes| bytes.starts_with(b"DB_PASSWORD = '")));
}

#[test]
fn resume_prefers_the_interrupted_run_to_a_later_one_that_did_nothing() {
    let sandbox = Sandbox::new();
    sandbox.lay_out("cjs");
    let before = sandbox.snapshot();
    let mut killed = sandbox.arnify(WRITE);
    assert_eq!(killed.env("ARNIFY_CRASH_AFTER", "9").status().expect("arnify").code(), None);
    expect(2, sandbox.arnify(["apply", "--write", "-y", "--store", "aws"]));
    expect(0, sandbox.arnify(["resume", "-y"]));
    assert!(journals(&sandbox).iter().all(|text| text.contains(r#""record":"done""#)));
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn a_file_whose_name_is_not_utf8_is_left_alone_and_named() {
    let sandbox = Sandbox::new();
    for (byte, head) in [(b'\xfe', "# a longer head\n"), (b'\xff', "")] {
        let name = [b"x", &[byte][..], b".py"].concat();
        let text = format!("{head}{}", python(&random_text(24)));
        fs::write(sandbox.tree().join(OsStr::from_bytes(&name)), text).expect("a file");
    }
    sandbox.file("plain.py", python(&random_text(24)));
    let before = fs::read(sandbox.tree().join(OsStr::from_bytes(b"x\xff.py"))).expect("the file");
    let output = expect(0, sandbox.arnify(WRITE));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("1 secret stored") && told.contains("2 findings stay") && told.contains("UTF-8"), "{told}");
    let after = fs::read(sandbox.tree().join(OsStr::from_bytes(b"x\xff.py"))).expect("the file");
    assert_eq!(before, after);
}

#[test]
fn folders_outside_a_repository_are_one_tree_when_named_together() {
    let sandbox = Sandbox::new();
    // `b/f.py` is below both `a` and the current folder.
    for (name, head) in [("a/b/f.py", ""), ("b/f.py", "# a longer head\nX = 1\n"), ("c/g.py", "")] {
        sandbox.file(name, format!("{head}{}", python(&random_text(24))));
    }
    sandbox.file("b/requirements.txt", "requests\n");
    let before = sandbox.snapshot();
    expect(0, sandbox.arnify(["apply", "--write", "-y", "a", "b"]));
    let after = sandbox.snapshot();
    for path in ["a/b/f.py", "b/f.py", "b/requirements.txt"] {
        assert_ne!(before[path], after[path], "{path}");
    }
    assert_eq!(before["c/g.py"], after["c/g.py"]);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    expect(0, sandbox.arnify(["verify"]));
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), before);
}

#[test]
fn a_path_outside_the_repository_is_written_where_it_stands() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.tree().join(".git")).expect("a repository's mark");
    sandbox.file("b/f.py", python(&random_text(24)));
    let outside = sandbox.path("b");
    fs::create_dir(&outside).expect("a folder");
    let text = format!("# a longer head\nX = 1\n{}", python(&random_text(24)));
    fs::write(outside.join("f.py"), &text).expect("a file");
    fs::write(outside.join("requirements.txt"), "requests\n").expect("a file");
    let before = sandbox.snapshot();
    expect(0, sandbox.arnify(["apply", "--write", "-y", ".", "../b"]));
    assert_ne!(sandbox.snapshot()["b/f.py"], before["b/f.py"]);
    assert!(!fs::read_to_string(outside.join("f.py")).expect("the file").contains("DB_PASSWORD = '"));
    assert!(fs::read_to_string(outside.join("requirements.txt")).expect("the file").contains("caching"));
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), before);
    assert_eq!(fs::read_to_string(outside.join("f.py")).expect("the file"), text);
}

#[test]
fn a_place_that_cannot_take_the_output_is_refused_before_anything_is_stored() {
    let sandbox = Sandbox::new();
    sandbox.file("app.py", python(&random_text(24)));
    fs::create_dir(sandbox.path("folder")).expect("a folder");
    let before = sandbox.snapshot();
    let folder = sandbox.path("folder").display().to_string();
    let missing = sandbox.path("none/out.json").display().to_string();
    for extra in [
        ["-o", &missing],
        ["-o", &folder],
        ["--patch", &missing],
        ["--patch", &folder],
        ["--patch", "/dev/null"],
        ["--patch", "/dev/stdout"],
    ] {
        expect(2, sandbox.arnify(["apply", "--write", "-y", "--format", "json"].iter().chain(&extra)));
        assert_eq!(sandbox.snapshot(), before, "{extra:?}");
        assert!(!sandbox.home().join("arnify/vault.age").exists(), "{extra:?}: something was stored");
    }
}

#[test]
fn a_text_with_a_nul_byte_stays_in_code() {
    let sandbox = Sandbox::new();
    let (text, bytes) = (random_text(20), random_text(20));
    sandbox.file("text.py", format!("DB_PASSWORD = 'a\\x00{text}'\n"));
    sandbox.file("text.js", format!("const dbPassword = 'a\\x00{text}';\nmodule.exports = dbPassword;\n"));
    sandbox.file("bytes.py", format!("DB_PASSWORD = b'a\\x00{bytes}'\n"));
    let before = sandbox.snapshot();
    expect(0, sandbox.arnify(WRITE));
    let after = sandbox.snapshot();
    assert_eq!((&before["text.py"], &before["text.js"]), (&after["text.py"], &after["text.js"]));
    assert!(sandbox.read("bytes.py").contains("get_secret_binary"), "{}", sandbox.read("bytes.py"));
}

#[test]
fn a_resumed_run_writes_every_place_of_a_secret_that_is_stored() {
    // One password on one host: one secret, though the two files name another database.
    let sandbox = Sandbox::new();
    let value = random_text(24);
    let file = |name: &str, database: &str| {
        sandbox.file(
            name,
            format!("DB_HOST=db.internal\nDB_PORT=5432\nDB_USER=app\nDB_NAME={database}\nDB_PASSWORD={value}\n"),
        );
    };
    file("a/.env", "orders");
    file("b/.env", "customers");
    let before = sandbox.snapshot();
    for step in 1.. {
        let mut killed = sandbox.arnify(WRITE);
        if killed.env("ARNIFY_CRASH_AFTER", step.to_string()).status().expect("arnify").code().is_some() {
            assert!(step > 7, "the run was not interrupted at each of its records");
            return;
        }
        expect(0, sandbox.arnify(["resume", "-y"]));
        for path in ["a/.env", "b/.env"] {
            assert!(!sandbox.read(path).contains(&value), "step {step}: {path} still holds the value");
        }
        expect(0, sandbox.arnify(["undo", "-y"]));
        assert_eq!(sandbox.snapshot(), before, "step {step}");
        fs::remove_dir_all(sandbox.home().join("arnify")).expect("arnify's folder");
    }
}

#[test]
fn undo_refuses_a_file_that_it_may_not_write_before_it_changes_another() {
    let sandbox = Sandbox::new();
    for name in ["a.py", "b.py", "c.py"] {
        sandbox.file(name, python(&random_text(24)));
    }
    expect(0, sandbox.arnify(WRITE));
    let written = sandbox.snapshot();
    let locked = sandbox.tree().join("b.py");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).expect("a mode");
    let refused = expect(5, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), written, "{}", said(&refused));
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o644)).expect("a mode");
    expect(0, sandbox.arnify(["undo", "-y"]));
}

#[test]
fn json_is_all_that_undo_and_resume_print() {
    let sandbox = Sandbox::new();
    sandbox.file("app.py", python(&random_text(24)));
    let json = |output: Output| -> serde_json::Value { serde_json::from_slice(&output.stdout).expect("JSON") };
    let applied = json(expect(0, sandbox.arnify(["apply", "--write", "-y", "--format", "json"])));
    let resumed = json(expect(0, sandbox.arnify(["resume", "-y", "--format", "json"])));
    let undone = json(expect(0, sandbox.arnify(["undo", "-y", "--format", "json"])));
    assert_eq!(resumed["run"], applied["run"]);
    assert_eq!(undone["run"], applied["run"]);
    assert_eq!(undone["restored"], serde_json::json!(["app.py"]));
    assert_eq!(undone["kept"].as_array().expect("a list").len(), 1);
    expect(2, sandbox.arnify(["undo", "-y", "--format", "sarif"]));
}

/// Interrupts a run at each of its records in turn; `finish` then gets the sandbox.
fn interrupted_at_every_record(arguments: &[&str], skip: usize, finish: impl Fn(&Sandbox, usize)) -> usize {
    let mut stopped = 0;
    for step in skip + 1..200 {
        let sandbox = Sandbox::new();
        let text = python(&random_text(24));
        for name in ["a.py", "b.py", "c.py"] {
            sandbox.file(name, &text);
        }
        if arguments[0] == "undo" {
            expect(0, sandbox.arnify(WRITE));
        }
        let records = if arguments[0] == "undo" {
            memchr::memchr_iter(b'\n', journals(&sandbox)[0].as_bytes()).count()
        } else {
            0
        };
        let mut command = sandbox.arnify(arguments);
        let output = command.env("ARNIFY_INTERRUPT_AFTER", (records + step).to_string()).output().expect("arnify");
        match output.status.code() {
            Some(130) => {
                assert!(said(&output).contains("`arnify"), "{}", said(&output));
                stopped += 1;
                finish(&sandbox, step);
            }
            Some(0) => return stopped,
            code => panic!("{code:?} at record {step}: {}", said(&output)),
        }
    }
    panic!("no end");
}

#[test]
fn ctrl_c_stops_apply_between_two_files_and_resume_finishes() {
    let stopped = interrupted_at_every_record(&WRITE, 1, |sandbox, step| {
        let text = &journals(sandbox)[0];
        let count = |record: &str| text.matches(&format!(r#""record":"{record}""#)).count();
        assert_eq!(count("writing"), count("written"), "record {step}: a file was left half done");
        expect(0, sandbox.arnify(["resume", "-y"]));
        expect(0, sandbox.arnify(["verify"]));
        expect(0, sandbox.arnify(["undo", "-y"]));
    });
    assert!(stopped > 5, "only {stopped} interrupts were noticed");
}

#[test]
fn ctrl_c_stops_undo_between_two_files_and_another_undo_finishes() {
    let stopped = interrupted_at_every_record(&["undo", "-y"], 0, |sandbox, _| {
        expect(0, sandbox.arnify(["undo", "-y"]));
        let left = sandbox.snapshot();
        assert!(left.values().all(|bytes| memchr::memmem::find(bytes, b"arn:aws:").is_none()));
    });
    assert!(stopped > 1, "only {stopped} interrupts were noticed");
}

#[test]
fn the_exact_patch_gives_the_same_tree_as_write() {
    let sandbox = Sandbox::new();
    for app in ["cjs", "python", "yaml"] {
        sandbox.lay_out(app);
    }
    let git = |arguments: &[&str]| {
        let mut command = sandbox.clean("git");
        command.args(arguments).current_dir(sandbox.tree());
        expect(0, command);
    };
    git(&["init", "-q"]);
    let visible = || {
        let mut files = sandbox.snapshot();
        files.retain(|path, _| !path.starts_with(".git/"));
        files
    };
    let before = visible();
    let patch = sandbox.path("exact.patch").display().to_string();
    expect(0, sandbox.arnify(["apply", "--patch", &patch]));
    assert_eq!(fs::metadata(&patch).expect("the patch").permissions().mode() & 0o777, 0o600);
    git(&["apply", &patch]);
    let patched = visible();
    assert_ne!(patched, before);
    git(&["apply", "-R", &patch]);
    assert_eq!(visible(), before);
    expect(0, sandbox.arnify(WRITE));
    assert_eq!(visible(), patched);
}

#[test]
fn a_reader_that_goes_away_leaves_no_run_open() {
    for arguments in [&["apply"][..], &["apply", "--format", "json"], &WRITE] {
        let sandbox = Sandbox::new();
        sandbox.file("app.py", python(&random_text(24)));
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut apply = sandbox.arnify(arguments);
        apply.stdout(writer);
        let said = said(&expect(0, apply));
        assert!(!said.contains("can't start"), "{arguments:?}: {said}");
        let journal = journals(&sandbox).pop().expect("a journal");
        assert!(journal.contains("\"record\":\"stored\"") && journal.contains("\"record\":\"done\""), "{journal}");
    }
}

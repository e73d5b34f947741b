//! Exact diffs against the real `git apply`, in repositories made for the test.

use std::path::Path;
use std::process::Command;

use arnify::apply::diff::Exact;
use arnify::apply::patch::construct;
use arnify::model::{Applicability, Blob, Edit, EntryId, Fix, Origin, Patch, Removed, Source, Span};

fn patch(path: &str, text: &[u8], edits: &[(usize, usize, &str)], creates: bool) -> Patch {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: false };
    let edits = edits.iter().map(|(start, end, new)| Edit {
        span: Span::new(*start, *end),
        replacement: (*new).to_owned(),
        removed: (start < end).then_some(Removed { entry: EntryId(0), key: None }),
    });
    let fix = Fix {
        path: path.into(),
        title: "test".into(),
        applicability: Applicability::Safe,
        step: None,
        edits: edits.collect(),
        creates,
    };
    construct(Blob::new(source, text.to_vec()), &[fix], vec![], &|_, _| Ok(())).expect("a patch")
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "core.autocrlf=false"]).args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "tests set up their files plainly")]
fn applies(patches: &[Patch]) {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "-q"]);
    let mut diff = Vec::new();
    for patch in patches {
        let file = folder.path().join(&patch.before.source.tree_path);
        if !patch.creates {
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
            std::fs::write(&file, &patch.before.bytes[..]).expect("the old text");
        }
        diff.extend_from_slice(Exact::new(patch).expect("a diff").as_bytes());
    }
    std::fs::write(folder.path().join("exact.patch"), &diff).expect("the diff");
    git(folder.path(), &["apply", "--check", "exact.patch"]);
    git(folder.path(), &["apply", "exact.patch"]);
    for patch in patches {
        let now = std::fs::read(folder.path().join(&patch.before.source.tree_path)).expect("the new text");
        assert_eq!(now, patch.after, "{}", patch.before.path());
    }
    git(folder.path(), &["apply", "-R", "exact.patch"]);
    for patch in patches {
        let now = std::fs::read(folder.path().join(&patch.before.source.tree_path)).ok();
        assert_eq!(now.as_deref(), (!patch.creates).then_some(&patch.before.bytes[..]), "{}", patch.before.path());
    }
}

#[test]
fn git_applies_a_plain_change_with_context_and_two_hunks() {
    let text: String = (0..40).map(|n| format!("line {n:02}\n")).collect();
    applies(&[patch("a.txt", text.as_bytes(), &[(0, 0, "import x\n"), (5, 7, "X"), (300, 303, "Y")], false)]);
}

#[test]
fn git_applies_a_change_that_keeps_crlf_and_lone_carriage_returns() {
    applies(&[patch("a.txt", b"one\r\nk = 'v'\r\nx\ry\r\nend\r\n", &[(9, 12, "get()")], false)]);
}

#[test]
fn git_applies_a_change_without_a_final_newline() {
    applies(&[
        patch("last.txt", b"one\nk = 'v'", &[(8, 11, "get()")], false),
        patch("context.txt", b"k = 'v'\ntwo\nthree", &[(4, 7, "get()")], false),
        patch("gains.txt", b"k = 'v'", &[(4, 7, "get()\n")], false),
    ]);
}

#[test]
fn git_applies_new_files_and_changes_to_empty_ones() {
    applies(&[
        patch("lib/new.py", b"", &[(0, 0, "a\nb\n")], true),
        patch("bare", b"", &[(0, 0, "a")], true),
        patch("was-empty", b"", &[(0, 0, "a\nb\n")], false),
        patch("emptied", b"secret", &[(0, 6, "")], false),
    ]);
}

#[test]
fn git_applies_changes_to_files_with_odd_names() {
    for name in ["with space.txt", "dir with space/ü ñ.txt", "quo\"te\\s.txt", "tab\there", "new\nline", "日本/語"]
    {
        applies(&[patch(name, b"k = 'v'\n", &[(4, 7, "get()")], false)]);
        applies(&[patch(name, b"", &[(0, 0, "new\n")], true)]);
    }
}

#[test]
fn git_applies_changes_to_bytes_that_are_not_utf8() {
    applies(&[patch("latin1.txt", b"caf\xe9\nk = '\xff\xfe'\n", &[(9, 13, "get()")], false)]);
}

//! The gate: staged content, the baseline, the hook.

use super::{Place, exists, secret_line};

fn repository() -> Place {
    let place = Place::new();
    place.git(&["init", "-q"]).expect(0, "");
    place
}

#[test]
fn the_staged_content_counts_and_not_the_work_tree() {
    let place = repository();
    place.put("app.py", &secret_line().0);
    place.git(&["add", "app.py"]).expect(0, "");
    place.put("app.py", "x = 1\n");
    place.put("new.py", &secret_line().0);
    let ran = place.run(&["check", "--staged", "--format", "jsonl"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 1), "{ran:#?}");
    assert!(ran.out.contains("\"path\":\"app.py\""));
    place.git(&["add", "app.py"]).expect(0, "");
    place.run(&["check", "--staged"]).expect(0, "no findings");
}

#[test]
fn a_baseline_lets_known_findings_pass_and_new_ones_not() {
    let place = repository();
    place.put("app.py", &secret_line().0);
    place.run(&["check"]).expect(1, "1 finding");
    place.run(&["baseline", "create"]).expect(0, "1 known");
    place.run(&["check"]).expect(0, "1 known to the baseline");
    place.run(&["baseline", "create"]).expect(2, "exists");
    // Moved within its file it stays known; another value is new.
    let text = std::fs::read_to_string(place.tree().join("app.py")).unwrap();
    place.put("app.py", &format!("\n\n{text}"));
    place.run(&["check"]).expect(0, "1 known");
    place.put("b.py", &secret_line().0);
    place.run(&["check"]).expect(1, "1 finding");
    place.run(&["baseline", "update"]).expect(0, "2 known");
    place.run(&["check"]).expect(0, "2 known");
    std::fs::remove_file(place.tree().join("b.py")).unwrap();
    let ran = place.run(&["baseline", "audit"]);
    assert!(ran.out.contains("b.py:1") && ran.out.contains("gone"), "{ran:#?}");
    place.run(&["baseline", "prune"]).expect(0, "pruned 1 of 2");
    place.put(".arnify/baseline.json", "{\"v\":1,\n<<<<<<<\n");
    place.run(&["check"]).expect(2, "baseline.json:2: the baseline is damaged");
}

#[test]
fn prune_and_audit_judge_only_what_was_read() {
    let place = repository();
    for path in ["sub/a/x.py", "sub/old.py", "top.env"] {
        place.put(path, &secret_line().0);
    }
    place.run(&["baseline", "create"]).expect(0, "3 known");
    std::fs::remove_file(place.tree().join("sub/old.py")).unwrap();
    let in_a = |arguments: &[&str]| {
        super::Ran::from(place.command().current_dir(place.tree().join("sub/a")).args(arguments).output().unwrap())
    };
    let audit = place.run(&["baseline", "audit", "sub/a"]);
    assert!(audit.out.contains("top.env:1  ") && audit.out.matches("not looked at").count() == 2, "{audit:#?}");
    let audit = place.run(&["baseline", "audit", "sub"]);
    assert_eq!((audit.out.matches("not looked at").count(), audit.out.matches("gone").count()), (1, 1), "{audit:#?}");
    for limit in ["--staged", "--stdin"] {
        let ran = place.run(&["baseline", "prune", limit]);
        ran.expect(2, "Nothing was pruned");
        ran.expect(2, "`arnify baseline prune` reads the tree");
    }
    in_a(&["baseline", "prune"]).expect(0, "pruned 0 of 3");
    place.run(&["baseline", "prune", "top.env"]).expect(0, "2 known findings not looked at");
    place.run(&["baseline", "prune", "--min-confidence", "high", "--exclude", "sub/a/"]).expect(0, "pruned 1 of 3");
    place.run(&["baseline", "prune", "sub", "top.env"]).expect(0, "pruned 0 of 2");
    place.run(&["check"]).expect(0, "2 known to the baseline");
    place.put("top.env", "x=1\n");
    place.run(&["baseline", "prune", "--exclude", "*.env"]).expect(0, "pruned 0 of 2");
    place.run(&["baseline", "prune", "top.env"]).expect(0, "pruned 1 of 2");
}

#[test]
fn a_baseline_that_a_subfolder_wrote_names_paths_within_the_tree() {
    let place = repository();
    place.put("sub/x.py", &secret_line().0);
    place.put("x.py", "x = 1\n");
    let in_sub = |arguments: &[&str]| {
        super::Ran::from(place.command().current_dir(place.tree().join("sub")).args(arguments).output().unwrap())
    };
    in_sub(&["baseline", "create"]).expect(0, "1 known");
    let file = place.tree().join(".arnify/baseline.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"path\": \"sub/x.py\""), "{text}");
    place.run(&["check"]).expect(0, "1 known");
    // An older arnify wrote the path within the folder: it goes on to be known, and `update` puts it right.
    place.put(".arnify/baseline.json", &text.replace("sub/x.py", "x.py"));
    place.run(&["check"]).expect(0, "1 known");
    place.run(&["baseline", "prune"]).expect(0, "pruned 0 of 1");
    in_sub(&["baseline", "update"]).expect(0, "1 known");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn the_hook_blocks_a_commit_and_lets_a_clean_one_through() {
    let place = repository();
    place.run(&["hook", "install"]).expect(0, "checks what is staged");
    place.put("app.py", &secret_line().0);
    place.git(&["add", "app.py"]).expect(0, "");
    place.git(&["commit", "-q", "-m", "leak"]).expect(1, "1 finding");
    place.put("app.py", "x = 1\n");
    // `commit -a` hands the hook an index of its own.
    place.git(&["commit", "-q", "-a", "-m", "clean"]).expect(0, "");
    place.put("app.py", &secret_line().0);
    place.git(&["commit", "-q", "-a", "-m", "leak"]).expect(1, "1 finding");
    place.run(&["hook", "uninstall"]).expect(0, "removed");
    assert!(!exists(&place.tree().join(".git/hooks/pre-commit")));
}

#[test]
fn a_foreign_hook_is_refused_without_force_and_chained_with_it() {
    let place = repository();
    place.git(&["config", "core.hooksPath", "hooks"]).expect(0, "");
    place.put("hooks/pre-commit", "#!/bin/sh\necho first >> seen\n");
    make_executable(&place.tree().join("hooks/pre-commit"));
    place.run(&["hook", "install"]).expect(2, "is not arnify's");
    place.run(&["hook", "install", "--force"]).expect(0, "");
    place.put("app.py", "x = 1\n");
    place.git(&["add", "app.py"]).expect(0, "");
    place.git(&["commit", "-q", "-m", "clean"]).expect(0, "");
    assert!(exists(&place.tree().join("seen")));
}

fn make_executable(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

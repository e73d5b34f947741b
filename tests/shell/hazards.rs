//! What a tree can hold that must be met with a message and never with a hang or a panic.

use super::{Place, secret_line};

#[test]
fn a_missing_path_is_2_and_an_empty_folder_is_3() {
    let place = Place::new();
    place.run(&["scan", "none"]).expect(2, "none: no such file or folder");
    place.run(&["scan"]).expect(3, "nothing to scan");
}

#[test]
fn an_empty_standard_input_is_3_and_an_empty_file_is_a_file() {
    let place = Place::new();
    for verb in ["scan", "check"] {
        place.run(&[verb, "--stdin"]).expect(3, "nothing to scan: standard input is empty");
    }
    place.put("empty.py", "");
    place.run(&["scan"]).expect(0, "no findings in 1 file");
}

#[test]
fn a_bare_repository_is_told_and_its_history_named() {
    let place = Place::new();
    place.git(&["init", "-q", "--bare"]).expect(0, "");
    for verb in ["scan", "check"] {
        place.run(&[verb]).expect(0, "this is a bare repository");
        place.run(&[verb, "--format", "json"]).expect(0, "`arnify scan --history` reads them");
    }
    let work = Place::new();
    work.git(&["init", "-q"]).expect(0, "");
    work.put("a.py", "x = 1\n");
    assert!(!work.run(&["scan"]).err.contains("bare"));
}

#[cfg(unix)]
#[test]
fn pipes_are_never_opened_and_a_link_in_a_circle_is_a_gap() {
    let place = Place::new();
    place.put("a.py", "x = 1\n");
    assert!(std::process::Command::new("mkfifo").arg(place.tree().join("pipe")).status().unwrap().success());
    place.run(&["scan"]).expect(0, "1 not a regular file");
    place.run(&["scan", "pipe"]).expect(3, "not a regular file");
    std::os::unix::fs::symlink("..", place.tree().join("up")).unwrap();
    place.run(&["scan"]).expect(0, "no findings");
    std::os::unix::fs::symlink("self", place.tree().join("self")).unwrap();
    place.run(&["scan"]).expect(3, "self: broken link");
    place.run(&["scan", "self"]).expect(3, "self: broken link");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_3_with_the_systems_words() {
    let place = Place::new();
    place.run(&["scan", "/proc/self/mem"]).expect(3, "/proc/self/mem: unreadable");
}

#[test]
fn a_200_megabyte_file_is_a_gap_and_findings_are_printed_all_the_same() {
    let place = Place::new();
    place.put("app.py", &secret_line().0);
    place.put("big.sql", "");
    let big = std::fs::OpenOptions::new().write(true).open(place.tree().join("big.sql")).unwrap();
    big.set_len(200 * 1024 * 1024).unwrap();
    let ran = place.run(&["scan", "--format", "jsonl"]);
    ran.expect(3, "big.sql: too large");
    assert!(ran.out.contains("app.py"), "{ran:#?}");
}

#[test]
fn binary_and_invalid_utf8_files_leave_a_run_complete() {
    let place = Place::new();
    place.put("bin", "a\0b");
    std::fs::OpenOptions::new().append(true).create(true).open(place.tree().join("latin")).unwrap();
    place.run(&["scan"]).expect(0, "1 binary");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_scanned() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::new();
    place.put("a.py", &secret_line().0);
    let odd = place.tree().join(std::ffi::OsStr::from_bytes(b"b\xff.py"));
    std::fs::rename(place.tree().join("a.py"), odd).unwrap();
    let ran = place.run(&["scan", "--format", "jsonl"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.out.contains("b\u{fffd}.py"), "{ran:#?}");
}

//! Bad input: each gets a message that says what, where and what next, with the documented exit code, never a panic.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use crate::support::{Sandbox, random_text};

/// Runs a command and gives its exit code and what it said on standard error.
fn fails(mut command: Command) -> (i32, String) {
    let output = command.output().expect("arnify");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().expect("an exit code"), said)
}

fn assert_fails(command: Command, code: i32, words: &[&str]) {
    let (got, said) = fails(command);
    assert_eq!(got, code, "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

fn with_secret() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("settings.py", format!("DB_PASSWORD = \"{}\"\n", random_text(20)));
    sandbox
}

#[test]
fn an_empty_folder_is_incomplete() {
    assert_fails(Sandbox::new().arnify(["scan"]), 3, &["nothing to scan"]);
}

#[test]
fn a_path_that_does_not_exist_is_a_usage_error() {
    assert_fails(with_secret().arnify(["scan", "no/such/folder"]), 2, &["no/such/folder"]);
}

#[test]
fn an_unknown_configuration_key_names_the_file_the_line_and_the_key() {
    let sandbox = with_secret();
    sandbox.file(".arnify.toml", "store = \"local\"\nregoin = \"eu-west-1\"\n");
    assert_fails(sandbox.arnify(["scan"]), 2, &[".arnify.toml", "2", "regoin", "region"]);
    let (code, _) = fails(sandbox.arnify(["scan", "--no-config"]));
    assert_eq!(code, 1);
}

#[test]
fn a_rule_file_with_a_bad_regex_names_the_file_and_the_rule() {
    let sandbox = with_secret();
    let rules = sandbox.path("mine.toml");
    fs::write(
        &rules,
        "[[rules]]\nid = \"mine\"\ndescription = \"mine\"\nregex = '''(unclosed'''\nkeywords = [\"mine\"]\n",
    )
    .unwrap();
    let command = sandbox.arnify(["scan".as_ref(), "--rules".as_ref(), rules.as_os_str()]);
    assert_fails(command, 2, &["mine.toml", "mine", "unclosed"]);
}

#[test]
fn a_binary_file_is_passed_over_and_said() {
    let sandbox = Sandbox::new();
    sandbox.file("blob.bin", [0_u8, 1, 2, 3, 0, 255]);
    let (code, said) = fails(sandbox.arnify(["scan"]));
    assert!(said.contains("binary"), "{said}");
    // Something was there, and none of it is text: complete, and clean.
    assert_eq!(code, 0, "{said}");
}

#[test]
fn invalid_utf8_is_scanned_and_survives_a_rewrite() {
    let sandbox = Sandbox::new();
    let value = random_text(20);
    let before = [b"# caf\xe9\nDB_PASSWORD=".as_slice(), value.as_bytes(), b"\nNAME=\xff\xfe\n"].concat();
    sandbox.file("latin.env", &before);
    let (code, said) = fails(sandbox.arnify(["apply", "--write", "-y"]));
    assert_eq!(code, 0, "{said}");
    let after = fs::read(sandbox.tree().join("latin.env")).unwrap();
    assert!(
        after.starts_with(b"# caf\xe9\nDB_PASSWORD={{resolve:secretsmanager:arn:aws:"),
        "{}",
        String::from_utf8_lossy(&after)
    );
    assert!(after.ends_with(b"\nNAME=\xff\xfe\n"));
    let (code, said) = fails(sandbox.arnify(["undo", "-y"]));
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::read(sandbox.tree().join("latin.env")).unwrap(), before);
}

#[test]
fn a_file_of_200_megabytes_is_named_and_leaves_the_scan_incomplete() {
    let sandbox = with_secret();
    let big = sandbox.file("big.log", "");
    fs::File::options().write(true).open(&big).unwrap().set_len(200 << 20).unwrap();
    assert_fails(sandbox.arnify(["scan"]), 3, &["big.log", "too large", "--max-file-size"]);
}

#[test]
fn a_loop_of_symbolic_links_ends() {
    let sandbox = with_secret();
    symlink(sandbox.tree(), sandbox.tree().join("again")).unwrap();
    symlink("b", sandbox.tree().join("a")).unwrap();
    symlink("a", sandbox.tree().join("b")).unwrap();
    // The circle of links is named; the link to the tree itself adds nothing.
    assert_fails(sandbox.arnify(["scan"]), 3, &["broken link", "a", "b"]);
    assert_fails(sandbox.arnify(["scan", "a"]), 3, &["a"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_leaves_the_scan_incomplete() {
    // Root may read any file of its own; reading a process's memory from its start fails for everyone.
    let sandbox = with_secret();
    assert_fails(sandbox.arnify(["scan", "settings.py", "/proc/self/mem"]), 3, &["/proc/self/mem"]);
}

#[test]
fn a_file_that_nobody_may_read_is_named_for_ordinary_users() {
    let sandbox = with_secret();
    let file = sandbox.file("private.py", "x = 1\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        // Permissions don't bind root, so run the scan as nobody, in folders that nobody can enter.
        for folder in [sandbox.path(""), sandbox.tree()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(sandbox.home(), fs::Permissions::from_mode(0o777)).unwrap();
        let mut command = sandbox.arnify(["scan", "--no-config"]);
        std::os::unix::process::CommandExt::uid(&mut command, 65_534);
        match command.output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.code(), Some(3), "{said}");
                assert!(said.contains("private.py"), "{said}");
            }
            // The build folder itself may be closed to nobody; the explicit case above covers the message.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        }
    } else {
        assert_fails(sandbox.arnify(["scan"]), 3, &["private.py"]);
    }
}

#[test]
fn a_read_only_file_system_changes_nothing_and_says_so() {
    let sandbox = with_secret();
    let mounted = mount_read_only(&sandbox);
    if mounted {
        let before = sandbox.read("settings.py");
        let (code, said) = fails(sandbox.arnify(["apply", "--write", "-y"]));
        assert!([2, 5].contains(&code), "{code}: {said}");
        assert!(said.to_lowercase().contains("read-only") && said.contains("Nothing was stored"), "{said}");
        assert_eq!(sandbox.read("settings.py"), before);
        let unmounted = Command::new("umount").arg(sandbox.tree()).status().unwrap();
        assert!(unmounted.success());
    } else {
        eprintln!("a read-only mount needs root: the read-only file system was not tried");
        assert!(std::env::var_os("CI").is_none(), "CI runs as root and has to try this");
    }
}

fn mount_read_only(sandbox: &Sandbox) -> bool {
    let bind = Command::new("mount").arg("--bind").arg(sandbox.tree()).arg(sandbox.tree()).output();
    if !bind.is_ok_and(|output| output.status.success()) {
        return false;
    }
    let remount = Command::new("mount").args(["-o", "remount,ro,bind"]).arg(sandbox.tree()).output();
    if remount.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let _ = Command::new("umount").arg(sandbox.tree()).status();
    false
}

#[test]
fn a_report_that_cannot_be_written_is_a_usage_error() {
    assert_fails(with_secret().arnify(["scan", "-o", "/nowhere/report.txt"]), 2, &["/nowhere/report.txt"]);
}

#[test]
fn a_file_changed_by_hand_is_not_overwritten_by_undo() {
    let sandbox = with_secret();
    assert_eq!(fails(sandbox.arnify(["apply", "--write", "-y"])).0, 0);
    let changed = sandbox.read("settings.py") + "MORE = 1\n";
    sandbox.file("settings.py", &changed);
    assert_fails(sandbox.arnify(["undo", "-y"]), 6, &["settings.py"]);
    assert_eq!(sandbox.read("settings.py"), changed);
}

//! The after trees of `fixtures/rewrite` against the formatters of their languages: a file that a formatter would not
//! change stays one, and a file that is new is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rewrite::programs::after_files;
use crate::support::{node_modules, program, python};

/// `unformatted` tells which of some files the formatter would change.
fn stay_formatted(language: &str, endings: &[&str], unformatted: impl Fn(&[PathBuf]) -> BTreeSet<PathBuf>) {
    let after = after_files(language, endings);
    let before = |file: &Path| PathBuf::from(file.to_string_lossy().replace("/after/", "/before/"));
    let old: Vec<_> = after.iter().map(|file| before(file)).filter(|file| file.exists()).collect();
    let (was, is) = (unformatted(&old), unformatted(&after));
    assert!(was.len() * 2 < old.len(), "{language}: the formatter takes too few of the files as they were: {was:?}");
    let changed: Vec<_> = is.into_iter().filter(|file| !was.contains(&before(file))).collect();
    assert!(changed.is_empty(), "{language}: the formatter would change {changed:#?}");
}

/// Those of `files` that the output of a command names. It is run for each tree that settings of its own stand in.
fn named(files: &[PathBuf], settings: &[&str], command: impl Fn() -> Command) -> BTreeSet<PathBuf> {
    let has = |folder: &Path| settings.iter().any(|name| folder.join(name).exists());
    let mut groups: BTreeMap<PathBuf, Vec<&PathBuf>> = BTreeMap::new();
    for file in files {
        let tree = file.ancestors().find(|folder| folder.ends_with("before") || folder.ends_with("after"));
        let own = tree.filter(|tree| has(tree)).map(Path::to_path_buf);
        groups.entry(own.unwrap_or_default()).or_default().push(file);
    }
    let mut found = BTreeSet::new();
    for group in groups.values() {
        let output = command().args(group).output().expect("the formatter");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let of_group: Vec<_> = group.iter().filter(|file| said.contains(&*file.to_string_lossy())).collect();
        assert_eq!(output.status.success(), of_group.is_empty(), "{said}");
        found.extend(of_group.into_iter().map(|file| (*file).clone()));
    }
    found
}

#[test]
fn gofmt_changes_no_after_file() {
    stay_formatted("go", &[".go"], |files| {
        let listed = |file: &&PathBuf| {
            let output = Command::new(program("gofmt")).arg("-l").arg(file).output().expect("gofmt");
            assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
            !output.stdout.is_empty()
        };
        files.iter().filter(listed).cloned().collect()
    });
}

#[test]
fn rustfmt_changes_no_after_file() {
    for file in after_files("rust", &[".rs"]) {
        let before = PathBuf::from(file.to_string_lossy().replace("/after/", "/before/"));
        for edition in ["2018", "2021", "2024"] {
            if is_formatted(&before, edition) {
                assert!(is_formatted(&file, edition), "rustfmt would change {}", file.display());
            }
        }
    }
}

/// As rustfmt has it where nothing is configured.
fn is_formatted(file: &Path, edition: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("a.rs");
    // A module's own file is looked for, and isn't there.
    let text = fs::read_to_string(file).unwrap();
    fs::write(&copy, &text).unwrap();
    let mut command = Command::new("rustfmt");
    command.args(["--edition", edition, "--emit", "stdout", "--quiet"]).stdin(fs::File::open(&copy).unwrap());
    let output = command.current_dir(folder.path()).output().expect("rustfmt");
    output.status.success() && output.stdout == text.as_bytes()
}

#[test]
fn black_changes_no_after_file() {
    stay_formatted("python", &[".py"], |files| {
        named(files, &["pyproject.toml"], || {
            let mut command = Command::new(python());
            command.args(["-m", "black", "--check"]);
            command
        })
    });
}

/// The helper file of CommonJS code is the same in every project, whatever its settings say.
const OTHER_SETTINGS: &str = "prettier-limit/after/aws-secrets.cjs";

#[test]
fn prettier_changes_no_after_file() {
    let program = node_modules().join("prettier/bin/prettier.cjs");
    for (language, endings) in [
        ("javascript", [".js", ".cjs", ".mjs", ".jsx"]),
        ("typescript", [".ts", ".cts", ".mts", ".tsx"]),
        ("typescript", [".cjs"; 4]),
    ] {
        stay_formatted(language, &endings, |files| {
            let files: Vec<_> = files.iter().filter(|file| !file.ends_with(OTHER_SETTINGS)).cloned().collect();
            let mut found = BTreeSet::new();
            for group in files.chunks(50) {
                let mut command = Command::new(crate::support::program("node"));
                let output = command.arg(&program).arg("--list-different").args(group).output().expect("prettier");
                let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
                let is_named = |file: &&PathBuf| said.contains(file.to_string_lossy().trim_start_matches(&root));
                found.extend(group.iter().filter(is_named).cloned());
            }
            found
        });
    }
}

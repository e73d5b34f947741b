//! What the languages' own compilers and interpreters say of the fixtures: after trees have to compile, and literals have
//! to have the values that `case.toml` tells.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Case, cases, read_tree, root};
use crate::support::{Sandbox, expect};

/// The after trees' files of a language with one of `endings`.
pub fn after_files(language: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for case in cases(language) {
        let after = case.join("after");
        let tree = read_tree(&after);
        files.extend(
            tree.keys().filter(|path| endings.iter().any(|end| path.ends_with(end))).map(|path| after.join(path)),
        );
    }
    assert!(!files.is_empty());
    files
}

/// Whether `program` is here; a missing one is said by name, and fails in CI.
fn is_here(program: &str) -> bool {
    let here = crate::support::found(program).is_some();
    assert!(here || std::env::var_os("CI").is_none(), "{program} is missing");
    if !here {
        eprintln!("skipped: {program} is missing");
    }
    here
}

#[test]
fn python_compiles_every_after_file() {
    if !is_here("python3") {
        return;
    }
    for file in after_files("python", &[".py"]) {
        let code = "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')";
        let output = Command::new("python3").args(["-c", code]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn node_checks_every_after_file() {
    if !is_here("node") {
        return;
    }
    for file in after_files("javascript", &[".js", ".mjs", ".cjs"]) {
        // a copy with the extension that says what the text is, since no package.json may stand beside it
        let text = fs::read_to_string(&file).unwrap();
        let module = text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
        let temporary = tempfile::tempdir().unwrap();
        let copy = temporary.path().join(if module { "a.mjs" } else { "a.cjs" });
        fs::write(&copy, &text).unwrap();
        let output = Command::new("node").arg("--check").arg(&copy).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn php_checks_every_after_file() {
    if !is_here("php") {
        return;
    }
    for file in after_files("php", &[".php"]) {
        let output = Command::new("php").arg("-l").arg(&file).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn ruby_checks_every_after_file() {
    if !is_here("ruby") {
        return;
    }
    for file in after_files("ruby", &[".rb", ".rake", "Gemfile", "Rakefile", ".gemspec", "bin/run"]) {
        let output = Command::new("ruby").args(["-W0", "-c"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    }
}

/// The values that `program` says the variables of a case's file have, against those of its `case.toml`.
pub fn check_values(language: &str, file: &str, program: &str, arguments: &[&str]) {
    if !is_here(program) {
        return;
    }
    let folder = root().join(language).join("escapes");
    let case: Case = toml::from_str(&fs::read_to_string(folder.join("case.toml")).unwrap()).unwrap();
    let output = Command::new(program).args(arguments).arg(folder.join("before").join(file)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
    let read = case.literal.iter().filter(|literal| literal.refused.is_none());
    let expected: Vec<_> = read.map(|l| l.value.clone().unwrap_or(l.needle.clone())).collect();
    assert_eq!(found.into_values().collect::<Vec<_>>(), expected);
}

/// The after trees whose code is complete, as the modules of one crate.
#[test]
fn rustc_compiles_the_after_trees() {
    let sandbox = Sandbox::new();
    let cases = [
        "contexts",
        "constant",
        "json-key",
        "inline-modules",
        "lent-references",
        "names-taken",
        "references",
        "two-regions",
    ];
    let mut modules = String::from("#![allow(warnings)]\n");
    for case in cases {
        let name = case.replace('-', "_");
        let after = root().join("rust").join(case).join("after/src");
        let file = ["main.rs", "lib.rs"].map(|file| after.join(file)).into_iter().find(|file| file.exists()).unwrap();
        sandbox.file(&format!("src/{name}.rs"), fs::read(file).unwrap());
        modules.extend(["mod ", &name, ";\n"]);
    }
    sandbox.file("src/lib.rs", modules);
    compile(&sandbox);
}

/// The after tree of a crate of several files, with its own manifest.
#[test]
fn rustc_compiles_a_crate_of_several_files() {
    let sandbox = Sandbox::new();
    let after = root().join("rust/modules/after");
    for file in ["Cargo.toml", "src/lib.rs", "src/config.rs", "src/db.rs", "src/other/mailer.rs"] {
        sandbox.file(file, fs::read(after.join(file)).unwrap());
    }
    compile(&sandbox);
}

/// Compiles a sandbox's crate with the crates that read secrets.
fn compile(sandbox: &Sandbox) {
    let mut command = sandbox.clean("sh");
    command.current_dir(sandbox.tree());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cargo/run.sh"));
    expect(0, command);
}

#[test]
fn python_itself_reads_the_same_values() {
    let code = "import json, runpy, sys, warnings; warnings.simplefilter('ignore'); \
                print(json.dumps({k: v for k, v in runpy.run_path(sys.argv[1]).items() if k.isupper()}))";
    check_values("python", "esc.py", "python3", &["-c", code]);
}

#[test]
fn php_itself_reads_the_same_values() {
    let code = "include $argv[1]; $all = get_defined_vars(); \
                $names = array_filter(array_keys($all), fn ($name) => str_ends_with($name, '_secret')); \
                echo json_encode(array_intersect_key($all, array_flip($names)));";
    check_values("php", "esc.php", "php", &["-r", code, "--"]);
}

#[test]
fn mono_itself_reads_the_same_values() {
    if !is_here("mcs") || !is_here("mono") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("show.exe");
    let show = root().join("csharp/Show.cs");
    let mut compile = Command::new("mcs");
    compile.arg("-r:System.Web.Extensions.dll").arg(format!("-out:{}", program.display())).arg(show);
    let output = compile.arg(root().join("csharp/escapes/before/Esc.cs")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    check_values("csharp", "Esc.cs", "mono", &[program.to_str().unwrap()]);
}

#[test]
fn ruby_itself_reads_the_same_values() {
    let code = "load ARGV[0]; names = Object.constants.grep(/_SECRET\\z/).sort - [:B_SECRET]; \
                require 'json'; puts JSON.generate(names.to_h { |name| [name, Object.const_get(name)] })";
    check_values("ruby", "esc.rb", "ruby", &["-W0", "-e", code]);
}

#[test]
fn node_itself_reads_the_same_values() {
    let code = "import(process.argv[1]).then((all) => console.log(JSON.stringify(all)))";
    check_values("javascript", "a.mjs", "node", &["-e", code]);
}

#[test]
fn go_itself_reads_the_same_values() {
    check_values("go", "main.go", "go", &["run"]);
}

#[test]
fn rust_itself_reads_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("show").display().to_string();
    let code = format!("rustc --edition 2021 --cap-lints allow -o '{program}' \"$0\" && '{program}'");
    check_values("rust", "src/main.rs", "sh", &["-c", &code]);
}

#[test]
fn bash_itself_reads_the_same_values() {
    let code =
        "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if len(k) == 3 and k[0] == 'A'}))";
    check_values("shell", "esc.sh", "bash", &["-c", &format!("set -a; . \"$0\"; exec python3 -c \"{code}\"")]);
}

#[test]
fn shells_parse_every_after_file_and_shellcheck_finds_nothing_new() {
    let dialect = |file: &Path| if file.to_string_lossy().contains("zsh") { "zsh" } else { "bash" };
    for file in after_files("shell", &[""]) {
        for shell in [dialect(&file), "dash"] {
            let text = fs::read_to_string(&file).unwrap();
            if !is_here(shell) || shell == "dash" && !text.starts_with("#!/bin/sh") {
                continue;
            }
            let output = Command::new(shell).arg("-n").arg(&file).output().unwrap();
            let crlf = text.contains("\r\n");
            assert!(output.status.success() || crlf, "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
        }
        if is_here("shellcheck") && dialect(&file) == "bash" {
            let before = file.to_string_lossy().replace("/after/", "/before/");
            let (before, after) = (shellcheck(Path::new(&before)), shellcheck(&file));
            let new: Vec<_> = after.iter().filter(|(code, count)| before.get(*code).unwrap_or(&0) < count).collect();
            assert!(new.is_empty(), "{}: {new:?}", file.display());
        }
    }
}

/// How often shellcheck says what of a file.
fn shellcheck(file: &Path) -> BTreeMap<String, usize> {
    let output = Command::new("shellcheck").args(["--format", "json"]).arg(file).output().unwrap();
    let found: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut counts = BTreeMap::new();
    for comment in found {
        *counts.entry(comment["code"].to_string()).or_default() += 1;
    }
    counts
}

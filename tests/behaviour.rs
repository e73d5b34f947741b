//! Same behaviour before and after: a program in each language prints a digest of the credentials that it works
//! with, is migrated, and prints the same against moto and against `arnify serve`; undo gives the same tree back.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::jvm::{run_java, run_kotlin, run_scala};
use crate::support::endpoint::Endpoint;
use crate::support::{Sandbox, expect, go_environment, node_modules, output, program, python, random_text};

/// How a program of the tree is run: with the endpoint once it has been migrated, without one before.
type Run = fn(&Sandbox, Option<&Endpoint>) -> String;

/// Migrates `app` and compares. Every value that was planted has to be gone from the tree, but for those of `stay`.
fn same_behaviour(app: &str, endpoint: Endpoint, run: Run) {
    let sandbox = Sandbox::new();
    let values = sandbox.lay_out(app);
    let before_tree = sandbox.snapshot();
    let before = run(&sandbox, None);
    let endpoint = endpoint.open(&sandbox);

    // All tests share one moto, so each names its application.
    let application = format!("{app}-{}", random_text(8));
    let mut apply = sandbox.arnify(["apply", "--write", "-y", "--region", "us-east-1", "--app", &application]);
    // The samples hold hostile values that a scanner has its doubts about.
    apply.args(["--min-confidence", "low"]);
    endpoint.select(&mut apply);
    expect(0, apply);
    let left: Vec<_> = sandbox
        .snapshot()
        .into_iter()
        .filter(|(_, bytes)| values.iter().any(|value| contains(bytes, value.as_bytes())))
        .map(|(path, bytes)| format!("{path}:\n{}", String::from_utf8_lossy(&bytes)))
        .collect();
    assert!(left.is_empty(), "planted values are left in {left:#?}");

    let after = run(&sandbox, Some(&endpoint));
    assert_eq!(before, after, "the migrated program behaves differently");

    let mut undo = sandbox.arnify(["undo", "-y"]);
    endpoint.select(&mut undo);
    expect(0, undo);
    assert_eq!(sandbox.snapshot(), before_tree, "undo has to give the same tree back");
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// A command in the tree that sees the endpoint once there is one.
pub fn in_tree(sandbox: &Sandbox, program: &Path, endpoint: Option<&Endpoint>) -> Command {
    let mut command = sandbox.clean(program);
    command.current_dir(sandbox.tree()).env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(endpoint) = endpoint {
        endpoint.environment(&mut command);
    }
    command
}

fn run_python(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let mut command = in_tree(sandbox, &python(), endpoint);
    command.arg("main.py");
    output(command)
}

fn run_notebook(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let mut command = in_tree(sandbox, &python(), endpoint);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/run_notebook.py")).arg("report.ipynb");
    output(command)
}

/// A folder that stands in for an SDK whose registry isn't reached.
fn sdk(language: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sdk").join(language)
}

fn run_php(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let link = sandbox.tree().join("vendor");
    if !link.exists() {
        symlink(sdk("php").join("vendor"), link).expect("a link to the SDK's stub");
    }
    let mut command = in_tree(sandbox, &program("php"), endpoint);
    command.arg("main.php");
    output(command)
}

fn run_csharp(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let built = sandbox.path("built.exe");
    let mut compile = in_tree(sandbox, &program("mcs"), None);
    compile.args(["-recurse:*.cs", "-r:System.Web.Extensions.dll"]).arg(format!("-out:{}", built.display()));
    compile.arg(sdk("csharp").join("SecretsManager.cs"));
    output(compile);
    let mut command = in_tree(sandbox, &program("mono"), endpoint);
    command.arg(built);
    output(command)
}

fn run_ruby(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let mut command = in_tree(sandbox, &program("ruby"), endpoint);
    command.arg("main.rb").env("RUBYLIB", sdk("ruby"));
    output(command)
}

/// Compiles and runs `fixtures/apps/rust`, against the crates that `tests/setup.sh crates` compiled.
fn run_rust(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let mut command = in_tree(sandbox, &program("sh"), endpoint);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cargo/run.sh"));
    output(command)
}

fn run_node(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    link_node_modules(sandbox);
    let mut command = in_tree(sandbox, &program("node"), endpoint);
    command.arg("main.js");
    output(command)
}

fn run_typescript(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    link_node_modules(sandbox);
    let mut compile = in_tree(sandbox, &program("node"), None);
    compile.arg("node_modules/typescript/bin/tsc").args(["-p", "."]);
    output(compile);
    let mut command = in_tree(sandbox, &program("node"), endpoint);
    command.arg("dist/main.js");
    let said = output(command);
    fs::remove_dir_all(sandbox.tree().join("dist")).expect("the compiled program");
    said
}

fn link_node_modules(sandbox: &Sandbox) {
    let link = sandbox.tree().join("node_modules");
    if !link.exists() {
        symlink(node_modules(), link).expect("a link to the npm packages");
    }
}

fn run_dash(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    run_shell(sandbox, endpoint, "dash")
}

fn run_bash(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    run_shell(sandbox, endpoint, "bash")
}

fn run_zsh(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    run_shell(sandbox, endpoint, "zsh")
}

/// The script with the tests' AWS command line.
fn run_shell(sandbox: &Sandbox, endpoint: Option<&Endpoint>, shell: &str) -> String {
    let mut command = in_tree(sandbox, &program(shell), endpoint);
    command.arg("main.sh").env("PATH", path_with_aws());
    output(command)
}

/// The search path with the tests' AWS command line on it.
pub fn path_with_aws() -> std::ffi::OsString {
    let folder = python().parent().expect("a folder").to_owned();
    assert!(folder.join("aws").is_file(), "the AWS command line is missing: run tests/setup.sh");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&paths))).expect("a search path")
}

/// Runs a copy, since `go mod tidy` writes `go.mod` and `go.sum`.
fn run_go(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let copy = sandbox.path("go");
    for (path, bytes) in sandbox.snapshot() {
        let file = copy.join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder of the copy");
        fs::write(file, bytes).expect("a file of the copy");
    }
    let go = |arguments: &[&str]| {
        let mut command = in_tree(sandbox, &program("go"), endpoint);
        command.args(arguments).current_dir(&copy);
        go_environment(&mut command);
        output(command)
    };
    let unformatted = go(&["fmt", "./..."]);
    assert!(unformatted.is_empty(), "gofmt would change {unformatted}");
    go(&["mod", "tidy"]);
    go(&["vet", "./..."]);
    go(&["run", "."])
}

const DOTENV_NAMES: &str = "APP_NAME,DB_HOST,DB_PORT,DB_USER,DB_PASSWORD,SMTP_PASSWORD,API_TOKEN,CACHE_URL,\
     SIGNING_SECRET,EXCHANGE_API_KEY,EXCHANGE_API_SECRET,ORDERS_DSN";

fn run_dotenv(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let Some(endpoint) = endpoint else { return show(sandbox, "dotenv", &sandbox.tree().join(".env")) };
    let mut command = sandbox.arnify(["exec", "--env-file", ".env", "--"]);
    command.arg(python()).arg(show_script()).args(["env", DOTENV_NAMES]);
    endpoint.select(&mut command);
    output(command)
}

fn run_yaml(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    show(sandbox, "yaml", &resolved(sandbox, "config.yaml", endpoint))
}

fn run_json(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    show(sandbox, "json", &resolved(sandbox, "config.json", endpoint))
}

fn run_properties(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let mut command = sandbox.clean(program("java"));
    command.arg(sandbox.tree().join("Show.java")).arg(resolved(sandbox, "application.properties", endpoint));
    output(command)
}

/// The file itself, or what `arnify inject` makes of it.
fn resolved(sandbox: &Sandbox, path: &str, endpoint: Option<&Endpoint>) -> std::path::PathBuf {
    let Some(endpoint) = endpoint else { return sandbox.tree().join(path) };
    let target = sandbox.path("resolved").join(path);
    fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
    let mut command = sandbox.arnify(["inject", "-i", path, "-o"]);
    command.arg(&target);
    endpoint.select(&mut command);
    expect(0, command);
    target
}

fn show(sandbox: &Sandbox, kind: &str, file: &Path) -> String {
    let mut command = sandbox.clean(python());
    command.arg(show_script()).arg(kind).arg(file);
    output(command)
}

fn show_script() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps/show.py")
}

macro_rules! same_behaviour {
    ($($name:ident: $app:literal, $run:ident;)+) => {$(
        mod $name {
            use super::*;

            #[test]
            fn against_moto() {
                same_behaviour($app, Endpoint::moto(), $run);
            }

            #[test]
            fn against_the_local_vault() {
                same_behaviour($app, Endpoint::local(), $run);
            }
        }
    )+};
}

same_behaviour! {
    python_program: "python", run_python;
    notebook: "notebook", run_notebook;
    es_module_program: "esm", run_node;
    commonjs_program: "cjs", run_node;
    typescript_program: "ts", run_typescript;
    go_program: "go", run_go;
    ruby_program: "ruby", run_ruby;
    java_program: "java", run_java;
    kotlin_program: "kotlin", run_kotlin;
    scala_program: "scala", run_scala;
    php_program: "php", run_php;
    csharp_program: "csharp", run_csharp;
    rust_program: "rust", run_rust;
    shell_script: "shell", run_dash;
    dotenv_file: "dotenv", run_dotenv;
    yaml_file: "yaml", run_yaml;
    json_file: "json", run_json;
    properties_file: "properties", run_properties;
}

#[test]
fn shell_script_under_bash_and_zsh() {
    same_behaviour("shell", Endpoint::local(), run_bash);
    same_behaviour("shell", Endpoint::local(), run_zsh);
}

/// The comparison above is worth something only if it can fail: a program whose endpoint is gone must not go on.
#[test]
fn a_migrated_program_fails_without_its_store_and_names_the_arn() {
    let sandbox = Sandbox::new();
    sandbox.lay_out("python");
    expect(0, sandbox.arnify(["apply", "--write", "-y"]));
    let mut command = in_tree(&sandbox, &python(), None);
    command
        .arg("main.py")
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_MAX_ATTEMPTS", "1");
    let failed = command.output().expect("python");
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stderr).contains("127.0.0.1:9"), "the error has to name the endpoint");
}

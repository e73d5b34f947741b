//! Languages of the JVM against their own compilers, which `tests/setup.sh jvm` brings: syntax of every file after,
//! values of literals, and the sample programs with AWS's caching client.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arnify::lang::Languages;
use arnify::model::Span;

use crate::behaviour::in_tree;
use crate::rewrite::programs::{after_files, check_values};
use crate::rewrite::value_of;
use crate::support::endpoint::Endpoint;
use crate::support::{Sandbox, expect, installed, output, program};

/// A class path of all jars of a folder of `tests/setup.sh`.
fn jars(name: &str) -> String {
    format!("{}/*", installed(&format!("target/test-env/jvm/{name}")).display())
}

fn check_java() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/java/Check.java")
}

fn sources(sandbox: &Sandbox, ending: &str) -> Vec<PathBuf> {
    let paths = sandbox.snapshot().into_keys().filter(|path| path.ends_with(ending));
    paths.map(|path| sandbox.tree().join(path)).collect()
}

/// A new folder for classes.
fn classes(sandbox: &Sandbox) -> PathBuf {
    let folder = sandbox.path("classes");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder for classes");
    folder
}

fn run_main(sandbox: &Sandbox, endpoint: Option<&Endpoint>, (class_path, main): (&str, &str)) -> String {
    let mut command = in_tree(sandbox, &program("java"), endpoint);
    command.args(["-cp", class_path, main]);
    output(command)
}

/// Compiles and runs `fixtures/apps/java`.
pub fn run_java(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let folder = classes(sandbox);
    let mut compile = sandbox.clean(program("javac"));
    compile.args(["-cp", &jars("sdk"), "-d"]).arg(&folder).args(sources(sandbox, ".java"));
    expect(0, compile);
    run_main(sandbox, endpoint, (&format!("{}:{}", folder.display(), jars("sdk")), "com.acme.shop.Main"))
}

/// The command that compiles Kotlin `files` into `folder`.
fn kotlinc(folder: &Path, class_path: &str, files: &[PathBuf]) -> Command {
    let mut command = Command::new(program("java"));
    command.args(["-cp", &jars("kotlin"), "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"]);
    command.args(["-no-stdlib", "-no-reflect", "-nowarn"]).arg("-d").arg(folder);
    command.args(["-classpath", class_path]).args(files);
    command
}

/// The jars of a folder of `tests/setup.sh` one by one, as Kotlin's compiler wants them.
fn each_jar(name: &str) -> String {
    let folder = installed(&format!("target/test-env/jvm/{name}"));
    let jars = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    jars.map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":")
}

fn kotlin_and_sdk() -> String {
    format!("{}:{}", each_jar("kotlin"), each_jar("sdk"))
}

/// Compiles and runs `fixtures/apps/kotlin`.
pub fn run_kotlin(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let folder = classes(sandbox);
    expect(0, kotlinc(&folder, &kotlin_and_sdk(), &sources(sandbox, ".kt")));
    let class_path = format!("{}:{}:{}", folder.display(), jars("kotlin"), jars("sdk"));
    run_main(sandbox, endpoint, (&class_path, "com.acme.shop.MainKt"))
}

/// The compilers of Scala: folder of `tests/setup.sh`, and class.
const SCALA: [(&str, &str); 2] = [("scala", "dotty.tools.dotc.Main"), ("scala2", "scala.tools.nsc.Main")];

/// The command that compiles Scala `files` into `folder`.
fn scalac((name, main): (&str, &str), folder: &Path, files: &[PathBuf]) -> Command {
    let mut command = Command::new(program("java"));
    command.args(["-cp", &jars(name), main, "-d"]).arg(folder);
    command.args(["-classpath", &format!("{}:{}", each_jar(name), each_jar("sdk"))]).args(files);
    command
}

/// Compiles and runs `fixtures/apps/scala`.
pub fn run_scala(sandbox: &Sandbox, endpoint: Option<&Endpoint>) -> String {
    let folder = classes(sandbox);
    expect(0, scalac(SCALA[0], &folder, &sources(sandbox, ".scala")));
    let class_path = format!("{}:{}:{}", folder.display(), jars("scala"), jars("sdk"));
    run_main(sandbox, endpoint, (&class_path, "com.acme.shop.Main"))
}

#[test]
fn javac_parses_every_after_file() {
    let mut command = Command::new(program("java"));
    command.arg(check_java()).arg("parse").args(after_files("java", &[".java"]));
    expect(0, command);
}

#[test]
fn javac_itself_reads_the_same_values() {
    let check = check_java();
    check_values("java", "Esc.java", "java", &[check.to_str().unwrap(), "values"]);
}

/// Kotlin's compiler has no mode that only parses, so the helper and all that needs nothing else is compiled whole.
#[test]
fn kotlinc_compiles_the_after_trees() {
    for case in KOTLIN_CASES {
        let folder = tempfile::tempdir().unwrap();
        let part = format!("/kotlin/{case}/after/");
        let files: Vec<_> = after_files("kotlin", &[".kt"]);
        let files: Vec<_> = files.into_iter().filter(|file| file.to_string_lossy().contains(&part)).collect();
        assert!(!files.is_empty(), "{case}");
        expect(0, kotlinc(folder.path(), &kotlin_and_sdk(), &files));
    }
}

const KOTLIN_CASES: &[&str] = &["contexts", "concatenation", "default-package", "enum-and-classes", "foreign-helper"];

#[test]
fn kotlin_itself_reads_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = root("kotlin").join("escapes/before/Esc.kt");
    expect(0, kotlinc(folder.path(), &each_jar("kotlin"), &[file]));
    let class_path = format!("{}:{}", folder.path().display(), jars("kotlin"));
    check_values("kotlin", "Esc.kt", "java", &["-cp", &class_path, check_java().to_str().unwrap(), "compiled"]);
}

#[test]
fn kotlin_reads_hostile_values_as_the_engine_does() {
    let values = hostile();
    let literals: Vec<_> = values.iter().map(|value| quoted(value, KOTLIN)).collect();
    let lines = literals.iter().enumerate().map(|(n, literal)| format!("val V{n:02} = {literal}\n"));
    let text = lines.collect::<String>();
    check_literals("Hostile.kt", &text, &literals, &values);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Hostile.kt");
    fs::write(&file, text).unwrap();
    expect(0, kotlinc(folder.path(), &each_jar("kotlin"), std::slice::from_ref(&file)));
    let mut command = Command::new(program("java"));
    command.args(["-cp", &format!("{}:{}", folder.path().display(), jars("kotlin"))]);
    command.arg(check_java()).arg("compiled").arg(file);
    let found: BTreeMap<String, String> = serde_json::from_str(&output(command)).unwrap();
    assert_eq!(found.into_values().collect::<Vec<_>>(), values);
}

/// As for Java below: what makes the comparison worth something.
#[test]
fn a_kotlin_program_fails_without_its_import_or_its_store() {
    fails_without_its_import_or_its_store(&Migrated {
        app: "kotlin",
        main: "com.acme.shop.MainKt",
        compile: &|folder, sandbox| kotlinc(folder, &kotlin_and_sdk(), &sources(sandbox, ".kt")),
        path: "src/main/kotlin/com/acme/shop/db/Database.kt",
        import: "import com.acme.shop.AwsSecret\n",
    });
}

/// An app of `fixtures/apps` that is migrated, built and run.
struct Migrated<'a> {
    app: &'a str,
    main: &'a str,
    compile: &'a dyn Fn(&Path, &Sandbox) -> Command,
    /// A file that reads a secret, and how it imports what reads it.
    path: &'a str,
    import: &'a str,
}

fn fails_without_its_import_or_its_store(migrated: &Migrated<'_>) {
    let Migrated { app, main, compile, path, import } = migrated;
    let sandbox = Sandbox::new();
    sandbox.lay_out(app);
    expect(0, sandbox.arnify(["apply", "--write", "-y", "--min-confidence", "low"]));
    let folder = classes(&sandbox);
    expect(0, compile(&folder, &sandbox));
    let mut command = in_tree(&sandbox, &program("java"), None);
    let class_path = format!("{}:{}:{}", folder.display(), jars(app), jars("sdk"));
    command
        .args(["-cp", &class_path, main])
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_MAX_ATTEMPTS", "1");
    let failed = expect(1, command);
    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(said.contains("can't read arn:aws:secretsmanager:") && said.contains("127.0.0.1:9"), "{said}");

    let text = sandbox.read(path);
    assert!(text.contains(import), "{text}");
    sandbox.file(path, text.replace(import, ""));
    expect(1, compile(&folder, &sandbox));
}

/// All after trees whose files need nothing but AWS's client in one run for each compiler; the packages keep them apart.
#[test]
fn scalac_compiles_the_after_trees() {
    let only_3 = ["scala-3", "indentation"];
    for compiler in SCALA {
        let folder = tempfile::tempdir().unwrap();
        let alone = |file: &PathBuf, case: &str| file.to_string_lossy().contains(&format!("/scala/{case}/after/"));
        let files = after_files("scala", &[".scala"]);
        let fits = |file: &PathBuf| compiler.0 == "scala" || !only_3.iter().any(|case| alone(file, case));
        let taken = |file: &PathBuf| fits(file) && SCALA_CASES.iter().any(|case| alone(file, case));
        let files: Vec<_> = files.into_iter().filter(taken).collect();
        assert!(files.len() > SCALA_CASES.len(), "{files:?}");
        expect(0, scalac(compiler, folder.path(), &files));
    }
}

#[test]
fn scala_itself_reads_the_same_values() {
    for compiler in SCALA {
        let folder = tempfile::tempdir().unwrap();
        expect(0, scalac(compiler, folder.path(), &[root("scala").join("escapes/before/Esc.scala")]));
        let class_path = format!("{}:{}", folder.path().display(), jars(compiler.0));
        check_values("scala", "Esc.scala", "java", &["-cp", &class_path, check_java().to_str().unwrap(), "compiled"]);
    }
}

#[test]
fn scala_reads_hostile_values_as_the_engine_does() {
    let values = hostile();
    let literals: Vec<_> = values.iter().map(|value| quoted(value, SCALA_NAMED)).collect();
    let lines = literals.iter().enumerate().map(|(n, literal)| format!("  val V{n:02} = {literal}\n"));
    let text = format!("object Hostile {{\n{}}}\n", lines.collect::<String>());
    check_literals("Hostile.scala", &text, &literals, &values);
    for compiler in SCALA {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Hostile.scala");
        fs::write(&file, &text).unwrap();
        expect(0, scalac(compiler, folder.path(), std::slice::from_ref(&file)));
        let mut command = Command::new(program("java"));
        command.args(["-cp", &format!("{}:{}", folder.path().display(), jars(compiler.0))]);
        command.arg(check_java()).arg("compiled").arg(file);
        let found: BTreeMap<String, String> = serde_json::from_str(&output(command)).unwrap();
        assert_eq!(found.into_values().collect::<Vec<_>>(), values);
    }
}

/// As for Java below.
#[test]
fn a_scala_program_fails_without_its_import_or_its_store() {
    fails_without_its_import_or_its_store(&Migrated {
        app: "scala",
        main: "com.acme.shop.Main",
        compile: &|folder, sandbox| scalac(SCALA[0], folder, &sources(sandbox, ".scala")),
        path: "src/main/scala/com/acme/shop/db/Database.scala",
        import: "import com.acme.shop.AwsSecretCache\n",
    });
}

const SCALA_CASES: &[&str] = &[
    "contexts",
    "concatenation",
    "default-package",
    "scala-3",
    "indentation",
    "json-key",
    "chained-packages",
    "constant",
    "package-object",
    "foreign-helper",
    "helper-there",
    "raw-strings",
    "no-imports",
    "two-regions",
    "crlf",
];

#[test]
fn the_helper_class_is_formatted() {
    let text = fs::read(root("java").join("contexts/after/src/main/java/com/acme/orders/AwsSecrets.java")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("AwsSecrets.java");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(program("java"));
    for package in ["api", "code", "file", "parser", "tree", "util"] {
        command.args(["--add-exports", &format!("jdk.compiler/com.sun.tools.javac.{package}=ALL-UNNAMED")]);
    }
    command.args(["-cp", &jars("format"), "com.google.googlejavaformat.java.Main"]);
    command.args(["--aosp", "--skip-sorting-imports", "--dry-run", "--set-exit-if-changed"]).arg(file);
    expect(0, command);
}

fn root(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite").join(language)
}

/// Values that have broken tools before.
fn hostile() -> Vec<String> {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    let values = [
        "x",
        "a\"b",
        "it's",
        "$HOME ${x} $x $$",
        "back\\slash\\",
        "end\n",
        "a\r\nb",
        pem,
        "😀\u{2028}é",
        "\u{7f}\u{1}",
    ];
    let mut values: Vec<String> = values.into_iter().map(str::to_owned).collect();
    values.extend(["tab\t\u{8}\u{c}".to_owned(), "\"\"\"".to_owned(), "%s%n{{}}".to_owned(), "y".repeat(65_534)]);
    values
}

/// Writes `value` between quotes: what must be escaped by `named`, all else that is not ASCII by its number.
fn quoted(value: &str, named: &[(char, &str)]) -> String {
    let mut out = String::from("\"");
    for unit in value.encode_utf16() {
        let known = char::from_u32(u32::from(unit)).filter(|c| c.is_ascii() && !c.is_ascii_control());
        match (named.iter().find(|(c, _)| u32::from(*c) == u32::from(unit)), known) {
            (Some((_, escape)), _) => out.push_str(escape),
            (None, Some(c)) => out.push(c),
            (None, None) => write!(out, "\\u{unit:04x}").unwrap(),
        }
    }
    out.push('"');
    out
}

const JAVA: &[(char, &str)] = &[('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\r', "\\r")];

const SCALA_NAMED: &[(char, &str)] = &[('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\r', "\\r"), ('\u{c}', "\\f")];

const KOTLIN: &[(char, &str)] = &[('"', "\\\""), ('\\', "\\\\"), ('$', "\\$"), ('\n', "\\n"), ('\r', "\\r")];

/// The literals of `text`, one for each value, are read as what they were written from.
fn check_literals(path: &str, text: &str, literals: &[String], values: &[String]) {
    let languages = Languages::load().unwrap();
    let mut at = 0;
    for (literal, value) in literals.iter().zip(values) {
        let start = at + text.get(at..).unwrap().find(literal.as_str()).unwrap();
        at = start + literal.len();
        let found = value_of(&languages, path, text.as_bytes(), Span::new(start + 1, at - 1)).expect("it is read");
        found.with_bytes(|bytes| assert_eq!(bytes, value.as_bytes(), "{path}: {literal:.80}"));
    }
}

#[test]
fn javac_reads_hostile_values_as_the_engine_does() {
    let values = hostile();
    let literals: Vec<_> = values.iter().map(|value| quoted(value, JAVA)).collect();
    let lines =
        literals.iter().enumerate().map(|(n, literal)| format!("    static final String V{n:02} = {literal};\n"));
    let text = format!("class Hostile {{\n{}}}\n", lines.collect::<String>());
    check_literals("Hostile.java", &text, &literals, &values);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Hostile.java");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(program("java"));
    command.arg(check_java()).arg("values").arg(file);
    let found: BTreeMap<String, String> = serde_json::from_str(&output(command)).unwrap();
    assert_eq!(found.into_values().collect::<Vec<_>>(), values);
}

/// What makes the comparison of a program before and after worth something: each of these has to fail.
#[test]
fn a_java_program_fails_without_its_import_or_its_store() {
    let sandbox = Sandbox::new();
    sandbox.lay_out("java");
    expect(0, sandbox.arnify(["apply", "--write", "-y", "--min-confidence", "low"]));
    let folder = classes(&sandbox);
    let compile = || {
        let mut compile = sandbox.clean(program("javac"));
        compile.args(["-cp", &jars("sdk"), "-d"]).arg(&folder).args(sources(&sandbox, ".java"));
        compile
    };
    expect(0, compile());
    let mut command = in_tree(&sandbox, &program("java"), None);
    command
        .args(["-cp", &format!("{}:{}", folder.display(), jars("sdk")), "com.acme.shop.Main"])
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_MAX_ATTEMPTS", "1");
    let failed = expect(1, command);
    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(said.contains("can't read arn:aws:secretsmanager:") && said.contains("127.0.0.1:9"), "{said}");

    let path = "src/main/java/com/acme/shop/db/Database.java";
    let text = sandbox.read(path);
    let import = "import com.acme.shop.AwsSecrets;\n";
    assert!(text.contains(import), "{text}");
    sandbox.file(path, text.replace(import, ""));
    expect(1, compile());
}

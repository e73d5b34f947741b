//! Every language against its fixtures: `fixtures/rewrite/<lang>/<case>/{case.toml,before,after}`.
//!
//! `case.toml` says where values stand, so that no scanner takes part. `BLESS=1` writes the after trees.

pub mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arnify::lang::{Languages, LocatedSite, NotRewritable, Request, Surroundings};
use arnify::model::{
    Applicability, Blob, Confidence, Edit, EntryId, Finding, Fix, Kind, Located, Origin, SecretRef, Severity, Source,
    Span, Stands, Verdict,
};
use arnify::secret::{Excerpt, Fingerprint, Salt, SecretValue};
use proptest::prelude::*;
use serde::Deserialize;

static LANGUAGES: LazyLock<Languages> = LazyLock::new(|| Languages::load().unwrap());

const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/orders/";

type Tree = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    literal: Vec<Literal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Literal {
    file: String,
    /// The value as it stands in the file; its `nth` place, from 0.
    needle: String,
    #[serde(default)]
    nth: usize,
    /// What the program reads; the needle when left out.
    value: Option<String>,
    /// The value's bytes, where they are no text.
    bytes: Option<Vec<u8>>,
    /// Last part of the secret's name; `db` when left out.
    #[serde(default = "usual_name")]
    secret: String,
    /// Key within a JSON secret.
    key: Option<String>,
    region: Option<String>,
    /// The name that the literal belongs to.
    name: Option<String>,
    /// Keys that stand beside it.
    neighbours: Option<Vec<String>>,
    /// Located, but not to be rewritten: words of the reason.
    manual: Option<String>,
    /// Not even located: words of the reason.
    refused: Option<String>,
}

fn usual_name() -> String {
    "db".to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite")
}

pub fn cases(language: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(language)).unwrap();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn read_tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                tree.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    tree
}

pub fn blob(path: &str, bytes: &[u8]) -> Blob {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: false };
    Blob::new(source, bytes.to_vec())
}

/// As the scanner has it: what stands in a URL is a connection's.
fn in_url(line: &[u8]) -> bool {
    line.windows(3).any(|three| three == b"://")
}

pub fn located(blob: &Blob, value: Span) -> Located {
    let line = blob.lines().line_span(&blob.bytes, blob.lines().line_of(&blob.bytes, value.start)).unwrap();
    let finding = Finding {
        v: 1,
        rule: "generic-password".into(),
        kind: if in_url(line.of(&blob.bytes)) { Kind::Connection } else { Kind::Password },
        severity: Severity::High,
        confidence: Confidence::High,
        verdict: Verdict::Likely,
        path: blob.path().into(),
        span: blob.lines().region(&blob.bytes, value),
        fingerprint: Fingerprint::compute(&Salt::derive(b"test"), "generic", blob.path(), value.of(&blob.bytes)),
        excerpt: Excerpt::mask(line.of(&blob.bytes), std::slice::from_ref(&(0..line.len()))),
        commit: None,
        removed: None,
        signals: Vec::new(),
    };
    Located { finding, value, key: None, stands: Stands::Plain }
}

fn find(blob: &Blob, needle: &str, nth: usize) -> Span {
    let starts = memchr::memmem::find_iter(&blob.bytes, needle.as_bytes());
    let start = starts.clone().nth(nth).unwrap_or_else(|| panic!("{}: no `{needle}` number {nth}", blob.path()));
    Span::new(start, start + needle.len())
}

pub fn splice(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut last = usize::MAX;
    for edit in edits.iter().rev() {
        assert!(edit.span.end <= last, "edits overlap: {edits:?}");
        out.splice(edit.span.range(), edit.replacement.bytes());
        last = edit.span.start;
    }
    out
}

fn apply(tree: &mut Tree, fixes: &[Fix]) {
    for fix in fixes {
        assert_eq!(fix.creates, !tree.contains_key(&fix.path), "{}", fix.path);
        let before = tree.get(&fix.path).cloned().unwrap_or_default();
        let before = blob(&fix.path, &before);
        tree.insert(fix.path.clone(), before.to_disk(&splice(&before.bytes, &fix.edits)).unwrap());
    }
}

fn surroundings(languages: &Languages, tree: &Tree, language: &str) -> Surroundings {
    let names = languages.surrounding_names(&BTreeSet::from([language.to_owned()]));
    let wanted = |path: &str| {
        let base = path.rsplit('/').next().unwrap();
        let below = |name: &str| path == name || path.ends_with(&format!("/{name}"));
        names.iter().any(|name| name.strip_prefix('*').map_or(below(name), |ending| base.ends_with(ending)))
    };
    let files = tree.iter().filter(|(path, _)| wanted(path));
    let files = files.map(|(path, bytes)| (path.clone(), blob(path, bytes))).collect();
    Surroundings { files, passages: passages(tree), ..Surroundings::default() }
}

/// The folders that hold one folder and nothing else.
fn passages(tree: &Tree) -> BTreeSet<String> {
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in tree.keys() {
        let parts: Vec<_> = path.split_inclusive('/').collect();
        for at in 0..parts.len() {
            entries.entry(parts[..at].concat()).or_default().insert(parts[at].to_owned());
        }
    }
    let only_folder = |inside: &BTreeSet<String>| inside.len() == 1 && inside.iter().all(|name| name.ends_with('/'));
    entries.into_iter().filter(|(_, inside)| only_folder(inside)).map(|(folder, _)| folder).collect()
}

fn reference(literal: &Literal) -> SecretRef {
    let arn = format!("{ARN}{}-AbCdEf", literal.secret);
    let arn = literal.region.as_ref().map_or(arn.clone(), |region| arn.replace("us-east-1", region));
    SecretRef { arn, key: literal.key.clone() }
}

fn check_located(
    literal: &Literal,
    found: &Result<LocatedSite, NotRewritable>,
    place: &str,
) -> Option<LocatedSiteView> {
    match (found, &literal.refused) {
        (Err(error), Some(words)) => {
            assert!(error.reason.contains(words), "{place}: {}", error.reason);
            return None;
        }
        (Err(error), None) => panic!("{place}: {}", error.reason),
        (Ok(found), Some(_)) => panic!("{place}: was located as {:?}", found.site),
        (Ok(_), None) => {}
    }
    let found = found.as_ref().unwrap();
    let text = literal.value.clone().unwrap_or_else(|| literal.needle.clone());
    let expected = literal.bytes.clone().unwrap_or(text.into_bytes());
    found.value.with_bytes(|bytes| assert_eq!(bytes, expected, "{place}: decoded {:?}", bstr::BStr::new(bytes)));
    if let Some(name) = &literal.name {
        assert_eq!(found.site.key.as_ref(), Some(name), "{place}");
    }
    if let Some(keys) = &literal.neighbours {
        let found: Vec<_> =
            found.neighbours.iter().filter_map(|n| Some(format!("{}={}", n.key, n.value.as_ref()?))).collect();
        assert_eq!(&found, keys, "{place}");
    }
    let step = found.site.step.clone().unwrap_or_default();
    match &literal.manual {
        Some(words) => {
            assert_eq!(found.site.applicability, Applicability::Manual, "{place}");
            assert!(step.contains(words), "{place}: {step}");
        }
        None => assert_eq!(found.site.applicability, Applicability::Review, "{place}: {step}"),
    }
    Some(LocatedSiteView { site: found.site.clone() })
}

struct LocatedSiteView {
    site: arnify::model::Site,
}

/// Rewrites a case's tree file by file, as a run does.
fn rewrite(languages: &Languages, language: &str, tree: &Tree, case: &Case, place: &str) -> Tree {
    let mut after = tree.clone();
    let files: BTreeSet<_> = case.literal.iter().map(|literal| literal.file.clone()).collect();
    for file in files.clone() {
        let blob = blob(&file, &tree[&file]);
        let literals: Vec<_> = case.literal.iter().filter(|literal| literal.file == file).collect();
        let found: Vec<_> = literals.iter().map(|l| located(&blob, find(&blob, &l.needle, l.nth))).collect();
        let sites = languages.locate(&blob, &found);
        let mut requests = Vec::new();
        for (number, (literal, site)) in literals.iter().zip(&sites).enumerate() {
            let place = format!("{place}: {file}: {}", literal.needle);
            if let Some(view) = check_located(literal, site, &place) {
                requests.push(Request { site: view.site, entry: EntryId(number), reference: reference(literal) });
            }
        }
        let around = Surroundings { rewritten: files.clone(), ..surroundings(languages, &after, language) };
        let fixes = languages.rewrite(&blob, &requests, &around).unwrap_or_else(|error| panic!("{place}: {error}"));
        for fix in &fixes {
            let errors =
                |tree: &Tree| languages.syntax_errors(&fix.path, tree.get(&fix.path).map_or(b"", Vec::as_slice));
            let before = errors(&after);
            apply(&mut after, std::slice::from_ref(fix));
            assert!(
                errors(&after) <= before.or(Some(0)),
                "{place}: {}: new syntax error:\n{}",
                fix.path,
                bstr::BStr::new(&after[&fix.path])
            );
        }
    }
    after
}

fn run(language: &str, least: usize) {
    let languages = &*LANGUAGES;
    let cases = cases(language);
    assert!(cases.len() >= least, "{language}: {} cases", cases.len());
    let mut wrong = Vec::new();
    for folder in cases {
        let place = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let case: Case = toml::from_str(&fs::read_to_string(folder.join("case.toml")).unwrap()).unwrap();
        let before = read_tree(&folder.join("before"));
        let Ok(after) = std::panic::catch_unwind(|| rewrite(languages, language, &before, &case, &place)) else {
            wrong.push(place);
            continue;
        };
        if std::env::var_os("BLESS").is_some() {
            let _ = fs::remove_dir_all(folder.join("after"));
            for (path, bytes) in &after {
                let path = folder.join("after").join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        let expected = read_tree(&folder.join("after"));
        if after != expected {
            for (path, bytes) in &after {
                if expected.get(path) != Some(bytes) {
                    eprintln!("{place}: {path} is\n{}", bstr::BStr::new(bytes));
                }
            }
            wrong.push(place);
        }
    }
    assert!(wrong.is_empty(), "{language}: {wrong:?}");
}

#[test]
fn python_fixtures_become_their_after_trees() {
    run("python", 25);
}

#[test]
fn javascript_fixtures_become_their_after_trees() {
    run("javascript", 17);
}

#[test]
fn typescript_fixtures_become_their_after_trees() {
    run("typescript", 16);
}

#[test]
fn notebook_fixtures_become_their_after_trees() {
    run("notebook", 14);
}

/// What a cell printed stays in the file, and nobody else would say so.
#[test]
fn a_rewritten_notebook_says_what_is_left_in_its_outputs() {
    let step = |output: &str| {
        let text = format!(
            "{{\"cells\": [{{\"cell_type\": \"code\", \"outputs\": [{output}], \"source\": [\"a = \\\"hunter2-shown\\\"\"]}}], \
             \"metadata\": {{\"kernelspec\": {{\"name\": \"python3\"}}}}}}"
        );
        let blob = blob("a.ipynb", text.as_bytes());
        let value = find(&blob, "hunter2-shown", text.matches("hunter2-shown").count() - 1);
        let site = LANGUAGES.locate(&blob, &[located(&blob, value)]).remove(0).unwrap().site;
        let request =
            Request { site, entry: EntryId(0), reference: SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None } };
        let fixes = LANGUAGES.rewrite(&blob, &[request], &Surroundings::default()).unwrap();
        fixes[0].step.clone().unwrap()
    };
    assert!(!step("").contains("outputs"), "{}", step(""));
    assert!(step("{\"text\": [\"1\"]}").contains("Clear the notebook's outputs"), "{}", step("{}"));
    let twice = step("{\"text\": [\"hunter2-shown\"]}");
    assert!(twice.contains("stands outside of the notebook's code too") && !twice.contains("hunter2"), "{twice}");
}

#[test]
fn java_fixtures_become_their_after_trees() {
    run("java", 18);
}

#[test]
fn kotlin_fixtures_become_their_after_trees() {
    run("kotlin", 19);
}

#[test]
fn scala_fixtures_become_their_after_trees() {
    run("scala", 20);
}

#[test]
fn go_fixtures_become_their_after_trees() {
    run("go", 19);
}

#[test]
fn rust_fixtures_become_their_after_trees() {
    run("rust", 20);
}

#[test]
fn shell_fixtures_become_their_after_trees() {
    run("shell", 20);
}

#[test]
fn php_fixtures_become_their_after_trees() {
    run("php", 18);
}

#[test]
fn csharp_fixtures_become_their_after_trees() {
    run("csharp", 18);
}

#[test]
fn powershell_fixtures_become_their_after_trees() {
    run("powershell", 17);
}

#[test]
fn ruby_fixtures_become_their_after_trees() {
    run("ruby", 20);
}

#[test]
fn dotenv_fixtures_become_their_after_trees() {
    run("dotenv", 6);
}

#[test]
fn yaml_fixtures_become_their_after_trees() {
    run("yaml", 6);
}

#[test]
fn json_fixtures_become_their_after_trees() {
    run("json", 6);
}

#[test]
fn properties_fixtures_become_their_after_trees() {
    run("properties", 6);
}

/// Rewrites one literal of `text` and gives the files afterwards.
fn rewrite_one(languages: &Languages, language: &str, path: &str, tree: &Tree, needle: &str) -> Tree {
    let literal = format!("[[literal]]\nfile = '{path}'\nneedle = '{needle}'\n");
    rewrite(languages, language, tree, &toml::from_str(&literal).unwrap(), path)
}

#[test]
fn one_more_literal_needs_no_import_when_the_file_was_rewritten_before() {
    let languages = &*LANGUAGES;
    let texts = [
        ("python", "a.py", "import os\n\nA_KEY = \"first\"\nB_KEY = \"second\"\n"),
        (
            "javascript",
            "a.mjs",
            "import fs from \"node:fs\";\n\nexport const a = \"first\";\nexport const b = \"second\";\n",
        ),
        ("java", "A.java", "class A {\n    String a = \"first\";\n    String b = \"second\";\n}\n"),
        (
            "java",
            "com/acme/db/A.java",
            "package com.acme.db;\n\nclass A {\n    String a = \"first\";\n    String b = \"second\";\n}\n",
        ),
        ("kotlin", "A.kt", "class A {\n    val a = \"first\"\n    val b = \"second\"\n}\n"),
        (
            "scala",
            "com/acme/db/A.scala",
            "package com.acme\npackage db\n\nclass A:\n  val a = \"first\"\n  val b = \"second\"\n",
        ),
        ("javascript", "a.cjs", "const fs = require(\"fs\");\n\nconst a = \"first\";\nconst b = \"second\";\n"),
        (
            "typescript",
            "a.mts",
            "import fs from \"node:fs\";\n\nexport const a = \"first\";\nexport const b = \"second\";\n",
        ),
        ("go", "a.go", "package a\n\nvar a = \"first\"\n\nvar b = \"second\"\n"),
    ];
    for (language, path, text) in texts {
        let tree = Tree::from([(path.to_owned(), text.as_bytes().to_vec())]);
        let once = rewrite_one(languages, language, path, &tree, "first");
        let blob = blob(path, &once[path]);
        let found = located(&blob, find(&blob, "second", 0));
        let site = languages.locate(&blob, &[found]).remove(0).unwrap().site;
        let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
        let request = Request { site, entry: EntryId(0), reference };
        let fixes = languages.rewrite(&blob, &[request], &surroundings(languages, &once, language)).unwrap();
        assert_eq!(fixes.len(), 1, "{path}: {fixes:?}");
        assert_eq!(fixes[0].edits.len(), 1, "{path}: {:?}", fixes[0].edits);
        assert!(fixes[0].edits[0].removed.is_some());
    }
}

#[test]
fn one_more_literal_of_a_rust_file_needs_its_arn_alone() {
    let text =
        "use std::env;\n\nfn a() -> &'static str {\n    \"first\"\n}\n\nfn b() {\n    f(\"second\", \"third\");\n}\n";
    let tree = Tree::from([("src/a.rs".to_owned(), text.as_bytes().to_vec())]);
    let mut twice = rewrite_one(&LANGUAGES, "rust", "src/a.rs", &tree, "first");
    let blob = blob("src/a.rs", &twice["src/a.rs"]);
    let found = ["second", "third"].map(|value| located(&blob, find(&blob, value, 0)));
    let mut requests = Vec::new();
    for (number, site) in LANGUAGES.locate(&blob, &found).into_iter().enumerate() {
        // The first one is a secret that the file reads already.
        let reference = reference(
            &toml::from_str(["file = ''\nneedle = ''", "file = ''\nneedle = ''\nsecret = 'b'"][number]).unwrap(),
        );
        requests.push(Request { site: site.unwrap().site, entry: EntryId(number), reference });
    }
    let fixes = LANGUAGES.rewrite(&blob, &requests, &Surroundings::default()).unwrap();
    assert_eq!((fixes.len(), fixes[0].edits.len()), (1, 3), "{fixes:?}");
    apply(&mut twice, &fixes);
    let after = String::from_utf8(twice["src/a.rs"].clone()).unwrap();
    assert!(after.starts_with("use std::env;\n\nconst B_ARN: &str = \"arn:"), "{after}");
    assert!(after.contains("f(secret(DB_ARN), secret(B_ARN));"), "{after}");
    assert_eq!(after.matches("aws_secretsmanager_caching").count(), 1);
}

#[test]
fn a_later_constant_stands_after_the_getter_that_it_calls() {
    let text = "export const a = \"first\";\n\nexport function f() {\n  return \"second\";\n}\n";
    let tree = Tree::from([("a.mjs".to_owned(), text.as_bytes().to_vec())]);
    let once = rewrite_one(&LANGUAGES, "javascript", "a.mjs", &tree, "first");
    let mut twice = once.clone();
    let blob = blob("a.mjs", &once["a.mjs"]);
    let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "second", 0))]).remove(0).unwrap().site;
    let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
    let request = Request { site, entry: EntryId(0), reference };
    apply(&mut twice, &LANGUAGES.rewrite(&blob, &[request], &Surroundings::default()).unwrap());
    let after = String::from_utf8(twice["a.mjs"].clone()).unwrap();
    let at = |words: &str| after.find(words).unwrap_or_else(|| panic!("no `{words}` in\n{after}"));
    let order = [
        at("async function getSecret"),
        at("\n}\n\nconst b = await getSecret("),
        at("\n\nexport const a ="),
        at("return b;"),
    ];
    assert!(order.is_sorted(), "{after}");
    assert_eq!(after.matches("new Map").count(), 1);
}

#[test]
fn code_of_a_browser_project_is_left_alone() {
    let languages = &*LANGUAGES;
    let attempt = |path: &str, dependencies: &str| {
        let blob = blob(path, b"export const key = \"k3y-value\";\n");
        let site = languages.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let manifest = format!("{{\"dependencies\": {{{dependencies}}}}}");
        let tree = Tree::from([("package.json".to_owned(), manifest.into_bytes())]);
        let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
        let request = Request { site, entry: EntryId(0), reference };
        languages.rewrite(&blob, &[request], &surroundings(languages, &tree, "typescript"))
    };
    let error = attempt("src/api.ts", "\"vite\": \"6\"").unwrap_err().to_string();
    assert!(error.contains("browser") && !error.contains("k3y-value"), "{error}");
    assert!(attempt("src/api.ts", "\"vite\": \"6\", \"express\": \"4\"").is_ok());
    assert!(attempt("server/api.ts", "\"vite\": \"6\"").is_ok());
}

#[test]
fn a_constant_that_another_file_of_the_package_needs_is_held_back() {
    let attempt = |other: &str| {
        let blob = blob("a.go", b"package a\n\nconst key = \"k3y-value\"\n");
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let tree = Tree::from([("b.go".to_owned(), other.as_bytes().to_vec())]);
        let request =
            Request { site, entry: EntryId(0), reference: SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None } };
        LANGUAGES.rewrite(&blob, &[request], &surroundings(&LANGUAGES, &tree, "go"))
    };
    let error = attempt("package a\n\nconst url = \"x\" + key\n").unwrap_err().to_string();
    assert!(error.contains("`key` has to stay a constant") && error.contains("b.go"), "{error}");
    assert!(attempt("package a\n\nvar url = \"x\" + key\n").is_ok());
    assert!(attempt("package b\n\nconst url = \"x\" + key\n").is_ok(), "another package");
    let error = attempt("package a\n\nvar fmt = 1\n").unwrap_err().to_string();
    assert!(error.contains("declares `fmt`"), "{error}");
}

#[test]
fn code_of_an_android_app_or_a_named_module_is_left_alone() {
    let languages = &*LANGUAGES;
    let attempt = |other: &str, text: &str| {
        let path = "app/src/main/java/com/acme/Api.java";
        let blob = blob(path, b"package com.acme;\n\nclass Api {\n    String key = \"k3y-value\";\n}\n");
        let site = languages.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let tree = Tree::from([(other.to_owned(), text.as_bytes().to_vec())]);
        let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
        let request = Request { site, entry: EntryId(0), reference };
        languages.rewrite(&blob, &[request], &surroundings(languages, &tree, "java"))
    };
    for (path, text) in [
        ("app/build.gradle", "plugins { id 'com.android.application' }"),
        ("app/build.gradle.kts", "plugins { alias(libs.plugins.android.library) }"),
        ("app/src/main/AndroidManifest.xml", "<manifest/>"),
    ] {
        let error = attempt(path, text).unwrap_err().to_string();
        assert!(error.contains("Android") && !error.contains("k3y-value"), "{error}");
    }
    let error = attempt("app/src/main/java/module-info.java", "open module com.acme { }").unwrap_err().to_string();
    assert!(error.contains("module"), "{error}");
    assert!(attempt("app/build.gradle", "plugins { id 'java' }").is_ok());
}

#[test]
fn kotlin_code_of_an_android_app_is_left_alone() {
    let attempt = |build: &str| {
        let path = "app/src/main/kotlin/Api.kt";
        let blob = blob(path, b"val key = \"k3y-value\"\n");
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let tree = Tree::from([("app/build.gradle.kts".to_owned(), build.as_bytes().to_vec())]);
        let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
        let request = Request { site, entry: EntryId(0), reference };
        LANGUAGES.rewrite(&blob, &[request], &surroundings(&LANGUAGES, &tree, "kotlin"))
    };
    let error = attempt("plugins { id(\"com.android.application\") }").unwrap_err().to_string();
    assert!(error.contains("Android") && !error.contains("k3y-value"), "{error}");
    assert!(attempt("plugins { kotlin(\"jvm\") }").is_ok());
}

#[test]
fn scala_code_of_a_build_and_for_another_platform_is_left_alone() {
    let attempt = |path: &str, build: &str, text: &str| {
        let blob = blob(path, b"object Api {\n  val key = \"k3y-value\"\n}\n");
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let tree = Tree::from([(build.to_owned(), text.as_bytes().to_vec())]);
        let request =
            Request { site, entry: EntryId(0), reference: SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None } };
        LANGUAGES.rewrite(&blob, &[request], &surroundings(&LANGUAGES, &tree, "scala"))
    };
    let main = "web/src/main/scala/Api.scala";
    for (path, build, text, words) in [
        (main, "web/build.sbt", "lazy val web = project.enablePlugins(ScalaJSPlugin)", "Scala.js"),
        (main, "build.sbt", "lazy val web = crossProject(JVMPlatform, NativePlatform)", "Scala Native"),
        (main, "project/plugins.sbt", "addSbtPlugin(\"org.scala-js\" % \"sbt-scalajs\" % \"1.16.0\")", "Scala.js"),
        ("project/Api.scala", "build.sbt", "name := \"a\"", "build runs before"),
        ("a/project/b/Api.scala", "a/project/build.properties", "sbt.version=1.10.0", "build runs before"),
    ] {
        let error = attempt(path, build, text).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("k3y-value"), "{path}: {error}");
    }
    assert!(attempt(main, "build.sbt", "lazy val root = project in file(\".\")").is_ok());
    assert!(attempt("src/main/scala/project/Api.scala", "build.sbt", "name := \"a\"").is_ok());
    assert!(
        attempt(main, "project/plugins.sbt", "addSbtPlugin(\"com.eed3si9n\" % \"sbt-assembly\" % \"2.2.0\")").is_ok()
    );
}

#[test]
fn what_test_code_alone_sees_is_not_used_again_outside() {
    let text = "fn a() {\n    f(\"second\");\n}\n\n#[test]\nfn b() {\n    f(\"first\");\n}\n";
    let tree = Tree::from([("src/a.rs".to_owned(), text.as_bytes().to_vec())]);
    let once = rewrite_one(&LANGUAGES, "rust", "src/a.rs", &tree, "first");
    assert!(String::from_utf8_lossy(&once["src/a.rs"]).contains("#[cfg(test)]\nfn secret("));
    let twice = rewrite_one(&LANGUAGES, "rust", "src/a.rs", &once, "second");
    let after = String::from_utf8_lossy(&twice["src/a.rs"]);
    assert!(after.contains("\n}\n\n#[test]") && after.contains("f(aws_secret(DB_ARN2));"), "{after}");
    assert!(
        after.contains("nothing takes its place.\nfn aws_secret(") && after.contains("f(secret(DB_ARN));"),
        "{after}"
    );
}

#[test]
fn crates_that_cannot_read_a_secret_are_left_alone() {
    let attempt_in = |path: &str, tree: &Tree| {
        let blob = blob(path, b"fn key() -> &'static str {\n    \"k3y-value\"\n}\n");
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let reference = SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None };
        let request = Request { site, entry: EntryId(0), reference };
        LANGUAGES.rewrite(&blob, &[request], &surroundings(&LANGUAGES, tree, "rust"))
    };
    let tree = |files: &[(&str, &str)]| -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    };
    let attempt = |manifest: &str| attempt_in("src/lib.rs", &tree(&[("Cargo.toml", manifest)]));
    for (manifest, reason) in [
        ("[package]\nedition = \"2021\"\n[lib]\nproc-macro = true\n", "macro"),
        ("[package]\nedition = \"2021\"\nrust-version = \"1.79\"\n", "newer Rust"),
        ("[package]\nedition = \"2021\"\nrust-version = \"1.63.0\"\n", "newer Rust"),
        ("[package]\nname = \"a\"\n", "2015"),
        ("[package]\nedition = \"2015\"\n", "2015"),
        ("[package]\nedition = \"2021\"\n[dependencies]\naws-config = \"0.55\"\n", "version 0"),
        (
            "[package]\nedition = \"2021\"\n[dependencies]\ntokio = { features = [\"full\"], version = \"0.2\" }\n",
            "version 0",
        ),
        ("[package]\nedition = \"2021\"\n[dependencies]\nwasm-bindgen = \"0.2\"\n", "browser"),
        ("[package]\nedition = \"2021\"\nauthors = []\n\nname = \"aws-config\"\n", "one of those that read"),
    ] {
        let error = attempt(manifest).unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("k3y-value"), "{manifest}: {error}");
    }
    assert!(attempt("[package]\nedition = \"2021\"\nrust-version = \"1.80\"\n").is_ok());
    assert!(attempt("[package]\nedition.workspace = true\n").is_ok());
    assert!(attempt("[package]\nedition = \"2021\"\nname = \"a\"\n[[bin]]\nname = \"tokio\"\n").is_ok());

    let package = "[package]\nedition = \"2021\"\n";
    let inherits = "[package]\nedition = \"2021\"\nrust-version.workspace = true\n";
    let space = |version: &str| format!("[workspace]\n[workspace.package]\nrust-version = \"{version}\"\n");
    let no_std = "#![cfg_attr(not(feature = \"std\"), no_std)]\nmod key;\n";
    for (files, reason) in [
        ([("a/Cargo.toml", package), ("a/src/lib.rs", no_std)], "standard library"),
        ([("a/Cargo.toml", package), ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.75.0\"\n")], "newer Rust"),
        ([("a/Cargo.toml", package), ("a/rust-toolchain", "1.65\n")], "newer Rust"),
        ([("a/Cargo.toml", inherits), ("Cargo.toml", &space("1.70"))], "newer Rust"),
    ] {
        let error = attempt_in("a/src/key.rs", &tree(&files)).unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("k3y-value"), "{files:?}: {error}");
    }
    for file in [
        ("Cargo.toml", &*space("1.85")),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.90\"\n"),
        ("rust-toolchain", "stable\n"),
        ("a/src/lib.rs", "#![allow(dead_code)]\nmod key;\n"),
    ] {
        assert!(attempt_in("a/src/key.rs", &tree(&[("a/Cargo.toml", inherits), file])).is_ok(), "{file:?}");
    }
    let tests = [("a/Cargo.toml", package), ("a/src/lib.rs", no_std)];
    assert!(attempt_in("a/tests/key.rs", &tree(&tests)).is_ok());

    let taking = |text: &str| attempt_in("a/src/key.rs", &tree(&[("a/Cargo.toml", package), ("a/src/lib.rs", text)]));
    let error = taking("include!(\"key.rs\");\n").unwrap_err().to_string();
    assert!(error.contains("another file") && !error.contains("k3y-value"), "{error}");
    for other in ["include!(\"monkey.rs\");\n", "include_str!(\"key.rs\");\n", "// see key.rs\nmod key;\n"] {
        assert!(taking(other).is_ok(), "{other}");
    }
}

/// Names and descriptions are made from keys, and are seen by others.
#[test]
fn a_key_that_is_a_credential_itself_names_nothing() {
    let blob = blob("a.py", b"roles = {\"pw-of-key\": \"pw-of-value\", \"role\": \"pw-other\"}\n");
    let found = ["pw-of-key", "pw-of-value", "pw-other"].map(|value| located(&blob, find(&blob, value, 0)));
    let sites = LANGUAGES.locate(&blob, &found);
    let site = &sites[1].as_ref().unwrap().site;
    assert_eq!(site.key, None);
    assert!(!site.title.contains("pw-of"), "{}", site.title);
    assert_eq!(sites[2].as_ref().unwrap().site.key.as_deref(), Some("role"));
}

#[test]
fn a_no_std_crate_is_left_alone() {
    let blob = blob("src/lib.rs", b"#![no_std]\n\nfn key() -> &'static str {\n    \"k3y-value\"\n}\n");
    let error = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap_err();
    assert!(error.reason.contains("standard library"), "{}", error.reason);
}

#[test]
fn test_code_within_a_file_is_told_by_its_attributes() {
    let text = "fn a() {\n    f(\"one\")\n}\n\n#[tokio::test]\nasync fn b() {\n    f(\"two\")\n}\n\n\
                #[cfg(test)]\nmod tests {\n    fn c() {\n        f(\"three\")\n    }\n}\n";
    let blob = blob("src/a.rs", text.as_bytes());
    let found: Vec<_> = ["one", "two", "three"].map(|value| located(&blob, find(&blob, value, 0))).into();
    let told: Vec<_> = LANGUAGES.locate(&blob, &found).into_iter().map(|site| site.unwrap().in_tests).collect();
    assert_eq!(told, [false, true, true]);
    for (attributes, expected) in [
        ("#[cfg(test)] #[allow(dead_code)] mod a", true),
        ("#[cfg(all(test, unix))] mod a", true),
        ("#[cfg(all(not(test), unix))] mod a", false),
        ("#[cfg(not(test))] mod a", false),
        ("#[cfg(testing)] mod a", false),
        ("#[allow(dead_code)] mod a", false),
    ] {
        let text = format!("{attributes} {{\n    fn f() {{\n        g(\"one\")\n    }}\n}}\n");
        let blob = self::blob("src/a.rs", text.as_bytes());
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "one", 0))]).remove(0).unwrap();
        assert_eq!(site.in_tests, expected, "{attributes}");
    }
}

/// Of several projects only a person knows which one it is, and a program can't be edited.
#[test]
fn a_scala_build_that_stays_as_it_is_says_what_to_add() {
    let step = |build: &str, text: &str| {
        let blob = blob("a/src/main/scala/Api.scala", b"object Api {\n  val key = \"k3y-value\"\n}\n");
        let site = LANGUAGES.locate(&blob, &[located(&blob, find(&blob, "k3y-value", 0))]).remove(0).unwrap().site;
        let tree = Tree::from([(build.to_owned(), text.as_bytes().to_vec())]);
        let request =
            Request { site, entry: EntryId(0), reference: SecretRef { arn: format!("{ARN}b-AbCdEf"), key: None } };
        let fixes = LANGUAGES.rewrite(&blob, &[request], &surroundings(&LANGUAGES, &tree, "scala")).unwrap();
        assert!(fixes.iter().all(|fix| fix.path.ends_with(".scala")), "{build} is changed");
        fixes[0].step.clone().unwrap()
    };
    for (build, text) in [
        ("build.sbt", "lazy val a = project\nlazy val b = project\n"),
        ("a/build.mill", "object a extends ScalaModule\n"),
        ("build.sc", "object a extends ScalaModule\n"),
    ] {
        let step = step(build, text);
        let name = build.rsplit('/').next().unwrap();
        let words = format!("aws-secretsmanager-caching-java>=2.2.0` to `{name}`");
        assert!(step.contains(&words), "{step}");
    }
    let none = step("README.md", "");
    assert!(none.contains("class path"), "{none}");
}

#[test]
fn test_code_is_told_by_its_path() {
    let languages = &*LANGUAGES;
    for path in [
        "tests/a.py",
        "x/test_a.py",
        "conftest.py",
        "src/a.test.js",
        "src/test/java/A.java",
        "src/ATest.java",
        "src/it/scala/A.scala",
        "app/ASuite.scala",
        "a/__tests__/b.ts",
        "b.spec.tsx",
    ] {
        assert!(languages.is_test_code(path), "{path}");
    }
    for path in ["src/a.py", "latest/a.py", "src/contest.js", "src/Latest.java", "a.ts", "README.md"] {
        assert!(!languages.is_test_code(path), "{path}");
    }
}

#[test]
fn an_unknown_kind_of_file_says_what_to_do() {
    let languages = &*LANGUAGES;
    let blob = blob("a.xyz", b"password = hunter2");
    let found = located(&blob, find(&blob, "hunter2", 0));
    let reason = languages.locate(&blob, &[found]).remove(0).unwrap_err().reason;
    assert!(reason.contains("ARN") && !reason.contains("hunter2"), "{reason}");
}

#[test]
fn notes_exist_for_each_language() {
    let languages = &*LANGUAGES;
    let names: Vec<_> = languages.names().collect();
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/rewrite")).unwrap();
    let mut folders: Vec<_> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(names, folders);
    assert!(names.iter().all(|name| languages.notes(name).is_some_and(|notes| notes.starts_with("# "))));
}

/// What a literal of `text` is read as, when it is read.
pub fn value_of(languages: &Languages, path: &str, text: &[u8], value: Span) -> Option<SecretValue> {
    let blob = blob(path, text);
    let found = located(&blob, value);
    languages.locate(&blob, &[found]).remove(0).ok().map(|found| found.value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(
        text in proptest::collection::vec(prop_oneof![
            Just("\"".to_owned()), Just("'".to_owned()), Just("\\".to_owned()), Just("=".to_owned()), Just(": ".to_owned()),
            Just("\n".to_owned()), Just("  ".to_owned()), Just("`${".to_owned()), Just("#".to_owned()), Just("{".to_owned()),
            Just("}".to_owned()), Just("| ".to_owned()), Just("f\"".to_owned()), Just("\\u12".to_owned()), Just("é".to_owned()),
            Just("key".to_owned()), Just("\"\"\"".to_owned()), Just("import x\n".to_owned()), "[a-z]{1,6}",
        ], 0..30),
        start in 0_usize..60, length in 1_usize..20,
    ) {
        let languages = &*LANGUAGES;
        let text = text.concat();
        for path in ["a.py", "a.js", "a.ts", "a.tsx", ".env", "a.yaml", "a.json", "a.properties", "a.sh", "a.rb", "a.go", "a.java", "a.kt", "a.scala", "a.ipynb"] {
            let blob = blob(path, text.as_bytes());
            let value = Span::new(start.min(text.len()), (start + length).min(text.len()));
            let sites = languages.locate(&blob, &[located(&blob, value)]);
            for site in sites.into_iter().flatten() {
                let reference = SecretRef { arn: format!("{ARN}x-AbCdEf"), key: Some("k".into()) };
                let request = Request { site: site.site, entry: EntryId(0), reference };
                if let Ok(fixes) = languages.rewrite(&blob, &[request], &Surroundings::default()) {
                    fixes.first().map(|fix| splice(&blob.bytes, &fix.edits));
                }
            }
        }
    }

    #[test]
    fn json_text_is_read_as_serde_json_reads_it(value in "[^\u{0}]{1,20}") {
        let languages = &*LANGUAGES;
        let json = serde_json::to_string(&value).unwrap();
        for literal in [json.clone(), json.chars().flat_map(|c| if c.is_ascii() { vec![c] } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().flat_map(|unit| format!("\\u{unit:04x}").chars().collect::<Vec<_>>()).collect()
        }).collect()] {
            for (path, text) in [("a.json", format!("{{\"k\": {literal}}}")), ("a.yaml", format!("k: {json}\n")), ("a.js", format!("const k = {literal};\n"))] {
                let start = text.find(&*literal).or_else(|| text.find(&*json)).unwrap() + 1;
                let end = text.rfind('"').unwrap();
                let found = value_of(languages, path, text.as_bytes(), Span::new(start, end));
                let found = found.unwrap_or_else(|| panic!("{path}: {text} isn't read"));
                prop_assert!(found.same_as(&SecretValue::new(value.clone().into_bytes())), "{path}: {text}");
            }
        }
    }
}

#[test]
fn the_notes_of_every_language_can_be_explained() {
    let languages = Languages::load().unwrap();
    for name in languages.names() {
        assert!(languages.notes(name).is_some_and(|notes| notes.len() > 100), "{name}");
    }
    assert!(languages.notes("cobol").is_none());
}

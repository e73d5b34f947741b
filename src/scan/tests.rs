//! The scanner as a whole.

mod content;
mod plainly;

use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::model::{Origin, Source, Verdict};
use crate::walk::{self, WalkOptions};

/// One scanner for all tests: the rules are read once, and each regex is compiled once.
fn shared() -> &'static Scanner {
    static SCANNER: std::sync::LazyLock<Scanner> = std::sync::LazyLock::new(|| {
        let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
        Scanner::new(RuleSet::built_in().unwrap(), options)
    });
    &SCANNER
}

fn blob(path: &str, text: &[u8]) -> Blob {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: true };
    Blob::new(source, text.to_vec())
}

fn values(scanner: &Scanner, path: &str, text: &str) -> Vec<String> {
    let blob = blob(path, text.as_bytes());
    let real = |l: &Located| !matches!(l.finding.verdict, Verdict::Example | Verdict::Suppressed);
    let located = scanner.scan(&blob);
    located.iter().filter(|l| real(l)).map(|l| String::from_utf8_lossy(l.value.of(&blob.bytes)).into_owned()).collect()
}

#[test]
fn credentials_are_found_with_their_exact_span() {
    let scanner = shared();
    for (path, text, value) in [
        (
            "src/conf.py",
            "ADMIN_PASSWORD: str = 'GqZ7AhYrQdqU5FYh\"quoted\\'\\\\back\\tslash$HOME'\n",
            r#"GqZ7AhYrQdqU5FYh"quoted\'\\back\tslash$HOME"#,
        ),
        ("app.yml", "secret: &sign kV8#mQz2rT\n", "kV8#mQz2rT"),
        ("app.yml", "password: 'kV8#m''Qz2rT'\n", "kV8#m''Qz2rT"),
        ("app.properties", "db.password=kV8mQz2rT\\\n    Lw4pXz7c\n", "kV8mQz2rT\\\n    Lw4pXz7c"),
        ("src/app.py", "DB_PASSWORD = \"kV8#mQz2rT\"\n", "kV8#mQz2rT"),
        ("config/app.yml", "db:\n  password: kV8#mQz2rT\n", "kV8#mQz2rT"),
        (".env", "API_KEY=9f8a7d6c5b4e3f2a1908\n", "9f8a7d6c5b4e3f2a1908"),
        ("src/a.js", "const url = 'postgres://app:kV8mQz2rT@db:5432/x';\n", "kV8mQz2rT"),
    ] {
        assert_eq!(values(scanner, path, text), [value], "{path}");
    }
}

#[test]
fn a_token_is_found_whole_however_long_it_is() {
    for (form, letters) in [
        ("eyJhbGciOiJIUzI1NiJ9.eyJ{{b64u:9000}}.{{b64u:43}}", 9068),
        ("ya29.{{b64u:3000}}", 3005),
        ("snyk_uat.{{hex:8}}.{{b64u:5000}}", 5018),
        ("xoxd-{{b64u:700}}", 705),
    ] {
        let token = crate::rules::expand(form, "long", 0);
        assert_eq!(token.len(), letters, "{form}");
        assert_eq!(values(shared(), "src/a.js", &format!("const t = '{token}';\n")), [token], "{form}");
    }
}

#[test]
fn a_weak_password_counts_when_the_key_is_certain() {
    let scanner = shared();
    assert_eq!(values(scanner, "src/app.py", "password = \"admin123\"\n"), ["admin123"]);
}

#[test]
fn references_are_never_findings() {
    let scanner = shared();
    for text in [
        "password: {{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:x-AbCdEf}}",
        "password: ${DB_PASSWORD}",
        "password: op://vault/item/password",
        "password: ENC[AES256_GCM,data:k8Jx2,iv:x,tag:y,type:str]",
        "token: ${{ secrets.DEPLOY_TOKEN }}",
        "password = os.environ[\"DB_PASSWORD\"]",
        "secret_arn = \"arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf\"",
    ] {
        let blob = blob("app.yml", text.as_bytes());
        assert!(scanner.scan(&blob).is_empty(), "{text}");
    }
}

#[test]
fn a_password_hash_is_reported_low_and_as_what_it_is() {
    let scheme = ["$", "2y", "$", "10", "$"].concat();
    let text = format!("admin_password: \"{scheme}{}\"\n", "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
    let blob = blob("app.yml", text.as_bytes());
    let located = shared().scan(&blob);
    let judged: Vec<_> = located.iter().map(|l| (l.finding.confidence, l.finding.verdict)).collect();
    assert_eq!(judged, [(Confidence::Low, Verdict::Hash)]);
}

#[test]
fn a_marker_suppresses_and_the_finding_is_still_given() {
    let scanner = shared();
    let blob = blob("a.py", b"password = 'kV8#mQz2rT'  # arnify:allow -- rotated\n");
    let located = scanner.scan(&blob);
    assert_eq!(located.len(), 1);
    assert_eq!(located[0].finding.verdict, Verdict::Suppressed);
    assert!(located[0].finding.signals.iter().any(|s| s.contains("rotated")));
}

#[test]
fn excerpts_mask_every_value_on_the_line() {
    let scanner = shared();
    let text = "x = dict(password='kV8#mQz2rT', api_key='9f8a7d6c5b4e3f2a1908')\n";
    for located in scanner.scan(&blob("a.py", text.as_bytes())) {
        let excerpt = located.finding.excerpt.as_str();
        assert!(!excerpt.contains("kV8#") && !excerpt.contains("9f8a7d"), "{excerpt}");
    }
}

#[test]
fn a_key_that_holds_a_credential_names_nothing() {
    let text = "passwords = {\"kV8mQz2rTx9Lw_token\": \"Jh4nBv7cXz1KpQ\"}\nsafe_token = \"Ws6fGt3hYu8JkM\"\n";
    let found = shared().scan(&blob("a.py", text.as_bytes()));
    let keys: Vec<_> = found.iter().map(|located| (located.finding.span.line, located.key.as_deref())).collect();
    assert_eq!(keys, [(1, Some("passwords")), (1, None), (2, Some("safe_token"))]);
}

/// Scans the tree at `root` with so many threads; `first` is done when the first file has been scanned.
fn outcome(root: &Path, threads: usize, first: impl FnOnce() + Send) -> ScanOutcome {
    let first = Mutex::new(Some(first));
    let progress = |_| {
        if let Some(first) = first.lock().unwrap().take() {
            first();
        }
    };
    let options = WalkOptions { exclude: vec!["left.py".into()], no_ignore: false };
    let mut found = walk::tree(&[root.to_owned()], root, &options).unwrap();
    let drive = Drive { threads: Some(threads), keep_blobs: true, progress: &progress };
    run(&mut found, &walk::Reader::new(1 << 10), shared(), &drive)
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    for folder in ["", "a", "a/b", "c"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
        for n in 0..12 {
            put(&root, &format!("{folder}/f{n}.py"), format!("x = {n}\npassword = \"kV8#mQz{n}rT\"").as_bytes());
        }
        for (name, text) in [("left.py", &b"x"[..]), ("out.py", b"x"), ("data", b"\0"), ("large", &[b'x'; 1 << 11])] {
            put(&root, &format!("{folder}/{name}"), text);
        }
    }
    put(&root, ".arnifyignore", b"out.py");
    let plain = |outcome: &ScanOutcome| {
        let located = outcome.files.iter().flat_map(|file| &file.located);
        let findings: Vec<Finding> = located.map(|located| located.finding.clone()).collect();
        (findings, format!("{:?}", outcome.coverage))
    };
    let one = outcome(&root, 1, || ());
    assert_eq!(one.coverage.skipped.values().copied().collect::<Vec<_>>(), [4; 4]);
    assert!(one.coverage.gaps.iter().map(|gap| &gap.path).eq(["a/b/large", "a/large", "c/large", "large"]));
    assert_eq!(plain(&one).0.len(), 48);
    assert!(one.files.iter().all(|file| file.blob.is_some()));
    assert!(one.files.is_sorted_by_key(|file| &file.source.path));
    for threads in [2, 8] {
        assert_eq!(plain(&one), plain(&outcome(&root, threads, || ())), "{threads}");
    }
}

#[test]
fn files_are_read_while_folders_are_yet_to_be_listed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let folders: Vec<String> = (0..200).map(|n| format!("d{n}")).collect();
    for folder in &folders {
        std::fs::create_dir(root.join(folder)).unwrap();
        put(&root, &format!("{folder}/a"), b"x");
    }
    let late = || folders.iter().for_each(|folder| put(&root, &format!("{folder}/late"), b"x"));
    let files = outcome(&root, 1, late).coverage.files;
    assert!(
        (300..400).contains(&files),
        "{files}: some folders were listed before the first file was read, most after"
    );
}

#[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
fn put(root: &Path, path: &str, text: &[u8]) {
    std::fs::write(root.join(path.trim_start_matches('/')), text).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), name in "[a-z]{0,5}\\.(py|yml|json|xml|md|env)") {
        let found = shared().scan(&blob(&name, &bytes));
        prop_assert!(found.iter().all(|l| l.value.end <= bytes.len() && !l.value.is_empty()));
    }

    #[test]
    fn random_pieces_of_credentials_never_panic(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("password"), Just("token"), Just("="), Just(":"), Just("\""), Just("'"), Just("\\"), Just("\\\""), Just("("),
                Just("${"), Just("}"), Just("\n"), Just("<"), Just(">"), Just("value"), Just(" "), Just("ü"), Just("Basic "),
                Just("https://u:p@h"), Just("-----BEGIN RSA PRIVATE KEY-----"), Just("--"), Just("or "), Just(","), Just("kV8#mQz2rT"),
            ],
            0..80,
        ),
        name in "[a-z]{0,5}\\.(py|yml|json|xml|md|env)",
    ) {
        let text = pieces.concat();
        let found = shared().scan(&blob(&name, text.as_bytes()));
        prop_assert!(found.windows(2).all(|w| w[0].value.end <= w[1].value.start));
    }
}

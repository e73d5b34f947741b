//! The scanner as a whole.

mod content;
mod plainly;

use proptest::prelude::*;

use super::*;
use crate::model::{Origin, Source, Verdict};

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
fn a_line_of_megabytes_is_scanned_in_linear_time() {
    let scanner = shared();
    let time = |count: usize| {
        let piece = |n: usize| format!("{{\"token\":\"x\",\"password\":\"kV8#mQz{n}rT\",\"key\":[1,2,3]}},");
        let blob = blob("a.json", (0..count).map(piece).collect::<String>().as_bytes());
        let start = std::time::Instant::now();
        assert!(scanner.scan(&blob).len() >= count / 2);
        start.elapsed()
    };
    let (small, large) = (time(200), time(2000));
    assert!(large < small * 60, "{small:?} -> {large:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    for n in 0..40 {
        use std::io::Write as _;
        let mut file = std::fs::File::create_new(root.join(format!("f{n}.py"))).unwrap();
        writeln!(file, "x = {n}\npassword = \"kV8#mQz{n}rT\"").unwrap();
    }
    let outcome = |threads| {
        let found =
            crate::walk::tree(std::slice::from_ref(&root), &root, &crate::walk::WalkOptions::default()).unwrap();
        let drive = Drive { threads: Some(threads), keep_blobs: true, progress: &|_| {} };
        run(found, &crate::walk::Reader::new(1 << 20), shared(), &drive)
    };
    let flat = |outcome: &ScanOutcome| -> Vec<Finding> {
        outcome.files.iter().flat_map(|file| &file.located).map(|located| located.finding.clone()).collect()
    };
    let (one, many) = (outcome(1), outcome(8));
    assert_eq!(flat(&one).len(), 40);
    assert_eq!(flat(&one), flat(&many));
    assert_eq!((one.coverage.files, one.coverage.bytes), (many.coverage.files, many.coverage.bytes));
    assert!(one.files.iter().all(|file| file.blob.is_some()));
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

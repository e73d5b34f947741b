//! Archives that real programs made: what is in them is found and told, and nothing in them is ever changed.

use std::process::Command;

use super::{Place, Ran, secret_line};

/// Packs with Python's own library; the script gets the tree as its folder.
fn python(place: &Place, script: &str) {
    let mut command = Command::new("python3");
    place.scrub(&mut command);
    // the version manager of some machines looks into the home
    command.env("HOME", std::env::var_os("HOME").unwrap_or_default());
    let ran = Ran::from(command.args(["-c", script]).output().expect("python3"));
    assert_eq!(ran.code, 0, "{ran:#?}");
}

fn program(place: &Place, program: &str, arguments: &[&str]) {
    let mut command = Command::new(program);
    place.scrub(&mut command);
    let ran = Ran::from(command.args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}")));
    assert_eq!(ran.code, 0, "{program}: {ran:#?}");
}

/// A jar in a war, a wheel, a tar.gz and a gzip file, each with one credential in it.
fn packed() -> (Place, Vec<String>) {
    let place = Place::new();
    let values: Vec<(String, String)> = std::iter::repeat_with(secret_line).take(4).collect();
    for (name, (line, _)) in ["app.properties", "settings.py", "deep/er/.env", "dump.sql"].iter().zip(&values) {
        place.put(name, &format!("x = 1\n{line}"));
    }
    python(
        &place,
        "import zipfile as z\n\
         with z.ZipFile('app.jar', 'w', z.ZIP_DEFLATED) as f:\n\
         \x20   f.write('app.properties', 'config/app.properties')\n\
         \x20   f.writestr('Main.class', b'\\xca\\xfe\\xba\\xbe\\0\\0')\n\
         with z.ZipFile('shop.war', 'w') as f: f.write('app.jar', 'WEB-INF/lib/app.jar')\n\
         with z.ZipFile('pkg.whl', 'w', z.ZIP_DEFLATED) as f: f.write('settings.py', 'pkg/settings.py')\n",
    );
    program(&place, "tar", &["-czf", "all.tar.gz", "./deep/er/.env"]);
    program(&place, "gzip", &["dump.sql"]);
    for name in ["app.properties", "settings.py", "app.jar", "deep/er/.env"] {
        std::fs::remove_file(place.tree().join(name)).unwrap();
    }
    (place, values.into_iter().map(|(_, value)| value).collect())
}

const FOUND: [&str; 4] = [
    "all.tar.gz!/deep/er/.env",
    "dump.sql.gz!/dump.sql",
    "pkg.whl!/pkg/settings.py",
    "shop.war!/WEB-INF/lib/app.jar!/config/app.properties",
];

#[track_caller]
fn paths(ran: &Ran) -> Vec<String> {
    let lines = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_real_programs_packed_is_found_in_every_report() {
    let (place, values) = packed();
    let ran = place.run(&["scan", "--format", "jsonl"]);
    assert_eq!((ran.code, paths(&ran)), (1, FOUND.map(str::to_owned).to_vec()), "{ran:#?}");
    assert!(ran.out.lines().all(|line| line.contains("\"line\":2")), "{ran:#?}");
    let one = place.run(&["scan", "--format", "jsonl", "--threads", "1"]);
    assert_eq!((one.out, one.err), (ran.out, ran.err), "the number of threads changes nothing");
    place.run(&["scan"]).expect(1, "4 findings in 4 files");
    place.run(&["scan"]).expect(1, "5 archives opened");
    for format in ["human", "json", "sarif"] {
        let ran = place.run(&["scan", "-vv", "--format", format]);
        let (path, archives) =
            (if format == "sarif" { "app.jar!/config" } else { FOUND[3] }, ran.out.contains("\"archives\": 5"));
        assert!(ran.out.contains(path) && archives == (format == "json"), "{format}: {ran:#?}");
        let leaked = values.iter().any(|value| ran.out.contains(value) || ran.err.contains(value));
        assert!(!leaked, "{format} tells a value");
    }
}

#[test]
fn archives_stay_closed_where_that_is_asked_for_and_are_counted() {
    let (place, _) = packed();
    place.run(&["scan", "--no-archives"]).expect(0, "4 closed archive");
    place.put("arnify.toml", "archives = false\n");
    place.run(&["scan"]).expect(0, "4 closed archive");
    place.put("arnify.toml", "exclude = [\"*.war!/**/*.properties\", \"all.tar.gz\", \"pkg.whl!/pkg/\"]\n");
    let ran = place.run(&["scan", "--format", "jsonl"]);
    assert_eq!(paths(&ran), [FOUND[1]]);
}

#[test]
fn standard_input_the_index_and_the_history_may_hold_archives() {
    let (place, _) = packed();
    let from = |arguments: &[&str]| {
        let war = std::fs::File::open(place.tree().join("shop.war")).unwrap();
        Ran::from(
            place.command().args(["scan", "--format", "jsonl", "--stdin"]).args(arguments).stdin(war).output().unwrap(),
        )
    };
    assert_eq!(paths(&from(&[])), ["stdin!/WEB-INF/lib/app.jar!/config/app.properties"]);
    assert_eq!(paths(&from(&["--stdin-name", "x.war"])), ["x.war!/WEB-INF/lib/app.jar!/config/app.properties"]);
    from(&["--no-archives"]).expect(0, "");
    place.git(&["init", "-q"]).expect(0, "");
    place.git(&["add", "shop.war"]).expect(0, "");
    std::fs::remove_file(place.tree().join("shop.war")).unwrap();
    let ran = place.run(&["check", "--staged", "--format", "jsonl"]);
    assert_eq!((ran.code, paths(&ran)), (1, vec![FOUND[3].to_owned()]), "{ran:#?}");
    place.git(&["commit", "-q", "-m", "in"]).expect(0, "");
    place.git(&["rm", "-q", "--cached", "shop.war"]).expect(0, "");
    place.git(&["commit", "-q", "-m", "out", "--allow-empty"]).expect(0, "");
    let ran = place.run(&["scan", "--history", "--format", "jsonl"]);
    assert_eq!((ran.code, paths(&ran)), (1, vec![FOUND[3].to_owned()]), "{ran:#?}");
    let finding: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(finding["commit"].is_string() && finding["removed"].is_string(), "{finding}");
    place.run(&["scan", "--history", "--no-archives"]).expect(0, "1 closed archive");
}

#[test]
fn the_baseline_knows_what_lies_in_archives() {
    let (place, _) = packed();
    place.run(&["baseline", "create"]).expect(0, "4 known");
    place.run(&["check"]).expect(0, "4 known to the baseline");
    std::fs::rename(place.tree().join("pkg.whl"), place.tree().join("other.whl")).unwrap();
    place.run(&["check"]).expect(1, "1 finding");
    let audit = place.run(&["baseline", "audit"]);
    assert!(audit.out.contains("pkg.whl!/pkg/settings.py:2") && audit.out.contains("gone"), "{audit:#?}");
    // What an archive that stays closed holds is not judged, nor an entry that is left out.
    place.run(&["baseline", "prune", "--no-archives"]).expect(0, "pruned 1 of 4");
    place.run(&["baseline", "prune", "--exclude", "*.py", "--exclude", "*.properties"]).expect(0, "pruned 0 of 3");
}

#[test]
fn archives_are_never_rewritten() {
    let (place, values) = packed();
    let before = crate::support::snapshot(&place.tree());
    let plan = place.run(&["plan"]);
    plan.expect(0, "");
    for path in FOUND {
        assert!(plan.out.contains(path), "{path}: {plan:#?}");
    }
    assert!(plan.out.contains("lies in an archive") && plan.out.contains("build it again"), "{plan:#?}");
    for arguments in [&["apply"][..], &["apply", "--write", "-y", "--include-tests"]] {
        let ran = place.run(arguments);
        ran.expect(0, "");
        assert!(!values.iter().any(|value| ran.out.contains(value) || ran.err.contains(value)));
        assert_eq!(crate::support::snapshot(&place.tree()), before);
    }
}

#[test]
fn references_in_archives_are_verified() {
    let place = Place::new();
    let reference = "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:none-AbCdEf}}";
    place.put("app.properties", &format!("db.password={reference}\n"));
    python(&place, "import zipfile\nwith zipfile.ZipFile('a.jar', 'w') as f: f.write('app.properties')\n");
    std::fs::remove_file(place.tree().join("app.properties")).unwrap();
    let ran = place.run(&["verify"]);
    assert!(ran.out.contains("a.jar!/app.properties") && ran.code != 0, "{ran:#?}");
    place.run(&["verify", "--no-archives"]).expect(0, "");
}

/// Made by Info-ZIP 3.0: one encrypted entry and one that is not.
const ENCRYPTED: &str = "504b03040a0009000000cdb9785d83bcc3b72500000019000000090000006c6f636b65642e7079b9a77f1347a41584f03e27805d50ef71e592d7f570280d4817d452ca9c1289f06f4ed99cad504b070883bcc3b72500000019000000504b03040a0000000000cdb9785d3b89f68b0600000006000000070000006f70656e2e707978203d20310a504b01021e030a0009000000cdb9785d83bcc3b72500000019000000090000000000000001000000a481000000006c6f636b65642e7079504b01021e030a0000000000cdb9785d3b89f68b0600000006000000070000000000000001000000a4815c0000006f70656e2e7079504b050600000000020002006c000000870000000000";
/// Made by Python: an entry packed with bzip2.
const BZIP2: &str = "504b03042e0000000c0000002100dfa3627934000000f0000000070000006f70656e2e7079425a68393141592653599a8be257000077d8800010400020020040200030cd0052a1ea744f0984c1309f1772453850909a8be257504b01022e032e0000000c0000002100dfa3627934000000f00000000700000000000000000000008001000000006f70656e2e7079504b0506000000000100010035000000590000000000";

#[test]
fn what_cannot_be_unpacked_is_named_and_the_run_is_incomplete() {
    let place = Place::new();
    for (name, hex) in [("e.zip", ENCRYPTED), ("b.zip", BZIP2)] {
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        #[expect(clippy::disallowed_methods, reason = "test files in a temporary folder")]
        std::fs::write(place.tree().join(name), hex.as_bytes().chunks(2).map(digits).collect::<Vec<u8>>()).unwrap();
    }
    let ran = place.run(&["scan"]);
    ran.expect(3, "e.zip!/locked.py: unreadable (it is encrypted)");
    ran.expect(3, "b.zip!/open.py: unreadable (it is packed with a method that is not read (12))");
    ran.expect(3, "no findings in 1 file");
    place.run(&["scan", "--exclude", "e.zip!/locked.py", "--exclude", "b.zip"]).expect(0, "2 excluded");
}

#[test]
fn a_bomb_is_cut_off_and_told() {
    let place = Place::new();
    python(
        &place,
        "import zipfile as z, gzip\n\
         with z.ZipFile('bomb.zip', 'w', z.ZIP_DEFLATED) as f:\n\
         \x20   for n in range(12): f.writestr(f'{n}.txt', b''.join(b'a' * 40 + b'%x' % i for i in range(20000)))\n\
         with gzip.open('bomb.gz', 'wb') as f: f.write(b'a' * (100 << 20))\n",
    );
    let ran = place.run(&["scan"]);
    ran.expect(3, "bomb.gz!/bomb: cut off (it unpacks to more than 200 times its size; the rest was not read)");
    let ran = place.run(&["scan", "--max-file-size", "1000000"]);
    ran.expect(3, "bomb.zip: cut off (it unpacks to more than 8000000 bytes");
}

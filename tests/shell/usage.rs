//! Exit codes and messages of the command line and the configuration.

use super::{Place, secret_line};

#[test]
fn bad_usage_is_2_and_help_is_0() {
    let place = Place::new();
    place.run(&["scan", "--no-such-flag"]).expect(2, "--no-such-flag");
    place.run(&[]).expect(2, "Usage");
    place.run(&["--help"]).expect(0, "");
    place.run(&["generate", "bash"]).expect(0, "");
}

#[test]
fn findings_are_1_clean_is_0_and_the_value_is_not_printed() {
    let place = Place::new();
    let (line, value) = secret_line();
    place.put("clean.py", "print('hello')\n");
    place.run(&["scan", "--color", "always"]).expect(0, "no findings");
    place.put("app.py", &line);
    for format in ["human", "json", "jsonl", "sarif"] {
        let ran = place.run(&["scan", "--format", format, "-vv"]);
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert!(ran.out.contains("app.py") && ran.out.contains("********"), "{ran:#?}");
        assert!(!ran.out.contains(&value) && !ran.err.contains(&value));
    }
}

#[test]
fn explain_shows_which_signals_spoke() {
    let place = Place::new();
    let (line, value) = secret_line();
    place.put("app.py", &line);
    let plain = place.run(&["scan"]);
    assert!(!plain.out.contains("certain key"), "{plain:#?}");
    for verb in ["scan", "check"] {
        let ran = place.run(&[verb, "--explain"]);
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert!(ran.out.contains("- certain key") && ran.out.contains("- looks random"), "{ran:#?}");
        assert!(ran.out.contains("- score ") && !ran.out.contains(&value), "{ran:#?}");
    }
    let json = place.run(&["scan", "--format", "jsonl"]);
    assert!(json.out.contains("\"signals\":[\"certain key\""), "{json:#?}");
}

#[test]
fn a_report_to_a_file_leaves_standard_output_empty() {
    let place = Place::new();
    place.put("app.py", &secret_line().0);
    let ran = place.run(&["scan", "--format", "jsonl", "-o", "../out.jsonl"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:#?}");
    assert!(std::fs::read_to_string(place.tree().join("../out.jsonl")).unwrap().contains("\"v\":1"));
    place.run(&["scan", "-o", "none/out"]).expect(2, "can't write to");
    place.run(&["scan", "-o", "/proc/out"]).expect(2, "can't write to /proc/out");
}

#[test]
fn a_reader_that_goes_away_leaves_the_exit_code_as_it_is() {
    let place = Place::new();
    place.run(&["scan"]).expect(3, "");
    place.put("clean.py", "x = 1\n");
    assert_eq!(unread(&place, &["scan", "--format", "json"]).code, 0);
    for number in 0..300 {
        place.put(&format!("{number}.py"), &secret_line().0);
    }
    for verb in ["scan", "check"] {
        for format in ["human", "json", "jsonl", "sarif"] {
            let ran = unread(&place, &[verb, "--quiet", "--format", format]);
            assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{verb} {format}");
        }
    }
    #[cfg(target_os = "linux")]
    assert_eq!(unread(&place, &["scan", "--quiet", "-o", "/dev/stdout"]).code, 1);
    let ran = unread(&place, &["apply", "-y"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    place.run(&["resume"]).expect(0, "is complete");
}

/// Runs arnify with a standard output that nobody reads.
fn unread(place: &Place, arguments: &[&str]) -> super::Ran {
    let mut command = place.command();
    command.args(arguments).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    super::Ran::from(child.wait_with_output().unwrap())
}

#[test]
fn standard_input_has_the_name_that_was_given() {
    let place = Place::new();
    let mut command = place.command();
    command.args(["scan", "--stdin", "--stdin-name", "x.py", "--format", "jsonl"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), secret_line().0.as_bytes()).unwrap();
    let ran = super::Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.out.contains("\"path\":\"x.py\""), "{ran:#?}");
}

#[test]
fn a_wrong_configuration_is_2_and_names_the_line() {
    let place = Place::new();
    place.put("a.py", "x = 1\n");
    place.put("arnify.toml", "\nmin-confidense = \"low\"\n");
    let ran = place.run(&["scan"]);
    ran.expect(2, "arnify.toml:2:1: unknown key `min-confidense`");
    ran.expect(2, "did you mean `min-confidence`?");
    place.run(&["scan", "--no-config"]).expect(0, "no findings");
    place.run(&["scan", "--config", "none.toml"]).expect(2, "can't read the configuration file");
    place.put("arnify.toml", "exclude = [\"a{\"]\n");
    place.run(&["scan"]).expect(2, "exclude pattern");
    place.put("arnify.toml", "exclude = [\"[a\"]\n");
    place.run(&["scan"]).expect(2, "exclude pattern [a: a [ has no ]");
    place.run(&["scan", "--no-config", "--exclude", "x[a"]).expect(2, "exclude pattern x[a");
    place.put("arnify.toml", "threads = 100000\n");
    place.run(&["scan"]).expect(2, "arnify.toml:1: threads: must be 1 to 256");
    place.put("arnify.toml", "account = \"12\"\n");
    place.run(&["scan"]).expect(2, "12 digits");
    std::fs::create_dir(place.tree().join(".arnify.toml")).unwrap();
    place.run(&["scan"]).expect(2, ".arnify.toml\n  because: it is no regular file");
    place.run(&["scan", "--no-config"]).expect(0, "no findings");
}

#[test]
fn a_demo_that_the_system_refuses_is_2_and_no_bug() {
    let place = Place::new();
    let none = place.tree().join("none");
    let ran = super::Ran::from(place.command().arg("demo").env("TMPDIR", &none).output().unwrap());
    ran.expect(2, "making the demo's folder");
    ran.expect(2, &format!("The demo works below {}", none.display()));

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = super::Ran::from(place.command().arg("demo").stdout(writer).output().unwrap());
    assert!(ran.code != 70 && ran.err.is_empty(), "{ran:#?}");
}

#[test]
fn what_is_left_to_do_names_the_helper_file() {
    let place = Place::new();
    place.put("api/package.json", "{\"name\": \"a\", \"dependencies\": {}}\n");
    place.put("api/a.js", &format!("const {}module.exports = {{ db_password }};\n", secret_line().0));
    place.put("r/a.rb", &secret_line().0);
    let ran = place.run(&["apply", "-y"]);
    for file in ["api/aws-secrets.cjs", "r/aws_secrets.rb"] {
        assert!(ran.out.contains(&format!("Ship `{file}` with the program.")), "{ran:#?}");
    }
}

#[test]
fn without_a_home_scans_go_on_and_nothing_is_stored_in_the_tree() {
    let place = Place::new();
    place.put("app.py", &secret_line().0);
    place.put("a.env", "A={{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:a-abcdef}}\n");
    let homeless = |arguments: &[&str]| {
        let mut command = place.command();
        command.env_remove("ARNIFY_HOME").env_remove("HOME").args(arguments);
        let absent = super::Ran::from(command.output().unwrap());
        let empty = super::Ran::from(command.env("HOME", "").output().unwrap());
        assert_eq!((absent.code, &absent.err), (empty.code, &empty.err));
        absent
    };
    let print = |ran: super::Ran| {
        let at = ran.out.find("\"fingerprint\":").unwrap();
        ran.out.get(at..at + 50).unwrap().to_owned()
    };
    homeless(&["scan"]).expect(1, "1 finding");
    assert_eq!(print(homeless(&["scan", "--format", "jsonl"])), print(homeless(&["scan", "--format", "jsonl"])));
    homeless(&["plan"]).expect(0, "");
    homeless(&["apply", "clean"]).expect(2, "no such file");
    homeless(&["exec", "--", "true"]).expect(0, "");
    for verb in [
        &["apply", "--write", "-y"][..],
        &["apply"],
        &["undo"],
        &["resume"],
        &["verify"],
        &["inject", "-i", "a.env"],
        &["serve"],
    ] {
        homeless(verb).expect(2, "Set ARNIFY_HOME to a folder outside the repository");
    }
    assert!(!super::exists(&place.tree().join(".arnify")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_journal_cannot_be_begun_is_refused_and_not_partly_applied() {
    let place = Place::new();
    place.put("app.py", &secret_line().0);
    let mut command = place.command();
    let output = command.env("ARNIFY_HOME", "/proc/x").args(["apply", "--write", "-y"]).output().unwrap();
    let ran = super::Ran::from(output);
    ran.expect(2, "No file was changed and nothing was stored.");
    ran.expect(2, "ARNIFY_HOME");
    assert!(!ran.err.contains("partly") && !ran.err.contains("resume"), "{ran:#?}");
}

//! Runs in a process of their own: with an environment that lacks something, and with Ctrl-C.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use arnify::settings::StoreSettings;
use arnify::store::{self, StoreStep};

use super::place;
use super::runs::{plan, values};

/// Set for the children; the number of entries to store.
const CHILD: &str = "TEST_RUN_CHILD";

/// Not a test of its own: the body of the children below.
#[test]
fn child_stores() {
    let Some(count) = std::env::var_os(CHILD) else { return };
    let count: usize = count.to_str().unwrap().parse().unwrap();
    let names: Vec<String> = (0..count).map(|n| place::fresh(&format!("child-{n}"))).collect();
    let settings = StoreSettings { region: None, concurrency: 2, ..place::aws_settings() };
    let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let result = store::run(plan, &values(&vec!["v"; count]), &settings, &[].into(), &mut |steps| {
        for step in steps {
            match step {
                StoreStep::Storing(id) => println!("\nstoring {}", id.0),
                StoreStep::Stored(id, _) => println!("\nstored {}", id.0),
                StoreStep::Refused(id) => println!("\nrefused {}", id.0),
            }
        }
        Ok(())
    });
    match result {
        Ok(run) => match run.refused.first() {
            Some((_, error)) => println!("\nrefused: {error}"),
            None => println!("\ncomplete"),
        },
        Err(error) => println!("\nfailed: {error}"),
    }
}

fn child(count: usize, prepare: impl FnOnce(&mut Command)) -> Child {
    let home = std::env::temp_dir().join("no-such-home");
    let mut command = Command::new(std::env::current_exe().unwrap());
    place::scrub(&mut command, &home).args(["store::children::child_stores", "--exact", "--nocapture"]);
    command.env(CHILD, count.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
    prepare(&mut command);
    command.spawn().unwrap()
}

fn last_line(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = |line: &&str| ["refused", "failed", "complete"].iter().any(|word| line.starts_with(word));
    text.lines().find(said).unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn without_a_region_nothing_is_asked() {
    let said = last_line(child(1, |command| {
        command.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
    }));
    assert_eq!(said, "failed: connecting to AWS: no AWS region");
}

#[test]
fn without_credentials_the_next_step_is_said() {
    let moto = place::moto();
    let said = last_line(child(1, |command| {
        command.env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", &moto);
    }));
    assert!(said.starts_with("refused: ") && said.ends_with("no AWS credentials"), "{said}");
}

#[test]
fn a_plain_http_endpoint_of_the_environment_is_refused() {
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"] {
        let said = last_line(child(1, |command| {
            place::sign_in(command).env(name, "http://192.0.2.1");
        }));
        assert!(said.contains("192.0.2.1 is plain http"), "{said}");
    }
}

#[test]
fn ctrl_c_finishes_what_is_in_flight_and_journals_it() {
    let moto = place::moto();
    let mut child = child(60, |command| {
        place::sign_in(command).env("AWS_ENDPOINT_URL", &moto);
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen: Vec<String> = lines.by_ref().take_while(|line| line != "stored 3").collect();
    seen.push("stored 3".into());
    let killed = Command::new("sh").args(["-c", "kill -INT \"$0\"", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    seen.extend(lines);
    child.wait().unwrap();
    let count = |word: &str| seen.iter().filter(|line| line.starts_with(word)).count();
    assert!(seen.contains(&"failed: storing: interrupted".to_owned()), "{seen:?}");
    assert_eq!(count("storing "), count("stored "), "{seen:?}");
    assert!(count("stored ") < 60);
}

//! Power cuts: `apply --write` is killed at every record of its journal, right before and right after the record
//! is durable. Resume finishes each of them, undo takes each of them back, and no value is lost.

use std::collections::BTreeMap;

use crate::support::{Sandbox, expect, snapshot};

/// More than any run here has records; reaching it would mean that the run never ended.
const MANY: usize = 200;

fn lay_out(sandbox: &Sandbox) -> Vec<String> {
    let mut values = sandbox.lay_out("cjs");
    values.extend(sandbox.lay_out("dotenv"));
    values
}

/// Runs `apply --write` so that it dies at record `step`; whether it died.
fn apply_until(sandbox: &Sandbox, when: &str, step: usize) -> bool {
    let mut command = sandbox.arnify(["apply", "--write", "-y"]);
    command.env(when, step.to_string());
    let output = command.output().expect("arnify");
    match output.status.code() {
        None => true,
        Some(0) => false,
        Some(code) => panic!("exit code {code} at {when}={step}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Dies at every step in turn; `then` gets the sandbox with the tree as it was before and the planted values.
fn at_every_step(when: &str, then: impl Fn(usize, &Sandbox, &BTreeMap<String, Vec<u8>>, &[String])) {
    for step in 1..MANY {
        let sandbox = Sandbox::new();
        let values = lay_out(&sandbox);
        let before = sandbox.snapshot();
        let died = apply_until(&sandbox, when, step);
        if !died {
            assert!(step > 8, "only {step} steps: the run was not interrupted at all");
            return;
        }
        then(step, &sandbox, &before, &values);
    }
    panic!("{MANY} steps and no end");
}

fn left(sandbox: &Sandbox, values: &[String]) -> Vec<String> {
    let holds = |bytes: &[u8]| values.iter().any(|value| memchr::memmem::find(bytes, value.as_bytes()).is_some());
    sandbox.snapshot().into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

fn resume_then_undo(step: usize, sandbox: &Sandbox, before: &BTreeMap<String, Vec<u8>>, values: &[String]) {
    // Before the first record there is no run to resume; the tree is as it was.
    let resumed = sandbox.arnify(["resume", "-y"]).output().expect("arnify");
    if resumed.status.code() == Some(2) {
        assert_eq!(step, 1, "{}", String::from_utf8_lossy(&resumed.stderr));
        assert_eq!(&sandbox.snapshot(), before);
        return;
    }
    assert_eq!(resumed.status.code(), Some(0), "step {step}: {}", String::from_utf8_lossy(&resumed.stderr));
    assert_eq!(left(sandbox, values), [""; 0], "step {step}: resume has to finish the run");
    expect(0, sandbox.arnify(["verify"]));
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(&sandbox.snapshot(), before, "step {step}: undo has to restore every byte");
}

fn undo_at_once(step: usize, sandbox: &Sandbox, before: &BTreeMap<String, Vec<u8>>, _values: &[String]) {
    let undone = sandbox.arnify(["undo", "-y"]).output().expect("arnify");
    // A run that had written nothing yet is none that could be undone: exit code 2, and the tree is as it was.
    let said = String::from_utf8_lossy(&undone.stderr);
    assert!(matches!(undone.status.code(), Some(0 | 2)), "step {step}: {said}");
    assert_eq!(&sandbox.snapshot(), before, "step {step}: undo has to restore every byte");
}

#[test]
fn resume_finishes_a_run_killed_after_any_record() {
    at_every_step("ARNIFY_CRASH_AFTER", resume_then_undo);
}

#[test]
fn resume_finishes_a_run_killed_before_any_record() {
    at_every_step("ARNIFY_CRASH_BEFORE", resume_then_undo);
}

#[test]
fn undo_takes_back_a_run_killed_after_any_record() {
    at_every_step("ARNIFY_CRASH_AFTER", undo_at_once);
}

#[test]
fn undo_takes_back_a_run_killed_before_any_record() {
    at_every_step("ARNIFY_CRASH_BEFORE", undo_at_once);
}

/// Number of records in the sandbox's only journal.
fn records(sandbox: &Sandbox) -> usize {
    let files = snapshot(&sandbox.home().join("arnify/journal"));
    let journals: Vec<_> = files.iter().filter(|(path, _)| path.ends_with(".jsonl")).collect();
    assert_eq!(journals.len(), 1);
    memchr::memchr_iter(b'\n', journals[0].1).count()
}

#[test]
fn an_interrupted_undo_is_finished_by_another_one() {
    for step in 1..MANY {
        let sandbox = Sandbox::new();
        lay_out(&sandbox);
        let before = sandbox.snapshot();
        expect(0, sandbox.arnify(["apply", "--write", "-y"]));
        let mut undo = sandbox.arnify(["undo", "-y"]);
        // Records are counted from the journal's first.
        undo.env("ARNIFY_CRASH_AFTER", (records(&sandbox) + step).to_string());
        let died = undo.output().expect("arnify").status.code().is_none();
        if !died {
            assert!(step > 3, "the undo was not interrupted at each of its records");
            return;
        }
        // One that was killed after its last record had nothing left to do: exit code 2.
        let again = sandbox.arnify(["undo", "-y"]).output().expect("arnify");
        assert!(matches!(again.status.code(), Some(0 | 2)), "step {step}: {}", String::from_utf8_lossy(&again.stderr));
        assert_eq!(sandbox.snapshot(), before, "step {step}");
    }
}

//! `apply` where the store takes a secret and then doesn't give it back: the run must say so and stay open.

use std::process::{Command, Output};

use super::place::{self, served};
use super::proxy::{Fault, Proxy};
use crate::support::{Sandbox, expect, random_text};

/// A tree with two secrets.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["db", "mail"] {
        sandbox.file(&format!("{name}.py"), format!("{name}_password = \"{}\"\n", random_text(24)));
    }
    sandbox
}

/// arnify in the sandbox, with what listens at `endpoint` for AWS.
fn arnify(sandbox: &Sandbox, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = sandbox.arnify(arguments);
    place::sign_in(&mut command).env("ARNIFY_STORE", "aws").env("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn secrets_that_were_created_and_can_t_be_read_back_are_named_and_the_run_stays_open() {
    for fault in [
        Fault::Refuse("AccessDeniedException", "not authorized"),
        Fault::Falsify("SecretString\":\"", "SecretString\":\"x"),
    ] {
        let vault = place::vault();
        let server = served(&vault);
        let proxy = Proxy::before(&server, move |operation, _| match operation {
            "GetSecretValue" => fault,
            _ => Fault::Pass,
        });
        let sandbox = sandbox();
        let before = sandbox.snapshot();
        let refused = said(&expect(5, arnify(&sandbox, &proxy.endpoint, &["apply", "--write", "-y"])));
        assert_eq!(proxy.calls("CreateSecret"), 2, "{refused}");
        let begun = "0 secrets stored and read back, no file was changed.";
        assert!(refused.contains(begun) && !refused.contains("nothing was stored"), "{refused}");
        let named = refused.lines().find(|line| line.contains("the store may hold them: ")).expect("the begun entries");
        assert!(named.contains("db-password") && named.contains("mail-password"), "{refused}");
        assert_eq!(sandbox.snapshot(), before);

        let again = said(&expect(5, arnify(&sandbox, &proxy.endpoint, &["resume", "-y"])));
        assert!(again.contains("the store may hold them: "), "a resumed run knows what was begun: {again}");
        expect(0, arnify(&sandbox, &server, &["resume", "-y"]));
        assert_ne!(sandbox.snapshot(), before);
        expect(0, arnify(&sandbox, &server, &["undo", "-y"]));
        assert_eq!(sandbox.snapshot(), before);
    }
}

#[test]
fn a_store_that_refuses_to_keep_anything_has_stored_nothing_and_the_run_is_closed() {
    let vault = place::vault();
    let proxy = Proxy::before(&served(&vault), |operation, _| match operation {
        "CreateSecret" => Fault::Refuse("AccessDeniedException", "not authorized"),
        _ => Fault::Pass,
    });
    let sandbox = sandbox();
    let refused = said(&expect(4, arnify(&sandbox, &proxy.endpoint, &["apply", "--write", "-y"])));
    assert!(refused.contains("No file was changed and nothing was stored."), "{refused}");
    let resumed = said(&expect(0, arnify(&sandbox, &proxy.endpoint, &["resume", "-y"])));
    assert!(resumed.contains("is complete"), "{resumed}");
}

#[test]
fn a_store_that_refuses_every_look_up_has_stored_nothing_and_the_run_is_closed() {
    let vault = place::vault();
    let refuse = |_: &str, _| Fault::Refuse("AccessDeniedException", "not authorized");
    let proxy = Proxy::before(&served(&vault), refuse);
    let sandbox = sandbox();
    let refused = said(&expect(4, arnify(&sandbox, &proxy.endpoint, &["apply", "--write", "-y"])));
    assert!(refused.contains("No file was changed and nothing was stored."), "{refused}");
    let resumed = said(&expect(0, arnify(&sandbox, &proxy.endpoint, &["resume", "-y"])));
    assert!(resumed.contains("is complete"), "{resumed}");
}

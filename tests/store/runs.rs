//! Store runs against moto, with the faults that a network and an account bring.

use std::collections::BTreeMap;

use arnify::model::{Cost, Entry, EntryId, Outcome, Plan, Proposed, Receipt, RunId, ValueShape};
use arnify::plan::Values;
use arnify::reference::Reference;
use arnify::secret::SecretValue;
use arnify::settings::StoreSettings;
use arnify::store::{Reason, Session, StoreError, StoreRun, StoreStep};

use super::place::{self, fresh, random};
use super::proxy::{Fault, Proxy};

pub(crate) fn plan(names: &[&str]) -> Plan<Proposed> {
    let entry = |(id, name): (usize, &&str)| Entry {
        id: EntryId(id),
        name: (*name).to_owned(),
        description: "a test".into(),
        tags: BTreeMap::from([("arnify:run".into(), "test".into())]),
        token: random(),
        kms_key_id: None,
        shape: ValueShape::Plain,
        size: 7,
        places: Vec::new(),
        warnings: Vec::new(),
        state: Proposed,
    };
    Plan {
        v: 1,
        run: RunId("test".into()),
        created: "2026-01-01T00:00:00Z".into(),
        entries: names.iter().enumerate().map(entry).collect(),
        conflicts: vec![],
        held_back: Vec::new(),
        cost: Cost::default(),
    }
}

pub(crate) fn values(values: &[&str]) -> Values {
    values.iter().map(|value| SecretValue::new(value.as_bytes().to_vec())).collect()
}

struct Ran {
    result: Result<StoreRun, StoreError>,
    steps: Vec<String>,
}

fn run_with(endpoint: &str, settings: &StoreSettings, plan: &Plan<Proposed>, texts: &[&str]) -> Ran {
    run_from(endpoint, settings, plan, (texts, &BTreeMap::new()))
}

fn run_from(
    endpoint: &str,
    settings: &StoreSettings,
    plan: &Plan<Proposed>,
    (texts, done): (&[&str], &BTreeMap<EntryId, Receipt>),
) -> Ran {
    let mut steps = Vec::new();
    let session = Session::connect(settings, &place::target(endpoint)).unwrap();
    let result = session.run(plan.clone(), &values(texts), done, &mut |taken| {
        steps.extend(taken.iter().map(|step| match step {
            StoreStep::Storing(id) => format!("storing {}", id.0),
            StoreStep::Refused(id) => format!("refused {}", id.0),
            StoreStep::Stored(id, stored) => format!("stored {} {:?}", id.0, stored.receipt().outcome),
        }));
        Ok(())
    });
    Ran { result, steps }
}

fn run(endpoint: &str, plan: &Plan<Proposed>, texts: &[&str]) -> Ran {
    run_with(endpoint, &place::aws_settings(), plan, texts)
}

fn outcomes(run: &StoreRun) -> Vec<Outcome> {
    run.stored.iter().map(|(_, stored)| stored.receipt().outcome).collect()
}

fn refusal(run: &StoreRun) -> &StoreError {
    assert!(run.plan.is_none());
    &run.refused.first().expect("an entry is refused").1
}

fn read(endpoint: &str, id: &str) -> Result<String, StoreError> {
    let session = Session::connect(&place::aws_settings(), &place::target(endpoint)).unwrap();
    let reference = Reference { id: id.to_owned(), key: None, stage: None, version: None };
    let value = session.resolve(&[reference])?.remove(0)?;
    Ok(value.with_bytes(|bytes| String::from_utf8(bytes.to_vec()).unwrap()))
}

#[test]
fn creates_then_reuses_then_refuses_then_updates() {
    let moto = place::moto();
    let (a, b) = (fresh("run-a"), fresh("run-b"));
    let first = run(&moto, &plan(&[&a, &b]), &["one", "p\u{e4}ss\n"]);
    let ran = first.result.unwrap();
    assert_eq!(outcomes(&ran), [Outcome::Created, Outcome::Created]);
    let stored = ran.plan.expect("complete");
    assert!(stored.entries.iter().all(|entry| entry.state.receipt().version_id == entry.token));
    assert_eq!(first.steps.iter().filter(|step| step.starts_with("storing")).count(), 2);
    assert_eq!(read(&moto, &stored.entries[1].state.receipt().arn).unwrap(), "p\u{e4}ss\n");

    let again = run(&moto, &plan(&[&a, &b]), &["one", "p\u{e4}ss\n"]).result.unwrap();
    assert_eq!(outcomes(&again), [Outcome::Reused, Outcome::Reused]);
    assert_eq!(again.stored[0].1.receipt().arn, ran.stored[0].1.receipt().arn);

    let c = fresh("run-c");
    let other = run(&moto, &plan(&[&c, &a]), &["new", "two"]);
    let refused = other.result.unwrap();
    assert_eq!(refusal(&refused).reason, Reason::Conflict);
    assert!(refusal(&refused).to_string().contains(&a));
    assert_eq!(other.steps, Vec::<String>::new(), "nothing is created when one entry conflicts");
    assert_eq!(read(&moto, &c).unwrap_err().reason, Reason::NotFound);

    let settings = StoreSettings { update_existing: true, ..place::aws_settings() };
    let updated = run_with(&moto, &settings, &plan(&[&c, &a]), &["new", "two"]).result.unwrap();
    assert_eq!(outcomes(&updated), [Outcome::Created, Outcome::Updated]);
    assert_eq!(read(&moto, &a).unwrap(), "two");
}

#[test]
fn a_name_scheduled_for_deletion_is_said() {
    let moto = place::moto();
    let name = fresh("deleted");
    let ran = run(&moto, &plan(&[&name]), &["one"]).result.unwrap();
    let boto = super::boto::Boto::connect(&moto);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(arnify::store::SecretStore::delete(&boto, &ran.stored[0].1.receipt().arn, 7)).unwrap();
    let again = run(&moto, &plan(&[&name]), &["one"]).result.unwrap();
    let error = refusal(&again);
    assert!(matches!(&error.reason, Reason::ScheduledForDeletion { when: Some(_) }), "{error}");
    assert!(error.hint().unwrap().contains("restore-secret"));
}

#[test]
fn throttled_twice_then_done_and_throttled_forever_given_up() {
    let moto = place::moto();
    let throttle = Fault::Refuse("ThrottlingException", "Rate exceeded");
    let busy = Proxy::before(&moto, move |operation, before| match operation {
        "CreateSecret" if before < 2 => throttle,
        _ => Fault::Pass,
    });
    let ran = run(&busy.endpoint, &plan(&[&fresh("busy")]), &["one"]).result.unwrap();
    assert_eq!(outcomes(&ran), [Outcome::Created]);
    assert_eq!(busy.calls("CreateSecret"), 3);

    let stuck =
        Proxy::before(&moto, move |operation, _| if operation == "CreateSecret" { throttle } else { Fault::Pass });
    let ran = run(&stuck.endpoint, &plan(&[&fresh("stuck")]), &["one"]).result.unwrap();
    let error = refusal(&ran);
    assert_eq!(error.reason, Reason::Throttled);
    assert_eq!((error.code.as_deref(), error.request_id.as_deref()), (Some("ThrottlingException"), Some("request-1")));
    assert_eq!(stuck.calls("CreateSecret"), 6);
}

#[test]
fn denied_names_the_action_and_kms_is_told_apart() {
    let moto = place::moto();
    let denied = |operation: &'static str, message| {
        let proxy = Proxy::before(&moto, move |asked, _| {
            if asked == operation { Fault::Refuse("AccessDeniedException", message) } else { Fault::Pass }
        });
        let ran = run(&proxy.endpoint, &plan(&[&fresh("denied")]), &["hunter2-value"]).result.unwrap();
        let error = refusal(&ran).clone();
        assert!(!error.to_string().contains("hunter2-value"));
        error
    };
    let error = denied("CreateSecret", "User is not authorized, hunter2-value");
    assert_eq!(error.reason, Reason::Denied { action: "secretsmanager:CreateSecret".into() });
    let error = denied("DescribeSecret", "no");
    assert_eq!(error.reason, Reason::Denied { action: "secretsmanager:DescribeSecret".into() });
    let error = denied("GetSecretValue", "Access to KMS is not allowed");
    assert_eq!(error.reason, Reason::DeniedKms);
    assert!(error.hint().unwrap().contains("kms:Decrypt"));
}

#[test]
fn a_lost_answer_doesn_t_make_a_second_secret_or_a_failure() {
    let moto = place::moto();
    let lossy = Proxy::before(&moto, |operation, before| match operation {
        "CreateSecret" if before == 0 => Fault::AnswerLost,
        _ => Fault::Pass,
    });
    let plan = plan(&[&fresh("lost")]);
    let ran = run(&lossy.endpoint, &plan, &["one"]).result.unwrap();
    let receipt = ran.stored[0].1.receipt();
    assert_eq!((receipt.outcome, &receipt.version_id), (Outcome::Created, &plan.entries[0].token));
    assert_eq!(read(&moto, &receipt.arn).unwrap(), "one");
}

#[test]
fn a_value_that_reads_back_wrong_is_not_stored() {
    let moto = place::moto();
    let liar = Proxy::before(&moto, |operation, _| match operation {
        "GetSecretValue" => Fault::Falsify("right-value", "wrong-value"),
        _ => Fault::Pass,
    });
    let ran = run(&liar.endpoint, &plan(&[&fresh("liar")]), &["right-value"]);
    assert_eq!(ran.steps, ["storing 0"]);
    let run = ran.result.unwrap();
    assert_eq!(refusal(&run).reason, Reason::Mismatch);
    assert!(run.stored.is_empty());
}

#[test]
fn a_cut_answer_is_an_error_and_not_a_value() {
    let moto = place::moto();
    let cut = Proxy::before(&moto, |operation, _| match operation {
        "GetSecretValue" => Fault::Truncate,
        _ => Fault::Pass,
    });
    let ran = run(&cut.endpoint, &plan(&[&fresh("cut")]), &["one"]).result.unwrap();
    assert!(matches!(refusal(&ran).reason, Reason::Other(_)), "{}", refusal(&ran));
}

#[test]
fn a_server_gone_half_way_leaves_a_partial_run_that_resume_finishes() {
    let moto = place::moto();
    let names: Vec<String> = (0..6).map(|n| fresh(&format!("half-{n}"))).collect();
    let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let texts = ["v0", "v1", "v2", "v3", "v4", "v5"];
    let settings = StoreSettings { concurrency: 1, ..place::aws_settings() };
    let dying = Proxy::before(&moto, |operation, before| match operation {
        "CreateSecret" if before >= 3 => Fault::Gone,
        _ => Fault::Pass,
    });
    let ran = run_with(&dying.endpoint, &settings, &plan, &texts).result.unwrap();
    assert_eq!(outcomes(&ran), [Outcome::Created; 3]);
    assert!(matches!(&refusal(&ran).reason, Reason::Unreachable { .. }), "{}", refusal(&ran));
    assert_eq!(ran.refused.len(), 1, "the others are not attempted");

    let done: BTreeMap<_, _> = ran.stored.iter().take(2).map(|(id, s)| (*id, s.receipt().clone())).collect();
    let resumed = run_from(&moto, &settings, &plan, (&texts, &done)).result.unwrap();
    let stored = resumed.plan.expect("complete");
    assert!(stored.entries.iter().all(|entry| entry.state.receipt().outcome == Outcome::Created));
    for (entry, text) in stored.entries.iter().zip(texts) {
        assert_eq!(read(&moto, &entry.state.receipt().arn).unwrap(), text);
    }
}

#[test]
fn a_failing_journal_stops_the_run() {
    let moto = place::moto();
    let settings = StoreSettings { concurrency: 1, ..place::aws_settings() };
    let session = Session::connect(&settings, &place::target(&moto)).unwrap();
    let (a, b) = (fresh("journal-a"), fresh("journal-b"));
    let result = session.run(plan(&[&a, &b]), &values(&["one", "two"]), &BTreeMap::new(), &mut |steps| match steps {
        [StoreStep::Storing(_)] => Ok(()),
        _ => Err(std::io::Error::other("disk full")),
    });
    assert_eq!(result.unwrap_err().reason, Reason::Journal("disk full".into()));
    assert_eq!(read(&moto, &b).unwrap_err().reason, Reason::NotFound);
}

#[test]
fn references_go_to_the_region_that_their_arn_names() {
    let moto = place::moto();
    let name = fresh("region");
    let there = StoreSettings { region: Some("eu-west-1".into()), ..place::aws_settings() };
    let ran = run_with(&moto, &there, &plan(&[&name]), &["one"]).result.unwrap();
    let arn = ran.stored[0].1.receipt().arn.clone();
    assert!(arn.contains(":eu-west-1:"));
    // The settings' region has no such secret: the wrong region is not found, the ARN's own is.
    assert_eq!(read(&moto, &arn.replace("eu-west-1", "us-east-1")).unwrap_err().reason, Reason::NotFound);
    let reference = |id: &str| Reference { id: id.to_owned(), key: None, stage: None, version: None };
    let asked = [reference(&name), reference(&arn), reference(&arn.replace("eu-west-1", "us-east-1"))];
    let session = Session::connect(&place::aws_settings(), &place::target(&moto)).unwrap();
    let found = session.resolve(&asked).unwrap();
    assert!(found[0].is_err() && found[2].is_err());
    assert!(found[1].as_ref().is_ok_and(|value| value.with_bytes(|bytes| bytes == b"one")));
}

#[test]
fn values_never_travel_in_clear_text_over_a_network() {
    let error = read("http://192.0.2.1:80", "x").unwrap_err();
    assert_eq!(error.reason, Reason::PlainHttp { host: "192.0.2.1".into() });
}

#[test]
fn a_tls_connector_is_there_and_a_closed_port_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = read(&endpoint, "x").unwrap_err();
    assert_eq!(
        error.reason,
        Reason::Unreachable { host: endpoint.replace("https://", ""), detail: "connection refused".into() }
    );
}

#[test]
fn cloudtrail_sees_who_wrote() {
    let proxy = Proxy::before(&place::moto(), |_, _| Fault::Pass);
    run(&proxy.endpoint, &plan(&[&fresh("agent")]), &["one"]).result.unwrap();
    assert!(proxy.heads().iter().all(|head| head.contains("app/arnify")));
}

#[test]
fn local_runs_resolve_keys_stages_and_versions() {
    let vault = place::vault();
    let names = ["app/json", "app/plain"];
    let json = r#"{"user":"u","password":"p\u00e4\"ss","port":5432}"#;
    let settings = StoreSettings { update_existing: true, ..vault.settings.clone() };
    let store = |texts: &[&str]| {
        let mut steps = 0;
        let run = arnify::store::run(plan(&names), &values(texts), &settings, &BTreeMap::new(), &mut |taken| {
            steps += taken.len();
            Ok(())
        });
        assert_eq!(steps, 4);
        run.unwrap().plan.expect("complete")
    };
    let first = store(&[json, "old"]);
    let second = store(&[json, "new"]);
    assert_eq!(second.entries[0].state.receipt().outcome, Outcome::Reused);
    assert_eq!(second.entries[1].state.receipt().outcome, Outcome::Updated);
    let arn = |at: usize| first.entries[at].state.receipt().arn.clone();
    let key = |key: &str| Reference { id: arn(0), key: Some(key.into()), stage: None, version: None };
    let plain = |stage: Option<&str>, version: Option<&str>| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Reference { id: arn(1), key: None, stage: own(stage), version: own(version) }
    };
    let old = first.entries[1].state.receipt().version_id.as_str();
    let asked = [
        key("password"),
        key("port"),
        key("absent"),
        plain(None, None),
        plain(Some("AWSPREVIOUS"), None),
        plain(None, Some(old)),
        plain(Some("NONE"), None),
    ];
    let found = arnify::store::resolve(&asked, &settings).unwrap();
    let text = |at: usize| found[at].as_ref().unwrap().with_bytes(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    assert_eq!([text(0), text(1), text(3), text(4), text(5)], ["p\u{e4}\"ss", "5432", "new", "old", "old"]);
    assert_eq!(found[2].as_ref().unwrap_err().reason, Reason::Invalid("the secret has no key absent".into()));
    assert_eq!(found[6].as_ref().unwrap_err().reason, Reason::NotFound);
}

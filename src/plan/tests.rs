//! The plan stage as a whole, on findings made by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::*;
use crate::model::{
    Applicability, Confidence, Finding, Kind, Neighbour, Origin, Severity, Site, Source, Span, Stands, ValueShape,
    Verdict,
};
use crate::secret::{Excerpt, Fingerprint, Salt, SecretValue};

static KINDS: LazyLock<Kinds> = LazyLock::new(|| Kinds::load().unwrap());

struct Literal {
    path: &'static str,
    text: &'static str,
    value: &'static str,
    key: &'static str,
    kind: Kind,
    neighbours: Vec<(&'static str, &'static str)>,
}

impl Literal {
    fn new(path: &'static str, key: &'static str, value: &'static str) -> Self {
        Self { path, text: value, value, key, kind: Kind::Password, neighbours: Vec::new() }
    }

    fn beside(mut self, neighbours: &[(&'static str, &'static str)]) -> Self {
        self.neighbours = neighbours.to_vec();
        self
    }

    fn blob(&self) -> Blob {
        let source =
            Source { path: self.path.into(), tree_path: self.path.into(), origin: Origin::Stdin, explicit: true };
        Blob::new(source, self.text.as_bytes().to_vec())
    }

    fn span(&self) -> Span {
        let start = self.text.find(self.value).unwrap();
        Span::new(start, start + self.value.len())
    }

    fn located(&self, blob: &Blob) -> Located {
        let finding = Finding {
            v: 1,
            rule: "generic-password".into(),
            kind: self.kind,
            severity: Severity::High,
            confidence: Confidence::High,
            verdict: Verdict::Likely,
            path: self.path.into(),
            span: blob.lines().region(&blob.bytes, self.span()),
            fingerprint: Fingerprint::compute(&Salt::derive(b"t"), "generic", self.path, self.value.as_bytes()),
            excerpt: Excerpt::mask(b"", &[]),
            commit: None,
            removed: None,
            signals: Vec::new(),
        };
        Located { finding, value: self.span(), key: Some(self.key.into()), stands: Stands::Plain }
    }

    fn site(&self) -> LocatedSite {
        let neighbours = self.neighbours.iter().map(|(key, value)| Neighbour {
            key: (*key).into(),
            value: Some((*value).into()),
            span: Span::new(0, 0),
            by_name: false,
        });
        LocatedSite {
            site: Site {
                language: "python".into(),
                shape: "assign".into(),
                replace: self.span(),
                key: Some(self.key.into()),
                container: None,
                applicability: Applicability::Review,
                title: "read it from Secrets Manager".into(),
                step: Some("pip install".into()),
            },
            value: SecretValue::new(self.value.as_bytes().to_vec()),
            text: (self.text != self.value).then(|| Span::new(0, self.text.len())),
            neighbours: neighbours.collect(),
            in_tests: false,
        }
    }
}

fn naming() -> Naming {
    Naming {
        template: "{env}/{app}/{component}/{name}".into(),
        env: None,
        default_env: None,
        app: None,
        tags: BTreeMap::from([("Team".into(), "pay".into())]),
        required_tags: BTreeSet::new(),
        kms_key_id: None,
        include_tests: false,
        on_conflict: OnConflict::Ask,
    }
}

fn plan_with(literals: &[Literal], naming: &Naming) -> Result<Planned, Vec<PlanError>> {
    plan_under(literals, naming, (Applicability::Review, &BTreeMap::new()))
}

fn plan_under(
    literals: &[Literal],
    naming: &Naming,
    (least, refused): (Applicability, &BTreeMap<String, String>),
) -> Result<Planned, Vec<PlanError>> {
    let context = Context {
        naming,
        run: RunId("20260101T000000Z-abcdef".into()),
        now: "2026-01-01T00:00:00Z".into(),
        owners: Owners::parse("*.py @snakes"),
        origins: Origins::new("shop"),
        least,
        refused: refused.clone(),
        kinds: &KINDS,
    };
    let blobs: Vec<_> = literals.iter().map(Literal::blob).collect();
    let located: Vec<_> = literals.iter().zip(&blobs).map(|(literal, blob)| literal.located(blob)).collect();
    let candidates = literals.iter().zip(&blobs).zip(&located).map(|((literal, blob), located)| Candidate {
        blob,
        located,
        site: Ok(literal.site()),
        in_tests: literal.path.starts_with("tests/"),
    });
    make(candidates.collect(), &context)
}

fn plan(literals: &[Literal]) -> Planned {
    plan_with(literals, &naming()).unwrap()
}

fn names(planned: &Planned) -> Vec<&str> {
    planned.plan.entries.iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn the_same_key_and_value_in_two_files_is_one_secret() {
    let planned =
        plan(&[Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw"), Literal::new("b.py", "dbPassword", "s3cr3t-pw")]);
    assert_eq!(names(&planned), ["dev/shop/a/db-password"]);
    assert_eq!(planned.plan.entries[0].places.len(), 2);
    assert!(planned.values.get(EntryId(0)).unwrap().same_as(&SecretValue::new(b"s3cr3t-pw".to_vec())));
}

#[test]
fn equal_passwords_of_different_resources_stay_apart_with_a_warning() {
    let planned =
        plan(&[Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw"), Literal::new("b.py", "SMTP_PASSWORD", "s3cr3t-pw")]);
    assert_eq!(names(&planned), ["dev/shop/a/db-password", "dev/shop/b/smtp-password"]);
    assert!(planned.plan.entries.iter().all(|entry| entry.warnings.iter().any(|w| w.contains("same value"))));
}

#[test]
fn a_token_is_one_secret_under_any_key_but_not_across_environments() {
    let token = |path, key| Literal { kind: Kind::Token, ..Literal::new(path, key, "tok-0123456789") };
    let planned = plan(&[token("a.py", "GITHUB_TOKEN"), token("b.py", "ghToken"), token("prod/c.py", "GITHUB_TOKEN")]);
    assert_eq!(names(&planned), ["dev/shop/a/github-token", "prod/shop/c/github-token"]);
}

#[test]
fn two_findings_in_one_literal_are_one_secret() {
    let whole = || Literal::new("a.py", "CONNECTION", "Password=s3cr3t-pw;Key=0123456789");
    let planned = plan(&[whole(), Literal { kind: Kind::Token, ..whole() }]);
    assert_eq!(planned.plan.entries.len(), 1);
    assert_eq!(planned.plan.entries[0].places.len(), 2);
}

#[test]
fn one_name_for_two_values_is_numbered() {
    let planned = plan(&[Literal::new("a.py", "PASSWORD", "first-pw"), Literal::new("a.py", "password", "second-pw")]);
    assert_eq!(names(&planned), ["dev/shop/a/password", "dev/shop/a/password-2"]);
}

#[test]
fn parts_that_stand_together_become_one_json_secret() {
    let beside = [("DB_HOST", "db.internal"), ("DB_USER", "app"), ("DB_PORT", "5432"), ("DB_NAME", "orders")];
    let planned = plan(&[Literal::new("a.py", "DB_PASSWORD", "p\"w").beside(&beside)]);
    let entry = &planned.plan.entries[0];
    assert_eq!(entry.name, "dev/shop/a/db");
    assert_eq!(entry.places[0].key.as_deref(), Some("password"));
    let ValueShape::Json { keys, what: Some(what) } = &entry.shape else { panic!("not JSON") };
    assert_eq!(keys, &["engine", "host", "port", "username", "password", "dbname"]);
    assert_eq!(what, "database login");
    let json: serde_json::Value =
        planned.values.get(entry.id).unwrap().with_bytes(|bytes| serde_json::from_slice(bytes).unwrap());
    assert_eq!(json["password"], "p\"w");
    assert_eq!(json["engine"], "postgres");
}

#[test]
fn a_mail_server_is_no_database() {
    let beside = [("host", "smtp.internal"), ("user", "mailer"), ("port", "587")];
    let planned = plan(&[Literal::new("a.py", "password", "pw-1234").beside(&beside)]);
    let keys = ["host", "port", "username", "password"].map(str::to_owned).to_vec();
    assert_eq!(planned.plan.entries[0].shape, ValueShape::Json { what: Some("login".into()), keys });
}

#[test]
fn references_beside_a_password_make_no_json_secret() {
    let planned =
        plan(&[Literal::new("a.py", "DB_PASSWORD", "pw-1234").beside(&[("DB_HOST", "${HOST}"), ("DB_USER", "$USER")])]);
    assert_eq!(planned.plan.entries[0].shape, ValueShape::Plain);
}

#[test]
fn a_url_in_configuration_is_taken_apart() {
    let url = Literal {
        text: "DATABASE_URL=postgres://app:pw-1234@db.internal:5432/orders?ssl=1",
        kind: Kind::Connection,
        ..Literal::new(".env", "DATABASE_URL", "pw-1234")
    };
    let planned = plan(&[url]);
    let entry = &planned.plan.entries[0];
    assert_eq!(entry.name, "dev/shop/env/database");
    let json: serde_json::Value =
        planned.values.get(entry.id).unwrap().with_bytes(|bytes| serde_json::from_slice(bytes).unwrap());
    let expected = serde_json::json!({
        "engine": "postgres", "host": "db.internal", "port": "5432", "username": "app", "password": "pw-1234", "dbname": "orders",
    });
    assert_eq!(json, expected);
}

#[test]
fn a_url_with_percent_encoding_is_stored_plain() {
    let text = "U=postgres://a%40b:pw-1234@db/orders";
    let planned = plan(&[Literal { text, ..Literal::new(".env", "U", "pw-1234") }]);
    assert_eq!(planned.plan.entries[0].shape, ValueShape::Plain);
}

#[test]
fn descriptions_and_tags_tell_what_where_who_and_when() {
    let entry = plan(&[Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw")]).plan.entries.remove(0);
    assert_eq!(
        entry.description,
        "Password DB_PASSWORD of shop (dev). Found in a.py:1. Owner: @snakes. Stored by arnify on 2026-01-01, run 20260101T000000Z-abcdef."
    );
    let tags: Vec<_> = entry.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        tags,
        ["Team=pay", "arnify:rule=generic-password", "arnify:run=20260101T000000Z-abcdef", "arnify:source=a.py"]
    );
    assert_eq!(entry.token.len(), 36);
}

#[test]
fn test_code_is_held_back_unless_asked_for() {
    let held = plan(&[Literal::new("tests/a.py", "DB_PASSWORD", "s3cr3t-pw")]);
    assert!(held.plan.entries.is_empty());
    assert!(held.plan.held_back[0].reason.contains("--include-tests"));
    let asked = plan_with(
        &[Literal::new("tests/a.py", "DB_PASSWORD", "s3cr3t-pw")],
        &Naming { include_tests: true, ..naming() },
    );
    assert_eq!(asked.unwrap().plan.entries.len(), 1);
}

fn errors_of(naming: &Naming) -> Vec<PlanError> {
    plan_with(&[Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw")], naming).unwrap_err()
}

#[test]
fn what_the_service_would_refuse_is_an_error() {
    let required = BTreeSet::from(["Owner".to_owned(), "Team".to_owned()]);
    let missing = errors_of(&Naming { required_tags: required, ..naming() });
    assert_eq!(missing, [PlanError::MissingTags(vec!["Owner".into()])]);
    let named = |template: &str| errors_of(&Naming { template: template.into(), ..naming() });
    assert!(matches!(named("{env}/sp ace").as_slice(), [PlanError::NameCharacters { .. }]));
    assert!(matches!(named("{region}/{name}").as_slice(), [PlanError::NameCharacters { .. }]));
    assert!(matches!(named(&"x".repeat(513)).as_slice(), [PlanError::NameLength { length: 513, .. }]));
    assert!(matches!(named("db-AbC123").as_slice(), [PlanError::NameTail { .. }]));
    let tagged =
        |key: &str, value: &str| errors_of(&Naming { tags: BTreeMap::from([(key.into(), value.into())]), ..naming() });
    assert!(matches!(tagged("aws:x", "y").as_slice(), [PlanError::Tag { .. }]));
    assert!(matches!(tagged("x", "a;b").as_slice(), [PlanError::Tag { .. }]));
}

#[test]
fn a_value_of_64_kib_is_planned_and_one_more_byte_is_an_error() {
    let big = |size: usize| {
        let text: &'static str = Box::leak("x".repeat(size).into_boxed_str());
        plan_with(&[Literal::new("a.py", "DB_PASSWORD", text)], &naming())
    };
    assert!(big(65_536).is_ok());
    assert!(matches!(big(65_537).unwrap_err().as_slice(), [PlanError::ValueSize { size: 65_537, .. }]));
}

#[test]
fn what_would_not_be_rewritten_is_not_stored() {
    let literals = [Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw"), Literal::new("b.py", "API_PASSWORD", "other-pw")];
    let safe_only = plan_under(&literals, &naming(), (Applicability::Safe, &BTreeMap::new())).unwrap().plan;
    assert!(safe_only.entries.is_empty());
    assert_eq!(safe_only.cost, Cost::default());
    assert!(safe_only.held_back[0].reason.contains("--only safe"));

    let refused = BTreeMap::from([("a.py".to_owned(), "It has a syntax error.".to_owned())]);
    let planned = plan_under(&literals, &naming(), (Applicability::Review, &refused)).unwrap();
    assert_eq!(names(&planned), ["dev/shop/b/api-password"]);
    assert_eq!(planned.plan.held_back[0].reason, "It has a syntax error.");
    assert!(planned.values.get(EntryId(0)).unwrap().same_as(&SecretValue::new(b"other-pw".to_vec())));
}

#[test]
fn the_price_counts_secrets_and_calls() {
    let literals = [Literal::new("a.py", "A_PASSWORD", "s3cr3t-pw"), Literal::new("a.py", "B_PASSWORD", "other-pw")];
    assert_eq!(plan(&literals).plan.cost, Cost { secrets: 2, monthly: 8_000, run: 1 });
}

#[test]
fn a_plan_serialises_without_the_value() {
    let planned = plan(&[Literal::new("a.py", "DB_PASSWORD", "s3cr3t-pw")]);
    let json = serde_json::to_string(&planned.plan).unwrap();
    assert!(!json.contains("s3cr3t-pw"));
    assert_eq!(serde_json::from_str::<Plan<Proposed>>(&json).unwrap(), planned.plan);
}

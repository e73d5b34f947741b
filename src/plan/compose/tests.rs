//! How texts are taken apart and JSON is written; whole plans are in `plan/tests.rs`.

use super::text::told;
use super::*;

fn kinds() -> Kinds {
    Kinds::load().unwrap()
}

#[test]
fn the_json_has_its_keys_in_order_and_the_exact_values() {
    let kinds = kinds();
    let kind = kinds.kinds.iter().find(|kind| kind.id == "database").unwrap();
    let fields = vec![
        ("engine", Field::Text("postgres".into())),
        ("host", Field::Text("db.internal".into())),
        ("username", Field::Text("a\"b".into())),
        ("password", Field::Finding(7)),
    ];
    let composite = Composite { kind, stem: Vec::new(), fields };
    let awkward = "a\"b\\c\n\u{2028}😀\u{1}";
    let value = SecretValue::new(awkward.as_bytes().to_vec());
    let sealed = composite.seal(&BTreeMap::from([(7, &value)]));
    let text = sealed.with_bytes(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    assert!(text.starts_with(r#"{"engine":"postgres","host":"db.internal","username":"a\"b","password":""#), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["password"], awkward);
}

#[test]
fn texts_are_taken_apart_round_the_secret() {
    let kinds = kinds();
    let parts = |before: &str, after: &str| {
        let told = told(&kinds.forms, before, after)?;
        let named = told.parts.into_iter().map(|(key, value)| format!("{key}={value}"));
        let pairs = told.pairs.into_iter().map(|(key, value)| format!("{key}:{value}"));
        Some(named.chain(pairs).collect::<Vec<_>>().join(" "))
    };
    for (before, after, expected) in [
        ("amqp://app:", "@queue:5672/x", Some("dbname=x engine=amqp host=queue port=5672 username=app")),
        ("redis://:", "@cache:6379/0", Some("dbname=0 engine=redis host=cache port=6379")),
        ("jdbc:oracle:thin:app/", "@//db:1521/x", Some("dbname=x engine=oracle host=db port=1521 username=app")),
        ("jdbc:mysql://db/x?user=app&password=", "&ssl=1", Some("dbname=x engine=mysql host=db user:app ssl:1")),
        (
            "jdbc:sqlserver://db:1433;user=app;password=",
            ";databaseName=x",
            Some("engine=sqlserver host=db port=1433 user:app databaseName:x"),
        ),
        ("Server=db;User Id=app;Password=", ";", Some("Server:db User Id:app")),
        ("host=db user=app password=", " dbname=x", Some("host:db user:app dbname:x")),
        ("postgres://a%40b:", "@db/x", None),
        ("Password=", "", None),
        ("some words ", " more words", None),
    ] {
        assert_eq!(parts(before, after).as_deref(), expected, "{before}…{after}");
    }
}

#[test]
fn every_kind_has_a_name_and_distinct_keys() {
    let kinds = kinds();
    assert!(kinds.list().count() >= 10);
    for (id, description, keys) in kinds.list() {
        assert!(!description.is_empty(), "{id}");
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "{id}");
    }
}

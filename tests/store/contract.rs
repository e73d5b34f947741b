//! One suite that every store passes: the local vault, moto and `serve` through the AWS SDK, `serve` through boto3.

use std::collections::BTreeMap;
use std::time::Duration;

use arnify::secret::SecretValue;
use arnify::store::{AwsStore, LocalStore, NewSecret, Reason, SecretStore, Version};

use super::boto::Boto;
use super::place::{self, fresh, random};

/// What a store is not held to, because it is not ours.
struct Leave {
    /// moto takes bad names, refuses repeats, and calls a name that is scheduled for deletion taken.
    moto: bool,
}

fn value(bytes: &[u8]) -> SecretValue {
    SecretValue::new(bytes.to_vec())
}

fn bytes(value: &SecretValue) -> Vec<u8> {
    value.with_bytes(<[u8]>::to_vec)
}

fn tags() -> BTreeMap<String, String> {
    [("arnify:rule", "generic-password"), ("Team", "payments & co:1/2")]
        .map(|(k, v)| (k.to_owned(), v.replace('&', "+")))
        .into()
}

async fn suite<S: SecretStore>(store: &S, leave: Leave) {
    creates_and_reads(store).await;
    versions_and_stages(store).await;
    repeats_and_conflicts(store, &leave).await;
    lists_and_batches(store).await;
    deletes_and_restores(store, &leave).await;
    refuses(store, &leave).await;
}

async fn create<S: SecretStore>(store: &S, name: &str, token: &str, bytes: &[u8]) -> arnify::store::Written {
    let (tags, value) = (tags(), value(bytes));
    let secret =
        NewSecret { name, description: "What it is: a test.", tags: &tags, kms_key_id: None, token, value: &value };
    store.create(&secret).await.unwrap()
}

async fn creates_and_reads<S: SecretStore>(store: &S) {
    let big = vec![b'x'; 65_536];
    let exact: [&[u8]; 6] =
        [b"hunter2", "p\u{e4}ss \"w\u{1f600}\\\r\n\t".as_bytes(), b"a\0b", b"\xff\xfe\x00\x80", b" ", &big];
    for wanted in exact {
        let (name, token) = (fresh("create"), random());
        let wrote = create(store, &name, &token, wanted).await;
        assert_eq!(wrote.version_id, token);
        assert!(wrote.arn.contains(&format!(":secret:{name}-")), "{}", wrote.arn);
        for id in [&name, &wrote.arn] {
            let got = store.get(id, &Version::Current).await.unwrap();
            assert_eq!(bytes(&got.value), wanted);
            assert_eq!((&got.arn, &got.version_id), (&wrote.arn, &token));
        }
        let found = store.describe(&wrote.arn).await.unwrap();
        assert_eq!((found.name, found.description.as_str(), found.tags), (name, "What it is: a test.", tags()));
        assert_eq!(found.deleted, None);
        assert_eq!(found.versions, BTreeMap::from([(token, vec!["AWSCURRENT".to_owned()])]));
    }
}

async fn versions_and_stages<S: SecretStore>(store: &S) {
    let (name, first, second) = (fresh("versions"), random(), random());
    let wrote = create(store, &name, &first, b"one").await;
    let put = store.put(&wrote.arn, &second, &value(b"two")).await.unwrap();
    assert_eq!((put.arn, put.version_id), (wrote.arn.clone(), second.clone()));
    let read = async |version| bytes(&store.get(&wrote.arn, &version).await.unwrap().value);
    assert_eq!(read(Version::Current).await, b"two");
    assert_eq!(read(Version::Id(first.clone())).await, b"one");
    assert_eq!(read(Version::Stage("AWSPREVIOUS".into())).await, b"one");
    let missing = store.get(&wrote.arn, &Version::Id(random())).await.unwrap_err();
    assert_eq!(missing.reason, Reason::NotFound);
    let versions = store.describe(&name).await.unwrap().versions;
    assert_eq!(versions[&second], ["AWSCURRENT"]);
    assert_eq!(versions[&first], ["AWSPREVIOUS"]);
    store.tag(&wrote.arn, &BTreeMap::from([("Team".into(), "x".into()), ("New".into(), String::new())])).await.unwrap();
    let tags = store.describe(&name).await.unwrap().tags;
    assert_eq!((tags["Team"].as_str(), tags["New"].as_str(), tags.len()), ("x", "", 3));
}

async fn repeats_and_conflicts<S: SecretStore>(store: &S, leave: &Leave) {
    let (name, token) = (fresh("repeat"), random());
    let wrote = create(store, &name, &token, b"one").await;
    let other = value(b"other");
    let (tags, other_token) = (tags(), random());
    let secret =
        NewSecret { name: &name, description: "", tags: &tags, kms_key_id: None, token: &other_token, value: &other };
    assert_eq!(store.create(&secret).await.unwrap_err().reason, Reason::Conflict);
    if !leave.moto {
        assert_eq!(create(store, &name, &token, b"one").await, wrote);
        assert_eq!(store.create(&NewSecret { token: &token, ..secret }).await.unwrap_err().reason, Reason::Conflict);
        assert_eq!(store.put(&name, &token, &value(b"one")).await.unwrap().version_id, token);
        assert_eq!(store.put(&name, &token, &other).await.unwrap_err().reason, Reason::Conflict);
        assert_eq!(store.describe(&name).await.unwrap().versions.len(), 1);
    }
    assert_eq!(bytes(&store.get(&name, &Version::Current).await.unwrap().value), b"one");
}

async fn lists_and_batches<S: SecretStore>(store: &S) {
    let prefix = fresh("list");
    let mut arns = Vec::new();
    for name in ["a", "b", "c"] {
        arns.push(create(store, &format!("{prefix}/{name}"), &random(), name.as_bytes()).await.arn);
    }
    let found = store.list(&format!("{prefix}/")).await.unwrap();
    assert_eq!(found.iter().map(|secret| &secret.arn).collect::<Vec<_>>(), arns.iter().collect::<Vec<_>>());
    let absent = arns[0].replace("/a-", "/absent-");
    let asked = [arns[2].clone(), absent, arns[0].clone()];
    let got = store.get_many(&asked).await.unwrap();
    assert_eq!(got.len(), 3);
    assert_eq!(bytes(&got[0].as_ref().unwrap().value), b"c");
    assert_eq!(got[1].as_ref().unwrap_err().reason, Reason::NotFound);
    assert_eq!(bytes(&got[2].as_ref().unwrap().value), b"a");
}

async fn deletes_and_restores<S: SecretStore>(store: &S, leave: &Leave) {
    let name = fresh("delete");
    let wrote = create(store, &name, &random(), b"one").await;
    store.delete(&wrote.arn, 7).await.unwrap();
    let gone = |reason| matches!(reason, Reason::ScheduledForDeletion { .. });
    assert!(gone(store.get(&wrote.arn, &Version::Current).await.unwrap_err().reason));
    assert!(store.describe(&name).await.unwrap().deleted.is_some());
    assert_eq!(store.list(&name).await.unwrap(), []);
    let (tags, value) = (tags(), value(b"two"));
    let again =
        NewSecret { name: &name, description: "", tags: &tags, kms_key_id: None, token: &random(), value: &value };
    let refused = store.create(&again).await.unwrap_err().reason;
    assert!(gone(refused.clone()) || leave.moto && refused == Reason::Conflict);
    store.restore(&wrote.arn).await.unwrap();
    assert_eq!(bytes(&store.get(&wrote.arn, &Version::Current).await.unwrap().value), b"one");
    assert_eq!(store.describe(&name).await.unwrap().deleted, None);
}

async fn refuses<S: SecretStore>(store: &S, leave: &Leave) {
    for id in [fresh("absent"), "arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf".into()] {
        assert_eq!(store.get(&id, &Version::Current).await.unwrap_err().reason, Reason::NotFound);
        assert_eq!(store.describe(&id).await.unwrap_err().reason, Reason::NotFound);
        assert_eq!(store.delete(&id, 7).await.unwrap_err().reason, Reason::NotFound);
    }
    if leave.moto {
        return;
    }
    let (tags, value, token) = (tags(), value(b"v"), random());
    let long = "n".repeat(513);
    for name in ["", "has space", "colon:name", "\u{e4}", long.as_str()] {
        let secret = NewSecret { name, description: "", tags: &tags, kms_key_id: None, token: &token, value: &value };
        let error = store.create(&secret).await.unwrap_err();
        assert!(matches!(error.reason, Reason::Invalid(_)), "{name}: {error}");
    }
    let name = fresh("refused");
    let secret =
        NewSecret { name: &name, description: "", tags: &tags, kms_key_id: None, token: "short", value: &value };
    assert!(matches!(store.create(&secret).await.unwrap_err().reason, Reason::Invalid(_)));
    let reserved = BTreeMap::from([("aws:x".to_owned(), String::new())]);
    assert!(store.create(&NewSecret { tags: &reserved, token: &token, ..secret }).await.is_err());
    let large = SecretValue::new(vec![b'x'; 65_537]);
    let many: BTreeMap<_, _> = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
    assert!(store.create(&NewSecret { value: &large, token: &token, ..secret }).await.is_err());
    assert!(store.create(&NewSecret { tags: &many, token: &token, ..secret }).await.is_err());
    assert_eq!(store.describe(&name).await.unwrap_err().reason, Reason::NotFound);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// On a worker, because the local store blocks in place.
fn drive(test: impl Future<Output = ()> + Send + 'static) {
    let runtime = runtime();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(2), runtime.spawn(test)).await.unwrap().unwrap();
    });
}

#[test]
fn contract_on_the_local_vault() {
    let vault = place::vault();
    let store = LocalStore::new(&vault.settings);
    drive(async move { suite(&store, Leave { moto: false }).await });
}

#[test]
fn contract_on_moto_through_the_aws_sdk() {
    let target = place::target(&place::moto());
    drive(async move {
        let store = AwsStore::connect(Some("us-east-1"), &target).await.unwrap();
        suite(&store, Leave { moto: true }).await;
    });
}

#[test]
fn contract_on_serve_through_the_aws_sdk() {
    let vault = place::vault();
    let target = place::target(&place::served(&vault));
    drive(async move {
        let store = AwsStore::connect(Some("us-east-1"), &target).await.unwrap();
        suite(&store, Leave { moto: false }).await;
    });
}

#[test]
fn contract_on_serve_through_boto3() {
    let vault = place::vault();
    let store = Boto::connect(&place::served(&vault));
    drive(async move { suite(&store, Leave { moto: false }).await });
}

//! The vault file: modes, no plain text, damage, keys, and several processes at once.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use arnify::secret::SecretValue;
use arnify::settings::StoreSettings;
use arnify::store::{LocalStore, NewSecret, Reason, SecretStore as _, StoreError, Version};

use super::place::{self, random};
use super::runs::{plan, values};

/// Set for the children of `two_processes_lose_no_write`.
const CHILD: &str = "TEST_VAULT_CHILD";

fn drive<R: Send>(settings: &StoreSettings, test: impl AsyncFnOnce(&LocalStore) -> R) -> R {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(test(&LocalStore::new(settings)))
}

fn create(settings: &StoreSettings, name: &str, text: &str) -> Result<String, StoreError> {
    let (value, tags, token) = (SecretValue::new(text.as_bytes().to_vec()), BTreeMap::new(), random());
    let secret = NewSecret { name, description: "", tags: &tags, kms_key_id: None, token: &token, value: &value };
    drive(settings, async |store| store.create(&secret).await).map(|wrote| wrote.arn)
}

fn read(settings: &StoreSettings, id: &str) -> Result<Vec<u8>, StoreError> {
    let got = drive(settings, async |store| store.get(id, &Version::Current).await)?;
    Ok(got.value.with_bytes(<[u8]>::to_vec))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn message(error: StoreError) -> String {
    match error.reason {
        Reason::Vault(message) => message,
        other => panic!("not the vault's: {other}"),
    }
}

#[test]
fn files_are_private_and_hold_no_plain_text() {
    let vault = place::vault();
    let secret = random();
    let arn = create(&vault.settings, "app/name-of-it", &secret).unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:app/name-of-it-"), "{arn}");
    let folder = vault.settings.vault.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["vault.age", "vault.key", "vault.lock"]);
    for name in names {
        let path = folder.join(name);
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let bytes = std::fs::read(&path).unwrap();
        for plain in [secret.as_bytes(), b"name-of-it"] {
            assert!(!bytes.windows(plain.len()).any(|window| window == plain), "{}", path.display());
        }
    }
    assert_eq!(read(&vault.settings, &arn).unwrap(), secret.as_bytes());
}

#[test]
fn many_that_are_stored_at_once_are_all_there_when_the_vault_is_opened_again() {
    let vault = place::vault();
    let names: Vec<String> = (0..150).map(|number| format!("app/{number}")).collect();
    let texts: Vec<String> = names.iter().map(|_| random()).collect();
    let values = values(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = arnify::store::run(plan, &values, &vault.settings, &BTreeMap::new(), &mut |_| Ok(())).unwrap();
    assert!(run.plan.is_some());
    for (name, text) in names.iter().zip(&texts) {
        assert_eq!(read(&vault.settings, name).unwrap(), text.as_bytes());
    }
}

#[test]
fn reading_creates_nothing() {
    let vault = place::vault();
    assert_eq!(read(&vault.settings, "absent").unwrap_err().reason, Reason::NotFound);
    assert!(!vault.settings.vault.parent().unwrap().exists());
}

#[test]
fn a_damaged_vault_and_a_wrong_or_missing_key_are_said_and_nothing_is_overwritten() {
    let vault = place::vault();
    create(&vault.settings, "a", "one").unwrap();
    let (file, key) = (&vault.settings.vault, vault.settings.vault.with_extension("key"));
    let (sealed, right) = (std::fs::read(file).unwrap(), std::fs::read(&key).unwrap());

    let refused = |what: &str| {
        let before = std::fs::read(file).unwrap();
        assert!(message(read(&vault.settings, "a").unwrap_err()).contains(what));
        assert!(message(create(&vault.settings, "b", "two").unwrap_err()).contains(what));
        assert_eq!(std::fs::read(file).unwrap(), before);
    };
    std::fs::remove_file(&key).unwrap();
    refused("is missing");
    assert!(!key.exists(), "a new key would not open the vault");

    let other = place::vault();
    create(&other.settings, "x", "y").unwrap();
    std::fs::copy(other.settings.vault.with_extension("key"), &key).unwrap();
    refused("doesn't open the vault");

    std::fs::write(&key, "not a key").unwrap();
    refused("holds no age key");

    std::fs::write(&key, &right).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    refused("can be read by others");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();

    for damage in [&sealed[..sealed.len() - 1], b"", b"garbage"] {
        std::fs::write(file, damage).unwrap();
        refused("is damaged");
    }
    std::fs::write(file, &sealed).unwrap();
    assert_eq!(read(&vault.settings, "a").unwrap(), b"one");
}

#[test]
fn account_and_region_of_the_settings_stand_in_arns() {
    let vault = place::vault();
    let settings =
        StoreSettings { region: Some("eu-west-1".into()), account: "123456789012".into(), ..vault.settings.clone() };
    let arn = create(&settings, "a", "one").unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-"), "{arn}");
    for other in [arn.replace("eu-west-1", "us-east-1"), arn.replace("123456789012", "000000000000")] {
        assert_eq!(read(&settings, &other).unwrap_err().reason, Reason::NotFound);
    }
    assert_eq!(read(&settings, arn.rsplit_once('-').unwrap().0).unwrap(), b"one", "an ARN without its tail");
}

/// Not a test of its own: the body of the children below.
#[test]
fn child_creates_fifty() {
    let Some(child) = std::env::var_os(CHILD) else { return };
    let child = child.to_string_lossy().into_owned();
    let (prefix, path) = child.split_once(':').unwrap();
    let settings = StoreSettings { vault: path.into(), ..place::vault().settings };
    for n in 0..50 {
        create(&settings, &format!("{prefix}/{n}"), "v").unwrap();
    }
}

#[test]
fn two_processes_lose_no_write() {
    let vault = place::vault();
    let spawn = |prefix: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args(["store::vault::child_creates_fifty", "--exact"])
            .env(CHILD, format!("{prefix}:{}", vault.settings.vault.display()))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let children = [spawn("a"), spawn("b")];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let names = drive(&vault.settings, async |store| store.list("").await).unwrap();
    assert_eq!(names.len(), 100);
}

//! Where the store tests run: moto, `serve`, a vault in a temporary folder, Python, and scrubbed environments.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use arnify::cli::StoreKind;
use arnify::settings::StoreSettings;
use arnify::store::{AwsTarget, ServeEvent};

/// The interpreter that `tests/setup.sh` made.
pub(crate) fn python() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| manifest().join("target"), PathBuf::from);
    let python = target.join("test-env/python/bin/python");
    assert!(python.exists(), "{} is missing: run `tests/setup.sh` first", python.display());
    python
}

pub(crate) fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Takes away what would lead a child to a real account or home.
pub(crate) fn scrub<'c>(command: &'c mut Command, home: &Path) -> &'c mut Command {
    let ours = |name: &str| name.starts_with("AWS_") || name.starts_with("ARNIFY_") || name.starts_with("XDG_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command.env("HOME", home).env("ARNIFY_HOME", home.join("arnify")).env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Dummy credentials and a region, as AWS's own examples have them.
pub(crate) fn sign_in(command: &mut Command) -> &mut Command {
    command
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_REGION", "us-east-1")
}

struct Moto {
    port: u16,
    /// Held open: the server ends when this end is closed, that is with the test process.
    _child: Mutex<(Child, Option<ChildStdin>)>,
}

/// The endpoint of the run's one moto server.
pub(crate) fn moto() -> String {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    let moto = MOTO.get_or_init(|| {
        let home = std::env::temp_dir();
        let mut command = Command::new(python());
        sign_in(scrub(&mut command, &home)).arg(manifest().join("tests/store/moto_server.py"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let stdin = child.stdin.take();
        Moto { port: line.trim().parse().expect("moto prints its port"), _child: Mutex::new((child, stdin)) }
    });
    format!("http://127.0.0.1:{}", moto.port)
}

/// A vault in a folder of its own.
pub(crate) struct Vault {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) settings: StoreSettings,
}

pub(crate) fn vault() -> Vault {
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings {
        kind: StoreKind::Local,
        region: None,
        account: "000000000000".into(),
        vault: folder.path().join("arnify/vault.age"),
        concurrency: 4,
        update_existing: false,
    };
    Vault { folder, settings }
}

/// `serve` over the vault, in this process; its port.
pub(crate) fn served(vault: &Vault) -> String {
    let (say, port) = mpsc::channel();
    let settings = vault.settings.clone();
    std::thread::spawn(move || {
        let say = Mutex::new(say);
        let on_event = Arc::new(move |event| {
            if let ServeEvent::Listening(port) = event {
                let _ = say.lock().unwrap().send(port);
            }
        });
        arnify::store::serve(&settings, 0, on_event).unwrap();
    });
    format!("http://127.0.0.1:{}", port.recv_timeout(Duration::from_secs(10)).unwrap())
}

pub(crate) fn aws_settings() -> StoreSettings {
    StoreSettings { kind: StoreKind::Aws, region: Some("us-east-1".into()), ..vault().settings }
}

pub(crate) fn target(endpoint: &str) -> AwsTarget {
    AwsTarget {
        endpoint: Some(endpoint.to_owned()),
        credentials: Some(("local".into(), "local".into())),
        max_backoff: Some(Duration::from_millis(10)),
    }
}

/// A name that no other test uses.
pub(crate) fn fresh(what: &str) -> String {
    format!("test/{what}/{}", random())
}

/// 32 random hexadecimal digits.
pub(crate) fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

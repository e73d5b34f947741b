//! What the end-to-end tests share: a sandbox with a tree and a home of its own, sample services laid out with
//! values drawn at random, and snapshots of whole trees.

pub mod endpoint;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;

/// A temporary folder with `tree` (what is migrated) and `home` (what arnify keeps).
pub struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for name in ["tree", "home"] {
            fs::create_dir(dir.path().join(name)).expect("a folder in the sandbox");
        }
        Self { dir }
    }

    /// Where nothing of the tree or the home is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Writes a file of the tree, with its folders.
    pub fn file(&self, path: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let file = self.tree().join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder of the tree");
        fs::write(&file, bytes).expect("a file of the tree");
        file
    }

    pub fn read(&self, path: &str) -> String {
        String::from_utf8(fs::read(self.tree().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))).expect("UTF-8")
    }

    /// The binary, in the tree, with no environment but its own.
    pub fn arnify<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.clean(env!("CARGO_BIN_EXE_arnify"));
        command.args(arguments).current_dir(self.tree());
        command
    }

    /// A command without this process's environment, but for what programs need to be found and to write.
    pub fn clean(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().stdin(Stdio::null());
        for name in ["PATH", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.home())
            .env("ARNIFY_HOME", self.home().join("arnify"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_SHARED_CREDENTIALS_FILE", self.home().join("none"))
            .env("AWS_CONFIG_FILE", self.home().join("none"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        command
    }

    /// Every file below the tree with its bytes, folders left out.
    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        snapshot(&self.tree())
    }

    /// Lays out `fixtures/apps/<app>` in the tree, its placeholders filled at random; gives the values drawn.
    pub fn lay_out(&self, app: &str) -> Vec<String> {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps").join(app);
        let mut values = Vec::new();
        for (path, bytes) in snapshot(&from) {
            let text = String::from_utf8(bytes).expect("sample services are UTF-8");
            self.file(&path, fill(&text, &mut values));
        }
        assert!(!values.is_empty(), "{app} holds no placeholder");
        values
    }
}

/// Runs a command and expects an exit code.
pub fn expect(code: i32, mut command: Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}\n--- stdout\n{}\n--- stderr\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Standard output of a command that has to succeed.
pub fn output(command: Command) -> String {
    String::from_utf8(expect(0, command).stdout).expect("UTF-8")
}

/// Every file below `root` with its bytes, by path with `/`.
pub fn snapshot(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let entry = entry.expect("a folder entry");
            let kind = entry.file_type().expect("a file type");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path =
                    entry.path().strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                files.insert(path, fs::read(entry.path()).expect("a readable file"));
            }
        }
    }
    files
}

/// Replaces `{{fake:N}}` by N random letters and digits and `{{pem:N}}` by N lines that look like a key's body.
pub fn fill(text: &str, values: &mut Vec<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{fake:").or_else(|| rest.find("{{pem:")) {
        let at = rest.find("{{pem:").map_or(at, |pem| pem.min(at));
        let (before, tail) = rest.split_at(at);
        let (inner, after) = tail.get(2..).expect("two braces").split_once("}}").expect("a closed placeholder");
        let (kind, size) = inner.split_once(':').expect("a size");
        let size: usize = size.parse().expect("a number");
        let value = if kind == "pem" { pem_body(size) } else { random_text(size) };
        filled.push_str(before);
        filled.push_str(&value);
        values.push(value);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Random bytes.
pub fn random_bytes(count: usize) -> Vec<u8> {
    std::iter::repeat_with(|| *uuid::Uuid::new_v4().as_bytes())
        .flat_map(|id| [id[0], id[1], id[2], id[3], id[4], id[5]])
        .take(count)
        .collect()
}

/// Random letters and digits of all three classes, so that a password policy would take it. Every fourth is a digit,
/// so that no draw holds a word: the judge doubts one in many thousands that do, and a test of something else must not
/// depend on that.
pub fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    const DIGITS: &[u8] = b"23456789";
    let from = |at: usize| if at % 4 == 3 { DIGITS } else { LETTERS };
    let drawn = random_bytes(length).into_iter().map(usize::from).enumerate();
    let mut text: Vec<u8> = drawn.map(|(at, byte)| from(at)[byte % from(at).len()]).collect();
    for (letter, at) in [(b'q', 1), (b'Z', 2), (b'7', 3)] {
        if let Some(slot) = text.get_mut(at) {
            *slot = letter;
        }
    }
    String::from_utf8(text).expect("ASCII")
}

/// `lines` lines of 64 base64 characters that decode to an ASN.1 SEQUENCE of the right length.
fn pem_body(lines: usize) -> String {
    let size = lines * 48;
    let mut der = vec![0x30, 0x82];
    der.extend(u16::try_from(size - 4).expect("a short key").to_be_bytes());
    der.extend(random_bytes(size - 4));
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect::<Vec<_>>().join("\n")
}

/// Where a program is, if it is here.
pub fn found(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A program that tests run; its absence is a failure that names it.
pub fn program(name: &str) -> PathBuf {
    found(name).unwrap_or_else(|| panic!("{name} is missing: install it, or run the tests through tests/run.sh"))
}

/// Python of the tests' virtual environment.
pub fn python() -> PathBuf {
    installed("target/test-env/python/bin/python")
}

/// Folder with the tests' npm packages.
pub fn node_modules() -> PathBuf {
    installed("target/test-env/node/node_modules")
}

/// Lets `go` use the modules and the cache of compiled packages that tests/setup.sh filled, and nothing else of the
/// machine. Without the network, so that a module that is not pinned there fails.
pub fn go_environment(command: &mut Command) {
    let folder = installed("target/test-env/go");
    command
        .env("GOMODCACHE", folder.join("modules"))
        .env("GOCACHE", folder.join("cache"))
        .env("GOPATH", folder.join("path"))
        .env("GOPROXY", "off")
        .env("GOSUMDB", "off")
        .env("GOFLAGS", "-mod=mod -buildvcs=false")
        .env("GOTOOLCHAIN", "local");
}

/// What `tests/setup.sh` puts at `path`.
pub fn installed(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    assert!(file.exists(), "{path} is missing: run tests/setup.sh, which installs it");
    file
}

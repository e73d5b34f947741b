//! `arnify demo`: the whole job on a sample service, each step shown as the command that a person would type.
//!
//! The sample is laid out in a temporary folder with values drawn at random and a vault of its own; each step
//! runs this very binary, so that what is shown is what happens.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use include_dir::{Dir, include_dir};

use crate::apply::files::FileError;
use crate::cli::Demo;
use crate::failure::{Exit, Failure, OutputError};
use crate::model::ContentId;
use crate::settings::Settings;
use crate::ui::Ui;

static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/apps/demo");

/// Runs the demo in a temporary folder that is removed afterwards, unless it is to be kept.
pub(super) fn run(_settings: &Settings, args: &Demo, ui: &mut Ui) -> Result<Exit, Failure> {
    let folder = tempfile::Builder::new().prefix("arnify-demo-").tempdir();
    let folder = folder.context("making the demo's folder").map_err(failure)?;
    let stage = Stage::set_up(folder.path(), ui).map_err(failure)?;
    let outcome = stage.play(ui).or_else(ended);
    if args.keep {
        let kept = folder.keep();
        ui.note(&format!("kept: {}", kept.display()));
    }
    outcome
}

/// A demo that nobody reads has nothing left to do.
fn ended(error: anyhow::Error) -> Result<Exit, Failure> {
    let output = error.downcast_ref::<OutputError>();
    if output.is_some_and(|output| output.source.kind() == io::ErrorKind::BrokenPipe) {
        return Ok(Exit::Done);
    }
    Err(failure(error))
}

/// What the system refused is no bug: a folder that isn't there, a disk that is full.
fn failure(error: anyhow::Error) -> Failure {
    if error.is::<OutputError>() {
        return Failure::new(Exit::Usage, error);
    }
    if error.chain().any(|cause| cause.is::<io::Error>() || cause.is::<FileError>()) {
        let place = std::env::temp_dir();
        return Failure::new(Exit::Usage, error).hint(format!(
            "The demo works below {}: check that it exists, can be written and has space left, or set TMPDIR.",
            place.display()
        ));
    }
    Failure::new(Exit::Bug, error)
}

/// Writes to standard output.
fn say(ui: &mut Ui, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let written = ui.out().write_all(text.as_ref());
    written.map_err(|source| OutputError { target: "standard output".into(), source }.into())
}

/// The sample service with what it needs to run.
struct Stage {
    service: PathBuf,
    home: PathBuf,
    python: PathBuf,
    arnify: PathBuf,
    color: &'static str,
}

impl Stage {
    fn set_up(folder: &Path, ui: &Ui) -> anyhow::Result<Self> {
        let service = folder.join("orders");
        lay_out(&SAMPLE, &service)?;
        Ok(Self {
            service,
            home: folder.join("home"),
            python: folder.join("venv/bin/python"),
            arnify: std::env::current_exe().context("finding this binary")?,
            color: if ui.color() { "always" } else { "never" },
        })
    }

    fn play(&self, ui: &mut Ui) -> anyhow::Result<Exit> {
        let before = fingerprint(&self.service)?;
        self.step(ui, "1. A service with passwords in its code and configuration", &["scan"])?;
        self.step(ui, "2. What would be stored and rewritten", &["plan"])?;
        let can_run = self.install_python(ui)?;
        let said_before = if can_run { self.program(ui, "3. The service as it is", &[], None)? } else { None };
        self.step(ui, "4. Store, read back, compare, and show the diff, values masked", &["apply"])?;
        self.step(ui, "5. Change the files", &["apply", "--write", "--yes"])?;
        self.step(ui, "6. Nothing is left to find", &["scan"])?;
        let same = if can_run { self.run_migrated(ui, said_before.as_deref())? } else { false };
        self.step(ui, "8. And back again", &["undo", "--yes"])?;
        let restored = fingerprint(&self.service)? == before;
        conclude(ui, can_run, same, restored)
    }

    /// The migrated program against `arnify serve`, with its packages installed as its requirements now say.
    fn run_migrated(&self, ui: &mut Ui, said_before: Option<&str>) -> anyhow::Result<bool> {
        let server = Server::start(self.command(&["serve", "--port", "0"]))?;
        let endpoint = [
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ];
        let said =
            self.program(ui, "7. The migrated service, reading from `arnify serve`", &endpoint, Some(&server.url))?;
        Ok(said.is_some() && said.as_deref() == said_before)
    }

    fn step(&self, ui: &mut Ui, title: &str, arguments: &[&str]) -> anyhow::Result<()> {
        heading(ui, title)?;
        say(ui, format!("$ arnify {}\n", arguments.join(" ")))?;
        let output =
            self.command(arguments).output().with_context(|| format!("running arnify {}", arguments.join(" ")))?;
        say(ui, &output.stdout)?;
        say(ui, &output.stderr)?;
        let code = output.status.code();
        anyhow::ensure!(matches!(code, Some(0 | 1)), "arnify {} ended with {code:?}", arguments.join(" "));
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.arnify);
        command.args(arguments).args(["--no-config", "--store", "local", "--color", self.color]);
        command.current_dir(&self.service).env("ARNIFY_HOME", &self.home).stdin(Stdio::null());
        for name in ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the service under `arnify exec`, as its `.env` asks for; gives what it printed.
    fn program(
        &self,
        ui: &mut Ui,
        title: &str,
        environment: &[(&str, &str)],
        endpoint: Option<&str>,
    ) -> anyhow::Result<Option<String>> {
        heading(ui, title)?;
        if let Some(url) = endpoint {
            say(ui, format!("$ arnify serve --port 0 &\nlistening on {url}\n"))?;
        }
        say(ui, "$ arnify exec --env-file .env -- python -m orders.report\n")?;
        let mut command = self.command(&["exec", "--env-file", ".env"]);
        command.arg("--").arg(&self.python).args(["-m", "orders.report"]).envs(environment.iter().copied());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.output().context("running the service")?;
        say(ui, &output.stdout)?;
        say(ui, &output.stderr)?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Makes a virtual environment with the package that the migrated code imports. `false`, with the reason
    /// shown, where Python or its package index can't be had: the rest of the demo needs neither.
    fn install_python(&self, ui: &mut Ui) -> anyhow::Result<bool> {
        let venv = self.python.parent().and_then(Path::parent).context("the virtual environment's folder")?;
        let made = quietly(Command::new("python3").args(["-m", "venv"]).arg(venv));
        let made = made.and_then(|()| quietly(Command::new(&self.python).args(PIP_INSTALL)));
        if let Err(reason) = made {
            ui.warn(&format!("the service itself can't be run here: {reason}"));
            return Ok(false);
        }
        Ok(true)
    }
}

/// The one package that the rewrite adds to requirements.txt.
const PIP_INSTALL: [&str; 6] =
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "aws-secretsmanager-caching"];

fn heading(ui: &mut Ui, title: &str) -> anyhow::Result<()> {
    say(ui, format!("\n{title}\n{}\n", "-".repeat(title.chars().count())))
}

fn quietly(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("{program}: {}", said.lines().last().unwrap_or("it failed without a word")))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn conclude(ui: &mut Ui, can_run: bool, same: bool, restored: bool) -> anyhow::Result<Exit> {
    heading(ui, "Result")?;
    let mark = |good: bool| if good { "yes" } else { "NO" };
    let program = if can_run { mark(same) } else { "not tried: see the warning above" };
    say(ui, format!("the migrated service printed the same:  {program}\n"))?;
    say(ui, format!("undo restored every byte:               {}\n", mark(restored)))?;
    Ok(match (can_run, same, restored) {
        (true, true, true) => Exit::Done,
        (false, _, true) => Exit::Incomplete,
        _ => Exit::Bug,
    })
}

/// `arnify serve` in the background; ended on drop.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().context("starting arnify serve")?;
        let stdout = child.stdout.take().context("the server's output")?;
        let mut line = String::new();
        BufReader::new(stdout.take(1_000)).read_line(&mut line).context("the server's first line")?;
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes the sample below `to`, its placeholders filled at random.
fn lay_out(folder: &Dir<'_>, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in folder.files() {
        let text = file.contents_utf8().context("the sample is UTF-8")?;
        let target = to.join(file.path());
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        crate::apply::files::create(&target, fill(text).as_bytes())?;
    }
    folder.dirs().try_for_each(|inner| lay_out(inner, to))
}

/// Replaces `{{demo:WORD}}` by a random value in the shape that the word names.
fn fill(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{demo:") {
        let (word, after) = tail.split_once("}}").unwrap_or((tail, ""));
        filled.push_str(before);
        filled.push_str(&random_value(word));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn random_value(word: &str) -> String {
    let form = match word {
        "github" => "{{crc32-base62:ghp_:30}}",
        "secret" => "{{b62:48}}",
        // letters of both cases and digits, so that the scanner never takes it for anything but a password
        _ => "Q7{{b62:22}}",
    };
    crate::rules::expand(form, &uuid::Uuid::new_v4().to_string(), 0)
}

/// All files below `folder` with their digests.
fn fingerprint(folder: &Path) -> anyhow::Result<Vec<(OsString, ContentId)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.path().into_os_string(), ContentId::of(&std::fs::read(entry.path())?)));
            }
        }
    }
    files.sort();
    Ok(files)
}

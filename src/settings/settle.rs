//! Flags over environment over file over defaults, each checked where it comes in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;

use super::vault::check_vault;
use super::written::File;
use super::{Environment, Naming, ScanSettings, Settings, StoreSettings, root};
use crate::cli::{
    Arguments, BaselineVerb, Command, ConfidenceArg, Format, Rules, RulesVerb, Selection, Shaping, StoreKind,
    StorePlace, Tree,
};
use crate::failure::{Exit, Failure};
use crate::model::Confidence;
use crate::walk::BASELINE;

const MAX_FILE_SIZE: u64 = 128 * 1024 * 1024;
const MAX_CONCURRENCY: usize = 64;
/// More are of no use, and take long to start.
const MAX_THREADS: usize = 256;
const DEFAULT_CONCURRENCY: usize = 4;
const DEFAULT_TEMPLATE: &str = "{env}/{app}/{component}/{name}";

/// Settles arguments, environment and configuration file.
///
/// # Errors
/// A message that names the file, the key and the reason.
pub fn settle(arguments: &Arguments, environment: &Environment) -> Result<Settings, Failure> {
    let asked = Asked::of(&arguments.command);
    let selection = asked.selection.clone().unwrap_or_default();
    let named = if selection.staged { &[][..] } else { &selection.tree.paths };
    let named: Vec<PathBuf> = named.iter().map(|path| environment.current_dir.join(path)).collect();
    let root = root::of_all(&named).unwrap_or_else(|| root::of(&environment.current_dir));
    let home = home(environment);
    let file = configuration(arguments, environment, &root)?;
    let layers = Layers { arguments, environment, file: &file };
    let settings = Settings {
        scan: layers.scan(&selection)?,
        naming: layers.naming(&asked)?,
        store: layers.store(&asked, home.as_deref())?,
        format: arguments.global.format.unwrap_or(Format::Human),
        output: arguments.global.output.as_ref().map(|path| environment.current_dir.join(path)),
        baseline: asked.baseline.map_or_else(|| root.join(BASELINE), |path| environment.current_dir.join(path)),
        reports: asked.reports.iter().map(|path| report(environment, path)).collect(),
        root,
        home,
        selection,
    };
    Ok(settings)
}

/// What the command itself asks for.
#[derive(Default)]
struct Asked<'a> {
    selection: Option<Selection>,
    shaping: Option<&'a Shaping>,
    region: Option<&'a String>,
    baseline: Option<&'a PathBuf>,
    update_existing: bool,
    reports: &'a [PathBuf],
}

impl<'a> Asked<'a> {
    fn of(command: &'a Command) -> Self {
        match command {
            Command::Scan(scan) => Self { selection: Some(scan.selection.clone()), ..Self::default() },
            Command::Verify(verify) => Self {
                selection: Some(Selection { staged: verify.staged, ..files(&verify.tree) }),
                ..Self::in_place(&verify.place)
            },
            Command::Check(check) => {
                Self { selection: Some(check.selection.clone()), baseline: check.baseline.as_ref(), ..Self::default() }
            }
            Command::Baseline(baseline) => {
                let asked = match &baseline.verb {
                    BaselineVerb::Create(create) => &create.of,
                    BaselineVerb::Update(asked) | BaselineVerb::Prune(asked) | BaselineVerb::Audit(asked) => asked,
                };
                Self { selection: Some(asked.selection.clone()), baseline: asked.baseline.as_ref(), ..Self::default() }
            }
            Command::Plan(plan) => Self {
                selection: Some(files(&plan.tree)),
                shaping: Some(&plan.shaping),
                reports: &plan.reports.findings,
                ..Self::default()
            },
            Command::Apply(apply) => Self {
                selection: Some(files(&apply.tree)),
                shaping: Some(&apply.shaping),
                update_existing: apply.update_existing,
                reports: &apply.reports.findings,
                ..Self::in_place(&apply.place)
            },
            Command::Rules(Rules { verb: RulesVerb::Bench(bench) }) => {
                Self { selection: Some(files(&bench.tree)), ..Self::default() }
            }
            Command::Undo(undo) => Self::in_place(&undo.place),
            Command::Resume(resume) => Self::in_place(&resume.place),
            Command::Exec(exec) => Self::in_place(&exec.place),
            Command::Inject(inject) => Self::in_place(&inject.place),
            _ => Self::default(),
        }
    }

    fn in_place(place: &'a StorePlace) -> Self {
        Self { region: place.region.as_ref(), ..Self::default() }
    }
}

/// A report's place; `-` is standard input.
fn report(environment: &Environment, path: &PathBuf) -> PathBuf {
    if path.as_os_str() == "-" { path.clone() } else { environment.current_dir.join(path) }
}

fn files(tree: &Tree) -> Selection {
    Selection { tree: tree.clone(), ..Selection::default() }
}

fn configuration(arguments: &Arguments, environment: &Environment, root: &std::path::Path) -> Result<File, Failure> {
    if arguments.global.no_config {
        return Ok(File::default());
    }
    let named = arguments.global.config.as_ref().map(|path| environment.current_dir.join(path));
    match named.or_else(|| environment.path("ARNIFY_CONFIG")) {
        Some(path) => File::read(&path),
        None => root::configuration(root).map_or_else(|| Ok(File::default()), |path| File::read_regular(&path)),
    }
}

/// `None` where nothing says: never a folder of the tree, which is likely to be committed.
fn home(environment: &Environment) -> Option<PathBuf> {
    let shared = || environment.path("XDG_DATA_HOME").map(|path| path.join("arnify"));
    let own = || environment.path("HOME").map(|path| path.join(".local/share/arnify"));
    environment.path("ARNIFY_HOME").or_else(shared).or_else(own)
}

/// The three places that settings come from.
struct Layers<'a> {
    arguments: &'a Arguments,
    environment: &'a Environment,
    file: &'a File,
}

impl Layers<'_> {
    fn scan(&self, selection: &Selection) -> Result<ScanSettings, Failure> {
        let (global, written) = (&self.arguments.global, &self.file.written);
        let confidence = global.min_confidence.or(self.variant("ARNIFY_MIN_CONFIDENCE")?).or(written.min_confidence);
        let from_file = written.rules.iter().flatten().map(|path| self.file.resolve(path));
        let largest =
            selection.tree.max_file_size.or(self.at_least_one("max-file-size", written.max_file_size.as_ref())?);
        Ok(ScanSettings {
            min_confidence: match confidence.unwrap_or(ConfidenceArg::Medium) {
                ConfidenceArg::Low => Confidence::Low,
                ConfidenceArg::Medium => Confidence::Medium,
                ConfidenceArg::High => Confidence::High,
            },
            threads: self.threads()?,
            rule_paths: from_file
                .chain(global.rule_paths.iter().map(|path| self.environment.current_dir.join(path)))
                .collect(),
            max_file_size: largest.unwrap_or(MAX_FILE_SIZE),
            archives: !selection.tree.no_archives && written.archives.unwrap_or(true),
            exclude: written.exclude.iter().flatten().chain(&selection.tree.exclude).cloned().collect(),
            no_ignore: selection.tree.no_ignore,
        })
    }

    fn threads(&self) -> Result<Option<usize>, Failure> {
        let is_fit = |threads: &usize| (1..=MAX_THREADS).contains(threads);
        let wrong = |what| Failure::message(Exit::Usage, format!("{what}: must be 1 to {MAX_THREADS}"));
        let flag = self.arguments.global.threads;
        if flag.is_some_and(|threads| !is_fit(&threads)) {
            return Err(wrong("--threads"));
        }
        let variable = match self.variable("ARNIFY_THREADS") {
            Some(text) => Some(text.parse().ok().filter(is_fit).ok_or_else(|| wrong("ARNIFY_THREADS"))?),
            None => None,
        };
        let written = match &self.file.written.threads {
            Some(threads) if !is_fit(threads.get_ref()) => {
                let message = format!("must be 1 to {MAX_THREADS}");
                return Err(self.file.bad_value("threads", threads.span().start, &message));
            }
            threads => threads.as_ref().map(|threads| *threads.get_ref()),
        };
        Ok(flag.or(variable).or(written))
    }

    fn naming(&self, asked: &Asked<'_>) -> Result<Naming, Failure> {
        let written = &self.file.written;
        let shaping = asked.shaping.cloned().unwrap_or_default();
        let text = |name| self.variable(name).map(str::to_owned);
        let mut tags = written.tags.clone().unwrap_or_default();
        tags.extend(parse_tags(&shaping.tags)?);
        Ok(Naming {
            template: self.template(shaping.name_template)?,
            env: shaping.env.or_else(|| text("ARNIFY_ENV")),
            default_env: written.env.clone(),
            app: shaping.app.or_else(|| text("ARNIFY_APP")).or_else(|| written.app.clone()),
            tags,
            required_tags: written.required_tags.iter().flatten().cloned().collect(),
            kms_key_id: shaping.kms_key_id.or_else(|| written.kms_key_id.clone()),
            include_tests: shaping.include_tests || written.include_tests.unwrap_or(false),
            on_conflict: shaping.on_conflict.unwrap_or_default(),
        })
    }

    fn template(&self, flag: Option<String>) -> Result<String, Failure> {
        if let Some(template) = flag {
            check_template(&template)
                .map_err(|message| Failure::message(Exit::Usage, format!("--name-template: {message}")))?;
            return Ok(template);
        }
        let Some(template) = &self.file.written.name_template else { return Ok(DEFAULT_TEMPLATE.to_owned()) };
        check_template(template.get_ref())
            .map_err(|message| self.file.bad_value("name-template", template.span().start, &message))?;
        Ok(template.get_ref().clone())
    }

    fn store(&self, asked: &Asked<'_>, home: Option<&std::path::Path>) -> Result<StoreSettings, Failure> {
        let written = &self.file.written;
        let kind = self.arguments.global.store.or(self.variant("ARNIFY_STORE")?).or(written.store);
        let region = asked.region.cloned().or_else(|| self.variable("ARNIFY_REGION").map(str::to_owned));
        Ok(StoreSettings {
            kind: kind.unwrap_or(StoreKind::Local),
            region: region.or_else(|| written.region.clone()),
            account: self.account()?,
            vault: self.vault()?.or_else(|| home.map(|home| home.join("vault.age"))).unwrap_or_default(),
            concurrency: self.concurrency()?,
            update_existing: asked.update_existing,
        })
    }

    fn vault(&self) -> Result<Option<PathBuf>, Failure> {
        let named = if self.arguments.global.no_config { None } else { self.environment.path("ARNIFY_VAULT") };
        if let Some(vault) = named {
            check_vault(&vault).map_err(|message| Failure::message(Exit::Usage, format!("ARNIFY_VAULT: {message}")))?;
            return Ok(Some(vault));
        }
        let Some(vault) = &self.file.written.vault else { return Ok(None) };
        check_vault(vault.get_ref()).map_err(|message| self.file.bad_value("vault", vault.span().start, &message))?;
        Ok(Some(self.file.resolve(vault.get_ref())))
    }

    fn account(&self) -> Result<String, Failure> {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(account) = self.variable("ARNIFY_ACCOUNT") {
            let wrong = || Failure::message(Exit::Usage, "ARNIFY_ACCOUNT: an AWS account id has 12 digits");
            return if is_account(account) { Ok(account.to_owned()) } else { Err(wrong()) };
        }
        match &self.file.written.account {
            Some(account) if is_account(account.get_ref()) => Ok(account.get_ref().clone()),
            Some(account) => {
                Err(self.file.bad_value("account", account.span().start, "an AWS account id has 12 digits"))
            }
            None => Ok("0".repeat(12)),
        }
    }

    fn concurrency(&self) -> Result<usize, Failure> {
        match &self.file.written.concurrency {
            Some(count) if (1..=MAX_CONCURRENCY).contains(count.get_ref()) => Ok(*count.get_ref()),
            Some(count) => Err(self.file.bad_value("concurrency", count.span().start, "must be 1 to 64")),
            None => Ok(DEFAULT_CONCURRENCY),
        }
    }

    fn at_least_one<N: Copy + PartialOrd + From<u8>>(
        &self,
        key: &str,
        value: Option<&toml::Spanned<N>>,
    ) -> Result<Option<N>, Failure> {
        match value {
            Some(value) if *value.get_ref() < N::from(1) => {
                Err(self.file.bad_value(key, value.span().start, "must be 1 or more"))
            }
            value => Ok(value.map(|value| *value.get_ref())),
        }
    }

    /// A variable of the environment, unless `--no-config` puts it aside.
    fn variable(&self, name: &str) -> Option<&str> {
        if self.arguments.global.no_config { None } else { self.environment.text(name) }
    }

    fn variant<T: ValueEnum>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(text) = self.variable(name) else { return Ok(None) };
        T::from_str(text, false).map(Some).map_err(|_| {
            let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
            Failure::message(Exit::Usage, format!("{name}: must be one of {}", known.join(", ")))
        })
    }
}

fn parse_tags(tags: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |tag: &String| match tag.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Failure::message(Exit::Usage, "--tag: must have the form KEY=VALUE")),
    };
    tags.iter().map(pair).collect()
}

/// A template names known parts only, and `{name}` at least.
fn check_template(template: &str) -> Result<(), String> {
    for part in template.split('{').skip(1) {
        match part.split_once('}') {
            Some(("env" | "app" | "component" | "name", _)) => {}
            Some((other, _)) => {
                return Err(format!("unknown part {{{other}}}; known: {{env}}, {{app}}, {{component}}, {{name}}"));
            }
            None => return Err("a { has no }".to_owned()),
        }
    }
    if template.contains("{name}") { Ok(()) } else { Err("must contain {name}".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn settled(file: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Result<Settings, Failure> {
        let dir = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test file in a temporary folder")]
        std::fs::write(dir.path().join("arnify.toml"), file).unwrap();
        let mut environment = Environment { current_dir: dir.path().to_owned(), ..Environment::default() };
        environment.variables.insert("ARNIFY_HOME".into(), dir.path().join("home").into());
        environment.variables.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        settle(&Arguments::parse_from(["arnify"].iter().chain(arguments)), &environment)
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file() {
        let file = "store = \"aws\"\nthreads = 3\nenv = \"file\"\n";
        assert_eq!(settled(file, &[], &["scan"]).unwrap().store.kind, StoreKind::Aws);
        let settings = settled(file, &[("ARNIFY_STORE", "local"), ("ARNIFY_ENV", "var")], &["plan"]).unwrap();
        assert_eq!((settings.store.kind, settings.naming.env.as_deref()), (StoreKind::Local, Some("var")));
        let flags = ["plan", "--env", "flag", "--threads", "2", "--tag", "a=b=c"];
        let settings = settled(file, &[("ARNIFY_ENV", "var"), ("ARNIFY_THREADS", "9")], &flags).unwrap();
        assert_eq!((settings.naming.env.as_deref(), settings.scan.threads), (Some("flag"), Some(2)));
        assert_eq!(settings.naming.tags.get("a").map(String::as_str), Some("b=c"));
    }

    #[test]
    fn no_config_ignores_file_and_environment_but_not_the_home() {
        let variables = [("ARNIFY_STORE", "bad"), ("ARNIFY_CONFIG", "/nowhere")];
        let settings = settled("nonsense = 1", &variables, &["scan", "--no-config"]).unwrap();
        assert_eq!((settings.store.kind, settings.scan.max_file_size), (StoreKind::Local, 134_217_728));
        assert!(settings.home().unwrap().ends_with("home"));
        assert_eq!(settings.scan.min_confidence, Confidence::Medium);
    }

    #[test]
    fn bad_values_name_file_line_and_key() {
        for (file, said) in [
            ("\naccount = \"12\"", "arnify.toml:2: account: an AWS account id has 12 digits"),
            ("concurrency = 0", "arnify.toml:1: concurrency: must be 1 to 64"),
            ("vault = \"../team.key\"", "arnify.toml:1: vault: a vault can't be called ../team.key: its key would be"),
            ("threads = 0", "arnify.toml:1: threads: must be 1 to 256"),
            ("threads = 257", "arnify.toml:1: threads: must be 1 to 256"),
            ("max-file-size = 0", "arnify.toml:1: max-file-size: must be 1 or more"),
            ("name-template = \"{nam}\"", "arnify.toml:1: name-template: unknown part {nam}"),
        ] {
            let failure = settled(file, &[], &["scan"]).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
        }
        for (variables, arguments, said) in [
            (&[("ARNIFY_THREADS", "100000")][..], &["scan"][..], "ARNIFY_THREADS: must be 1 to 256"),
            (&[("ARNIFY_THREADS", "x")], &["scan"], "ARNIFY_THREADS: must be 1 to 256"),
            (&[], &["scan", "--threads", "257"], "--threads: must be 1 to 256"),
            (&[], &["scan", "--threads", "0"], "--threads: must be 1 to 256"),
        ] {
            assert_eq!(settled("", variables, arguments).unwrap_err().to_string(), said);
        }
        assert_eq!(settled("", &[], &["scan", "--threads", "256"]).unwrap().scan.threads, Some(256));
        let failure = settled("", &[("ARNIFY_STORE", "moon")], &["scan"]).unwrap_err();
        assert_eq!(failure.to_string(), "ARNIFY_STORE: must be one of aws, local");
        for vault in ["/v/team.key", "/v/team.lock", "/v/team.KEY"] {
            let failure = settled("", &[("ARNIFY_VAULT", vault)], &["scan"]).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.to_string().starts_with(&format!("ARNIFY_VAULT: a vault can't be called {vault}: its ")));
        }
    }
}

//! From arguments, environment and file to checked settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, File};
use super::{BASELINE, Environment, Naming, ScanSettings, Settings, StoreSettings, salt};
use crate::cli::{Arguments, BaselineVerb, Command, ConfidenceArg, Format, Global, Selection, Shaping, StoreKind};
use crate::failure::{Exit, Failure};
use crate::model::Confidence;

/// Names: environment, application, component and key.
const TEMPLATE: &str = "{env}/{app}/{component}/{name}";
/// Largest file that is read unless told otherwise: 128 MiB.
const MAX_FILE_SIZE: u64 = 128 << 20;
/// Calls in flight; far below the service's 50 creations a second.
const CONCURRENCY: usize = 4;
/// Account of the local vault's ARNs.
const LOCAL_ACCOUNT: &str = "000000000000";

/// Settles arguments, environment and configuration file; `first_commit` asks git for the root commit of a tree.
///
/// # Errors
/// A message that names the file, the key or the flag, and the reason.
pub fn settle(
    arguments: &Arguments,
    environment: &Environment,
    first_commit: fn(&Path) -> Option<String>,
) -> Result<Settings, Failure> {
    let global = &arguments.global;
    let asked = Asked::of(&arguments.command);
    let start = start_folder(&asked.selection, environment)?;
    let (root, in_git) = tree_root(&start);
    let file = read_file(global, &start, &root)?;
    let home = environment.home();
    let baseline = asked.baseline.clone().unwrap_or_else(|| root.join(BASELINE));
    let salt = salt::salt(Some(&baseline), &home, &root, || if in_git { first_commit(&root) } else { None });
    Ok(Settings {
        scan: scan_settings(global, &asked.selection, &file, &root)?,
        naming: naming(&asked.shaping, &file)?,
        store: store_settings(global, &asked, (&file, environment), &home)?,
        selection: asked.selection,
        environment: environment.clone(),
        format: global.format.unwrap_or(Format::Human),
        output: global.output.clone(),
        root,
        in_git,
        home,
        baseline,
        salt,
    })
}

/// What the verbs have in common, whichever verb it is.
#[derive(Default)]
struct Asked {
    selection: Selection,
    shaping: Shaping,
    baseline: Option<PathBuf>,
    region: Option<String>,
    update_existing: bool,
}

impl Asked {
    fn of(command: &Command) -> Self {
        match command {
            Command::Scan(args) => Self { selection: args.selection.clone(), ..Self::default() },
            Command::Check(args) => {
                Self { selection: args.selection.clone(), baseline: args.baseline.clone(), ..Self::default() }
            }
            Command::Baseline(args) => {
                let (BaselineVerb::Create(args)
                | BaselineVerb::Update(args)
                | BaselineVerb::Prune(args)
                | BaselineVerb::Audit(args)) = &args.verb;
                Self { selection: args.selection.clone(), baseline: args.baseline.clone(), ..Self::default() }
            }
            Command::Plan(args) => {
                Self { selection: args.selection.clone(), shaping: args.shaping.clone(), ..Self::default() }
            }
            Command::Apply(args) => Self {
                selection: args.selection.clone(),
                shaping: args.shaping.clone(),
                region: args.region.clone(),
                update_existing: args.update_existing,
                ..Self::default()
            },
            Command::Verify(args) => Self { selection: args.selection.clone(), ..Self::default() },
            _ => Self::default(),
        }
    }
}

/// The folder of the first path, absolute.
fn start_folder(selection: &Selection, environment: &Environment) -> Result<PathBuf, Failure> {
    let first = selection.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let whole = environment.current_dir.join(first);
    let whole = std::fs::canonicalize(&whole).map_err(|error| {
        let missing = Failure::message(Exit::Usage, format!("{}: {}", first.display(), plain_words(&error)));
        missing.hint("Check the spelling; paths are relative to the current folder.")
    });
    // A link that leads nowhere is reported by the walk; its folder is where the search starts.
    let whole = match whole {
        Err(_) if first.symlink_metadata().is_ok() => environment.current_dir.clone(),
        other => other?,
    };
    Ok(if whole.is_dir() { whole } else { whole.parent().map_or_else(|| whole.clone(), Path::to_path_buf) })
}

fn plain_words(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::NotFound { "no such file or folder".to_owned() } else { error.to_string() }
}

/// The git work tree that holds `folder`, else `folder` itself. A worktree's or submodule's `.git` is a file.
fn tree_root(folder: &Path) -> (PathBuf, bool) {
    let git = folder.ancestors().find(|above| above.join(".git").exists());
    git.map_or_else(|| (folder.to_path_buf(), false), |root| (root.to_path_buf(), true))
}

fn read_file(global: &Global, start: &Path, root: &Path) -> Result<File, Failure> {
    match &global.config {
        _ if global.no_config => Ok(File::default()),
        Some(path) => file::read(path),
        None => file::find(start, root).map_or_else(|| Ok(File::default()), |path| file::read(&path)),
    }
}

fn scan_settings(global: &Global, selection: &Selection, file: &File, root: &Path) -> Result<ScanSettings, Failure> {
    let threads = global.threads.or(file.threads);
    if threads == Some(0) {
        return Err(bad_value("threads", "0", "at least 1"));
    }
    let own_rules = file.rules.iter().map(|path| root.join(path));
    Ok(ScanSettings {
        min_confidence: confidence(global.min_confidence.or(file.min_confidence)),
        threads,
        rule_paths: own_rules.chain(global.rule_paths.iter().cloned()).collect(),
        max_file_size: selection.max_file_size.or(file.max_file_size).unwrap_or(MAX_FILE_SIZE),
        exclude: file.exclude.iter().chain(&selection.exclude).cloned().collect(),
        no_ignore: selection.no_ignore,
    })
}

fn confidence(argument: Option<ConfidenceArg>) -> Confidence {
    match argument {
        Some(ConfidenceArg::Low) => Confidence::Low,
        Some(ConfidenceArg::Medium) | None => Confidence::Medium,
        Some(ConfidenceArg::High) => Confidence::High,
    }
}

fn naming(shaping: &Shaping, file: &File) -> Result<Naming, Failure> {
    let mut tags: BTreeMap<String, String> = file.tags.clone();
    for tag in &shaping.tags {
        let (key, value) = tag.split_once('=').ok_or_else(|| bad_value("tag", tag, "KEY=VALUE"))?;
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(Naming {
        template: shaping
            .name_template
            .clone()
            .or_else(|| file.name_template.clone())
            .unwrap_or_else(|| TEMPLATE.into()),
        env: shaping.env.clone(),
        default_env: file.env.clone(),
        app: shaping.app.clone().or_else(|| file.app.clone()),
        tags,
        required_tags: file.required_tags.iter().cloned().collect(),
        kms_key_id: shaping.kms_key_id.clone().or_else(|| file.kms_key_id.clone()),
        include_tests: shaping.include_tests || file.include_tests,
    })
}

fn store_settings(
    global: &Global,
    asked: &Asked,
    (file, environment): (&File, &Environment),
    home: &Path,
) -> Result<StoreSettings, Failure> {
    let account = file.account.clone().unwrap_or_else(|| LOCAL_ACCOUNT.to_owned());
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad_value("account", &account, "12 digits"));
    }
    let concurrency = file.concurrency.unwrap_or(CONCURRENCY);
    if !(1..=64).contains(&concurrency) {
        return Err(bad_value("concurrency", &concurrency.to_string(), "1 to 64"));
    }
    let kind = if global.no_config { global.store } else { store_kind(global, file, environment)? };
    Ok(StoreSettings {
        kind: kind.unwrap_or(StoreKind::Local),
        region: asked.region.clone().or_else(|| file.region.clone()),
        account,
        vault: file.vault.clone().map_or_else(|| home.join("vault.age"), |vault| home.join(vault)),
        concurrency,
        update_existing: asked.update_existing,
    })
}

fn store_kind(global: &Global, file: &File, environment: &Environment) -> Result<Option<StoreKind>, Failure> {
    let named = match environment.text("ARNIFY_STORE").as_deref() {
        None => None,
        Some("aws") => Some(StoreKind::Aws),
        Some("local") => Some(StoreKind::Local),
        Some(other) => return Err(bad_value("ARNIFY_STORE", other, "aws or local")),
    };
    Ok(global.store.or(named).or(file.store))
}

fn bad_value(key: &str, value: &str, expected: &str) -> Failure {
    Failure::message(Exit::Usage, format!("{key}: \"{value}\" is not {expected}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn settled(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Settings, Failure> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let mut environment = Environment { variables: variables.collect(), current_dir: folder.to_path_buf() };
        environment.variables.entry("ARNIFY_HOME".into()).or_insert_with(|| folder.join("home").into());
        settle(&Arguments::parse_from(arguments), &environment, |_| None)
    }

    #[test]
    fn flags_go_before_the_environment_and_that_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join(".arnify.toml");
        std::fs::write(config, "store = \"aws\"\nenv = \"qa\"\ntags = { Team = \"a\" }\n").unwrap();
        let kind = |arguments: &[&str], variables: &[(&str, &str)]| {
            settled(folder.path(), arguments, variables).unwrap().store.kind
        };
        assert_eq!(kind(&["arnify", "plan"], &[]), StoreKind::Aws);
        assert_eq!(kind(&["arnify", "plan"], &[("ARNIFY_STORE", "local")]), StoreKind::Local);
        assert_eq!(kind(&["arnify", "plan", "--store", "aws"], &[("ARNIFY_STORE", "local")]), StoreKind::Aws);
        assert_eq!(kind(&["arnify", "plan", "--no-config"], &[("ARNIFY_STORE", "aws")]), StoreKind::Local);
        let naming =
            settled(folder.path(), &["arnify", "plan", "--tag", "Team=b", "--env", "prod"], &[]).unwrap().naming;
        assert_eq!((naming.env.as_deref(), naming.default_env.as_deref()), (Some("prod"), Some("qa")));
        assert_eq!(naming.tags.get("Team").map(String::as_str), Some("b"));
    }

    #[test]
    fn the_tree_is_the_work_tree_of_the_first_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("repo/.git")).unwrap();
        std::fs::create_dir_all(root.join("repo/src/deep")).unwrap();
        let settings = settled(&root, &["arnify", "scan", "repo/src/deep"], &[]).unwrap();
        assert_eq!((settings.root, settings.in_git), (root.join("repo"), true));
        let settings = settled(&root, &["arnify", "scan"], &[]).unwrap();
        assert_eq!((settings.root, settings.in_git), (root, false));
    }

    #[test]
    fn wrong_values_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("arnify.toml");
        for (text, word) in [
            ("account = \"12\"", "account"),
            ("concurrency = 0", "concurrency"),
            ("threads = 0", "threads"),
            ("store = \"gcp\"", "gcp"),
            ("regoin = \"x\"", "regoin"),
        ] {
            std::fs::write(&config, text).unwrap();
            let failure = settled(folder.path(), &["arnify", "scan"], &[]).unwrap_err();
            assert!(failure.to_string().contains(word), "{failure}");
            assert_eq!(failure.exit, Exit::Usage);
        }
    }
}

//! Credentials of several parts, from a tree's text to the JSON that would be stored: `fixtures/compose/samples.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use arnify::lang::Languages;
use arnify::model::{Applicability, Blob, Confidence, Located, Origin, RunId, Source, ValueShape, Verdict};
use arnify::plan::{Candidate, Context, Kinds, Origins, Owners, Planned, make};
use arnify::rules::{RuleSet, expand};
use arnify::scan::{ScanOptions, Scanner};
use arnify::secret::Salt;
use arnify::settings::{Naming, OnConflict};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    sample: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    values: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    #[serde(default)]
    conflicts: Vec<String>,
    secret: Vec<Secret>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    name: String,
    what: Option<String>,
    #[serde(default)]
    json: BTreeMap<String, String>,
    plain: Option<String>,
    reads: Vec<String>,
    warning: Option<String>,
}

fn samples() -> Vec<Sample> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/compose/samples.toml");
    let mut samples: Samples = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for sample in &mut samples.sample {
        let values = sample.values.iter().enumerate();
        let values: BTreeMap<String, String> =
            values.map(|(at, (name, text))| (name.clone(), expand(text, &sample.name, at))).collect();
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("«{name}»"), value))
        };
        for text in sample.files.values_mut() {
            *text = fill(text);
        }
        for secret in &mut sample.secret {
            secret.plain = secret.plain.as_deref().map(fill);
            for text in secret.json.values_mut() {
                *text = fill(text).replace("\\n", "\n");
            }
        }
    }
    samples.sample
}

struct Tools {
    scanner: Scanner,
    languages: Languages,
    kinds: Kinds,
}

fn naming(on_conflict: OnConflict) -> Naming {
    Naming {
        template: "{env}/{app}/{component}/{name}".into(),
        env: None,
        default_env: None,
        app: None,
        tags: BTreeMap::new(),
        required_tags: std::collections::BTreeSet::new(),
        kms_key_id: None,
        include_tests: false,
        on_conflict,
    }
}

fn planned(tools: &Tools, sample: &Sample, naming: &Naming) -> Planned {
    let blobs: Vec<Blob> = sample.files.iter().map(|(path, text)| blob(path, text)).collect();
    let takes_part = |one: &Located| matches!(one.finding.verdict, Verdict::Likely | Verdict::Doubtful);
    let found: Vec<Vec<Located>> =
        blobs.iter().map(|blob| tools.scanner.scan(blob).into_iter().filter(takes_part).collect()).collect();
    let mut candidates = Vec::new();
    for (blob, located) in blobs.iter().zip(&found) {
        let sites = tools.languages.locate(blob, located);
        candidates.extend(located.iter().zip(sites).map(|(located, site)| Candidate {
            blob,
            located,
            site,
            in_tests: false,
        }));
    }
    let context = Context {
        naming,
        run: RunId("20260101T000000Z-abcdef".into()),
        now: "2026-01-01T00:00:00Z".into(),
        owners: Owners::default(),
        origins: Origins::new("shop"),
        least: Applicability::Review,
        refused: BTreeMap::new(),
        kinds: &tools.kinds,
    };
    make(candidates, &context).unwrap_or_else(|errors| panic!("{}: {errors:?}", sample.name))
}

fn blob(path: &str, text: &str) -> Blob {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: true };
    Blob::new(source, text.as_bytes().to_vec())
}

fn tools() -> Tools {
    let options = ScanOptions { min_confidence: Confidence::Medium, salt: Salt::derive(b"") };
    Tools {
        scanner: Scanner::new(RuleSet::built_in().unwrap(), options),
        languages: Languages::load().unwrap(),
        kinds: Kinds::load().unwrap(),
    }
}

/// What a plan holds, in the words of the samples.
fn seen(planned: &Planned) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &planned.plan.entries {
        let what = match &entry.shape {
            ValueShape::Plain => "plain".to_owned(),
            ValueShape::Json { what, .. } => what.clone().unwrap_or_default(),
        };
        let value =
            planned.values.get(entry.id).unwrap().with_bytes(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        let value = match &entry.shape {
            ValueShape::Plain => value,
            ValueShape::Json { keys, .. } => {
                let json: BTreeMap<String, String> = serde_json::from_str(&value).unwrap();
                assert!(keys.iter().all(|key| json.contains_key(key)) && keys.len() == json.len(), "{keys:?}");
                format!("{json:?}")
            }
        };
        let reads = entry.places.iter().map(|place| {
            format!("{}:{} {}", place.path, place.region.line, place.key.as_deref().unwrap_or_default())
                .trim_end()
                .to_owned()
        });
        lines.push(format!("{} ({what}) {value} {:?}", entry.name, reads.collect::<Vec<_>>()));
    }
    lines
}

#[test]
fn parts_become_one_secret_and_each_place_reads_its_key() {
    let tools = tools();
    let mut wrong = Vec::new();
    for sample in samples() {
        let planned = planned(&tools, &sample, &naming(OnConflict::Ask));
        let expected: Vec<String> = sample
            .secret
            .iter()
            .map(|secret| {
                let value = secret.plain.clone().unwrap_or_else(|| format!("{:?}", secret.json));
                let what = secret.what.as_deref().unwrap_or("plain");
                format!("{} ({what}) {value} {:?}", secret.name, secret.reads)
            })
            .collect();
        let found = seen(&planned);
        if found != expected {
            let held: Vec<_> = planned.plan.held_back.iter().map(|held| &held.reason).collect();
            wrong.push(format!(
                "{}\n  found    {found:#?}\n  expected {expected:#?}\n  held back {held:?}",
                sample.name
            ));
        }
        for (entry, secret) in planned.plan.entries.iter().zip(&sample.secret) {
            if let Some(warning) = &secret.warning {
                assert!(
                    entry.warnings.iter().any(|said| said.contains(warning)),
                    "{}: {:?}",
                    sample.name,
                    entry.warnings
                );
            }
        }
        let conflicts = planned.plan.conflicts.iter().map(|conflict| {
            let numbers: Vec<_> = conflict.entries.iter().map(|id| id.0.to_string()).collect();
            format!("{} by {}: {}", conflict.what, conflict.same.join(", "), numbers.join(", "))
        });
        assert_eq!(conflicts.collect::<Vec<_>>(), sample.conflicts, "{}", sample.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_conflict_is_settled_only_as_it_was_decided() {
    let tools = tools();
    let samples = samples();
    let sample = samples.iter().find(|sample| !sample.conflicts.is_empty()).unwrap();
    let apart = planned(&tools, sample, &naming(OnConflict::Apart)).plan;
    assert_eq!((apart.entries.len(), apart.conflicts.len()), (2, 0));
    assert!(apart.entries.iter().all(|entry| entry.warnings.iter().any(|said| said.contains("another value"))));
    let left = planned(&tools, sample, &naming(OnConflict::Leave)).plan;
    assert_eq!((left.entries.len(), left.held_back.len()), (0, 2));
    assert!(left.held_back.iter().all(|held| held.reason.contains("different values")));
}

#[test]
fn the_store_page_lists_every_kind_with_its_keys() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/store.md")).unwrap();
    for (id, description, keys) in tools().kinds.list() {
        let keys: Vec<_> = keys.into_iter().map(|key| format!("`{key}`")).collect();
        let row = format!("| {description} | {} |\n", keys.join(", "));
        assert!(page.contains(&row), "docs/store.md has no row for {id}:\n{row}");
    }
}

/// The whole way: several places read their keys of one secret, and what nobody decided is refused.
mod runs {
    use crate::support::{Sandbox, expect, output, random_text};

    fn pair(sandbox: &Sandbox) -> (String, String) {
        let (key, secret) = (random_text(24), random_text(40));
        sandbox.file("keys.py", format!("X_API_KEY = \"{key}\"\nX_API_SECRET = \"{secret}\"\n"));
        (key, secret)
    }

    #[test]
    fn the_plan_names_the_kind_and_each_places_key() {
        let sandbox = Sandbox::new();
        let (key, secret) = pair(&sandbox);
        let text = output(sandbox.arnify(["plan"]));
        assert!(text.contains("x-api  (API key with its secret, JSON: api_key, api_secret)"), "{text}");
        assert!(text.contains("keys.py:1:14  review  read X_API_KEY from Secrets Manager, key api_key"), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&output(sandbox.arnify(["plan", "--format", "json"]))).unwrap();
        let entry = &json["plan"]["entries"][0];
        assert_eq!(entry["shape"]["what"], "API key with its secret");
        assert_eq!((&entry["places"][0]["key"], &entry["places"][1]["key"]), (&"api_key".into(), &"api_secret".into()));
        assert!(!text.contains(&key) && !text.contains(&secret) && !json.to_string().contains(&secret));
    }

    #[test]
    fn a_run_that_stopped_between_two_files_goes_on_with_the_right_keys() {
        let sandbox = Sandbox::new();
        let (key, secret) = pair(&sandbox);
        sandbox.file("other.env", format!("X_API_KEY={key}\nX_API_SECRET={secret}\n"));
        let before = sandbox.snapshot();
        expect(0, sandbox.arnify(["apply", "--write", "-y"]));
        let written = sandbox.snapshot();
        let journals = sandbox.home().join("arnify");
        // Cut the journal after its first written file, and put the other file back.
        let journal = crate::support::snapshot(&journals).into_keys().find(|path| path.ends_with("jsonl")).unwrap();
        let path = journals.join(journal);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let cut = lines.iter().position(|line| line.contains("\"written\"")).unwrap();
        std::fs::write(&path, format!("{}\n", lines[..=cut].join("\n"))).unwrap();
        let first = lines[cut];
        for name in ["keys.py", "other.env"] {
            if !first.contains(name) {
                sandbox.file(name, &before[name]);
            }
        }
        expect(0, sandbox.arnify(["resume", "-y"]));
        assert_eq!(sandbox.snapshot(), written);
        expect(0, sandbox.arnify(["verify"]));
        expect(0, sandbox.arnify(["undo", "-y"]));
        assert_eq!(sandbox.snapshot(), before);
    }

    #[test]
    fn a_conflict_is_refused_with_the_next_command_until_somebody_decides() {
        let sandbox = Sandbox::new();
        let values = [random_text(20), random_text(20)];
        for (name, value) in ["a.env", "b.env"].iter().zip(&values) {
            sandbox.file(name, format!("DB_HOST=db.internal\nDB_NAME=x\nDB_USER=app\nDB_PASSWORD={value}\n"));
        }
        let before = sandbox.snapshot();
        for verb in [&["plan"][..], &["apply"], &["apply", "--write", "-y"], &["plan", "--format", "json"]] {
            let said = expect(6, sandbox.arnify(verb));
            let text = String::from_utf8(said.stderr).unwrap();
            assert!(text.contains("one at a.env:4") && text.contains("--on-conflict apart"), "{text}");
            assert!(!values.iter().any(|value| text.contains(value)));
        }
        assert_eq!(sandbox.snapshot(), before);
        expect(0, sandbox.arnify(["apply", "--write", "-y", "--on-conflict", "leave"]));
        assert_eq!(sandbox.snapshot(), before);
        expect(0, sandbox.arnify(["apply", "--write", "-y", "--on-conflict", "apart"]));
        assert!(
            values
                .iter()
                .all(|value| !sandbox.snapshot().values().any(|text| text.windows(20).any(|w| w == value.as_bytes())))
        );
        expect(0, sandbox.arnify(["undo", "-y"]));
        assert_eq!(sandbox.snapshot(), before);
    }
}

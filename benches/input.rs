//! What the stages are measured on, from this repository alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arnify::apply::edits;
use arnify::lang::{Languages, LocatedSite, NotRewritable, Request};
use arnify::model::{
    Applicability, Blob, Confidence, EntryId, Finding, Fix, Kind, Located, Origin, SecretRef, Severity, Source, Span,
    Stands, Verdict,
};
use arnify::rules::{self, RuleSet};
use arnify::scan::{ScanOptions, Scanner};
use arnify::secret::{Excerpt, Fingerprint, Salt};
use arnify::walk::{self, Reader, WalkOptions};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Larger files are not read.
pub(crate) const MAX_FILE: u64 = 16 << 20;

pub(crate) static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let options = ScanOptions { min_confidence: Confidence::Medium, salt: salt() };
    Scanner::new(RuleSet::built_in().unwrap(), options)
});

pub(crate) static LANGUAGES: LazyLock<Languages> = LazyLock::new(|| Languages::load().unwrap());

/// What is scanned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text {
    /// Ordinary files: few keywords, fewer matches.
    Sources,
    /// The examples of all rules, one below the other: little else than matches.
    Examples,
    /// The same, each in Base64.
    Encoded,
}

impl Text {
    pub(crate) const ALL: [Self; 3] = [Self::Sources, Self::Examples, Self::Encoded];

    pub(crate) fn blobs(self) -> &'static [Blob] {
        static SOURCES: LazyLock<Vec<Blob>> = LazyLock::new(|| {
            let reader = Reader::new(MAX_FILE);
            sources().iter().filter_map(|source| reader.read(source).ok()).collect()
        });
        static EXAMPLES: LazyLock<Blob> = LazyLock::new(|| blob("examples.txt", examples(str::to_owned).as_bytes()));
        static ENCODED: LazyLock<Blob> =
            LazyLock::new(|| blob("encoded.txt", examples(|text| BASE64_STANDARD.encode(text)).as_bytes()));
        match self {
            Self::Sources => &SOURCES,
            Self::Examples => std::slice::from_ref(&*EXAMPLES),
            Self::Encoded => std::slice::from_ref(&*ENCODED),
        }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tree that is walked: many small folders.
pub(crate) fn fixtures() -> PathBuf {
    repository().join("fixtures")
}

/// The files of this repository but for the rules, which are made of keywords.
pub(crate) fn sources() -> Vec<Arc<Source>> {
    let paths = ["src", "tests", "docs", "fixtures"].map(|folder| repository().join(folder));
    walk::tree(&paths, repository(), &WalkOptions::default()).unwrap().all().0
}

fn examples(form: impl Fn(&str) -> String) -> String {
    let mut all = String::new();
    for rule in SCANNER.rules().rules() {
        for (position, text) in rule.examples.iter().enumerate() {
            let _ = writeln!(all, "{}\n", form(&rules::expand(text, &rule.id, position)));
        }
    }
    all
}

fn blob(path: &str, bytes: &[u8]) -> Blob {
    let source = Source { path: path.into(), tree_path: path.into(), origin: Origin::Stdin, explicit: false };
    Blob::new(source, bytes.to_vec())
}

fn salt() -> Salt {
    Salt::derive(b"benchmark")
}

/// The languages that have fixtures.
pub(crate) fn languages() -> Vec<&'static str> {
    LANGUAGES.names().filter(|language| fixtures().join("rewrite").join(language).is_dir()).collect()
}

/// Those of them that are parsed.
pub(crate) fn parsed() -> Vec<&'static str> {
    let is_parsed = |blob: &Blob| LANGUAGES.syntax_errors(blob.path(), &blob.bytes).is_some();
    languages().into_iter().filter(|language| cases(language).iter().any(|case| is_parsed(&case.blob))).collect()
}

/// A file of a language's fixtures, before it is rewritten, with the values in it.
pub(crate) struct Case {
    pub(crate) blob: Blob,
    pub(crate) located: Vec<Located>,
}

/// All files that the language's fixtures have values in.
pub(crate) fn cases(language: &str) -> Vec<Case> {
    let folders = std::fs::read_dir(fixtures().join("rewrite").join(language)).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().flat_map(|folder| cases_in(folder)).collect()
}

fn cases_in(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("case.toml")).unwrap();
    let table: toml::Table = toml::from_str(&text).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for literal in table.get("literal").and_then(toml::Value::as_array).unwrap() {
        let field = |name: &str| literal.get(name).and_then(toml::Value::as_str).unwrap();
        let file = field("file");
        if cases.last().is_none_or(|case| case.blob.path() != file) {
            let blob = blob(file, &std::fs::read(folder.join("before").join(file)).unwrap());
            cases.push(Case { blob, located: Vec::new() });
        }
        let Case { blob, located: values } = cases.last_mut().unwrap();
        let nth = literal.get("nth").and_then(toml::Value::as_integer).map_or(0, |nth| usize::try_from(nth).unwrap());
        let needle = field("needle");
        let start = memchr::memmem::find_iter(&blob.bytes, needle).nth(nth).unwrap();
        values.push(located(blob, Span::new(start, start + needle.len())));
    }
    cases
}

fn located(blob: &Blob, value: Span) -> Located {
    let line = blob.lines().line_span(&blob.bytes, blob.lines().line_of(&blob.bytes, value.start)).unwrap();
    let finding = Finding {
        v: 1,
        rule: "generic-password".into(),
        kind: Kind::Password,
        severity: Severity::High,
        confidence: Confidence::High,
        verdict: Verdict::Likely,
        path: blob.path().into(),
        span: blob.lines().region(&blob.bytes, value),
        fingerprint: Fingerprint::compute(&salt(), "generic", blob.path(), value.of(&blob.bytes)),
        excerpt: Excerpt::mask(line.of(&blob.bytes), std::slice::from_ref(&(0..line.len()))),
        commit: None,
        removed: None,
        signals: Vec::new(),
    };
    Located { finding, value, key: None, stands: Stands::Plain }
}

/// What a plan would ask for.
pub(crate) fn requests(sites: Vec<Result<LocatedSite, NotRewritable>>) -> Vec<Request> {
    let sites = sites.into_iter().flatten().map(|located| located.site);
    let sites = sites.filter(|site| site.applicability != Applicability::Manual);
    let request = |(number, site)| {
        let arn = format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/orders/db{number}-AbCdEf");
        Request { site, entry: EntryId(number), reference: SecretRef { arn, key: None } }
    };
    sites.enumerate().map(request).collect()
}

/// The length of the file once the fix's edits are carried out.
pub(crate) fn edited(blob: &Blob, fix: &Fix) -> usize {
    let landed = edits::land(std::slice::from_ref(fix), blob.bytes.len());
    edits::splice(&blob.bytes, &landed.edits).unwrap().len()
}

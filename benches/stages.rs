//! What each stage costs: walk, read, prefilter, match, judge, decode, parse, rewrite. `cargo bench --bench stages`
//! runs all of them, with a name after `--` those of that name, and with `--test` each once.
//!
//! All input is this repository's own: its files as they are, the examples of all rules, the same encoded, and the
//! fixtures of each language. Times go with the machine; compare those of one run, or of two on an idle machine.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that can't be set up has failed")]

mod input;

use arnify::lang::{Languages, Surroundings};
use arnify::scan::Stages;
use arnify::walk::{self, Reader, WalkOptions};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use input::{Case, LANGUAGES, MAX_FILE, SCANNER, Text};

fn main() {
    divan::main();
}

#[divan::bench]
fn walk_tree(bencher: Bencher<'_, '_>) {
    let root = input::fixtures();
    let list = || walk::tree(std::slice::from_ref(&root), &root, &WalkOptions::default()).unwrap().all().0;
    bencher.counter(ItemsCount::new(list().len())).bench_local(list);
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let sources = input::sources();
    let reader = Reader::new(MAX_FILE);
    let all = || {
        let mut bytes = 0;
        reader.read_all(&sources, &mut |_, blob| bytes += blob.map_or(0, |blob| blob.bytes.len()));
        bytes
    };
    bencher.counter(BytesCount::new(all())).bench_local(all);
}

#[divan::bench(args = Text::ALL)]
fn prefilter(bencher: Bencher<'_, '_>, text: Text) {
    stage(bencher, text, Stages::prefilter);
}

#[divan::bench(args = Text::ALL)]
fn match_regexes(bencher: Bencher<'_, '_>, text: Text) {
    stage(bencher, text, Stages::regexes);
}

#[divan::bench(args = Text::ALL)]
fn match_pairs(bencher: Bencher<'_, '_>, text: Text) {
    stage(bencher, text, Stages::pairs);
}

#[divan::bench(args = [Text::Sources, Text::Examples])]
fn judge(bencher: Bencher<'_, '_>, text: Text) {
    let stages = stages(text);
    let values: usize = stages.iter().map(Stages::judged).sum();
    bencher.counter(ItemsCount::new(values)).bench_local(|| stages.iter().map(Stages::judge).sum::<usize>());
}

#[divan::bench(args = Text::ALL)]
fn decode(bencher: Bencher<'_, '_>, text: Text) {
    stage(bencher, text, Stages::decode);
}

#[divan::bench(args = Text::ALL)]
fn scan(bencher: Bencher<'_, '_>, text: Text) {
    stage(bencher, text, Stages::scan);
}

fn stages(text: Text) -> Vec<Stages<'static>> {
    text.blobs().iter().map(|blob| Stages::new(&SCANNER, blob)).collect()
}

/// One stage on all blobs of a text, one after the other.
fn stage(bencher: Bencher<'_, '_>, text: Text, run: impl Fn(&Stages<'static>) -> usize) {
    let stages = stages(text);
    let bytes: usize = stages.iter().map(Stages::bytes).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| stages.iter().map(&run).sum::<usize>());
}

#[divan::bench]
fn load_languages() -> Languages {
    Languages::load().unwrap()
}

#[divan::bench(args = input::parsed())]
fn parse(bencher: Bencher<'_, '_>, language: &str) {
    let cases = input::cases(language);
    let bytes: usize = cases.iter().map(|case| case.blob.bytes.len()).sum();
    let errors = |case: &Case| LANGUAGES.syntax_errors(case.blob.path(), &case.blob.bytes).unwrap_or_default();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| cases.iter().map(errors).sum::<usize>());
}

/// Locates the values of each fixture and puts references in their place.
#[divan::bench(args = input::languages())]
fn rewrite(bencher: Bencher<'_, '_>, language: &str) {
    let cases = input::cases(language);
    let around = Surroundings::default();
    let rewrite = |case: &Case| {
        let requests = input::requests(LANGUAGES.locate(&case.blob, &case.located));
        // a fixture that needs the files round it is left as it is
        let fixes = LANGUAGES.rewrite(&case.blob, &requests, &around).unwrap_or_default();
        let own = fixes.iter().filter(|fix| fix.path == case.blob.path());
        own.map(|fix| input::edited(&case.blob, fix)).sum::<usize>()
    };
    let all = || cases.iter().map(rewrite).sum::<usize>();
    assert!(all() > 0, "{language}: nothing is rewritten");
    let values: usize = cases.iter().map(|case| case.located.len()).sum();
    bencher.counter(ItemsCount::new(values)).bench_local(all);
}

//! `arnify rules bench`: what each rule costs, on files and on input made against it.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::cli::{BenchOrder, Format, RulesBench};
use crate::failure::{Exit, Failure};
use crate::model::Coverage;
use crate::scan::{BOUND, Bench, RuleCost, Scanner, worst};
use crate::settings::Settings;
use crate::ui::{Ui, count};
use crate::walk::Reader;

/// Measures all rules on the selection and shows the costliest.
pub(super) fn run(settings: &Settings, args: &RulesBench, ui: &mut Ui) -> Result<Exit, Failure> {
    let format = super::human_or_json(settings.format, "rules bench")?;
    let scanner = super::scan::scanner((settings, ui), crate::secret::Salt::derive(b"rules bench"))?;
    let mut found = super::scan::sources(settings)?;
    let reader = Reader::new(settings.scan.max_file_size);
    let (mut bench, mut coverage) = (Bench::new(&scanner), Coverage::default());
    let bar = ui.progress();
    let (total, mut done) = (found.ahead(), 0);
    for source in &mut found {
        let is_source = source.is_ok();
        match source.and_then(|source| reader.read(&source)) {
            Ok(blob) => bench.add(&scanner, &blob),
            Err(skip) => coverage.skip(skip),
        }
        done += usize::from(is_source);
        bar.set((done, total), bench.bytes, String::new);
    }
    drop(bar);
    super::scan::refuse_nothing(settings, &found)?;
    coverage.gaps.sort();
    let table = Table::new(&scanner, &bench, args.by);
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&table)? + "\n",
        _ => table.human(args.top),
    };
    super::deliver(settings, ui, &text)?;
    Ok(super::tell_gaps(&coverage, ui))
}

/// What a bench tells.
#[derive(Serialize)]
struct Table<'a> {
    v: u8,
    files: usize,
    bytes: u64,
    keywords_ns: u64,
    structure_ns: u64,
    decoding_ns: u64,
    rules_ns: u64,
    bound_ns_per_byte: f64,
    rules: Vec<Row<'a>>,
}

/// One rule's costs.
#[derive(Serialize)]
struct Row<'a> {
    rule: &'a str,
    /// Of the time of all rules, from 0 to 1.
    share: f64,
    time_ns: u64,
    keyword_hits: usize,
    matches: usize,
    candidates: usize,
    /// On the worst of the inputs made against it; none for a rule without a regex.
    adversarial_ns_per_byte: Option<f64>,
}

impl<'a> Table<'a> {
    fn new(scanner: &'a Scanner, bench: &Bench, by: BenchOrder) -> Self {
        let all: Duration = bench.rules.iter().map(|cost| cost.time).sum();
        let rules = scanner.rules().rules().iter().zip(&bench.rules);
        let mut rows: Vec<Row<'a>> = rules.map(|(rule, cost)| Row::new(&rule.id, cost, (all, worst(rule)))).collect();
        let cost = |row: &Row<'_>| match by {
            BenchOrder::Time => row.share,
            BenchOrder::Adversarial => row.adversarial_ns_per_byte.unwrap_or(0.0),
        };
        rows.sort_by(|one, other| cost(other).total_cmp(&cost(one)).then(one.rule.cmp(other.rule)));
        Self {
            v: 1,
            files: bench.files,
            bytes: bench.bytes,
            keywords_ns: nanoseconds(bench.keywords),
            structure_ns: nanoseconds(bench.structure),
            decoding_ns: nanoseconds(bench.decoding),
            rules_ns: nanoseconds(all),
            bound_ns_per_byte: BOUND,
            rules: rows,
        }
    }

    fn human(&self, top: usize) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{} ({} bytes), one thread", count(self.files, "file"), self.bytes);
        for (what, time) in [
            ("one pass over all keywords", self.keywords_ns),
            ("keys and values, for the rules that go by keys", self.structure_ns),
            ("encoded text", self.decoding_ns),
            ("regexes and judging of all rules", self.rules_ns),
        ] {
            let _ = writeln!(text, "{:>12}  {what}", milliseconds(time));
        }
        let _ = writeln!(text, "\n share       time      hits   matches  candidates  adversarial  rule");
        for row in self.rules.iter().take(top) {
            let worst = row.adversarial_ns_per_byte.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.1} ns/B"));
            let _ = writeln!(
                text,
                "{:>5.1} % {:>10} {:>9} {:>9} {:>11}  {worst:>11}  {}",
                row.share * 100.0,
                milliseconds(row.time_ns),
                row.keyword_hits,
                row.matches,
                row.candidates,
                row.rule
            );
        }
        let _ = writeln!(
            text,
            "{} of {} rules; `--top N` shows more. Times are those of this machine and this run.",
            self.rules.len().min(top),
            self.rules.len()
        );
        text
    }
}

impl<'a> Row<'a> {
    fn new(rule: &'a str, cost: &RuleCost, (all, worst): (Duration, Option<f64>)) -> Self {
        let share = if all.is_zero() { 0.0 } else { cost.time.as_secs_f64() / all.as_secs_f64() };
        Self {
            rule,
            share,
            time_ns: nanoseconds(cost.time),
            keyword_hits: cost.keyword_hits,
            matches: cost.matches,
            candidates: cost.candidates,
            adversarial_ns_per_byte: worst,
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn milliseconds(time: u64) -> String {
    let tenths = time / 100_000;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

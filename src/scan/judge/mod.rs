//! Judges candidates: features, then a score, then a confidence and a verdict, all in one place.
//!
//! References to secrets that lie elsewhere are never findings. Generic candidates are scored by the model; values
//! in a vendor's own format need no proof beyond it; values that a provider's keyword announces must look random.

mod bytes;
mod features;
mod memory;
mod model;
mod needles;
mod value;
mod words;

pub(crate) use features::{Subject, compute, names};

pub(crate) use value::entropy;

use std::sync::LazyLock;

use super::format::Format;
use super::keyvalue::{Quote, Sign};
use crate::model::{Confidence, Verdict};
use crate::rules::validators::{self, Check};
use crate::rules::{Rule, ValueClass};
use features::{Features, Stage, Values};
use model::{Model, Score};
use words::Words;

/// What the judge made of a candidate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) confidence: Confidence,
    pub(crate) verdict: Verdict,
    pub(crate) signals: Vec<String>,
}

/// Family of the rules whose candidates the model scores.
const GENERIC: &str = "generic";

/// Whether the model scores this rule's candidates.
pub(crate) fn is_generic(rule: &Rule) -> bool {
    rule.family == GENERIC && rule.value == ValueClass::Keyed
}

/// Judges one candidate; `None` when it is no credential.
pub(crate) fn judge(rule: &Rule, subject: &Subject<'_>) -> Option<Judgement> {
    judge_by(rule, subject, generic)
}

/// The same by all features at once: what it is tested against.
#[cfg(test)]
pub(crate) fn judge_plainly(rule: &Rule, subject: &Subject<'_>) -> Option<Judgement> {
    judge_by(rule, subject, |subject| {
        let features: Values = compute(subject).try_into().ok()?;
        let hopeless = is_hopeless(subject.value.of(subject.bytes));
        if hopeless { None } else { conclude(subject, &features, model::tests::plain_probability(&features)) }
    })
}

type Generic = fn(&Subject<'_>) -> Option<Judgement>;

fn judge_by(rule: &Rule, subject: &Subject<'_>, generic: Generic) -> Option<Judgement> {
    let value = subject.value.of(subject.bytes);
    if rule.entropy.is_some_and(|least| entropy(value) <= least) {
        return None;
    }
    let mut judgement = match rule.value {
        ValueClass::Keyed if is_generic(rule) => generic(subject)?,
        ValueClass::Keyed => keyed(rule, value)?,
        ValueClass::Specific => specific(rule, value),
        ValueClass::Hash => hash(value),
    };
    validate(rule, value, &mut judgement);
    place(subject, &mut judgement);
    Some(judgement)
}

/// Judges a value that another tool vouches for and no rule sees; `None` when it is a reference to a secret that lies
/// elsewhere, or no text.
pub(crate) fn vouched(value: &[u8]) -> Option<Judgement> {
    if is_hopeless(value) {
        return None;
    }
    if value::is_dummy(value) {
        return Some(example("documented example or dummy"));
    }
    Some(Judgement { confidence: Confidence::Medium, verdict: Verdict::Likely, signals: Vec::new() })
}

/// Whether a candidate is out of the question before any scoring.
pub(crate) fn is_hopeless(value: &[u8]) -> bool {
    value.len() < 2
        || value.iter().any(|b| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
        || value::is_reference(value)
}

/// A value as it stands and as its reader gets it.
#[derive(Clone, Copy, Hash)]
struct Text<'t> {
    value: &'t [u8],
    content: &'t [u8],
}

/// What a value tells of itself.
#[derive(Clone)]
struct ByValue {
    features: Features,
    score: Score<'static>,
    /// Whether the score may be enough.
    may: bool,
}

/// Scores a candidate stage by stage, until it's ruled out: so nearly all are.
fn generic(subject: &Subject<'_>) -> Option<Judgement> {
    let (value, content) = (subject.value.of(subject.bytes), subject.content());
    let ByValue { mut features, mut score, mut may } = memory::recall_or(Text { value, content: &content }, look_at)?;
    if may {
        features::of_setting(subject, &content, &mut features);
        may = score.may_reach(Stage::Setting, features.values());
    }
    if !may && below(subject).is_none() {
        return None;
    }
    features::of_search(subject, &mut features);
    let may = may && score.may_reach(Stage::Search, features.values());
    conclude(subject, features.values(), if may { score.probability() } else { 0.0 })
}

/// What a value tells of itself; `None` when it is no credential under any key.
fn look_at(text: Text<'_>) -> Option<ByValue> {
    let Text { value, content } = text;
    if is_hopeless(value) {
        return None;
    }
    let model = Model::get();
    let [low, ..] = model.thresholds;
    let (mut features, mut score) = (Features::new(), model.score(low));
    features::of_value(content, &mut features);
    let may = score.may_reach(Stage::Value, features.values());
    (may || value != content || !is_dull(value)).then_some(ByValue { features, score, may })
}

/// Whether a value that scores too low is not reported for another reason, either.
fn is_dull(value: &[u8]) -> bool {
    value::random_core(value) == 0 && !value::is_placeholder(value) && !value::is_weak(value)
}

/// What follows from the probability that a candidate is a credential. All below the lowest threshold are alike.
fn conclude(subject: &Subject<'_>, features: &Values, probability: f32) -> Option<Judgement> {
    let [low, medium, high] = Model::get().thresholds;
    let told = |signal: &str, verdict| {
        let mut signals = describe(subject, features);
        signals.push(signal.to_owned());
        Some(Judgement { confidence: Confidence::Low, verdict, signals })
    };
    if probability < low {
        let (signal, verdict) = below(subject)?;
        return told(signal, verdict);
    }
    if value::is_blank(subject.value.of(subject.bytes)) {
        return told("placeholder", Verdict::Example);
    }
    let mut signals = describe(subject, features);
    let (confidence, verdict) = if probability >= high {
        (Confidence::High, Verdict::Likely)
    } else if probability >= medium {
        (Confidence::Medium, Verdict::Likely)
    } else if is_drawn(subject) {
        signals.push("drawn at random".to_owned());
        (Confidence::Medium, Verdict::Likely)
    } else {
        (Confidence::Low, Verdict::Doubtful)
    };
    signals.push(format!("score {:.0}%", probability * 100.0));
    Some(Judgement { confidence, verdict, signals })
}

/// Why a candidate that scores too low is reported all the same, and as what; `None` when it isn't.
fn below(subject: &Subject<'_>) -> Option<(&'static str, Verdict)> {
    if has_random_core(subject) {
        Some(("random under a certain key", Verdict::Doubtful))
    } else if is_weak_password(subject) {
        Some(("weak password", Verdict::Doubtful))
    } else if is_certain_placeholder(subject) {
        Some(("placeholder", Verdict::Example))
    } else {
        None
    }
}

/// Whether the model's doubt is about chance: a value drawn at random may hold a word, or letters in order, and is
/// a credential all the same under a key that says what it is and nothing else.
fn is_drawn(subject: &Subject<'_>) -> bool {
    let certain = subject.pair.is_none_or(|pair| pair.class.is_certain());
    let content = subject.content();
    certain && subject.rule != "generic-key" && value::is_drawn(&content) && !value::is_placeholder(&content)
}

/// Whether something that stands for a value stands under a key that says what it is and nothing else.
fn is_certain_placeholder(subject: &Subject<'_>) -> bool {
    let certain = subject.pair.is_none_or(|pair| pair.class.tail == 0 && pair.class.whole);
    certain && value::is_placeholder(subject.value.of(subject.bytes))
}

/// Whether a literal that the model takes for a stand-in is what people use as a password, under a key that says
/// "password" and nothing else.
fn is_weak_password(subject: &Subject<'_>) -> bool {
    let value = subject.value.of(subject.bytes);
    let Some(pair) = subject.pair else { return false };
    let certain = subject.rule == "generic-password" && pair.class.is_certain();
    let literal = pair.quote != Quote::Bare || subject.format != Format::Code;
    certain && literal && value::is_weak(value)
}

/// Whether a literal that the model takes for code, because of the quotes, escapes or dollar signs in it, has
/// something random at its core, under a key that says what it is and nothing else.
fn has_random_core(subject: &Subject<'_>) -> bool {
    let Some(pair) = subject.pair else { return false };
    let certain = pair.class.is_certain() && subject.rule != "generic-key";
    let written = pair.quote != Quote::Bare && matches!(pair.sign, Sign::Assign | Sign::Colon | Sign::Arrow);
    let content = subject.content();
    let like_code = content.iter().any(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\' | b'$' | b' '));
    // a leading dollar sign names the scheme of a hash, or a variable
    let core = if content.first() == Some(&b'$') { 0 } else { value::random_core(&content) };
    certain && written && like_code && core * 4 >= content.len().max(1) && !value::is_placeholder(&content)
}

/// A provider's keyword stands near: the value must be neither a stand-in nor made of words.
fn keyed(rule: &Rule, value: &[u8]) -> Option<Judgement> {
    if is_hopeless(value) {
        return None;
    }
    if value::is_placeholder(value) {
        return Some(example("placeholder"));
    }
    let lower = value.to_ascii_lowercase();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let worded = Words::get().coverage(&lower, 4) > 0.75 && digits * 6 < value.len();
    let flat = value.len() >= 16 && entropy(value) < 2.5;
    let code = value.iter().any(|b| matches!(b, b'(' | b')' | b' ')) && digits == 0;
    (!worded && !flat && !code).then(|| found(rule, "keyword"))
}

fn specific(rule: &Rule, value: &[u8]) -> Judgement {
    if value::is_dummy(value) { example("documented example or dummy") } else { found(rule, "format") }
}

fn hash(value: &[u8]) -> Judgement {
    let verdict = if value::is_dummy(value) { Verdict::Example } else { Verdict::Hash };
    Judgement { confidence: Confidence::Low, verdict, signals: vec!["a hash, no credential to move".to_owned()] }
}

fn found(rule: &Rule, signal: &str) -> Judgement {
    let verdict = if rule.confidence == Confidence::Low { Verdict::Doubtful } else { Verdict::Likely };
    Judgement { confidence: rule.confidence, verdict, signals: vec![signal.to_owned()] }
}

fn example(signal: &str) -> Judgement {
    Judgement { confidence: Confidence::Low, verdict: Verdict::Example, signals: vec![signal.to_owned()] }
}

fn validate(rule: &Rule, value: &[u8], judgement: &mut Judgement) {
    let Some(name) = &rule.validator else { return };
    match validators::check(name, value) {
        Check::Passed => judgement.signals.push(format!("{name} holds")),
        Check::Failed => {
            judgement.confidence = lower(judgement.confidence);
            judgement.signals.push(format!("{name} fails"));
        }
        Check::Silent => {}
    }
}

/// Test, example and documentation paths lower the confidence by a step and hide nothing.
fn place(subject: &Subject<'_>, judgement: &mut Judgement) {
    let traits = subject.traits;
    for (on, signal) in [(traits.test, "test path"), (traits.example, "example path"), (traits.docs, "documentation")] {
        if on {
            judgement.signals.push(signal.to_owned());
        }
    }
    // the model has seen the path already
    if subject.pair.is_none() && (traits.test || traits.example || traits.docs) {
        judgement.confidence = lower(judgement.confidence);
    }
}

fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::High => Confidence::Medium,
        Confidence::Medium | Confidence::Low => Confidence::Low,
    }
}

/// The features that a person would name, in words; never a part of the value.
fn describe(subject: &Subject<'_>, features: &Values) -> Vec<String> {
    static NAMED: LazyLock<[usize; 4]> = LazyLock::new(|| {
        let position = |name: &str| names().iter().position(|known| *known == name).unwrap_or(usize::MAX);
        ["coverage4", "likelihood", "classes", "times"].map(position)
    });
    let [coverage, likelihood, classes, times] = NAMED.map(|at| features.get(at).copied().unwrap_or(0.0));
    let mut signals = Vec::new();
    if let Some(pair) = subject.pair {
        let certain = pair.class.tail == 0 && pair.class.whole;
        signals.push(if certain { "certain key" } else { "possible key" }.to_owned());
    }
    if coverage > 0.7 {
        signals.push("made of words".to_owned());
    } else if likelihood < -4.5 || classes >= 3.0 {
        signals.push("looks random".to_owned());
    }
    if subject.pair.is_some_and(|pair| pair.quote == Quote::Bare) {
        signals.push("no quotes".to_owned());
    }
    if times > 3.0 {
        signals.push("repeated in the file".to_owned());
    }
    signals
}

//! Judges candidates: features, then a score, then a confidence and a verdict, all in one place.
//!
//! References to secrets that lie elsewhere are never findings. Generic candidates are scored by the model; values
//! in a vendor's own format need no proof beyond it; values that a provider's keyword announces must look random.

mod features;
mod model;
mod value;
mod words;

pub(crate) use features::{Subject, compute, names};

use features::compute_in_part;
pub(crate) use value::entropy;

use super::format::Format;
use super::keyvalue::{Quote, Sign};

use crate::model::{Confidence, Verdict};
use crate::rules::validators::{self, Check};
use crate::rules::{Rule, ValueClass};
use model::Model;
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
    judge_by(rule, subject, |subject| if is_ruled_out(subject) { None } else { generic(subject) })
}

/// The same without the short cut: what it is tested against.
#[cfg(test)]
pub(crate) fn judge_plainly(rule: &Rule, subject: &Subject<'_>) -> Option<Judgement> {
    judge_by(rule, subject, generic)
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

/// Whether what is cheap to know tells that a candidate is none: so it is for nearly all.
fn is_ruled_out(subject: &Subject<'_>) -> bool {
    let model = Model::get();
    let [low, ..] = model.thresholds;
    is_hopeless(subject.value.of(subject.bytes))
        || !model.may_reach(&compute_in_part(subject), low) && !stays_below(subject)
}

fn generic(subject: &Subject<'_>) -> Option<Judgement> {
    let value = subject.value.of(subject.bytes);
    if is_hopeless(value) {
        return None;
    }
    let model = Model::get();
    let [low, medium, high] = model.thresholds;
    let features = compute(subject);
    let probability = model.probability(&features);
    let mut signals = describe(subject, &features);
    if probability >= low && value::is_blank(value) {
        signals.push("placeholder".to_owned());
        return Some(Judgement { confidence: Confidence::Low, verdict: Verdict::Example, signals });
    }
    if probability < low && has_random_core(subject) {
        signals.push("random under a certain key".to_owned());
        return Some(Judgement { confidence: Confidence::Low, verdict: Verdict::Doubtful, signals });
    }
    if probability < low && is_weak_password(subject) {
        signals.push("weak password".to_owned());
        return Some(Judgement { confidence: Confidence::Low, verdict: Verdict::Doubtful, signals });
    }
    if probability < low {
        if !is_certain_placeholder(subject) {
            return None;
        }
        signals.push("placeholder".to_owned());
        return Some(Judgement { confidence: Confidence::Low, verdict: Verdict::Example, signals });
    }
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

/// Whether the model's doubt is about chance: a value drawn at random may hold a word, or letters in order, and is
/// a credential all the same under a key that says what it is and nothing else.
fn is_drawn(subject: &Subject<'_>) -> bool {
    let certain = subject.pair.is_none_or(|pair| pair.class.is_certain());
    let content = subject.content();
    certain && subject.rule != "generic-key" && value::is_drawn(&content) && !value::is_placeholder(&content)
}

/// Whether a candidate that scores too low is reported all the same.
fn stays_below(subject: &Subject<'_>) -> bool {
    has_random_core(subject) || is_weak_password(subject) || is_certain_placeholder(subject)
}

/// Whether something that stands for a value stands under a key that says what it is and nothing else.
fn is_certain_placeholder(subject: &Subject<'_>) -> bool {
    let certain = subject.pair.is_none_or(|pair| pair.class.tail == 0 && pair.class.whole);
    certain && value::is_placeholder(subject.value.of(subject.bytes))
}

/// Whether a literal that the model takes for a stand-in is what people use as a password: under a key that says
/// "password" and nothing else, letters and digits, none of its words a stand-in (`admin123`, but not `test123`).
fn is_weak_password(subject: &Subject<'_>) -> bool {
    let value = subject.value.of(subject.bytes);
    let Some(pair) = subject.pair else { return false };
    let certain = subject.rule == "generic-password" && pair.class.is_certain();
    let literal = pair.quote != Quote::Bare || subject.format != Format::Code;
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let mixed = value.iter().all(u8::is_ascii_alphanumeric) && digits > 0 && digits < value.len() && value.len() >= 6;
    certain && literal && mixed && !value::is_placeholder(value) && !value::has_stand_in(value)
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
fn describe(subject: &Subject<'_>, features: &[f32]) -> Vec<String> {
    let of = |name: &str| names().iter().position(|n| *n == name).and_then(|i| features.get(i)).copied().unwrap_or(0.0);
    let mut signals = Vec::new();
    if subject.pair.is_some() {
        let certain = of("key_tail") == 0.0 && of("key_whole") > 0.0;
        signals.push(if certain { "certain key" } else { "possible key" }.to_owned());
    }
    if of("coverage4") > 0.7 {
        signals.push("made of words".to_owned());
    } else if of("likelihood") < -4.5 || of("classes") >= 3.0 {
        signals.push("looks random".to_owned());
    }
    if of("quote_bare") > 0.0 {
        signals.push("no quotes".to_owned());
    }
    if of("times") > 3.0 {
        signals.push("repeated in the file".to_owned());
    }
    signals
}

//! A plan for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Applicability, Cost, Entry, HeldBack, Place, Plan, Proposed, ValueShape};
use crate::ui::{BOLD, DIM, GREEN, RED, YELLOW, count, paint, sanitise};

/// The plan as text; `color` decides on ANSI styles.
pub fn human(plan: &Plan<Proposed>, color: bool) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(text, "{}", headline(plan));
    for entry in &plan.entries {
        show_entry(&mut text, entry, color);
    }
    if let Some(entry) = plan.entries.first() {
        let tags: Vec<String> = common_tags(plan, entry).iter().map(|(key, value)| format!("{key}={value}")).collect();
        let _ = writeln!(text, "\nTags on each: {}, and its own arnify:rule and arnify:source", tags.join(", "));
        if let Some(key) = &entry.kms_key_id {
            let _ = writeln!(text, "Encrypted with KMS key {key}");
        }
    }
    text.push_str(&conflicts(plan, color));
    show_steps(&mut text, plan, color);
    text.push_str(&held_back(&plan.held_back, color));
    text
}

fn headline(plan: &Plan<Proposed>) -> String {
    let places: usize = plan.entries.iter().map(|entry| entry.places.len()).sum();
    match plan.entries.len() {
        0 => "Nothing to store.".to_owned(),
        secrets => {
            format!("{} for {}; {}", count(secrets, "secret"), count(places, "place"), price(plan.cost))
        }
    }
}

fn price(cost: Cost) -> String {
    let monthly = cost.monthly.div_ceil(100);
    format!("{}.{:02} USD a month in AWS, and under 0.01 USD for this run's calls", monthly / 100, monthly % 100)
        .replace("and under 0.01 USD", if cost.run > 100 { "and over 0.01 USD" } else { "and under 0.01 USD" })
}

fn show_entry(text: &mut String, entry: &Entry<Proposed>, color: bool) {
    let shape = match &entry.shape {
        ValueShape::Plain => "plain text".to_owned(),
        ValueShape::Json { what: Some(what), keys } => format!("{what}, JSON: {}", keys.join(", ")),
        ValueShape::Json { what: None, keys } => format!("JSON: {}", keys.join(", ")),
    };
    let _ = writeln!(text, "\n{}  ({shape})", paint(&entry.name, BOLD, color));
    let _ = writeln!(text, "  {}", paint(&sanitise(&entry.description), DIM, color));
    for place in &entry.places {
        let _ = writeln!(text, "  {}", show_place(place, color));
    }
    for warning in &entry.warnings {
        let _ = writeln!(text, "  {}: {warning}", paint("warning", YELLOW, color));
    }
}

fn show_place(place: &Place, color: bool) -> String {
    let at = format!("{}:{}:{}", sanitise(&place.path), place.region.line, place.region.column);
    let mark = match place.site.applicability {
        Applicability::Safe => paint("safe", GREEN, color),
        Applicability::Review => paint("review", YELLOW, color),
        Applicability::Manual => paint("manual", RED, color),
    };
    let key = place.key.as_ref().map(|key| format!(", key {}", sanitise(key))).unwrap_or_default();
    format!("{at}  {mark}  {}{key}", sanitise(&place.site.title))
}

/// Tags that all entries share.
fn common_tags<'a>(plan: &Plan<Proposed>, first: &'a Entry<Proposed>) -> BTreeMap<&'a str, &'a str> {
    let shared = |key: &String, value: &String| plan.entries.iter().all(|entry| entry.tags.get(key) == Some(value));
    let own = ["arnify:rule", "arnify:source"];
    let tags = first.tags.iter().filter(|(key, value)| !own.contains(&key.as_str()) && shared(key, value));
    tags.map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// Resources with different values: what is the same, and where each value stands. Empty without any.
pub fn conflicts<S>(plan: &Plan<S>, color: bool) -> String {
    let mut text = String::new();
    for conflict in &plan.conflicts {
        let same = conflict.same.join(", ");
        let head = format!("{} with different values (same {same}):", conflict.what);
        let _ = writeln!(text, "\n{}", paint(&head, YELLOW, color));
        for entry in plan.entries.iter().filter(|entry| conflict.entries.contains(&entry.id)) {
            let places: Vec<_> =
                entry.places.iter().map(|place| format!("{}:{}", sanitise(&place.path), place.region.line)).collect();
            let _ = writeln!(text, "  one at {}", places.join(", "));
        }
    }
    text
}

/// What `review` rewrites leave to do, each step once.
fn show_steps(text: &mut String, plan: &Plan<Proposed>, color: bool) {
    let places = plan.entries.iter().flat_map(|entry| &entry.places);
    let steps = places.filter_map(|place| place.site.step.as_deref());
    text.push_str(&left_to_do(steps, color));
}

/// A list of steps, each once, under a heading; empty without steps.
pub(super) fn left_to_do<'a>(steps: impl Iterator<Item = &'a str>, color: bool) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for step in steps {
        // A step that another one begins with is said by that one.
        let stem = |text: &str| text.trim_end_matches('.').to_owned();
        if !seen.iter().any(|known| known.starts_with(&stem(step))) {
            seen.retain(|known| !step.starts_with(&stem(known)));
            seen.push(step);
        }
    }
    if seen.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = seen.iter().map(|step| format!("  - {}", sanitise(step))).collect();
    format!("\n{}\n{}\n", paint("Left to do after the rewrite:", BOLD, color), lines.join("\n"))
}

/// The findings that stay, with the reason; those with one reason together.
pub(super) fn held_back(held_back: &[HeldBack], color: bool) -> String {
    if held_back.is_empty() {
        return String::new();
    }
    let mut by_reason: BTreeMap<&str, Vec<&HeldBack>> = BTreeMap::new();
    for held in held_back {
        by_reason.entry(&held.reason).or_default().push(held);
    }
    let stay = if held_back.len() == 1 { "stays as it is" } else { "stay as they are" };
    let mut text = format!("\n{} {stay}:\n", count(held_back.len(), "finding"));
    for (reason, group) in by_reason {
        let _ = writeln!(text, "  {}", paint(&sanitise(reason), DIM, color));
        for held in group {
            let _ = writeln!(text, "    {}:{}  {}", sanitise(&held.path), held.region.line, held.rule);
        }
    }
    text
}

//! Inline markers by which a file asks to pass over a finding: arnify's own with rule, reason and end date, and
//! those of other scanners.

use crate::model::{Blob, Span};

/// What a marker says about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Pass over it; the words for the report.
    PassOver(String),
    /// The marker doesn't hold: its end date has passed, or it is written wrong; the words for the report.
    Void(String),
}

const OWN: &[u8] = b"arnify:allow";

/// Markers of other scanners that hold for their own line.
const FOREIGN: [&str; 12] = [
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "pragma:allowlist secret",
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "ggignore",
    "secretlint-disable-line",
    "arnify:ignore",
    "gitleaks:ignore",
    "trufflehog:allow",
];
/// Markers that hold for the line below.
const FOREIGN_NEXT: [&str; 3] =
    ["pragma: allowlist nextline secret", "pragma: whitelist nextline secret", "secretlint-disable-next-line"];

/// Looks for a marker on the value's lines and on the line above. `today` is `YYYY-MM-DD`.
pub(crate) fn request(blob: &Blob, value: Span, rule: &str, today: &str) -> Option<Request> {
    let first = blob.lines().line_of(&blob.bytes, value.start);
    let last = blob.lines().line_of(&blob.bytes, value.end.saturating_sub(1).max(value.start));
    let line = |number: usize| blob.lines().line_span(&blob.bytes, number).map(|span| span.of(&blob.bytes));
    let last = (last > first).then_some(last);
    for number in std::iter::once(first).chain(last) {
        if let Some(request) = line(number).and_then(|text| on_line(text, rule, today)) {
            return Some(request);
        }
    }
    let above = first.checked_sub(1).and_then(line)?;
    let short = tail(above);
    if find(short, &FOREIGN_NEXT).is_some() {
        return Some(Request::PassOver("marker on the line above".to_owned()));
    }
    is_comment(above).then(|| own(short, rule, today)).flatten()
}

/// Markers stand at a line's end: only so much of it is looked at.
const TAIL: usize = 1024;

fn tail(line: &[u8]) -> &[u8] {
    line.get(line.len().saturating_sub(TAIL)..).unwrap_or_default()
}

fn on_line(line: &[u8], rule: &str, today: &str) -> Option<Request> {
    let line = tail(line);
    if let Some(request) = own(line, rule, today) {
        return Some(request);
    }
    find(line, &FOREIGN).map(|marker| Request::PassOver(marker.to_owned()))
}

/// The first of the markers that the line has.
fn find<'m>(line: &[u8], markers: &[&'m str]) -> Option<&'m str> {
    let lower = line.to_ascii_lowercase();
    let is_there = |marker: &&str| {
        let mut places = memchr::memmem::find_iter(&lower, marker.as_bytes());
        places.any(|at| !marker.starts_with("arnify:") || rest_of_marker(&lower, at + marker.len()).is_some())
    };
    markers.iter().copied().find(is_there)
}

fn is_comment(line: &[u8]) -> bool {
    let head = line.trim_ascii_start();
    ["#", "//", "/*", "*", "--", "<!--", ";", "%", "'", "REM ", "{/*"]
        .iter()
        .any(|mark| head.starts_with(mark.as_bytes()))
}

/// `arnify:allow[rule-a,rule-b] until=YYYY-MM-DD -- reason`
///
/// What is written wrong makes the marker void: else a slip would allow more than was meant, and for ever. The first
/// marker of the line decides, for its reason may speak of another.
fn own(line: &[u8], rule: &str, today: &str) -> Option<Request> {
    let rest = memchr::memmem::find_iter(line, OWN).find_map(|at| rest_of_marker(line, at + OWN.len()))?;
    let rest = String::from_utf8_lossy(rest).into_owned();
    let (rules, rest) = match rest.trim_start().strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((rules, rest))) => (Some(rules), rest),
        Some(None) => return Some(Request::Void("the marker's [ has no ]".to_owned())),
        None => (None, rest.as_str()),
    };
    if rules.is_some_and(|rules| !rules.split(',').any(|id| id.trim() == rule)) {
        return None;
    }
    let (terms, reason) = rest.split_once("--").unwrap_or((rest, ""));
    if let Some(void) = terms.split_whitespace().filter_map(until).find_map(|day| ended(day, today)) {
        return Some(Request::Void(void.to_owned()));
    }
    let reason = reason.trim().trim_end_matches(['*', '/', '>', '-', ' ']);
    let words = if reason.is_empty() { "allowed here".to_owned() } else { format!("allowed here: {reason}") };
    Some(Request::PassOver(words))
}

/// What follows a marker's word that ends at `at`; `None` when a longer word stands there.
fn rest_of_marker(line: &[u8], at: usize) -> Option<&[u8]> {
    let rest = line.get(at..)?;
    let ends = match rest {
        [] | [b'-', b'-', ..] => true,
        [next, ..] => next.is_ascii_whitespace() || br#"[*%#})]>"',;"#.contains(next),
    };
    ends.then_some(rest)
}

/// The day of a term `until=DAY`; of one that is written otherwise (`until:`, `Until`), no day.
fn until(term: &str) -> Option<&str> {
    let (word, day) = term.split_at_checked("until".len())?;
    let is_until = word.eq_ignore_ascii_case("until") && !day.starts_with(|next: char| next.is_alphanumeric());
    let closers = ['*', '/', '}', '"', '\'', ')', ',', ';'];
    is_until.then(|| day.strip_prefix('=').unwrap_or_default().trim_end_matches(closers))
}

/// Why a marker that holds until `day` no longer does.
fn ended(day: &str, today: &str) -> Option<&'static str> {
    // The parser takes other forms too, which don't compare as text.
    let is_date = day.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == day) && day.len() == 10;
    match is_date {
        false => Some("the marker's until= is no date YYYY-MM-DD"),
        true if day < today => Some("allowed only until a day that has passed"),
        true => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Source};

    fn ask(text: &str) -> Option<Request> {
        let source = Source { path: "a".into(), tree_path: "a".into(), origin: Origin::Stdin, explicit: true };
        let start = text.find("V4lue").unwrap();
        request(&Blob::new(source, text.into()), Span::new(start, start + 5), "generic-password", "2026-11-24")
    }

    #[test]
    fn own_markers_know_rule_reason_and_end() {
        let passed = |text| matches!(ask(text), Some(Request::PassOver(_)));
        assert!(passed("p = 'V4lue' # arnify:allow"));
        assert!(passed("p = 'V4lue' # arnify:allow[generic-password] until=2026-11-24 -- a test"));
        assert_eq!(ask("p = 'V4lue' # arnify:allow[other]"), None);
        assert!(passed("# arnify:allow -- fixture\np = 'V4lue'"));
        assert_eq!(ask("x = 1 # arnify:allow\np = 'V4lue'"), None);
        assert!(matches!(ask("p = 'V4lue' # arnify:allow until=2026-11-23"), Some(Request::Void(_))));
        assert!(matches!(ask("p = 'V4lue' // arnify:allow -- why"), Some(Request::PassOver(w)) if w.ends_with("why")));
    }

    #[test]
    fn a_marker_that_is_written_wrong_allows_nothing() {
        for text in [
            "until=31-12-2020",
            "until=never-ever",
            "until=Dec-31-202",
            "until=2026-13-01",
            "until=2026-02-30",
            "until=2099-1-1",
            "until=20991231",
            "until=",
            "until 2099-12-31",
            "Until=2099-12-31x",
            "until: 2020-01-01",
            "until=2099-12-31 until=2020-01-01",
            "until=2020-01-01 -- as arnify:allow has it",
            "[generic-password -- x",
            "[other-rule -- x",
        ] {
            for line in [format!("p = 'V4lue' # arnify:allow {text}"), format!("# arnify:allow {text}\np = 'V4lue'")] {
                let request = ask(&line);
                assert!(!matches!(request, Some(Request::PassOver(_))), "{line}: {request:?}");
            }
            assert!(matches!(ask(&format!("p = 'V4lue' # arnify:allow {text}")), Some(Request::Void(_))), "{text}");
        }
        assert!(matches!(ask("p = 'V4lue' # arnify:allow[other-rule -- x"), Some(Request::Void(_))));
    }

    #[test]
    fn the_word_of_a_marker_ends() {
        for longer in ["arnify:allowed-values: foo", "arnify:allow-list", "arnify:allow_x", "arnify:ignored-values: x"]
        {
            assert_eq!(ask(&format!("p = 'V4lue' # {longer}")), None, "{longer}");
            assert_eq!(ask(&format!("# {longer}\np = 'V4lue'")), None, "{longer}");
        }
        assert_eq!(ask("p = 'V4lue' # arnify:allow [other-rule] -- x"), None);
        for text in ["*/", " until=2099-12-31*/", "-->", "\"", " [generic-password] */"] {
            let line = format!("p = 'V4lue' # arnify:allow{text}");
            assert!(matches!(ask(&line), Some(Request::PassOver(_))), "{line}");
        }
    }

    #[test]
    fn other_scanners_markers_are_honoured_and_lint_markers_are_not() {
        for marker in FOREIGN {
            for comment in
                [format!("# {marker}"), format!("// {}", marker.to_uppercase()), format!("<!-- {marker} -->")]
            {
                assert!(matches!(ask(&format!("p = 'V4lue' {comment}")), Some(Request::PassOver(_))), "{comment}");
                assert_eq!(ask(&format!("x {comment}\np = 'V4lue'")), None, "{comment} holds for its own line");
            }
        }
        for marker in FOREIGN_NEXT {
            assert!(ask(&format!("# {marker}\np = 'V4lue'")).is_some(), "{marker}");
            assert_eq!(ask(&format!("p = 'V4lue' # {marker}")), None, "{marker} holds for the next line");
        }
        assert!(ask("p = 'V4lue' # nosec").is_none());
        assert!(ask("p = 'V4lue' # noqa: S105").is_none());
    }
}

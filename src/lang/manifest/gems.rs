//! Ruby's lists of gems: the Gemfile and the gemspec. A call of one kind on a line of its own, with a name in quotes.

use regex::bytes::Regex;

use super::{Addition, insert, line_break};
use crate::lang::data::ManifestToml;
use crate::lang::lines::{line_end, past_break};

/// Adds to a Gemfile, at its top level; where that only refers to a gemspec, the gemspec is the list.
pub(super) fn gemfile(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let calls =
        calls(text, r#"(?m)^(?P<lead>[ \t]*)(?P<call>gem)(?P<open>[ \t]+|\()(?P<quote>["'])(?P<name>[^"']+)["']"#);
    if present(manifest, &calls) {
        return Addition::Present;
    }
    let top: Vec<_> = calls.into_iter().filter(|call| call.lead.is_empty()).collect();
    if top.is_empty() && matches(text, r"(?m)^[ \t]*gemspec\b") {
        return Addition::Unfit;
    }
    if top.is_empty() {
        let line = format!("gem \"{}\", \"~> {}\"", manifest.package, manifest.version);
        let newline = line_break(text);
        return match text.last() {
            None => Addition::Unfit,
            Some(b'\n') => insert(text.len(), format!("{newline}{line}{newline}")),
            Some(_) => insert(text.len(), format!("{newline}{newline}{line}{newline}")),
        };
    }
    place(manifest, text, &top)
}

/// Adds to a gemspec that has dependencies already.
pub(super) fn gemspec(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let pattern = r#"(?m)^(?P<lead>[ \t]*)(?P<call>\w+\.add(?:_runtime)?_dependency)(?P<open>[ \t]+|\()(?P<quote>["'])(?P<name>[^"']+)["']"#;
    let calls = calls(text, pattern);
    if present(manifest, &calls) {
        return Addition::Present;
    }
    if calls.is_empty() { Addition::Unfit } else { place(manifest, text, &calls) }
}

struct Call {
    lead: String,
    verb: String,
    open: String,
    quote: String,
    name: String,
    start: usize,
    /// Just past its last line.
    end: usize,
}

fn calls(text: &[u8], pattern: &str) -> Vec<Call> {
    let Ok(pattern) = Regex::new(pattern) else { return Vec::new() };
    let found = pattern.captures_iter(text).filter_map(|found| {
        let group = |name: &str| found.name(name).map(|group| String::from_utf8_lossy(group.as_bytes()).into_owned());
        let whole = found.get(0)?;
        let (lead, verb, open) = (group("lead")?, group("call")?, group("open")?);
        let end = past_call(text, whole.end());
        Some(Call { lead, verb, open, quote: group("quote")?, name: group("name")?, start: whole.start(), end })
    });
    found.collect()
}

/// Past the line break of a call; a comma or an open bracket at a line's end goes on with the next one.
fn past_call(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let end = line_end(text, at);
        let line = text.get(at..end).unwrap_or_default().trim_ascii_end();
        let next = past_break(text, end);
        if !line.ends_with(b",") && !line.ends_with(b"(") || next == end {
            return next;
        }
        at = next;
    }
}

fn present(manifest: &ManifestToml, calls: &[Call]) -> bool {
    calls.iter().any(|call| call.name == manifest.package)
}

fn matches(text: &[u8], pattern: &str) -> bool {
    Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

fn place(manifest: &ManifestToml, text: &[u8], calls: &[Call]) -> Addition {
    let (Some(first), Some(last)) = (calls.first(), calls.last()) else { return Addition::Unfit };
    let newline = line_break(text);
    let (quote, close) = (&first.quote, if first.open == "(" { ")" } else { "" });
    let line = format!(
        "{}{}{}{quote}{}{quote}, {quote}~> {}{quote}{close}",
        first.lead, first.verb, first.open, manifest.package, manifest.version
    );
    let sorted = calls.is_sorted_by_key(|call| &call.name);
    if let Some(later) = calls.iter().find(|call| call.name > manifest.package).filter(|_| sorted) {
        return insert(later.start, format!("{line}{newline}"));
    }
    let open = last.end > 0 && text.get(last.end - 1) != Some(&b'\n');
    insert(last.end, if open { format!("{newline}{line}") } else { format!("{line}{newline}") })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn a_gemfile_stays_sorted_and_keeps_its_quotes() {
        let form = ManifestForm::Gemfile;
        check(
            form,
            "source 'https://x'\n\ngem 'a'\ngem 'z', '~> 1' # why\n\ngroup :test do\n  gem 'b'\nend\n",
            Some(
                "source 'https://x'\n\ngem 'a'\ngem 'lib', '~> 1.2'\ngem 'z', '~> 1' # why\n\ngroup :test do\n  gem 'b'\nend\n",
            ),
        );
        check(
            form,
            "gem \"z\"\r\ngem \"a\",\r\n    git: \"x\"\r\n",
            Some("gem \"z\"\r\ngem \"a\",\r\n    git: \"x\"\r\ngem \"lib\", \"~> 1.2\"\r\n"),
        );
        check(form, "source \"https://x\"\n", Some("source \"https://x\"\n\ngem \"lib\", \"~> 1.2\"\n"));
        check(form, "gem 'z'", Some("gem 'lib', '~> 1.2'\ngem 'z'"));
        check(form, "gem 'a'", Some("gem 'a'\ngem 'lib', '~> 1.2'"));
        check(form, "source \"https://x\"\ngemspec\n", None);
        check(form, "", None);
    }

    #[test]
    fn a_gemspec_keeps_its_call() {
        let form = ManifestForm::Gemspec;
        check(
            form,
            "Gem::Specification.new do |s|\n  s.add_dependency(\"a\")\n  s.add_development_dependency(\"b\")\nend\n",
            Some(
                "Gem::Specification.new do |s|\n  s.add_dependency(\"a\")\n  s.add_dependency(\"lib\", \"~> 1.2\")\n  s.add_development_dependency(\"b\")\nend\n",
            ),
        );
        check(form, "Gem::Specification.new do |s|\nend\n", None);
    }
}

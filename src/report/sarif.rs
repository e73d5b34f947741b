//! SARIF 2.1.0, for code-scanning pages. The structs are the part of the standard that arnify fills.

use std::collections::BTreeMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Report, Reporter};
use crate::model::{Finding, Severity, Skip, Verdict};
use crate::rules::RuleSummary;

/// What may stand in a URI's path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'!');

pub(super) struct Sarif;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Value,
    locations: [Value; 1],
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    properties: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
}

impl Reporter for Sarif {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let all = report.findings.iter().chain(report.passed);
        let results: Vec<_> = all.map(|finding| result(finding, report.rules)).collect();
        let notifications: Vec<_> = report.coverage.gaps.iter().map(notification).collect();
        let document = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "arnify",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": report.rules.iter().map(rule).collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": report.coverage.is_complete(),
                    "toolExecutionNotifications": notifications,
                }],
                "results": results,
            }],
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

fn rule(rule: &RuleSummary) -> Value {
    let help = [rule.why.as_str(), rule.fix.as_str()].join("\n\n").trim().to_owned();
    let help = if help.is_empty() { rule.description.clone() } else { help };
    let mut value = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.description },
        "help": { "text": help },
    });
    if let (Some(uri), Some(fields)) = (rule.references.first(), value.as_object_mut()) {
        fields.insert("helpUri".into(), json!(uri));
    }
    value
}

fn result<'a>(finding: &'a Finding, rules: &'a [RuleSummary]) -> SarifResult<'a> {
    let index = rules.iter().position(|rule| rule.id == finding.rule);
    let description = index.and_then(|at| rules.get(at)).map_or("plaintext credential", |rule| &rule.description);
    let suppressions = match finding.verdict {
        Verdict::Suppressed => vec![json!({ "kind": "inSource" })],
        Verdict::Example => vec![json!({ "kind": "external", "justification": "an example or placeholder" })],
        Verdict::Likely | Verdict::Doubtful | Verdict::Hash => Vec::new(),
    };
    SarifResult {
        rule_id: &finding.rule,
        rule_index: index,
        level: match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "note",
        },
        message: json!({ "text": description }),
        locations: [location(finding)],
        partial_fingerprints: BTreeMap::from([("arnify/v1", finding.fingerprint.as_str())]),
        properties: properties(finding),
        suppressions,
    }
}

fn properties(finding: &Finding) -> Value {
    let mut all = json!({ "confidence": finding.confidence, "verdict": finding.verdict, "kind": finding.kind });
    for (name, commit) in [("commit", &finding.commit), ("removed", &finding.removed)] {
        if let (Some(commit), Some(fields)) = (commit, all.as_object_mut()) {
            fields.insert(name.into(), json!(commit));
        }
    }
    all
}

fn location(finding: &Finding) -> Value {
    let span = &finding.span;
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&finding.path) },
        "region": {
            "startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column,
            "snippet": { "text": finding.excerpt },
        },
    }})
}

fn notification(gap: &Skip) -> Value {
    let detail = gap.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
    json!({
        "level": "error",
        "message": { "text": format!("{}: {}{detail}", gap.path, gap.reason.label()) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&gap.path) } } }],
    })
}

fn uri(path: &str) -> String {
    let path = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use crate::cli::Format;
    use crate::model::Verdict;

    #[test]
    fn results_gaps_and_suppressions_are_told() {
        let (counts, passed) = (samples::finding(Verdict::Likely), samples::finding(Verdict::Suppressed));
        let text = samples::written(Format::Sarif, &[counts], &[passed]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let run = &value["runs"][0];
        assert_eq!(run["results"][0]["ruleIndex"], 0);
        assert!(run["results"][0].get("suppressions").is_none());
        assert_eq!(run["results"][1]["suppressions"][0]["kind"], "inSource");
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/%1Bapp.py");
        assert_eq!(place["region"]["snippet"]["text"], "DB_PASSWORD = \"********\"");
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let said = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
        assert_eq!(said, "big: too large (9 bytes)");
    }
}

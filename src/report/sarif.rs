//! SARIF 2.1.0 for code-scanning pages. Source: OASIS, "Static Analysis Results Interchange Format Version 2.1.0".

use serde_json::{Value, json};

use super::{Report, RuleSummary, counts};
use crate::model::{Finding, Severity, Skip, Verdict};

/// The whole log. Findings that don't count are in it as suppressed results, which is how SARIF tells them.
///
/// # Errors
/// None in practice: all of it is plain data.
pub fn sarif(report: &Report<'_>) -> Result<String, serde_json::Error> {
    let used: Vec<&String> = {
        let mut ids: Vec<_> = report.findings.iter().map(|finding| &finding.rule).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let rules: Vec<Value> = used.iter().map(|id| rule(id, report.rules.get(*id))).collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| result(finding, used.binary_search(&&finding.rule).unwrap_or_default()))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "arnify",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.coverage.is_complete(),
                "toolExecutionNotifications": report.coverage.gaps.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

fn rule(id: &str, summary: Option<&RuleSummary>) -> Value {
    let Some(summary) = summary else { return json!({ "id": id }) };
    let help = format!("{}\n\n{}", summary.why, summary.fix);
    let mut rule = json!({
        "id": id,
        "name": id,
        "shortDescription": { "text": summary.description },
        "fullDescription": { "text": summary.why },
        "help": { "text": help },
    });
    if let (Some(first), Some(object)) = (summary.references.first(), rule.as_object_mut()) {
        object.insert("helpUri".into(), json!(first));
    }
    rule
}

fn result(finding: &Finding, index: usize) -> Value {
    let span = finding.span;
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": format!("A plaintext credential ({}) stands here.", finding.rule) },
        "partialFingerprints": { "arnify/v1": finding.fingerprint },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.path) },
            "region": {
                "startLine": span.line, "startColumn": span.column,
                "endLine": span.end_line, "endColumn": span.end_column,
            },
            "contextRegion": { "startLine": span.line, "snippet": { "text": finding.excerpt } },
        }}],
        "properties": { "confidence": finding.confidence, "severity": finding.severity, "verdict": finding.verdict },
    });
    if let (false, Some(object)) = (counts(finding), result.as_object_mut()) {
        let kind = if finding.verdict == Verdict::Suppressed { "inSource" } else { "external" };
        object.insert("suppressions".into(), json!([{ "kind": kind, "status": "accepted" }]));
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn notification(gap: &Skip) -> Value {
    let detail = gap.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    json!({
        "level": "error",
        "message": { "text": format!("not read: {}{detail}", gap.reason.label()) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&gap.path) } } }],
    })
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    utf8_percent_encode(path, PATH).to_string()
}

//! Reports of each form, and places in files that have changed since.

use super::*;
use crate::model::{Blob, Confidence, Kind, Located, Origin, Source, Stands};
use crate::rules::RuleSet;
use crate::scan::{ScanOptions, Scanner};
use crate::secret::Salt;

/// Drawn anew for each use, so that no scanner of a hosting service finds one in this file.
fn random(length: usize) -> String {
    crate::rules::expand(&format!("{{{{b62:{length}}}}}"), &uuid::Uuid::new_v4().to_string(), 0)
}

fn blob(text: &str) -> Blob {
    let source = Source { path: "app.py".into(), tree_path: "app.py".into(), origin: Origin::Stdin, explicit: true };
    Blob::new(source, text.into())
}

fn own(blob: &Blob) -> Vec<Located> {
    static SCANNER: std::sync::LazyLock<Scanner> = std::sync::LazyLock::new(|| {
        let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"test") };
        Scanner::new(RuleSet::built_in().unwrap(), options)
    });
    SCANNER.scan(blob)
}

fn one(report: &str) -> Claim {
    let mut claims = read(report.as_bytes()).unwrap();
    assert_eq!(claims.len(), 1, "{claims:?}");
    claims.remove(0)
}

/// The texts that a claim's places cover in `text`.
fn found<'t>(claim: &Claim, text: &'t str) -> Result<Vec<&'t str>, Gone> {
    let blob = blob(text);
    place(claim, &blob, &own(&blob))
        .map(|spots| spots.iter().map(|spot| text.get(spot.span.range()).unwrap()).collect())
}

fn gitleaks(secret: &str, line: usize) -> String {
    format!(
        r#"[{{"RuleID":"acme-token","Description":"d","StartLine":{line},"EndLine":{line},"StartColumn":4,"EndColumn":9,
        "Match":"x","Secret":"{secret}","File":"app.py","SymlinkFile":"","Commit":"","Entropy":3.1,"Tags":[],
        "Fingerprint":"app.py:acme-token:{line}"}}]"#
    )
}

#[test]
fn every_form_is_recognised_by_its_content() {
    let value = random(20);
    let sha1 = |text: &str| {
        use sha1::Digest as _;
        digest::hex(&sha1::Sha1::digest(text))
    };
    let reports = [
        ("gitleaks:acme-token", gitleaks(&value, 2)),
        ("betterleaks:acme-token", gitleaks(&value, 2).replace("\"Tags\"", "\"MatchContext\":\"\",\"Tags\"")),
        (
            "betterleaks:acme-token",
            format!(
                r#"{{"schema_version":"1","finding":{{"rule_id":"acme-token","match":{{"value":"{value}","full":"x"}},
                "location":{{"path":"app.py","start_line":2,"end_line":2}}}}}}
                {{"schema_version":"1","scan":{{"state":"complete"}}}}"#
            ),
        ),
        (
            "trufflehog:Acme",
            format!(
                r#"{{"level":"info-0","ts":"2026-01-01T00:00:00Z","logger":"trufflehog","msg":"running source"}}
                {{"SourceMetadata":{{"Data":{{"Filesystem":{{"file":"app.py","line":2}}}}}},"SourceID":1,"SourceType":15,
                "DetectorName":"Acme","DecoderName":"PLAIN","Verified":false,"Raw":"{value}","RawV2":"","Redacted":""}}"#
            ),
        ),
        (
            "trufflehog:Acme",
            format!(
                r#"{{"SourceMetadata":{{"Data":{{"Git":{{"commit":"c0ffee","file":"app.py","line":2,"repository":"r"}}}}}},
                "DetectorName":"Acme","DecoderName":"PLAIN","Raw":"{value}"}}"#
            ),
        ),
        (
            "kingfisher:acme.1",
            format!(
                r#"{{"findings":[{{"rule":{{"name":"n","id":"acme.1"}},"finding":{{"snippet":"{value}","line":2,
                "column_start":0,"column_end":3,"path":"app.py"}}}}]}}
                {{"findings":1,"rules_applied":9,"scan_date":"x"}}"#
            ),
        ),
        (
            "detect-secrets:Secret-Keyword",
            format!(
                r#"{{"version":"1.5.0","plugins_used":[],"results":{{"app.py":[{{"type":"Secret Keyword",
                "filename":"app.py","hashed_secret":"{}","is_verified":false,"line_number":2}}]}}}}"#,
                sha1(&value)
            ),
        ),
        (
            "anytool:hardcoded-password",
            format!(
                r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"AnyTool"}}}},"results":[{{"ruleId":
                "hardcoded-password","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":
                {{"uri":"app.py"}},"region":{{"startLine":2,"startColumn":5,"endColumn":27,
                "snippet":{{"text":"'{value}'"}}}}}}}}]}}]}}]}}"#
            ),
        ),
    ];
    for (name, report) in reports {
        let claim = one(&report);
        assert_eq!((claim.rule_name().as_str(), claim.path.as_str()), (name, "app.py"));
        assert_eq!(claim.lines, Some((2, 2)), "{name}");
        assert_eq!(found(&claim, &format!("\nq = '{value}'\n")).unwrap(), [value.as_str()], "{name}");
    }
}

#[test]
fn arnifys_own_finding_takes_the_place_of_a_span_that_meets_it_and_follows_it_when_it_moves() {
    let value = format!("{}aB3", random(17));
    let text = format!("import os\nDB_PASSWORD = '{value}'\n");
    let at = blob(&text);
    let located = own(&at);
    let claim = one(&gitleaks(&format!("DB_PASSWORD = '{value}"), 2));
    let spots = place(&claim, &at, &located).unwrap();
    assert_eq!((spots.len(), spots[0].own, spots[0].moved), (1, Some(0), false));
    assert_eq!(spots[0].span, located[0].value);
    let line = serde_json::to_string(&located[0].finding).unwrap();
    let moved = format!("# more\n\n{text}");
    let again = blob(&moved);
    for claim in [one(&line), claim] {
        let spots = place(&claim, &again, &own(&again)).unwrap();
        assert_eq!((spots.len(), spots[0].moved), (1, true), "{claim:?}");
        assert_eq!(spots[0].span.of(&again.bytes), value.as_bytes());
    }
    let changed = text.replace(&value, &random(20));
    assert!(!found(&one(&line), &changed).unwrap_err().gap);
}

#[test]
fn the_nearest_of_several_places_counts_and_a_piece_of_a_longer_word_does_not() {
    let value = random(12);
    let claim = one(&gitleaks(&value, 4));
    let text = format!("a = '{value}'\n\n\nb = 'x{value}'\nc = '{value}'\n");
    let blob = blob(&text);
    let spots = place(&claim, &blob, &[]).unwrap();
    assert_eq!(spots.iter().map(|spot| blob.lines().line_of(&blob.bytes, spot.span.start)).collect::<Vec<_>>(), [4]);
    let gone = found(&claim, "nothing here\n").unwrap_err();
    assert!(!gone.gap && gone.reason.contains("gitleaks") && !gone.reason.contains(&value), "{gone:?}");
}

#[test]
fn a_redacted_report_leads_to_what_arnify_sees_on_the_line() {
    let value = format!("{}aB3", random(17));
    let text = format!("\nDB_PASSWORD = '{value}'\nx = 1\n");
    for redacted in ["REDACTED", "[REDACTED:10d2ca34]"] {
        assert_eq!(found(&one(&gitleaks(redacted, 2)), &text).unwrap(), [value.as_str()]);
        assert!(found(&one(&gitleaks(redacted, 3)), &text).unwrap_err().gap);
    }
}

#[test]
fn the_second_value_of_a_trufflehog_finding_counts_only_where_arnify_sees_a_credential() {
    let (id, key) = (random(12), format!("{}aB3xYz9Qw", random(20)));
    let report = |second: &str| {
        format!(
            r#"{{"SourceMetadata":{{"Data":{{"Filesystem":{{"file":"app.py","line":1}}}}}},"DetectorName":"Acme",
            "DecoderName":"PLAIN","Raw":"{id}","RawV2":"{id}:{second}"}}"#
        )
    };
    let text = format!("USER = '{id}'\nSECRET_KEY = '{key}'\nHOST = 'db.example.com'\n");
    assert_eq!(found(&one(&report(&key)), &text).unwrap(), [id.as_str(), key.as_str()]);
    assert_eq!(found(&one(&report("db.example.com")), &text).unwrap(), [id.as_str()]);
}

#[test]
fn a_value_in_encoded_text_is_found_by_its_line_and_stays() {
    use base64::Engine as _;
    let token = crate::rules::expand("{{crc32-base62:ghp_:30}}", &random(8), 0);
    let text = format!("x = '{}'\n", base64::engine::general_purpose::STANDARD.encode(format!("token={token}")));
    let blob = blob(&text);
    let located = own(&blob);
    let spots = place(&one(&gitleaks(&token, 1)), &blob, &located).unwrap();
    assert_eq!(spots[0].own.map(|at| located[at].stands), Some(Stands::Encoded));
}

fn sarif(result: &str, run: &str) -> Vec<Claim> {
    let text = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"T","rules":[{{"id":"r1","properties":{{"tags":
        ["external/cwe/cwe-798"]}}}}]}}}},{run}"results":[{result}]}}]}}"#
    );
    read(text.as_bytes()).unwrap()
}

#[test]
fn sarif_regions_count_in_the_units_of_their_run_and_narrow_to_the_literal() {
    let value = random(16);
    let text = format!("s = '😀'; k = \"{value}\"\n");
    let result = |from: usize, to: usize| {
        format!(
            r#"{{"ruleId":"r1","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":
            {{"uri":"app.py"}},"region":{{"startLine":1,"startColumn":{from},"endColumn":{to}}}}}}}]}}"#
        )
    };
    let units = sarif(&result(11, 11 + 22), "");
    let points = sarif(&result(10, 10 + 22), r#""columnKind":"unicodeCodePoints","#);
    for claims in [units, points] {
        assert!(claims[0].of_credentials, "the rule's tag names CWE-798");
        assert_eq!(found(&claims[0], &text).unwrap(), [value.as_str()]);
    }
    assert!(found(&sarif(&result(90, 99), "")[0], &text).unwrap_err().gap, "no such columns");
}

#[test]
fn sarif_of_other_rules_counts_only_where_arnify_sees_a_credential() {
    let value = format!("{}aB3", random(17));
    let result = |rule: &str, more: &str| {
        format!(
            r#"{{"ruleId":"{rule}","message":{{"text":"unused"}},{more}"locations":[{{"physicalLocation":
            {{"artifactLocation":{{"uri":"file:///x/a%20b.py"}},"region":{{"startLine":1}}}}}}]}}"#
        )
    };
    let plain = &sarif(&result("style", ""), "")[0];
    assert_eq!(plain.path, "file:///x/a b.py");
    assert_eq!(found(plain, &format!("DB_PASSWORD = '{value}'\n")).unwrap(), [value.as_str()]);
    assert!(!found(plain, &format!("q = '{value}'\n")).unwrap_err().gap);
    let told = &sarif(&result("r1", ""), "")[0];
    assert!(found(told, "x = 1\n").unwrap_err().gap, "a line only, and nothing on it");
    let aside = |more: &str| sarif(&result("r1", more), "")[0].set_aside.is_some();
    assert!(aside(r#""suppressions":[{"kind":"inSource"}],"#));
    assert!(!aside(r#""suppressions":[{"kind":"external","status":"rejected"}],"#));
    assert!(aside(r#""kind":"pass","#) && aside(r#""baselineState":"absent","#) && !aside(""));
}

#[test]
fn a_report_that_is_none_is_refused_without_a_word_of_it() {
    let value = random(24);
    for (report, said) in [
        (format!("[{{\"RuleID\": \"{value}\""), "ends in the middle"),
        (format!("Secret: {value}"), "line 1, column 1: the text is no JSON"),
        (format!("{{\"a\": \"{value}\"}}"), "finding 1: it has the form of none"),
        (format!("\"{value}\""), "finding 1"),
        (gitleaks("s", 1).replace("\"s\"", &format!("[\"{value}\"]")), "`Secret` is missing or of another type"),
        (format!(r#"{{"version":"1.0","runs":["{value}"]}}"#), "another version"),
    ] {
        let error = read(report.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains(&value), "{error}");
    }
    assert_eq!(read(b"[]").unwrap().len(), 0);
    assert_eq!(read(b"\xef\xbb\xbf{\"findings\": []}").unwrap().len(), 0);
}

#[test]
fn the_words_of_a_rule_tell_the_kind() {
    let kinds = [
        ("Private Key", Kind::PrivateKey),
        ("generic-credential-uri", Kind::Connection),
        ("hashicorp-tf-password", Kind::Password),
        ("github-pat", Kind::Token),
        ("generic_api_key", Kind::ApiKey),
        ("whatever", Kind::Secret),
    ];
    for (rule, kind) in kinds {
        assert_eq!(kind_of(rule), kind, "{rule}");
    }
}

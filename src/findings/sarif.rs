//! SARIF 2.1.0 of any tool. Results that are suppressed, or no findings, are set aside; those of a rule that doesn't
//! speak of credentials count only where arnify sees one, too.

use percent_encoding::percent_decode_str;
use serde::Deserialize as _;
use serde_json::Value;

use super::entry::Entry;
use super::read::Malformed;
use super::{Area, Claim, Columns, Proof, secret};
use crate::secret::Fingerprint;

/// What names and messages of rules about credentials say.
const WORDS: [&str; 14] = [
    "secret",
    "credential",
    "password",
    "passwd",
    "token",
    "api key",
    "api-key",
    "api_key",
    "private-key",
    "private key",
    "leak",
    "cwe-798",
    "cwe-259",
    "cwe-321",
];

pub(super) fn claims(entry: Entry<'_>) -> Result<Vec<Claim>, Malformed> {
    let version = entry.need("/version")?;
    if !version.starts_with("2.1") {
        return Err(Malformed("SARIF of another version than 2.1.0".to_owned()));
    }
    let mut claims = Vec::new();
    for run in entry.list("/runs") {
        let run = Run::new(run);
        for result in run.results() {
            let result = Entry { value: result, number: claims.len() + 1 };
            let locations = result.list("/locations");
            if locations.is_empty() {
                claims.push(run.claim(result, &Value::Null)?);
            }
            for location in locations {
                claims.push(run.claim(result, location)?);
            }
        }
    }
    Ok(claims)
}

struct Run<'a> {
    value: &'a Value,
    tool: &'a str,
    columns: Columns,
}

impl<'a> Run<'a> {
    fn new(value: &'a Value) -> Self {
        let entry = Entry { value, number: 0 };
        let points = entry.text("/columnKind") == Some("unicodeCodePoints");
        Self {
            value,
            tool: entry.text("/tool/driver/name").unwrap_or("sarif"),
            columns: if points { Columns::CodePoints } else { Columns::Utf16 },
        }
    }

    fn results(&self) -> &'a [Value] {
        Entry { value: self.value, number: 0 }.list("/results")
    }

    fn claim(&self, result: Entry<'_>, location: &Value) -> Result<Claim, Malformed> {
        let place = Entry { value: location, number: result.number };
        let rule = self.rule(result).ok_or_else(|| result.malformed("/ruleId"))?;
        let path = self.path(place)?.unwrap_or_default();
        let mut claim = Claim::of(self.tool, &rule, &path, self.proof(result, place));
        let region = "/physicalLocation/region";
        claim.lines = place.lines(&format!("{region}/startLine"), &format!("{region}/endLine"));
        claim.of_credentials = self.speaks_of_credentials(&rule, result);
        claim.set_aside = set_aside(result).or(path.is_empty().then_some("the report names no file for it"));
        Ok(claim)
    }

    /// The rule's id, from the result or from the driver's list.
    fn rule(&self, result: Entry<'_>) -> Option<String> {
        let direct = result.text("/ruleId").or_else(|| result.text("/rule/id"));
        let listed = || self.listed(result)?.get("id")?.as_str();
        direct.or_else(listed).map(str::to_owned)
    }

    fn listed(&self, result: Entry<'_>) -> Option<&'a Value> {
        let rules = self.value.pointer("/tool/driver/rules")?.as_array()?;
        let id = result.text("/ruleId");
        let index = result.number("/ruleIndex").or_else(|| result.number("/rule/index"));
        let by_index = index.and_then(|index| rules.get(index));
        by_index.or_else(|| rules.iter().find(|rule| id.is_some() && rule.get("id").and_then(Value::as_str) == id))
    }

    fn speaks_of_credentials(&self, rule: &str, result: Entry<'_>) -> bool {
        let listed = self.listed(result).map(|rule| Entry { value: rule, number: 0 });
        let of_rule = ["/name", "/shortDescription/text"].map(|field| listed.and_then(|rule| rule.text(field)));
        let tags = listed.map_or(&[][..], |rule| rule.list("/properties/tags")).iter().filter_map(Value::as_str);
        let texts = [Some(self.tool), Some(rule), result.text("/message/text")].into_iter().chain(of_rule).flatten();
        texts.chain(tags).map(str::to_ascii_lowercase).any(|text| WORDS.iter().any(|word| text.contains(word)))
    }

    /// The path of a location: its URI on the base that it names, percent-encoding undone.
    fn path(&self, place: Entry<'_>) -> Result<Option<String>, Malformed> {
        let Some(uri) = place.text("/physicalLocation/artifactLocation/uri") else { return Ok(None) };
        let base = place.text("/physicalLocation/artifactLocation/uriBaseId");
        let bases = self.value.get("originalUriBaseIds");
        let base = base.and_then(|id| bases?.get(id)?.get("uri")?.as_str()).unwrap_or_default();
        let whole = if uri.contains("://") { uri.to_owned() } else { format!("{base}{uri}") };
        let decoded = percent_decode_str(&whole).decode_utf8();
        decoded.map(|path| Some(path.into_owned())).map_err(|_| place.malformed("/artifactLocation/uri"))
    }

    fn proof(&self, result: Entry<'_>, place: Entry<'_>) -> Proof {
        let print = result.value.pointer("/partialFingerprints/arnify~1v1");
        if let Some(print) = print.and_then(|value| Fingerprint::deserialize(value).ok()) {
            return Proof::Print(print);
        }
        let region = |field: &str| place.number(&format!("/physicalLocation/region/{field}"));
        let area = Area { column: region("startColumn"), end_column: region("endColumn"), columns: self.columns };
        let snippet = place.text("/physicalLocation/region/snippet/text").filter(|text| !text.trim().is_empty());
        Proof::Area(area, snippet.map(secret))
    }
}

fn set_aside(result: Entry<'_>) -> Option<&'static str> {
    let suppressed = result.list("/suppressions").iter().any(|suppression| {
        !matches!(suppression.get("status").and_then(Value::as_str), Some("underReview" | "rejected"))
    });
    if suppressed {
        return Some("the report has it as suppressed");
    }
    match (result.text("/kind"), result.text("/baselineState")) {
        (Some("pass" | "notApplicable" | "informational"), _) => Some("the report has it as no finding"),
        (_, Some("absent")) => Some("the report has it as gone"),
        _ => None,
    }
}

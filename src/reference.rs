//! Secret references in text: AWS's dynamic references, ARNs as values, and ARNs anywhere.
//!
//! Pure: bytes in, places out. What a reference names is read by `store::resolve`.
//! Sources: CloudFormation user guide ("Get a secret or secret value from Secrets Manager"), ECS developer guide
//! (`valueFrom`), Secrets Manager user guide (ARN format).

pub mod dotenv;
pub mod insert;
mod yaml;

use std::fmt;
use std::ops::Range;

/// A secret, and what of it: a JSON key, and a stage or version other than the current one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// ARN or name.
    pub id: String,
    /// Key within a JSON secret.
    pub key: Option<String>,
    /// Version stage; `AWSCURRENT` when `None`.
    pub stage: Option<String>,
    /// Version id.
    pub version: Option<String>,
}

impl Reference {
    /// The region that the ARN names; `None` for a name.
    pub fn region(&self) -> Option<&str> {
        self.id.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        if let Some(key) = &self.key {
            write!(f, " key {key}")?;
        }
        if let Some(stage) = &self.stage {
            write!(f, " stage {stage}")?;
        }
        if let Some(version) = &self.version {
            write!(f, " version {version}")?;
        }
        Ok(())
    }
}

/// A place where a text refers to a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The bytes that the value would replace.
    pub span: Range<usize>,
    /// What is meant, or what is wrong with it.
    pub reference: Result<Reference, String>,
}

const OPEN: &[u8] = b"{{resolve:secretsmanager:";
const CLOSE: &[u8] = b"}}";
/// Number of parts of a secret's ARN, the name included.
const ARN_PARTS: usize = 7;
/// Longest text between the braces; an unclosed pair ends there.
const LONGEST: usize = 4096;

/// All dynamic references `{{resolve:secretsmanager:…}}`, in order.
pub fn dynamic_references(text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memmem::find(rest, OPEN)) {
        let start = at + found;
        let inner = start + OPEN.len();
        let window = text.get(inner..text.len().min(inner + LONGEST)).unwrap_or_default();
        let line = window.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let (end, reference) = if let Some(length) = memchr::memmem::find(line, CLOSE) {
            (inner + length + CLOSE.len(), parse_body(line.get(..length).unwrap_or_default()))
        } else {
            (inner, Err("the reference has no closing }}".into()))
        };
        hits.push(Hit { span: start..end, reference });
        at = end;
    }
    hits
}

/// A text that is nothing but a full ARN, or `ARN#key`.
pub fn whole_arn(text: &[u8]) -> Option<Reference> {
    let text = std::str::from_utf8(text).ok()?;
    let (arn, key) = match text.split_once('#') {
        Some((arn, key)) => (arn, Some(key)),
        None => (text, None),
    };
    if !is_full_arn(arn) || key.is_some_and(str::is_empty) {
        return None;
    }
    Some(Reference { id: arn.to_owned(), key: key.map(str::to_owned), stage: None, version: None })
}

/// All references of a source file: dynamic ones, and full ARNs wherever they stand, with what may follow them:
/// `#key`, or ECS's `:key:stage:version`.
pub fn all(text: &[u8]) -> Vec<Hit> {
    let mut hits = dynamic_references(text);
    let dynamic: Vec<Range<usize>> = hits.iter().map(|hit| hit.span.clone()).collect();
    let mut ahead = dynamic.iter().peekable();
    for start in memchr::memmem::find_iter(text, b"arn:aws") {
        while ahead.next_if(|span| span.end <= start).is_some() {}
        if ahead.peek().is_some_and(|span| span.contains(&start)) {
            continue;
        }
        hits.extend(bare_arn(text, start));
    }
    hits.sort_by_key(|hit| hit.span.start);
    hits
}

/// Parses what stands between `{{resolve:secretsmanager:` and `}}`: `ID[:SecretString[:KEY[:STAGE[:VERSION]]]]`.
fn parse_body(body: &[u8]) -> Result<Reference, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the reference is not UTF-8".to_owned())?;
    let mut parts: Vec<&str> = text.split(':').collect();
    let id = if parts.first() == Some(&"arn") {
        if parts.len() < 7 {
            return Err("the reference's ARN is cut short".into());
        }
        parts.drain(..7).collect::<Vec<_>>().join(":")
    } else {
        parts.remove(0).to_owned()
    };
    if id.is_empty() || id.contains(['{', '}', '$', ' ']) {
        return Err("the reference doesn't name a secret".into());
    }
    if id.starts_with("arn:") && !is_secret_arn(&id) {
        return Err("the reference's ARN is not that of a secret".into());
    }
    if parts.len() > 4 {
        return Err("the reference has too many parts".into());
    }
    let part = |at: usize| parts.get(at).filter(|text| !text.is_empty()).map(|text| (*text).to_owned());
    if part(0).is_some_and(|kind| kind != "SecretString") {
        return Err("the reference's second part is not SecretString".into());
    }
    let (stage, version) = (part(2), part(3));
    if stage.is_some() && version.is_some() {
        return Err("the reference names both a stage and a version".into());
    }
    Ok(Reference { id, key: part(1), stage, version })
}

/// The ARN that starts at `start`, if it is a secret's whole ARN and not a pattern for several.
fn bare_arn(text: &[u8], start: usize) -> Option<Hit> {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    if before.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let rest = text.get(start..)?;
    let candidate = std::str::from_utf8(rest.get(..longest_arn(rest))?).ok()?;
    let name = candidate.splitn(ARN_PARTS, ':').nth(ARN_PARTS - 1)?;
    let name_start = candidate.len() - name.len();
    let last = rest.get(candidate.len());
    if last.is_some_and(|byte| matches!(byte, b'*' | b'?' | b'$' | b'{')) {
        return None;
    }
    // A full stop at a sentence's end and the like are not the name's.
    let name = name.trim_end_matches(['.', '/', '=', '@', '+', '_', '-']);
    let arn = candidate.get(..name_start + name.len())?;
    if !is_full_arn(arn) {
        return None;
    }
    let after = rest.get(arn.len()..)?;
    let (suffix, key, stage, version) = suffix(after);
    let reference = Reference { id: arn.to_owned(), key, stage, version };
    Some(Hit { span: start..start + arn.len() + suffix, reference: Ok(reference) })
}

/// Length of what looks like an ARN at the start of `rest`. It ends with the seventh part, so that a text of nothing
/// but beginnings of ARNs is not read to its end at each of them.
fn longest_arn(rest: &[u8]) -> usize {
    let mut colons = 0;
    let belongs = |byte: &&u8| {
        colons += usize::from(**byte == b':');
        colons < ARN_PARTS && (**byte == b':' || name_byte(**byte))
    };
    rest.iter().take_while(belongs).count()
}

type Suffix = (usize, Option<String>, Option<String>, Option<String>);

/// What follows an ARN: its length, key, stage and version.
fn suffix(after: &[u8]) -> Suffix {
    let part = |from: usize| {
        let text = after.get(from..).unwrap_or_default();
        let length = text.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b)).count();
        (from + length, text.get(..length).filter(|t| !t.is_empty()).map(|t| String::from_utf8_lossy(t).into_owned()))
    };
    match after.first() {
        Some(b'#') => match part(1) {
            (end, Some(key)) => (end, Some(key), None, None),
            _ => (0, None, None, None),
        },
        Some(b':') => {
            let (key_end, key) = part(1);
            if after.get(key_end) != Some(&b':') {
                return (0, None, None, None);
            }
            let (stage_end, stage) = part(key_end + 1);
            if after.get(stage_end) != Some(&b':') {
                return (0, None, None, None);
            }
            let (end, version) = part(stage_end + 1);
            (end, key, stage, version)
        }
        _ => (0, None, None, None),
    }
}

fn name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte)
}

/// `arn:<partition>:secretsmanager:<region>:<account>:secret:<name>`.
fn is_secret_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [arn, partition, service, region, account, kind, name] = parts.as_slice() else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "secretsmanager"
        && !region.is_empty()
        && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && *kind == "secret"
        && !name.is_empty()
        && name.bytes().all(name_byte)
}

/// A secret's ARN with the hyphen and six characters that the service adds.
fn is_full_arn(text: &str) -> bool {
    let tail = text.as_bytes().rchunks(7).next().unwrap_or_default();
    is_secret_arn(text)
        && matches!(tail, [b'-', rest @ ..] if rest.len() == 6 && rest.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/db-AbC123";

    fn reference(key: Option<&str>, stage: Option<&str>, version: Option<&str>) -> Reference {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Reference { id: ARN.into(), key: own(key), stage: own(stage), version: own(version) }
    }

    fn one(text: &str) -> Result<Reference, String> {
        let hits = dynamic_references(text.as_bytes());
        assert_eq!(hits.len(), 1, "{text}");
        hits[0].reference.clone()
    }

    #[test]
    fn dynamic_references_with_every_part() {
        let body = |rest: &str| one(&format!("a {{{{resolve:secretsmanager:{ARN}{rest}}}}} b"));
        assert_eq!(body(""), Ok(reference(None, None, None)));
        assert_eq!(body(":SecretString"), Ok(reference(None, None, None)));
        assert_eq!(body(":SecretString:pass word"), Ok(reference(Some("pass word"), None, None)));
        assert_eq!(body(":SecretString:k:AWSPREVIOUS"), Ok(reference(Some("k"), Some("AWSPREVIOUS"), None)));
        assert_eq!(body(":SecretString:::v1"), Ok(reference(None, None, Some("v1"))));
        for bad in [":SecretBinary", ":SecretString:k:s:v", ":SecretString:k:::x"] {
            assert!(body(bad).is_err(), "{bad}");
        }
        assert_eq!(one("{{resolve:secretsmanager:my/name::k}}").unwrap().id, "my/name");
    }

    #[test]
    fn a_broken_reference_is_reported_and_not_passed_over() {
        for bad in ["{{resolve:secretsmanager:", "{{resolve:secretsmanager:}}", "{{resolve:secretsmanager:arn:aws}}"] {
            assert!(one(bad).is_err(), "{bad}");
        }
        assert!(one("{{resolve:secretsmanager:a\n}}").is_err());
    }

    #[test]
    fn whole_values_are_full_arns_with_or_without_a_key() {
        assert_eq!(whole_arn(ARN.as_bytes()), Some(reference(None, None, None)));
        assert_eq!(whole_arn(format!("{ARN}#k").as_bytes()), Some(reference(Some("k"), None, None)));
        for other in [format!("{ARN} "), format!("x{ARN}"), format!("{ARN}#"), ARN.replace("-AbC123", "")] {
            assert_eq!(whole_arn(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn arns_in_source_files_with_their_suffixes() {
        let found = |text: &str| all(text.as_bytes()).into_iter().map(|hit| hit.reference.unwrap()).collect::<Vec<_>>();
        assert_eq!(found(&format!("get(\"{ARN}\", \"k\")")), [reference(None, None, None)]);
        assert_eq!(found(&format!("valueFrom: {ARN}:k::")), [reference(Some("k"), None, None)]);
        assert_eq!(found(&format!("see {ARN}.")), [reference(None, None, None)]);
        assert_eq!(found(&format!("see {ARN}: it")), [reference(None, None, None)]);
        assert_eq!(found(&format!("{ARN}#k")), [reference(Some("k"), None, None)]);
        assert_eq!(
            found(&format!("'{{{{resolve:secretsmanager:{ARN}:SecretString:k}}}}'")),
            [reference(Some("k"), None, None)]
        );
        for pattern in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/*",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/a-??????",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(found(pattern), [], "{pattern}");
        }
    }

    /// Were each beginning read to the text's end, this would take hours.
    #[test]
    fn a_text_of_nothing_but_beginnings_is_read_in_one_go() {
        for beginning in [":arn:aws", "{{resolve:secretsmanager:arn:aws}}", "/arn:aws:secretsmanager"] {
            let text = beginning.repeat(4_000_000 / beginning.len());
            let hits = all(format!("{text} {ARN}").as_bytes());
            let found: Vec<_> = hits.iter().filter_map(|hit| hit.reference.as_ref().ok()).collect();
            assert_eq!(found, [&reference(None, None, None)], "{beginning}");
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_found_again(
            name in "[A-Za-z0-9/_+=.@-]{1,40}", tail in "[A-Za-z0-9]{6}", key in proptest::option::of("[^:}\r\n]{1,20}"),
            before in "[^{]{0,20}", after in any::<String>(),
        ) {
            let arn = format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-{tail}");
            let rendered = crate::model::SecretRef { arn: arn.clone(), key: key.clone() }.dynamic_reference();
            let text = format!("{before}{rendered}{after}");
            let hits = dynamic_references(text.as_bytes());
            prop_assert_eq!(text.get(hits[0].span.clone()), Some(rendered.as_str()));
            let parsed = hits[0].reference.clone().unwrap();
            prop_assert_eq!((parsed.id, parsed.key), (arn, key));
        }

        #[test]
        fn no_text_makes_it_panic_or_overlap(text in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..60) {
            let mut text = text;
            text.extend_from_slice(&OPEN[..cut.min(OPEN.len())]);
            text.extend_from_slice(&ARN.as_bytes()[..cut]);
            let hits = all(&text);
            prop_assert!(hits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            let _ = whole_arn(&text);
        }
    }
}

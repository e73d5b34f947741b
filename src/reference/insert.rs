//! Putting a value into a text in a reference's place, so that the text's format still reads it as the exact value.
//!
//! JSON strings, YAML scalars, `.properties` values and `.env` values each have escapes of their own; where none
//! is right, an error says so. Other files with a syntax (TOML, XML, code) take values without signs that could mean
//! something there; anything else is plain text and takes the value as it is.

use std::ops::Range;
use std::path::Path;

use zeroize::Zeroizing;

use super::dotenv::{self, Quote};
use super::{Hit, dynamic_references, yaml};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after what they are")]
pub enum TextFormat {
    Json,
    Yaml,
    Properties,
    Env,
    Other,
    Plain,
}

impl TextFormat {
    /// By the file's name.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match name.rsplit('.').next().unwrap_or_default() {
            "json" | "jsonc" | "json5" | "webmanifest" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "properties" => Self::Properties,
            "env" => Self::Env,
            "toml" | "xml" | "html" | "ini" | "cfg" | "conf" | "cnf" | "config" | "tf" | "tfvars" | "hcl" | "plist"
            | "py" | "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" | "rb" | "go" | "java" | "kt" | "cs" | "php"
            | "sh" | "bash" | "zsh" | "fish" | "ps1" | "sql" | "rs" | "c" | "cpp" | "h" | "swift" | "gradle" => {
                Self::Other
            }
            _ if name.starts_with(".env") || name.starts_with("env.") => Self::Env,
            _ => Self::Plain,
        }
    }

    /// For a text without a name: JSON when it parses as such.
    pub fn guess(text: &[u8]) -> Self {
        match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
            Ok(_) => Self::Json,
            Err(_) => Self::Plain,
        }
    }
}

/// How a value is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Raw,
    /// Only what means nothing in any syntax.
    Guarded,
    /// Between double quotes that stand already: JSON's escapes, which are YAML's too.
    Escaped,
    Yaml(yaml::Style),
    Property,
    /// With whichever quotes fit.
    EnvWhole,
    EnvSingle,
    EnvDouble,
    EnvBare,
}

/// A place to fill: the bytes to replace and the way to write there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Index of the reference in [`dynamic_references`]' order.
    pub hit: usize,
    span: Range<usize>,
    style: Style,
}

/// The places of all references that stand outside comments, in order.
///
/// # Errors
/// For each place where no value can be put: its offset and why.
pub fn slots(text: &[u8], format: TextFormat) -> Result<(Vec<Hit>, Vec<Slot>), (usize, String)> {
    let hits = dynamic_references(text);
    let spans: Vec<Range<usize>> = hits.iter().map(|hit| hit.span.clone()).collect();
    let places = match format {
        TextFormat::Plain => spans.iter().map(|span| Ok(Some((span.clone(), Style::Raw)))).collect(),
        TextFormat::Other => spans.iter().map(|span| Ok(Some((span.clone(), Style::Guarded)))).collect(),
        TextFormat::Json => json_places(text, &spans),
        TextFormat::Yaml => yaml::places(text, &spans).into_iter().map(of_yaml).collect(),
        TextFormat::Properties => property_places(text, &spans),
        TextFormat::Env => env_places(text, &spans),
    };
    let mut slots = Vec::new();
    for (hit, (place, span)) in places.into_iter().zip(&spans).enumerate() {
        match place {
            Ok(Some((span, style))) => slots.push(Slot { hit, span, style }),
            Ok(None) => {}
            Err(why) => return Err((span.start, why)),
        }
    }
    Ok((hits, slots))
}

type Place = Result<Option<(Range<usize>, Style)>, String>;

fn of_yaml(place: yaml::Place) -> Place {
    place.map(|place| place.map(|(span, style)| (span, Style::Yaml(style))))
}

/// The text with the values in their slots; `values` in the slots' order.
///
/// # Errors
/// The slot's index, and why its value can't be written there; never the value.
pub fn fill(text: &[u8], slots: &[Slot], values: &[&[u8]]) -> Result<Zeroizing<Vec<u8>>, (usize, String)> {
    // Room for the longest escapes, also of fixed text, so that what is wiped is never moved.
    let room = text.len() * 2 + values.iter().map(|value| value.len() * 6 + 2).sum::<usize>();
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    let mut at = 0;
    for (index, (slot, value)) in slots.iter().zip(values).enumerate() {
        out.extend_from_slice(text.get(at..slot.span.start).unwrap_or_default());
        let old = text.get(slot.span.clone()).unwrap_or_default();
        out.extend_from_slice(&written(slot.style, old, value).map_err(|why| (index, why))?);
        at = slot.span.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    Ok(out)
}

/// `value` in the way of `style`; `old` is what the slot holds now.
fn written(style: Style, old: &[u8], value: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let text = || {
        std::str::from_utf8(value)
            .map_err(|_| "the value is not text, and the file's format holds text only".to_owned())
    };
    let out = match style {
        Style::Raw => value.to_vec(),
        Style::Guarded if value.iter().all(|b| is_harmless(*b) || b",:~*?! ".contains(b)) => value.to_vec(),
        Style::Guarded => {
            return Err("the value has characters that may mean something in a file of this kind".into());
        }
        Style::Escaped => escaped(text()?),
        Style::Yaml(style) => yaml::written(style, old, text()?)?,
        Style::EnvBare if value.iter().all(|b| is_harmless(*b)) => value.to_vec(),
        Style::EnvBare => {
            return Err("the value has characters that need quotes; put quotes round the whole text".into());
        }
        Style::Property => property(text()?),
        Style::EnvWhole => env_whole(value)?,
        Style::EnvSingle if env_single(value) => value.to_vec(),
        Style::EnvDouble if env_double(value) => env_escaped(value),
        Style::EnvSingle | Style::EnvDouble => return Err(NO_QUOTING.into()),
    };
    Ok(Zeroizing::new(out))
}

/// Characters that mean nothing in bare `.env` values.
fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./+=@%".contains(&byte)
}

/// JSON's escapes, for whatever YAML would not take as it is too.
pub(super) fn escaped(text: &str) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 6);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if yaml::is_unprintable(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.into_bytes()
}

/// Escapes of `java.util.Properties`; with ASCII only, whatever encoding the reader takes.
fn property(text: &str) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() * 6);
    for (at, c) in text.chars().enumerate() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0c' => out.push_str("\\f"),
            ' ' if at == 0 => out.push_str("\\ "),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.into_bytes()
}

const NO_QUOTING: &str =
    "the value has quotes, backslashes or dollar signs in a combination that .env libraries read differently";

/// Read alike by all libraries within single quotes: some take `\\` and `\'` as escapes there.
fn env_single(value: &[u8]) -> bool {
    !value.iter().any(|b| matches!(b, b'\'' | b'\n' | b'\r' | 0))
        && !value.ends_with(b"\\")
        && memchr::memmem::find(value, b"\\\\").is_none()
}

/// Read alike by all libraries within double quotes, line breaks being escaped.
fn env_double(value: &[u8]) -> bool {
    !value.iter().any(|b| matches!(b, b'"' | b'\\' | b'$' | b'`' | 0))
}

fn env_escaped(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 2);
    for byte in value {
        match byte {
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            byte => out.push(*byte),
        }
    }
    out
}

fn env_whole(value: &[u8]) -> Result<Vec<u8>, String> {
    if !value.is_empty() && value.iter().all(|b| is_harmless(*b)) {
        Ok(value.to_vec())
    } else if env_single(value) {
        Ok([b"'", value, b"'"].concat())
    } else if env_double(value) {
        Ok([b"\"".as_slice(), &env_escaped(value), b"\""].concat())
    } else {
        Err(NO_QUOTING.into())
    }
}

fn json_places(text: &[u8], spans: &[Range<usize>]) -> Vec<Place> {
    let strings = json_strings(text);
    let place = |span: &Range<usize>| match strings.iter().find(|s| s.0.start <= span.start && span.end <= s.0.end) {
        Some((_, true)) => Ok(Some((span.clone(), Style::Escaped))),
        Some((_, false)) => Ok(None),
        None => Err("the reference stands outside a JSON string; put it in double quotes".into()),
    };
    spans.iter().map(place).collect()
}

/// Strings (`true`) and comments (`false`) of a JSON text, by a scan that knows both.
fn json_strings(text: &[u8]) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let end_of = |close: &[u8], from: usize| {
            text.get(from..).and_then(|rest| memchr::memmem::find(rest, close)).map_or(text.len(), |n| from + n)
        };
        match (byte, text.get(at + 1)) {
            (b'"', _) => {
                let start = at + 1;
                at = start;
                while text.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if text.get(at) == Some(&b'\\') { 2 } else { 1 };
                }
                found.push((start..at, true));
                at += 1;
            }
            (b'/', Some(b'/')) => {
                let end = end_of(b"\n", at);
                found.push((at..end, false));
                at = end;
            }
            (b'/', Some(b'*')) => {
                let end = end_of(b"*/", at);
                found.push((at..end, false));
                at = end + 2;
            }
            _ => at += 1,
        }
    }
    found
}

fn property_places(text: &[u8], spans: &[Range<usize>]) -> Vec<Place> {
    let place = |span: &Range<usize>| {
        let line = text.get(..span.start).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
        let before = text.get(line..span.start).unwrap_or_default().trim_ascii_start();
        // A line that goes on from one with a backslash at its end is no comment, whatever it starts with.
        let above = text.get(..line).unwrap_or_default().trim_ascii_end();
        let continued = line > 0 && above.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        let comment = !continued && (before.starts_with(b"#") || before.starts_with(b"!"));
        Ok((!comment).then(|| (span.clone(), Style::Property)))
    };
    spans.iter().map(place).collect()
}

fn env_places(text: &[u8], spans: &[Range<usize>]) -> Vec<Place> {
    let assignments = match dotenv::parse(text) {
        Ok(assignments) => assignments,
        Err(why) => return spans.iter().map(|_| Err(why.clone())).collect(),
    };
    let place = |span: &Range<usize>| {
        let holder = assignments.iter().find(|a| a.span.start <= span.start && span.end <= a.span.end);
        let Some(holder) = holder else { return Ok(None) };
        let whole = holder.span == *span;
        Ok(Some(match (holder.quote, whole) {
            (Quote::Bare, true) => (span.clone(), Style::EnvWhole),
            (_, true) => (span.start - 1..span.end + 1, Style::EnvWhole),
            (Quote::Bare, false) => (span.clone(), Style::EnvBare),
            (Quote::Single, false) => (span.clone(), Style::EnvSingle),
            (Quote::Double, false) => (span.clone(), Style::EnvDouble),
        }))
    };
    spans.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const R: &str = "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:a-AbCdEf}}";

    fn put(template: &str, format: TextFormat, value: &str) -> Result<String, String> {
        let text = template.replace('@', R);
        let (_, slots) = slots(text.as_bytes(), format).map_err(|(_, why)| why)?;
        let values = vec![value.as_bytes(); slots.len()];
        let filled = fill(text.as_bytes(), &slots, &values).map_err(|(_, why)| why)?;
        Ok(String::from_utf8(filled.to_vec()).unwrap())
    }

    #[test]
    fn yaml_contexts() {
        let yaml = |template, value| put(template, TextFormat::Yaml, value);
        assert_eq!(yaml("a: @ # @\n", "no: 'x'\n").unwrap(), format!("a: \"no: 'x'\\n\" # {R}\n"));
        assert_eq!(yaml("a: '@'\n", "it's\n").unwrap(), "a: \"it's\\n\"\n");
        assert_eq!(yaml("a: 'x @'\n", "it's").unwrap(), "a: 'x it''s'\n");
        assert!(yaml("a: 'x @'\n", "a\nb").is_err());
        assert_eq!(yaml("a: \"x @\"\n", "\"\\\u{85}").unwrap(), "a: \"x \\\"\\\\\\u0085\"\n");
        assert_eq!(yaml("a: |\n  k\n  @\nb: 1\n", "l1\nl2").unwrap(), "a: |\n  k\n  l1\n  l2\nb: 1\n");
        assert!(yaml("a: >\n  @\n", "l1\nl2").is_err());
        assert!(yaml("a: |\n  k\n  @\n", "").is_err());
        assert_eq!(yaml("a: |\n  k=@\n", "").unwrap(), "a: |\n  k=\n");
        assert_eq!(yaml("a: [@, {k: @}]\n", "x,y").unwrap(), "a: [\"x,y\", {k: \"x,y\"}]\n");
    }

    #[test]
    fn yaml_scalars_without_quotes_get_them() {
        let yaml = |template, value| put(template, TextFormat::Yaml, value);
        assert_eq!(yaml("a: pg://u:@h/d\n", "s3cret").unwrap(), "a: \"pg://u:s3creth/d\"\n");
        assert_eq!(yaml("a: pg://u:@/d # @\n", "s: #").unwrap(), format!("a: \"pg://u:s: #/d\" # {R}\n"));
        assert_eq!(yaml("- P=@\n", "x").unwrap(), "- \"P=x\"\n");
        assert_eq!(yaml("a: 1@\n", "2").unwrap(), "a: \"12\"\n");
        assert_eq!(yaml("@ x: b\n", "a").unwrap(), "\"a x\": b\n");
        assert_eq!(
            yaml("a: b \"c\\@d\"@e@\nf: 1\n", "'\"").unwrap(),
            "a: \"b \\\"c\\\\'\\\"d\\\"'\\\"e'\\\"\"\nf: 1\n"
        );
    }

    #[test]
    fn yaml_values_beside_line_breaks() {
        let yaml = |template, value| put(template, TextFormat::Yaml, value);
        assert_eq!(yaml("a: b\r\n  c @\r\n  @ d\r\n", " x").unwrap(), "a: \"b\r\n  c \\u0020x\r\n  \\u0020x d\"\r\n");
        assert_eq!(yaml("a: \"b\n  @\"\n", "x ").unwrap(), "a: \"b\n  x\\u0020\"\n");
        assert!(yaml("a: 'b\n  @'\n", " x").is_err());
        assert!(yaml("a: b\n  @\n  c\n", "").is_err());
    }

    #[test]
    fn json_properties_and_env_contexts() {
        assert_eq!(put("{\"a\": \"x@\"}", TextFormat::Json, "\"\\\n").unwrap(), "{\"a\": \"x\\\"\\\\\\n\"}");
        assert!(put("{\"a\": @}", TextFormat::Json, "1").is_err());
        assert_eq!(put("// \"@\"\n[\"@\"]", TextFormat::Json, "v").unwrap(), format!("// \"{R}\"\n[\"v\"]"));
        assert_eq!(
            put("# @\na = @", TextFormat::Properties, " ä\\\n").unwrap(),
            format!("# {R}\na = \\ \\u00e4\\\\\\n")
        );
        assert_eq!(put("a=1\\\n # @", TextFormat::Properties, "x").unwrap(), "a=1\\\n # x");
        assert_eq!(put("a = \"@\"", TextFormat::Other, "x-1").unwrap(), "a = \"x-1\"");
        assert!(put("a = \"@\"", TextFormat::Other, "x\"1").is_err());
        assert_eq!(put("a = @", TextFormat::Plain, "x\"1").unwrap(), "a = x\"1");
        let env = |template, value| put(template, TextFormat::Env, value);
        assert_eq!(env("# @\nA=@\n", "plain-1").unwrap(), format!("# {R}\nA=plain-1\n"));
        assert_eq!(env("A=\"@\"\n", "a $b\\c").unwrap(), "A='a $b\\c'\n");
        assert_eq!(env("A='@'\n", "it's\n").unwrap(), "A=\"it's\\n\"\n");
        assert!(env("A=@\n", "it's $5").is_err());
        assert!(env("A=x@\n", "a b").is_err());
    }

    proptest! {
        #[test]
        fn json_gives_the_exact_value_back(value in any::<String>()) {
            let text = put("{\"k\": \"a@b\"}", TextFormat::Json, &value).unwrap();
            let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(parsed["k"].as_str().unwrap(), format!("a{value}b"));
        }

        #[test]
        fn env_gives_the_exact_value_back_or_refuses(value in "[a'\"$\\\\`\n #=ä]{0,12}", template in "A=(@|'@'|\"@\"|'x@'|\"x@\"|x@)") {
            if let Ok(text) = put(&template, TextFormat::Env, &value) {
                let parsed = dotenv::parse(text.as_bytes()).unwrap();
                let wanted = if template.contains('x') { format!("x{value}") } else { value };
                prop_assert_eq!(&*parsed[0].value, wanted.as_bytes());
            }
        }
    }
}

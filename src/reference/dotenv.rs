//! `.env` text: assignments with their quoting, as the common libraries read them.
//!
//! `export ` may stand in front; a value is single-quoted (as it stands, may span lines), double-quoted (`\n`, `\r`,
//! `\t`, `\"`, `\$`, `` \` `` and `\\` are escapes, may span lines) or bare (to the end of the line or to ` #`,
//! trimmed). There is no variable substitution.

use std::ops::Range;

use zeroize::Zeroizing;

/// How a value is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the module's text says what each is")]
pub enum Quote {
    Bare,
    Single,
    Double,
}

/// One `NAME=VALUE`.
#[derive(Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// Its value, decoded.
    pub value: Zeroizing<Vec<u8>>,
    /// Where the value's text stands, without its quotes.
    pub span: Range<usize>,
    /// How it is quoted.
    pub quote: Quote,
}

/// All assignments in order.
///
/// # Errors
/// The line's number, from 1, and what is wrong; never its text.
pub fn parse(text: &[u8]) -> Result<Vec<Assignment>, String> {
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut found = Vec::new();
    while at < text.len() {
        at += spaces(text, at, b" \t\r\n");
        match text.get(at) {
            None => break,
            Some(b'#') => at = line_end(text, at),
            Some(_) => {
                let assignment = assignment(text, at).map_err(|what| format!("line {}: {what}", line_of(text, at)))?;
                at = assignment.span.end + usize::from(assignment.quote != Quote::Bare);
                let rest = text.get(at..line_end(text, at)).unwrap_or_default().trim_ascii_start();
                if assignment.quote != Quote::Bare && !rest.is_empty() && !rest.starts_with(b"#") {
                    return Err(format!("line {}: text after the closing quote", line_of(text, at)));
                }
                at = line_end(text, at);
                found.push(assignment);
            }
        }
    }
    Ok(found)
}

fn assignment(text: &[u8], start: usize) -> Result<Assignment, &'static str> {
    let mut at = start;
    if text.get(at..).is_some_and(|rest| rest.starts_with(b"export ") || rest.starts_with(b"export\t")) {
        at += 7;
        at += spaces(text, at, b" \t");
    }
    let length = text.iter().skip(at).take_while(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b)).count();
    let name = text.get(at..at + length).unwrap_or_default();
    if name.first().is_none_or(u8::is_ascii_digit) {
        return Err("not NAME=VALUE");
    }
    at += length;
    at += spaces(text, at, b" \t");
    if text.get(at) != Some(&b'=') {
        return Err("not NAME=VALUE");
    }
    at += 1;
    at += spaces(text, at, b" \t");
    let (span, quote) = match text.get(at) {
        Some(b'\'') => (at + 1..closing(text, at + 1, b'\'', false)?, Quote::Single),
        Some(b'"') => (at + 1..closing(text, at + 1, b'"', true)?, Quote::Double),
        _ => (bare(text, at), Quote::Bare),
    };
    let raw = text.get(span.clone()).unwrap_or_default();
    let value = Zeroizing::new(if quote == Quote::Double { unescape(raw) } else { raw.to_vec() });
    Ok(Assignment { name: String::from_utf8_lossy(name).into_owned(), value, span, quote })
}

fn closing(text: &[u8], from: usize, quote: u8, escapes: bool) -> Result<usize, &'static str> {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if escapes => at += 2,
            byte if *byte == quote => return Ok(at),
            _ => at += 1,
        }
    }
    Err("the quote is not closed")
}

fn bare(text: &[u8], start: usize) -> Range<usize> {
    let line = text.get(start..line_end(text, start)).unwrap_or_default();
    let comment = line.windows(2).position(|pair| matches!(pair, [b' ' | b'\t', b'#']));
    let comment = if line.starts_with(b"#") { Some(0) } else { comment };
    let body = line.get(..comment.unwrap_or(line.len())).unwrap_or_default();
    start..start + body.trim_ascii_end().len()
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(escaped @ (b'\\' | b'"' | b'$' | b'`' | b'\'')) => out.push(escaped),
            Some(other) => out.extend([b'\\', other]),
            None => out.push(b'\\'),
        }
    }
    out
}

fn spaces(text: &[u8], at: usize, which: &[u8]) -> usize {
    text.iter().skip(at).take_while(|byte| which.contains(byte)).count()
}

fn line_end(text: &[u8], at: usize) -> usize {
    text.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(text.len(), |length| at + length)
}

fn line_of(text: &[u8], at: usize) -> usize {
    1 + text.iter().take(at).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let text_of = |a: Assignment| (a.name, String::from_utf8(a.value.to_vec()).unwrap());
        parse(text.as_bytes()).unwrap().into_iter().map(text_of).collect()
    }

    fn one(text: &str) -> String {
        let found = pairs(text);
        assert_eq!(found.len(), 1, "{text}");
        found.into_iter().next().unwrap().1
    }

    #[test]
    fn quotes_escapes_exports_and_comments() {
        assert_eq!(one("A=b c # note"), "b c");
        assert_eq!(one("A=b#c\r\n"), "b#c");
        assert_eq!(one("export A = 'b \\n # \"c'  # note"), "b \\n # \"c");
        assert_eq!(one("A=\"a\\n\\\"\\$\\\\x \\q\"\n"), "a\n\"$\\x \\q");
        assert_eq!(one("A='line 1\nline 2'\n"), "line 1\nline 2");
        assert_eq!(one("A="), "");
        assert_eq!(one("A= # note"), "");
        let many = pairs("\u{feff}# note\n\nA=1\r\n  B-c.d=2\n");
        assert_eq!(many, [("A".into(), "1".into()), ("B-c.d".into(), "2".into())]);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_without_the_text() {
        for (text, message) in [
            ("A=1\nhunter2", "line 2: not NAME=VALUE"),
            ("A='hunter2", "line 1: the quote is not closed"),
            ("\nA='b' hunter2", "line 2: text after the closing quote"),
            ("1A=2", "line 1: not NAME=VALUE"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), message);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let _ = parse(&text);
        }
    }
}

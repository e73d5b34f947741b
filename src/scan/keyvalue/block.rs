//! Values that stand in a block of their own, below the line of their key: YAML's block scalars and here-documents. Only
//! a block of one line is a credential; one of several is a text, or a key that its own rule knows.

use super::literal::{Literal, MAX_VALUE, Quote};
use crate::model::Span;
use crate::scan::format::Format;

/// The only line of the block whose head stands at `at`.
pub(super) fn one_line(bytes: &[u8], at: usize, format: Format) -> Option<Literal> {
    let rest = Span::new(at, (at + MAX_VALUE).min(bytes.len())).of(bytes);
    let (head, body) = split_line(rest)?;
    let value = match format {
        Format::Yaml => scalar(head, body)?,
        Format::Code => document(head, body)?,
        _ => return None,
    };
    let offset = at + rest.len() - body.len();
    let span = Span::new(offset + value.start, offset + value.end);
    (!value.is_empty()).then_some(Literal { value: span, quote: Quote::Triple, end: span.end })
}

/// `|`, `>-`, `|2+` and a line that is indented further than the next one.
fn scalar(head: &[u8], body: &[u8]) -> Option<Span> {
    let (mark, signs) = head.trim_ascii_end().split_first()?;
    if !matches!(mark, b'|' | b'>') || !signs.iter().all(|sign| matches!(sign, b'+' | b'-' | b'1'..=b'9')) {
        return None;
    }
    let (line, mut after) = split_line(body).unwrap_or((body, b""));
    let value = trimmed(line);
    while let Some((_, rest)) = split_line(after).filter(|(next, _)| next.trim_ascii().is_empty()) {
        after = rest;
    }
    let ends = after.trim_ascii().is_empty() || trimmed(after).start < value.start;
    (value.start > 0 && ends).then_some(value)
}

/// `<<~NAME`, `<<<'NAME'` and a line that the name follows.
fn document(head: &[u8], body: &[u8]) -> Option<Span> {
    let name = head.strip_prefix(b"<<")?;
    let name = name.strip_prefix(b"<").or_else(|| name.strip_prefix(b"~")).or_else(|| name.strip_prefix(b"-"));
    let name = name.unwrap_or(head.get(2..)?);
    let name = name.strip_prefix(b"'").or_else(|| name.strip_prefix(b"\"")).unwrap_or(name);
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let name = name.get(..length).filter(|name| name.first().is_some_and(u8::is_ascii_alphabetic))?;
    let (line, after) = split_line(body)?;
    after.trim_ascii_start().starts_with(name).then(|| trimmed(line))
}

/// The first line of `text` and what follows it.
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', text)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Where `line` stands without the blanks round it.
fn trimmed(line: &[u8]) -> Span {
    let start = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    Span::new(start, start + line.trim_ascii().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, format: Format) -> Option<&str> {
        one_line(text.as_bytes(), 0, format).and_then(|literal| text.get(literal.value.range()))
    }

    #[test]
    fn a_block_of_one_line_is_a_value() {
        for text in ["|\n  value\n", ">-\n  value", "|2-\n  value\n\nnext: 1\n", "|\r\n  value\r\nx: y\r\n"] {
            assert_eq!(value(text, Format::Yaml), Some("value"), "{text:?}");
        }
        for text in ["|\n  value\n  more\n", "value\n  x\n", "|\nnext: 1\n", "|\n  value\n    more\n"] {
            assert_eq!(value(text, Format::Yaml), None, "{text:?}");
        }
        for text in ["<<~X\n  value\nX\n", "<<<X\nvalue\nX;\n", "<<<'X'\nvalue\n  X\n", "<<X\nvalue\nX\n"] {
            assert_eq!(value(text, Format::Code), Some("value"), "{text:?}");
        }
        assert_eq!(value("<<~X\n  value\n  more\nX\n", Format::Code), None);
        assert_eq!(value("1 << 2\n  value\nX\n", Format::Code), None);
    }
}

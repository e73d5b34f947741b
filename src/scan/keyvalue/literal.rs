//! Reads a value where one is expected: a quoted literal with its escapes, or bare text in the formats that have it.

use crate::model::Span;

/// Longest value, bytes.
pub(crate) const MAX_VALUE: usize = 4096;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    /// `"…"`
    Double,
    /// `'…'`
    Single,
    /// Between backquotes.
    Back,
    /// Three quotes.
    Triple,
    /// `\"…\"` within another literal.
    Escaped,
    /// No quotes.
    Bare,
    /// The text of an element.
    Element,
}

/// A value and just past its closing quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) value: Span,
    pub(crate) quote: Quote,
    pub(crate) end: usize,
}

/// The quoted literal that starts at `at`; string prefixes (`b`, `r`, `@`, …) may stand before the quote.
pub(crate) fn quoted(bytes: &[u8], at: usize) -> Option<Literal> {
    let mut open = at;
    while open < at + 2
        && matches!(
            bytes.get(open),
            Some(b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'F' | b'L' | b'@' | b'$' | b'&' | b'N' | b'*')
        )
    {
        open += 1;
    }
    match (bytes.get(open)?, bytes.get(open + 1), bytes.get(open + 2)) {
        (quote @ (b'"' | b'\''), Some(second), Some(third)) if quote == second && quote == third => {
            let start = open + 3;
            let end = start + memchr::memmem::find(limited(bytes, start), &[*quote; 3])?;
            Some(Literal { value: Span::new(start, end), quote: Quote::Triple, end: end + 3 })
        }
        (b'\\', Some(quote @ (b'"' | b'\'')), _) => {
            let start = open + 2;
            let body = limited(bytes, start);
            let end = start + memchr::memmem::find(body, &[b'\\', *quote])?;
            (!Span::new(start, end).of(bytes).contains(&b'\n')).then_some(Literal {
                value: Span::new(start, end),
                quote: Quote::Escaped,
                end: end + 2,
            })
        }
        (b'"', ..) => closed(bytes, open, b'"', Quote::Double),
        (b'\'', ..) => closed(bytes, open, b'\'', Quote::Single),
        (b'`', ..) => closed(bytes, open, b'`', Quote::Back),
        _ => None,
    }
}

fn limited(bytes: &[u8], start: usize) -> &[u8] {
    Span::new(start, (start + MAX_VALUE).min(bytes.len())).of(bytes)
}

fn closed(bytes: &[u8], open: usize, mark: u8, quote: Quote) -> Option<Literal> {
    let start = open + 1;
    let mut escaped = false;
    for (offset, &byte) in limited(bytes, start).iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'\n' if quote != Quote::Back => return None,
            _ if byte == mark => {
                let end = start + offset;
                return Some(Literal { value: Span::new(start, end), quote, end: end + 1 });
            }
            _ => {}
        }
    }
    None
}

/// The bare value that starts at `at`; `to_line_end` says that it may hold spaces.
pub(crate) fn bare(bytes: &[u8], at: usize, to_line_end: bool) -> Option<Literal> {
    let head = Span::new(at.saturating_sub(512), at).of(bytes);
    let head = head.get(memchr::memrchr(b'\n', head).map_or(0, |i| i + 1)..).unwrap_or_default();
    let line = limited(bytes, at);
    let line = line.get(..memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len())).unwrap_or_default();
    let mut length = 0;
    for (offset, &byte) in line.iter().enumerate() {
        let next = line.get(offset + 1).copied();
        if stops(byte, next, to_line_end, offset) || byte == b'&' && starts_parameter(line, offset + 1) {
            break;
        }
        length = offset + 1;
    }
    let mut value = line.get(..length)?;
    while let Some((last, shorter)) = value.split_last()
        && (last.is_ascii_whitespace() || matches!(last, b',' | b';') || unbalanced(head, value, *last))
    {
        value = shorter;
    }
    (!value.is_empty()).then(|| {
        let span = Span::new(at, at + value.len());
        Literal { value: span, quote: Quote::Bare, end: span.end }
    })
}

fn stops(byte: u8, next: Option<u8>, whole_line: bool, offset: usize) -> bool {
    let ends = next.is_none_or(|b| b.is_ascii_whitespace());
    match byte {
        b' ' | b'\t' => !whole_line || next == Some(b'#') || next == Some(b'/') || next == Some(b';'),
        b'"' | b'`' => true,
        b'\'' => !whole_line || offset > 0 && ends,
        b';' => !whole_line,
        b',' => ends || matches!(next, Some(b'"' | b'\'')),
        b'\\' => next.is_none_or(|b| matches!(b, b'n' | b'r' | b't' | b'"' | b'\'' | b'\\' | b' ' | b';')),
        b'<' => next == Some(b'/'),
        _ => false,
    }
}

/// Whether a parameter of a query (`name=`) starts at `at`.
fn starts_parameter(line: &[u8], at: usize) -> bool {
    let rest = line.get(at..).unwrap_or_default();
    let name =
        rest.iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
    name > 0 && rest.get(name) == Some(&b'=')
}

/// Whether a closing bracket at the value's end belongs to one that was opened before the value.
fn unbalanced(head: &[u8], value: &[u8], last: u8) -> bool {
    let open = match last {
        b')' => b'(',
        b']' => b'[',
        b'}' => b'{',
        _ => return false,
    };
    let count = |text: &[u8], byte| memchr::memchr_iter(byte, text).count();
    count(value, last) > count(value, open) && count(head, open) > count(head, last)
}

/// The numbers of a byte array, `[]byte{1, 2, …}`, whose type starts at `at`.
pub(crate) fn byte_array(bytes: &[u8], at: usize) -> Option<Literal> {
    let text = limited(bytes, at);
    let open = text.iter().take(40).position(|b| *b == b'{')?;
    let named = text.get(..open)?.iter().all(|b| b.is_ascii_alphanumeric() || b"[]<>_ :".contains(b));
    let body = text.get(open + 1..)?;
    let close = memchr::memchr(b'}', body)?;
    let body = body.get(..close)?;
    let numbers =
        body.iter().all(|b| b.is_ascii_hexdigit() || b.is_ascii_whitespace() || matches!(b, b',' | b'x' | b'-'));
    let trimmed = body.trim_ascii();
    let start = at + open + 1 + (body.len() - body.trim_ascii_start().len());
    (named && numbers && memchr::memchr_iter(b',', body).count() >= 8).then_some(Literal {
        value: Span::new(start, start + trimmed.len()),
        quote: Quote::Bare,
        end: at + open + close + 2,
    })
}

/// The text of the element whose tag ends just before `at`.
pub(crate) fn element(bytes: &[u8], at: usize) -> Option<Literal> {
    let end = at + memchr::memchr(b'<', limited(bytes, at))?;
    let text = Span::new(at, end).of(bytes);
    let trimmed = text.trim_ascii();
    let start = at + text.len() - text.trim_ascii_start().len();
    (!trimmed.is_empty() && !trimmed.contains(&b'\n')).then_some(Literal {
        value: Span::new(start, start + trimmed.len()),
        quote: Quote::Element,
        end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(literal: Option<Literal>, bytes: &[u8]) -> Option<String> {
        literal.map(|l| String::from_utf8_lossy(l.value.of(bytes)).into_owned())
    }

    #[test]
    fn quoted_literals_end_at_their_own_quote() {
        for (source, value) in [
            (r#""a'b" c"#, "a'b"),
            (r"'it\'s'", r"it\'s"),
            (r#"b"x""#, "x"),
            ("\"\"\"a\nb\"\"\"", "a\nb"),
            (r#"\"in\" x"#, "in"),
        ] {
            assert_eq!(text(quoted(source.as_bytes(), 0), source.as_bytes()).as_deref(), Some(value));
        }
        assert_eq!(quoted(b"\"open\n\"", 0), None);
    }

    #[test]
    fn bare_values_end_where_the_format_says() {
        let of = |head: &str, source: &str, to_line_end| {
            let whole = [head, source].concat();
            text(bare(whole.as_bytes(), head.len(), to_line_end), whole.as_bytes())
        };
        assert_eq!(of("", "a b # c", true).as_deref(), Some("a b"));
        assert_eq!(of("", "x#y\n", true).as_deref(), Some("x#y"));
        assert_eq!(of("", "x -e Y=z", false).as_deref(), Some("x"));
        assert_eq!(of("{p: ", "pw}, {", false).as_deref(), Some("pw"));
        assert_eq!(of("p: ", "pw}\n", true).as_deref(), Some("pw}"));
        assert_eq!(of("", "p(w)", false).as_deref(), Some("p(w)"));
        assert_eq!(of("", "pw;Server=x", false).as_deref(), Some("pw"));
        assert_eq!(of("", "pw&user=x", false).as_deref(), Some("pw"));
        assert_eq!(of("", "p&w", false).as_deref(), Some("p&w"));
    }

    #[test]
    fn a_byte_array_is_one_value() {
        let source = b"[]byte{\n 1, 2, 3, 4, 5,\n 0x06, 7, 8, 9,\n}";
        assert!(text(byte_array(source, 0), source).unwrap().ends_with("9,"));
        assert_eq!(byte_array(b"struct{a, b}", 0), None);
    }

    #[test]
    fn an_elements_text_is_trimmed() {
        assert_eq!(text(element(b" pw </x>", 0), b" pw </x>").as_deref(), Some("pw"));
        assert_eq!(element(b"</x>", 0), None);
    }
}

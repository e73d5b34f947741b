//! Reads a value where one is expected: a quoted literal with its escapes, or bare text in the formats that have it.

use crate::model::Span;
use crate::scan::format::Format;
use crate::scan::runs::Set;

/// Longest value, bytes: what a secret of the store may have.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
pub(crate) const MAX_VALUE: usize = 64 << 10;

/// Longest bare value, bytes, but for one of base64 alone: where a line goes on and on, each of its keys would be given
/// the rest of it.
const MAX_MIXED: usize = 4096;

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

/// The quoted literal that starts at `at`; string prefixes (`b`, `r`, `@`, …) may stand before the quote. `format`
/// says how a quote within it is written.
pub(crate) fn quoted(bytes: &[u8], at: usize, format: Format) -> Option<Literal> {
    let mut open = at + interpolator(bytes.get(at..).unwrap_or_default(), format);
    while open < at + 2
        && matches!(
            bytes.get(open),
            Some(b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'F' | b'L' | b'@' | b'$' | b'&' | b'N' | b'*')
        )
    {
        open += 1;
    }
    let prefix = Span::new(at, open).of(bytes);
    let triples = !matches!(format, Format::Yaml | Format::Sql | Format::Shell | Format::Json);
    match (bytes.get(open)?, bytes.get(open + 1), bytes.get(open + 2)) {
        (quote @ (b'"' | b'\''), Some(second), Some(third)) if triples && quote == second && quote == third => {
            let start = open + 3;
            let end = start + memchr::memmem::find(limited(bytes, start), &[*quote; 3])?;
            Some(Literal { value: Span::new(start, end), quote: Quote::Triple, end: end + 3 })
        }
        (b'\\', Some(quote @ (b'"' | b'\'')), _) => escaped(bytes, open + 2, *quote),
        (b'"', ..) => closed(bytes, open, Quote::Double, Escapes::of(Quote::Double, format, prefix)),
        (b'\'', ..) => closed(bytes, open, Quote::Single, Escapes::of(Quote::Single, format, prefix)),
        (b'`', ..) => closed(bytes, open, Quote::Back, Escapes::of(Quote::Back, format, prefix)),
        (b'#', ..) if prefix.ends_with(b"r") => raw(bytes, open),
        _ => None,
    }
}

/// Length of the name of Scala's interpolators that have no letters in common with other languages' prefixes.
fn interpolator(rest: &[u8], format: Format) -> usize {
    let named = |name: &&str| rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"\""));
    ["s", "raw"].iter().find(|name| format == Format::Code && named(name)).map_or(0, |name| name.len())
}

fn limited(bytes: &[u8], start: usize) -> &[u8] {
    Span::new(start, (start + MAX_VALUE).min(bytes.len())).of(bytes)
}

/// `\"…\"` within another literal, from behind the opening quote.
fn escaped(bytes: &[u8], start: usize, mark: u8) -> Option<Literal> {
    let end = start + memchr::memmem::find(limited(bytes, start), &[b'\\', mark])?;
    let one_line = !Span::new(start, end).of(bytes).contains(&b'\n');
    one_line.then_some(Literal { value: Span::new(start, end), quote: Quote::Escaped, end: end + 2 })
}

/// Rust's `r#"…"#`, from its first `#`.
fn raw(bytes: &[u8], at: usize) -> Option<Literal> {
    let hashes = bytes.get(at..)?.iter().take(8).take_while(|b| **b == b'#').count();
    let start = at + hashes + 1;
    if bytes.get(start - 1) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let end = start + memchr::memmem::find(limited(bytes, start), &close)?;
    Some(Literal { value: Span::new(start, end), quote: Quote::Double, end: end + close.len() })
}

/// How a literal writes its own quote.
#[derive(Clone, Copy)]
struct Escapes {
    backslash: Backslash,
    /// The quote twice stands for one.
    doubled: bool,
    /// Shell: `'\''` and `'"'"'`, a quote between two literals without a gap.
    joined: bool,
}

/// What a backslash does in a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    /// It is a character like others.
    Plain,
    /// It takes away the next character's meaning.
    Escapes,
    /// Dialects differ: it escapes a quote if another one follows that can be the end.
    Unsure,
}

impl Escapes {
    fn of(quote: Quote, format: Format, prefix: &[u8]) -> Self {
        let single = quote == Quote::Single;
        let verbatim = prefix.contains(&b'@');
        let backslash = match format {
            _ if verbatim => Backslash::Plain,
            Format::Yaml | Format::Shell if single => Backslash::Plain,
            Format::Code | Format::Json | Format::Yaml | Format::Shell => Backslash::Escapes,
            _ if single => Backslash::Unsure,
            _ => Backslash::Escapes,
        };
        // in code, two literals without a gap are joined: one value, too
        let doubled = match format {
            Format::Sql | Format::Code => quote != Quote::Back,
            Format::Yaml | Format::Shell => single,
            _ => false,
        };
        Self { backslash, doubled, joined: single && format == Format::Shell }
    }

    /// Length of what stands at the start of `rest`, which begins with the mark, if it is no end.
    fn inner(self, rest: &[u8], mark: u8) -> Option<usize> {
        let length = match rest {
            [_, b'\\', b'\'', b'\'', ..] if self.joined => 4,
            [_, b'"', b'\'', b'"', b'\'', ..] if self.joined => 5,
            [_, second, ..] if self.doubled && *second == mark => 2,
            _ => return None,
        };
        on_line(rest.get(length..)?, mark).then_some(length)
    }
}

/// Whether `mark` stands on the line.
fn on_line(rest: &[u8], mark: u8) -> bool {
    memchr::memchr2(mark, b'\n', rest).is_some_and(|at| rest.get(at) == Some(&mark))
}

fn closed(bytes: &[u8], open: usize, quote: Quote, escapes: Escapes) -> Option<Literal> {
    let mark = *bytes.get(open)?;
    let start = open + 1;
    let body = limited(bytes, start);
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let rest = body.get(at..).unwrap_or_default();
        at += match byte {
            b'\\' if escapes.backslash == Backslash::Escapes => 2,
            b'\\' if escapes.backslash == Backslash::Unsure => {
                let ends = rest.get(1) == Some(&mark) && !on_line(rest.get(2..).unwrap_or_default(), mark);
                if ends { 1 } else { 2 }
            }
            b'\n' if quote != Quote::Back => return None,
            _ if byte == mark => {
                let Some(length) = escapes.inner(rest, mark) else {
                    let end = start + at;
                    return Some(Literal { value: Span::new(start, end), quote, end: end + 1 });
                };
                length
            }
            _ => 1,
        };
    }
    None
}

/// The text that the bare value at `at` must end in; `also` are bytes that may stand between the letters of base64.
fn room<'b>(bytes: &'b [u8], at: usize, also: &[u8]) -> &'b [u8] {
    let text = limited(bytes, at);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_.~".contains(byte) || also.contains(byte);
    let letters = text.iter().take_while(|byte| is_letter(byte)).count();
    let padding = text.get(letters..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
    // a stop is told by the two bytes behind the value
    text.get(..MAX_MIXED.max(letters + padding + 2)).unwrap_or(text)
}

/// The bare value that starts at `at`; `to_line_end` says that it may hold spaces. `None` for one that doesn't end
/// within [`MAX_VALUE`], or [`MAX_MIXED`]: a part of it would be no credential, and the rest not be masked.
pub(crate) fn bare(bytes: &[u8], at: usize, to_line_end: bool) -> Option<Literal> {
    let head = Span::new(at.saturating_sub(512), at).of(bytes);
    let head = head.get(memchr::memrchr(b'\n', head).map_or(0, |i| i + 1)..).unwrap_or_default();
    let room = room(bytes, at, b"");
    let line = room.get(..memchr::memchr2(b'\n', b'\r', room).unwrap_or(room.len())).unwrap_or_default();
    let is_stop = |&(offset, &byte): &(usize, &u8)| {
        let next = line.get(offset + 1).copied();
        stops(byte, next, to_line_end, offset) || byte == b'&' && starts_parameter(line, offset + 1)
    };
    let mut may_stop = line.iter().enumerate().filter(|(_, byte)| STOPS.has(**byte));
    let length = may_stop.find(is_stop).map_or(line.len(), |(offset, _)| offset);
    if length == room.len() && at + length < bytes.len() {
        return None;
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

/// The bare value of a properties file that starts at `at`: to the end of the line, and over the next one where a
/// backslash stands before the break. `None` as for [`bare`].
pub(crate) fn folded(bytes: &[u8], at: usize) -> Option<Literal> {
    let text = room(bytes, at, b"\\\r\n \t");
    let (mut offset, mut length) = (0, 0);
    while let Some(&byte) = text.get(offset) {
        let next = text.get(offset + 1).copied();
        if byte == b'\\' {
            let broken = text.get(offset + 1..).map_or(0, line_break);
            let indent = if broken > 0 { blanks(text.get(offset + 1 + broken..).unwrap_or_default()) } else { 1 };
            offset += 1 + broken + indent;
            length = if broken > 0 { length } else { offset.min(text.len()) };
            continue;
        }
        if matches!(byte, b'\n' | b'\r') || matches!(byte, b' ' | b'\t') && matches!(next, Some(b'#' | b';')) {
            break;
        }
        offset += 1;
        if !byte.is_ascii_whitespace() {
            length = offset;
        }
    }
    let ends = offset < text.len() || at + text.len() == bytes.len();
    (length > 0 && ends).then(|| Literal { value: Span::new(at, at + length), quote: Quote::Bare, end: at + length })
}

/// Length of the line break that `rest` starts with.
fn line_break(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

fn blanks(rest: &[u8]) -> usize {
    rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\x0c')).count()
}

/// The bytes that [`stops`], or a parameter, may stop a bare value at; others are passed over.
static STOPS: Set = Set::only(b" \t\"`';,\\<&");

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
            assert_eq!(text(quoted(source.as_bytes(), 0, Format::Code), source.as_bytes()).as_deref(), Some(value));
        }
        assert_eq!(quoted(b"\"open\n\"", 0, Format::Code), None);
    }

    #[test]
    fn each_format_writes_a_quote_within_a_literal_its_own_way() {
        for (format, source, value) in [
            (Format::Yaml, "'abc''s' # x", "abc''s"),
            (Format::Yaml, "'''abc' # it's", "''abc"),
            (Format::Yaml, r"'abc\' # x", r"abc\"),
            (Format::Yaml, "''\nx: 'y'", ""),
            (Format::Sql, "'it''s', 'x'", "it''s"),
            (Format::Shell, r"'it'\''s' x", r"it'\''s"),
            (Format::Shell, r#"'it'"'"'s' x"#, r#"it'"'"'s"#),
            (Format::Shell, r"'abc\' x", r"abc\"),
            (Format::Code, r#"@"a\""b\""#, r#"a\""b\"#),
            (Format::Code, r##"r#"a"b"#;"##, r#"a"b"#),
            (Format::Code, r"'a\'b\\' + 'x'", r"a\'b\\"),
            (Format::Code, r#"("", "x")"#.trim_start_matches('('), ""),
            (Format::Config, r"'abc\'", r"abc\"),
            (Format::Config, r"'abc\'d'", r"abc\'d"),
        ] {
            assert_eq!(
                text(quoted(source.as_bytes(), 0, format), source.as_bytes()).as_deref(),
                Some(value),
                "{source}"
            );
        }
    }

    #[test]
    fn a_properties_value_goes_on_behind_a_backslash_at_the_end_of_the_line() {
        for (source, value) in [
            ("part1\\\n    part2\nnext=1", "part1\\\n    part2"),
            ("a\\\r\n b\\\r\n c\r\n", "a\\\r\n b\\\r\n c"),
            ("a\\\\\nb", "a\\\\"),
            ("a\\nb\"c' \n", "a\\nb\"c'"),
            ("pw # no", "pw"),
            ("a\\\n", "a"),
        ] {
            assert_eq!(text(folded(source.as_bytes(), 0), source.as_bytes()).as_deref(), Some(value), "{source}");
        }
        assert_eq!(folded(b"\n", 0), None);
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
    fn a_value_is_taken_whole_or_not_at_all() {
        let whole = |literal: Option<Literal>| literal.map(|l| l.value.len());
        for length in [MAX_MIXED - 1, MAX_MIXED, MAX_MIXED + 1, MAX_VALUE - 3] {
            let base64 = "Ab9+".repeat(length.div_ceil(4)).split_off(length.div_ceil(4) * 4 - length);
            for end in ["", "\n", " # x", "==\n"] {
                let text = format!("{base64}{end}");
                let expected = Some(length + text.matches('=').count());
                assert_eq!(whole(bare(text.as_bytes(), 0, true)), expected, "{length} {end:?}");
                assert_eq!(whole(folded(text.as_bytes(), 0)), expected, "{length} {end:?}");
            }
            let text = format!("\"{base64}\"");
            assert_eq!(whole(quoted(text.as_bytes(), 0, Format::Code)), Some(length));
        }
        let too_long = "Ab9+".repeat(MAX_VALUE / 4);
        let mixed = "a:".repeat(MAX_MIXED);
        for text in [format!("{too_long}\n"), format!("{mixed}\n"), format!("{too_long}{mixed}")] {
            assert_eq!(bare(text.as_bytes(), 0, true), None);
            assert_eq!(folded(text.as_bytes(), 0), None);
        }
        assert_eq!(whole(folded(format!("{}\n", "Ab9+\\\n  ".repeat(2000)).as_bytes(), 0)), Some(2000 * 8 - 4));
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

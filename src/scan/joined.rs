//! Text that a program puts together from pieces: literals behind one another (`"a" + "b"`, `"a" . "b"`, `"a" "b"`), a
//! literal that goes on behind a backslash at the line's end, Base64 that is broken into lines. What is found in it can be
//! reported, not rewritten, so its span is that of all the pieces in the blob.

use super::runs::{Set, runs};
use crate::model::Span;

/// How far apart two pieces may stand, bytes.
const GAP: usize = 160;
/// Shortest line of Base64 that is broken into lines, but for the last one.
const LINE: usize = 60;

/// Pieces in one text, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) span: Span,
    pub(super) text: Vec<u8>,
}

/// The literals that stand behind one another in `bytes`.
pub(super) fn literals(bytes: &[u8]) -> Vec<Joined> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = next_quote(bytes, at) {
        at = open + 1;
        let Some(first) = piece(bytes, open) else { continue };
        let mut end = first.span.end;
        let mut more = Vec::new();
        while let Some(next) = seam(bytes, end).and_then(|open| piece(bytes, open)) {
            end = next.span.end;
            more.push(next.span);
        }
        if first.broken || !more.is_empty() {
            let pieces = std::iter::once(first.span).chain(more);
            let text = pieces.flat_map(|piece| without_breaks(piece.of(bytes))).collect();
            out.push(Joined { span: Span::new(open + 1, end), text });
        }
        at = end + 1;
    }
    out
}

/// The stretches of `bytes` that are Base64 in lines of one length, without their line ends; `runs` are all runs of
/// Base64 in them.
pub(super) fn lines(bytes: &[u8], mut runs: &[Span]) -> Vec<Joined> {
    let mut out = Vec::new();
    let mut group: Option<(Joined, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        if group.is_none() {
            // lines that don't begin one are not looked at
            let Some(start) = next_line(bytes, at, &mut runs) else { break };
            at = memchr::memrchr(b'\n', Span::new(at, start).of(bytes)).map_or(at, |end| at + end + 1);
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let digits = line.trim_ascii();
        let is_base64 = !digits.is_empty() && digits.iter().all(|byte| BASE64.has(*byte));
        let span = Span::new(at + indent, at + indent + digits.len());
        group = match group {
            Some((mut joined, width)) if is_base64 && digits.len() <= width => {
                joined.text.extend_from_slice(digits);
                joined.span.end = span.end;
                if digits.len() < width {
                    out.push(joined);
                    None
                } else {
                    Some((joined, width))
                }
            }
            other => {
                out.extend(other.map(|(joined, _)| joined));
                let begins = is_base64 && digits.len() >= LINE;
                begins.then(|| (Joined { span, text: digits.to_vec() }, digits.len()))
            }
        };
        at += length + 1;
    }
    out.extend(group.map(|(joined, _)| joined));
    // one line stands for itself
    out.retain(|joined| joined.text.len() < joined.span.len());
    out
}

/// Where the next run from `at` on starts that is long enough for a line, in the first of `within` or a later one.
fn next_line(bytes: &[u8], at: usize, within: &mut &[Span]) -> Option<usize> {
    while let Some((first, rest)) = within.split_first() {
        let text = bytes.get(..first.end)?;
        if let Some(run) = runs(text, first.start.max(at), &BASE64, LINE).next() {
            return Some(run.start);
        }
        *within = rest;
    }
    None
}

/// Base64 with its padding.
static BASE64: Set = Set::alphanumeric_and(b"+/=");
/// What stands for itself in every kind of literal.
static PLAIN: Set = Set::graphic_without(b"\\\"'`");

fn next_quote(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memchr3(b'"', b'\'', b'`', bytes.get(at..)?).map(|offset| at + offset)
}

#[derive(Clone, Copy)]
struct Piece {
    /// Between its quotes.
    span: Span,
    /// It goes on behind a backslash at a line's end.
    broken: bool,
}

/// The literal that opens at `open`, if it could be a part of a credential: printable, no blanks, no escapes.
fn piece(bytes: &[u8], open: usize) -> Option<Piece> {
    let mark = *bytes.get(open)?;
    let (mut end, mut broken, mut is_empty) = (open + 1, false, true);
    loop {
        let more = bytes.get(end..)?.iter().take_while(|byte| PLAIN.has(**byte)).count();
        is_empty &= more == 0;
        end += more;
        match bytes.get(end..)? {
            [byte, ..] if *byte == mark => {
                return (!is_empty).then(|| Piece { span: Span::new(open + 1, end), broken });
            }
            [b'\\', b'\n', ..] => end += 2,
            [b'\\', b'\r', b'\n', ..] => end += 3,
            _ => return None,
        }
        broken = true;
    }
}

/// The text of a piece without the backslashes at its lines' ends and what they break.
fn without_breaks(piece: &[u8]) -> impl Iterator<Item = u8> + '_ {
    piece.iter().copied().filter(|byte| PLAIN.has(*byte))
}

/// From the closing quote at `close` over a joining sign, if there is one, to the next opening quote.
fn seam(bytes: &[u8], close: usize) -> Option<usize> {
    let rest = bytes.get(close + 1..)?;
    let rest = rest.get(..GAP).unwrap_or(rest);
    let mut signs = 0;
    for (offset, byte) in rest.iter().enumerate() {
        match byte {
            b'"' | b'\'' | b'`' => return Some(close + 1 + offset),
            b'+' | b'.' | b'&' | b'~' if signs < 2 => signs += 1,
            b'\\' | b'_' | b'(' | b')' => {}
            _ if byte.is_ascii_whitespace() => {}
            // of a literal: r"", b"", f""
            b'r' | b'b' | b'u' | b'f' | b'R' | b'B' | b'U' | b'F' | b'@' | b'$'
                if matches!(rest.get(offset + 1), Some(b'"' | b'\'' | b'`')) => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(joined: Vec<Joined>) -> Vec<String> {
        joined.into_iter().map(|joined| String::from_utf8(joined.text).unwrap()).collect()
    }

    #[test]
    fn literals_behind_one_another_are_one_text() {
        for text in [
            "x = \"abc\" + \"def\";",
            "x = 'abc' . 'def';",
            "x = (\"abc\"\n     b\"def\")",
            "x = 'abc' ..\n  'def'",
            "Dim x = \"abc\" & _\r\n  \"def\"",
            "x = \"abc\\\ndef\"",
            "x = \"ab\" + \"c\" + `def`",
        ] {
            assert_eq!(texts(literals(text.as_bytes())), ["abcdef"], "{text}");
        }
        for text in
            ["[\"abc\", \"def\"]", "\"abc\": \"def\"", "x = \"abc\" + y + \"def\"", "x = \"abc\"", "it's \"a\" b"]
        {
            assert_eq!(literals(text.as_bytes()), [], "{text}");
        }
        let found = literals(b"x = \"abc\" + \"def\";");
        assert_eq!(found[0].span, Span::new(5, 16), "from the first character to the last one");
    }

    fn lines_of(text: &str) -> Vec<Joined> {
        lines(text.as_bytes(), &super::super::runs::base64(text.as_bytes()))
    }

    /// Line by line.
    fn lines_plainly(bytes: &[u8]) -> Vec<Joined> {
        let mut out: Vec<Joined> = Vec::new();
        let mut open: Option<usize> = None;
        let mut at = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            let digits = line.trim_ascii();
            let start = at + line.len() - line.trim_ascii_start().len();
            let span = Span::new(start, start + digits.len());
            at += line.len() + 1;
            let is_base64 = !digits.is_empty() && digits.iter().all(|byte| BASE64.has(*byte));
            match (open, out.last_mut()) {
                (Some(width), Some(joined)) if is_base64 && digits.len() <= width => {
                    joined.text.extend_from_slice(digits);
                    joined.span.end = span.end;
                    open = (digits.len() == width).then_some(width);
                }
                _ if is_base64 && digits.len() >= LINE => {
                    out.push(Joined { span, text: digits.to_vec() });
                    open = Some(digits.len());
                }
                _ => open = None,
            }
        }
        out.retain(|joined| joined.text.len() < joined.span.len());
        out
    }

    proptest! {
        #[test]
        fn skipping_lines_misses_none(
            lines_of_text in prop::collection::vec(
                (prop_oneof![Just(0_usize), 1..10_usize, Just(60), Just(64), Just(64), 61..70_usize], "[ \t]{0,2}", "[-\r ]?"),
                0..20,
            )
        ) {
            let lines_of_text = lines_of_text.iter().map(|(length, before, behind)| {
                [before.as_str(), &"Q".repeat(*length), behind].concat()
            });
            let text = lines_of_text.collect::<Vec<_>>().join("\n");
            prop_assert_eq!(lines_of(&text), lines_plainly(text.as_bytes()));
        }
    }

    #[test]
    fn base64_in_lines_is_one_text() {
        let line = "QUJD".repeat(19);
        let text = format!("data: |\n  {line}\n  {line}\n  QUJD\nother\n{line}\n");
        let found = lines_of(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text.len(), 76 * 2 + 4);
        assert_eq!(found[0].span, Span::new(10, 10 + 76 + 3 + 76 + 3 + 4));
        assert_eq!(lines_of(&format!("{line}\r\n{line}\r\n")).len(), 1);
    }
}

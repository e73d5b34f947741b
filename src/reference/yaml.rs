//! Values in YAML: where a reference stands in a scalar, and how a value is written there.
//!
//! A value is always text. A scalar without quotes would leave it to the value, and to the version of YAML that the
//! reader knows, whether the whole is text, a number, a time or a truth value (`1:@`, `0x@`, `2001-@-01`, `y@`), and
//! a ` #` or `: ` in it would end the scalar. So such a scalar gets double quotes round all of it: they fold lines
//! alike, and there is an escape for everything.

use std::ops::Range;

use zeroize::Zeroizing;

use super::insert::escaped;

/// How a value is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With double quotes of its own.
    Quoted,
    /// Between double quotes that stand already.
    Double { beside_break: bool },
    /// Between single quotes that stand already.
    Single { beside_break: bool },
    /// Within a scalar without quotes, which gets double ones.
    Plain { fixed: Fixed, beside_break: bool },
    /// In a block scalar.
    Block { indent: usize, folded: bool, alone: bool },
}

/// The text of a plain scalar that goes with a reference in it: all before the first, and what follows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fixed {
    /// Its length before the scalar's first reference; `None` for the others.
    before: Option<usize>,
    after: usize,
    last: bool,
}

/// The bytes to replace and the way to write there; `None` in a comment.
pub(super) type Place = Result<Option<(Range<usize>, Style)>, String>;

/// The place of each reference.
pub(super) fn places(text: &[u8], spans: &[Range<usize>]) -> Vec<Place> {
    // A bare reference begins like a flow mapping, so references are hidden behind letters while parsing.
    let mut masked = text.to_vec();
    for span in spans {
        if let Some(bytes) = masked.get_mut(span.clone()) {
            bytes.fill(b'x');
        }
    }
    let mut parser = tree_sitter::Parser::new();
    let tree = parser.set_language(&tree_sitter_yaml::LANGUAGE.into()).ok().and_then(|()| parser.parse(&masked, None));
    let Some(tree) = tree else {
        return spans.iter().map(|_| Err("the YAML can't be parsed".into())).collect();
    };
    let file = File { text: &masked, spans };
    spans.iter().map(|span| file.place(tree.root_node(), span)).collect()
}

struct File<'a> {
    text: &'a [u8],
    spans: &'a [Range<usize>],
}

impl File<'_> {
    fn place(&self, root: tree_sitter::Node<'_>, span: &Range<usize>) -> Place {
        let mut node = root.descendant_for_byte_range(span.start, span.end);
        while let Some(here) = node {
            let range = here.byte_range();
            let beside_break = || self.is_beside_break(&range, span);
            match here.kind() {
                "comment" => return Ok(None),
                "double_quote_scalar" => {
                    return Ok(Some((span.clone(), Style::Double { beside_break: beside_break() })));
                }
                "single_quote_scalar" if range == (span.start - 1..span.end + 1) => {
                    return Ok(Some((range, Style::Quoted)));
                }
                "single_quote_scalar" => {
                    return Ok(Some((span.clone(), Style::Single { beside_break: beside_break() })));
                }
                "plain_scalar" if range == *span => return Ok(Some((range, Style::Quoted))),
                "plain_scalar" => {
                    let (whole, fixed) = self.fixed(&range, span);
                    return Ok(Some((whole, Style::Plain { fixed, beside_break: beside_break() })));
                }
                "block_scalar" => return Ok(Some((span.clone(), self.block(&range, span)))),
                "ERROR" => break,
                _ => node = here.parent(),
            }
        }
        Err("the YAML round the reference can't be parsed".into())
    }

    /// What the slot of a reference in a plain scalar takes in.
    fn fixed(&self, scalar: &Range<usize>, span: &Range<usize>) -> (Range<usize>, Fixed) {
        let inside = |other: &&Range<usize>| scalar.start <= other.start && other.end <= scalar.end;
        let is_first = self.spans.iter().find(inside) == Some(span);
        let next = self.spans.iter().filter(inside).find(|other| other.start >= span.end);
        let start = if is_first { scalar.start } else { span.start };
        let end = next.map_or(scalar.end, |next| next.start);
        let before = is_first.then_some(span.start - start);
        (start..end, Fixed { before, after: end - span.end, last: next.is_none() })
    }

    /// Whether only white space is between a reference and a line break of its scalar, where readers drop it.
    fn is_beside_break(&self, scalar: &Range<usize>, span: &Range<usize>) -> bool {
        let is_break = |byte: Option<&u8>| matches!(byte, Some(b'\n' | b'\r'));
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let before = self.text.get(scalar.start..span.start).unwrap_or_default();
        let after = self.text.get(span.end..scalar.end).unwrap_or_default();
        is_break(before.iter().rev().find(|byte| !is_blank(byte)))
            || is_break(after.iter().find(|byte| !is_blank(byte)))
    }

    fn block(&self, scalar: &Range<usize>, span: &Range<usize>) -> Style {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let indent = self.text.iter().skip(line).take_while(|byte| **byte == b' ').count();
        let rest = self.text.get(span.end..).unwrap_or_default();
        let ends = matches!(rest.iter().find(|byte| **byte != b' '), None | Some(b'\n' | b'\r'));
        let folded = self.text.get(scalar.start) == Some(&b'>');
        Style::Block { indent, folded, alone: ends && line + indent == span.start }
    }
}

/// `value` in the way of `style`; `old` is the text that it is written over.
pub(super) fn written(style: Style, old: &[u8], value: &str) -> Result<Vec<u8>, String> {
    match style {
        Style::Quoted => Ok([b"\"".as_slice(), &Zeroizing::new(escaped(value)), b"\""].concat()),
        Style::Double { beside_break } => double(value, beside_break),
        Style::Single { beside_break } => single(value, beside_break),
        Style::Plain { fixed, beside_break } => Ok(plain(old, fixed, &Zeroizing::new(double(value, beside_break)?))),
        Style::Block { indent, folded, alone } => {
            if alone && value.is_empty() {
                return Err("the value is empty, and its line of the block would vanish".into());
            }
            block(value, indent, folded)
        }
    }
}

fn double(value: &str, beside_break: bool) -> Result<Vec<u8>, String> {
    if !beside_break {
        return Ok(escaped(value));
    }
    if value.is_empty() {
        return Err("the value is empty, and the line breaks beside it would be read as others".into());
    }
    let blank = |is: bool| if is { b"\\u0020".as_slice() } else { b"" };
    let (starts, rest) = value.strip_prefix(' ').map_or((false, value), |rest| (true, rest));
    let (ends, rest) = rest.strip_suffix(' ').map_or((false, rest), |rest| (true, rest));
    Ok([blank(starts), &Zeroizing::new(escaped(rest)), blank(ends)].concat())
}

fn single(value: &str, beside_break: bool) -> Result<Vec<u8>, String> {
    if value.chars().any(is_unprintable) {
        return Err("the value has a line break or control character, which single quotes can't hold".into());
    }
    if beside_break && (value.is_empty() || value.starts_with(' ') || value.ends_with(' ')) {
        return Err(
            "the value is empty or begins or ends with a blank, which the line break beside it would take".into()
        );
    }
    Ok(value.replace('\'', "''").into_bytes())
}

/// A value with the fixed text round it, all escaped, and the quotes that stand at the scalar's ends.
fn plain(old: &[u8], fixed: Fixed, value: &[u8]) -> Vec<u8> {
    let (head, tail) = (old.get(..fixed.before.unwrap_or(0)), old.get(old.len().saturating_sub(fixed.after)..));
    let quote = |is: bool| if is { b"\"".as_slice() } else { b"" };
    [
        quote(fixed.before.is_some()),
        &backslashed(head.unwrap_or_default()),
        value,
        &backslashed(tail.unwrap_or_default()),
        quote(fixed.last),
    ]
    .concat()
}

/// Text of a plain scalar for double quotes; its lines are folded there as they were.
fn backslashed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}

/// Line breaks of YAML 1.1 and characters that YAML wants escaped.
pub(super) fn is_unprintable(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Lines of a block scalar; the first goes on where the reference stood.
fn block(text: &str, indent: usize, folded: bool) -> Result<Vec<u8>, String> {
    let bad = |c: char| c != '\n' && c != '\t' && is_unprintable(c);
    if text.chars().any(bad) || text.starts_with([' ', '\n', '\t']) || text.ends_with(['\n', ' ']) {
        return Err(
            "the value begins or ends with white space or has control characters, which a block can't hold".into()
        );
    }
    if folded && text.contains('\n') {
        return Err("the value has several lines, which a folded block would join".into());
    }
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(indent))).into_bytes())
}

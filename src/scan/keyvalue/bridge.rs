//! The way from a key to its value: closing quotes, a sign, a type, a call round the literal.

use super::block;
use super::literal::{self, Literal};
use crate::model::Span;
use crate::scan::format::Format;

/// What stands between key and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// `=`, `:=`, `<-`
    Assign,
    /// `:`
    Colon,
    /// `=>`, `->`
    Arrow,
    /// `==`, `!=`
    Compare,
    /// `key("v")`
    Call,
    /// `"key", "v"`
    Comma,
    /// `--key v`
    Flag,
    /// `KEY 'v'`
    Space,
    /// `<key>v</key>`
    Element,
    /// `name: KEY, value: v`
    Pair,
}

/// A value and the way to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bridge {
    pub(crate) sign: Sign,
    pub(crate) literal: Literal,
    /// The key was in quotes.
    pub(crate) quoted_key: bool,
    /// A type stood between key and sign.
    pub(crate) typed: bool,
    /// A call or an expression stood before the literal.
    pub(crate) wrapped: bool,
    /// The literal is the default of a lookup.
    pub(crate) default: bool,
}

/// Whether no value follows a name: most names stand in expressions, in lists and in sentences.
pub(super) fn leads_nowhere(bytes: &[u8], name: Span, format: Format) -> bool {
    const ENDS: &[u8] = b"),;/&@#%^~$";
    let Some(next) = bytes.get(name.end) else { return true };
    if ENDS.contains(next) {
        return true;
    }
    // here a word behind a space is a value only behind a flag, `--key v`
    let in_sentences =
        matches!(format, Format::Yaml | Format::Json | Format::Markup | Format::Sql | Format::Prose) && *next == b' ';
    let is_flag = || name.start.checked_sub(1).is_some_and(|before| bytes.get(before) == Some(&b'-'));
    in_sentences && bytes.get(name.end + 1).is_some_and(u8::is_ascii_alphanumeric) && !is_flag()
}

/// Longest expression before a literal, bytes.
const MAX_WRAP: usize = 96;

/// The value of the key at `key`.
pub(crate) fn bridge(bytes: &[u8], key: Span, format: Format) -> Option<Bridge> {
    let mut at = key.end;
    let before = key.start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b'\n');
    let quoted_key = close_key(bytes, &mut at, before);
    let after_key = at;
    spaces(bytes, &mut at);
    let (sign, typed) = sign(bytes, &mut at, Surroundings { before, quoted_key, after_key, key, format })?;
    if sign == Sign::Element {
        let literal = literal::element(bytes, at)?;
        return Some(Bridge { sign, literal, quoted_key, typed, wrapped: false, default: false });
    }
    let may_break = matches!(sign, Sign::Assign | Sign::Arrow | Sign::Call | Sign::Comma | Sign::Colon);
    skip_to_value(bytes, &mut at, may_break);
    if format == Format::Yaml {
        node_properties(bytes, &mut at);
    }
    if let Some(literal) = block::one_line(bytes, at, format).or_else(|| literal::quoted(bytes, at, format)) {
        return Some(Bridge { sign, literal, quoted_key, typed, wrapped: false, default: false });
    }
    if let Some((literal, default)) = wrapped(bytes, at, format) {
        return Some(Bridge { sign, literal, quoted_key, typed, wrapped: true, default });
    }
    if matches!(sign, Sign::Call | Sign::Comma | Sign::Compare) {
        return None;
    }
    let head = line_head(bytes, key.start);
    let nested = matches!(before, b';' | b'?' | b'&');
    let to_line_end = !nested
        && match format {
            Format::Yaml => matches!(sign, Sign::Colon | Sign::Pair),
            Format::Config | Format::Properties => head.is_empty() || head == b"export",
            _ => false,
        };
    let folds = to_line_end && format == Format::Properties;
    let bare = || if folds { literal::folded(bytes, at) } else { literal::bare(bytes, at, to_line_end) };
    let literal = literal::byte_array(bytes, at).or_else(bare)?;
    let value = literal.value.of(bytes);
    if value.last().is_some_and(|b| matches!(b, b'(' | b'[' | b'{')) || format == Format::Code && computes(value) {
        return None;
    }
    Some(Bridge { sign, literal, quoted_key, typed, wrapped: false, default: false })
}

/// Words that stand for a value or a type in most languages, and for nothing else.
const CODE_WORDS: [&[u8]; 17] = [
    b"true",
    b"false",
    b"null",
    b"NULL",
    b"nullptr",
    b"nil",
    b"None",
    b"undefined",
    b"u8",
    b"u16",
    b"u32",
    b"u64",
    b"usize",
    b"i32",
    b"i64",
    b"bool",
    b"String",
];

/// Whether what stands bare in source code can be nothing but code: a word of the language, a call without a literal,
/// `f(x)`, a path, `a::B`, or a number of a type, `5015u32`. Tables of constants and of parsers are made of them.
fn computes(value: &[u8]) -> bool {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-' | b'>');
    let name = value.iter().take_while(|b| is_name(b)).count();
    let starts_name = value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let in_brackets = value.get(name) == Some(&b'(') && value.ends_with(b")");
    let calls = starts_name && in_brackets && !value.contains(&b'\'');
    let is_path = name == value.len() && memchr::memmem::find(value, b"::").is_some();
    calls || is_path || CODE_WORDS.contains(&value) || is_typed_number(value)
}

/// The types of whole numbers that Rust lets stand behind one.
const NUMBER_TYPES: [&[u8]; 12] =
    [b"u8", b"u16", b"u32", b"u64", b"u128", b"usize", b"i8", b"i16", b"i32", b"i64", b"i128", b"isize"];

fn is_typed_number(value: &[u8]) -> bool {
    let number = value.strip_prefix(b"-").unwrap_or(value);
    let Some(digits) = NUMBER_TYPES.iter().find_map(|suffix| number.strip_suffix(*suffix)) else { return false };
    let of = |digits: &[u8], digit: fn(&u8) -> bool| digits.iter().all(|b| digit(b) || *b == b'_');
    match digits {
        [b'0', b'x', hex @ ..] => of(hex, u8::is_ascii_hexdigit),
        [b'0', b'o' | b'b', rest @ ..] => of(rest, u8::is_ascii_digit),
        [first, ..] => first.is_ascii_digit() && of(digits, u8::is_ascii_digit),
        [] => false,
    }
}

/// Steps over what YAML lets stand before a scalar: an anchor (`&name`), a tag of the core schema (`!!str`). An
/// application's own tag stays, it may make the scalar a reference.
fn node_properties(bytes: &[u8], at: &mut usize) {
    for _ in 0..2 {
        let rest = Span::new(*at, (*at + MAX_WRAP).min(bytes.len())).of(bytes);
        let word = rest.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let steps_over = word.len() > 1 && word.starts_with(b"&") || word == b"!" || word.starts_with(b"!!");
        if !steps_over || !matches!(rest.get(word.len()), Some(b' ' | b'\t')) {
            return;
        }
        *at += word.len();
        spaces(bytes, at);
    }
}

/// Steps over the quote or bracket that closes a quoted key; whether there was one.
fn close_key(bytes: &[u8], at: &mut usize, before: u8) -> bool {
    let mut quoted = false;
    if bytes.get(*at) == Some(&b'\\') && matches!(bytes.get(*at + 1), Some(b'"' | b'\'')) {
        *at += 2;
        quoted = true;
    } else if matches!(bytes.get(*at), Some(b'"' | b'\'' | b'`')) && matches!(before, b'"' | b'\'' | b'`' | b'-' | b'.')
    {
        *at += 1;
        quoted = true;
    }
    dimension(bytes, at);
    while matches!(bytes.get(*at), Some(b']' | b'?' | b'!')) && bytes.get(*at + 1) != Some(&b'=')
        || matches!((bytes.get(*at), before), (Some(b'}' | b'*'), _))
    {
        *at += 1;
    }
    quoted
}

/// Steps over the brackets of an array that is given its value: `char password[] =`, `char password[64] =`.
fn dimension(bytes: &[u8], at: &mut usize) {
    let rest = Span::new(*at, (*at + 16).min(bytes.len())).of(bytes);
    let Some(close) = memchr::memchr(b']', rest).filter(|_| rest.first() == Some(&b'[')) else { return };
    let number = rest.get(1..close).unwrap_or_default();
    let given = rest.get(close + 1..).unwrap_or_default().trim_ascii_start().first() == Some(&b'=');
    // a single digit picks one of several
    if given && number.len() != 1 && number.iter().all(u8::is_ascii_digit) {
        *at += close + 1;
    }
}

#[derive(Clone, Copy)]
struct Surroundings {
    before: u8,
    quoted_key: bool,
    after_key: usize,
    key: Span,
    format: Format,
}

/// Steps over the accessors of a property (`{ get; set; }`), which stand between its name and its first value.
fn accessors(bytes: &[u8], at: &mut usize) {
    let rest = Span::new(*at, (*at + MAX_WRAP).min(bytes.len())).of(bytes);
    let Some(end) = rest.strip_prefix(b"{").and_then(|inner| memchr::memchr(b'}', inner)) else { return };
    let inner = rest.get(1..=end).unwrap_or_default();
    let mut words = inner.split(|byte| byte.is_ascii_whitespace() || *byte == b';').filter(|word| !word.is_empty());
    if words.clone().any(|word| word == b"get")
        && words.all(|word| matches!(word, b"get" | b"set" | b"init" | b"private" | b"protected" | b"internal"))
    {
        *at += end + 2;
        spaces(bytes, at);
    }
}

fn sign(bytes: &[u8], at: &mut usize, around: Surroundings) -> Option<(Sign, bool)> {
    accessors(bytes, at);
    if let Some(sign) = operator(bytes, at) {
        let typed = sign == Sign::Colon && annotation(bytes, at, around.format);
        return Some((if typed { Sign::Assign } else { sign }, typed));
    }
    let spaced = *at > around.after_key;
    match bytes.get(*at)? {
        b'(' if !spaced => {
            *at += 1;
            Some((Sign::Call, false))
        }
        b'{' if !spaced && around.format == Format::Code && matches!(bytes.get(*at + 1), Some(b'"' | b'\'')) => {
            *at += 1;
            Some((Sign::Call, false))
        }
        b'{' if spaced && around.quoted_key && block(bytes, at) => Some((Sign::Pair, false)),
        b't' if spaced && around.quoted_key && bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"to \"")) => {
            *at += 2;
            Some((Sign::Arrow, false))
        }
        b'>' if around.before == b'<' || around.quoted_key => {
            *at += 1;
            Some((Sign::Element, false))
        }
        b',' if around.quoted_key => {
            *at += 1;
            pair(bytes, at).then_some((Sign::Pair, false)).or(Some((Sign::Comma, false)))
        }
        b'\n' | b'\r' if pair(bytes, at) => Some((Sign::Pair, false)),
        b'v' | b'V' if around.quoted_key && pair(bytes, at) => Some((Sign::Pair, false)),
        b'"' | b'\'' if spaced => Some((Sign::Space, false)),
        byte if spaced && byte.is_ascii_graphic() => spaced_sign(bytes, at, around),
        _ => None,
    }
}

/// `--key v`, `key v` at the start of a configuration line, `key string = "v"` in code.
fn spaced_sign(bytes: &[u8], at: &mut usize, around: Surroundings) -> Option<(Sign, bool)> {
    if around.before == b'-' {
        return Some((Sign::Flag, false));
    }
    if around.format == Format::Code {
        let mut after = *at;
        return (annotation(bytes, &mut after, around.format)).then(|| {
            *at = after;
            (Sign::Assign, true)
        });
    }
    let head = line_head(bytes, around.key.start);
    if around.format == Format::Shell {
        // Dockerfile: `ENV KEY value`
        return head.eq_ignore_ascii_case(b"env").then_some((Sign::Space, false));
    }
    let starts_line = head.is_empty();
    (starts_line && matches!(around.format, Format::Config | Format::Properties | Format::Other))
        .then_some((Sign::Space, false))
}

fn line_head(bytes: &[u8], at: usize) -> &[u8] {
    let head = Span::new(at.saturating_sub(80), at).of(bytes);
    let from = memchr::memrchr(b'\n', head).map_or(0, |i| i + 1);
    head.get(from..).unwrap_or_default().trim_ascii()
}

fn operator(bytes: &[u8], at: &mut usize) -> Option<Sign> {
    let three = Span::new(*at, (*at + 3).min(bytes.len())).of(bytes);
    let (sign, length) = match three {
        [b'=' | b'!', b'=', b'='] => (Sign::Compare, 3),
        [b'|', b'|', b'='] | [b'?', b'?', b'='] => (Sign::Assign, 3),
        [b'=' | b'!', b'=', ..] => (Sign::Compare, 2),
        [b'=' | b'-', b'>', ..] => (Sign::Arrow, 2),
        [b':' | b'?' | b'+', b'=', ..] | [b'<', b'-', ..] => (Sign::Assign, 2),
        [b':', b':', ..] => return None,
        [b'=', ..] => (Sign::Assign, 1),
        [b':', ..] => (Sign::Colon, 1),
        _ => return None,
    };
    *at += length;
    Some(sign)
}

/// Steps over a type and its `=`: `: Option<String> = `, ` []byte = `.
fn annotation(bytes: &[u8], at: &mut usize, format: Format) -> bool {
    if !matches!(format, Format::Code | Format::Other | Format::Prose) {
        return false;
    }
    let mut after = *at;
    spaces(bytes, &mut after);
    let start = after;
    let is_type = |b: &u8| b.is_ascii_alphanumeric() || b"_.<>[]?&*|' ".contains(b);
    let is_length = |at: usize| bytes.get(at) == Some(&b';') && in_brackets(bytes, start, at);
    while after - start < 48 && (bytes.get(after).is_some_and(is_type) || is_length(after)) {
        after += 1;
    }
    let single = bytes.get(after) == Some(&b'=') && !matches!(bytes.get(after + 1), Some(b'=' | b'>'));
    if !single || after == start {
        return false;
    }
    *at = after + 1;
    true
}

/// Whether a bracket that stands between `from` and `at` is still open there, as it is before a length: `[u8; 16]`.
fn in_brackets(bytes: &[u8], from: usize, at: usize) -> bool {
    let before = Span::new(from, at).of(bytes);
    memchr::memrchr(b'[', before).is_some_and(|open| memchr::memrchr(b']', before).is_none_or(|close| close < open))
}

/// Steps over `value:` of the pair forms in which the key is itself a value.
fn pair(bytes: &[u8], at: &mut usize) -> bool {
    let mut after = *at;
    let limit = after + 64;
    let skipped = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',' | b'{' | b'\\');
    while after < limit && bytes.get(after).is_some_and(skipped) {
        after += 1;
    }
    let rest = Span::new(after, (after + 5).min(bytes.len())).of(bytes);
    if !rest.eq_ignore_ascii_case(b"value") {
        return false;
    }
    after += 5;
    while matches!(bytes.get(after), Some(b'"' | b'\'' | b' ' | b'\\')) {
        after += 1;
    }
    let found = matches!(bytes.get(after), Some(b':' | b'='));
    if found {
        after += 1 + usize::from(bytes.get(after + 1) == Some(&b'>'));
        spaces(bytes, &mut after);
        *at = after;
    }
    found
}

/// How far into a block its value is looked for, bytes.
const MAX_BLOCK: usize = 512;

/// Steps over `{ … default =` of a block that is named after the key, as HCL writes variables.
fn block(bytes: &[u8], at: &mut usize) -> bool {
    let text = Span::new(*at, (*at + MAX_BLOCK).min(bytes.len())).of(bytes);
    let end = memchr::memchr(b'}', text).unwrap_or(text.len());
    let mut from = 0;
    for line in text.get(..end).unwrap_or_default().split_inclusive(|b| *b == b'\n') {
        let words = line.trim_ascii_start();
        let rest = words.strip_prefix(b"default").map(<[u8]>::trim_ascii_start);
        if let Some(value) = rest.and_then(|rest| rest.strip_prefix(b"=")).filter(|value| !value.starts_with(b"=")) {
            *at += from + line.len() - value.len();
            return true;
        }
        from += line.len();
    }
    false
}

fn spaces(bytes: &[u8], at: &mut usize) {
    while matches!(bytes.get(*at), Some(b' ' | b'\t')) {
        *at += 1;
    }
}

/// Steps to the value; over one line break only when a quote follows.
fn skip_to_value(bytes: &[u8], at: &mut usize, may_break: bool) {
    spaces(bytes, at);
    if !may_break {
        return;
    }
    let mut after = *at;
    let limit = after + 160;
    while after < limit
        && (bytes.get(after).is_some_and(u8::is_ascii_whitespace)
            || matches!((bytes.get(after), bytes.get(after + 1)), (Some(b'\\'), Some(b'\n' | b'\r'))))
    {
        after += 1;
    }
    if matches!(bytes.get(after), Some(b'"' | b'\'' | b'`')) {
        *at = after;
    }
}

/// The literal behind an expression on the same line: `new Secret("v")`, `getenv("X", "v")`, `env.X || "v"`.
fn wrapped(bytes: &[u8], at: usize, format: Format) -> Option<(Literal, bool)> {
    let mut open = at;
    while !matches!(bytes.get(open)?, b'"' | b'\'' | b'`') {
        let byte = *bytes.get(open)?;
        let passes = byte.is_ascii_alphanumeric() || b"_.:<>[]()&*?|$@{}! ,-".contains(&byte);
        if !passes || open - at >= MAX_WRAP {
            return None;
        }
        open += 1;
    }
    let expression = Span::new(at, open).of(bytes);
    let tail = expression.trim_ascii_end();
    let joins = tail.ends_with(b"||") || tail.ends_with(b"??") || tail.ends_with(b"?:") || tail.ends_with(b" or");
    if joins {
        return literal::quoted(bytes, open, format).map(|literal| (literal, true));
    }
    if !tail.ends_with(b"(") && !tail.ends_with(b"[") && !tail.ends_with(b"{") {
        return None;
    }
    let first = literal::quoted(bytes, open, format)?;
    if !is_lookup(expression) {
        return Some((first, false));
    }
    let literal = literal::quoted(bytes, default_of_lookup(bytes, first.end)?, format)?;
    Some((literal, true))
}

/// How far behind the name that is looked up the default's operator may end, bytes.
const MAX_OPERATOR: usize = 12;

/// Methods that take what stands in for a value that isn't there.
const DEFAULTS: [&[u8]; 6] = [b"unwrap_or_else(", b"unwrap_or(", b"getOrElse(", b"orElseGet(", b"orElse(", b"or("];

/// Where the default of a look-up stands whose name ends at `from`: `"X", "v"`, `"X") || "v"`, `"X").orElse("v")`,
/// `"X").unwrap_or_else(|_| "v")`, `"X") { "v" }`.
fn default_of_lookup(bytes: &[u8], from: usize) -> Option<usize> {
    let closes = |b: &u8| b", )]".contains(b);
    let rest = bytes.get(from..)?;
    let call = rest.iter().take(MAX_OPERATOR).take_while(|b| closes(b)).count();
    let behind = rest.get(call..)?;
    if let Some(method) = behind.strip_prefix(b".") {
        let name = DEFAULTS.iter().find(|name| method.starts_with(name))?;
        let argument = method.get(name.len()..)?;
        let closure = argument.iter().take(MAX_OPERATOR).take_while(|b| b"|_()->= ".contains(b)).count();
        return Some(from + call + 1 + name.len() + closure);
    }
    if let Some(block) = behind.strip_prefix(b"{").filter(|_| call > 1) {
        return Some(from + call + 1 + block.iter().take_while(|b| **b == b' ').count());
    }
    let operator = rest.iter().take(MAX_OPERATOR).take_while(|b| closes(b) || b"|?:or".contains(b)).count();
    (operator > 1).then_some(from + operator)
}

/// Whether the expression asks for something by name, so that its first literal is the name.
fn is_lookup(expression: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "env",
        "get",
        "fetch",
        "param",
        "prop",
        "config",
        "option",
        "read",
        "load",
        "find",
        "select",
        "lookup",
        "resolve",
        "require",
        "setting",
        "secret_manager",
        "vault",
        "format",
    ];
    let lower = expression.to_ascii_lowercase();
    expression.ends_with(b"[") && !expression.is_empty() && expression.trim_ascii() != b"["
        || WORDS.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [Format; 10] = [
        Format::Code,
        Format::Yaml,
        Format::Json,
        Format::Config,
        Format::Properties,
        Format::Markup,
        Format::Shell,
        Format::Sql,
        Format::Prose,
        Format::Other,
    ];

    proptest! {
        #[test]
        fn where_a_name_leads_nowhere_it_has_no_value(
            before in "[-\"'`<.{ ]{0,2}",
            next in "[])(}{!?*,;:/&@#%^~$|+<>=\"'`\\\\ \n-]{1}",
            behind in "[]})\"'`:=>,;?!| \n-]{0,4}(value|\"v4lue\"|'v4lue'|to \"v4lue\"|str = \"v4lue\"|v: \"v4lue\")[\"'>,)\n ]{0,3}",
        ) {
            let text = format!("{before}password{next}{behind}");
            let key = Span::new(before.len(), before.len() + "password".len());
            for format in FORMATS.into_iter().filter(|format| leads_nowhere(text.as_bytes(), key, *format)) {
                prop_assert!(bridge(text.as_bytes(), key, format).is_none(), "{:?}", text);
            }
        }
    }
}

//! From a literal's source text to its run-time value and back, by a language's escape table.
//!
//! What can't be decoded exactly is refused with a reason that holds nothing of the text.

use super::data::{Dedent, EscapesToml, Lines, Newline, StringToml, Unknown};

/// Why a literal's value isn't known.
pub(super) type Refusal = String;

/// Decodes the content of a literal, quotes and prefix taken off.
pub(super) fn decode(raw: &[u8], form: &StringToml, table: &EscapesToml) -> Result<Vec<u8>, Refusal> {
    if let Some(ambiguous) = &table.ambiguous
        && ambiguous.0.is_match(raw)
    {
        return Err(table.ambiguous_reason.clone());
    }
    let text = text_of(raw, form)?;
    if form.bytes && !text.is_ascii() {
        return Err("a byte string holds ASCII characters only".to_owned());
    }
    match form.lines {
        Lines::Keep => unescape(&text, form.bytes, table),
        Lines::DropCr => unescape(&text.replace('\r', ""), form.bytes, table),
        Lines::Lf => unescape(&text.replace("\r\n", "\n").replace('\r', "\n"), form.bytes, table),
        Lines::CrLf => unescape(&text.replace("\r\n", "\n"), form.bytes, table),
        Lines::Fold => unescape(&fold(&text, table), form.bytes, table),
        Lines::Block => block(&text).map(String::into_bytes),
        Lines::TextBlock => unescape(&text_block(&text)?, form.bytes, table),
    }
}

/// Takes off the indentation that is no part of the value; `closing` is the text from the content's end on.
pub(super) fn dedent(raw: &[u8], how: Dedent, closing: &[u8]) -> Result<Vec<u8>, Refusal> {
    let lead = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let blank = |line: &[u8]| line.trim_ascii().is_empty();
    let lines: Vec<&[u8]> = raw.split_inclusive(|byte| *byte == b'\n').collect();
    let width = match how {
        Dedent::Keep => 0,
        Dedent::Least => lines.iter().filter(|line| !blank(line)).map(|line| lead(line)).min().unwrap_or(0),
        Dedent::Closing => {
            let last = closing.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(0);
            lead(closing.get(last..).unwrap_or_default())
        }
    };
    let mut whole = Vec::with_capacity(raw.len());
    for line in lines {
        let taken = lead(line).min(width);
        if line.get(..taken).is_some_and(|lead| lead.contains(&b'\t')) {
            return Err("it is indented by tabs, whose width is a matter of taste".to_owned());
        }
        if taken < width && !blank(line) {
            return Err("a line of it is indented less than its end".to_owned());
        }
        whole.extend_from_slice(line.get(taken..).unwrap_or_default());
    }
    Ok(whole)
}

fn text_of(raw: &[u8], form: &StringToml) -> Result<String, Refusal> {
    match std::str::from_utf8(raw) {
        Ok(text) if form.latin1 && !text.is_ascii() => {
            Err("readers disagree whether its characters outside ASCII are UTF-8 or ISO-8859-1".to_owned())
        }
        Ok(text) => Ok(text.to_owned()),
        Err(_) if form.latin1 => Ok(raw.iter().map(|byte| char::from(*byte)).collect()),
        Err(_) => Err("the literal isn't valid UTF-8".to_owned()),
    }
}

struct Reader<'a> {
    rest: &'a str,
    table: &'a EscapesToml,
    bytes: bool,
    out: Vec<u8>,
}

fn unescape(text: &str, bytes: bool, table: &EscapesToml) -> Result<Vec<u8>, Refusal> {
    let mut reader = Reader { rest: text, table, bytes, out: Vec::with_capacity(text.len()) };
    while let Some(first) = reader.rest.chars().next() {
        if table.lead == Some(first) {
            reader.advance(first.len_utf8());
            reader.escape(first)?;
        } else if let Some((from, to)) = table.doubled.iter().find(|(from, _)| reader.rest.starts_with(from.as_str())) {
            reader.advance(from.len());
            reader.out.extend_from_slice(to.as_bytes());
        } else {
            reader.advance(first.len_utf8());
            reader.push(first);
        }
    }
    Ok(reader.out)
}

impl Reader<'_> {
    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }

    fn escape(&mut self, lead: char) -> Result<(), Refusal> {
        let Some(next) = self.rest.chars().next() else {
            return Err("it ends in the middle of an escape".to_owned());
        };
        if self.table.refuse.contains(next) {
            return Err(format!("it has an escape (`{lead}{next}`) that arnify doesn't decode"));
        }
        if matches!(next, '\n' | '\r' | '\u{2028}' | '\u{2029}') && self.table.newline != Newline::Refuse {
            self.line_break();
            return Ok(());
        }
        if let Some(text) = self.table.single.get(&next) {
            self.advance(next.len_utf8());
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        if let Some(digits) = self.table.hex.get(&next) {
            let count = if self.table.repeated == Some(next) { next_run(self.rest, next) } else { 1 };
            self.advance(count * next.len_utf8());
            return self.hexadecimal(next, *digits);
        }
        if next.is_digit(8) && (self.table.octal || self.table.nul) {
            return self.octal();
        }
        self.unknown(lead, next)
    }

    fn unknown(&mut self, lead: char, next: char) -> Result<(), Refusal> {
        match self.table.unknown {
            Unknown::Refuse => return Err("it has an escape that its readers may not know".to_owned()),
            Unknown::Keep => self.push(lead),
            Unknown::Drop => {}
        }
        self.advance(next.len_utf8());
        self.push(next);
        Ok(())
    }

    fn line_break(&mut self) {
        let length = if self.rest.starts_with("\r\n") { 2 } else { self.rest.chars().next().map_or(0, char::len_utf8) };
        self.advance(length);
        let blank: &[char] = match self.table.newline {
            Newline::JoinIndented => &[' ', '\t', '\u{c}'],
            Newline::JoinBlank => &[' ', '\t', '\n', '\r'],
            Newline::Join | Newline::Refuse => &[],
        };
        self.advance(self.rest.len() - self.rest.trim_start_matches(blank).len());
    }

    fn hexadecimal(&mut self, letter: char, digits: usize) -> Result<(), Refusal> {
        let code = if self.table.braces == Some(letter) && self.rest.starts_with('{') {
            let end = self.rest.find('}').ok_or("it has an unfinished escape")?;
            let code = hex_of(self.rest.get(1..end).unwrap_or_default())?;
            self.advance(end + 1);
            code
        } else if digits == 0 {
            return Err("it has an unfinished escape".to_owned());
        } else {
            self.fixed(digits)?
        };
        if self.bytes || self.table.byte_escapes && letter == 'x' {
            self.out.push(u8::try_from(code).map_err(|_| "it has an escape that is no byte")?);
            return Ok(());
        }
        let code = self.joined(code, letter, digits)?;
        self.push(char::from_u32(code).ok_or("it holds half of a surrogate pair, which is no text")?);
        Ok(())
    }

    /// A high surrogate together with the low one that follows it, where the language pairs them.
    fn joined(&mut self, code: u32, letter: char, digits: usize) -> Result<u32, Refusal> {
        if !self.table.surrogates || !(0xd800..0xdc00).contains(&code) {
            return Ok(code);
        }
        let lead: String = self.table.lead.into_iter().chain([letter]).collect();
        if !self.rest.starts_with(&lead) {
            return Ok(code);
        }
        self.advance(lead.len());
        if self.table.repeated == Some(letter) {
            self.advance(next_run(self.rest, letter) * letter.len_utf8());
        }
        let low = self.fixed(digits)?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err("it holds half of a surrogate pair, which is no text".to_owned());
        }
        Ok(0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00))
    }

    fn fixed(&mut self, digits: usize) -> Result<u32, Refusal> {
        let there = self.rest.bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
        let digits = if self.table.short_hex { there } else { digits };
        let code = hex_of(self.rest.get(..digits).unwrap_or_default())?;
        self.advance(digits);
        Ok(code)
    }

    fn octal(&mut self) -> Result<(), Refusal> {
        let limit = match self.rest.as_bytes().first() {
            _ if !self.table.octal => 1,
            Some(b'4'..) if self.table.octal_byte => 2,
            _ => 3,
        };
        let length = self.rest.chars().take(limit).take_while(|digit| digit.is_digit(8)).count();
        let code = u32::from_str_radix(self.rest.get(..length).unwrap_or_default(), 8).unwrap_or(0);
        self.advance(length);
        if !self.table.octal && self.rest.starts_with(|next: char| next.is_ascii_digit()) {
            return Err("it has an octal escape".to_owned());
        }
        if code > 0xff {
            return Err("it has an octal escape above 377".to_owned());
        }
        if self.bytes || self.table.byte_escapes {
            self.out.push(u8::try_from(code).unwrap_or(u8::MAX));
        } else {
            self.push(char::from_u32(code).unwrap_or_default());
        }
        Ok(())
    }
}

/// How often `letter` stands at the beginning of `text`.
fn next_run(text: &str, letter: char) -> usize {
    text.chars().take_while(|other| *other == letter).count()
}

fn hex_of(digits: &str) -> Result<u32, Refusal> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("it has an unfinished escape".to_owned());
    }
    u32::from_str_radix(digits, 16).map_err(|_| "it has an escape that is no character".to_owned())
}

/// YAML's line folding of flow scalars: a single break is a space, each further one a line feed; white space
/// round breaks vanishes. An escaped break is left for the escape table.
fn fold(text: &str, table: &EscapesToml) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.contains('\n') {
        return text;
    }
    let mut out = String::new();
    let mut breaks = 0_usize;
    let count = text.split('\n').count();
    let mut escaped = false;
    for (number, line) in text.split('\n').enumerate() {
        let line = if number > 0 { line.trim_start_matches([' ', '\t']) } else { line };
        let ends_escaped =
            table.lead.is_some_and(|lead| line.chars().rev().take_while(|c| *c == lead).count() % 2 == 1);
        let kept = if number + 1 < count && !ends_escaped { trim_unescaped(line, table) } else { line };
        if number > 0 {
            if kept.is_empty() && number + 1 < count {
                breaks += 1;
                continue;
            }
            match (escaped, breaks) {
                (true, 0) => out.push('\n'),
                (true, more) => {
                    out.push('\n');
                    out.extend(std::iter::repeat_n('\n', more));
                }
                (false, 0) => out.push(' '),
                (false, more) => out.extend(std::iter::repeat_n('\n', more)),
            }
        }
        breaks = 0;
        escaped = ends_escaped;
        out.push_str(kept);
    }
    out
}

/// Takes white space off the end, but not a blank that an escape's lead stands before.
fn trim_unescaped<'a>(line: &'a str, table: &EscapesToml) -> &'a str {
    let trimmed = line.trim_end_matches([' ', '\t']);
    let leads = table.lead.map_or(0, |lead| trimmed.chars().rev().take_while(|c| *c == lead).count());
    let keep = usize::from(leads % 2 == 1 && trimmed.len() < line.len());
    line.get(..trimmed.len() + keep).unwrap_or(trimmed)
}

/// A YAML block scalar from its indicator on, with the line breaks that follow its content.
fn block(text: &str) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n");
    let (header, body) = text.split_once('\n').unwrap_or((text.as_str(), ""));
    let header = header.split('#').next().unwrap_or_default().trim();
    let literal = header.starts_with('|');
    if header.chars().any(|c| c.is_ascii_digit()) {
        return Err("its indentation is given by a number".to_owned());
    }
    let lines: Vec<&str> = body.split('\n').collect();
    let indent = lines.iter().find(|line| !line.trim_matches(' ').is_empty()).map_or(0, |line| indent_of(line));
    if indent == 0 {
        return Err("it has no indentation".to_owned());
    }
    let content: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    let last = content.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
    let (kept, trailing) = content.split_at(last.min(content.len()));
    let mut value = if literal { kept.join("\n") } else { folded(kept)? };
    if header.contains('+') {
        value.extend(std::iter::repeat_n('\n', trailing.len().max(1)));
    } else if !header.contains('-') && !value.is_empty() {
        value.push('\n');
    }
    Ok(value)
}

/// A Java text block from its first line break on: indentation that all lines share and white space at the ends of
/// lines go, before escapes are read.
fn text_block(text: &str) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (first, body) = text.split_once('\n').ok_or("it doesn't begin on a line of its own")?;
    if !first.trim_matches([' ', '\t', '\u{c}']).is_empty() {
        return Err("it doesn't begin on a line of its own".to_owned());
    }
    let lines: Vec<&str> = body.split('\n').collect();
    let is_blank = |line: &str| line.chars().all(is_java_space);
    let indent = |line: &str| line.chars().take_while(|c| is_java_space(*c)).count();
    let last = lines.len() - 1;
    let counted = lines.iter().enumerate().filter(|(number, line)| *number == last || !is_blank(line));
    let shared = counted.map(|(_, line)| indent(line)).min().unwrap_or(0);
    let strip = |line: &&str| -> String { line.trim_end_matches(is_java_space).chars().skip(shared).collect() };
    Ok(lines.iter().map(strip).collect::<Vec<_>>().join("\n"))
}

/// As `Character.isWhitespace` has it.
fn is_java_space(c: char) -> bool {
    let no_break = matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}');
    (c.is_whitespace() && !no_break) || matches!(c, '\u{1c}'..='\u{1f}')
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn folded(lines: &[&str]) -> Result<String, Refusal> {
    if lines.iter().any(|line| line.starts_with([' ', '\t'])) {
        return Err("it is folded text with lines that are indented more".to_owned());
    }
    let mut out = String::new();
    let mut empty = 0;
    for line in lines {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if empty > 0 {
            out.extend(std::iter::repeat_n('\n', empty));
        } else if !out.is_empty() {
            out.push(' ');
        }
        empty = 0;
        out.push_str(line);
    }
    Ok(out)
}

/// Writes `text` as a literal's content between `quote`s, by the escape table; `None` where it can't be.
pub(super) fn encode(text: &str, quote: &str, table: &EscapesToml) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if let Some((from, _)) = table.doubled.iter().find(|(_, to)| to.chars().eq([character])) {
            out.push_str(from);
            continue;
        }
        let special =
            quote.contains(character) || character == '$' && quote == "`" || table.special.contains(character);
        let hidden = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
        match table.lead {
            Some(lead) if special || hidden || character == lead => escaped(&mut out, character, lead, table)?,
            None if special || hidden => return None,
            _ => out.push(character),
        }
    }
    Some(out)
}

fn escaped(out: &mut String, character: char, lead: char, table: &EscapesToml) -> Option<()> {
    let named = table.single.iter().find(|(_, to)| to.chars().eq([character])).map(|(letter, _)| *letter);
    if let Some(letter) = named {
        out.extend([lead, letter]);
    } else if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
        out.push_str(&numeric(character, lead, table)?);
    } else if table.unknown == Unknown::Drop {
        out.extend([lead, character]);
    } else {
        return None;
    }
    Some(())
}

fn numeric(character: char, lead: char, table: &EscapesToml) -> Option<String> {
    let hexadecimal = format!("{:x}", u32::from(character));
    let is_byte = |letter: char| table.byte_escapes && letter == 'x';
    let fits = |letter: char, digits: usize| hexadecimal.len() <= digits && (!is_byte(letter) || character.is_ascii());
    let wide = table.hex.iter().filter(|(letter, digits)| fits(**letter, **digits));
    if let Some((letter, digits)) = wide.min_by_key(|(_, digits)| **digits) {
        return Some(format!("{lead}{letter}{hexadecimal:0>digits$}"));
    }
    table.braces.map(|letter| format!("{lead}{letter}{{{hexadecimal}}}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Folder, folders};
    use super::*;

    fn folder(name: &str) -> Folder {
        folders().unwrap().into_iter().find(|folder| folder.language.name == name).unwrap()
    }

    fn read(folder: &Folder, form: usize, raw: &str) -> Result<Vec<u8>, Refusal> {
        let form = &folder.language.string[form];
        decode(raw.as_bytes(), form, &folder.language.escapes[&form.escapes])
    }

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        let python = folder("python");
        let text = |raw: &str| read(&python, 0, raw).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(
            text(r"\0\12\x7e\u00e9\U0001F600\N"),
            Err("it has an escape (`\\N`) that arnify doesn't decode".into())
        );
        assert_eq!(text(r"\0\12\x7e\u00e9\U0001F600\q\'"), Ok("\0\n~é😀\\q'".into()));
        assert_eq!(text("a\r\nb\\\r\nc"), Ok("a\nbc".into()));
        assert!(text(r"\ud83d").is_err(), "half a pair is no text");
        assert!(text(r"\x4").is_err());
        assert_eq!(read(&python, 2, r"\xff\u00e9\377"), Ok(b"\xff\\u00e9\xff".to_vec()));
        assert_eq!(read(&python, 1, r"\x41"), Ok(br"\x41".to_vec()));
    }

    #[test]
    fn escapes_are_read_as_javascript_reads_them() {
        let javascript = folder("javascript");
        let text = |raw: &str| read(&javascript, 0, raw).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(text(r"\0\x41\u{1f600}\ud83d\ude00\q\'"), Ok("\0A😀😀q'".into()));
        assert!(text(r"\01").is_err());
        assert!(text(r"\8").is_err());
        assert!(text(r"\ud83d!").is_err());
    }

    #[test]
    fn escapes_are_read_as_ruby_reads_them() {
        let ruby = folder("ruby");
        let text =
            |form: usize, raw: &str| read(&ruby, form, raw).map(|value| String::from_utf8_lossy(&value).into_owned());
        assert_eq!(text(0, r"\xc3\xa9\303\251\x9|\u{1f600}\s\q\#{x}"), Ok("éé\t|😀 q#{x}".into()));
        assert_eq!(text(0, "a\r\nb\rc\\\r\nd"), Ok("a\nb\rcd".into()));
        assert!(text(0, r"\C-a").is_err() && text(0, r"\u{61 62}").is_err());
        assert_eq!(text(1, r"\n\\\'"), Ok(r"\n\'".into()));
        assert!(text(2, r"a\)b").is_err(), "it depends on the bracket that began it");
        assert_eq!(encode("a#{b}\u{85}\u{7}", "\"", &ruby.language.escapes["double"]), Some(r"a\#{b}\u0085\a".into()));
        assert_eq!(encode("a\n", "'", &ruby.language.escapes["single"]), None);
    }

    #[test]
    fn indentation_is_taken_off_or_refused() {
        let least = |raw: &str| dedent(raw.as_bytes(), Dedent::Least, b"").map(|text| String::from_utf8(text).unwrap());
        assert_eq!(least("  a\n\n    b\n   \n"), Ok("a\n\n  b\n \n".into()));
        assert!(least("\ta\n").is_err());
        let closing = |raw: &str| dedent(raw.as_bytes(), Dedent::Closing, b"\r\n  END");
        assert_eq!(closing("    a\r\n  b"), Ok(b"  a\r\nb".to_vec()));
        assert!(closing("    a\n b").is_err(), "the language itself refuses it");
    }

    #[test]
    fn escapes_are_read_as_java_reads_them() {
        let java = folder("java");
        let read = |form: usize, raw: &str| read(&java, form, raw).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(read(1, r"\s\uuu0041\\u0041\ud83d\uude00\400\18"), Ok(" A\\u0041😀 0\u{1}8".into()));
        for raw in [r"\u0022", r"\uu005cn", r"\u000a", r"\q", r"\ud83d", r"\u12"] {
            assert!(read(1, raw).is_err(), "{raw}");
        }
        assert_eq!(read(0, "\n  a \t\n\n    b\\n\n   "), Ok("a\n\n  b\n\n".into()));
        assert_eq!(read(0, "  \r\n  a\\\r\n  b"), Ok("ab".into()));
        assert_eq!(read(0, "\n\u{a0}a\n\u{2003}b"), Ok("\u{a0}a\n\u{2003}b".into()));
        assert!(read(0, "a\n").is_err());
        assert!(read(0, "\n\\u0020a").is_err());
    }

    #[test]
    fn lines_fold_as_yaml_folds_them() {
        let yaml = folder("yaml");
        let double = |raw: &str| read(&yaml, 0, raw).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(double("a \n  b"), Ok("a b".into()));
        assert_eq!(double("a\n\n\n  b"), Ok("a\n\nb".into()));
        assert_eq!(double("a \\\n  \\ b"), Ok("a  b".into()));
        assert_eq!(double("a\\ \n b"), Ok("a  b".into()));
        let block = |raw: &str| read(&yaml, 3, raw).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(block("|\n  a\n   b\n\n  c\n"), Ok("a\n b\n\nc\n".into()));
        assert_eq!(block("|-\n  a"), Ok("a".into()));
        assert_eq!(block(">\n  a\n  b\n\n  c"), Ok("a b\nc\n".into()));
        assert_eq!(block("|+\n  a\n\n"), Ok("a\n\n".into()));
        assert!(block("|2\n   a").is_err());
        assert!(block(">\n  a\n    b").is_err());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_to_the_same(value in any::<String>(), lines in "[a\n\r\t\\\\'\"`$\u{2028}😀]{0,12}") {
            for folder in folders().unwrap() {
                for form in folder.language.string.iter().filter(|form| form.pieces.is_empty()) {
                    let table = &folder.language.escapes[&form.escapes];
                    for quote in form.quotes.iter().filter(|quote| quote.len() == 1) {
                        for value in [&value, &lines] {
                            let Some(raw) = encode(value, quote, table) else { continue };
                            if form.bytes && !raw.is_ascii() || form.lines == Lines::Block {
                                continue;
                            }
                            if let Ok(decoded) = decode(raw.as_bytes(), form, table) {
                                prop_assert_eq!(&decoded, &value.as_bytes(), "{} {}", &folder.language.name, &form.escapes);
                            } else {
                                let refuses = table.ambiguous.is_some() || form.latin1;
                                prop_assert!(refuses, "{} {}: {raw}", &folder.language.name, &form.escapes);
                            }
                        }
                    }
                }
            }
        }

        #[test]
        fn any_text_is_decoded_or_refused(raw in any::<Vec<u8>>(), text in "[a\\\\xuN0-9{}\n\r |>+-]{0,20}") {
            for folder in folders().unwrap() {
                for form in &folder.language.string {
                    if let Some(table) = folder.language.escapes.get(&form.escapes) {
                        let _ = decode(&raw, form, table);
                        let _ = decode(text.as_bytes(), form, table);
                    }
                }
            }
        }
    }
}

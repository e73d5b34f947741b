//! A file's own habits: quotes, indentation, statement ends, line breaks.

use super::data::{ImportsToml, Names};
use super::manifest::line_break;
use super::syntax::{Captures, span_of};

/// How new code in a file is to look.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub(super) newline: &'static str,
    pub(super) quote: char,
    pub(super) indent: String,
    semicolons: bool,
}

impl Style {
    /// Reads the habits from a file.
    pub(super) fn of(text: &[u8], captures: &Captures<'_>, data: &ImportsToml) -> Self {
        let usual = data.quote.chars().next().unwrap_or('"');
        let opens = |quote: u8| {
            let literals = captures.of("literal").iter();
            literals.filter(|node| text.get(node.start_byte()) == Some(&quote)).count()
        };
        let (double, single) = (opens(b'"'), opens(b'\''));
        let quote = match double.cmp(&single) {
            _ if data.fixed_quote => usual,
            std::cmp::Ordering::Less => '\'',
            std::cmp::Ordering::Equal => usual,
            std::cmp::Ordering::Greater => '"',
        };
        let lossy = String::from_utf8_lossy(&code_lines(text, captures)).into_owned();
        let statements = captures.of("import").iter().map(|node| span_of(*node)).chain(
            captures
                .pairs
                .iter()
                .filter(|pair| pair.whole.kind().ends_with("declaration"))
                .map(|pair| span_of(pair.whole)),
        );
        let (with, without) = statements.fold((0_usize, 0_usize), |(with, without), span| {
            if span.of(text).ends_with(b";") { (with + 1, without) } else { (with, without + 1) }
        });
        let semicolons = !data.semicolon.is_empty() && with >= without;
        Self { newline: line_break(text), quote, indent: indent(&lossy, &data.indent), semicolons }
    }

    /// Turns a template's code into the file's style.
    pub(super) fn apply(&self, code: &str, data: &ImportsToml) -> String {
        let mut lines = Vec::new();
        for line in code.trim_end_matches('\n').split('\n') {
            let body = line.trim_start_matches(data.indent.as_str());
            let depth = (line.len() - body.len()) / data.indent.len().max(1);
            let mut body = if data.fixed_quote {
                body.to_owned()
            } else {
                body.replace(data.quote.as_str(), &self.quote.to_string())
            };
            if !self.semicolons && !data.semicolon.is_empty() && !body.starts_with("//") {
                body = body.strip_suffix(data.semicolon.as_str()).unwrap_or(&body).to_owned();
            }
            lines.push(format!("{}{body}", self.indent.repeat(depth)));
        }
        lines.join(self.newline)
    }
}

/// The lines that don't begin within a literal.
fn code_lines(text: &[u8], captures: &Captures<'_>) -> Vec<u8> {
    let long: Vec<_> = captures.of("literal").iter().map(|node| span_of(*node)).collect();
    let long: Vec<_> = long.into_iter().filter(|span| span.of(text).contains(&b'\n')).collect();
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if !long.iter().any(|span| span.start < at && at < span.end) {
            lines.extend_from_slice(line);
        }
        at += line.len();
    }
    lines
}

/// The smallest indentation that the file uses, else the language's usual one.
fn indent(text: &str, usual: &str) -> String {
    let leads = text.lines().filter(|line| !line.trim().is_empty()).filter_map(|line| {
        let lead = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len())?;
        (!lead.is_empty() && !line.trim_start().starts_with('*')).then_some(lead)
    });
    let mut best: Option<&str> = None;
    for lead in leads {
        if lead.starts_with('\t') {
            return "\t".to_owned();
        }
        if lead.len() > 1 && lead.len() <= 8 && best.is_none_or(|best| lead.len() < best.len()) {
            best = Some(lead);
        }
    }
    best.unwrap_or(usual).to_owned()
}

/// A variable's name in the language's manner, from a key such as `DB_PASSWORD` or `db.password`.
pub(super) fn variable(key: &str, names: Names) -> String {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for character in key.chars() {
        let edge = before.is_lowercase() && character.is_uppercase();
        if !character.is_ascii_alphanumeric() || edge {
            words.push(std::mem::take(&mut word));
        }
        if character.is_ascii_alphanumeric() {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    let name = match names {
        Names::Snake => words.join("_"),
        Names::Upper => words.join("_").to_uppercase(),
        Names::Camel => words.iter().enumerate().fold(String::new(), |name, (at, word)| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            let first = if at == 0 { first.to_owned() } else { first.to_uppercase() };
            name + &first + rest
        }),
    };
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        let lead = if names == Names::Upper { "SECRET_" } else { "secret" };
        format!("{lead}{name}")
    } else {
        name
    }
}

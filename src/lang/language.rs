//! A loaded language: its data with the matchers and queries compiled.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::bytes::Regex;
use tree_sitter::{Language as Grammar, Node, Query};

use super::LangError;
use super::data::{Dedent, EscapesToml, Folder, HelperToml, ImportToml, Kind, SetupToml, StringToml};
use super::decode::{self, Refusal, decode};
use super::lines::{line_end, line_start, past_break};
use super::syntax::{self, children, span_of};
use crate::model::Span;

/// A language that the engine can interpret.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) data: Folder,
    globs: Vec<(String, Gitignore)>,
    test_code: Gitignore,
    manual: Vec<(Gitignore, String)>,
    modes: Vec<Gitignore>,
    grammars: BTreeMap<String, Reader>,
    /// Patterns with a region filled in, which every file of a run looks for.
    of_region: Mutex<BTreeMap<(String, String), Option<Regex>>>,
}

/// A grammar with the language's query for it. Compiling a query takes tens of milliseconds, so it waits until a file
/// is to be read with it; the tests compile them all.
#[derive(Debug)]
struct Reader {
    grammar: Grammar,
    text: String,
    query: OnceLock<Result<Query, String>>,
}

impl Reader {
    fn query(&self) -> Result<&Query, &String> {
        let compile = || Query::new(&self.grammar, &self.text).map_err(|error| error.to_string());
        self.query.get_or_init(compile).as_ref()
    }
}

/// A file's syntax: a grammar with the language's query for it, or lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Syntax<'l> {
    /// A tree-sitter grammar.
    Tree(&'l Grammar, &'l Query),
    /// `[lines]`.
    Lines(&'l super::data::LinesToml),
}

impl Language {
    /// Compiles a folder's data.
    pub(super) fn new(data: Folder) -> Result<Self, LangError> {
        let name = data.language.name.clone();
        let wrong = |message: String| LangError::Data { language: name.clone(), message };
        let matcher = |patterns: &[String]| matcher(patterns).map_err(&wrong);
        let mut globs = Vec::new();
        let mut grammars = BTreeMap::new();
        for entry in &data.language.grammars {
            globs.push((entry.grammar.clone(), matcher(&entry.globs)?));
            if entry.grammar == "lines" {
                data.language.lines.as_ref().ok_or_else(|| wrong("[lines] is missing".to_owned()))?;
                continue;
            }
            let grammar =
                syntax::grammar(&entry.grammar).ok_or_else(|| wrong(format!("no grammar `{}`", entry.grammar)))?;
            let text = format!("{}\n{}", data.literals, data.extra.get(&entry.grammar).map_or("", String::as_str));
            grammars.insert(entry.grammar.clone(), Reader { grammar, text, query: OnceLock::new() });
        }
        let manual = data.rewrite.manual_globs.iter();
        let manual = manual
            .map(|entry| Ok((matcher(std::slice::from_ref(&entry.glob))?, entry.reason.clone())))
            .collect::<Result<_, LangError>>()?;
        let modes = data.rewrite.mode.iter().map(|mode| matcher(&mode.globs)).collect::<Result<_, _>>()?;
        let test_code = matcher(&data.language.test_code)?;
        Ok(Self { data, globs, test_code, manual, modes, grammars, of_region: Mutex::default() })
    }

    /// The folder's name.
    pub(super) fn name(&self) -> &str {
        &self.data.language.name
    }

    /// Whether a reference in this language is an expression.
    pub(super) fn is_code(&self) -> bool {
        self.data.language.kind == Kind::Code
    }

    /// Whether the file at `path` is this language's, by its name.
    pub(super) fn reads(&self, path: &str) -> bool {
        self.globs.iter().any(|(_, globs)| hits(globs, path))
    }

    /// The syntax of the file at `path`, when it is this language's.
    pub(super) fn takes(&self, path: &str) -> Option<Syntax<'_>> {
        let grammar = self.globs.iter().find(|(_, globs)| hits(globs, path)).map(|(grammar, _)| grammar)?;
        self.syntax(grammar)
    }

    /// The syntax of a file that begins with a `#!` line for this language.
    pub(super) fn runs(&self, interpreter: &str) -> Option<Syntax<'_>> {
        let stem = interpreter.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let shebangs = &self.data.language.shebangs;
        let named = shebangs.iter().any(|name| name == interpreter || name == stem);
        named.then(|| self.data.language.grammars.last().and_then(|entry| self.syntax(&entry.grammar))).flatten()
    }

    /// The syntax of the language's own code where it stands in another's file.
    pub(super) fn own_syntax(&self) -> Option<Syntax<'_>> {
        self.data.language.grammars.first().and_then(|entry| self.syntax(&entry.grammar))
    }

    fn syntax(&self, grammar: &str) -> Option<Syntax<'_>> {
        if let Some(reader) = self.grammars.get(grammar) {
            return reader.query().ok().map(|query| Syntax::Tree(&reader.grammar, query));
        }
        self.data.language.lines.as_ref().map(Syntax::Lines)
    }

    /// Whether `path` is test code.
    pub(super) fn is_test_code(&self, path: &str) -> bool {
        hits(&self.test_code, path)
    }

    /// Why no file like this is rewritten, where that is so.
    pub(super) fn never(&self, path: &str) -> Option<&str> {
        self.manual.iter().find(|(globs, _)| hits(globs, path)).map(|(_, reason)| reason.as_str())
    }

    /// Whether the globs of mode `number` (none: any file) take `path`.
    pub(super) fn mode_takes(&self, number: usize, path: &str) -> bool {
        self.modes.get(number).is_none_or(|globs| globs.is_empty() || hits(globs, path))
    }

    /// A pattern from data with `«region»` filled in.
    pub(super) fn region_pattern(&self, text: &str, region: &str) -> Option<Regex> {
        let mut known = self.of_region.lock().unwrap_or_else(PoisonError::into_inner);
        let made = known.entry((text.to_owned(), region.to_owned()));
        made.or_insert_with(|| pattern(text, "«region»", region)).clone()
    }

    /// The import of an id.
    pub(super) fn import(&self, id: &str) -> Option<&ImportToml> {
        self.data.rewrite.import.iter().find(|import| import.id == id)
    }

    /// The set-up code of an id.
    pub(super) fn setup(&self, id: &str) -> Option<&SetupToml> {
        self.data.rewrite.setup.iter().find(|setup| setup.id == id)
    }

    /// Whether literals of a sort are rewritten.
    pub(super) fn has_shape(&self, id: &str) -> bool {
        self.data.rewrite.shape.iter().any(|shape| shape.id == id)
    }

    /// The helper file that gives a name to a placeholder.
    pub(super) fn helper(&self, placeholder: &str) -> Option<&HelperToml> {
        self.data.rewrite.helper.iter().find(|helper| helper.names.contains_key(placeholder))
    }

    /// Whether nodes of `kind` stand between a name and the node that neighbours share.
    pub(super) fn is_transparent(&self, kind: &str) -> bool {
        self.data.language.transparent.iter().any(|other| other == kind)
    }

    /// The form of `node` when it is a literal that is made of pieces, one of which is of the kind `piece`.
    pub(super) fn joined(&self, text: &[u8], node: Node<'_>, piece: &str) -> Option<&StringToml> {
        self.data.language.string.iter().find(|form| {
            form.kinds.iter().any(|kind| kind == node.kind())
                && form.pieces.iter().any(|kind| kind == piece)
                && joins(form, text, node)
        })
    }

    fn table(&self, form: &StringToml) -> Result<&EscapesToml, Refusal> {
        self.data.language.escapes.get(&form.escapes).ok_or_else(|| "its escapes aren't known".to_owned())
    }

    /// The escape tables of the plain forms, by their quotes; the language's own order.
    pub(super) fn writing(&self) -> impl Iterator<Item = (char, &EscapesToml)> {
        let forms = self.data.language.string.iter().filter(|form| form.prefixes.iter().any(String::is_empty));
        let quotes =
            |form: &'_ StringToml| -> Vec<char> { form.quotes.iter().filter_map(|quote| single(quote)).collect() };
        forms.flat_map(move |form| {
            let table = self.table(form).ok();
            quotes(form).into_iter().filter_map(move |quote| Some((quote, table?)))
        })
    }

    /// Reads the literal at `node`: its form, and where its text stands.
    pub(super) fn read_node<'l>(&'l self, text: &[u8], node: Node<'_>) -> Result<Literal<'l>, Refusal> {
        let mut literal = self.read(text, span_of(node), node.kind())?;
        if literal.form.body.is_some() {
            let body = self.body(node).ok_or("its text isn't where arnify looks for it")?;
            if line_end(text, node.end_byte()) != body.start_byte() {
                return Err("another text begins on its line".to_owned());
            }
            let end = children(body).last().map_or(body.end_byte(), |last| line_start(text, last.start_byte()));
            let start = past_break(text, body.start_byte());
            literal.content = Span::new(start.min(end), end);
            literal.whole = Span::new(node.start_byte(), body.end_byte());
        }
        Ok(literal)
    }

    /// The node that holds the text of the literal at `node`, where that isn't the node itself.
    pub(super) fn body<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut forms =
            self.data.language.string.iter().filter(|form| form.kinds.iter().any(|kind| kind == node.kind()));
        let kind = forms.find_map(|form| form.body.as_deref())?;
        syntax::following(node, kind)
    }

    /// Reads a literal that spans `span` and is of `kind`; `content` is where its text stands.
    pub(super) fn read(&self, text: &[u8], span: Span, kind: &str) -> Result<Literal<'_>, Refusal> {
        let raw = span.of(text);
        let letters = raw.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let prefix = String::from_utf8_lossy(raw.get(..letters).unwrap_or_default()).to_ascii_lowercase();
        let applies = |form: &&StringToml| {
            form.kinds.iter().any(|other| other == kind)
                && form.only_in.as_ref().is_none_or(|pattern| pattern.0.is_match(text))
        };
        for form in self.data.language.string.iter().filter(applies) {
            if let Some(content) = between(form, raw, span) {
                return Ok(Literal { form, content, whole: span });
            }
            for quote in &form.quotes {
                if quote.is_empty() {
                    return Ok(Literal { form, content: span, whole: span });
                }
                let close = form.close.as_ref().unwrap_or(quote);
                let body = raw.get(letters..).unwrap_or_default();
                let closed = body.len() >= quote.len() + close.len()
                    && body.starts_with(quote.as_bytes())
                    && body.ends_with(close.as_bytes());
                if closed && form.prefixes.contains(&prefix) {
                    let content = Span::new(span.start + letters + quote.len(), span.end - close.len());
                    return Ok(Literal { form, content, whole: span });
                }
            }
        }
        Err("it is written in a way that arnify doesn't read".to_owned())
    }

    /// The run-time value of the literal at `node`, and whether it is bytes.
    pub(super) fn value(&self, text: &[u8], node: Node<'_>) -> Result<(Vec<u8>, bool), Refusal> {
        let kind = node.kind();
        let joined = self
            .data
            .language
            .string
            .iter()
            .find(|form| form.kinds.iter().any(|k| k == kind) && !form.pieces.is_empty());
        if let Some(form) = joined {
            let mut whole = Vec::new();
            let mut bytes = None;
            if !joins(form, text, node) {
                return Err("parts of it are computed when the program runs".to_owned());
            }
            let mut end = node.start_byte();
            let is_piece = |child: &Node<'_>| form.pieces.iter().any(|kind| kind == child.kind());
            for piece in children(node).into_iter().filter(is_piece) {
                if form.apart.is_some() && piece.start_byte() != end {
                    break;
                }
                let (value, is_bytes) = self.value(text, piece)?;
                whole.extend(value);
                bytes = Some(is_bytes);
                end = piece.end_byte();
            }
            if form.apart.is_some() && end != node.end_byte() {
                return Err("parts of it are computed when the program runs".to_owned());
            }
            return Ok((whole, bytes.unwrap_or(false)));
        }
        let literal = self.read_node(text, node)?;
        if self.has_hole(text, self.body(node).unwrap_or(node), &literal) {
            return Err("parts of it are computed when the program runs".to_owned());
        }
        self.check_encoding(text, literal.content)?;
        Ok((self.content(text, &literal)?, literal.form.bytes))
    }

    /// Whether a part of the literal at `node` is computed; one that stands for other text always is not.
    fn has_hole(&self, text: &[u8], node: Node<'_>, literal: &Literal<'_>) -> bool {
        let Ok(table) = self.table(literal.form) else { return true };
        let stands_for_text =
            |child: &Node<'_>| table.doubled.keys().any(|from| from.as_bytes() == span_of(*child).of(text));
        let is_hole = |child: &Node<'_>| literal.form.holes.iter().any(|kind| kind == child.kind());
        children(node).iter().any(|child| is_hole(child) && !stands_for_text(child))
    }

    /// The value of a literal's content.
    pub(super) fn content(&self, text: &[u8], literal: &Literal<'_>) -> Result<Vec<u8>, Refusal> {
        let raw = literal.content.of(text);
        let table = self.table(literal.form)?;
        if literal.form.dedent != Dedent::Keep {
            let closing = text.get(literal.content.end..literal.whole.end).unwrap_or_default();
            return decode(&decode::dedent(raw, literal.form.dedent, closing)?, literal.form, table);
        }
        if literal.form.lines != super::data::Lines::Block {
            return decode(raw, literal.form, table);
        }
        let whole = with_blank_lines(text, literal.content);
        if !whole.of(text).ends_with(b"\n") && !raw.starts_with(b"|-") && !raw.starts_with(b">-") {
            return Err("the file ends without a line break, which readers take differently".to_owned());
        }
        decode(whole.of(text), literal.form, table)
    }

    fn check_encoding(&self, text: &[u8], content: Span) -> Result<(), Refusal> {
        let Some(pattern) = &self.data.language.encoding_declaration else { return Ok(()) };
        let declared = pattern.0.captures(text).and_then(|found| found.name("name"));
        let name = declared.map(|name| String::from_utf8_lossy(name.as_bytes()).to_ascii_lowercase().replace('_', "-"));
        match name.as_deref() {
            None | Some("utf-8" | "utf8" | "utf-8-sig") => Ok(()),
            Some(_) if content.of(text).is_ascii() => Ok(()),
            Some(_) => Err("the file declares an encoding other than UTF-8".to_owned()),
        }
    }

    /// Whether `part` of the content of the literal at `node` is spelt as it is read, so that a reference can take its
    /// place within the literal.
    pub(super) fn is_verbatim(&self, text: &[u8], part: Span, literal: &Literal<'_>, node: Node<'_>) -> bool {
        let Ok(table) = self.table(literal.form) else { return false };
        let holes = literal.form.holes.as_slice();
        let is_hole = |child: &Node<'_>| holes.iter().any(|kind| kind == child.kind());
        let computed = children(node).iter().any(|child| is_hole(child) && span_of(*child).overlaps(part));
        let before = Span::new(literal.content.start, part.start).of(text);
        let leads =
            table.lead.map_or(0, |lead| before.iter().rev().take_while(|byte| char::from(**byte) == lead).count());
        let raw = part.of(text);
        !computed && leads % 2 == 0 && decode(raw, literal.form, table).is_ok_and(|value| value == raw)
    }

    /// Whether `part` of the content stands for itself: no escape, no percent sign, no line break, and not
    /// where the reference's brace would mean something else.
    pub(super) fn is_plain(&self, text: &[u8], part: Span, literal: &Literal<'_>) -> bool {
        let raw = part.of(text);
        let Ok(table) = self.table(literal.form) else { return false };
        let Ok(string) = std::str::from_utf8(raw) else { return false };
        let special = |c: char| c == '%' || c.is_control() || table.lead == Some(c);
        let opens = literal.form.wrap.is_some() && part.start == literal.content.start;
        let doubled = table.doubled.keys().any(|from| string.contains(from.as_str()));
        let ambiguous = table.ambiguous.as_ref().is_some_and(|pattern| pattern.0.is_match(literal.content.of(text)));
        let foreign = literal.form.latin1 && !raw.is_ascii();
        !(raw.is_empty() || opens || string.contains(special) || doubled || ambiguous || foreign)
    }
}

/// A literal that was read: its form and where its content stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal<'l> {
    pub(super) form: &'l StringToml,
    pub(super) content: Span,
    /// From its beginning to its end.
    pub(super) whole: Span,
}

/// The content of a literal whose form tells it by patterns.
fn between(form: &StringToml, raw: &[u8], span: Span) -> Option<Span> {
    let open = form.opening.as_ref()?.0.find(raw).filter(|found| found.start() == 0)?;
    let close = form.closing.as_ref().map_or(Some(raw.len()), |close| {
        let rest = raw.get(open.end()..)?;
        close.0.find_iter(rest).last().filter(|found| found.end() == rest.len()).map(|found| open.end() + found.start())
    })?;
    Some(Span::new(span.start + open.end(), span.start + close))
}

/// A quote of one character.
fn single(quote: &str) -> Option<char> {
    let mut characters = quote.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Whether all that `node` is made of are pieces and joints of `form`, through pieces that are of the same kind.
fn joins(form: &StringToml, text: &[u8], node: Node<'_>) -> bool {
    form.joints.is_empty()
        || children(node).into_iter().all(|child| {
            let is_piece = form.pieces.iter().any(|kind| kind == child.kind());
            let deep = form.kinds.iter().any(|kind| kind == child.kind());
            let is_joint = |joint: &String| joint == child.kind() || joint.as_bytes() == span_of(child).of(text);
            is_piece && (!deep || joins(form, text, child)) || child.is_extra() || form.joints.iter().any(is_joint)
        })
}

/// A block scalar with the empty lines that follow it.
fn with_blank_lines(text: &[u8], span: Span) -> Span {
    let mut end = span.end;
    let mut at = end;
    while let Some(byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' => at += 1,
            b'\n' => {
                at += 1;
                end = at;
            }
            _ => break,
        }
    }
    Span::new(span.start, end)
}

fn matcher(patterns: &[String]) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|error| error.to_string())?;
    }
    builder.build().map_err(|error| error.to_string())
}

fn hits(globs: &Gitignore, path: &str) -> bool {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    globs.matched(path, false).is_ignore()
}

/// A pattern from data with a placeholder filled in.
pub(super) fn pattern(text: &str, from: &str, to: &str) -> Option<Regex> {
    Regex::new(&text.replace(from, &regex::escape(to))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_compiles() {
        for folder in crate::lang::data::folders().unwrap() {
            let language = Language::new(folder).unwrap();
            for (grammar, reader) in &language.grammars {
                assert!(reader.query().is_ok(), "{}, {grammar}: {:?}", language.name(), reader.query());
            }
        }
    }
}

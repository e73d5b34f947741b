//! Code of one language in strings of another, as a notebook's cells: all of it together is one document of the guest
//! language, which is located and rewritten as any file of it; what comes out is carried back into the host's strings.

use tree_sitter::Node;

use super::data::{EmbeddedToml, EscapesToml, StringToml};
use super::decode::{decode, encode};
use super::language::{Language, Syntax};
use super::locate;
use super::syntax::{self, Captures, children, span_of};
use super::{LangError, LocatedSite, NotRewritable, Request, Surroundings, code};
use crate::model::{Blob, Edit, Fix, Located, Neighbour, Site, Span};

/// The two languages of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'l> {
    pub(super) host: &'l Language,
    pub(super) guest: &'l Language,
    pub(super) data: &'l EmbeddedToml,
}

/// The literal of each finding, in the findings' order.
pub(super) fn locate(pair: Pair<'_>, blob: &Blob, located: &[Located]) -> Vec<Result<LocatedSite, NotRewritable>> {
    let Some((host, guest)) = pair.syntaxes(blob) else {
        let reason = "the file can't be parsed".to_owned();
        return located.iter().map(|_| Err(pair.refuse(&reason))).collect();
    };
    let Some(document) = Document::of(pair, blob) else { return locate::locate(pair.host, host, blob, located) };
    let place = |one: &Located| document.place(one.value);
    let inner: Vec<Located> = located
        .iter()
        .filter_map(|one| match place(one) {
            Place::Code(value) => Some(Located { value, ..one.clone() }),
            Place::Left(_) | Place::Host => None,
        })
        .collect();
    let mut inner = locate::locate(pair.guest, guest, &document.blob, &inner).into_iter();
    let mut outer = locate::locate(pair.host, host, blob, located).into_iter();
    let mut found = Vec::new();
    for one in located {
        let outer = outer.next();
        found.extend(match place(one) {
            Place::Code(_) => inner.next().map(|site| site.and_then(|site| document.carried(pair, site))),
            Place::Left(reason) => Some(Err(pair.refuse(reason))),
            Place::Host => outer,
        });
    }
    found
}

/// The fixes for the file and for what its code needs.
pub(super) fn rewrite(
    pair: Pair<'_>,
    blob: &Blob,
    requests: &[&Request],
    around: &Surroundings,
) -> Result<Vec<Fix>, LangError> {
    let path = blob.source.tree_path.clone();
    let wrong = |message: &str| LangError::Rewrite { path: path.clone(), message: message.to_owned() };
    let document = Document::of(pair, blob).ok_or_else(|| wrong("it holds no code that can be rewritten"))?;
    let Some((_, Syntax::Tree(grammar, query))) = pair.syntaxes(blob) else {
        return Err(wrong("its code has no syntax"));
    };
    let tree = syntax::parse(grammar, &document.blob.bytes).ok_or_else(|| wrong("its code can't be parsed"))?;
    let inner = requests.iter().map(|request| {
        let replace = document.inner(request.site.replace).ok_or_else(|| wrong("a literal isn't where it was"))?;
        Ok(Request { site: Site { replace, ..request.site.clone() }, ..(*request).clone() })
    });
    let inner = inner.collect::<Result<Vec<_>, LangError>>()?;
    let mut fixes =
        code::rewrite(pair.guest, (grammar, &tree, query), &document.blob, &inner.iter().collect::<Vec<_>>(), around)?;
    for fix in fixes.iter_mut().filter(|fix| fix.path == path) {
        let edits = fix.edits.iter().map(|edit| document.edit(edit)).collect::<Option<Vec<_>>>();
        fix.edits = edits.ok_or_else(|| wrong("what the code needs can't be put into its cells"))?;
        fix.edits.sort_by_key(|edit| (edit.span, edit.replacement.clone()));
        let notes = document.notes(pair.data, &inner);
        fix.step = fix.step.take().map(|step| notes.iter().fold(step, |step, note| format!("{step} {note}")));
    }
    Ok(fixes)
}

/// Number of syntax errors in the code that `blob` holds.
pub(super) fn errors(pair: Pair<'_>, blob: &Blob) -> usize {
    let Some((_, Syntax::Tree(grammar, _))) = pair.syntaxes(blob) else { return 0 };
    let tree = Document::of(pair, blob).and_then(|document| syntax::parse(grammar, &document.blob.bytes));
    tree.map_or(0, |tree| syntax::errors(&tree))
}

impl<'l> Pair<'l> {
    fn refuse(self, reason: &str) -> NotRewritable {
        let instruction = &self.host.data.rewrite.instruction;
        NotRewritable { reason: format!("Left as it is: {reason}. {instruction}") }
    }

    /// The syntaxes of host and guest.
    fn syntaxes(self, blob: &Blob) -> Option<(Syntax<'l>, Syntax<'l>)> {
        Some((self.host.takes(blob.path())?, self.guest.own_syntax()?))
    }

    /// How the host writes a string.
    fn writing(self) -> Option<Writing<'l>> {
        let (quote, table) = self.host.writing().next()?;
        Some(Writing { quote, table, form: self.host.data.language.string.first()? })
    }
}

/// How the host writes a string.
#[derive(Clone, Copy)]
struct Writing<'l> {
    quote: char,
    table: &'l EscapesToml,
    form: &'l StringToml,
}

/// Where a finding of the host stands.
enum Place<'d> {
    /// In code, at a place of the guest's document.
    Code(Span),
    /// In a text that stays as it is, with the reason.
    Left(&'d str),
    /// In none of the guest's texts.
    Host,
}

/// A run of the guest's text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    inner: Span,
    outer: Span,
    form: Form,
}

/// What a piece is for its place in the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The same bytes.
    Same,
    /// One escape.
    Escape,
    /// Stands for a line that is not the guest's.
    Foreign,
}

/// One text of the guest in the host: a string, or lines in a list of strings.
#[derive(Debug)]
struct Cell {
    inner: Span,
    outer: Span,
    /// What stands between two lines of a list, quotes included; `None` where the text is one string.
    joint: Option<String>,
}

/// The guest's texts as one document.
struct Document<'p> {
    blob: Blob,
    pieces: Vec<Piece>,
    cells: Vec<Cell>,
    /// Texts in which nothing is rewritten, with the reason.
    left: Vec<(Span, &'p str)>,
    host: &'p Blob,
    writing: Writing<'p>,
    /// Why a foreign line stays as it is.
    foreign: &'p str,
    /// What the host's query has to say wherever code is rewritten.
    said: Vec<String>,
}

impl<'p> Document<'p> {
    /// The document in `host`; `None` where no text of it is the guest's.
    fn of(pair: Pair<'p>, host: &'p Blob) -> Option<Self> {
        let (Syntax::Tree(grammar, query), guest) = pair.syntaxes(host)? else { return None };
        let writing = pair.writing()?;
        let tree = syntax::parse(grammar, &host.bytes)?;
        let captures = Captures::collect(query, &tree, &host.bytes);
        let said = captures.notes.iter().map(|(_, note)| note.clone()).collect();
        let blob = Blob::of_text(host.source.clone(), Vec::new());
        let (pieces, cells, left) = (Vec::new(), Vec::new(), Vec::new());
        let mut document = Self { blob, pieces, cells, left, host, writing, foreign: &pair.data.foreign, said };
        let sure = !captures.of("embedded.sign").is_empty() && captures.of("embedded.against").is_empty();
        let mut whole = String::new();
        let mut nodes = captures.of("embedded").to_vec();
        nodes.sort_by_key(Node::start_byte);
        for node in &nodes {
            let span = span_of(*node);
            let other = captures.of("embedded.other").iter();
            let other = other.map(|node| span_of(*node)).any(|other| parent(*node).contains(other));
            if !sure || other {
                document.left.push((span, &pair.data.unsure));
            } else if let Some(text) = document.text(*node, pair.data).filter(|text| text.is_code(guest)) {
                document.append(&mut whole, *node, &text);
            } else {
                document.left.push((span, &pair.data.foreign));
            }
        }
        document.blob = Blob::of_text(host.source.clone(), whole.into_bytes());
        (!document.cells.is_empty() || !document.left.is_empty()).then_some(document)
    }

    /// The text of one string or list of strings; `None` where it is not the guest's, or can't be read.
    fn text(&self, node: Node<'_>, data: &EmbeddedToml) -> Option<Text> {
        let strings = strings(node);
        let mut read = Text::default();
        for string in &strings {
            let span = span_of(*string);
            read.read(Span::new(span.start + 1, span.end.checked_sub(1)?), &self.host.bytes, self.writing)?;
        }
        if data.foreign_text.0.is_match(read.text.as_bytes()) {
            return None;
        }
        Some(read.without_foreign_lines(data))
    }

    /// Adds a text to the document.
    fn append(&mut self, whole: &mut String, node: Node<'_>, text: &Text) {
        let base = whole.len();
        let moved = |span: Span| Span::new(span.start + base, span.end + base);
        self.pieces.extend(text.pieces.iter().map(|piece| Piece { inner: moved(piece.inner), ..*piece }));
        whole.push_str(&text.text);
        self.cells.push(Cell { inner: Span::new(base, whole.len()), outer: span_of(node), joint: self.joint(node) });
        if !whole.ends_with('\n') {
            whole.push('\n');
        }
    }

    /// What stands between two strings of a list; of a list of one, what would.
    fn joint(&self, node: Node<'_>) -> Option<String> {
        let between =
            |start: usize, end: usize| String::from_utf8_lossy(Span::new(start, end).of(&self.host.bytes)).into_owned();
        let quote = self.writing.quote;
        match strings(node).as_slice() {
            [only] if only.id() == node.id() => None,
            [first, second, ..] => Some(format!("{quote}{}{quote}", between(first.end_byte(), second.start_byte()))),
            [only] => Some(format!("{quote},{}{quote}", between(node.start_byte() + 1, only.start_byte()))),
            [] => None,
        }
    }

    fn place(&self, value: Span) -> Place<'p> {
        if let Some((_, reason)) = self.left.iter().find(|(span, _)| span.contains(value)) {
            return Place::Left(reason);
        }
        if !self.cells.iter().any(|cell| cell.outer.contains(value)) {
            return Place::Host;
        }
        self.inner(value).map_or(Place::Left(self.foreign), Place::Code)
    }

    /// The piece that holds `at`, of those that meet there the one that begins or the one that ends; both sides of the
    /// pieces are in order.
    fn piece(&self, at: usize, end: bool, side: fn(&Piece) -> Span) -> Option<usize> {
        let before = |piece: &Piece| if end { side(piece).end < at } else { side(piece).end <= at };
        let index = self.pieces.partition_point(before);
        let start = self.pieces.get(index).map(side)?.start;
        (start < at || start == at && !end).then_some(index)
    }

    /// The guest's span for one of the host.
    fn inner(&self, outer: Span) -> Option<Span> {
        let within = |at: usize, end: bool| {
            let piece = self.pieces.get(self.piece(at, end, |piece| piece.outer)?)?;
            (piece.form != Form::Foreign).then(|| exact(piece.outer, piece.inner, piece.form, at))?
        };
        let (start, end) = (within(outer.start, false)?, within(outer.end, true)?);
        (start < end).then(|| Span::new(start, end))
    }

    /// The host's span for one of the guest's text, which must be of one cell and hold nothing foreign.
    fn outer(&self, inner: Span) -> Option<Span> {
        let of = |end: bool| self.piece(if end { inner.end } else { inner.start }, end, |piece| piece.inner);
        let pieces = self.pieces.get(of(false)?..=of(true)?)?;
        let one_cell = self.cells.iter().any(|cell| cell.inner.contains(inner));
        if !one_cell || pieces.iter().any(|piece| piece.form == Form::Foreign) {
            return None;
        }
        let (first, last) = (pieces.first()?, pieces.last()?);
        let start = exact(first.inner, first.outer, first.form, inner.start)?;
        Some(Span::new(start, exact(last.inner, last.outer, last.form, inner.end)?))
    }

    fn carried(&self, pair: Pair<'_>, found: LocatedSite) -> Result<LocatedSite, NotRewritable> {
        let replace = self.outer(found.site.replace).ok_or_else(|| pair.refuse(&pair.data.foreign))?;
        let container = found.site.container.and_then(|span| self.outer(span));
        let neighbours =
            found.neighbours.iter().filter_map(|one| Some(Neighbour { span: self.outer(one.span)?, ..one.clone() }));
        let neighbours = neighbours.collect();
        let site = Site { replace, container, ..found.site };
        Ok(LocatedSite { site, text: None, neighbours, ..found })
    }

    /// An edit of the guest's document as one of the host.
    fn edit(&self, edit: &Edit) -> Option<Edit> {
        if edit.span.is_empty() {
            return self.insertion(edit);
        }
        let mut span = self.outer(edit.span)?;
        let cell = self.cells.iter().find(|cell| cell.inner.contains(edit.span))?;
        let at_end = cell.inner.end == edit.span.end;
        // Behind a line's end the next string of a list goes on.
        let next = self.pieces.iter().find(|piece| piece.inner.start == edit.span.end).filter(|_| !at_end);
        span.end = next.map_or(span.end, |next| next.outer.start);
        Some(Edit { span, replacement: self.written(&edit.replacement, cell, at_end)?, removed: edit.removed.clone() })
    }

    /// An insertion: between two texts it goes to the end of the one before, as a line more.
    fn insertion(&self, edit: &Edit) -> Option<Edit> {
        let at = edit.span.start;
        let text = &edit.replacement;
        let after =
            self.cells.iter().rfind(|cell| cell.inner.end < at || cell.inner.end == at && !cell.inner.is_empty());
        let begins = !self.cells.iter().any(|cell| cell.inner.start < at && at < cell.inner.end);
        if let Some(cell) = after.filter(|_| begins) {
            let ends = cell.inner.of(&self.blob.bytes).ends_with(b"\n");
            let line = if ends || cell.inner.end == at { text.clone() } else { format!("\n{text}") };
            let line = line.trim_end_matches(['\r', '\n']);
            let line = if ends { format!("{line}\n") } else { line.to_owned() };
            let last = self.pieces.iter().rfind(|piece| piece.inner.end <= cell.inner.end)?;
            let opens = cell.joint.as_deref().filter(|_| ends).unwrap_or_default();
            let replacement = format!("{opens}{}", self.written(&line, cell, true)?);
            return Some(Edit { span: Span::new(last.outer.end, last.outer.end), replacement, removed: None });
        }
        let cell = self.cells.iter().find(|cell| cell.inner.start <= at && at < cell.inner.end)?;
        let piece = self.pieces.iter().find(|piece| piece.inner.start <= at && at < piece.inner.end)?;
        let start = exact(piece.inner, piece.outer, piece.form, at)?;
        let replacement = self.written(text, cell, false)?;
        Some(Edit { span: Span::new(start, start), replacement, removed: None })
    }

    /// `text` as it stands in a string of the host, in a list each line in one of its own.
    fn written(&self, text: &str, cell: &Cell, at_end: bool) -> Option<String> {
        let joint = cell.joint.as_deref().unwrap_or_default();
        let mut out = String::new();
        let mut lines = text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            out.push_str(&encode(line, &self.writing.quote.to_string(), self.writing.table)?);
            if line.ends_with('\n') && (lines.peek().is_some() || !at_end) {
                out.push_str(joint);
            }
        }
        Some(out)
    }

    /// What has to be said of the rewritten places: that a value stands outside of the code too, or what the host's
    /// query says.
    fn notes<'a>(&'a self, data: &'a EmbeddedToml, requests: &[Request]) -> Vec<&'a str> {
        let text = &*self.host.bytes;
        let in_code = |at: usize| self.cells.iter().any(|cell| cell.outer.range().contains(&at));
        let quote = |byte: &u8| b"\"'".contains(byte);
        let twice = requests.iter().any(|request| {
            let literal = request.site.replace.of(&self.blob.bytes);
            let from = literal.iter().position(quote).map_or(0, |at| at + 1);
            let to = literal.iter().rposition(quote).unwrap_or(0);
            let content = literal.get(from..to).unwrap_or_default();
            content.len() > 3 && memchr::memmem::find_iter(text, content).any(|at| !in_code(at))
        });
        let mut notes: Vec<&str> = twice.then_some(data.elsewhere.as_str()).into_iter().collect();
        notes.extend(self.said.first().filter(|_| !twice).map(String::as_str));
        notes
    }
}

/// The strings that make up a text: itself, or those of a list.
fn strings(node: Node<'_>) -> Vec<Node<'_>> {
    if node.kind() == "string" {
        vec![node]
    } else {
        children(node).into_iter().filter(|child| child.kind() == "string").collect()
    }
}

/// What holds the pair that `node` is the value of.
fn parent(node: Node<'_>) -> Span {
    let holder = node.parent().and_then(|pair| pair.parent());
    holder.map_or(Span::new(0, 0), span_of)
}

/// The place in `to` of a place in `from`: of an escape only its beginning and its end have one.
fn exact(from: Span, to: Span, form: Form, at: usize) -> Option<usize> {
    let offset = at.checked_sub(from.start)?;
    match form {
        Form::Same => Some(to.start + offset),
        _ if offset == 0 => Some(to.start),
        _ if at == from.end => Some(to.end),
        _ => None,
    }
}

/// A text while it is read.
#[derive(Debug, Default)]
struct Text {
    text: String,
    pieces: Vec<Piece>,
}

impl Text {
    /// Adds the content of one string of the host.
    fn read(&mut self, content: Span, host: &[u8], writing: Writing<'_>) -> Option<()> {
        let mut at = content.start;
        while at < content.end {
            let rest = Span::new(at, content.end).of(host);
            let lead = |byte: &u8| writing.table.lead == Some(char::from(*byte));
            let plain = rest.iter().position(lead).unwrap_or(rest.len());
            if plain > 0 {
                self.push(std::str::from_utf8(rest.get(..plain)?).ok()?, Span::new(at, at + plain), Form::Same);
                at += plain;
                continue;
            }
            // The shortest beginning that can be decoded: a pair of surrogates has twelve characters.
            let unit = |length: &usize| decode(rest.get(..*length)?, writing.form, writing.table).ok();
            let length = (2..=12).find(|length| unit(length).is_some())?;
            let text = String::from_utf8(unit(&length)?).ok()?;
            self.push(&text, Span::new(at, at + length), Form::Escape);
            at += length;
        }
        Some(())
    }

    fn push(&mut self, text: &str, outer: Span, form: Form) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { inner: Span::new(start, self.text.len()), outer, form });
    }

    /// Adds a part of another text.
    fn copy(&mut self, other: &Self, part: Span) {
        let first = other.pieces.partition_point(|piece| piece.inner.end <= part.start);
        let pieces = other.pieces.get(first..).unwrap_or_default();
        for piece in pieces.iter().take_while(|piece| piece.inner.start < part.end) {
            let cut = Span::new(piece.inner.start.max(part.start), piece.inner.end.min(part.end));
            let offset = cut.start - piece.inner.start;
            let whole = piece.form != Form::Same;
            let outer = Span::new(piece.outer.start + offset, piece.outer.start + offset + cut.len());
            let text = other.text.get(cut.range()).unwrap_or_default();
            self.push(text, if whole { piece.outer } else { outer }, piece.form);
        }
    }

    /// The text with something in the place of each line that is not the guest's.
    fn without_foreign_lines(self, data: &EmbeddedToml) -> Self {
        let mut out = Self::default();
        let mut at = 0;
        for found in data.foreign_line.0.captures_iter(self.text.as_bytes()).filter_map(|found| found.name("foreign")) {
            let span = Span::new(found.start(), found.end());
            out.copy(&self, Span::new(at, span.start));
            let begins = super::lines::line_start(self.text.as_bytes(), span.start) == span.start;
            let mut part = Self::default();
            part.copy(&self, span);
            let outer =
                part.pieces.first().zip(part.pieces.last()).map(|(first, last)| (first.outer.start, last.outer.end));
            if let Some((start, end)) = outer {
                out.push(if begins { &data.idle } else { &data.idle_inside }, Span::new(start, end), Form::Foreign);
            }
            at = span.end;
        }
        out.copy(&self, Span::new(at, self.text.len()));
        out
    }

    /// Whether there is more in it than comments.
    fn is_code(&self, guest: Syntax<'_>) -> bool {
        let Syntax::Tree(grammar, _) = guest else { return false };
        let tree = syntax::parse(grammar, self.text.as_bytes());
        tree.is_some_and(|tree| children(tree.root_node()).iter().any(|node| !node.kind().contains("comment")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::Languages;
    use super::*;
    use crate::model::{Origin, Source};

    static LANGUAGES: LazyLock<Languages> = LazyLock::new(|| Languages::load().unwrap());

    fn notebook(cells: &[Vec<String>]) -> Blob {
        let cells: Vec<_> =
            cells.iter().map(|lines| serde_json::json!({"cell_type": "code", "source": lines})).collect();
        let metadata = serde_json::json!({"kernelspec": {"name": "python3"}});
        let json = serde_json::to_string_pretty(&serde_json::json!({"cells": cells, "metadata": metadata})).unwrap();
        let source =
            Source { path: "a.ipynb".into(), tree_path: "a.ipynb".into(), origin: Origin::Stdin, explicit: false };
        Blob::new(source, json.into_bytes())
    }

    /// The cells' texts after an edit.
    fn after(blob: &Blob, edit: &Edit) -> Vec<String> {
        let mut bytes = blob.bytes.to_vec();
        bytes.splice(edit.span.range(), edit.replacement.bytes());
        let json: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let lines = |cell: &serde_json::Value| {
            let lines = cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned());
            let lines: Vec<String> = lines.collect();
            assert!(lines.iter().rev().skip(1).all(|line| line.ends_with('\n')), "{lines:?}");
            assert!(lines.iter().all(|line| line.matches('\n').count() < 2), "{lines:?}");
            lines.concat()
        };
        json["cells"].as_array().unwrap().iter().map(lines).collect()
    }

    proptest! {
        #[test]
        fn an_edit_of_the_code_is_the_same_edit_of_the_cells(
            texts in proptest::collection::vec("x[a\"\\\\ é😀\t\u{2028}\n]{1,12}", 1..4),
            which in any::<proptest::sample::Index>(),
            ends in any::<(proptest::sample::Index, proptest::sample::Index)>(),
            replacement in "[b\"\\\\ é\n]{0,6}c",
        ) {
            let cells: Vec<Vec<String>> =
                texts.iter().map(|text| text.split_inclusive('\n').map(str::to_owned).collect()).collect();
            let blob = notebook(&cells);
            let (host, _) = LANGUAGES.pick("a.ipynb", b"").unwrap();
            let pair = LANGUAGES.embedded(host).unwrap();
            let document = Document::of(pair, &blob).unwrap();
            prop_assert_eq!(document.cells.len(), texts.len());
            let number = which.index(texts.len());
            let text = &texts[number];
            let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            places.push(text.len());
            let (one, other) = (places[ends.0.index(places.len())], places[ends.1.index(places.len())]);
            let (start, end) = (one.min(other), one.max(other));
            // Between two texts an insertion is a line more of the first.
            prop_assume!(start < end || start > 0 && end < text.len());
            let base = document.cells[number].inner.start;
            let span = Span::new(base + start, base + end);
            let edit = document.edit(&Edit { span, replacement: replacement.clone(), removed: None }).unwrap();
            let mut expected = texts.clone();
            expected[number].replace_range(start..end, &replacement);
            prop_assert_eq!(after(&blob, &edit), expected);
            if start < end {
                prop_assert_eq!(document.inner(document.outer(span).unwrap()), Some(span));
            }
        }
    }
}

//! Declarations of constants, which have to become declarations of variables before a reference can stand in them:
//! another keyword in the place of theirs, or out of a list of constants and behind it.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::language::pattern;
use super::lines::{line_end, line_start, past_break};
use super::syntax::{Captures, Declared, Lazy, children, span_of};
use crate::model::{Edit, Span};

/// The declaration whose whole value stands at `span`.
pub(super) fn around<'c, 't>(captures: &'c Captures<'t>, span: Span) -> Option<&'c Declared<'t>> {
    captures.declared.get(&span)
}

/// Why the literal at `span` has to stay a constant.
pub(super) fn obstacle(captures: &Captures<'_>, text: &[u8], span: Span) -> Option<String> {
    let Some(declared) = around(captures, span) else {
        return only_constant(captures, span).map(|reason| format!("only a constant can stand there: {reason}"));
    };
    let name = span_of(declared.name).of(text);
    if let Some(reason) = constant_use(captures, name) {
        return Some(in_use(name, &reason));
    }
    if declared.used && captures.named(name).len() < 2 {
        return Some(format!("nothing uses `{}`, which only a constant may be", String::from_utf8_lossy(name)));
    }
    if let Some(lazy) = &declared.lazy
        && let Some(reason) = fixed_use(captures, text, (declared, lazy))
    {
        return Some(format!("`{}` can't change its type: {reason}", String::from_utf8_lossy(name)));
    }
    let alone = is_alone(declared, text);
    (!alone).then(|| "several constants stand in its line".to_owned())
}

/// Why only a constant may stand at `span`: what is computed when the program runs (a capture `runs`) may not be a part
/// of the place.
fn only_constant<'c>(captures: &'c Captures<'_>, span: Span) -> Option<&'c str> {
    let runs = captures.around("runs", span).map(span_of);
    let holds = |node: Span| node.contains(span) && runs.is_none_or(|runs| !node.contains(runs) || node == runs);
    let place = captures.constant.iter().find(|(node, _)| holds(span_of(*node)));
    place.map(|(_, reason)| reason.as_str())
}

/// What the name `name` is used for that takes a constant only.
pub(super) fn constant_use(captures: &Captures<'_>, name: &[u8]) -> Option<String> {
    captures.named(name).iter().find_map(|span| only_constant(captures, *span)).map(str::to_owned)
}

/// Where the name of a constant that is to become lazy stands, the declaration left out, with what becomes of it.
fn uses_of<'c>(captures: &'c Captures<'_>, text: &'c [u8], declared: &Declared<'_>) -> Vec<(Span, Option<&'c str>)> {
    let name = span_of(declared.name);
    let places = captures.named(name.of(text)).iter().filter(|span| **span != name);
    places.map(|span| (*span, captures.uses.get(span).map(String::as_str))).collect()
}

/// Why the name of a constant that is to become lazy has to keep its type.
fn fixed_use(captures: &Captures<'_>, text: &[u8], (declared, lazy): (&Declared<'_>, &Lazy<'_>)) -> Option<String> {
    if is_seen(captures, span_of(declared.name)) {
        return Some("other files may use it".to_owned());
    }
    let uses = uses_of(captures, text, declared);
    let manual = |span: Span| captures.manual.iter().find(|(node, _)| span_of(*node).contains(span));
    if let Some((_, reason)) = uses.iter().find_map(|(span, _)| manual(*span)) {
        return Some(reason.clone());
    }
    if uses.iter().any(|(_, template)| template.is_none()) {
        return Some("one of its uses isn't known to take the new one".to_owned());
    }
    is_mentioned(captures, text, (declared, lazy)).then(|| "a text names it".to_owned())
}

/// Whether other files may see the constant whose name stands at `name`: those that belong to its module, or to one
/// within it.
fn is_seen(captures: &Captures<'_>, name: Span) -> bool {
    let in_function = captures.around("runs", name).is_some();
    let module = captures.around("module", name).map(span_of);
    let mut signs = captures.of("constant.seen").iter().map(|node| span_of(*node));
    !in_function && signs.any(|sign| module.is_none_or(|module| module.contains(sign)))
}

/// Whether a text names the constant, as a format does.
fn is_mentioned(captures: &Captures<'_>, text: &[u8], (declared, lazy): (&Declared<'_>, &Lazy<'_>)) -> bool {
    let name = span_of(declared.name).of(text);
    // A look for the bytes first: a pattern for each constant, held against each literal, would be slow.
    let finder = memchr::memmem::Finder::new(name);
    let literals = captures.of("literal").iter().map(|node| span_of(*node).of(text));
    let mut near = literals.filter(|literal| finder.find(literal).is_some()).peekable();
    if lazy.mention.is_empty() || near.peek().is_none() {
        return false;
    }
    let mention = pattern(&lazy.mention, "«name»", &String::from_utf8_lossy(name));
    near.any(|literal| mention.as_ref().is_some_and(|mention| mention.is_match(literal)))
}

/// Why `name` has to stay a constant.
pub(super) fn in_use(name: &[u8], reason: &str) -> String {
    format!("`{}` has to stay a constant: {reason}", String::from_utf8_lossy(name))
}

/// The edits that make a constant lazy, its keyword and literal left out; its value stands on a line of its own where
/// the line would be longer than `width`.
fn lazy_edits(
    captures: &Captures<'_>,
    text: &[u8],
    (declared, lazy, reference): (&Declared<'_>, &Lazy<'_>, &str),
    (width, newline): (usize, &str),
) -> Vec<Edit> {
    let (kind, literal) = (span_of(lazy.kind), span_of(declared.value));
    let lossy = |span: Span| String::from_utf8_lossy(span.of(text)).into_owned();
    let of_type = lazy.of_type.replace("«type»", &lossy(kind));
    let (before, after) = lazy.of_value.split_once("«value»").unwrap_or((&lazy.of_value, ""));
    let blanks = text.get(..literal.start).unwrap_or_default();
    let gap = Span::new(blanks.trim_ascii_end().len(), literal.start);
    let lead = lossy(Span::new(line_start(text, span_of(declared.all).start), span_of(declared.token).start));
    let rest = [declared.becomes.as_str(), &lossy(Span::new(span_of(declared.token).end, kind.start))].concat();
    let line = [lead.as_str(), &rest, &of_type, " = ", before, reference, after, ";"].concat();
    let indent: String = lead.chars().take_while(|c| c.is_whitespace()).collect();
    let step = if indent.starts_with('\t') { "\t" } else { "    " };
    let space = if line.chars().count() > width { [newline, &indent, step].concat() } else { " ".to_owned() };
    let mut edits = vec![
        edit(kind, of_type),
        edit(gap, [&space, before].concat()),
        edit(Span::new(literal.end, literal.end), after.to_owned()),
    ];
    for (span, template) in uses_of(captures, text, declared) {
        let name = lossy(span);
        let written = template.unwrap_or_default().replace("«name»", &name);
        edits.extend((written != name).then(|| edit(span, written)));
    }
    edits
}

/// The number of constants that are declared together.
fn peers(declared: &Declared<'_>) -> usize {
    children(declared.all).into_iter().filter(|child| child.kind_id() == declared.one.kind_id()).count()
}

/// Whether a constant stands by itself: no other is declared with it, or its lines hold nothing else of the list.
fn is_alone(declared: &Declared<'_>, text: &[u8]) -> bool {
    let own = span_of(declared.one);
    let lines = Span::new(line_start(text, own.start), line_end(text, own.end));
    // Neighbours first: a list may be long.
    let near = |node: &Node<'_>| span_of(*node).overlaps(lines);
    let matters = |node: &Node<'_>| !node.is_extra() && !span_of(*node).of(text).trim_ascii().is_empty();
    let mut cursor = declared.all.walk();
    let mut others = 0;
    let mut found = cursor.goto_first_child_for_byte(lines.start).is_some();
    while found && cursor.node().start_byte() < lines.end {
        let node = cursor.node();
        others += usize::from(node.id() != declared.one.id() && near(&node) && matters(&node));
        found = cursor.goto_next_sibling();
    }
    others == 0 || peers(declared) == 1
}

/// How the declarations of some literals change.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Edits beside the literals.
    pub(super) edits: Vec<Edit>,
    /// The literals whose reference stands in one of `edits`.
    pub(super) moved: Vec<Span>,
}

/// The changes for the literals at `places`, with the references that take their place.
pub(super) fn changes(
    captures: &Captures<'_>,
    text: &[u8],
    places: &[(Span, String)],
    (width, newline): (usize, &str),
) -> Changes {
    let mut changes = Changes::default();
    let mut behind: BTreeMap<usize, String> = BTreeMap::new();
    let found: Vec<_> =
        places.iter().filter_map(|(span, reference)| Some((around(captures, *span)?, reference))).collect();
    // By statement: how many of its constants change, and how many it has.
    let mut statements: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (declared, _) in &found {
        statements.entry(declared.all.id()).or_insert_with(|| (0, peers(declared))).0 += 1;
    }
    let mut begun = BTreeSet::new();
    for (declared, reference) in &found {
        let id = declared.all.id();
        if statements.get(&id).is_some_and(|(changed, all)| changed == all) {
            if begun.insert(id) {
                changes.edits.push(edit(keyword(declared, text), declared.becomes.clone()));
            }
            if let Some(lazy) = &declared.lazy {
                let lazy = (*declared, lazy, reference.as_str());
                changes.edits.extend(lazy_edits(captures, text, lazy, (width, newline)));
            }
            continue;
        }
        let cut = lines_of(declared, text);
        let literal = span_of(declared.value);
        changes.moved.push(literal);
        changes.edits.push(edit(Span::new(cut.start, literal.start), String::new()));
        changes.edits.push(edit(Span::new(literal.end, cut.end), String::new()));
        let at = past_break(text, line_end(text, span_of(declared.all).end));
        let entry = behind.entry(at).or_insert_with(|| newline.to_owned());
        entry.push_str(&moved(declared, text, (cut, reference), newline));
        entry.push_str(newline);
    }
    changes.edits.extend(behind.into_iter().map(|(at, text)| edit(Span::new(at, at), text)));
    changes
}

/// The keyword; where nothing takes its place, with the blanks behind it.
fn keyword(declared: &Declared<'_>, text: &[u8]) -> Span {
    let span = span_of(declared.token);
    let rest = text.get(span.end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Span::new(span.start, span.end + if declared.becomes.is_empty() { blanks } else { 0 })
}

fn edit(span: Span, replacement: String) -> Edit {
    Edit { span, replacement, removed: None }
}

/// The lines of a constant of a list: its own, comments right above it, and one of two empty lines that would meet.
fn lines_of(declared: &Declared<'_>, text: &[u8]) -> Span {
    let own = span_of(declared.one);
    let mut start = line_start(text, own.start);
    let line = |at: usize| text.get(at..line_end(text, at)).unwrap_or_default().trim_ascii();
    let above = |start: usize| (start > 0).then(|| line_start(text, start - 1));
    while let Some(before) = above(start).filter(|before| line(*before).starts_with(b"//")) {
        start = before;
    }
    let mut end = past_break(text, line_end(text, own.end));
    let opens = above(start).is_some_and(|before| line(before).is_empty() || line(before).ends_with(b"("));
    if opens && line(end).is_empty() {
        end = past_break(text, line_end(text, end));
    } else if line(end).starts_with(b")")
        && let Some(before) = above(start).filter(|before| line(*before).is_empty())
    {
        start = before;
    }
    Span::new(start, end)
}

/// The declaration as it stands on its own: its comments, the other keyword, the reference in its literal's place.
fn moved(declared: &Declared<'_>, text: &[u8], (cut, reference): (Span, &str), newline: &str) -> String {
    let lossy = |span: Span| String::from_utf8_lossy(span.of(text)).into_owned();
    let (own, literal) = (span_of(declared.one), span_of(declared.value));
    let all = span_of(declared.all).start;
    let lead = lossy(Span::new(line_start(text, all), all));
    let mut lines: Vec<String> = Vec::new();
    for comment in lossy(Span::new(cut.start, own.start)).lines().map(str::trim).filter(|line| !line.is_empty()) {
        lines.push(format!("{lead}{comment}"));
    }
    let words = lossy(Span::new(own.start, literal.start));
    let words: Vec<&str> = words.split_whitespace().collect();
    let rest = lossy(Span::new(literal.end, line_end(text, own.end)));
    let rest = rest.trim();
    let gap = if rest.is_empty() { "" } else { " " };
    lines.push(format!("{lead}{} {} {reference}{gap}{rest}", declared.becomes, words.join(" ")));
    lines.join(newline)
}

//! Where a file's imports stand, and where new ones and the code that must follow them go.

use std::collections::BTreeMap;

use super::data::{Grouping, ImportToml, ImportsToml};
use super::lines::{line_end, past_break};
use super::style::Style;
use super::syntax::{Captures, children, span_of};
use tree_sitter::Node;

/// A statement of the leading import block.
#[derive(Clone, Debug)]
struct Statement {
    start: usize,
    /// Just past its line.
    end: usize,
    place: Place,
    /// As it is written.
    module: String,
}

/// Where an import belongs: section, form, module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    section: u8,
    late: bool,
    module: String,
}

/// A new import with its code.
#[derive(Clone, Debug)]
pub(super) struct NewImport<'l> {
    pub(super) data: &'l ImportToml,
    pub(super) module: String,
    pub(super) code: String,
}

/// The head of a file: its import block, and where code may follow.
#[derive(Debug)]
pub(super) struct Head<'a> {
    text: &'a [u8],
    data: &'a ImportsToml,
    statements: Vec<Statement>,
    /// Where a first import would stand.
    start: usize,
}

/// A line to insert, with the empty lines it wants round it.
#[derive(Debug)]
struct Line {
    place: Place,
    code: String,
    gap_before: bool,
    gap_after: bool,
}

impl<'a> Head<'a> {
    /// Reads a file's head.
    pub(super) fn of(text: &'a [u8], root: Node<'_>, captures: &Captures<'_>, data: &'a ImportsToml) -> Self {
        let is = |name: &str, node: Node<'_>| captures.of(name).iter().any(|other| other.id() == node.id());
        let mut statements = Vec::new();
        let mut head_end = None;
        for node in children(root) {
            let span = span_of(node);
            if is("import", node) {
                let end = past_break(text, line_end(text, span.end));
                let start = statement_line(text, span.start);
                let (place, module) = place(span.of(text), data);
                statements.push(Statement { start, end, place, module });
            } else if is("head", node) && statements.is_empty() {
                // Some grammars take the line break for a part of the statement.
                let end = span.start + span.of(text).trim_ascii_end().len();
                head_end = Some(past_break(text, line_end(text, end)));
            } else if !node.kind().contains("comment") && node.kind() != ";" {
                break;
            }
        }
        let start = first_line(text, head_end, data);
        Self { text, data, statements, start }
    }

    /// The insertions that add `imports`, then `code`, by offset; text and order as they are to stand.
    pub(super) fn insertions(
        &self,
        imports: &[NewImport<'_>],
        code: &[String],
        style: &Style,
    ) -> BTreeMap<usize, String> {
        let mut by_offset: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
        let (first, imports): (Vec<_>, Vec<_>) = imports.iter().partition(|import| import.data.first);
        for import in &imports {
            let (offset, line) = self.line(import);
            by_offset.entry(offset).or_default().push(line);
        }
        let mut insertions = BTreeMap::new();
        for (offset, mut lines) in by_offset {
            lines.sort_by(|a, b| a.place.cmp(&b.place));
            insertions.insert(offset, self.block(&lines, style.newline));
        }
        if !code.is_empty() || self.statements.is_empty() && !imports.is_empty() {
            let at = self.code_at();
            let entry = insertions.entry(at).or_default();
            for part in code {
                if !entry.is_empty() || !self.statements.is_empty() {
                    entry.push_str(style.newline);
                }
                entry.push_str(part);
                entry.push_str(style.newline);
            }
            self.space_after(at, entry, style.newline);
        }
        for (offset, text) in &mut insertions {
            self.open_line(*offset, text, style.newline);
        }
        for import in first {
            let line = format!("{}{}", import.code, style.newline);
            insertions.entry(self.top()).or_insert_with(String::new).insert_str(0, &line);
        }
        insertions
    }

    /// Where the file's first line begins, past a byte order mark and the comments that must stay first.
    fn top(&self) -> usize {
        past_head_comments(self.text, self.data)
    }

    /// Where code that needs the imports goes: after the block.
    fn code_at(&self) -> usize {
        self.statements.last().map_or(self.start, |last| last.end)
    }

    /// Where code goes that has to stand before the outermost statement that holds `at`: on a line of its own, above
    /// the comment that belongs to the statement.
    pub(super) fn before_statement(&self, root: Node<'_>, at: usize) -> usize {
        let nodes = children(root);
        let mut line = statement_line(self.text, at);
        while let Some(node) = nodes.iter().find(|node| node.start_byte() < line && line < node.end_byte()) {
            line = statement_line(self.text, node.start_byte());
        }
        let comment_at = |line: usize| {
            let comments = nodes.iter().filter(|node| node.kind().contains("comment"));
            comments.map(Node::start_byte).any(|start| start == line)
        };
        while line > self.code_at() {
            let above = statement_line(self.text, line - 1);
            if !comment_at(above) {
                break;
            }
            line = above;
        }
        line.max(self.code_at())
    }

    fn space_after(&self, at: usize, text: &mut String, newline: &str) {
        let rest = self.text.get(at..).unwrap_or_default();
        if !rest.is_empty() && !rest.starts_with(b"\n") && !rest.starts_with(b"\r\n") {
            let wide = self.data.wide.as_ref().is_some_and(|wide| wide.0.is_match(rest));
            text.push_str(&newline.repeat(1 + usize::from(wide)));
        }
    }

    /// Begins a line where the text before `offset` doesn't end one.
    fn open_line(&self, offset: usize, text: &mut String, newline: &str) {
        let before = self.text.get(..offset).unwrap_or_default();
        let bare = before.is_empty() || before == b"\xef\xbb\xbf" || before.ends_with(b"\n");
        if !bare {
            let body = text.trim_end_matches(['\r', '\n']);
            *text = format!("{newline}{body}");
        } else if self.statements.is_empty() && !before.is_empty() && before != b"\xef\xbb\xbf" {
            let shebang_only = before.starts_with(b"#!") && !before.trim_ascii_end().contains(&b'\n');
            let spaced = before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
            if !spaced && (!shebang_only || !self.data.section_break) {
                text.insert_str(0, newline);
            }
        }
    }

    fn block(&self, lines: &[Line], newline: &str) -> String {
        let breaks = self.data.section_break || self.data.grouping == Grouping::EmptyLines;
        let mut text = String::new();
        let mut section = None;
        for line in lines {
            let changes = section.is_some_and(|before| before != line.place.section);
            if breaks && (changes || section.is_none() && line.gap_before) {
                text.push_str(newline);
            }
            section = Some(line.place.section);
            text.push_str(&line.code);
            text.push_str(newline);
        }
        if breaks && lines.last().is_some_and(|line| line.gap_after) {
            text.push_str(newline);
        }
        text
    }

    fn line(&self, import: &NewImport<'_>) -> (usize, Line) {
        let section = section(&import.module, self.data);
        let place = Place { section, late: import.data.late, module: import.module.to_lowercase() };
        let line =
            |gap_before, gap_after| Line { place: place.clone(), code: import.code.clone(), gap_before, gap_after };
        let Some(last) = self.statements.last() else { return (self.start, line(false, false)) };
        if import.data.last {
            return (last.end, line(last.place.section != section, false));
        }
        if self.data.grouping == Grouping::EmptyLines {
            let found = self.among_groups(import);
            return found.map_or((last.end, line(true, false)), |at| (at, line(false, false)));
        }
        let same: Vec<_> = self.statements.iter().filter(|other| other.place.section == section).collect();
        if let Some(end) = same.last() {
            let later = if same.is_sorted_by_key(|other| &other.place) {
                same.iter().find(|other| other.place > place)
            } else if same.is_sorted_by_key(|other| &other.place.module) {
                same.iter().find(|other| other.place.module > place.module)
            } else {
                None
            };
            return (later.map_or(end.end, |later| later.start), line(false, false));
        }
        match self.statements.iter().rfind(|other| other.place.section < section) {
            Some(before) => (before.end, line(true, false)),
            None => (self.statements.first().map_or(self.start, |first| first.start), line(false, true)),
        }
    }
}

impl Head<'_> {
    /// Where a new import goes among groups that empty lines part: into the group whose modules begin most alike, in
    /// its sorted place if the group is sorted.
    fn among_groups(&self, import: &NewImport<'_>) -> Option<usize> {
        let mut groups: Vec<Vec<&Statement>> = Vec::new();
        let mut end = None;
        for statement in &self.statements {
            if end != Some(statement.start) || groups.is_empty() {
                groups.push(Vec::new());
            }
            end = Some(statement.end);
            if statement.place.late == import.data.late {
                groups.last_mut()?.push(statement);
            }
        }
        let alike = |statement: &&&Statement| alike(&statement.module, &import.module);
        groups.retain(|group| !group.is_empty());
        let group = groups.iter().max_by_key(|group| group.iter().map(|one| alike(&one)).max())?;
        if group.is_sorted_by_key(|one| &one.module) {
            let later = group.iter().find(|one| one.module > import.module);
            return later.map_or(group.last().map(|last| last.end), |later| Some(later.start));
        }
        group.iter().max_by_key(alike).map(|nearest| nearest.end)
    }
}

/// How many parts two modules' names have in common from the beginning.
fn alike(one: &str, other: &str) -> usize {
    let parts = |name| str::split(name, ['.', '/', '\\', ':']);
    parts(one).zip(parts(other)).take_while(|(a, b)| a == b).count()
}

fn statement_line(text: &[u8], at: usize) -> usize {
    let start = super::lines::line_start(text, at);
    if start == 0 && text.starts_with(b"\xef\xbb\xbf") { 3 } else { start }
}

/// Past the byte order mark, the comments that must stay first, a licence comment and the head's statements.
fn first_line(text: &[u8], head_end: Option<usize>, data: &ImportsToml) -> usize {
    let at = past_head_comments(text, data);
    let from = head_end.map_or(at, |end| skip_empty(text, end.max(at)));
    skip_empty(text, past_comment(text, from))
}

/// Past the byte order mark and the comments that must stay first.
fn past_head_comments(text: &[u8], data: &ImportsToml) -> usize {
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while let Some(found) = data.head_comment.0.find(text.get(at..).unwrap_or_default()) {
        at = past_break(text, line_end(text, at + found.end()));
    }
    at
}

/// Past a comment that an empty line sets off from what follows: it is the file's, not the next statement's.
fn past_comment(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(rest) = text.get(end..) {
        if rest.starts_with(b"/*") {
            end += memchr::memmem::find(rest, b"*/").map_or(0, |close| close + 2);
        } else if !rest.starts_with(b"#") && !rest.starts_with(b"//") {
            break;
        }
        let next = past_break(text, line_end(text, end));
        if next == end {
            break;
        }
        end = next;
    }
    if end > at && line_end(text, end) == end && end < text.len() { end } else { at }
}

fn skip_empty(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && line_end(text, at) == at {
        at = past_break(text, at);
    }
    at
}

/// The module that an import statement names.
pub(super) fn module(statement: &[u8], data: &ImportsToml) -> String {
    let found = data.module.0.captures(statement).and_then(|found| found.name("module"));
    found.map_or_else(String::new, |module| String::from_utf8_lossy(module.as_bytes()).into_owned())
}

/// Where a statement belongs, and its module as it is written.
fn place(statement: &[u8], data: &ImportsToml) -> (Place, String) {
    let module = module(statement, data);
    let late = data.late.as_ref().is_some_and(|late| late.0.is_match(statement));
    (Place { section: section(&module, data), late, module: module.to_lowercase() }, module)
}

fn section(module: &str, data: &ImportsToml) -> u8 {
    if data.local.as_ref().is_some_and(|local| local.0.is_match(module.as_bytes())) {
        return 2;
    }
    let top = module.split('.').next().unwrap_or_default();
    u8::from(!data.first.iter().any(|name| name == top))
}

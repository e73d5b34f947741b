//! Writes references into code: the expression in a literal's place, and what it needs (imports, a cache, a
//! constant, a helper file) once in the file.

mod needs;

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::{Language as Grammar, Query, Tree};

use super::columns;
use super::data::{HelperToml, ImportsToml, ShapeToml};
use super::declared;
use super::helper::{self, Helper};
use super::imports::NewImport;
use super::language::Language;
use super::layout::{self, Layout, LayoutStyle};
use super::lines::{line_end, line_start};
use super::project;
use super::style::Style;
use super::syntax::{Captures, span_of};
use super::{LangError, Request, Surroundings};
use crate::model::{Applicability, Blob, Edit, Fix, Removed, SecretRef, Span};

/// A file being rewritten.
pub(super) struct Code<'a> {
    language: &'a Language,
    blob: &'a Blob,
    around: &'a Surroundings,
    imports: &'a ImportsToml,
    grammar: &'a Grammar,
    tree: &'a Tree,
    captures: Captures<'a>,
    style: Style,
    mode: &'a str,
    taken: BTreeSet<String>,
    needs: Needs<'a>,
}

/// What the rewritten places need, each once.
#[derive(Default)]
struct Needs<'a> {
    imports: BTreeMap<&'a str, NewImport<'a>>,
    /// Local names that imports bind.
    bound: BTreeMap<(&'a str, &'a str), String>,
    /// Set-up code by id and region: its name.
    setups: BTreeMap<(&'a str, String), String>,
    code: Vec<String>,
    /// Where set-up code that the file has already ends.
    reused: Option<usize>,
    constants: BTreeMap<SecretRef, String>,
    /// Code of new constants, with the place that needs it first.
    constant_code: Vec<(usize, String)>,
    /// Helper files by name.
    helpers: BTreeMap<&'a str, (&'a HelperToml, Helper)>,
    /// The first place that is rewritten.
    first: usize,
    /// The place that is looked at stands in test code, and so do all that come after.
    by_test: bool,
}

/// The fix for one file of code, with the fixes for manifests and helper files.
pub(super) fn rewrite(
    language: &Language,
    (grammar, tree, query): (&Grammar, &Tree, &Query),
    blob: &Blob,
    requests: &[&Request],
    around: &Surroundings,
) -> Result<Vec<Fix>, LangError> {
    let wrong = |message: &str| LangError::Rewrite { path: blob.source.tree_path.clone(), message: message.to_owned() };
    if let Some(reason) = project::manual(language, blob, around) {
        return Err(wrong(&format!("left as it is: {reason}")));
    }
    let captures = Captures::collect(query, tree, &blob.bytes);
    let imports = language.data.rewrite.imports.as_ref().ok_or_else(|| wrong("[imports] is missing"))?;
    let style = Style::of(&blob.bytes, &captures, imports);
    let mode = project::mode(language, blob, &captures, around).ok_or_else(|| wrong("no mode takes it"))?;
    let text = |node| String::from_utf8_lossy(span_of(node).of(&blob.bytes)).into_owned();
    let taken = captures.of("name").iter().map(|node| text(*node)).collect();
    let first = requests.iter().map(|request| request.site.replace.start).min().unwrap_or(0);
    let needs = Needs { first, ..Needs::default() };
    Code { language, blob, around, imports, grammar, tree, captures, style, mode, taken, needs }.fixes(requests)
}

impl<'a> Code<'a> {
    fn wrong(&self, message: impl Into<String>) -> LangError {
        LangError::Rewrite { path: self.blob.source.tree_path.clone(), message: message.into() }
    }

    fn fixes(mut self, requests: &[&Request]) -> Result<Vec<Fix>, LangError> {
        let mut in_order = requests.to_vec();
        // What test code needs alone comes last: it is marked.
        in_order.sort_by_key(|request| (self.is_in_test(request.site.replace), request.site.replace));
        let late = in_order.iter().filter(|request| self.shape(request).is_some_and(|shape| !shape.early));
        self.needs.first = late.map(|request| request.site.replace.start).min().unwrap_or(usize::MAX);
        let mut places = Vec::new();
        self.stay_constants(&in_order)?;
        for request in &in_order {
            self.needs.by_test = self.is_in_test(request.site.replace);
            places.push((request.site.replace, self.expression(request)? + &self.tail(request.site.replace)));
        }
        let declared = declared::changes(&self.captures, &self.blob.bytes, &places, (self.width(), self.style.newline));
        let mut edits = declared.edits;
        for (request, (span, reference)) in in_order.iter().zip(places) {
            let removed = Removed { entry: request.entry, key: request.reference.key.clone() };
            edits.extend(self.gap(span, &reference));
            let replacement = if declared.moved.contains(&span) { String::new() } else { reference };
            edits.push(Edit { span, replacement, removed: Some(removed) });
        }
        edits.extend(self.insertions()?);
        edits.sort_by_key(|edit| (edit.span, edit.replacement.clone()));
        let edits = self.laid_out(edits);
        let keyed = requests.iter().any(|request| request.reference.key.is_some());
        let (manifests, install) = project::dependency(self.language, self.blob, self.around, keyed);
        let mut step = super::locate::sentence(&self.language.data.rewrite.step.replace("«install»", &install));
        for note in self.notes(requests) {
            step = format!("{step} {note}");
        }
        let fix = Fix {
            path: self.blob.source.tree_path.clone(),
            title: title(requests),
            applicability: requests.iter().map(|r| r.site.applicability).min().unwrap_or(Applicability::Review),
            step: Some(step),
            edits,
            creates: false,
        };
        let mut fixes = vec![fix];
        fixes.extend(manifests);
        for (data, helper) in self.needs.helpers.values().filter(|(_, helper)| !helper.exists) {
            fixes.push(helper::create(data, helper, self.helper_code(data, helper)?));
        }
        Ok(fixes)
    }

    /// What the query has to say of the rewritten places, each once.
    fn notes(&self, requests: &[&Request]) -> BTreeSet<&str> {
        let holds =
            |node: &tree_sitter::Node<'_>| requests.iter().any(|request| span_of(*node).contains(request.site.replace));
        let notes = self.captures.notes.iter();
        notes.filter(|(node, _)| holds(node)).map(|(_, note)| note.as_str()).collect()
    }

    /// What stands on the line after a literal whose text follows below it, and is replaced with it.
    fn tail(&self, replaced: Span) -> String {
        let text = &*self.blob.bytes;
        let begins = |node: &&tree_sitter::Node<'_>| node.start_byte() == replaced.start;
        let node = self.captures.of("literal").iter().find(begins).filter(|node| self.language.body(**node).is_some());
        let rest = node.map(|node| Span::new(node.end_byte(), line_end(text, node.end_byte())));
        rest.map_or_else(String::new, |rest| String::from_utf8_lossy(rest.of(text)).into_owned())
    }

    /// The edits, with those that keep the file formatted.
    fn laid_out(&self, mut edits: Vec<Edit>) -> Vec<Edit> {
        let Some(spec) = &self.language.data.layout else { return edits };
        let text = &*self.blob.bytes;
        let limit = project::limit(spec, self.blob, self.around);
        let mut more = Vec::new();
        match spec.style {
            LayoutStyle::Functions => {
                more = layout::break_up(&self.captures, text, &edits, (limit, self.style.newline));
            }
            LayoutStyle::Lines | LayoutStyle::Groups => {
                let layout = Layout { spec, limit, style: &self.style };
                edits = layout.keep((self.grammar, self.tree), text, edits);
            }
        }
        if spec.columns {
            more.extend(columns::follow(&self.captures, text, &edits));
        }
        edits.extend(more);
        edits.sort_by_key(|edit| (edit.span, edit.replacement.clone()));
        edits
    }

    fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(span.of(&self.blob.bytes)).into_owned()
    }

    /// Refuses constants that files beside this one, which see them, need as such.
    fn stay_constants(&self, requests: &[&Request]) -> Result<(), LangError> {
        let declared = requests.iter().filter_map(|request| declared::around(&self.captures, request.site.replace));
        let names: Vec<_> = declared.map(|declared| span_of(declared.name).of(&self.blob.bytes)).collect();
        match helper::constant_use(self.language, &names, self.blob, self.around) {
            Some(reason) => Err(self.wrong(reason)),
            None => Ok(()),
        }
    }

    /// What takes the literal's place.
    fn expression(&mut self, request: &Request) -> Result<String, LangError> {
        let span = request.site.replace;
        let shape = self.shape(request).ok_or_else(|| self.wrong("no shape takes the literal"))?;
        let keyed = request.reference.key.is_some();
        let tight = self.captures.of("tight").iter().any(|node| span_of(*node) == span);
        let template = match (&shape.keyed, &shape.tight) {
            (Some(template), _) if keyed => template,
            (None, _) if keyed => return Err(self.wrong("the value can't be a part of a JSON secret")),
            (_, Some(template)) if tight => template,
            _ => &shape.plain,
        };
        let mut all = self.language.data.rewrite.shape.iter();
        let constants = shape.constants_of.as_ref().and_then(|id| all.find(|other| other.id == *id)).unwrap_or(shape);
        let constant = if keyed { &constants.constant_keyed } else { &constants.constant_plain };
        if let Some(constant) = constant {
            let part = shape.constants_of.is_some();
            self.constant(request, constant, constants.constant_present.as_deref(), part)?;
        }
        let holds = |node: &&tree_sitter::Node<'_>| span_of(**node).contains(span);
        let depth = self.captures.of("module").iter().filter(holds).count();
        self.fill(&template.replace("«up»", &self.imports.up.repeat(depth)), &request.reference)
    }

    /// Whether a place stands in test code within a file of other code.
    fn is_in_test(&self, span: Span) -> bool {
        self.captures.around("test", span).is_some() && !self.language.is_test_code(&self.blob.source.tree_path)
    }

    /// The line that marks what test code needs alone.
    fn test_mark(&self) -> String {
        let needed = self.needs.by_test && !self.imports.test_mark.is_empty();
        if needed { format!("{}\n", self.imports.test_mark) } else { String::new() }
    }

    /// Whether what stands at `at` is there for the place that is looked at: not if test code alone sees it.
    fn is_seen(&self, at: usize) -> bool {
        let before = self.blob.bytes.get(..at).unwrap_or_default().trim_ascii_end();
        let mark = self.imports.test_mark.as_bytes();
        mark.is_empty() || self.needs.by_test || !before.ends_with(mark)
    }

    /// What stands between `=` and a reference: a blank if the line then fits, else a new line.
    fn gap(&self, span: Span, reference: &str) -> Option<Edit> {
        let text = &*self.blob.bytes;
        let width = self.imports.width.filter(|_| declared::around(&self.captures, span).is_none())?;
        let before = text.get(..span.start)?.trim_ascii_end();
        let gap = Span::new(before.len(), span.start);
        let head = self.text(Span::new(line_start(text, gap.start), gap.start));
        let assigned = head.strip_suffix('=').filter(|rest| rest.ends_with(' '))?;
        let tail = self.text(Span::new(span.end, line_end(text, span.end)));
        let fits = head.chars().count() + 1 + reference.chars().count() + tail.chars().count() <= width;
        let broken = gap.of(text).contains(&b'\n');
        let indent: String = assigned.chars().take_while(|c| c.is_whitespace()).collect();
        let step = if indent.starts_with('\t') { "\t" } else { self.imports.indent.as_str() };
        let replacement = match (broken, fits) {
            (true, true) => " ".to_owned(),
            (false, false) if tail == ";" => [self.style.newline, &indent, step].concat(),
            _ => return None,
        };
        Some(Edit { span: gap, replacement, removed: None })
    }

    /// The most characters of a line.
    fn width(&self) -> usize {
        self.imports.width.unwrap_or(usize::MAX)
    }

    /// The first shape of the literal's sort, mode and scope.
    fn shape(&self, request: &Request) -> Option<&'a ShapeToml> {
        let scope = self.scope(request.site.replace);
        self.language.data.rewrite.shape.iter().find(|shape| {
            shape.id == request.site.shape
                && shape.mode.as_ref().is_none_or(|other| other == self.mode)
                && shape.scope.as_ref().is_none_or(|other| other == scope)
        })
    }

    /// Whether a prefix operator that waits may stand at `span`.
    fn scope(&self, span: Span) -> &'static str {
        let smallest = |name: &str| self.captures.around(name, span).map(|node| node.byte_range().len());
        match (smallest("scope.sync"), smallest("scope.await")) {
            (Some(sync), Some(waits)) if sync < waits => "sync",
            (Some(_), None) => "sync",
            _ => "await",
        }
    }
}

/// The titles of a file's requests in one.
pub(super) fn title(requests: &[&Request]) -> String {
    if let [only] = requests {
        return only.site.title.clone();
    }
    let mut keys: Vec<_> = requests.iter().filter_map(|request| request.site.key.as_deref()).collect();
    keys.dedup();
    let whole = requests.iter().any(|request| request.site.title.contains("as a whole"));
    let note = if whole { " (of some, the credential is only a part)" } else { "" };
    match keys.as_slice() {
        [] => format!("read {} literals from Secrets Manager", requests.len()),
        [first, second, third, _, ..] => {
            format!("read {first}, {second}, {third} and {} more from Secrets Manager{note}", keys.len() - 3)
        }
        keys => format!("read {} from Secrets Manager{note}", keys.join(", ")),
    }
}

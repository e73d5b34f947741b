//! Writes references into code: the expression in a literal's place, and what it needs (imports, a cache, a
//! constant, a helper file) once in the file.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::{Language as Grammar, Query, Tree};

use super::columns;
use super::data::{Constants, HelperToml, ImportToml, ImportsToml, SetupToml, ShapeToml};
use super::declared;
use super::decode::encode;
use super::helper::{self, Helper};
use super::imports::{Head, NewImport};
use super::language::{Language, pattern};
use super::layout::{self, Layout, LayoutStyle};
use super::lines::{line_end, line_start};
use super::project;
use super::style::{Style, variable};
use super::syntax::{Captures, children, span_of};
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
        for request in &in_order {
            self.stays_constant(request.site.replace)?;
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

    /// A helper file's code: its names filled in, and what it takes from the rewritten file.
    fn helper_code(&self, data: &HelperToml, helper: &Helper) -> Result<String, LangError> {
        let packaged = helper.package.as_ref().is_none_or(|package| !package.is_empty());
        let body = data.code.split_once("\n\n").filter(|_| !packaged).map_or(data.code.as_str(), |(_, body)| body);
        self.filled(body, |name| {
            let captured = || self.captures.of(name).first().map(|node| self.text(span_of(*node)));
            helper.names.get(name).cloned().or_else(captured)
        })
    }

    /// Notes a helper file, unless it was noted before.
    fn helper(&mut self, data: &'a HelperToml) -> Result<&Helper, LangError> {
        if !self.needs.helpers.contains_key(data.name.as_str()) {
            let helper = helper::find(self.language, (data, self.mode), self.blob, self.around)
                .map_err(|why| self.wrong(why))?;
            let mut declared = self.captures.of("declared").iter().map(|node| self.text(span_of(*node)));
            if let Some(name) = declared.find(|name| helper.names.values().any(|other| other == name)) {
                return Err(self.wrong(format!("it gives the name `{name}` of {} to something else", helper.path)));
            }
            self.needs.helpers.insert(&data.name, (data, helper));
        }
        let found = self.needs.helpers.get(data.name.as_str()).map(|(_, helper)| helper);
        found.ok_or_else(|| self.wrong("a helper file got lost"))
    }

    fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(span.of(&self.blob.bytes)).into_owned()
    }

    /// Refuses a constant that files beside this one, which see it, need as such.
    fn stays_constant(&self, span: Span) -> Result<(), LangError> {
        let Some(declared) = declared::around(&self.captures, span) else { return Ok(()) };
        let name = span_of(declared.name).of(&self.blob.bytes);
        match helper::constant_use(self.language, name, self.blob, self.around) {
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

    /// A constant that is read when the file is loaded, one for each reference.
    fn constant(
        &mut self,
        request: &Request,
        template: &str,
        present: Option<&str>,
        part: bool,
    ) -> Result<(), LangError> {
        let names = self.imports.names;
        let suffix = &self.imports.constant_suffix;
        let mut reference = request.reference.clone();
        reference.key.take_if(|_| !suffix.is_empty());
        let reference = &reference;
        if self.needs.constants.contains_key(reference) {
            return Ok(());
        }
        if let Some(name) = present.and_then(|present| self.present_constant(present, reference)) {
            self.needs.constants.insert(reference.clone(), name);
            return Ok(());
        }
        let own = request.site.key.as_ref().filter(|_| reference.key == request.reference.key);
        let wishes = match own {
            own if !suffix.is_empty() => {
                let called = own.map(String::as_str).into_iter().chain([reference.short_name()]);
                called.map(|name| variable(&format!("{name}{suffix}"), names)).collect()
            }
            Some(key) if part => vec![variable(&format!("{key}_secret"), names)],
            Some(key) => vec![variable(key, names), variable(&format!("{key}_secret"), names)],
            None => vec![variable(reference.short_name(), names)],
        };
        let name = self.fresh(&wishes);
        self.needs.constants.insert(reference.clone(), name);
        let code = self.broken(template, reference)?;
        self.needs.constant_code.push((request.site.replace.start, code));
        Ok(())
    }

    /// A constant's code, over two lines where one would be too long.
    fn broken(&mut self, template: &str, reference: &SecretRef) -> Result<String, LangError> {
        let (line, lines) = (" ".to_owned(), format!("\n{}", self.imports.indent));
        let code = self.fill(&template.replace("«break»", &line), reference)?;
        let wide = code.lines().any(|line| line.chars().count() > self.width());
        let code = if wide { self.fill(&template.replace("«break»", &lines), reference)? } else { code };
        Ok(self.style.apply(&code, self.imports))
    }

    /// The constant that a run before this one made for the reference, where it stands before all that needs it.
    fn present_constant(&self, present: &str, reference: &SecretRef) -> Option<String> {
        let present = present.replace("«key»", &regex::escape(reference.key.as_deref().unwrap_or_default()));
        let found = pattern(&present, "«arn»", &reference.arn)?.captures(&self.blob.bytes)?;
        let seen = found.get(0).is_some_and(|whole| self.is_seen(whole.start()));
        let name = found.name("name").filter(|name| seen && name.end() <= self.needs.first)?;
        Some(String::from_utf8_lossy(name.as_bytes()).into_owned())
    }

    /// A name that the file doesn't use yet; it is taken from then on.
    fn fresh(&mut self, wishes: &[String]) -> String {
        let base = wishes.first().map_or("secret", String::as_str);
        let mut name = wishes.iter().find(|name| !self.taken.contains(*name)).cloned().unwrap_or_default();
        let mut number = 1;
        while name.is_empty() || self.taken.contains(&name) {
            number += 1;
            name = format!("{base}{number}");
        }
        self.taken.insert(name.clone());
        name
    }

    /// Fills a template's placeholders, noting what they need.
    fn fill(&mut self, template: &str, reference: &SecretRef) -> Result<String, LangError> {
        let mut values = BTreeMap::new();
        for name in template.split('«').skip(1).filter_map(|rest| Some(rest.split_once('»')?.0)) {
            values.insert(name, self.placeholder(name, reference)?);
        }
        self.filled(template, |name| values.get(name).cloned())
    }

    fn filled(&self, template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, LangError> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('«') {
            let (name, tail) = after.split_once('»').ok_or_else(|| self.wrong("a template has an open placeholder"))?;
            let value =
                value(name).ok_or_else(|| self.wrong(format!("a template names `{name}`, which isn't known")))?;
            out.push_str(before);
            out.push_str(&value);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn placeholder(&mut self, name: &str, reference: &SecretRef) -> Result<String, LangError> {
        let key = reference.key.as_deref().unwrap_or_default();
        match name {
            "arn" => return self.string(&reference.arn),
            "key" => return self.string(key),
            "member" if is_name(key) => return Ok(format!(".{key}")),
            "member" => return Ok(format!("[{}]", self.string(key)?)),
            "test" => return Ok(self.test_mark()),
            "region" => return Ok(reference.region().to_owned()),
            "constant" => {
                let whole = SecretRef { key: None, ..reference.clone() };
                let known = self.needs.constants.get(reference).or_else(|| self.needs.constants.get(&whole));
                return Ok(known.cloned().unwrap_or_default());
            }
            _ => {}
        }
        if let Some(setup) = self.language.setup(name) {
            return self.setup(setup, reference);
        }
        if let Some(data) = self.language.helper(name) {
            let known = self.helper(data)?.names.get(name).cloned();
            return known.ok_or_else(|| self.wrong(format!("a helper file doesn't name `{name}`")));
        }
        let import = self
            .language
            .data
            .rewrite
            .import
            .iter()
            .filter(|import| import.mode.as_ref().is_none_or(|mode| mode == self.mode))
            .find_map(|import| import.binds.iter().find(|bind| *bind == name).map(|bind| (import, bind.as_str())));
        let (import, bind) =
            import.ok_or_else(|| self.wrong(format!("a template names `{name}`, which isn't known")))?;
        self.import(import)?;
        Ok(self.needs.bound.get(&(import.id.as_str(), bind)).cloned().unwrap_or_else(|| bind.to_owned()))
    }

    /// A string literal, in the file's own quotes where they can hold it.
    fn string(&self, text: &str) -> Result<String, LangError> {
        let mut forms: Vec<_> = self.language.writing().collect();
        forms.sort_by_key(|(quote, _)| *quote != self.style.quote);
        let written = forms.into_iter().find_map(|(quote, table)| {
            let quote = quote.to_string();
            encode(text, &quote, table).map(|content| format!("{quote}{content}{quote}"))
        });
        written.ok_or_else(|| self.wrong("the reference can't be written"))
    }

    /// The name of set-up code: the file's own where it has it, else a new one.
    fn setup(&mut self, setup: &'a SetupToml, reference: &SecretRef) -> Result<String, LangError> {
        let region = if setup.per_region { reference.region().to_owned() } else { String::new() };
        if let Some(name) = self.needs.setups.get(&(setup.id.as_str(), region.clone())) {
            return Ok(name.clone());
        }
        if let Some((name, end)) = self.existing(setup, &region) {
            self.needs.setups.insert((setup.id.as_str(), region), name.clone());
            self.needs.reused = Some(self.needs.reused.map_or(end, |other| other.max(end)));
            return Ok(name);
        }
        let suffix = region.replace('-', "_");
        let other_region = self.needs.setups.keys().any(|(id, _)| *id == setup.id);
        let mut wishes = setup.names.clone();
        if setup.per_region && (other_region || wishes.first().is_some_and(|name| self.taken.contains(name))) {
            wishes.insert(0, format!("{}_{suffix}", setup.names.first().map_or("", String::as_str)));
        }
        let name = self.fresh(&wishes);
        self.needs.setups.insert((setup.id.as_str(), region), name.clone());
        for id in &setup.imports {
            let import = self.language.import(id).ok_or_else(|| self.wrong("a set-up names an unknown import"))?;
            self.import(import)?;
        }
        let mut code = setup.code.clone();
        for (inner, wishes) in &setup.inner {
            let name = self.fresh(wishes);
            code = code.replace(&format!("«{inner}»"), &name);
        }
        let code = self.fill(&code, reference)?;
        let code = self.style.apply(&code, self.imports);
        self.needs.code.push(code);
        Ok(name)
    }

    /// Set-up code that stands in the file before the places that need it: its name, and where it ends.
    fn existing(&self, setup: &SetupToml, region: &str) -> Option<(String, usize)> {
        let regex = self.language.region_pattern(setup.reuse.as_ref()?, region)?;
        let found = regex.captures(&self.blob.bytes)?;
        let (whole, name) = (found.get(0).filter(|whole| self.is_seen(whole.start()))?, found.name("name")?);
        let holding = |node: tree_sitter::Node<'a>| {
            children(node).into_iter().find(|child| child.byte_range().contains(&whole.start()))
        };
        let mut node = holding(self.tree.root_node())?;
        while node.start_byte() < whole.start() {
            let Some(inner) = holding(node) else { break };
            node = inner;
        }
        let end = super::lines::past_break(&self.blob.bytes, line_end(&self.blob.bytes, node.end_byte()));
        (end <= self.needs.first).then(|| (String::from_utf8_lossy(name.as_bytes()).into_owned(), end))
    }

    /// Notes an import, unless the file has it.
    fn import(&mut self, import: &'a ImportToml) -> Result<(), LangError> {
        if self.needs.imports.contains_key(import.id.as_str()) {
            return Ok(());
        }
        let mut code = import.code.clone();
        let mut module = import.module.clone();
        let mut binds = import.binds.clone();
        let mut path = None;
        if let Some(file) = &import.file {
            let data = self.language.data.rewrite.helper.iter().find(|helper| helper.name == *file);
            let data = data.ok_or_else(|| self.wrong("an import names an unknown helper file"))?;
            let helper = self.helper(data)?.clone();
            code = code.replace("«path»", &helper.import_path);
            code = code.replace("«up»", &helper.up).replace("«stem»", &helper.stem);
            module = super::imports::module(code.as_bytes(), self.imports);
            binds.iter_mut().filter(|bind| *bind == helper::stem(file)).for_each(|bind| bind.clone_from(&helper.stem));
            path = Some(helper);
        }
        if let (Some(helper), Some(full)) = (&path, &import.full)
            && self.needs_no_import(helper, full, import)
        {
            return Ok(());
        }
        let present = import.present.0.captures_iter(&self.blob.bytes);
        let of_helper = |found: &regex::bytes::Captures<'_>| {
            let named = found.name("path").map(|path| path.as_bytes());
            named.is_none_or(|named| path.as_ref().is_some_and(|helper| helper.import_path.as_bytes() == named))
        };
        let before = |found: &regex::bytes::Captures<'_>| found.get(0).is_some_and(|all| all.end() <= self.needs.first);
        if let Some(found) = present.into_iter().find(|found| before(found) && of_helper(found)) {
            if let (Some(local), Some(bind)) = (found.name("name"), import.binds.first()) {
                let local = String::from_utf8_lossy(local.as_bytes()).into_owned();
                self.needs.bound.insert((import.id.as_str(), bind.as_str()), local);
            }
            return Ok(());
        }
        if let (Some(full), Some(bind)) = (&import.full, binds.first().filter(|bind| self.taken.contains(*bind))) {
            let full = full.replace("«path»", &module).replace("«name»", bind);
            self.bind(import, full);
            return Ok(());
        }
        let mut names = Vec::new();
        for (bind, named) in binds.iter().zip(&import.binds) {
            if import.alias.is_empty() && self.taken.contains(bind) {
                return Err(self.wrong(format!("it uses the name `{bind}`, which the code that reads secrets needs")));
            }
            let local = self.fresh(&[bind.clone(), format!("_{bind}")]);
            let name = if local == *bind {
                local.clone()
            } else {
                import.alias.replace("«name»", bind).replace("«local»", &local)
            };
            names.push(name);
            self.needs.bound.insert((import.id.as_str(), named.as_str()), local);
        }
        let code = self.style.apply(&code.replace("«names»", &names.join(", ")), self.imports);
        self.needs.imports.insert(import.id.as_str(), NewImport { data: import, module, code });
        Ok(())
    }

    /// Binds what a helper of the file's own package defines; written in full where the file has that name.
    fn needs_no_import(&mut self, helper: &Helper, full: &str, import: &'a ImportToml) -> bool {
        let clauses: Vec<_> = self.captures.of("package").iter().map(|node| self.text(span_of(*node))).collect();
        if helper.package.as_ref() != Some(&clauses.join(".")) {
            return false;
        }
        let clash = if helper.exists {
            self.captures.of("own").iter().any(|node| self.text(span_of(*node)) == helper.stem)
        } else {
            self.taken.contains(&helper.stem)
        };
        let name = if clash { full.replace("«path»", &helper.import_path) } else { helper.stem.clone() };
        self.bind(import, name);
        true
    }

    fn bind(&mut self, import: &'a ImportToml, local: String) {
        if let Some(bind) = import.binds.first() {
            self.needs.bound.insert((import.id.as_str(), bind.as_str()), local);
        }
    }

    /// The edits that put imports, set-up code and constants into the file.
    fn insertions(&self) -> Result<Vec<Edit>, LangError> {
        let head = Head::of(&self.blob.bytes, self.tree.root_node(), &self.captures, self.imports);
        let imports: Vec<_> = self.needs.imports.values().cloned().collect();
        let newline = self.style.newline;
        let mut code = self.needs.code.clone();
        let mut insertions = BTreeMap::new();
        let mut early = true;
        if self.imports.constants == Constants::Statement {
            for (needed, constant) in &self.needs.constant_code {
                let at = head.before_statement(self.tree.root_node(), *needed);
                early &= at <= *needed;
                let text: &mut String = insertions.entry(at).or_default();
                text.push_str(constant);
                text.push_str(newline);
            }
        } else if !self.needs.constant_code.is_empty() {
            let constants: Vec<_> = self.needs.constant_code.iter().map(|(_, code)| code.as_str()).collect();
            let constants = constants.join(newline);
            match self.needs.reused {
                _ if self.imports.constants == Constants::First => code.insert(0, constants),
                Some(at) => {
                    insertions.insert(at, format!("{newline}{constants}{newline}"));
                }
                None => code.push(constants),
            }
        }
        for (at, text) in head.insertions(&imports, &code, &self.style) {
            early &= text.is_empty() || at <= self.needs.first;
            insertions.entry(at).or_default().insert_str(0, &text);
        }
        insertions.retain(|_, text| !text.is_empty());
        if !early {
            return Err(self.wrong("the literal is used before the place where imports can stand"));
        }
        let edit = |(at, replacement)| Edit { span: Span::new(at, at), replacement, removed: None };
        Ok(insertions.into_iter().map(edit).collect())
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
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

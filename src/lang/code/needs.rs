//! What rewritten places need in their file: imports, set-up code, constants, helper files. Each is noted once, under a
//! name that is free, and put where it can stand.

use std::collections::BTreeMap;

use super::Code;
use crate::lang::data::{Constants, HelperToml, ImportToml, SetupToml};
use crate::lang::decode::encode;
use crate::lang::helper::{self, Helper};
use crate::lang::imports::{self, Head, NewImport};
use crate::lang::language::pattern;
use crate::lang::lines::{line_end, past_break};
use crate::lang::style::variable;
use crate::lang::syntax::{children, span_of};
use crate::lang::{LangError, Request};
use crate::model::{Edit, SecretRef, Span};

impl<'a> Code<'a> {
    /// A helper file's code: its names filled in, and what it takes from the rewritten file.
    pub(super) fn helper_code(&self, data: &HelperToml, helper: &Helper) -> Result<String, LangError> {
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

    /// A constant that is read when the file is loaded, one for each reference.
    pub(super) fn constant(
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
    pub(super) fn fill(&mut self, template: &str, reference: &SecretRef) -> Result<String, LangError> {
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
        let end = past_break(&self.blob.bytes, line_end(&self.blob.bytes, node.end_byte()));
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
            module = imports::module(code.as_bytes(), self.imports);
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
    pub(super) fn insertions(&self) -> Result<Vec<Edit>, LangError> {
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

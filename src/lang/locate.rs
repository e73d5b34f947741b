//! From a finding's span to the literal that holds it: where it begins and ends, what its value is when the
//! program runs, and whether a reference may stand in its place.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::data::LinesToml;
use super::language::{Language, Literal, Syntax};
use super::lines;
use super::neighbours;
use super::syntax::{self, Captures, Pair, span_of};
use super::{LocatedSite, NotRewritable};
use crate::model::{Applicability, Blob, Kind, Located, Site, Span, Stands};
use crate::secret::SecretValue;

/// Locates the literals of one file's findings, in order.
pub(super) fn locate(
    language: &Language,
    syntax: Syntax<'_>,
    blob: &Blob,
    located: &[Located],
) -> Vec<Result<LocatedSite, NotRewritable>> {
    let file = File { language, blob, located };
    match syntax {
        Syntax::Lines(spec) => {
            let entries = lines::entries(&blob.bytes, spec);
            located.iter().map(|one| file.checked(one).and_then(|()| file.in_lines(one, &entries, spec))).collect()
        }
        Syntax::Tree(grammar, query) => {
            let Some(tree) = syntax::parse(grammar, &blob.bytes) else {
                return located.iter().map(|_| Err(file.refuse("the file can't be parsed"))).collect();
            };
            let captures = Captures::collect(query, &tree, &blob.bytes);
            located.iter().map(|one| file.checked(one).and_then(|()| file.in_tree(one, &captures))).collect()
        }
    }
}

struct File<'a> {
    language: &'a Language,
    blob: &'a Blob,
    located: &'a [Located],
}

/// What is known of a literal before its site is made.
struct Found<'a> {
    key: Option<String>,
    value: Vec<u8>,
    replace: Span,
    shape: &'a str,
    /// Only a part of what is replaced was found.
    part: bool,
    manual: Option<String>,
    container: Option<Span>,
    /// The scalar that the credential is a part of.
    text: Option<Span>,
    in_tests: bool,
}

impl File<'_> {
    fn refuse(&self, reason: &str) -> NotRewritable {
        NotRewritable { reason: format!("Left as it is: {reason}. {}", self.language.data.rewrite.instruction) }
    }

    fn checked(&self, located: &Located) -> Result<(), NotRewritable> {
        match located.stands {
            Stands::Plain => Ok(()),
            Stands::Encoded => Err(self.refuse("the credential stands in it in encoded form or in pieces")),
            Stands::File => Err(super::whole_file()),
        }
    }

    fn in_lines(
        &self,
        located: &Located,
        entries: &[lines::LineEntry],
        spec: &LinesToml,
    ) -> Result<LocatedSite, NotRewritable> {
        let text = &*self.blob.bytes;
        let entry = entries.iter().find(|entry| entry.content.contains(located.value));
        let Some(entry) = entry else {
            let line = self.blob.lines().line_span(text, self.blob.lines().line_of(text, located.value.start));
            let comment = line.is_some_and(|line| spec.comment_line.0.is_match(line.of(text)));
            return Err(if comment { in_comment() } else { self.refuse("it is not the value of a key") });
        };
        let key = String::from_utf8_lossy(entry.key.of(text)).into_owned();
        let form = self.form_of(entry).map_err(|reason| self.refuse(&reason))?;
        let found = self.scalar(located, &form, Some(key), entry.content, false)?;
        let neighbours = neighbours::in_lines(self.language, text, entries, entry, self.located);
        Ok(self.site(found, neighbours))
    }

    /// The form of a line's value; its content stands alone, its quotes are told by its kind.
    fn form_of(&self, entry: &lines::LineEntry) -> Result<Literal<'_>, String> {
        let forms = &self.language.data.language.string;
        let form = forms.iter().find(|form| form.kinds.iter().any(|kind| kind == entry.kind));
        let form = form.ok_or_else(|| "it is written in a way that arnify doesn't read".to_owned())?;
        Ok(Literal { form, content: entry.content, whole: entry.content })
    }

    fn in_tree(&self, located: &Located, captures: &Captures<'_>) -> Result<LocatedSite, NotRewritable> {
        let Some(node) = self.literal_at(located.value, captures) else {
            if captures.around("void", located.value).is_some() {
                return Err(in_comment());
            }
            return Err(self.refuse("it doesn't stand in a string literal"));
        };
        let span = span_of(node);
        if captures.around("void", span).is_some() {
            return Err(in_comment());
        }
        if let Some(reason) = captures.never.first() {
            return Err(self.refuse(reason));
        }
        if std::iter::successors(Some(node), Node::parent).any(|node| node.is_error() || node.is_missing()) {
            return Err(self.refuse("the text round it has a syntax error"));
        }
        let pair = pair_of(captures, span);
        let key = pair.map(|pair| neighbours::name(self.language, &self.blob.bytes, pair.key)).or(located.key.clone());
        let manual = self.forbidden(captures, span).or_else(|| self.fixed(captures, pair?));
        let mut found = if self.language.is_code() {
            self.expression(located, node, key)?
        } else {
            let literal =
                self.language.read(&self.blob.bytes, span, node.kind()).map_err(|reason| self.refuse(&reason))?;
            self.scalar(located, &literal, key, span, captures.around("tight", span).is_some())?
        };
        found.manual = manual;
        found.container = pair.and_then(|pair| neighbours::container(self.language, pair));
        found.in_tests = captures.around("test", span).is_some();
        let neighbours = pair.map_or_else(Vec::new, |pair| {
            neighbours::in_tree(self.language, &self.blob.bytes, captures, pair, self.located)
        });
        Ok(self.site(found, neighbours))
    }

    /// The literal that holds `value`: the innermost one, or the one that it is a piece of.
    fn literal_at<'t>(&self, value: Span, captures: &Captures<'t>) -> Option<Node<'t>> {
        let mut node = captures.around("literal", value).or_else(|| self.owner(value, captures))?;
        while let Some(parent) = node.parent() {
            let Some(form) = self.language.joined(&self.blob.bytes, parent, node.kind()) else { break };
            if form.apart.as_ref().is_some_and(|apart| self.is_apart(&apart.0, parent, node)) {
                break;
            }
            node = parent;
        }
        Some(node)
    }

    /// Whether the piece at `node` stands for itself in the literal at `parent`.
    fn is_apart(&self, apart: &regex::bytes::Regex, parent: Node<'_>, node: Node<'_>) -> bool {
        let text = &*self.blob.bytes;
        let before = Span::new(parent.start_byte(), node.start_byte()).of(text);
        let after = Span::new(node.end_byte(), parent.end_byte()).of(text);
        apart.is_match(&[before, after].join(&0))
    }

    /// The literal whose text stands in a node of its own that holds `value`.
    fn owner<'t>(&self, value: Span, captures: &Captures<'t>) -> Option<Node<'t>> {
        let holds = |node: &&Node<'t>| self.language.body(**node).is_some_and(|body| span_of(body).contains(value));
        captures.of("literal").iter().find(holds).copied()
    }

    fn forbidden(&self, captures: &Captures<'_>, span: Span) -> Option<String> {
        let free = captures.of("free").iter().any(|node| span_of(*node) == span);
        let in_the_way = |node: &Node<'_>| span_of(*node).contains(span) && !(free && span_of(*node) == span);
        let place = captures.manual.iter().find(|(node, _)| in_the_way(node));
        let browser = self.language.data.rewrite.browser.as_ref().filter(|_| !captures.of("browser").is_empty());
        place
            .map(|(_, reason)| reason.clone())
            .or_else(|| super::lent::obstacle(captures, &self.blob.bytes, span))
            .or_else(|| super::declared::obstacle(captures, &self.blob.bytes, span))
            .or_else(|| self.language.never(self.blob.path()).map(str::to_owned))
            .or_else(|| browser.cloned())
    }

    /// Why a constant's literal has to stay: the constant's name stands where only constants may, also by way of
    /// another constant, or something before it in the file is made of it.
    fn fixed(&self, captures: &Captures<'_>, own: &Pair<'_>) -> Option<String> {
        let constant: BTreeSet<usize> = captures.of("final").iter().map(Node::id).collect();
        if !constant.contains(&own.value.id()) {
            return None;
        }
        let text = |node: Node<'_>| span_of(node).of(&self.blob.bytes);
        let uses = |place: Node<'_>, names: &BTreeSet<&[u8]>| {
            let inside = captures.of("name").iter().filter(|name| span_of(place).contains(span_of(**name)));
            inside.into_iter().any(|name| names.contains(text(*name)))
        };
        let mut names = BTreeSet::from([text(own.key)]);
        let constants = || {
            let pairs = captures.pairs.iter().filter(|pair| constant.contains(&pair.value.id()));
            pairs.filter(|pair| pair.value.id() != own.value.id())
        };
        loop {
            let more: Vec<_> = constants().filter(|pair| uses(pair.value, &names)).map(|pair| text(pair.key)).collect();
            let known = names.len();
            names.extend(more);
            if names.len() == known {
                break;
            }
        }
        let place = captures.constant.iter().find(|(node, _)| uses(*node, &names));
        if let Some((_, reason)) = place {
            return Some(format!("the constant is used elsewhere in the file, where {reason}"));
        }
        let own_name = BTreeSet::from([text(own.key)]);
        if constants().any(|pair| pair.whole.start_byte() < own.whole.start_byte() && uses(pair.value, &own_name)) {
            return Some("a constant that stands before it in the file is made of it".to_owned());
        }
        let mut early = captures.of("early").iter().filter(|node| node.start_byte() < own.whole.start_byte());
        early.any(|node| uses(*node, &own_name)).then(|| "what stands before it in the file uses it".to_owned())
    }

    fn expression(&self, located: &Located, node: Node<'_>, key: Option<String>) -> Result<Found<'_>, NotRewritable> {
        if let Some(found) = self.part_of(located, node, key.as_ref())? {
            return Ok(found);
        }
        let (value, bytes) = self.language.value(&self.blob.bytes, node).map_err(|reason| self.refuse(&reason))?;
        let part = value.as_slice() != located.value.of(&self.blob.bytes) && self.is_part(located, node);
        let replace = self.replaced(node)?;
        // The store keeps a value with a NUL byte, or one that is not UTF-8, as binary.
        let as_text = !value.contains(&0) && std::str::from_utf8(&value).is_ok();
        let shape = match (bytes, as_text) {
            (false, true) => "text",
            (false, false) if self.language.has_shape("raw") => "raw",
            (true, false) if self.language.has_shape("binary") => "binary",
            (false | true, false) => {
                return Err(self.refuse("it is no text that a secret can hold: it has a NUL byte or is not UTF-8"));
            }
            (true, true) => "bytes",
        };
        Ok(Found { key, value, replace, shape, part, manual: None, container: None, text: None, in_tests: false })
    }

    /// What a reference takes the place of: the literal, with its text where that stands below its line.
    fn replaced(&self, node: Node<'_>) -> Result<Span, NotRewritable> {
        if self.language.body(node).is_none() {
            return Ok(span_of(node));
        }
        let text = &*self.blob.bytes;
        let whole = self.language.read_node(text, node).map_err(|reason| self.refuse(&reason))?.whole;
        let rest = Span::new(node.end_byte(), lines::line_end(text, node.end_byte()));
        if self.located.iter().any(|other| rest.contains(other.value)) {
            return Err(self.refuse("another credential stands on the line where it begins"));
        }
        Ok(whole)
    }

    /// The part of a literal that was found, where the language can put a reference there and it stands alone.
    fn part_of(
        &self,
        located: &Located,
        node: Node<'_>,
        key: Option<&String>,
    ) -> Result<Option<Found<'_>>, NotRewritable> {
        let text = &*self.blob.bytes;
        let value = located.value;
        let Ok(literal) = self.language.read(text, span_of(node), node.kind()) else { return Ok(None) };
        let Some(shape) = &literal.form.part else { return Ok(None) };
        let only = literal.form.part_only;
        let part = literal.content.contains(value) && (only || literal.content != value);
        let may_split = located.finding.kind == Kind::Connection || stands_alone(text, literal.content, value, false);
        if part && may_split && self.language.is_verbatim(text, value, &literal, node) {
            let (replace, shape) = self.with_edge(span_of(node), literal.content, value, shape);
            let (key, value) = (key.cloned(), value.of(text).to_vec());
            let text = (literal.content != located.value).then_some(literal.content);
            let found =
                Found { key, value, replace, shape, part: false, manual: None, container: None, text, in_tests: false };
            return Ok(Some(found));
        }
        if only {
            return Err(self.refuse("it can't be told where the credential begins and ends in the text round it"));
        }
        Ok(None)
    }

    /// What is replaced for a part of `content`, with the quote that it ends or begins at where there is a shape for it.
    fn with_edge<'s>(&'s self, whole: Span, content: Span, value: Span, shape: &'s str) -> (Span, &'s str) {
        let shapes = &self.language.data.rewrite.shape;
        let of = |edge: &str| shapes.iter().find(|other| other.id == format!("{shape}-{edge}")).map(|s| s.id.as_str());
        if value.end == content.end
            && let Some(shape) = of("end")
        {
            return (Span::new(value.start, whole.end), shape);
        }
        if value.start == content.start
            && let Some(shape) = of("start")
        {
            return (Span::new(whole.start, value.end), shape);
        }
        (value, shape)
    }

    fn is_part(&self, located: &Located, node: Node<'_>) -> bool {
        let literal = self.language.read_node(&self.blob.bytes, node);
        literal.is_ok_and(|literal| literal.content != located.value && literal.content.contains(located.value))
    }

    /// A scalar of configuration text: the part that was found where it is written plainly and stands alone, as a
    /// password does in a URL or a line of an embedded file; else the whole. A scanner that saw but a piece of a
    /// value must not leave the rest of it in the file.
    fn scalar(
        &self,
        located: &Located,
        literal: &Literal<'_>,
        key: Option<String>,
        span: Span,
        tight: bool,
    ) -> Result<Found<'static>, NotRewritable> {
        let text = &*self.blob.bytes;
        let part = literal.content != located.value;
        let block = literal.form.lines == super::data::Lines::Block;
        let may_split =
            located.finding.kind == Kind::Connection || stands_alone(text, literal.content, located.value, block);
        let wrapped = literal.form.wrap.is_some();
        if part && may_split && !(wrapped && tight) && self.language.is_plain(text, located.value, literal) {
            let value = located.value.of(text).to_vec();
            return Ok(Found {
                key,
                value,
                replace: located.value,
                shape: "part",
                part: false,
                manual: None,
                container: None,
                text: Some(literal.content),
                in_tests: false,
            });
        }
        let value = self.language.content(text, literal).map_err(|reason| self.refuse(&reason))?;
        let shape = if wrapped { "wrapped" } else { "scalar" };
        let replace = match wrapped {
            true if block => without_end(text, span),
            true => span,
            false => literal.content,
        };
        let part = part && !block;
        Ok(Found { key, value, replace, shape, part, manual: None, container: None, text: None, in_tests: false })
    }

    fn site(&self, found: Found<'_>, neighbours: Vec<crate::model::Neighbour>) -> LocatedSite {
        let name = found.key.as_deref().unwrap_or("it");
        let title = if found.part {
            format!("read {name} as a whole from Secrets Manager (the credential is a part of it)")
        } else {
            format!("read {name} from Secrets Manager")
        };
        let rewrite = &self.language.data.rewrite;
        let (applicability, step) = if let Some(reason) = found.manual {
            (Applicability::Manual, format!("Left as it is: {reason}. {}", rewrite.instruction))
        } else {
            let install = rewrite.no_manifest.as_ref().map_or("", |none| none.install.as_str());
            (Applicability::Review, sentence(&rewrite.step.replace("«install»", install)))
        };
        let site = Site {
            language: self.language.name().to_owned(),
            shape: found.shape.to_owned(),
            replace: found.replace,
            key: found.key,
            container: found.container,
            applicability,
            title,
            step: Some(step),
        };
        let (value, in_tests) = (SecretValue::new(found.value), found.in_tests);
        LocatedSite { site, value, text: found.text, neighbours, in_tests }
    }
}

/// A block scalar without the line breaks after its last line, which the grammar counts to it at the file's end.
fn without_end(text: &[u8], span: Span) -> Span {
    let kept = span.of(text).trim_ascii_end().len();
    Span::new(span.start, span.start + kept)
}

/// Whether `value` is set off from the rest of `content` on both sides, so that it can't be a piece of a longer
/// value that was cut at an escape.
fn stands_alone(text: &[u8], content: Span, value: Span, block: bool) -> bool {
    let before = Span::new(content.start, value.start).of(text).last();
    let after = Span::new(value.end, content.end).of(text).first();
    let sets_off = |byte: &u8| b" \t\r\n;&,".contains(byte) || (block && b"\"'".contains(byte));
    let opens = |byte: &u8| sets_off(byte) || b"=:\"'".contains(byte);
    before.is_none_or(opens) && after.is_none_or(sets_off)
}

/// The pair whose value most closely holds `span`.
fn pair_of<'c, 't>(captures: &'c Captures<'t>, span: Span) -> Option<&'c Pair<'t>> {
    let holding = captures.pairs.iter().filter(|pair| span_of(pair.value).contains(span));
    holding.min_by_key(|pair| pair.value.byte_range().len())
}

fn in_comment() -> NotRewritable {
    NotRewritable {
        reason: "It stands in a comment or documentation, which no program reads. Take it out by hand, and rotate \
                 the credential if it was ever valid."
            .to_owned(),
    }
}

/// `text` with a capital at its beginning.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

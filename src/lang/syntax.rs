//! Grammars by name, and what a language's query says about one file.

use std::collections::BTreeMap;

use streaming_iterator::StreamingIterator as _;
use tree_sitter::{Language, Node, Parser, Query, QueryCursor, Tree};

use crate::model::Span;

/// The linked grammar of a name; adding one is one line here.
pub(super) fn grammar(name: &str) -> Option<Language> {
    Some(match name {
        "bash" => tree_sitter_bash::LANGUAGE.into(),
        "c-sharp" => tree_sitter_c_sharp::LANGUAGE.into(),
        "go" => tree_sitter_go::LANGUAGE.into(),
        "java" => tree_sitter_java::LANGUAGE.into(),
        "javascript" => tree_sitter_javascript::LANGUAGE.into(),
        "json" => tree_sitter_json::LANGUAGE.into(),
        "kotlin" => tree_sitter_kotlin_ng::LANGUAGE.into(),
        "php" => tree_sitter_php::LANGUAGE_PHP.into(),
        "powershell" => tree_sitter_powershell::LANGUAGE.into(),
        "python" => tree_sitter_python::LANGUAGE.into(),
        "ruby" => tree_sitter_ruby::LANGUAGE.into(),
        "rust" => tree_sitter_rust::LANGUAGE.into(),
        "scala" => tree_sitter_scala::LANGUAGE.into(),
        "tsx" => tree_sitter_typescript::LANGUAGE_TSX.into(),
        "typescript" => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        "yaml" => tree_sitter_yaml::LANGUAGE.into(),
        _ => return None,
    })
}

/// Parses `text`; `None` only where the parser gives up.
pub(super) fn parse(language: &Language, text: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    parser.parse(text, None)
}

/// Number of error and missing nodes.
pub(super) fn errors(tree: &Tree) -> usize {
    let mut count = 0;
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        count += usize::from(node.is_error() || node.is_missing());
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return count;
            }
        }
    }
}

/// A name, what it is given, and the node whose siblings are its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'t> {
    pub(super) key: Node<'t>,
    pub(super) value: Node<'t>,
    pub(super) whole: Node<'t>,
    pub(super) group: Group,
}

/// Which of the pairs with the same parent are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// None.
    None,
    /// Those whose names begin alike.
    Prefix,
    /// All.
    Siblings,
}

/// The declaration of a constant.
#[derive(Clone, Debug)]
pub(super) struct Declared<'t> {
    /// The whole statement, with the other constants that it declares.
    pub(super) all: Node<'t>,
    /// Of it, what declares this one.
    pub(super) one: Node<'t>,
    /// The keyword.
    pub(super) token: Node<'t>,
    pub(super) name: Node<'t>,
    pub(super) value: Node<'t>,
    /// The keyword of a variable.
    pub(super) becomes: String,
    /// A variable in its place has to be used.
    pub(super) used: bool,
    /// How its type and value change, where the keyword alone doesn't do.
    pub(super) lazy: Option<Lazy<'t>>,
}

/// A constant that becomes a variable of another type, which is read when it is first used.
#[derive(Clone, Debug)]
pub(super) struct Lazy<'t> {
    /// Its type.
    pub(super) kind: Node<'t>,
    /// What the type becomes, with a place for the old one: «type».
    pub(super) of_type: String,
    /// What its value becomes, with a place for the reference: «value».
    pub(super) of_value: String,
    /// A regular expression for texts that the language reads the name from, with a place for it: «name».
    pub(super) mention: String,
}

/// A value that lasts as long as the block that names it.
#[derive(Clone, Debug)]
pub(super) struct Lent<'t> {
    pub(super) name: Node<'t>,
    pub(super) value: Node<'t>,
    /// Why nothing in it may be rewritten where it has to last longer.
    pub(super) reason: String,
}

/// A query's captures in one file, by capture name.
#[derive(Debug, Default)]
pub(super) struct Captures<'t> {
    by_name: BTreeMap<String, Vec<Node<'t>>>,
    pub(super) pairs: Vec<Pair<'t>>,
    /// Places where nothing may be rewritten, with the reason.
    pub(super) manual: Vec<(Node<'t>, String)>,
    /// Reasons why nothing in the file may be rewritten.
    pub(super) never: Vec<String>,
    /// Places where only a constant may stand, with the reason.
    pub(super) constant: Vec<(Node<'t>, String)>,
    /// By the place of the whole value.
    pub(super) declared: BTreeMap<Span, Declared<'t>>,
    /// Places where a name of a constant may stand that becomes lazy, with what it is then written as: «name».
    pub(super) uses: BTreeMap<Span, String>,
    /// Where each name stands, in the file's order.
    names: BTreeMap<Vec<u8>, Vec<Span>>,
    /// Values that last as long as the block that names them.
    pub(super) lent: Vec<Lent<'t>>,
    /// What to say of a rewrite in a place.
    pub(super) notes: Vec<(Node<'t>, String)>,
}

impl<'t> Captures<'t> {
    /// Runs `query` on the tree.
    pub(super) fn collect(query: &Query, tree: &'t Tree, text: &[u8]) -> Self {
        let mut captures = Self::default();
        let names = query.capture_names();
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(query, tree.root_node(), text);
        while let Some(found) = matches.next() {
            let setting = |key: &str| {
                let settings = query.property_settings(found.pattern_index).iter();
                settings.filter(|property| &*property.key == key).find_map(|property| property.value.clone())
            };
            let node = |wanted: &str| {
                let mut nodes = found.captures.iter();
                nodes.find(|c| names.get(c.index as usize).is_some_and(|name| *name == wanted)).map(|c| c.node)
            };
            if let (Some(key), Some(value), Some(whole)) = (node("key"), node("value"), node("pair")) {
                let group = match setting("group").as_deref() {
                    Some("siblings") => Group::Siblings,
                    Some("prefix") => Group::Prefix,
                    _ => Group::None,
                };
                captures.pairs.push(Pair { key, value, whole, group });
            }
            if let (Some(all), Some(one), Some(token)) =
                (node("constant.all"), node("constant.one"), node("constant.token"))
                && let (Some(name), Some(value)) = (node("constant.name"), node("constant.value"))
            {
                let becomes = setting("becomes").map(String::from).unwrap_or_default();
                let used = setting("used").is_some();
                let text = |key: &str| setting(key).map(String::from);
                let lazy = node("constant.type").and_then(|kind| {
                    let mention = text("mention").unwrap_or_default();
                    Some(Lazy { kind, of_type: text("type")?, of_value: text("value")?, mention })
                });
                let declared = Declared { all, one, token, name, value, becomes, used, lazy };
                captures.declared.entry(span_of(value)).or_insert(declared);
            }
            if let (Some(name), Some(value)) = (node("lent.name"), node("lent")) {
                let reason = setting("reason").map(String::from).unwrap_or_default();
                captures.lent.push(Lent { name, value, reason });
            }
            for capture in found.captures {
                let Some(name) = names.get(capture.index as usize) else { continue };
                let reason = || setting("reason").map(String::from).unwrap_or_default();
                if *name == "manual" {
                    captures.manual.push((capture.node, reason()));
                } else if *name == "note" {
                    captures.notes.push((capture.node, setting("note").map(String::from).unwrap_or_default()));
                } else if *name == "constant.use" {
                    let written = || setting("use").map(String::from).unwrap_or_default();
                    captures.uses.entry(span_of(capture.node)).or_insert_with(written);
                } else if *name == "never" {
                    captures.never.push(reason());
                } else if *name == "constant" {
                    captures.constant.push((capture.node, reason()));
                } else {
                    captures.by_name.entry((*name).to_owned()).or_default().push(capture.node);
                }
            }
        }
        for span in captures.by_name.get("name").into_iter().flatten().map(|node| span_of(*node)) {
            captures.names.entry(span.of(text).to_owned()).or_default().push(span);
        }
        captures
    }

    /// Where `name` stands as a name, in the file's order.
    pub(super) fn named(&self, name: &[u8]) -> &[Span] {
        self.names.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The nodes captured under `name`, in the file's order.
    pub(super) fn of(&self, name: &str) -> &[Node<'t>] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The smallest node captured under `name` that holds `span`.
    pub(super) fn around(&self, name: &str, span: Span) -> Option<Node<'t>> {
        let holding = self.of(name).iter().filter(|node| span_of(**node).contains(span));
        holding.min_by_key(|node| node.byte_range().len()).copied()
    }
}

/// The first node of `kind` that begins after `node`, among the siblings that follow it or a node round it.
pub(super) fn following<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut inner = node;
    while let Some(parent) = inner.parent() {
        let after =
            children(parent).into_iter().find(|other| other.kind() == kind && other.start_byte() >= node.end_byte());
        if after.is_some() {
            return after;
        }
        inner = parent;
    }
    None
}

/// A node's bytes.
pub(super) fn span_of(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// A node's children.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

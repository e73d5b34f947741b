//! The words of a statement, as a formatter sees them: brackets, and places where a line may end.

use tree_sitter::Node;

use super::spec::{LayoutToml, Split};
use crate::lang::lines::line_end;
use crate::lang::syntax::{children, span_of};
use crate::model::Span;

/// A word: what no line break may stand in.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// Empty for a bracket that could be put there.
    pub(super) span: Span,
    /// In characters.
    pub(super) width: usize,
    /// A blank stands before it, unless a line begins with it.
    pub(super) gap: bool,
    pub(super) bracket: Bracket,
    /// The number of the bracket that belongs to it.
    pub(super) partner: usize,
    /// A bracket that may be left out.
    pub(super) optional: bool,
    /// What it parts, and how strongly.
    pub(super) split: Option<(u8, bool)>,
    /// Of an opening bracket: the items in it stand on lines of their own as soon as they don't fit on its line.
    pub(super) display: bool,
    /// Of an opening bracket: those of a call, those that the author broke, and those that no comma ends.
    pub(super) call: bool,
    pub(super) kept: bool,
    pub(super) bare: bool,
    /// What stands behind it may have lines of its own.
    pub(super) equals: bool,
    /// Of brackets: blanks stand inside them.
    spaced: bool,
    pub(super) text: &'static str,
    /// It goes over several lines.
    pub(super) long: bool,
    /// The comma after a single item, which is more than an ornament.
    pub(super) lone: bool,
    /// An argument that not every version of the language allows a comma after.
    pub(super) unpacked: bool,
}

/// Which side of a bracket a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    No,
    Open,
    Close,
}

impl Word {
    fn plain(span: Span, text: &'static str) -> Self {
        Self {
            span,
            width: 0,
            gap: false,
            bracket: Bracket::No,
            partner: 0,
            optional: false,
            split: None,
            display: false,
            call: false,
            kept: false,
            bare: false,
            equals: false,
            spaced: false,
            text,
            long: false,
            lone: false,
            unpacked: false,
        }
    }
}

/// Words whose text matters.
const TEXTS: &[&str] = &["(", ")", "[", "]", "{", "}", ",", "=", ".", "?.", ";", ":"];

/// The words of a statement without its body; nothing where a comment stands among them.
pub(super) fn of(spec: &LayoutToml, text: &[u8], node: Node<'_>) -> Option<Vec<Word>> {
    let mut reader = Reader { spec, text, words: Vec::new(), open: Vec::new(), enclosed: false };
    reader.read(node)?;
    reader.open.is_empty().then_some(reader.words)
}

/// The comma or semicolon behind an item, which is a word of its line.
pub(super) fn mark_after(item: Node<'_>) -> Option<Word> {
    let mark = item.next_sibling().filter(|next| matches!(next.kind(), "," | ";"))?;
    let text = if mark.kind() == "," { "," } else { ";" };
    Some(Word { width: 1, ..Word::plain(span_of(mark), text) })
}

struct Reader<'a> {
    spec: &'a LayoutToml,
    text: &'a [u8],
    words: Vec<Word>,
    open: Vec<usize>,
    /// The brackets round the node that is read next were written.
    enclosed: bool,
}

impl Reader<'_> {
    /// `None` where the statement can't be laid out; `Some(false)` where its body begins.
    fn read(&mut self, node: Node<'_>) -> Option<bool> {
        if node.is_extra() || node.is_error() || node.is_missing() {
            return None;
        }
        if self.is_body(node) {
            self.beginning(node);
            return Some(false);
        }
        let parts = children(node);
        if parts.is_empty() || self.spec.words.iter().any(|kind| kind == node.kind()) {
            return self.word(node).map(|()| true);
        }
        if self.spec.enclosed.iter().any(|kind| kind == node.kind()) && !self.enclosed {
            self.enclosed = node.prev_sibling().is_none_or(|before| before.kind() != "(");
            if self.enclosed {
                return self.wrapped(node);
            }
        }
        self.enclosed = false;
        let optional = self.spec.optional.iter().find(|optional| optional.inside == node.kind());
        let mut before = "";
        for (number, part) in parts.iter().enumerate() {
            let next = parts.iter().skip(number).find(|part| !part.is_extra());
            if part.is_extra() && next.is_none_or(|next| self.is_body(*next)) {
                return Some(next.is_none());
            }
            let wrapped = optional.is_some_and(|optional| optional.after.iter().any(|word| word == before));
            let more = if wrapped && part.is_named() && part.kind() != node.kind() {
                self.wrapped(*part)?
            } else {
                self.read(*part)?
            };
            if !more {
                return Some(false);
            }
            before = part.kind();
        }
        Some(true)
    }

    fn is_body(&self, node: Node<'_>) -> bool {
        self.spec.bodies.iter().any(|kind| kind == node.kind())
    }

    /// The bracket that a body begins with, where it is on the statement's line.
    fn beginning(&mut self, body: Node<'_>) {
        let Some(first) = body.child(0).filter(|first| first.kind() == "{") else { return };
        let before = self.words.last().map_or(first.start_byte(), |word| word.span.end);
        let blank = Span::new(before, first.start_byte()).of(self.text);
        if !blank.contains(&b'\n') {
            self.words.push(Word { width: 1, gap: !blank.is_empty(), ..Word::plain(span_of(first), "") });
        }
    }

    /// An expression that may stand in brackets.
    fn wrapped(&mut self, node: Node<'_>) -> Option<bool> {
        let own = node.kind() == self.spec.bracketed;
        let inner = children(node).into_iter().find(Node::is_named);
        let kept = inner.is_some_and(|inner| self.spec.kept_brackets.iter().any(|kind| kind == inner.kind()));
        if own && !kept {
            let open = self.words.len();
            self.read(node)?;
            for number in [open, self.words.len() - 1] {
                if let Some(word) = self.words.get_mut(number) {
                    word.optional = true;
                    word.width = 0;
                }
            }
            return Some(true);
        }
        if own {
            return self.read(node);
        }
        self.bracket(Span::new(node.start_byte(), node.start_byte()), "(", Bracket::Open)?;
        self.read(node)?;
        let end = self.words.last().map_or(node.end_byte(), |word| word.span.end);
        self.bracket(Span::new(end, end), ")", Bracket::Close)?;
        Some(true)
    }

    fn bracket(&mut self, span: Span, text: &'static str, bracket: Bracket) -> Option<()> {
        let gap = bracket == Bracket::Open && self.gap(span, text, (bracket, false));
        self.push(Word { gap, bracket, optional: true, ..Word::plain(span, text) })
    }

    fn word(&mut self, node: Node<'_>) -> Option<()> {
        let span = span_of(node);
        if span.is_empty() {
            return Some(());
        }
        let shown = String::from_utf8_lossy(span.of(self.text));
        let text = TEXTS.iter().find(|text| **text == shown).copied().unwrap_or("");
        let bracket = match text {
            _ if self.is_solid(node) => Bracket::No,
            "(" | "[" | "{" => Bracket::Open,
            ")" | "]" | "}" => Bracket::Close,
            _ => Bracket::No,
        };
        let parent = node.parent();
        let parent_kind = parent.map_or("", |parent| parent.kind());
        let is_first = parent.and_then(|parent| parent.child(0)).is_some_and(|first| first.id() == node.id());
        let before = self.words.last();
        let split = self.spec.split.iter().find(|split| {
            split.inside.iter().any(|kind| kind == parent_kind)
                && split.words.iter().any(|word| word == node.kind())
                && !(split.not_first && is_first)
        });
        let behind =
            |split: &&Split| !split.behind_bracket || before.is_some_and(|word| word.bracket == Bracket::Close);
        let among = |kinds: &[String]| kinds.iter().any(|kind| kind == parent_kind);
        let spaced = bracket != Bracket::No && among(&self.spec.spaced);
        let line_after = Span::new(span.end, line_end(self.text, span.end)).of(self.text).trim_ascii().is_empty();
        let commas = parent.map_or(0, |parent| children(parent).iter().filter(|child| child.kind() == ",").count());
        let word = Word {
            width: shown.chars().count(),
            gap: self.gap(span, text, (bracket, spaced)),
            bracket,
            call: bracket == Bracket::Open && among(&self.spec.calls),
            kept: bracket == Bracket::Open && line_after && among(&self.spec.kept),
            bare: among(&self.spec.bare),
            equals: self
                .spec
                .equals
                .iter()
                .any(|equals| equals.inside == parent_kind && equals.after.iter().any(|word| word == node.kind())),
            spaced,
            split: split.filter(behind).map(|split| (split.priority, split.after)),
            display: among(&self.spec.displays),
            long: shown.contains('\n'),
            lone: text == "," && commas == 1 && self.spec.lone.iter().any(|kind| kind == parent_kind),
            unpacked: self.spec.unpacked.iter().any(|kind| kind == parent_kind) && is_first,
            ..Word::plain(span, text)
        };
        self.push(word)
    }

    /// Whether a bracket of an expression in brackets is never apart from what it holds.
    fn is_solid(&self, node: Node<'_>) -> bool {
        let parent = node.parent().filter(|parent| parent.kind() == self.spec.bracketed);
        let home = parent.and_then(|parent| parent.parent());
        home.is_some_and(|home| self.spec.solid.iter().any(|kind| kind == home.kind()))
    }

    fn push(&mut self, mut word: Word) -> Option<()> {
        let own = self.words.len();
        match word.bracket {
            Bracket::Open => self.open.push(own),
            Bracket::Close => {
                word.partner = self.open.pop()?;
                let open = self.words.get_mut(word.partner)?;
                open.partner = own;
            }
            Bracket::No => {}
        }
        self.words.push(word);
        Some(())
    }

    /// Whether a blank stands before a word where all is on one line.
    fn gap(&self, span: Span, text: &str, (bracket, spaced): (Bracket, bool)) -> bool {
        let Some(before) = self.words.last() else { return false };
        let blank = Span::new(before.span.end, span.start).of(self.text);
        if !blank.contains(&b'\n') {
            return !blank.is_empty();
        }
        if before.bracket == Bracket::Open && before.spaced || bracket == Bracket::Close && spaced {
            return true;
        }
        before.bracket != Bracket::Open && bracket != Bracket::Close && !matches!(text, "." | "," | "?." | ";")
    }
}

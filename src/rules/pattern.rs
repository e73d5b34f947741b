//! A rule's regular expression: checked for its bounds when the rule is read, compiled when it is first needed.

use std::sync::OnceLock;

use regex_syntax::hir::Hir;

use super::dialect::from_go;
use super::heads::{Anchors, Heads};
use super::needs::{self, Stretch};
use super::search::{Compiled, Search};

/// A lazily compiled regex over bytes.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Compiled>>,
    bounds: OnceLock<Bounds>,
}

/// What the syntax of a regex says about its matches.
#[derive(Debug, Default)]
struct Bounds {
    max_len: Option<usize>,
    groups: usize,
    stretches: Vec<Stretch>,
    heads: Heads,
}

impl Bounds {
    fn of(hir: &Hir) -> Self {
        let properties = hir.properties();
        Self {
            max_len: properties.maximum_len(),
            groups: properties.explicit_captures_len(),
            stretches: needs::stretches(hir),
            heads: Heads::of(hir),
        }
    }
}

impl Pattern {
    /// Checks `text`'s syntax, that of Rust or else Go's; compilation waits for [`Self::search`].
    pub fn new(text: &str) -> Result<Self, String> {
        let (text, hir) = match parse(text) {
            Ok(hir) => (text.to_owned(), hir),
            Err(error) => {
                let translated = from_go(text);
                let hir = parse(&translated).map_err(|_| error)?;
                (translated, hir)
            }
        };
        let pattern = Self::deferred(&text);
        let _ = pattern.bounds.set(Bounds::of(&hir));
        Ok(pattern)
    }

    /// Looks at nothing yet: for the built-in rules, whose regexes the self-test has checked.
    pub(super) fn deferred(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new(), bounds: OnceLock::new() }
    }

    /// Longest possible match in bytes; `None` when it is unbounded.
    pub fn max_len(&self) -> Option<usize> {
        self.bounds().max_len
    }

    /// Number of capture groups, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.bounds().groups
    }

    /// What every match holds; none when nothing is sure.
    pub fn stretches(&self) -> &[Stretch] {
        &self.bounds().stretches
    }

    /// What matches start with, where all have one of `words` at a certain place; `words` are in lower case and the
    /// same at each call.
    pub(super) fn anchors(&self, words: &[String]) -> Option<&Anchors> {
        self.bounds().heads.anchors(words)
    }

    fn bounds(&self) -> &Bounds {
        self.bounds.get_or_init(|| parse(&self.text).map(|hir| Bounds::of(&hir)).unwrap_or_default())
    }

    /// Compiles at once, so that an oversized regex is reported when the file is read.
    pub fn compile(&self) -> Result<(), String> {
        Compiled::new(&self.text).map(|compiled| {
            let _ = self.compiled.set(Some(compiled));
        })
    }

    /// A search for it; `None` only for a built-in rule that is too large, which `rules check` reports.
    pub fn search(&self) -> Option<Search<'_>> {
        self.compiled.get_or_init(|| Compiled::new(&self.text).ok()).as_ref().map(Compiled::search)
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it occurs in `bytes`.
    pub fn is_match(&self, bytes: &[u8]) -> bool {
        self.search().is_some_and(|mut search| search.find_at(bytes, 0).is_some())
    }
}

fn parse(text: &str) -> Result<Hir, String> {
    let parser = |unicode| regex_syntax::ParserBuilder::new().unicode(unicode).utf8(false).build();
    parser(false).parse(text).or_else(|_| parser(true).parse(text)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_groups_are_known_before_compiling() {
        let pattern = Pattern::new(r"\b(ab[0-9]{4,6})\b").unwrap();
        assert_eq!((pattern.max_len(), pattern.groups()), (Some(8), 1));
        assert_eq!(Pattern::new("a+").unwrap().max_len(), None);
        assert!(pattern.is_match(b"x ab12345 y"));
    }

    #[test]
    fn a_bad_or_an_oversized_regex_is_an_error() {
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new("((a{500}){500}){50}").map_or_else(Err, |p| p.compile()).is_err());
    }
}

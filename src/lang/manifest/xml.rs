//! Just enough of XML for manifests: elements with their places, so that a file keeps its form.

use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::model::Span;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Names from the root down to its own, joined by `/`.
    pub(super) path: String,
    /// From `<` to the last `>`.
    pub(super) whole: Span,
    /// Between its tags; empty where it is one tag.
    pub(super) inner: Span,
    /// Attributes by name, as they are written.
    pub(super) attributes: Vec<(String, String)>,
}

impl Element {
    /// Its own name.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Its text without the white space round it.
    pub(super) fn text<'t>(&self, xml: &'t str) -> &'t str {
        xml.get(self.inner.range()).unwrap_or_default().trim()
    }

    /// The elements of `all` that stand directly in it.
    pub(super) fn children<'e>(&'e self, all: &'e [Self]) -> impl DoubleEndedIterator<Item = &'e Self> {
        let is_child = |other: &&Self| {
            let above = other.path.rsplit_once('/').map(|(above, _)| above);
            self.inner.contains(other.whole) && above == Some(self.path.as_str())
        };
        all.iter().filter(is_child)
    }
}

/// All elements of a document in the order in which they begin; `None` where it isn't well-formed.
pub(super) fn elements(xml: &str) -> Option<Vec<Element>> {
    let mut all: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for token in Tokenizer::from(xml) {
        match token.ok()? {
            Token::ElementStart { local, span, .. } => {
                let above = open.last().and_then(|at| all.get(*at)).map(|element| format!("{}/", element.path));
                let path = format!("{}{local}", above.unwrap_or_default());
                let start = Span::new(span.start(), span.end());
                open.push(all.len());
                all.push(Element { path, whole: start, inner: start, attributes: Vec::new() });
            }
            Token::Attribute { local, value, .. } => {
                let element = all.get_mut(*open.last()?)?;
                element.attributes.push((local.to_string(), value.to_string()));
            }
            Token::ElementEnd { end: ElementEnd::Open, span } => {
                let element = all.get_mut(*open.last()?)?;
                element.inner = Span::new(span.end(), span.end());
            }
            Token::ElementEnd { end: ElementEnd::Empty, span } => {
                let element = all.get_mut(open.pop()?)?;
                element.inner = Span::new(span.end(), span.end());
                element.whole.end = span.end();
            }
            Token::ElementEnd { end: ElementEnd::Close(_, name), span } => {
                let element = all.get_mut(open.pop()?)?;
                if element.name() != name.as_str() {
                    return None;
                }
                element.inner.end = span.start();
                element.whole.end = span.end();
            }
            _ => {}
        }
    }
    open.is_empty().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_with_their_places() {
        let xml = "<?xml version=\"1.0\"?>\n<a x='1'><!-- <b> --><b>t</b><c/><![CDATA[<b>]]></a>\n";
        let all = elements(xml).unwrap();
        let shown: Vec<_> =
            all.iter().map(|e| (e.path.as_str(), xml.get(e.whole.range()).unwrap(), e.text(xml))).collect();
        assert_eq!(shown[1..], [("a/b", "<b>t</b>", "t"), ("a/c", "<c/>", "")]);
        assert_eq!(all[0].attributes, [("x".to_owned(), "1".to_owned())]);
        assert_eq!(all[0].children(&all).count(), 2);
        assert_eq!(elements("<a><b></a></b>"), None);
        assert_eq!(elements("<a>"), None);
        assert_eq!(elements("<a"), None);
    }
}

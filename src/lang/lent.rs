//! Values that last as long as the block that names them, where a literal's would last as long as the program.

use super::syntax::{Captures, span_of};
use crate::model::Span;

/// Why the literal at `span` has to stay: the value round it has a name, of which a use may keep it for longer.
pub(super) fn obstacle(captures: &Captures<'_>, text: &[u8], span: Span) -> Option<String> {
    let mut lent = captures.lent.iter().filter(|lent| span_of(lent.value).contains(span));
    lent.find(|lent| is_kept(captures, text, span_of(lent.name))).map(|lent| lent.reason.clone())
}

/// Whether a use of the name at `name`, in its function, isn't known to keep nothing.
fn is_kept(captures: &Captures<'_>, text: &[u8], name: Span) -> bool {
    let function = captures.around("runs", name).map(span_of);
    let sees = |span: Span| span != name && function.is_none_or(|function| function.contains(span));
    let known = |span: Span| captures.of("lent.use").iter().any(|node| span_of(*node) == span);
    captures.named(name.of(text)).iter().any(|span| sees(*span) && !known(*span))
}

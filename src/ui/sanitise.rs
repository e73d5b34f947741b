//! Untrusted text on its way to a terminal: a path or a source line may hold escape sequences.

use std::borrow::Cow;

/// Escapes what could move the cursor, change colours or reorder what a person sees: control characters,
/// line separators and the marks of bidirectional text. A tab becomes a space, so that columns stay countable.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '\t' => safe.push(' '),
            _ if is_unsafe(char) => safe.extend(char.escape_unicode()),
            _ => safe.push(char),
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_bidirectional_marks_are_escaped() {
        assert_eq!(sanitise("a\u{1b}[31mb\r\n"), "a\\u{1b}[31mb\\u{d}\\u{a}");
        assert_eq!(sanitise("a\u{202e}b\u{9b}c\u{2066}"), "a\\u{202e}b\\u{9b}c\\u{2066}");
        assert_eq!(sanitise("\tkey"), " key");
    }

    #[test]
    fn ordinary_text_is_lent() {
        assert!(matches!(sanitise("src/Größe 数.py"), Cow::Borrowed(_)));
    }
}

//! File names and source lines come from strangers: escape sequences and direction marks in them must not
//! reach a terminal.

use std::borrow::Cow;

/// Replaces control characters and bidirectional marks by visible escapes; tabs become spaces.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\t' => clean.push(' '),
            letter if is_unsafe(letter) => clean.extend(letter.escape_unicode()),
            letter => clean.push(letter),
        }
    }
    Cow::Owned(clean)
}

/// The same for a whole message of ours: line feeds and our own colours stay.
pub(super) fn keep_style(text: &str) -> Cow<'_, str> {
    let foreign = |letter: char| is_unsafe(letter) && letter != '\n' && letter != '\u{1b}';
    if !text.chars().any(foreign) {
        return Cow::Borrowed(text);
    }
    let escape = |letter: char| if foreign(letter) { letter.escape_unicode().to_string() } else { letter.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_marks_become_visible() {
        assert_eq!(sanitise("a\u{1b}[31mb\u{202e}c\td"), "a\\u{1b}[31mb\\u{202e}c d");
        assert_eq!(sanitise("größe 😀"), "größe 😀");
    }
}

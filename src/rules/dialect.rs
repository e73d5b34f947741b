//! Regexes as Go writes them: gitleaks' files are full of braces and brackets that Go takes as they stand and that
//! must be escaped here.

/// The same regex with every brace escaped that begins no repetition, and every bracket that stands in a class.
pub(super) fn from_go(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let mut class = None;
    while let Some(letter) = rest.chars().next() {
        let (head, tail) = rest.split_at(letter.len_utf8());
        let before = class;
        let taken = match (letter, class) {
            ('\\', _) => escape(rest),
            ('{', None) => repetition(rest).map_or(Piece::Escaped, Piece::Kept),
            ('[', None) => {
                class = Some(0);
                Piece::Kept(1)
            }
            // a bracket that closes a class before anything is in it stands for itself
            (']', Some(letters)) if letters > 0 => {
                class = None;
                Piece::Kept(1)
            }
            ('[', Some(_)) => named_class(rest).map_or(Piece::Escaped, Piece::Kept),
            ('}', None) | ('&' | '~', Some(_)) => Piece::Escaped,
            _ => Piece::Kept(letter.len_utf8()),
        };
        if let (Some(letters), Some(so_far)) = (&mut class, before)
            && (letter != '^' || so_far > 0)
        {
            *letters += 1;
        }
        match taken {
            Piece::Escaped => {
                out.push('\\');
                out.push_str(head);
                rest = tail;
            }
            Piece::Quoted(length) => {
                let (quoted, after) = split(rest, length);
                out.push_str(&regex::escape(quoted.trim_start_matches("\\Q").trim_end_matches("\\E")));
                rest = after;
            }
            Piece::Kept(length) => {
                let (kept, after) = split(rest, length);
                out.push_str(kept);
                rest = after;
            }
        }
    }
    out
}

/// What becomes of the text at hand.
enum Piece {
    /// Its first character gets a backslash.
    Escaped,
    /// So many bytes between `\Q` and `\E`, both counted.
    Quoted(usize),
    /// So many bytes stay as they are.
    Kept(usize),
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn escape(rest: &str) -> Piece {
    if rest.starts_with("\\Q") {
        return Piece::Quoted(rest.find("\\E").map_or(rest.len(), |end| end + 2));
    }
    // `\x{10FFFF}` and `\p{Greek}` have braces of their own
    let braced = ["\\x{", "\\p{", "\\P{"].iter().any(|start| rest.starts_with(start));
    match rest.find('}') {
        Some(end) if braced => Piece::Kept(end + 1),
        _ => Piece::Kept(1 + rest.chars().nth(1).map_or(0, char::len_utf8)),
    }
}

/// Length of `{n}`, `{n,}` or `{n,m}`.
fn repetition(rest: &str) -> Option<usize> {
    let end = rest.find('}')?;
    let (least, most) = rest.get(1..end)?.split_once(',').unwrap_or((rest.get(1..end)?, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && digits(least) && digits(most)).then_some(end + 1)
}

/// Length of `[:alpha:]`.
fn named_class(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix("[:")?;
    let end = name.find(":]")?;
    name.get(..end)?.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'^').then_some(end + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_braces_and_brackets_are_escaped_and_repetitions_are_not() {
        for (go, here) in [
            (r"^\$(?:\d+|{\d+})$", r"^\$(?:\d+|\{\d+\})$"),
            (r"a{2}b{3,}c{4,5}", r"a{2}b{3,}c{4,5}"),
            (r"\${{ x }}", r"\$\{\{ x \}\}"),
            (r"[^[]x[[:alpha:]{]", r"[^\[]x[[:alpha:]{]"),
            (r"[]a]b", r"[]a]b"),
            (r"\Qa.b\E+", r"a\.b+"),
            (r"[a&&b~]", r"[a\&\&b\~]"),
            (r"\x{41}\{", r"\x{41}\{"),
        ] {
            assert_eq!(from_go(go), here);
            assert!(regex::bytes::Regex::new(here).is_ok(), "{here}");
        }
    }
}

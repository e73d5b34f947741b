//! Key names taken apart: `DB_PASSWORD`, `dbPassword` and `db.password` are the same two words.

/// The lower-case words of a key, variable or path segment.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut previous = ' ';
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let starts_word = letter.is_uppercase()
            && (previous.is_lowercase()
                || previous.is_ascii_digit()
                || (previous.is_uppercase() && rest.peek().is_some_and(|next| next.is_lowercase())));
        if (starts_word || !letter.is_alphanumeric()) && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if letter.is_alphanumeric() {
            current.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

/// Words joined by hyphens, in the characters that Secrets Manager takes; other letters are dropped.
pub(super) fn slug(text: &str) -> String {
    let kept = words(text).into_iter().map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    kept.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_give_the_same_words() {
        for key in ["DB_PASSWORD", "dbPassword", "db.password", "DbPassword", "db-password"] {
            assert_eq!(words(key), ["db", "password"], "{key}");
        }
        assert_eq!(words("AWSSecretKey"), ["aws", "secret", "key"]);
        assert_eq!(words("S3Key2"), ["s3", "key2"]);
    }

    #[test]
    fn a_slug_holds_ascii_only() {
        assert_eq!(slug("Größe des Käfers"), "gre-des-kfers");
        assert_eq!(slug("日本"), "");
    }
}

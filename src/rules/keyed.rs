//! The keyed family: a provider's token whose format alone proves nothing, found by the name it stands under.
//!
//! A rule gives the `format` of the value and either `key`, the regex of the whole name that the value stands under, or
//! `provider`, the provider's name, behind which a word for a credential must follow. What may stand between the name
//! and the value is written once, here.

use super::file::RuleEntry;

/// A line break behind the name: the value stands on the next line, as in YAML and in lists.
const BROKEN_LINE: &str = r#"(?:["'\]]{1,2}|["' \t]{0,3}[:=][ \t]?\{?)\r?\n[ \t]{0,16}"#;
/// The rest of the name, and what else may stand before the sign.
const REST: &str = r#"[\w./:?&%\-"'\\\[\] \t]{0,48}?"#;
/// An operator, with the brackets and quotes of the name before it.
const SIGN: &str = r#"["'\])]{0,3}[ \t]{0,6}(?:=>|:=|={1,3}|[:,>]|\([ \t]{0,4}["'\x60])[ \t]{0,6}"#;
/// A word that announces the value without an operator.
const WORD: &str = r"(?i:key|token|secret|private|access|password|auth|login|id|pat)[ \t_.\-]{1,4}";
/// An authorization scheme before the value.
const SCHEME: &str = r#"(?:(?:\\?["'\x60]){0,3}(?i:bearer|token|basic)[ \t]{1,2})?"#;
/// Opening quotes, escaped ones too.
const OPEN: &str = r#"(?:\\?["'\x60]){0,3}"#;
/// What may stand between a provider's name and the word for a credential.
const BETWEEN: &str = r#"[_.\- "\x27\]][\w.\- ]{0,22}?|[A-Z][a-z][\w.\- ]{0,20}?|(?i:api)[_.\- ]?"#;
/// A word for a credential.
const CREDENTIAL: &str = r"(?i:key|token|secret|private|access|password|auth)";
/// The value ends where its name could not go on.
const END: &str = r"(?:[^0-9A-Za-z_\-]|$)";

/// The regex of a rule with `structure = "keyed"`; its first group is the value.
pub(super) fn regex(entry: &RuleEntry) -> Result<String, String> {
    let lead = match (&entry.key, &entry.provider) {
        (Some(key), None) => behind_key(key),
        (None, Some(provider)) => behind_provider(provider),
        _ => return Err("structure = \"keyed\" needs either key or provider".to_owned()),
    };
    let format = entry.format.as_ref().ok_or("structure = \"keyed\" needs format")?;
    if entry.regex.is_some() || entry.secret_group.is_some() {
        return Err("structure = \"keyed\" excludes regex and secretGroup".to_owned());
    }
    Ok(format!("{lead}({format}){END}"))
}

fn behind_key(key: &str) -> String {
    format!(r"{key}(?:(?:{BROKEN_LINE})?{REST}(?:{SIGN}|{WORD}){SCHEME}{OPEN}|[ \t]{{1,3}})")
}

fn behind_provider(provider: &str) -> String {
    let credential = format!(r"(?:(?:(?:{BROKEN_LINE})[\w.\- ]{{0,24}}?|{BETWEEN})?{CREDENTIAL})");
    let to_value = format!(r"(?:{REST}(?:{SIGN}|{WORD})|[ \t_.\-]{{1,4}})");
    format!(r"(?:\b|_)(?i:{provider}){credential}{to_value}{SCHEME}{OPEN}")
}

#[cfg(test)]
mod tests {
    use super::super::{Matcher, RuleSet};

    fn values(rule: &str, text: &str) -> Vec<String> {
        let toml = format!("[[rules]]\nid = 'r'\nvalue = 'keyed'\nstructure = 'keyed'\n{rule}");
        let set = RuleSet::from_text("r.toml", &toml).unwrap();
        let Matcher::Regex(pattern, group) = &set.rules()[0].matcher else { panic!("a regex") };
        let mut search = pattern.search().unwrap();
        let (text, mut at, mut out) = (text.as_bytes(), 0, Vec::new());
        while let Some(whole) = search.find_at(text, at) {
            out.extend(
                search.groups_at(text, whole)[group.unwrap()].map(|value| value.of(text).escape_ascii().to_string()),
            );
            at = whole.end;
        }
        out
    }

    #[test]
    fn a_value_is_found_behind_its_key_and_behind_its_provider() {
        let key = "key = '(?i:acme[_-]?token)'\nformat = '[0-9a-f]{8}'";
        let provider = "provider = 'acme'\nformat = '[0-9a-f]{8}'";
        for text in ["ACME_TOKEN=0123abcd", "\"acmeToken\": \"0123abcd\",", "acme_token = Bearer 0123abcd"] {
            assert_eq!(values(key, text), ["0123abcd"], "{text}");
            assert_eq!(values(provider, text), ["0123abcd"], "{text}");
        }
        assert_eq!(values(key, "acme-token:\n  value: '0123abcd'"), ["0123abcd"]);
        assert_eq!(values(provider, "acme:\n  token: '0123abcd'"), ["0123abcd"]);
        assert_eq!(values(provider, "acme_url = 0123abcd"), Vec::<String>::new());
        assert_eq!(values(key, "acme_token = 0123abcdef"), Vec::<String>::new());
    }

    #[test]
    fn its_fields_belong_together() {
        let error = |text: &str| RuleSet::from_text("f.toml", text).unwrap_err().to_string();
        assert!(error("[[rules]]\nid='r'\nstructure='keyed'\nformat='a'").contains("either key or provider"));
        assert!(error("[[rules]]\nid='r'\nstructure='keyed'\nkey='a'").contains("needs format"));
        assert!(error("[[rules]]\nid='r'\nregex='a'\nkey='a'").contains("belong to"));
        assert!(error("[[rules]]\nid='r'\nstructure='keyed'\nkey='('\nformat='a'").contains("key, provider or format"));
    }
}

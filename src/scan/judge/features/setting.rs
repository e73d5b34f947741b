//! Features of what leads to a value and of where it stands: key, sign, quotes, format, path.

use super::{Sink, Subject, flag};
use crate::scan::format::Format;
use crate::scan::judge::value::{Lists, WordSet};
use crate::scan::judge::words::as_f32;
use crate::scan::keyvalue::{Quote, Sign};

const RULES: [(&str, &str); 11] = [
    ("rule_password", "generic-password"),
    ("rule_secret", "generic-secret"),
    ("rule_token", "generic-token"),
    ("rule_api_key", "generic-api-key"),
    ("rule_key", "generic-key"),
    ("rule_auth", "generic-auth"),
    ("rule_credential", "generic-credential"),
    ("rule_salt", "generic-salt"),
    ("rule_url", "url-password"),
    ("rule_basic", "http-basic-auth"),
    ("rule_bearer", "http-bearer-token"),
];

pub(super) fn key(subject: &Subject<'_>, out: &mut impl Sink) {
    for (name, rule) in RULES {
        out.put(name, flag(subject.rule == rule));
    }
    let lists = Lists::get();
    let about = |word: &String| lists.about.contains(word.as_str());
    let pair = subject.pair;
    let words = pair.map_or(&[][..], |p| &*p.key.words);
    let tail = pair.map_or(0, |p| p.class.tail);
    let behind = words.get(words.len() - tail.min(words.len())..).unwrap_or_default();
    let before = words.get(..words.len().saturating_sub(tail)).unwrap_or_default();
    let name = pair.map_or(&b""[..], |p| p.key.span.of(subject.bytes));
    let upper = name.iter().any(u8::is_ascii_uppercase);
    let lower = name.iter().any(u8::is_ascii_lowercase);
    let any = |list: &WordSet| words.iter().any(|word| list.contains(word.as_str()));
    out.extend([
        ("key_tail", as_f32(tail)),
        ("key_tail_about", flag(behind.iter().any(about))),
        ("key_tail_digits", flag(behind.iter().all(|w| w.bytes().all(|b| b.is_ascii_digit())) && !behind.is_empty())),
        ("key_head_about", flag(before.iter().any(about))),
        ("key_words", as_f32(words.len())),
        ("key_length", as_f32(name.len())),
        ("key_whole", flag(pair.is_some_and(|p| p.class.whole))),
        ("key_plural", flag(pair.is_some_and(|p| p.class.plural))),
        ("key_upper", flag(upper && !lower)),
        ("key_camel", flag(upper && lower)),
        ("key_dotted", flag(name.contains(&b'.'))),
        ("key_negated", flag(any(&lists.negated))),
        ("key_public", flag(any(&lists.public))),
        ("key_crypto", flag(any(&lists.crypto))),
        ("key_user", flag(any(&lists.user))),
        ("key_hash", flag(any(&lists.hash))),
    ]);
}

pub(super) fn shape(subject: &Subject<'_>, out: &mut impl Sink) {
    let sign = subject.pair.map(|p| p.sign);
    for (name, this) in [
        ("sign_assign", Sign::Assign),
        ("sign_colon", Sign::Colon),
        ("sign_arrow", Sign::Arrow),
        ("sign_compare", Sign::Compare),
        ("sign_call", Sign::Call),
        ("sign_comma", Sign::Comma),
        ("sign_flag", Sign::Flag),
        ("sign_space", Sign::Space),
        ("sign_element", Sign::Element),
        ("sign_pair", Sign::Pair),
    ] {
        out.put(name, flag(sign == Some(this)));
    }
    let quote = subject.pair.map(|p| p.quote);
    for (name, this) in [
        ("quote_double", Quote::Double),
        ("quote_single", Quote::Single),
        ("quote_back", Quote::Back),
        ("quote_triple", Quote::Triple),
        ("quote_escaped", Quote::Escaped),
        ("quote_bare", Quote::Bare),
    ] {
        out.put(name, flag(quote == Some(this)));
    }
    out.extend([
        ("quoted_key", flag(subject.pair.is_some_and(|p| p.quoted_key))),
        ("typed", flag(subject.pair.is_some_and(|p| p.typed))),
        ("wrapped", flag(subject.pair.is_some_and(|p| p.wrapped))),
        ("default", flag(subject.pair.is_some_and(|p| p.default))),
        ("gap", as_f32(subject.pair.map_or(0, |p| p.value.start.saturating_sub(p.key.span.end)))),
    ]);
    let after = subject.bytes.get(subject.pair.map_or(subject.value.end, |p| p.end)..).unwrap_or_default();
    let after: &[u8] = after.get(..after.len().min(16)).unwrap_or_default();
    let next = after.iter().find(|b| !matches!(b, b' ' | b'\t')).copied().unwrap_or(b'\n');
    out.extend([
        ("next_colon", flag(next == b':')),
        ("next_plus", flag(next == b'+' || next == b'.' || next == b'%')),
        ("next_comma", flag(next == b',')),
        ("next_semicolon", flag(next == b';')),
        ("next_paren", flag(next == b')')),
        ("next_brace", flag(next == b'}' || next == b']')),
        ("next_line", flag(next == b'\n' || next == b'\r')),
        ("next_adjacent", flag(after.first().is_some_and(u8::is_ascii_alphanumeric))),
        ("next_open", flag(next == b'(' || next == b'[' || next == b'{')),
    ]);
    let before = subject
        .pair
        .and_then(|p| p.key.span.start.checked_sub(1))
        .and_then(|i| subject.bytes.get(i))
        .copied()
        .unwrap_or(b'\n');
    out.extend([
        ("before_quote", flag(matches!(before, b'"' | b'\'' | b'`'))),
        ("before_dash", flag(before == b'-')),
        ("before_space", flag(matches!(before, b' ' | b'\t'))),
        ("before_line", flag(before == b'\n')),
        ("before_open", flag(matches!(before, b'(' | b'{' | b',' | b'['))),
        ("before_query", flag(matches!(before, b'?' | b'&' | b';'))),
        ("before_sigil", flag(matches!(before, b'$' | b'@' | b':' | b'#' | b'%'))),
        ("before_member", flag(matches!(before, b'>' | b'.' | b'\\' | b'/'))),
    ]);
}

pub(super) fn place(subject: &Subject<'_>, out: &mut impl Sink) {
    for (name, this) in [
        ("format_code", Format::Code),
        ("format_yaml", Format::Yaml),
        ("format_json", Format::Json),
        ("format_config", Format::Config),
        ("format_markup", Format::Markup),
        ("format_shell", Format::Shell),
        ("format_prose", Format::Prose),
        ("format_sql", Format::Sql),
    ] {
        // a properties file is a configuration file like the others
        let format = if subject.format == Format::Properties { Format::Config } else { subject.format };
        out.put(name, flag(format == this));
    }
    let traits = subject.traits;
    out.extend([
        ("path_test", flag(traits.test)),
        ("path_example", flag(traits.example)),
        ("path_docs", flag(traits.docs)),
        ("path_vendored", flag(traits.vendored)),
        ("path_texts", flag(traits.texts)),
        ("path_lock", flag(traits.lock)),
        ("path_generated", flag(traits.generated)),
    ]);
}

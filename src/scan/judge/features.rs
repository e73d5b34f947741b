//! What the judge sees of a candidate, as numbers with names. The model file refers to them by name.

use std::sync::LazyLock;

use super::value::{self, Lists};
use super::words::{Words, as_f32};
use crate::model::Span;
use crate::scan::format::{Format, PathTraits};
use crate::scan::keyvalue::{Pair, Quote, Sign, split};

/// A candidate with its surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The blob.
    pub(crate) bytes: &'a [u8],
    /// The value.
    pub(crate) value: Span,
    /// Path that reports show.
    pub(crate) path: &'a str,
    /// Its line.
    pub(crate) line: Span,
    /// Id of the rule that found it.
    pub(crate) rule: &'a str,
    /// The pair, when structure found it.
    pub(crate) pair: Option<&'a Pair>,
    pub(crate) format: Format,
    pub(crate) traits: PathTraits,
}

/// The features' names, in order.
pub(crate) fn names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let nothing = Subject {
            bytes: b"",
            path: "",
            value: Span::new(0, 0),
            line: Span::new(0, 0),
            rule: "",
            pair: None,
            format: Format::Other,
            traits: PathTraits::default(),
        };
        list(&nothing).into_iter().map(|(name, _)| name).collect()
    });
    &NAMES
}

/// The features' values, in the order of [`names`].
pub(crate) fn compute(subject: &Subject<'_>) -> Vec<f32> {
    list(subject).into_iter().map(|(_, value)| value).collect()
}

type Features = Vec<(&'static str, f32)>;

fn list(subject: &Subject<'_>) -> Features {
    let mut out = Vec::with_capacity(160);
    key(subject, &mut out);
    shape(subject, &mut out);
    place(subject, &mut out);
    characters(subject.value.of(subject.bytes), &mut out);
    forms(subject.value.of(subject.bytes), &mut out);
    wording(subject, &mut out);
    context(subject, &mut out);
    out
}

fn flag(on: bool) -> f32 {
    f32::from(u8::from(on))
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { as_f32(part) / as_f32(whole) }
}

fn key(subject: &Subject<'_>, out: &mut Features) {
    for (name, rule) in [
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
    ] {
        out.push((name, flag(subject.rule == rule)));
    }
    let about = |word: &String| Lists::get().about.contains(word);
    let pair = subject.pair;
    let words = pair.map_or(&[][..], |p| p.key.words.as_slice());
    let tail = pair.map_or(0, |p| p.class.tail);
    let behind = words.get(words.len() - tail.min(words.len())..).unwrap_or_default();
    let before = words.get(..words.len().saturating_sub(tail)).unwrap_or_default();
    let name = pair.map_or(&b""[..], |p| p.key.span.of(subject.bytes));
    let upper = name.iter().any(u8::is_ascii_uppercase);
    let lower = name.iter().any(u8::is_ascii_lowercase);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
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
        (
            "key_negated",
            flag(any(&[
                "wrong", "invalid", "bad", "fake", "mock", "no", "not", "missing", "without", "is", "has", "should",
                "test",
            ])),
        ),
        (
            "key_public",
            flag(any(&[
                "public",
                "pub",
                "foreign",
                "primary",
                "sort",
                "partition",
                "cache",
                "unique",
                "index",
                "hot",
                "short",
                "row",
            ])),
        ),
        (
            "key_crypto",
            flag(any(&[
                "private",
                "encryption",
                "encrypt",
                "signing",
                "sign",
                "aes",
                "rsa",
                "hmac",
                "master",
                "jwt",
                "ssh",
                "shared",
                "session",
                "client",
                "app",
                "access",
            ])),
        ),
        (
            "key_user",
            flag(any(&[
                "db",
                "database",
                "root",
                "admin",
                "mysql",
                "postgres",
                "smtp",
                "ldap",
                "redis",
                "sasl",
                "keystore",
                "truststore",
            ])),
        ),
        (
            "key_hash",
            flag(any(&["hash", "hashed", "digest", "encrypted", "crypt", "fingerprint", "checksum", "encoded"])),
        ),
    ]);
}

fn shape(subject: &Subject<'_>, out: &mut Features) {
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
        out.push((name, flag(sign == Some(this))));
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
        out.push((name, flag(quote == Some(this))));
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

fn place(subject: &Subject<'_>, out: &mut Features) {
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
        out.push((name, flag(subject.format == this)));
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

fn characters(value: &[u8], out: &mut Features) {
    let count = |test: fn(&u8) -> bool| value.iter().filter(|b| test(b)).count();
    let (lower, upper, digit) =
        (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
    let space = count(u8::is_ascii_whitespace);
    let symbol = count(u8::is_ascii_punctuation);
    let length = value.len();
    let letters = lower + upper;
    let mut distinct = value.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    #[expect(clippy::cast_possible_truncation, reason = "entropy is at most 8")]
    let entropy = value::entropy(value) as f32;
    out.extend([
        ("length", as_f32(length)),
        ("lower", share(lower, length)),
        ("upper", share(upper, length)),
        ("digit", share(digit, length)),
        ("symbol", share(symbol, length)),
        ("spaces", as_f32(space)),
        ("symbols", as_f32(symbol)),
        ("digits", as_f32(digit)),
        ("only_lower", flag(lower == length)),
        ("only_letters", flag(letters == length)),
        ("only_alnum", flag(letters + digit == length)),
        ("only_digits", flag(digit == length)),
        ("only_hex", flag(value.iter().all(u8::is_ascii_hexdigit))),
        ("classes", flag(lower > 0) + flag(upper > 0) + flag(digit > 0) + flag(symbol > 0)),
        ("non_ascii", share(value.iter().filter(|b| !b.is_ascii()).count(), length)),
        ("entropy", entropy),
        ("entropy_share", if length < 2 { 0.0 } else { entropy / as_f32(length).log2() }),
        ("distinct", share(distinct.len(), length)),
        ("longest_run", as_f32(value::longest_run(value))),
        ("longest_sequence", as_f32(value::longest_sequence(value))),
        ("vowels", share(value.iter().filter(|b| b"aeiouAEIOU".contains(b)).count(), letters)),
        ("consonant_run", as_f32(longest_consonants(value))),
        ("alternations", share(value.windows(2).filter(|w| class(w.first()) != class(w.last())).count(), length)),
        ("ends_digits", as_f32(value.iter().rev().take_while(|b| b.is_ascii_digit()).count())),
        ("starts_letter", flag(value.first().is_some_and(u8::is_ascii_alphabetic))),
        ("starts_upper", flag(value.first().is_some_and(u8::is_ascii_uppercase))),
    ]);
}

fn class(byte: Option<&u8>) -> u8 {
    match byte {
        Some(b) if b.is_ascii_lowercase() => 0,
        Some(b) if b.is_ascii_uppercase() => 1,
        Some(b) if b.is_ascii_digit() => 2,
        _ => 3,
    }
}

fn longest_consonants(value: &[u8]) -> usize {
    let is_consonant = |b: &u8| b.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(b);
    value.split(|b| !is_consonant(b)).map(<[u8]>::len).max().unwrap_or(0)
}

fn forms(value: &[u8], out: &mut Features) {
    let has = |byte: u8| value.contains(&byte);
    let contains = |text: &[u8]| memchr::memmem::find(value, text).is_some();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let identifier = value.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') && value.iter().all(is_name);
    let humps =
        value.windows(2).filter(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())).count();
    let length = value.len();
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    let extension = memchr::memrchr(b'.', value).map_or(0, |at| length - at - 1);
    out.extend([
        ("identifier", flag(identifier)),
        (
            "dotted_identifier",
            flag(has(b'.') && value.split(|b| *b == b'.').all(|p| !p.is_empty() && p.iter().all(is_name))),
        ),
        ("camel", flag(humps > 0 && identifier)),
        ("humps", as_f32(humps)),
        ("snake", flag(identifier && has(b'_'))),
        ("kebab", flag(has(b'-') && value.iter().all(|b| is_name(b) || *b == b'-'))),
        (
            "shouting",
            flag(identifier && value.iter().any(u8::is_ascii_uppercase) && !value.iter().any(u8::is_ascii_lowercase)),
        ),
        ("call", flag(has(b'(') || has(b')'))),
        ("brackets", flag(has(b'[') || has(b']'))),
        ("braces", flag(has(b'{') || has(b'}'))),
        ("angles", flag(has(b'<') || has(b'>'))),
        ("dollar", flag(has(b'$'))),
        ("percent", flag(has(b'%'))),
        ("at", flag(has(b'@'))),
        ("colon", flag(has(b':'))),
        ("equals", flag(has(b'='))),
        ("ends_equals", as_f32(value.iter().rev().take_while(|b| **b == b'=').count())),
        ("slash", as_f32(value.iter().filter(|b| **b == b'/').count())),
        ("starts_slash", flag(value.first().is_some_and(|b| matches!(b, b'/' | b'.' | b'~' | b'\\')))),
        ("url", flag(contains(b"://"))),
        ("extension", flag((2..=4).contains(&extension))),
        ("arrow", flag(contains(b"->") || contains(b"=>") || contains(b"::"))),
        ("comma", flag(has(b','))),
        ("escape", flag(has(b'\\'))),
        ("quote_inside", flag(has(b'"') || has(b'\'') || has(b'`'))),
        ("uuid", flag(value::is_uuid(value))),
        ("hash_length", flag(hex && matches!(length, 32 | 40 | 56 | 64 | 96 | 128))),
        (
            "base64",
            flag(
                length >= 16
                    && length % 4 == 0
                    && value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)),
            ),
        ),
        ("jwt", flag(value.starts_with(b"eyJ"))),
        (
            "hash_scheme",
            flag(
                value.starts_with(b"$") && value.iter().filter(|b| **b == b'$').count() > 2
                    || value.starts_with(b"{") && has(b'}'),
            ),
        ),
        ("ssh_public", flag(value.starts_with(b"ssh-") || value.starts_with(b"AAAA"))),
        ("placeholder", flag(value::is_placeholder(value))),
    ]);
}

fn wording(subject: &Subject<'_>, out: &mut Features) {
    let value = subject.value.of(subject.bytes);
    let value = value.get(..value.len().min(256)).unwrap_or_default();
    let lower = value.to_ascii_lowercase();
    let words = Words::get();
    let lists = Lists::get();
    let parts = split(value);
    let placeholder = parts.iter().filter(|part| lists.placeholders.contains(part)).count();
    let known = parts.iter().filter(|part| part.len() > 2 && words.knows(part.as_bytes())).count();
    let key_words = subject.pair.map_or(&[][..], |p| p.key.words.as_slice());
    let shared = parts.iter().filter(|part| part.len() > 2 && key_words.contains(part)).count();
    let has = |text: &str| memchr::memmem::find(&lower, text.as_bytes()).is_some();
    let letters = parts.iter().filter(|p| p.len() > 2).map(String::len).max().unwrap_or(0);
    out.extend([
        ("parts", as_f32(parts.len())),
        ("parts_known", share(known, parts.len())),
        ("parts_placeholder", share(placeholder, parts.len())),
        ("parts_of_key", share(shared, parts.len())),
        ("longest_part", as_f32(letters)),
        ("is_word", flag(words.knows(&lower))),
        ("is_placeholder_word", flag(lists.placeholders.iter().any(|w| w.as_bytes() == lower))),
        ("likelihood", words.likelihood(&lower)),
        ("coverage3", words.coverage(&lower, 3)),
        ("coverage4", words.coverage(&lower, 4)),
        ("coverage5", words.coverage(&lower, 5)),
        ("says_password", flag(has("pass") || has("pwd"))),
        ("says_secret", flag(has("secret"))),
        ("says_token", flag(has("token"))),
        ("says_key", flag(has("key"))),
        ("says_test", flag(has("test") || has("example") || has("dummy") || has("fake") || has("sample"))),
    ]);
}

/// How far round the value it is counted, bytes.
const NEIGHBOURHOOD: usize = 32 << 10;

fn context(subject: &Subject<'_>, out: &mut Features) {
    let line = subject.line.of(subject.bytes);
    let line = line.get(..line.len().min(512)).unwrap_or_default();
    let head = line.trim_ascii_start();
    let lower = line.to_ascii_lowercase();
    let has = |text: &str| memchr::memmem::find(&lower, text.as_bytes()).is_some();
    let value = subject.value.of(subject.bytes);
    let from = subject.value.start.saturating_sub(NEIGHBOURHOOD);
    let around = Span::new(from, (subject.value.end + NEIGHBOURHOOD).min(subject.bytes.len())).of(subject.bytes);
    let times =
        if value.len() < 3 || value.len() > 200 { 0 } else { memchr::memmem::find_iter(around, value).take(9).count() };
    let quoted = |mark: u8| [&[mark], value, &[mark]].concat();
    let as_literal = if value.len() < 3 || value.len() > 200 {
        0
    } else {
        memchr::memmem::find_iter(around, &quoted(b'"')).take(9).count()
            + memchr::memmem::find_iter(around, &quoted(b'\'')).take(9).count()
    };
    let comment = ["#", "//", "*", "--", "<!--", "/*", ";", "%"].iter().any(|mark| head.starts_with(mark.as_bytes()));
    out.extend([
        ("line_comment", flag(comment)),
        ("line_length", as_f32(subject.line.len().min(2000))),
        ("line_indent", as_f32(line.len() - head.len())),
        ("line_column", as_f32(subject.value.start.saturating_sub(subject.line.start).min(2000))),
        ("line_asserts", flag(has("assert") || has("expect") || has("should") || has("equal"))),
        ("line_user", flag(has("user") || has("login") || has("account"))),
        ("line_host", flag(has("host") || has("server") || has("jdbc") || has("://"))),
        ("line_defines", flag(has("def ") || has("func ") || has("function") || has("class ") || has("import "))),
        ("line_error", flag(has("error") || has("invalid") || has("throw") || has("raise") || has("log"))),
        ("line_markup", flag(has("<input") || has("<label") || has("</") || has("html"))),
        ("line_regex", flag(has("regex") || has("match") || has("pattern"))),
        ("line_env", flag(has("env") || has("export ") || has(" -e "))),
        ("line_hash", flag(has("sha") || has("md5") || has("integrity") || has("checksum") || has("bcrypt"))),
        ("line_signs", as_f32(line.iter().filter(|b| matches!(b, b'=' | b':')).count())),
        ("times", as_f32(times)),
        ("times_other", as_f32(times.saturating_sub(as_literal))),
        ("file_size", as_f32(subject.bytes.len().min(1 << 20)).max(1.0).log2()),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_its_own_name() {
        let mut seen = names().to_vec();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), names().len());
    }
}

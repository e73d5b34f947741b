//! Candidates by structure: a key that a rule names, a sign, and a value, in the shapes in which configuration
//! formats, shells, SQL, markup and the common languages write them.

mod block;
mod bridge;
mod key;
mod literal;

pub(crate) use bridge::Sign;
pub(crate) use key::{Class, Key, Keys, parts};
pub(crate) use literal::Quote;

use crate::model::Span;
use crate::scan::format::Format;

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) key: Key,
    pub(crate) class: Class,
    /// The value's exact bytes.
    pub(crate) value: Span,
    pub(crate) sign: Sign,
    pub(crate) quote: Quote,
    /// Just past the closing quote.
    pub(crate) end: usize,
    pub(crate) quoted_key: bool,
    pub(crate) typed: bool,
    pub(crate) wrapped: bool,
    /// The value is the default of a lookup.
    pub(crate) default: bool,
}

/// The pairs whose keys hold one of `hits` (spans of keywords, in order); `keys` are the rules' keys.
pub(crate) fn pairs(bytes: &[u8], hits: &[Span], keys: &Keys, format: Format) -> Vec<Pair> {
    let mut out: Vec<Pair> = Vec::new();
    let mut last_key = 0;
    let mut names = key::Names::new(keys);
    for hit in hits {
        if hit.start < last_key {
            continue;
        }
        let Some(name) = key::name_at(bytes, *hit).filter(|name| !bridge::leads_nowhere(bytes, *name, format)) else {
            continue;
        };
        let Some((key, class)) = names.key(bytes, name) else { continue };
        last_key = key.span.end;
        if in_reference(bytes, key.span.start) {
            if format == Format::Code {
                out.extend(default_in_reference(bytes, key, class));
            }
            continue;
        }
        let Some(bridge) = bridge::bridge(bytes, key.span, format) else { continue };
        if bridge.sign == Sign::Call && key.words.first().is_some_and(|word| LOOKUPS.contains(&word.as_str())) {
            continue;
        }
        let (value, default) = default_of(bytes, bridge.literal.value);
        let value = scheme_stripped(bytes, behind_scheme(bytes, value, bridge.literal.quote));
        if value.is_empty() {
            continue;
        }
        out.push(Pair {
            key,
            class,
            value,
            sign: bridge.sign,
            quote: bridge.literal.quote,
            end: bridge.literal.end,
            quoted_key: bridge.quoted_key,
            typed: bridge.typed,
            wrapped: bridge.wrapped,
            default: bridge.default || default,
        });
    }
    out
}

/// A call whose name starts so takes the name of a credential, not the credential.
const LOOKUPS: [&str; 14] = [
    "get", "fetch", "read", "load", "find", "lookup", "has", "is", "delete", "remove", "require", "resolve", "list",
    "describe",
];

/// How far before a key the reference that holds it may start, bytes.
const MAX_REFERENCE: usize = 160;

/// Whether the text that leads up to `at` without a break is a reference: an ARN, a dynamic reference.
fn in_reference(bytes: &[u8], at: usize) -> bool {
    let before = Span::new(at.saturating_sub(MAX_REFERENCE), at).of(bytes);
    let from =
        before.iter().rposition(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`')).map_or(0, |i| i + 1);
    let word = before.get(from..).unwrap_or_default();
    // one of these is in each mark, and in few keys
    let may = word.iter().any(|byte| matches!(byte, b':' | b'$'));
    may && [&b"arn:"[..], b"{{resolve:", b"op://", b"vault:", b"${"]
        .iter()
        .any(|mark| memchr::memmem::find(word, mark).is_some())
}

/// `${NAME:-default}` and `${name:default}`: the default is the value.
fn default_of(bytes: &[u8], value: Span) -> (Span, bool) {
    let text = value.of(bytes);
    let unchanged = (value, false);
    let Some(body) = text.strip_prefix(b"${").and_then(|t| t.strip_suffix(b"}")) else { return unchanged };
    let Some(colon) = memchr::memchr(b':', body) else { return unchanged };
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if colon == 0 || !body.get(..colon).is_some_and(|name| name.iter().all(is_name)) {
        return unchanged;
    }
    let skip = 1 + usize::from(matches!(body.get(colon + 1), Some(b'-' | b'=')));
    let start = value.start + 2 + colon + skip;
    (Span::new(start, (value.end - 1).max(start)), true)
}

/// `"${db.password:v}"`, where the key stands in the look-up itself: the default is the value.
fn default_in_reference(bytes: &[u8], key: Key, class: Class) -> Option<Pair> {
    let before = Span::new(key.span.start.saturating_sub(3), key.span.start).of(bytes);
    let body = bytes.get(key.span.end..)?.strip_prefix(b":")?;
    let skip = usize::from(matches!(body.first(), Some(b'-' | b'=')));
    let body = body.get(skip..literal::MAX_VALUE.min(body.len()))?;
    let value = body.get(..memchr::memchr3(b'}', b'\n', b'"', body)?)?;
    let closed = body.get(value.len()) == Some(&b'}') && before == b"\"${" && class.tail == 0;
    // `${NAME:?message}`, `${NAME:+other}` and nested look-ups hold no default
    let plain = !value.is_empty() && !value.starts_with(b"?") && !value.starts_with(b"+") && !value.contains(&b'$');
    let start = key.span.end + 1 + skip;
    (closed && plain).then(|| Pair {
        class,
        value: Span::new(start, start + value.len()),
        sign: Sign::Colon,
        quote: Quote::Double,
        end: start + value.len(),
        quoted_key: false,
        typed: false,
        wrapped: true,
        default: true,
        key,
    })
}

/// Schemes that stand before a credential in a header.
const SCHEMES: [&[u8]; 6] = [b"bearer ", b"basic ", b"token ", b"apikey ", b"bot ", b"pass:"];

/// A bare value that is nothing but a scheme goes on behind the space.
fn behind_scheme(bytes: &[u8], value: Span, quote: Quote) -> Span {
    let with_space = Span::new(value.start, value.end + 1).of(bytes);
    let is_scheme = |scheme: &&[u8]| scheme.ends_with(b" ") && scheme.eq_ignore_ascii_case(with_space);
    if quote != Quote::Bare || !SCHEMES.iter().any(is_scheme) {
        return value;
    }
    literal::bare(bytes, value.end + 1, false).map_or(value, |next| Span::new(value.start, next.value.end))
}

/// `Bearer v`, `Basic v`, `token v`: the scheme is no part of the credential.
fn scheme_stripped(bytes: &[u8], value: Span) -> Span {
    let text = value.of(bytes);
    for scheme in SCHEMES {
        let head = text.get(..scheme.len()).unwrap_or_default();
        if head.eq_ignore_ascii_case(scheme) {
            let rest = text.get(scheme.len()..).unwrap_or_default();
            let blanks = rest.len() - rest.trim_ascii_start().len();
            return Span::new(value.start + scheme.len() + blanks, value.end);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Keys {
        let keys = |list: &[&str]| list.iter().map(|k| k.split(' ').map(str::to_owned).collect()).collect();
        Keys::new(vec![
            keys(&["password", "passwd", "pass", "pwd", "identified by"]),
            keys(&["api key", "token", "secret", "authorization"]),
        ])
    }

    fn found(path: &str, text: &str) -> Vec<String> {
        let words = ["passw", "pass", "pwd", "identified by", "key", "token", "secret", "authorization"];
        let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(words).unwrap();
        let hits: Vec<Span> = automaton.find_overlapping_iter(text).map(|m| Span::new(m.start(), m.end())).collect();
        pairs(text.as_bytes(), &hits, &rules(), Format::of(path))
            .iter()
            .map(|p| String::from_utf8_lossy(p.value.of(text.as_bytes())).into_owned())
            .collect()
    }

    #[test]
    fn every_common_shape_gives_its_exact_value() {
        for (path, text) in [
            ("a.py", r#"password = "V4lue""#),
            ("a.py", r"self.db_password: str = 'V4lue'"),
            ("a.py", r#"if password == "V4lue":"#),
            ("a.java", r#"@Value("${db.password:V4lue}")"#),
            ("a.kt", r#"mapOf("password" to "V4lue")"#),
            ("a.c", r#"char password[] = "V4lue";"#),
            ("a.c", r#"char password[64] = "V4lue";"#),
            ("a.cpp", r#"std::string password{"V4lue"};"#),
            ("a.tf", "variable \"password\" {\n  type = string\n  default = \"V4lue\"\n}"),
            ("Dockerfile", "ENV PASSWORD V4lue\n"),
            ("a.http", "Authorization: Token V4lue\n"),
            ("a.py", r#"connect(user="x", password="V4lue")"#),
            ("a.py", r#"p = os.environ.get("PASSWORD", "V4lue")"#),
            ("a.py", r#"PASSWORD = os.environ.get("X") or "V4lue""#),
            ("a.js", r"const apiKey = process.env.KEY || 'V4lue';"),
            ("a.js", r"{ password: 'V4lue' }"),
            ("a.json", r#"{"password": "V4lue"}"#),
            ("a.json", r#""body": "{\"password\":\"V4lue\"}""#),
            ("a.rb", r":password => 'V4lue'"),
            ("a.cs", r#"public string Password { get; private set; } = "V4lue";"#),
            ("a.go", r#"Password := "V4lue""#),
            ("a.go", r#"var password string = "V4lue""#),
            ("a.go", r#"c.SetPassword("V4lue")"#),
            ("a.rs", r#"const PASSWORD: &[u8; 5] = b"V4lue";"#),
            ("a.rs", r#"static PASSWORD: &'static [u8] = b"V4lue";"#),
            ("a.rs", r#"let password: [u8; 5] = *b"V4lue";"#),
            ("a.rs", r#"let password = env::var("PW").unwrap_or("V4lue".into());"#),
            ("a.rs", r#"let password = env::var("PW").unwrap_or_else(|_| "V4lue".to_string());"#),
            ("a.scala", r#"val password = sys.env.get("PW").getOrElse("V4lue")"#),
            ("a.java", r#"String password = Optional.ofNullable(System.getenv("PW")).orElse("V4lue");"#),
            ("a.rb", r#"password = ENV.fetch("PW") { "V4lue" }"#),
            ("a.kt", r#"const val PASSWORD: String = "V4lue""#),
            ("a.scala", r#"password = Some("V4lue")"#),
            ("a.scala", r#"val password: String = s"V4lue""#),
            ("a.scala", r#"val password = raw"V4lue""#),
            ("a.scala", r#"Map("password" -> s"""V4lue""")"#),
            ("a.scala", r#"final val DbPassword = """V4lue""""#),
            ("a.java", r#"props.put("password", "V4lue");"#),
            ("a.php", r"define('DB_PASSWORD', 'V4lue');"),
            ("a.xml", "<password>V4lue</password>"),
            ("a.xml", r#"<entry key="password">V4lue</entry>"#),
            ("a.xml", r#"<add password="V4lue" />"#),
            ("a.config", r#"<add key="ApiKey" value="V4lue" />"#),
            ("a.yml", "password: V4lue # no"),
            ("a.yml", "password: &sign V4lue # no"),
            ("a.yml", "password: !!str V4lue"),
            ("a.yml", "password: &a !!str 'V4lue'"),
            ("a.yml", "- name: PASSWORD\n  value: V4lue\n"),
            ("a.yml", "password: ${PW:-V4lue}"),
            ("a.ini", "password = V4lue\n"),
            (".env", "DB_PASSWORD=V4lue\n"),
            ("a.properties", "db.password=V4lue\r\n"),
            ("a.sh", "mysql --password V4lue -e x"),
            ("a.sh", "mysql --password=V4lue -e x"),
            ("a.md", "docker run -e MYSQL_PASSWORD=V4lue -e X=1"),
            ("a.sql", "CREATE USER a IDENTIFIED BY 'V4lue';"),
            ("a.sql", "ALTER ROLE a PASSWORD 'V4lue'"),
            ("a.py", r#"headers = {"Authorization": "Bearer V4lue"}"#),
            ("a.md", "API key: V4lue"),
            ("a.cs", r#""Server=x;Password=V4lue;Database=y""#),
        ] {
            assert_eq!(found(path, text), ["V4lue"], "{path}: {text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_key_gives_nothing() {
        for (path, text) in [
            ("a.py", r#"compass = "V4lue""#),
            ("a.py", r#"password = get_password("name")"#),
            ("a.py", r#"password = os.environ["PASSWORD"]"#),
            ("a.py", "def login(password):"),
            ("a.rs", "pub const MD_PASSWORD: u32 = 5015u32;"),
            ("a.rs", "pub const STATUS_TOKEN: i32 = -0x7F_u32;"),
            ("a.c", "[aux_sym_token] = ACTIONS(15),"),
            ("a.c", "[sym_token] = true,"),
            ("a.rs", "pub token: std::string::String,"),
            ("a.rs", r#"let password = env::var("PW").unwrap_or_default();"#),
            ("a.rs", r#"let password = env::var("PW").expect("PW is not set");"#),
            ("a.go", "package token"),
            ("a.java", r#"@Value("${db.password}")"#),
            ("a.sh", r"x=${PASSWORD:?must be set}"),
            ("a.tf", "variable \"password\" {\n  type = string\n}\nx = \"y\""),
            ("Dockerfile", "ARG PASSWORD\nRUN x\n"),
        ] {
            assert_eq!(found(path, text), Vec::<String>::new(), "{path}: {text}");
        }
    }
}

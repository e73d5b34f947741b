//! Credentials that consist of several parts: host, port, user, password and database of one service become
//! one JSON secret in the shape that AWS's rotation functions read.
//!
//! Source: Secrets Manager user guide, "JSON structure of Secrets Manager secrets" (keys `engine`, `host`,
//! `port`, `username`, `password`, `dbname`; all values are written as strings).

use std::sync::LazyLock;

use regex::bytes::Regex;
use zeroize::Zeroizing;

use super::group::Usable;
use super::words::words;
use crate::model::Neighbour;
use crate::secret::SecretValue;

/// The parts of a composite secret that are not secret, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Composite {
    engine: Option<&'static str>,
    pub(super) host: String,
    port: Option<String>,
    username: String,
    pub(super) dbname: Option<String>,
}

/// The JSON key of the secret part.
pub(super) const PASSWORD: &str = "password";

impl Composite {
    /// Recognises the parts round a password: from the keys beside it, or from the URL that it stands in.
    pub(super) fn of(usable: &Usable<'_>) -> Option<Self> {
        if usable.found.value.with_bytes(|bytes| std::str::from_utf8(bytes).is_err()) {
            return None;
        }
        Self::from_url(usable).or_else(|| Self::from_neighbours(usable))
    }

    fn from_neighbours(usable: &Usable<'_>) -> Option<Self> {
        let key = usable.key()?;
        if !words(key).last().is_some_and(|word| is_password_word(word)) {
            return None;
        }
        let role = |wanted: Role| {
            let hit = usable.found.neighbours.iter().find(|n| role_of(&n.key) == Some(wanted) && is_concrete(&n.value));
            hit.map(|neighbour| neighbour.value.clone())
        };
        let port = role(Role::Port).filter(|port| port.parse::<u16>().is_ok());
        let engine = role(Role::Engine).and_then(|text| engine_of(&text));
        let engine = engine.or_else(|| engine_by_key(key, &usable.found.neighbours));
        let engine = engine.or_else(|| engine_by_port(port.as_deref()));
        let dbname = role(Role::Database);
        // A mail server has a host and a user too; no rotation function knows it.
        if engine.is_none() && dbname.is_none() {
            return None;
        }
        Some(Self { engine, host: role(Role::Host)?, username: role(Role::Username)?, dbname, port })
    }

    /// Only where the rewrite replaces the password alone: otherwise the program reads the whole URL back.
    fn from_url(usable: &Usable<'_>) -> Option<Self> {
        let value = usable.located.value;
        if usable.found.site.replace != value {
            return None;
        }
        let before = usable.blob.bytes.get(..value.start)?;
        let line = usable.blob.lines.line_of(value.start);
        let start = usable.blob.lines.line_span(&usable.blob.bytes, line)?.start;
        let head = URL_HEAD.captures(before.get(start..)?)?;
        let tail = URL_TAIL.captures(usable.blob.bytes.get(value.end..)?)?;
        let text =
            |m: Option<regex::bytes::Match<'_>>| m.and_then(|m| std::str::from_utf8(m.as_bytes()).ok()).map(plain);
        let engine = engine_of(&text(head.get(1))??)?;
        Some(Self {
            engine: Some(engine),
            username: text(head.get(2))??,
            host: text(tail.get(1))??,
            port: text(tail.get(2)).flatten(),
            dbname: text(tail.get(3)).flatten(),
        })
    }

    /// The JSON keys, in order.
    pub(super) fn keys(&self) -> Vec<String> {
        self.fields().map(|(key, _)| key.to_owned()).collect()
    }

    /// Whether a rotation function could read it: all need the engine.
    pub(super) fn has_engine(&self) -> bool {
        self.engine.is_some()
    }

    /// The JSON object with `password` in its place; no copy of the value is left behind.
    pub(super) fn seal(&self, password: &SecretValue) -> SecretValue {
        password.with_bytes(|bytes| {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            // Room for the worst escaping (six characters a byte), so that the buffer never moves.
            let rest: usize = self.fields().map(|(key, value)| key.len() + value.map_or(0, str::len) * 6 + 8).sum();
            let mut json = Zeroizing::new(Vec::with_capacity(bytes.len() * 6 + rest + 2));
            for (key, value) in self.fields() {
                let opening = if json.is_empty() { b'{' } else { b',' };
                json.push(opening);
                // Writing a string to a Vec can't fail.
                let _ = serde_json::to_writer(&mut *json, key);
                json.push(b':');
                let _ = serde_json::to_writer(&mut *json, value.unwrap_or(text));
            }
            json.push(b'}');
            SecretValue::new(json.to_vec())
        })
    }

    /// Keys and values in order; the secret part has `None`.
    fn fields(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        let all = [
            ("engine", self.engine.map(Some)),
            ("host", Some(Some(self.host.as_str()))),
            ("port", self.port.as_deref().map(Some)),
            ("username", Some(Some(self.username.as_str()))),
            (PASSWORD, Some(None)),
            ("dbname", self.dbname.as_deref().map(Some)),
        ];
        all.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)))
    }
}

/// `scheme://user:` right before the password.
static URL_HEAD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^\s:/@]+):$").ok());
/// `@host`, `:port` and `/database` right after it.
static URL_TAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^@([A-Za-z0-9._\-]+)(?::([0-9]{1,5}))?(?:/([A-Za-z0-9_.\-]+))?").ok());

trait Captures {
    fn captures<'h>(&self, text: &'h [u8]) -> Option<regex::bytes::Captures<'h>>;
}

impl Captures for LazyLock<Option<Regex>> {
    fn captures<'h>(&self, text: &'h [u8]) -> Option<regex::bytes::Captures<'h>> {
        self.as_ref().and_then(|regex| regex.captures(text))
    }
}

/// A URL part that is the same decoded; `None` for one with percent-encoding, which is left to the program.
fn plain(text: &str) -> Option<String> {
    (!text.contains('%')).then(|| text.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Host,
    Port,
    Username,
    Database,
    Engine,
}

fn role_of(key: &str) -> Option<Role> {
    let words = words(key);
    let last = words.last()?.as_str();
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    Some(match last {
        "host" | "hostname" | "server" | "address" | "servername" | "hostaddr" | "pghost" => Role::Host,
        "port" | "pgport" => Role::Port,
        "user" | "username" | "login" | "uid" | "userid" | "pguser" => Role::Username,
        "database" | "dbname" | "db" | "schema" | "pgdatabase" => Role::Database,
        "name" if matches!(before, "user" | "login") => Role::Username,
        "name" if matches!(before, "host" | "server") => Role::Host,
        "name" if matches!(before, "" | "db" | "database") => Role::Database,
        "engine" | "adapter" | "dialect" | "driver" | "type" | "connection" | "client" | "vendor" => Role::Engine,
        _ => return None,
    })
}

pub(super) fn is_password_word(word: &str) -> bool {
    matches!(word, "password" | "passwd" | "pwd" | "pass" | "passphrase" | "pw" | "pgpassword")
}

/// Whether a neighbour's value is a value and not a reference to one.
fn is_concrete(value: &str) -> bool {
    !value.is_empty() && value.len() <= 255 && !value.contains("${") && !value.contains("{{") && !value.starts_with('$')
}

fn engine_of(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let known = [
        ("redshift", "redshift"),
        ("postgres", "postgres"),
        ("postgis", "postgres"),
        ("psycopg", "postgres"),
        ("mariadb", "mariadb"),
        ("mysql", "mysql"),
        ("oracle", "oracle"),
        ("sqlserver", "sqlserver"),
        ("mssql", "sqlserver"),
        ("mongo", "mongo"),
        ("db2", "db2"),
    ];
    known.iter().find(|(name, _)| text.contains(name)).map(|(_, engine)| *engine)
}

fn engine_by_key(key: &str, neighbours: &[Neighbour]) -> Option<&'static str> {
    let keys = std::iter::once(key).chain(neighbours.iter().map(|neighbour| neighbour.key.as_str()));
    keys.filter(|key| !words(key).is_empty()).find_map(|key| {
        let lower = key.to_ascii_lowercase();
        engine_of(&lower).or_else(|| (lower.starts_with("pg")).then_some("postgres"))
    })
}

fn engine_by_port(port: Option<&str>) -> Option<&'static str> {
    Some(match port? {
        "5432" => "postgres",
        "3306" => "mysql",
        "1521" => "oracle",
        "1433" => "sqlserver",
        "27017" => "mongo",
        "5439" => "redshift",
        "50000" => "db2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composite() -> Composite {
        Composite {
            engine: Some("postgres"),
            host: "db.internal".into(),
            port: Some("5432".into()),
            username: "app".into(),
            dbname: Some("orders".into()),
        }
    }

    #[test]
    fn the_json_has_the_rotation_shape_and_the_exact_password() {
        let awkward = "a\"b\\c\n\u{2028}😀\u{1}";
        let sealed = composite().seal(&SecretValue::new(awkward.as_bytes().to_vec()));
        let json: serde_json::Value = sealed.with_bytes(|bytes| serde_json::from_slice(bytes).unwrap());
        let expected = serde_json::json!({
            "engine": "postgres", "host": "db.internal", "port": "5432", "username": "app", "password": awkward, "dbname": "orders",
        });
        assert_eq!(json, expected);
        assert_eq!(composite().keys(), ["engine", "host", "port", "username", "password", "dbname"]);
    }

    #[test]
    fn keys_play_their_roles_in_any_spelling() {
        for (key, role) in [
            ("DB_HOST", Role::Host),
            ("hostName", Role::Host),
            ("spring.datasource.username", Role::Username),
            ("userName", Role::Username),
            ("NAME", Role::Database),
            ("DB_NAME", Role::Database),
            ("db.port", Role::Port),
            ("ENGINE", Role::Engine),
        ] {
            assert!(role_of(key) == Some(role), "{key}");
        }
        assert!(role_of("display_name").is_none());
        assert!(role_of("file_name").is_none());
    }

    #[test]
    fn engines_are_told_by_driver_names_keys_and_ports() {
        assert_eq!(engine_of("django.db.backends.postgresql"), Some("postgres"));
        assert_eq!(engine_of("postgresql+psycopg2"), Some("postgres"));
        assert_eq!(engine_of("mongodb+srv"), Some("mongo"));
        assert_eq!(engine_by_key("PGPASSWORD", &[]), Some("postgres"));
        assert_eq!(engine_by_port(Some("1433")), Some("sqlserver"));
        assert_eq!(engine_of("redis"), None);
    }
}

//! What sort of credential another tool's rule is about, by the words of its name.

use crate::model::Kind;

/// Words of rule names; the first that occurs decides.
const WORDS: [(&str, Kind); 19] = [
    ("private-key", Kind::PrivateKey),
    ("private key", Kind::PrivateKey),
    ("privatekey", Kind::PrivateKey),
    ("pem", Kind::PrivateKey),
    ("connection", Kind::Connection),
    ("jdbc", Kind::Connection),
    ("postgres", Kind::Connection),
    ("mongodb", Kind::Connection),
    ("credential-uri", Kind::Connection),
    ("basic auth", Kind::Password),
    ("password", Kind::Password),
    ("passwd", Kind::Password),
    ("token", Kind::Token),
    ("jwt", Kind::Token),
    ("-pat", Kind::Token),
    ("api", Kind::ApiKey),
    ("access", Kind::ApiKey),
    ("key", Kind::ApiKey),
    ("secret", Kind::Secret),
];

/// The kind that a rule's name tells; [`Kind::Secret`] where it tells none.
pub fn kind_of(rule: &str) -> Kind {
    let name = rule.to_ascii_lowercase().replace('_', "-");
    WORDS.iter().find(|(word, _)| name.contains(word)).map_or(Kind::Secret, |(_, kind)| *kind)
}

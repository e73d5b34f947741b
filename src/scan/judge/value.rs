//! What a value says about itself: a reference, a placeholder, code, a path, a sentence, or something random.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::FixedState;
use serde::Deserialize;

use super::needles::{Held, Needles};
use crate::model::ByteSet;
use crate::rules::validators;

/// Words that are looked up by the thousand.
pub(super) type WordSet = HashSet<String, FixedState>;

/// The judge's word lists, `rules/judge/lists.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lists {
    pub(super) about: WordSet,
    pub(super) negated: WordSet,
    pub(super) public: WordSet,
    pub(super) crypto: WordSet,
    pub(super) user: WordSet,
    pub(super) hash: WordSet,
    pub(super) placeholders: WordSet,
    pub(super) examples: Vec<String>,
}

impl Lists {
    /// The embedded lists.
    pub(super) fn get() -> &'static Self {
        static LISTS: LazyLock<Lists> =
            LazyLock::new(|| toml::from_str(include_str!("../../../rules/judge/lists.toml")).unwrap_or_default());
        &LISTS
    }

    /// Whether a word (lower case) stands for a credential.
    pub(super) fn stands_in(&self, word: &[u8]) -> bool {
        std::str::from_utf8(word).is_ok_and(|word| self.placeholders.contains(word))
    }
}

/// Texts that make a value a reference to a secret that lies elsewhere, at its start.
const REFERENCE_STARTS: [&str; 35] = [
    "arn:",
    "{{resolve:",
    "op://",
    "vault:",
    "ref+",
    "enc[",
    "enc(",
    "!vault",
    "$ansible_vault",
    "{cipher}",
    "projects/",
    "aws-sm://",
    "ssm:",
    "secretsmanager:",
    "secretmanager:",
    "sm://",
    "gcp-sm://",
    "azure-kv:",
    "@microsoft.keyvault",
    "keyvault:",
    "env:",
    "env.",
    "process.env",
    "os.environ",
    "os.getenv",
    "getenv",
    "system.getenv",
    "secretref:",
    "valuefrom",
    "!ref",
    "!sub",
    "!getatt",
    "!importvalue",
    "file://",
    "$__",
];

/// Whether the value is a reference: a migrated one, a look-up, an expansion, a template.
pub(super) fn is_reference(value: &[u8]) -> bool {
    let starts = |start: &str| value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    if REFERENCE_STARTS.into_iter().any(starts) {
        return true;
    }
    let has = |needle: &[u8]| holds(value, needle);
    if has(b"{{") && has(b"}}") || has(b"${{") || has(b"<%") || has(b"{%") || has(b":secretsmanager:") {
        return true;
    }
    if is_sealed(value) {
        return true;
    }
    let opened =
        [("${", "}"), ("$(", ")"), ("#{", "}"), ("%{", "}"), ("@{", "}"), ("[[", "]]"), ("((", "))"), ("__", "__")];
    let encloses =
        |(open, close): (&str, &str)| value.starts_with(open.as_bytes()) && value.ends_with(close.as_bytes());
    opened.into_iter().any(encloses) || is_variable(value)
}

/// Shortest value of a sealed secret in Base64: a session key of 512 bytes behind its length goes before the text.
const SEALED: usize = 700;

/// Whether the value is encrypted for one place only: a sealed secret of Kubernetes, a password of Maven's settings.
fn is_sealed(value: &[u8]) -> bool {
    let braced = value.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    let starts_with_its_length = matches!(value, [b'A', b'g', b'A'..=b'D', ..]);
    match braced {
        Some(inner) => inner.len() >= 16 && inner.ends_with(b"=") && inner.iter().all(|byte| is_base64(*byte)),
        None => value.len() >= SEALED && starts_with_its_length && validators::decode(value).is_some(),
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// `$NAME`, `%NAME%`, `$name.part`, `@name`, `:name`
fn is_variable(value: &[u8]) -> bool {
    let Some((first, rest)) = value.split_first() else { return false };
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'>' | b'-' | b'[' | b']' | b':');
    let named = rest.len() > 1
        && rest.iter().all(is_name)
        && rest.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    match first {
        // a password may start with a dollar sign: only plain names in one case count
        b'$' => named && (one_case(rest) || rest.contains(&b'>') || rest.contains(&b'.')),
        b'%' => rest.len() > 2 && rest.ends_with(b"%") && memchr::memchr_iter(b'%', rest).count() == 1,
        _ => false,
    }
}

fn one_case(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    digits * 3 <= text.len()
        && (!text.iter().any(u8::is_ascii_lowercase)
            || !text.iter().any(u8::is_ascii_uppercase)
            || text.contains(&b'_')
            || digits == 0)
}

/// Whether `needle` stands in `text`. Most values are short, and preparing a search takes longer than to do it plainly.
pub(super) fn holds(text: &[u8], needle: &[u8]) -> bool {
    if text.len() > 48 {
        return memchr::memmem::find(text, needle).is_some();
    }
    let Some(first) = needle.first() else { return true };
    text.iter()
        .enumerate()
        .any(|(at, byte)| byte == first && text.get(at..).is_some_and(|rest| rest.starts_with(needle)))
}

/// Groups of words that a value may hold; the last are those of which any makes it a stand-in.
const SAYINGS: [&[&str]; 6] = [
    &["pass", "pwd"],
    &["secret"],
    &["token"],
    &["key"],
    &["test", "example", "dummy", "fake", "sample"],
    &[
        "xxxx",
        "****",
        "....",
        "____",
        "your_",
        "your-",
        "_here",
        "-here",
        "changeme",
        "change_me",
        "placeholder",
        "redacted",
        "example",
        "dummy",
    ],
];
pub(super) const SAYS_PASSWORD: usize = 0;
pub(super) const SAYS_SECRET: usize = 1;
pub(super) const SAYS_TOKEN: usize = 2;
pub(super) const SAYS_KEY: usize = 3;
pub(super) const SAYS_TEST: usize = 4;
const SAYS_STAND_IN: usize = 5;

/// What a value says.
pub(super) fn said(value: &[u8]) -> Held {
    static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(&SAYINGS));
    NEEDLES.held(value)
}

/// Starts of values that the reader is told to replace.
const STAND_IN_STARTS: [&str; 11] =
    ["your", "my_", "my-", "insert", "enter_", "enter-", "replace", "change-", "change_", "changeme", "put_"];

/// Values that are nothing but a mark, in lower case.
const MARKS: [&[u8]; 10] = [b"%s", b"%v", b"%q", b"{0}", b"{1}", b"{}", b"...", b"?", b"-", b"\xe2\x80\xa6"];

/// Whether the value stands for a credential that the reader puts in, by its form.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    stands_in(value, said(value))
}

/// [`is_placeholder`], of a value that says so much.
pub(super) fn stands_in(value: &[u8], said: Held) -> bool {
    let enclosed = |open, close| value.starts_with(open) && value.ends_with(close);
    let starts =
        |start: &&str| value.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()));
    said.has(SAYS_STAND_IN)
        || value.len() > 2
            && (enclosed(b"<", b">") || enclosed(b"[", b"]") || enclosed(b"{", b"}") && !value.contains(&b'"'))
        || longest_run(value) * 2 > value.len().max(4)
        || MARKS.iter().any(|mark| value.eq_ignore_ascii_case(mark))
        || STAND_IN_STARTS.iter().any(starts)
        || Lists::get().examples.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether the value is nothing but a stand-in, whatever else speaks for it: a run of one character, a bracketed
/// hint, a counting-up that documentation is fond of.
pub(super) fn is_blank(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |needle: &[u8]| holds(&lower, needle);
    value.len() >= 8 && longest_run(value) * 3 > value.len() * 2
        || value.starts_with(b"<") && value.ends_with(b">")
        || has(b"&lt;")
        || counts_in_pairs(&lower)
}

/// Whether letters and digits take turns and both count on or back, as in `a1b2c3d4`.
fn counts_in_pairs(lower: &[u8]) -> bool {
    let step = |a: &u8, b: &u8| i16::from(*b) - i16::from(*a);
    let turns = |window: &[u8]| {
        window.windows(2).all(|w| match w {
            [a, b] => a.is_ascii_digit() && b.is_ascii_lowercase() || a.is_ascii_lowercase() && b.is_ascii_digit(),
            _ => false,
        })
    };
    lower.windows(8).filter(|window| turns(window)).any(|window| {
        let steps: Vec<i16> = window.iter().zip(window.iter().skip(2)).map(|(a, b)| step(a, b)).collect();
        matches!(steps.as_slice(), [a, b, rest @ ..] if a.abs() == 1 && b.abs() == 1
            && rest.chunks(2).all(|pair| pair == [*a, *b]))
    })
}

/// Whether a JSON web token is signed with a word (`eyJ….eyJ….signature`).
fn is_signed_with_a_word(value: &[u8]) -> bool {
    let signature = value.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let shape = value.starts_with(b"eyJ") && memchr::memchr_iter(b'.', value).count() == 2;
    let words = super::words::Words::get();
    shape && (3..32).contains(&signature.len()) && words.coverage(&signature.to_ascii_lowercase(), 3) > 0.7
}

/// Whether one of the value's words stands for a credential instead of being one.
fn has_stand_in(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    crate::scan::keyvalue::parts(value).any(|word| Lists::get().stands_in(word.of(&lower)))
}

/// Whether the value is what people use as a password where a machine would draw one: letters and digits, none of its
/// words a stand-in (`admin123`, but not `test123`).
pub(super) fn is_weak(value: &[u8]) -> bool {
    let digits = count(value, &u8::is_ascii_digit);
    let mixed = value.iter().all(u8::is_ascii_alphanumeric) && digits > 0 && digits < value.len() && value.len() >= 6;
    mixed && !is_placeholder(value) && !has_stand_in(value)
}

/// Whether a value in a vendor's own format is an obvious dummy; much narrower than [`is_placeholder`].
pub(super) fn is_dummy(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |needle: &[u8]| holds(&lower, needle);
    // a host or a realm may well be example.org: what counts there is the key or the password beside it
    has(b"example") && !has(b"example.")
        || has(b"xxxxxxxx")
        || has(b"********")
        || has(b"........")
        || lower.starts_with(b"your_")
        || lower.starts_with(b"your-")
        || (value.len() >= 16 && longest_run(value) * 2 > value.len())
        || has(b"placeholder")
        || has(b"redacted")
        || is_signed_with_a_word(value)
}

/// Shortest run of letters and digits that can be told from a name or a number.
const CORE: usize = 12;

/// Length of the longest run of letters and digits in the value that looks drawn at random: both cases and digits
/// all through it, no words. 0 when there is none. Whatever quotes, escapes and signs stand round it.
pub(super) fn random_core(value: &[u8]) -> usize {
    let runs = value.split(|b| !b.is_ascii_alphanumeric());
    runs.filter(|run| run.len() >= CORE && is_random(run)).map(<[u8]>::len).max().unwrap_or(0)
}

fn is_random(run: &[u8]) -> bool {
    let least = run.len() / 12 + 1;
    [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit].iter().all(|of| count(run, of) >= least)
        && is_wordless(run, -4.3)
}

/// Whether the value looks drawn at random from letters, with or without digits and a few signs. One in five draws of
/// 24 letters and digits has two digits or none, so it's the case that has to change all through it.
pub(super) fn is_drawn(value: &[u8]) -> bool {
    let letters: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    let turns = letters.windows(2).filter(|pair| changes_case(pair)).count();
    value.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
        && letters.len() >= CORE
        && letters.len() * 4 >= value.len() * 3
        && turns * 4 >= letters.len()
        && is_wordless(&letters, -4.0)
}

/// Whether nobody would call a thing by this: letters and digits that make no words. Nearly half of all
/// draws of 12 hexadecimal digits repeat so many of them that they don't look drawn at random.
pub(super) fn is_no_name(value: &[u8]) -> bool {
    let letters: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    letters.len() >= 8
        && letters.iter().any(u8::is_ascii_digit)
        && entropy(&letters) > 2.6
        && has_no_words(&letters, -3.8)
}

fn changes_case(pair: &[u8]) -> bool {
    let class = |b: &u8| (b.is_ascii_lowercase(), b.is_ascii_uppercase());
    matches!(pair, [a, b] if class(a) != class(b))
}

fn count(run: &[u8], of: &impl Fn(&u8) -> bool) -> usize {
    run.iter().filter(|b| of(b)).count()
}

/// Whether letters look drawn at random; `likeliest` is the bound on their likelihood in words.
fn is_wordless(run: &[u8], likeliest: f32) -> bool {
    entropy(run) > 3.0 && has_no_words(run, likeliest)
}

/// Whether letters follow each other as they don't in words.
fn has_no_words(run: &[u8], likeliest: f32) -> bool {
    let lower = run.to_ascii_lowercase();
    let words = super::words::Words::get();
    longest_sequence(run) < 5 && words.likelihood(&lower) < likeliest && words.coverage(&lower, 4) < 0.4
}

/// The longest run of one character.
pub(super) fn longest_run(value: &[u8]) -> usize {
    let (mut best, mut run, mut last) = (0, 0, None);
    for byte in value {
        run = if last == Some(byte) { run + 1 } else { 1 };
        last = Some(byte);
        best = best.max(run);
    }
    best
}

/// The longest run of characters that each follow the one before (`abcd`, `4321`).
pub(super) fn longest_sequence(value: &[u8]) -> usize {
    let (mut best, mut run, mut step) = (1, 1, 0_i16);
    for pair in value.windows(2) {
        let [a, b] = pair else { continue };
        let this = i16::from(*b) - i16::from(*a);
        run = match this {
            1 | -1 if this == step => run + 1,
            1 | -1 => 2,
            _ => 1,
        };
        step = this;
        best = best.max(run);
    }
    best
}

/// Shannon entropy, bits per byte.
pub(crate) fn entropy(value: &[u8]) -> f64 {
    let (mut counts, mut distinct) = ([0_u32; 256], ByteSet::default());
    for byte in value {
        distinct.insert(*byte);
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
    let total = value.len() as f64;
    let counts = distinct.each().map(|byte| counts.get(usize::from(byte)).copied().unwrap_or(0));
    counts.map(|n| f64::from(n) / total).map(|p| -p * p.log2()).sum()
}

/// Whether the value has the form of a UUID.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_secrets_elsewhere_are_known() {
        for value in [
            "arn:aws:secretsmanager:eu-west-1:000000000000:secret:a-AbCdEf",
            "{{resolve:secretsmanager:x}}",
            "${{ secrets.X }}",
            "op://vault/item/field",
            "vault:secret/data/x",
            "ENC[AES256_GCM,data:x]",
            "ENC(abc)",
            "{cipher}abc",
            "$DB_PASSWORD",
            "${DB_PASSWORD}",
            "%PASSWORD%",
            "{{ .Values.password }}",
            "<%= x %>",
            "$(cat /run/x)",
            "$this->password",
            "process.env.X",
            "arn:aws-cn:secretsmanager:cn-north-1:000000000000:secret:a-AbCdEf:key::",
            "{{resolve:ssm-secure:/a/b:1}}",
            "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zo",
            "ref+awssecrets://prod/db/password?region=eu-west-1",
            "${ssm:/aws/reference/secretsmanager/prod/db}",
            "${aws:secretsmanager:prod/db}",
            "$__file{/etc/secrets/db}",
            "$__vault{kv/prod:db}",
            "$(aws secretsmanager get-secret-value --secret-id prod/db)",
            "{{ lookup('amazon.aws.secretsmanager_secret', 'prod/db') }}",
            "sm://project/db",
            "projects/1/secrets/db/versions/latest",
            "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/db/)",
            "ENC[PKCS7,MIIBeQYJKoZIhvcNAQcDoIIBajCC]",
            "$ANSIBLE_VAULT;1.1;AES256",
            "{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}",
            "{COQLCE6DU6GtcS5P=}",
        ] {
            assert!(is_reference(value.as_bytes()), "{value}");
        }
        let sealed = format!("AgB{}", "y3i4OJSWK+PiTySYZZA9rO43cGDEq/1".repeat(23));
        assert!(is_reference(sealed.get(..712).unwrap().as_bytes()));
        for value in ["AgBy3i4OJSWK", "{hunter2}", "$ecret1234X", "pa$$word", "s@$$f6ln!!", "%Hk2!x", "p{w}1"] {
            assert!(!is_reference(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn placeholders_are_known_by_form() {
        for value in ["<password>", "xxxxxxxx", "****", "YOUR_API_KEY", "changeme", "AKIAIOSFODNN7EXAMPLE", "%s", "{0}"]
        {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        assert!(!is_placeholder(b"tr0ub4dor"));
        assert!(is_dummy(b"AKIAIOSFODNN7EXAMPLE") && !is_dummy(b"changeme-but-real"));
    }

    #[test]
    fn nothing_but_a_stand_in_is_blank() {
        for value in ["00000000000000", "<your token>", "&lt;TOKEN&gt;", "a1b2c3d4e5f6", "px-d4c3b2a1-f6e5"] {
            assert!(is_blank(value.as_bytes()), "{value}");
        }
        assert!(!is_blank(b"k0000Vq8z1mW") && !is_blank(b"hunter2"));
    }

    #[test]
    fn a_random_core_is_seen_through_what_surrounds_it() {
        assert_eq!(random_core(br#"GqZ7AhYrQdqU5FYh"quoted'\back slash$HOME"#), 16);
        for value in
            ["getPasswordFromStore2", "com.example.Password1", "AbstractBeanFactory3", "aB1 xY2", "TLS1234567890Abc"]
        {
            assert_eq!(random_core(value.as_bytes()), 0, "{value}");
        }
    }

    #[test]
    fn a_token_signed_with_a_word_is_a_dummy() {
        assert!(is_dummy(b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.signature"));
        assert!(!is_dummy(b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.q8Xv2LmZ0pTqWc7RrKd4"));
    }

    #[test]
    fn runs_and_sequences_are_measured() {
        assert_eq!((longest_run(b"aabbbc"), longest_sequence(b"x1234y"), longest_sequence(b"9876")), (3, 4, 4));
        assert!((entropy(b"aabb") - 1.0).abs() < 1e-9);
    }
}

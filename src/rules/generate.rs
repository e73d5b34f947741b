//! Expands the generators of example texts (`{{hex:32}}`), so that no real-looking token stands in a rule file.
//!
//! Expansion is deterministic: the seed is the rule's id and the text's position.

use crate::model::Span;

/// An example's text with its generators expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// Where generated parts stand in it.
    pub generated: Vec<Span>,
}

impl Expanded {
    /// Expands every generator of `text`. Unknown ones stay as they are: `${{ secrets.X }}` is text, too.
    pub fn new(text: &str, rule: &str, position: usize) -> Self {
        let mut expanded = Self { text: String::new(), generated: Vec::new() };
        expanded.text = fill(text, &mut Random::new(rule, position), &mut expanded.generated);
        expanded
    }
}

/// The text of [`Expanded`] alone.
pub fn expand(text: &str, rule: &str, position: usize) -> String {
    Expanded::new(text, rule, position).text
}

fn fill(text: &str, random: &mut Random, generated: &mut Vec<Span>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let end = after.find("}}");
        let expanded = end.and_then(|end| after.get(..end)).and_then(|body| generator(body, random));
        if let (Some(value), Some(end)) = (expanded, end) {
            generated.push(Span::new(out.len(), out.len() + value.len()));
            out.push_str(&value);
            rest = after.get(end + 2..).unwrap_or_default();
        } else {
            out.push_str("{{");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn generator(body: &str, random: &mut Random) -> Option<String> {
    if body == "uuid" {
        return Some(uuid(random));
    }
    let (name, argument) = body.split_once(':')?;
    match name {
        "b64of" => Some(base64(argument.as_bytes())),
        "crc32-base62" => {
            let (prefix, length) = argument.rsplit_once(':')?;
            let payload = random.string(&[DIGITS, UPPER, LOWER].concat(), length.parse().ok()?);
            Some(format!("{prefix}{payload}{}", super::validators::crc32_base62(payload.as_bytes())))
        }
        "pw" => {
            let length = length(argument, random)?;
            Some(password(random, length))
        }
        _ => {
            let alphabet = alphabet(name)?;
            let length = length(argument, random)?;
            Some(random.string(&alphabet, length))
        }
    }
}

fn alphabet(name: &str) -> Option<String> {
    Some(match name {
        "b62" => [DIGITS, UPPER, LOWER].concat(),
        "b64" => [DIGITS, UPPER, LOWER, "+/"].concat(),
        "b64u" => [DIGITS, UPPER, LOWER, "-_"].concat(),
        "hex" => [DIGITS, "abcdef"].concat(),
        "HEX" => [DIGITS, "ABCDEF"].concat(),
        "digits" => DIGITS.to_owned(),
        "upper" => UPPER.to_owned(),
        "lower" => LOWER.to_owned(),
        "lownum" => [LOWER, DIGITS].concat(),
        "upnum" => [UPPER, DIGITS].concat(),
        "letters" => [UPPER, LOWER].concat(),
        "b32" => [UPPER, "234567"].concat(),
        "b58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".to_owned(),
        _ => return None,
    })
}

fn length(text: &str, random: &mut Random) -> Option<usize> {
    match text.split_once('-') {
        None => text.parse().ok(),
        Some((from, to)) => {
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            Some(from + random.below(to.checked_sub(from)? + 1))
        }
    }
}

/// Mixed case, digits and one symbol, the symbol neither first nor last.
fn password(random: &mut Random, length: usize) -> String {
    let mut body: Vec<char> = random.string(&[DIGITS, UPPER, LOWER].concat(), length).chars().collect();
    for (at, alphabet) in [(0, UPPER), (1, LOWER), (2, DIGITS), (3, "!#%+-_")] {
        if let Some(place) = body.get_mut(at) {
            *place = random.string(alphabet, 1).chars().next().unwrap_or('x');
        }
    }
    body.into_iter().collect()
}

fn uuid(random: &mut Random) -> String {
    let hex = [DIGITS, "abcdef"].concat();
    let parts: Vec<String> = [8, 4, 3, 3, 12].into_iter().map(|length| random.string(&hex, length)).collect();
    match parts.as_slice() {
        [first, second, third, fourth, last] => format!("{first}-{second}-4{third}-a{fourth}-{last}"),
        _ => String::new(),
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(rule: &str, position: usize) -> Self {
        let seed = rule
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(seed.wrapping_add(position as u64))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from((self.next() >> 16) % bound.max(1) as u64).unwrap_or(0)
    }

    fn string(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).filter_map(|_| letters.get(self.below(letters.len())).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_is_deterministic_and_differs_by_rule_and_position() {
        let text = "k={{hex:32}} {{b62:4-9}} {{uuid}}";
        assert_eq!(expand(text, "a", 0), expand(text, "a", 0));
        assert_ne!(expand(text, "a", 0), expand(text, "a", 1));
        assert_ne!(expand(text, "a", 0), expand(text, "b", 0));
    }

    #[test]
    fn each_generator_gives_its_alphabet_and_length() {
        let one = |text: &str| expand(text, "r", 7);
        assert!(one("{{HEX:40}}").chars().all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c)));
        assert_eq!(one("{{HEX:40}}").len(), 40);
        assert_eq!(one("{{b64of:user:pw}}"), "dXNlcjpwdw==");
        assert_eq!(one("{{crc32-base62:zz_:30}}").len(), 3 + 36);
        assert!((3..=5).contains(&one("{{lower:3-5}}").len()));
        assert!(one("{{pw:12}}").contains(['!', '#', '%', '+', '-', '_']));
    }

    #[test]
    fn what_is_no_generator_stays() {
        assert_eq!(expand("${{ secrets.X }} {{x}} {{", "r", 0), "${{ secrets.X }} {{x}} {{");
    }
}

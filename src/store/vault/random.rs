//! Random characters: the tail of an ARN, and `GetRandomPassword`.

use zeroize::Zeroizing;

use super::api::{ApiError, GetRandomPassword, RandomPassword};
use super::data::Wiped;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// `count` letters and digits.
pub(super) fn alphanumeric(count: usize) -> String {
    let alphabet: Vec<char> = [LOWER, UPPER, DIGITS].concat().chars().collect();
    (0..count).filter_map(|_| alphabet.get(below(alphabet.len())).copied()).collect()
}

/// A password as asked; 32 characters when no length is given.
pub(crate) fn password(request: &GetRandomPassword) -> Result<RandomPassword, ApiError> {
    let length = request.password_length.unwrap_or(32);
    let kinds = [
        (request.exclude_lowercase, LOWER),
        (request.exclude_uppercase, UPPER),
        (request.exclude_numbers, DIGITS),
        (request.exclude_punctuation, PUNCTUATION),
        (!request.include_space, " "),
    ];
    let left = |text: &str| text.chars().filter(|c| !request.exclude_characters.contains(*c)).collect::<Vec<_>>();
    let kinds: Vec<Vec<char>> = kinds.iter().filter(|(out, _)| !out).map(|(_, text)| left(text)).collect();
    let kinds: Vec<Vec<char>> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
    let required = if request.require_each_included_type.unwrap_or(true) { kinds.len() } else { 0 };
    if kinds.is_empty() || !(1..=4096).contains(&length) || length < required {
        return Err(ApiError::invalid("no password of this length and these characters can be made"));
    }
    let all = kinds.concat();
    let mut text: Vec<char> =
        kinds.iter().take(required).filter_map(|kind| kind.get(below(kind.len())).copied()).collect();
    while text.len() < length {
        text.extend(all.get(below(all.len())));
    }
    for at in (1..text.len()).rev() {
        text.swap(at, below(at + 1));
    }
    Ok(RandomPassword { random_password: Wiped(Zeroizing::new(text.into_iter().collect())) })
}

/// A random number below `bound`, without bias. The source is the system's, by way of a version 4 UUID, of
/// which the lower 62 bits are random.
fn below(bound: usize) -> usize {
    let bound = bound as u64;
    let whole = (1 << 62) / bound * bound;
    loop {
        let (_, low) = uuid::Uuid::new_v4().as_u64_pair();
        let drawn = low & ((1 << 62) - 1);
        if drawn < whole {
            return usize::try_from(drawn % bound).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_holds_one_of_each_kind_and_nothing_excluded() {
        let request =
            GetRandomPassword { password_length: Some(4), exclude_characters: "a0\"".into(), ..Default::default() };
        for _ in 0..200 {
            let text = password(&request).unwrap().random_password.0;
            assert_eq!(text.chars().count(), 4);
            assert!(text.chars().any(|c| c.is_ascii_digit()) && text.chars().any(|c| c.is_ascii_punctuation()));
            assert!(!text.contains(['a', '0', '"']));
        }
        assert!(password(&GetRandomPassword { password_length: Some(3), ..Default::default() }).is_err());
    }
}

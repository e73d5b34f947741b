//! The check digit of card, account and device numbers (ISO/IEC 7812): digits doubled by turns add up to a multiple
//! of ten.

use super::Check;

/// Numbers of eight digits and more, with blanks or hyphens between them; another character makes it no such number.
pub(super) fn number(value: &[u8]) -> Check {
    let mut digits = Vec::with_capacity(value.len());
    for byte in value {
        match byte {
            b'0'..=b'9' => digits.push(u32::from(byte - b'0')),
            b' ' | b'-' => {}
            _ => return Check::Silent,
        }
    }
    if digits.len() < 8 {
        return Check::Silent;
    }
    let weighed = digits.iter().rev().enumerate().map(|(place, digit)| match place % 2 {
        0 => *digit,
        _ => digit * 2 % 10 + digit * 2 / 10,
    });
    if weighed.sum::<u32>() % 10 == 0 { Check::Passed } else { Check::Failed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_digit_and_two_that_changed_places_fail() {
        // the standard's own example, and a processor's documented test number
        assert_eq!(number(b"79927398713"), Check::Passed);
        assert_eq!(number(b"4242 4242-4242 4242"), Check::Passed);
        assert_eq!(number(b"79927398714"), Check::Failed);
        assert_eq!(number(b"79923798713"), Check::Failed);
        assert_eq!(number(b"1234"), Check::Silent);
        assert_eq!(number(b"79927398713a"), Check::Silent);
    }
}

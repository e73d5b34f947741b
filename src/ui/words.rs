//! Words for people.

/// A number with its noun, in the singular or the plural: `1 secret`, `2 secrets`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

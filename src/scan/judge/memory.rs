//! What values tell of themselves, for those that come again: variables, types and words stand under one key or another
//! by the thousand. Half of the candidates of source code are the same hundred.
//!
//! Nothing of a value is kept but a hash, whose key is drawn at each start, and its features.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};

use super::{ByValue, Text};

/// Longer ones hardly come again.
const LONGEST: usize = 128;

/// How many dull values are remembered. Of those in 540 MB of packages these are nearly as many as all would be.
const DULL: usize = 4096;

/// How many others. A tenth of those that come again would need four times as many.
const OTHERS: usize = 512;

/// 128 bits: no two values that anybody will see have the same.
type Hash = [u64; 2];

struct Memory {
    hashers: [RandomState; 2],
    /// Each at a place that its hash tells; a later one with the same place takes it over.
    dull: Vec<Hash>,
    others: Vec<Option<Box<(Hash, ByValue)>>>,
}

impl Memory {
    fn new() -> Self {
        let hashers = [RandomState::new(), RandomState::new()];
        Self { hashers, dull: vec![[0; 2]; DULL], others: vec![None; OTHERS] }
    }

    fn hash(&self, text: Text<'_>) -> Hash {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(text))
    }

    fn is_dull(&self, hash: Hash) -> bool {
        self.dull.get(place(hash, DULL)) == Some(&hash)
    }

    fn other(&self, hash: Hash) -> Option<ByValue> {
        let (known, told) = self.others.get(place(hash, OTHERS))?.as_deref()?;
        (*known == hash).then(|| told.clone())
    }

    fn remember(&mut self, hash: Hash, told: Option<&ByValue>) {
        match told {
            Some(told) => {
                if let Some(place) = self.others.get_mut(place(hash, OTHERS)) {
                    *place = Some(Box::new((hash, told.clone())));
                }
            }
            None => {
                if let Some(place) = self.dull.get_mut(place(hash, DULL)) {
                    *place = hash;
                }
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
fn place([first, _]: Hash, places: usize) -> usize {
    first as usize % places
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::new(Memory::new());
}

/// What a value told when it was last looked at in this thread, or else what `look` makes of it now; `None` if it is
/// dull.
pub(super) fn recall_or(text: Text<'_>, look: impl FnOnce(Text<'_>) -> Option<ByValue>) -> Option<ByValue> {
    if text.value.len() > LONGEST {
        return look(text);
    }
    MEMORY.with(|memory| {
        let hash = memory.borrow().hash(text);
        if memory.borrow().is_dull(hash) {
            return None;
        }
        let known = memory.borrow().other(hash);
        known.or_else(|| {
            let told = look(text);
            memory.borrow_mut().remember(hash, told.as_ref());
            told
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::look_at;
    use super::*;

    fn plain(value: &str) -> Text<'_> {
        Text { value: value.as_bytes(), content: value.as_bytes() }
    }

    thread_local! {
        static TOLD: Option<ByValue> = look_at(plain("kV8#mQz2rT"));
    }

    /// Whether the text is looked at, and not remembered; `dull` is what the look finds.
    fn is_looked_at(text: Text<'_>, dull: bool) -> bool {
        let mut looked = false;
        let _ = recall_or(text, |_| {
            looked = true;
            if dull { None } else { TOLD.with(Clone::clone) }
        });
        looked
    }

    #[test]
    fn what_is_remembered_gives_way_to_others() {
        for (dull, kept) in [(true, DULL), (false, OTHERS)] {
            let values: Vec<String> = (0..4 * kept).map(|number| format!("self.token_{number}_{dull}")).collect();
            assert!(values.iter().all(|value| is_looked_at(plain(value), dull)));
            let known = values.iter().filter(|value| !is_looked_at(plain(value), dull)).count();
            assert!((1..=kept).contains(&known), "{known}");
            let long = "x".repeat(LONGEST + 1);
            assert!(is_looked_at(plain(&long), dull) && is_looked_at(plain(&long), dull));
        }
    }

    #[test]
    fn the_same_value_read_in_another_way_is_another() {
        let text = Text { value: br"a\'b", content: b"a'b" };
        assert!(is_looked_at(text, false) && !is_looked_at(text, false));
        assert!(is_looked_at(plain(r"a\'b"), false) && is_looked_at(plain("a'b"), false));
    }

    #[test]
    fn what_a_value_told_is_told_again() {
        for value in ["string", "{}", "kV8#mQz2rT", "admin123"] {
            let told = look_at(plain(value));
            let told_by =
                |told: &Option<ByValue>| told.as_ref().map(|told| (told.may, told.features.values().map(f32::to_bits)));
            for _ in 0..2 {
                assert_eq!(told_by(&recall_or(plain(value), look_at)), told_by(&told), "{value}");
            }
        }
    }
}

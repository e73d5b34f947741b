//! Values that can't be credentials whatever leads to them: variables, types and words that stand under one key or
//! another by the thousand. Half of the candidates of source code are the same hundred.
//!
//! Nothing of a value is kept but a hash, whose key is drawn at each start, and that only of what is no credential.

use std::cell::RefCell;
use std::hash::{BuildHasher as _, RandomState};

/// How many are remembered. Of the values in 540 MB of packages these are nearly as many as all would be.
const KEPT: usize = 4096;

/// Longer ones hardly come again.
const LONGEST: usize = 64;

struct Dull {
    /// Two, for 128 bits: no two values that anybody will see have the same.
    hashers: [RandomState; 2],
    /// Each hash at its place; a later one with the same place takes it over.
    seen: Box<[[u64; 2]]>,
}

impl Dull {
    fn new() -> Self {
        Self { hashers: [RandomState::new(), RandomState::new()], seen: vec![[0; 2]; KEPT].into() }
    }

    fn hash(&self, value: &[u8]) -> [u64; 2] {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(value))
    }

    fn place(&mut self, hash: [u64; 2]) -> Option<&mut [u64; 2]> {
        let [first, _] = hash;
        self.seen.get_mut(usize::try_from(first % KEPT as u64).ok()?)
    }
}

thread_local! {
    static DULL: RefCell<Dull> = RefCell::new(Dull::new());
}

/// Whether it was remembered in this thread, and not too long ago.
pub(super) fn is_known(value: &[u8]) -> bool {
    value.len() <= LONGEST
        && DULL.with_borrow_mut(|dull| {
            let hash = dull.hash(value);
            dull.place(hash).is_some_and(|seen| *seen == hash)
        })
}

/// Remembers that a value can't be a credential.
pub(super) fn remember(value: &[u8]) {
    if value.len() > LONGEST {
        return;
    }
    DULL.with_borrow_mut(|dull| {
        let hash = dull.hash(value);
        if let Some(seen) = dull.place(hash) {
            *seen = hash;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_known_until_others_take_its_place() {
        let value = |number: usize| format!("self.token_{number}");
        assert!((0..4).all(|number| !is_known(value(number).as_bytes())));
        (0..4).for_each(|number| remember(value(number).as_bytes()));
        assert!(is_known(value(3).as_bytes()) && !is_known(b"self.token_") && !is_known(value(4).as_bytes()));
        (0..20 * KEPT).for_each(|number| remember(value(number + 4).as_bytes()));
        assert!((0..4).any(|number| !is_known(value(number).as_bytes())));
        assert!((0..20 * KEPT).filter(|number| is_known(value(*number).as_bytes())).count() <= KEPT);
    }
}

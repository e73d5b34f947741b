//! Sets of bytes that are put together at run time and compared as a whole.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteSet {
    ascii: u128,
    beyond: u128,
}

impl ByteSet {
    /// The bytes of a text.
    pub(crate) const fn of(text: &[u8]) -> Self {
        Self { ascii: 0, beyond: 0 }.and(text)
    }

    /// With the bytes of a text.
    pub(crate) const fn and(mut self, mut text: &[u8]) -> Self {
        while let Some((byte, rest)) = text.split_first() {
            self.insert(*byte);
            text = rest;
        }
        self
    }

    /// All bytes for which `has` holds.
    pub(crate) fn such_that(has: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::default();
        (0..=u8::MAX).filter(|byte| has(*byte)).for_each(|byte| set.insert(byte));
        set
    }

    /// Adds a byte.
    pub(crate) const fn insert(&mut self, byte: u8) {
        let bit = 1 << (byte & 127);
        if byte < 128 {
            self.ascii |= bit;
        } else {
            self.beyond |= bit;
        }
    }

    /// Whether a byte is in it.
    pub(crate) fn has(self, byte: u8) -> bool {
        let half = if byte < 128 { self.ascii } else { self.beyond };
        half >> (byte & 127) & 1 == 1
    }

    /// Whether it has one of `others`.
    pub(crate) fn meets(self, others: Self) -> bool {
        self.ascii & others.ascii != 0 || self.beyond & others.beyond != 0
    }

    /// All bytes of both.
    pub(crate) const fn or(self, others: Self) -> Self {
        Self { ascii: self.ascii | others.ascii, beyond: self.beyond | others.beyond }
    }

    /// Whether it has no byte that `others` lacks.
    pub(crate) fn is_within(self, others: Self) -> bool {
        self.ascii & !others.ascii == 0 && self.beyond & !others.beyond == 0
    }

    /// How many bytes it has.
    pub(crate) fn len(self) -> usize {
        (self.ascii.count_ones() + self.beyond.count_ones()) as usize
    }

    /// Its bytes, the smallest first.
    pub(crate) fn each(self) -> impl Iterator<Item = u8> {
        bits(self.ascii).chain(bits(self.beyond).map(|byte| byte | 128))
    }
}

/// The positions of the bits that are set.
fn bits(mut of: u128) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let bit = u8::try_from(of.trailing_zeros()).ok().filter(|bit| *bit < 128)?;
        of &= of - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_bytes_of_its_text_in_order() {
        let set = ByteSet::of(b"z\xffa\x80z\0");
        assert_eq!(set.each().collect::<Vec<_>>(), [0, b'a', b'z', 0x80, 0xff]);
        assert_eq!(set.len(), 5);
        assert!((0..=255).all(|byte| set.has(byte) == b"z\xffa\x80\0".contains(&byte)));
        let [lower, upper] =
            [b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map(|text| ByteSet::of(text));
        assert!(set.meets(lower) && !set.is_within(lower) && ByteSet::of(b"az").is_within(lower) && !set.meets(upper));
    }
}

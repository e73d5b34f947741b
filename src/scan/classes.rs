//! Sets of bytes that the processor's vectors tell apart, 64 bytes at a time.

use fearless_simd::{Simd, prelude::*, u8x64};

use super::runs::Set;
use super::vectors::STEP;

/// Some sets of ASCII bytes: the low half of a byte and the high one are each looked up in a table of what they leave
/// possible.
pub(super) struct Classes<const N: usize> {
    /// For each low half, four times over, the bits of the rows that have it. A row is what a set has of the bytes with
    /// one high half; equal ones are one.
    low: [u8; STEP],
    /// For each high half, four times over, the bits of its rows.
    high: [u8; STEP],
    /// The bits of each set's rows.
    sets: [u8; N],
}

impl<const N: usize> Classes<N> {
    /// Those of `sets`, which may have eight different rows all together.
    #[expect(clippy::indexing_slicing, reason = "there are 16 halves and N sets")]
    pub(super) const fn new(sets: [&Set; N]) -> Self {
        let mut out = Self { low: [0; STEP], high: [0; STEP], sets: [0; N] };
        let mut rows = 0;
        let mut set = 0;
        while set < N {
            let mut high = 0;
            while high < 16 {
                let mut bit = row_like(sets[set], high, &out.high, out.sets[set]);
                if bit == 0 && row(sets[set], high) != 0 {
                    assert!(rows < 8, "too many rows");
                    bit = 1 << rows;
                    rows += 1;
                    out.sets[set] |= bit;
                    fill(&mut out.low, row(sets[set], high), bit);
                }
                fill(&mut out.high, 1 << high, bit);
                high += 1;
            }
            set += 1;
        }
        out
    }

    /// The bits of the rows that have each byte.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    pub(super) fn rows<S: Simd>(&self, bytes: u8x64<S>) -> u8x64<S> {
        let low = u8x64::simd_from(bytes.simd, self.low).swizzle_dyn_within_blocks(bytes & 0x0f);
        let high = u8x64::simd_from(bytes.simd, self.high).swizzle_dyn_within_blocks(bytes >> 4);
        low & high
    }

    /// The bits of the bytes that are in a set, from their rows.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "else it isn't compiled for the processor's vectors")]
    #[expect(clippy::indexing_slicing, reason = "checked when it is compiled")]
    pub(super) fn bits<const SET: usize, S: Simd>(&self, rows: u8x64<S>) -> u64 {
        const { assert!(SET < N, "one of the sets") }
        !(rows & self.sets[SET]).simd_eq(0).to_bitmask()
    }
}

/// The low halves of the bytes of `set` with this high half.
const fn row(set: &Set, high: u8) -> u16 {
    let mut out = 0;
    let mut low = 0;
    while low < 16 {
        if set.has(high << 4 | low) {
            out |= 1 << low;
        }
        low += 1;
    }
    out
}

/// The bit of an equal row before that of this high half, if `set`, whose rows have `bits`, has one.
#[expect(clippy::indexing_slicing, reason = "there are 16 halves")]
const fn row_like(set: &Set, high: u8, known: &[u8; STEP], bits: u8) -> u8 {
    let mut other = 0;
    while other < high {
        if row(set, other) != 0 && row(set, other) == row(set, high) {
            return known[other as usize] & bits;
        }
        other += 1;
    }
    0
}

/// Sets `bit` for each of `halves`.
#[expect(clippy::indexing_slicing, reason = "the index is below the length")]
const fn fill(table: &mut [u8; STEP], halves: u16, bit: u8) {
    let mut at = 0;
    while at < STEP {
        if halves >> (at % 16) & 1 == 1 {
            table[at] |= bit;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::dispatch;

    use super::super::vectors::level;
    use super::*;

    static SIGNS: Set = Set::only(b"+/=\tK");
    static LETTERS: Set = Set::alphanumeric_and(b"_");
    const BOTH: Classes<2> = Classes::new([&SIGNS, &LETTERS]);

    #[test]
    fn each_byte_is_told_apart_at_each_place() {
        for (byte, place) in (0..=u8::MAX).flat_map(|byte| (0..STEP).map(move |place| (byte, place))) {
            let mut step = [0xff; STEP];
            step[place] = byte;
            let bits = dispatch!(level(), simd => {
                let rows = BOTH.rows(u8x64::simd_from(simd, step));
                [BOTH.bits::<0, _>(rows), BOTH.bits::<1, _>(rows)]
            });
            let expected = [&SIGNS, &LETTERS].map(|set| u64::from(set.has(byte)) << place);
            assert_eq!(bits, expected, "{byte} at {place}");
        }
    }
}

//! Stretches of bytes that all belong to one set, found without a look at most of the bytes: where a stretch has to be
//! 24 bytes long, every 24th byte tells whether there can be one.

use crate::model::Span;

/// A set of bytes.
#[derive(Debug)]
pub(super) struct Set([bool; 256]);

impl Set {
    /// ASCII letters and digits, and `others`.
    pub(super) const fn alphanumeric_and(others: &[u8]) -> Self {
        let mut byte = 0_u8;
        let mut set = Self([false; 256]);
        while byte < 128 {
            set = set.with(byte, byte.is_ascii_alphanumeric());
            byte += 1;
        }
        set.with_all(others, true)
    }

    /// What ASCII has of visible characters, without `others`.
    pub(super) const fn graphic_without(others: &[u8]) -> Self {
        let mut byte = 0_u8;
        let mut set = Self([false; 256]);
        while byte < 128 {
            set = set.with(byte, byte.is_ascii_graphic());
            byte += 1;
        }
        set.with_all(others, false)
    }

    /// `bytes` alone.
    pub(super) const fn only(bytes: &[u8]) -> Self {
        Self([false; 256]).with_all(bytes, true)
    }

    const fn with_all(mut self, bytes: &[u8], is_in: bool) -> Self {
        let mut rest = bytes;
        while let Some((byte, tail)) = rest.split_first() {
            self = self.with(*byte, is_in);
            rest = tail;
        }
        self
    }

    #[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
    const fn with(mut self, byte: u8, is_in: bool) -> Self {
        self.0[byte as usize] = is_in;
        self
    }

    /// Whether the byte is in it.
    #[expect(clippy::indexing_slicing, reason = "there are 256 bytes")]
    pub(super) const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }
}

/// The longest stretches of at least `shortest` bytes of `set`, from `from` on.
pub(super) fn runs<'b>(bytes: &'b [u8], from: usize, set: &'b Set, shortest: usize) -> impl Iterator<Item = Span> + 'b {
    let mut at = from;
    std::iter::from_fn(move || {
        while let Some(window) = bytes.get(at..at + shortest) {
            let Some(outside) = window.iter().rposition(|byte| !set.has(*byte)) else {
                let run = Span::new(at, end(bytes, at + shortest, set));
                at = run.end + 1;
                return Some(run);
            };
            at += outside + 1;
        }
        None
    })
}

/// The longest stretches of at least `shortest` bytes of `set` that hold a `mark` with one of `next` behind it.
pub(super) fn runs_round<'b>(
    bytes: &'b [u8],
    (mark, next): (u8, &'b Set),
    set: &'b Set,
    shortest: usize,
) -> impl Iterator<Item = Span> + 'b {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let found = at + memchr::memchr(mark, bytes.get(at..)?)?;
            at = found + 1;
            if bytes.get(at).is_some_and(|byte| next.has(*byte)) {
                let before = bytes.get(..found)?.iter().rev().take_while(|byte| set.has(**byte)).count();
                let run = Span::new(found - before, end(bytes, found + 1, set));
                at = run.end;
                if run.len() >= shortest {
                    return Some(run);
                }
            }
        }
    })
}

fn end(bytes: &[u8], from: usize, set: &Set) -> usize {
    let more = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| set.has(**byte)).count();
    from + more
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static LETTERS: Set = Set::alphanumeric_and(b"%_");
    static HEX: Set = Set::alphanumeric_and(b"");

    fn plainly(bytes: &[u8], shortest: usize) -> Vec<Span> {
        let mut out = Vec::new();
        let mut at = 0;
        for part in bytes.split(|byte| !LETTERS.has(*byte)) {
            if part.len() >= shortest {
                out.push(Span::new(at, at + part.len()));
            }
            at += part.len() + 1;
        }
        out
    }

    proptest! {
        #[test]
        fn skipping_finds_what_a_look_at_each_byte_finds(text in "[a-c%_ .]{0,300}", shortest in 1..9_usize) {
            let bytes = text.as_bytes();
            let all = plainly(bytes, shortest);
            prop_assert_eq!(runs(bytes, 0, &LETTERS, shortest).collect::<Vec<_>>(), all.clone());
            let marked = |span: &Span| span.of(bytes).windows(2).any(|pair| pair[0] == b'%' && HEX.has(pair[1]));
            let all: Vec<_> = all.into_iter().filter(marked).collect();
            prop_assert_eq!(runs_round(bytes, (b'%', &HEX), &LETTERS, shortest).collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn sets_hold_what_their_names_say() {
        let graphic = Set::graphic_without(b"x");
        assert!(
            graphic.has(b'!') && graphic.has(b'~') && !graphic.has(b'x') && !graphic.has(b' ') && !graphic.has(0x80)
        );
        assert!(LETTERS.has(b'z') && LETTERS.has(b'0') && !LETTERS.has(b'-') && !LETTERS.has(0xe9));
    }
}

//! The buffer of the last source, for the next one: memory that is new to a process has to be cleared by the system first,
//! which takes as long as reading does.

use std::cell::Cell;
use std::sync::Arc;

use crate::model::Blob;

/// One that has held more is not kept, bytes: the system would not get its memory back until the end.
const KEPT: usize = 8 << 20;

/// From this size on a buffer has more room than it needs, bytes.
const LARGE: usize = 256 << 10;

/// So much, bytes: what is as large as this comes from the system and goes back to it, and glibc doesn't take it as a hint
/// to keep more of what is smaller.
const ROOM: usize = 32 << 20;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer with room for `size` bytes.
pub(super) fn buffer(size: usize) -> Vec<u8> {
    let mut spare = SPARE.take();
    if spare.capacity() < size {
        // room that is not written to costs nothing, and the next source may need it
        spare = Vec::with_capacity(if (LARGE..ROOM).contains(&size) { ROOM } else { size });
    }
    spare.clear();
    spare
}

/// Keeps a buffer that nobody needs any more.
pub(super) fn keep(buffer: Vec<u8>) {
    let spare = SPARE.take();
    SPARE.set(if buffer.len() <= KEPT && buffer.capacity() >= spare.capacity() { buffer } else { spare });
}

/// Keeps the buffer of a blob that nobody needs any more.
pub fn give_back(blob: Blob) {
    Arc::try_unwrap(blob.bytes).into_iter().for_each(keep);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, Source};

    fn blob(bytes: Vec<u8>) -> Blob {
        Blob::new(Source { path: "f".into(), tree_path: "f".into(), origin: Origin::Stdin, explicit: false }, bytes)
    }

    #[test]
    fn a_buffer_is_used_again_and_holds_nothing_of_the_last_source() {
        let mut first = buffer(1000);
        first.extend(b"first");
        let place = first.as_ptr();
        give_back(blob(first));
        let second = buffer(500);
        assert_eq!((second.as_ptr(), second.len()), (place, 0));
        assert!(second.capacity() >= 1000);
    }

    #[test]
    fn one_that_is_too_small_too_large_or_still_in_use_is_another() {
        give_back(blob(Vec::with_capacity(10)));
        assert!(buffer(1000).capacity() >= 1000);
        give_back(blob(vec![0; KEPT + 1]));
        assert!(buffer(0).capacity() <= KEPT);
        let kept = blob(Vec::with_capacity(1000));
        give_back(kept.clone());
        let other = buffer(0);
        assert_ne!(other.as_ptr(), kept.bytes.as_ptr());
    }
}

//! The vectors of this machine's processor. Code for them is compiled for each kind of processor, and chosen at run time.

use std::sync::LazyLock;

use fearless_simd::Level;

/// What the processor has; looked up once.
pub(super) fn level() -> Level {
    static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);
    *LEVEL
}

/// Bytes that are told apart in one step: as many as a number has bits.
pub(super) const STEP: usize = 64;

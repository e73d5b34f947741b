//! Progress of long work, for a person who waits: on standard error, on a terminal, after a second.

use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress meter; cheap to call from any thread.
#[derive(Debug)]
pub struct Meter {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Meter {
    pub(super) fn new(shown: bool) -> Self {
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, since: Instant::now() }
    }

    /// Shows how far a scan has come.
    pub fn scanned(&self, (files, total): (usize, usize), bytes: u64, findings: usize) {
        let elapsed = self.since.elapsed();
        if let Some(bar) = self.bar.as_ref().filter(|_| elapsed > PATIENCE) {
            let rate = u128::from(bytes) * 1_000 / elapsed.as_millis().max(1);
            let rate = HumanBytes(u64::try_from(rate).unwrap_or(u64::MAX));
            bar.set_message(format!("{files} of {total} files, {}, {rate}/s, {findings} findings", HumanBytes(bytes)));
            bar.tick();
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

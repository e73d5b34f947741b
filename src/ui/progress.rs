//! A progress bar that stays out of the way of quick runs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a run may take before a bar is drawn.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error; any thread may move it. It is gone when it is dropped.
pub struct Bar {
    bar: ProgressBar,
    started: Instant,
}

impl Bar {
    pub(super) fn new(visible: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if visible && let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files {msg}") {
            bar.set_style(style);
        }
        let started = if visible { Instant::now() } else { Instant::now() + Duration::from_secs(u32::MAX.into()) };
        Self { bar, started }
    }

    /// Shows that `done` of `total` are done. `message` must hold nothing untrusted.
    pub fn set(&self, done: usize, total: usize, message: String) {
        if Instant::now().saturating_duration_since(self.started) < PATIENCE {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(message);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_draws_nothing() {
        let bar = Bar::new(true);
        bar.set(1, 2, String::new());
        assert!(bar.bar.is_hidden());
    }
}

//! A progress bar that stays out of the way of quick runs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::size;
use crate::settings::Environment;

/// How long a run may take before a bar is drawn.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a drawn bar stands before it is drawn again.
const PAUSE: Duration = Duration::from_millis(100);

/// A bar on standard error; any thread may move it. It is gone when it is dropped. One that nobody sees costs nothing.
pub struct Bar(Option<Line>);

/// The line of a bar that may be drawn.
struct Line {
    started: Instant,
    /// When it is drawn next, milliseconds from the start.
    due: AtomicU64,
    /// Made when it is drawn first.
    drawn: OnceLock<ProgressBar>,
}

impl Bar {
    pub(super) fn new(visible: bool) -> Self {
        let due = AtomicU64::new(milliseconds(PATIENCE));
        Self(visible.then(|| Line { started: Instant::now(), due, drawn: OnceLock::new() }))
    }

    /// Shows that `done` files are done, of `total` where that is known, and `bytes` were read. What `more` adds must hold nothing
    /// untrusted; it is asked for only when the bar is drawn.
    pub fn set(&self, (done, total): (usize, Option<usize>), bytes: u64, more: impl FnOnce() -> String) {
        let Some(line) = &self.0 else { return };
        let elapsed = line.started.elapsed();
        if line.takes_turn(elapsed) {
            line.draw((done, total), text(bytes, elapsed, &more()));
        }
    }
}

impl Line {
    /// Whether it is time to draw; of several threads that ask at once, one is told so.
    fn takes_turn(&self, elapsed: Duration) -> bool {
        let due = self.due.load(Ordering::Relaxed);
        let next = milliseconds(elapsed + PAUSE);
        milliseconds(elapsed) >= due
            && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn draw(&self, (done, total): (usize, Option<usize>), text: String) {
        let bar = self.drawn.get_or_init(|| {
            let total = total.map(|total| total as u64);
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            match ProgressStyle::with_template(template(total)) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        // unlike `set_position`, this doesn't draw: the message does, once
        let bar = bar.clone().with_position(done as u64);
        bar.set_message(text);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = self.drawn.get() {
            bar.finish_and_clear();
        }
    }
}

/// What is wider than the terminal is cut, not wrapped.
fn template(total: Option<u64>) -> &'static str {
    match total {
        Some(_) => "{bar:20} {pos}/{len} files, {wide_msg}",
        None => "{pos} files, {wide_msg}",
    }
}

/// Whether somebody is there to see a bar: not in a pipe, not with `--quiet`, and not where `CI` is set, whose logs
/// keep every state of a line even if they pass for a terminal.
pub(super) fn is_wanted(terminal: bool, quiet: bool, environment: &Environment) -> bool {
    terminal && !quiet && !environment.is_set("CI")
}

/// `1.5 GiB, 85.2 MiB/s`, and `more`.
fn text(bytes: u64, elapsed: Duration, more: &str) -> String {
    let rate = u128::from(bytes) * 1000 / elapsed.as_millis().max(1);
    let rate = u64::try_from(rate).unwrap_or(u64::MAX);
    let comma = if more.is_empty() { "" } else { ", " };
    format!("{}, {}/s{comma}{more}", size(bytes), size(rate))
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often the text of a bar of that age is asked for when it is moved twice.
    fn asked(bar: &Bar) -> usize {
        let asked = Cell::new(0);
        for done in 1..=2 {
            bar.set((done, Some(2)), 10, || {
                asked.set(asked.get() + 1);
                String::new()
            });
        }
        asked.get()
    }

    /// A bar that was started so long ago, and is drawn nowhere.
    fn started(ago: Duration) -> Bar {
        let mut bar = Bar::new(true);
        let line = bar.0.as_mut().unwrap();
        line.started = Instant::now().checked_sub(ago).unwrap();
        line.drawn = OnceLock::from(ProgressBar::hidden());
        bar
    }

    fn drawn(bar: &Bar) -> (u64, String) {
        let bar = bar.0.as_ref().unwrap().drawn.get().unwrap();
        (bar.position(), bar.message())
    }

    #[test]
    fn a_quick_run_draws_nothing_and_makes_no_text() {
        let bar = Bar::new(true);
        assert_eq!(asked(&bar), 0);
        assert!(bar.0.unwrap().drawn.get().is_none());
    }

    #[test]
    fn a_bar_that_nobody_sees_makes_no_text_however_long_it_takes() {
        let bar = Bar::new(false);
        assert!(bar.0.is_none());
        assert_eq!(asked(&bar), 0);
    }

    #[test]
    fn a_long_run_is_drawn_once_a_pause() {
        let bar = started(2 * PATIENCE);
        assert_eq!(asked(&bar), 1);
        assert_eq!(drawn(&bar).0, 1);
        bar.0.as_ref().unwrap().due.store(0, Ordering::Relaxed);
        bar.set((2, None), 0, || "1 finding".to_owned());
        assert_eq!(drawn(&bar), (2, "0 bytes, 0 bytes/s, 1 finding".to_owned()));
    }

    #[test]
    fn the_total_is_shown_where_it_is_known() {
        for total in [None, Some(2)] {
            assert!(ProgressStyle::with_template(template(total)).is_ok());
            assert_eq!(template(total).contains("{len}"), total.is_some());
        }
    }

    #[test]
    fn the_rate_is_of_the_time_since_the_start() {
        let second = Duration::from_secs(1);
        assert_eq!(text(1500 << 20, 10 * second, "2 findings"), "1.4 GiB, 150.0 MiB/s, 2 findings");
        assert_eq!(text(0, Duration::ZERO, ""), "0 bytes, 0 bytes/s");
        assert_eq!(text(u64::MAX, Duration::ZERO, "").split(", ").count(), 2, "no overflow");
    }

    #[test]
    fn nothing_is_shown_in_a_pipe_or_quietly_or_in_ci() {
        let with = |name: &str, value: &str| Environment {
            variables: [(name.to_owned(), value.into())].into(),
            ..Environment::default()
        };
        assert!(is_wanted(true, false, &with("LANG", "C.UTF-8")));
        assert!(is_wanted(true, false, &with("CI", "")));
        assert!(!is_wanted(true, false, &with("CI", "true")));
        assert!(!is_wanted(true, true, &Environment::default()));
        assert!(!is_wanted(false, false, &Environment::default()));
    }
}

//! Ctrl-C, noticed once and remembered.
//!
//! Once tokio listens to SIGINT the signal no longer ends the process, so whoever works on after the store has been
//! used has to ask for it: [`interrupted`] tells, between two files.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

static SEEN: AtomicBool = AtomicBool::new(false);
static BELL: Notify = Notify::const_new();

/// Starts to listen: from here on Ctrl-C no longer ends the process, and [`interrupted`] tells of it. Where the
/// system gives no listener, Ctrl-C keeps its own meaning.
pub fn watch_interrupts() {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let listener = {
            let _inside = runtime.enter();
            signal(SignalKind::interrupt())
        };
        let Ok(mut signals) = listener else { return };
        std::thread::spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    SEEN.store(true, Ordering::SeqCst);
                    BELL.notify_waiters();
                }
            });
        });
    });
}

/// Whether there was a Ctrl-C since [`watch_interrupts`].
pub fn interrupted() -> bool {
    SEEN.load(Ordering::SeqCst)
}

/// Returns at the first Ctrl-C, at once when there was one.
pub(crate) async fn interruption() {
    let bell = BELL.notified();
    tokio::pin!(bell);
    // Registered before the flag is read, so that a signal in between rings.
    bell.as_mut().enable();
    if !interrupted() {
        bell.await;
    }
}

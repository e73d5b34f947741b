//! How fast writes may follow each other.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Spaces calls evenly. AWS allows 50 `CreateSecret` and 50 `PutSecretValue` a second and account; 20 leaves room
/// for others. Source: user guide, "AWS Secrets Manager quotas".
pub(crate) struct Pace {
    every: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// 20 a second.
    pub(crate) fn aws() -> Self {
        Self { every: Duration::from_millis(50), next: Mutex::new(None) }
    }

    /// No waiting.
    pub(crate) fn unlimited() -> Self {
        Self { every: Duration::ZERO, next: Mutex::new(None) }
    }

    /// Returns when the next call may go out.
    pub(crate) async fn turn(&self) {
        if self.every.is_zero() {
            return;
        }
        let at = {
            let mut next = self.next.lock().await;
            let at = next.unwrap_or_else(Instant::now).max(Instant::now());
            *next = Some(at + self.every);
            at
        };
        sleep_until(at).await;
    }
}

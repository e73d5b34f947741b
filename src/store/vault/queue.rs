//! Changes that wait at the same time are written together: one encryption, one write, one sync for all of them.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::data::VaultData;
use super::file::VaultProblem;

/// A change that waits for its turn.
struct Waiting {
    /// Makes the change; whether it did.
    change: Box<dyn FnOnce(&mut VaultData) -> bool + Send>,
    /// Told when the change is on the disk, or why it isn't.
    written: oneshot::Sender<Result<(), VaultProblem>>,
}

/// The changes of one vault, first come first served.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    /// Who holds it writes for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl Queue {
    /// Has `change` carried out together with all that wait by then, and answers when they are written. `write`
    /// opens the vault, makes the changes that it is given, and writes the vault if they say that they made any.
    ///
    /// A change that fails must leave the data as it was: its neighbours are written. When writing fails, all of
    /// them get that error, whatever they said themselves.
    pub(super) async fn pass<R: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&mut VaultData) -> Result<R, E> + Send + 'static,
        write: impl FnOnce(&mut dyn FnMut(&mut VaultData) -> bool) -> Result<(), VaultProblem>,
    ) -> Result<Result<R, E>, VaultProblem> {
        let (answer, mut answered) = oneshot::channel();
        let (written, mut outcome) = oneshot::channel();
        let change = Box::new(move |data: &mut VaultData| {
            let result = change(data);
            let changed = result.is_ok();
            // A caller that has gone is none that could be told.
            let _ = answer.send(result);
            changed
        });
        self.waiting().push(Waiting { change, written });
        // Lets those come that were called along with this one.
        tokio::task::yield_now().await;
        let turn = self.turn.lock().await;
        let known = outcome.try_recv();
        let known = known.or_else(|_| {
            // File work blocks, so the runtime is told.
            tokio::task::block_in_place(|| self.write_all(write));
            outcome.try_recv()
        });
        drop(turn);
        known.map_err(|_| lost())??;
        answered.try_recv().map_err(|_| lost())
    }

    fn write_all(&self, write: impl FnOnce(&mut dyn FnMut(&mut VaultData) -> bool) -> Result<(), VaultProblem>) {
        let mut group = std::mem::take(&mut *self.waiting());
        // Nobody waits any more for what was given up.
        group.retain(|waiting| !waiting.written.is_closed());
        let (mut changes, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|w| (w.change, w.written)).unzip();
        let outcome = write(&mut |data| changes.drain(..).fold(false, |changed, change| change(data) | changed));
        for written in answers {
            let _ = written.send(outcome.clone());
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only after a panic in another change of the group.
fn lost() -> VaultProblem {
    "the vault was not written".into()
}

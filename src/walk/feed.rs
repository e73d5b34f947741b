//! Hands what one walk finds to several workers: none of them waits while another lists a folder, as long as enough was found
//! before.

use std::collections::VecDeque;
use std::iter::Fuse;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// When fewer are left, the worker that takes one looks for more first.
const LOW: usize = 32;
/// How many it looks for.
const MORE: usize = 64;

/// A sequence that workers share: each item goes to one of them, in no certain order.
pub struct Feed<I: Iterator> {
    /// What was found and not taken yet. Held for no longer than it takes to put something in or take it out.
    ready: Mutex<VecDeque<I::Item>>,
    /// Held while it looks for more.
    source: Mutex<Fuse<I>>,
}

impl<I: Iterator> Feed<I> {
    /// Begins with nothing.
    pub fn new(source: I) -> Self {
        Self { ready: Mutex::new(VecDeque::new()), source: Mutex::new(source.fuse()) }
    }

    /// The next item for the worker that asks; none once all were handed out.
    pub fn take(&self) -> Option<I::Item> {
        let (item, left) = self.ready();
        if let Some(item) = item {
            if left < LOW {
                self.look_ahead();
            }
            return Some(item);
        }
        // nobody has looked for more yet, or somebody does, or that was all
        let mut source = lock(&self.source);
        let found = self.ready().0.or_else(|| source.next())?;
        self.more_of(&mut source);
        Some(found)
    }

    fn ready(&self) -> (Option<I::Item>, usize) {
        let mut ready = lock(&self.ready);
        (ready.pop_front(), ready.len())
    }

    /// Looks for some more, unless somebody else does.
    fn look_ahead(&self) {
        let mut source = match self.source.try_lock() {
            Ok(source) => source,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.more_of(&mut source);
    }

    fn more_of(&self, source: &mut Fuse<I>) {
        for item in source.take(MORE) {
            lock(&self.ready).push_back(item);
        }
    }
}

/// A walk that panicked is over, as far as the others are concerned: what it had found is still theirs.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_item_goes_to_one_worker() {
        for count in [0, 1, 2, LOW, MORE, 10_000] {
            let feed = Feed::new(0..count);
            let taken = std::thread::scope(|scope| {
                let work = || std::iter::from_fn(|| feed.take()).collect::<Vec<_>>();
                let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
                let mut taken: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
                taken.sort_unstable();
                taken
            });
            assert!(taken.into_iter().eq(0..count), "{count}");
        }
    }

    #[test]
    fn nobody_waits_while_another_looks_for_more() {
        let free = AtomicBool::new(false);
        // what comes behind the first waits until somebody took one meanwhile
        let slow = (0..200).inspect(|number| {
            while *number == MORE + 1 && !free.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let feed = Feed::new(slow);
        assert_eq!(feed.take(), Some(0));
        std::thread::scope(|scope| {
            // takes until few are left, and then looks for more
            let looking = scope.spawn(|| (0..=MORE - LOW).map_while(|_| feed.take()).last());
            while feed.source.try_lock().is_ok() {
                std::thread::yield_now();
            }
            assert!(feed.take().is_some());
            free.store(true, Ordering::Relaxed);
            assert!(looking.join().unwrap().is_some());
        });
        assert_eq!(std::iter::from_fn(|| feed.take()).last(), Some(199));
    }

    #[test]
    fn a_panic_of_one_worker_leaves_the_rest_to_the_others() {
        let feed = Feed::new((0..200).inspect(|number| assert_ne!(*number, 100, "broken")));
        let one = std::panic::catch_unwind(|| std::iter::from_fn(|| feed.take()).count());
        assert!(one.is_err());
        assert_eq!(std::iter::from_fn(|| feed.take()).last(), Some(199));
    }
}

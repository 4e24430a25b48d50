//! A lab's share of the machine: how its heavier work lets others get on.
//!
//! ```text
//! many small pieces ─► Pace::spend ─► lets others run after each piece
//! one large piece   ─► Share::apart ─► a thread for such work: one a lab, two in all
//! what tools gather ─► Share::hold ─► at most so much a lab
//! ```
//!
//! **Invariant:** nothing keeps a thread of the runtime for more than some milliseconds: what
//! cannot be cut into pieces goes apart. Dropping the future lets go of the work; a piece that is
//! on its way ends by itself, and is bounded.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Duration, Instant};

use crate::shell::memory::{Held, Meter};

/// How much work, in bytes looked at, is done in one go.
pub(crate) const PIECE: usize = 64 * 1024;

/// What the running tools of a lab may gather together.
const MAX_GATHERED: usize = 64 * 1024 * 1024;

/// How long one piece of work may take that could take for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many pieces run apart at a time, in all labs.
static THREADS: Semaphore = Semaphore::const_new(2);

/// Counts small pieces of work.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    spent: usize,
}

impl Pace {
    /// Counts work; after enough of it, others run.
    pub(crate) async fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent >= PIECE {
            self.spent = 0;
            tokio::task::yield_now().await;
        }
    }
}

/// What one lab may use at a time. Clones are the same share.
#[derive(Clone, Debug)]
pub struct Share {
    gathered: Meter,
    turn: Arc<Semaphore>,
}

impl Default for Share {
    fn default() -> Self {
        Self { gathered: Meter::up_to(MAX_GATHERED), turn: Arc::new(Semaphore::new(1)) }
    }
}

impl Share {
    /// Room for what a tool gathers, unless the lab's tools hold too much already.
    pub(crate) fn hold(&self, bytes: usize) -> Option<Held> {
        self.gathered.hold(bytes)
    }

    /// Does work that looks at so many bytes: at once when they are few, apart otherwise.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        if bytes <= PIECE {
            return work();
        }
        let permits = self.permits().await;
        let task = tokio::task::spawn_blocking(move || {
            let _permits = permits;
            work()
        });
        match task.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is going down, and this future with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    async fn permits(&self) -> (OwnedSemaphorePermit, SemaphorePermit<'static>) {
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let thread = THREADS.acquire().await;
        let open = "the semaphores are never closed";
        (turn.expect(open), thread.expect(open))
    }
}

/// Ends work that would take too long.
pub(crate) struct Patience(Instant);

impl Patience {
    /// Begins to wait.
    pub(crate) fn new() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// Whether it has run out.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() > self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_work_leaves_the_thread_to_others() {
        let share = Share::default();
        let here = std::thread::current().id();

        let small = share.apart(10, || std::thread::current().id()).await;
        let large = share.apart(PIECE + 1, || std::thread::current().id()).await;

        assert_eq!(small, here);
        assert_ne!(large, here);
    }

    #[tokio::test]
    async fn a_lab_does_one_large_piece_at_a_time() {
        let share = Share::default();
        let (send, wait) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let share = share.clone();
            async move { share.apart(PIECE + 1, move || wait.recv().is_ok()).await }
        });
        tokio::task::yield_now().await;

        let mut second = Box::pin(share.apart(PIECE + 1, || ()));
        assert!(futures::poll!(&mut second).is_pending());
        let other = Share::default();
        other.apart(PIECE + 1, || ()).await;
        send.send(()).unwrap();

        assert!(first.await.unwrap());
        second.await;
    }
}

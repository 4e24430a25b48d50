//! A queue of keys to look at again.
//!
//! **Invariant:** a key is handed out to one worker at a time; if it is added meanwhile, it comes
//! again afterwards. Adding a key that waits changes nothing. So a controller that looks at the
//! present state for each key it gets never misses a change and never races itself. Whatever
//! happens to one key, a panic included, the others are handled.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;

const FIRST_RETRY: Duration = Duration::from_millis(5);
const LAST_RETRY: Duration = Duration::from_mins(1);

/// The queue. Shared by reference: event handlers add, one loop takes.
pub(crate) struct Queue<K> {
    name: &'static str,
    state: Mutex<State<K>>,
    changed: Notify,
}

struct State<K> {
    ready: VecDeque<K>,
    waiting: BTreeSet<K>,
    busy: BTreeSet<K>,
    delayed: BTreeMap<(Instant, u64), K>,
    failures: BTreeMap<K, u32>,
    sequence: u64,
}

impl<K: Ord + Clone + std::fmt::Debug> Queue<K> {
    /// An empty queue; `name` is for the log.
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        let state = State {
            ready: VecDeque::new(),
            waiting: BTreeSet::new(),
            busy: BTreeSet::new(),
            delayed: BTreeMap::new(),
            failures: BTreeMap::new(),
            sequence: 0,
        };
        Arc::new(Self { name, state: Mutex::new(state), changed: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for `key` to be looked at.
    pub(crate) fn add(&self, key: K) {
        let mut state = self.state();
        if state.waiting.insert(key.clone()) && !state.busy.contains(&key) {
            state.ready.push_back(key);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Asks for `key` to be looked at after `delay`.
    pub(crate) fn add_after(&self, key: K, delay: Duration) {
        let mut state = self.state();
        state.sequence += 1;
        let at = (Instant::now() + delay, state.sequence);
        state.delayed.insert(at, key);
        drop(state);
        self.changed.notify_one();
    }

    /// Calls `handle` for each key, at most `workers` at a time, until cancelled.
    ///
    /// A key whose handling fails comes again, later each time.
    pub(crate) async fn work<F, Fut>(&self, workers: usize, cancel: &CancellationToken, handle: F)
    where
        F: Fn(K) -> Fut,
        Fut: Future<Output = Result<(), Error>>,
    {
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < workers {
                let Some(key) = self.take() else { break };
                let work = AssertUnwindSafe(handle(key.clone())).catch_unwind();
                running.push(async move { (key, work.await.unwrap_or(Err(Error::Panicked))) });
            }
            let next = self.next_due();
            tokio::select! {
                () = cancel.cancelled() => return,
                Some((key, result)) = running.next(), if !running.is_empty() => self.done(key, result),
                () = self.changed.notified(), if running.len() < workers => {}
                () = sleep_until(next), if next.is_some() && running.len() < workers => {}
            }
        }
    }

    fn take(&self) -> Option<K> {
        let mut state = self.state();
        let now = Instant::now();
        while let Some(entry) = state.delayed.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let key = entry.remove();
            if state.waiting.insert(key.clone()) && !state.busy.contains(&key) {
                state.ready.push_back(key);
            }
        }
        let key = state.ready.pop_front()?;
        state.waiting.remove(&key);
        state.busy.insert(key.clone());
        Some(key)
    }

    fn next_due(&self) -> Option<Instant> {
        self.state().delayed.keys().next().map(|(at, _)| *at)
    }

    fn done(&self, key: K, result: Result<(), Error>) {
        let mut state = self.state();
        state.busy.remove(&key);
        if state.waiting.contains(&key) {
            state.ready.push_back(key.clone());
        }
        let Err(error) = result else {
            state.failures.remove(&key);
            return;
        };
        let failures = state.failures.entry(key.clone()).or_default();
        *failures += 1;
        let delay = FIRST_RETRY.saturating_mul(1 << (*failures - 1).min(20)).min(LAST_RETRY);
        // What a learner asks for in vain is her lesson once she was told; anything else may interest an operator.
        if error.is_everyday() || *failures < 4 {
            tracing::debug!(queue = self.name, ?key, %error, "Will try again");
        } else {
            tracing::warn!(queue = self.name, ?key, %error, "Still failing, will try again");
        }
        drop(state);
        self.add_after(key, delay);
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_added_many_times_is_handled_once() {
        let queue = Queue::new("test");
        let cancel = CancellationToken::new();
        let seen = Mutex::new(Vec::new());
        for key in ["a", "a", "b", "a"] {
            queue.add(key);
        }

        let handle = async |key| {
            seen.lock().unwrap().push(key);
            Ok(())
        };
        let worked = queue.work(4, &cancel, handle);
        let _ = tokio::time::timeout(Duration::from_secs(1), worked).await;

        assert_eq!(*seen.lock().unwrap(), ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_whose_handling_panics_does_not_keep_the_others_waiting() {
        let queue = Queue::new("test");
        let cancel = CancellationToken::new();
        let seen = Mutex::new(Vec::new());
        queue.add("bad");
        queue.add("good");

        let handle = async |key| {
            assert_ne!(key, "bad", "a defect");
            seen.lock().unwrap().push(key);
            Ok(())
        };
        let worked = queue.work(1, &cancel, handle);
        let _ = tokio::time::timeout(Duration::from_millis(1), worked).await;

        assert_eq!(*seen.lock().unwrap(), ["good"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_key_comes_again_later_each_time() {
        let queue = Queue::new("test");
        let cancel = CancellationToken::new();
        let start = Instant::now();
        let seen = Mutex::new(Vec::new());
        queue.add("a");

        let handle = async |_| {
            seen.lock().unwrap().push((Instant::now() - start).as_millis());
            Err(Error::NotYet("no".to_owned()))
        };
        let worked = queue.work(4, &cancel, handle);
        let _ = tokio::time::timeout(Duration::from_millis(60), worked).await;

        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert!(seen.is_sorted());
    }
}

//! What runs in the background, and what happens when it ends although nobody asked for it.
//!
//! Every task that tokio runs for the server alone is spawned here, and so is work on blocking threads, so that each has a
//! span: what it logs says in whose name. What the libraries spawn for a connection has none.
//!
//! **Invariant:** when a part has ended that the server cannot do without, the whole server stops and says which part it was.
//! Whoever looks after the process starts it again; a server that looks well and checks nothing would help nobody.

#![expect(clippy::disallowed_methods, reason = "here everything is spawned that has a span")]

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span, info_span};

/// What runs in the background. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    stopping: CancellationToken,
    tracker: TaskTracker,
    broken: Arc<OnceLock<String>>,
}

impl Tasks {
    /// Cancelled when the server is told to stop.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Runs what the server cannot do without, until it is told to stop.
    pub fn keep(&self, name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) {
        let (tasks, name) = (self.clone(), name.into());
        let span = info_span!("task", task = name);
        let kept = async move {
            let work = AssertUnwindSafe(work).catch_unwind();
            let ended = tasks.stopping.run_until_cancelled(work).await;
            if let Some(ended) = ended
                && !tasks.stopping.is_cancelled()
            {
                tracing::error!(task = name, panicked = ended.is_err(), "A background task ended");
                // Only the first is the cause.
                drop(tasks.broken.set(name));
                tasks.stopping.cancel();
            }
        };
        self.tracker.spawn(kept.instrument(span));
    }

    /// Runs what may end by itself.
    pub fn spawn(&self, span: Span, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(work.instrument(span));
    }

    /// Waits until everything has ended, but not for long: the rest ends with the process.
    pub async fn end(&self, patience: Duration) {
        self.stopping.cancel();
        self.tracker.close();
        drop(tokio::time::timeout(patience, self.tracker.wait()).await);
    }

    /// The part that has ended although nobody asked for it.
    pub fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }
}

/// Runs one of many that are waited for together.
pub(crate) fn run_among(
    many: &TaskTracker,
    span: Span,
    work: impl Future<Output: Send> + Send + 'static,
) {
    many.spawn(work.instrument(span));
}

/// Runs what ends with its owner: when what it reads from, or writes to, is closed.
pub(crate) fn run_beside(span: Span, work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work.instrument(span));
}

/// Runs what would keep other tasks waiting on a thread of its own, in the span of whoever waits for it.
pub(crate) fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let span = Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_stops_the_rest_and_is_named() {
        let tasks = Tasks::default();
        tasks.keep("patient", std::future::pending());

        tasks.keep("nervous", async { panic!("this is what the test is about") });

        tasks.stopping().cancelled().await;
        assert_eq!(tasks.broken(), Some("nervous"));
        tasks.end(Duration::from_secs(1)).await;
        assert!(tasks.tracker.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_spawned_logs_in_its_own_name() {
        let _log = tracing::subscriber::set_default(tracing_subscriber::registry());
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let name = move |tell: tokio::sync::mpsc::UnboundedSender<_>| async move {
            tell.send(Span::current().metadata().map(tracing::Metadata::name)).unwrap();
        };
        let tasks = Tasks::default();

        tasks.keep("patient", name(tell.clone()));
        tasks.spawn(info_span!("lab"), name(tell.clone()));
        let beside = tell.clone();
        run_beside(info_span!("shell"), async move {
            // Another thread has another log, unless it is told.
            let log = tracing::dispatcher::get_default(Clone::clone);
            let current = || Span::current().metadata().map(tracing::Metadata::name);
            let blocking = run_blocking(move || tracing::dispatcher::with_default(&log, current));
            beside.send(blocking.await.unwrap()).unwrap();
        });
        drop(tell);

        let mut names = Vec::new();
        while let Some(name) = told.recv().await {
            names.push(name.unwrap());
        }
        assert_eq!(names, ["task", "lab", "shell"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_simply_ends_is_as_bad() {
        let tasks = Tasks::default();

        tasks.keep("lazy", async {});

        tasks.stopping().cancelled().await;
        assert_eq!(tasks.broken(), Some("lazy"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_told_to_stop_is_not_broken() {
        let tasks = Tasks::default();
        tasks.keep("patient", std::future::pending());
        let stopping = tasks.stopping().clone();
        tasks.keep("obedient", async move { stopping.cancelled().await });

        tasks.end(Duration::from_secs(1)).await;

        assert_eq!(tasks.broken(), None);
    }
}

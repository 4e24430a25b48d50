//! A bound on the machine's own time, which the lab's clock knows nothing of.
//!
//! The clock of a proof moves on when nothing is left to do. A command that never rests holds it back, and with it every
//! deadline that is counted on it; so one thread waits in real time beside the runtime.
//!
//! **Deliberately absent:** reading a clock. The thread is only told how long to wait.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Ends when the machine has worked for so long. Dropping it lets the thread go at once.
#[expect(
    clippy::disallowed_methods,
    reason = "it logs nothing, and a blocking thread of the runtime would hold the lab's clock"
)]
pub(super) async fn runs_out(after: Duration) {
    let (release, waiting) = channel::<()>();
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        if waiting.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
            // Whoever waited may have gone in this very moment.
            let _ = tell.send(());
        }
    });
    let _ = told.await;
    drop(release);
}

//! Whether the database takes what is written, as the last writes have shown.
//!
//! A full or read-only database still answers readers, so only writing finds it out. What changes is logged once, for the
//! operator: each refused request says so to whoever asked.
//!
//! **Deliberately absent:** whether the database answers at all; that is asked, not remembered (`Store::ping`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Error;
use crate::causes::chain;

/// How long nothing is tried while nothing is wrong.
const BEAT: Duration = Duration::from_secs(29);
/// How long to rest before writing is tried, also while it is refused.
const TRY: Duration = Duration::from_secs(1);
/// How long nothing may have been refused until all is well: a disk that is full still has room for a small write.
const CALM: Duration = Duration::from_secs(3);

/// What keeps a database from taking what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another program holds it.
    Locked,
    /// It may only be read.
    ReadOnly,
    /// There is no room.
    Full,
    /// It does not answer.
    Unreachable,
    /// Anything else that it reports when a transaction is to be committed.
    Failing,
}

impl Refusal {
    /// Every one of them.
    pub const ALL: [Self; 5] =
        [Self::Locked, Self::ReadOnly, Self::Full, Self::Unreachable, Self::Failing];

    /// What it says in `/readyz`, in `/metrics` and in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::ReadOnly => "read-only",
            Self::Full => "full",
            Self::Unreachable => "unreachable",
            Self::Failing => "failing",
        }
    }
}

/// How writing goes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<watch::Sender<Option<(Refusal, Instant)>>>);

impl Health {
    /// What is wrong, if anything is.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.0.borrow().map(|(refusal, _)| refusal)
    }

    /// Returns when it is time to try writing for its own sake: soon, once something is wrong.
    pub(super) async fn rest(&self) {
        let mut seen = self.0.subscribe();
        let wrong = seen.wait_for(Option::is_some);
        // That something is wrong and that nothing is are both reasons to try.
        drop(tokio::time::timeout(BEAT, wrong).await);
        tokio::time::sleep(TRY).await;
    }

    /// Notes how a write went: what went wrong with it, if anything did.
    pub(super) fn note(&self, error: Option<&Error>) {
        let refusal = error.and_then(Error::refusal);
        self.0.send_if_modified(|last| match (error, refusal, *last) {
            (Some(error), Some(now), before) => {
                if before.is_none_or(|(before, _)| before != now) {
                    let (why, error) = (now.word(), chain(error));
                    tracing::error!(why, error, "The database takes no writes");
                }
                *last = Some((now, Instant::now()));
                true
            }
            (None, _, Some((_, at))) if at.elapsed() >= CALM => {
                tracing::info!("The database takes writes again");
                *last = None;
                true
            }
            // What was wrong was the write; or it is too early to say.
            (Some(_), None, _) | (None, _, _) => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Error {
        Error::Full(sqlx::Error::RowNotFound)
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_stays_until_writing_has_gone_well_for_a_while() {
        let health = Health::default();
        health.note(Some(&full()));
        assert_eq!(health.refusal(), Some(Refusal::Full));

        health.note(None);
        assert_eq!(health.refusal(), Some(Refusal::Full), "a small write may have found room");

        tokio::time::advance(CALM).await;
        health.note(None);
        assert_eq!(health.refusal(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn writing_is_tried_now_and_then_and_soon_once_it_was_refused() {
        let (health, start) = (Health::default(), Instant::now());
        health.rest().await;
        assert_eq!(start.elapsed(), BEAT + TRY);

        health.note(Some(&full()));
        let refused = Instant::now();
        health.rest().await;
        assert_eq!(refused.elapsed(), TRY);
    }

    #[test]
    fn what_a_commit_meets_counts_as_what_it_is() {
        let wrapped = |error| Error::NotCommitted(Arc::new(error));

        assert_eq!(wrapped(full()).refusal(), Some(Refusal::Full));
        let other = wrapped(Error::Database(sqlx::Error::RowNotFound));
        assert_eq!(other.refusal(), Some(Refusal::Failing));
        assert_eq!(Error::InDoubt(Arc::new(full())).refusal(), Some(Refusal::Unreachable));
    }
}

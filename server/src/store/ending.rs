//! How a transaction ended, also when the database went away before it could say so.
//!
//! ```text
//! COMMIT ──► done | refused: nothing is there | no word ──► ask PostgreSQL by the transaction's id ──► done | nothing | no word
//! ```
//!
//! **Invariant:** nobody is told "not stored" of a write that may be there. What cannot be found out is [`Ended::InDoubt`].

use std::sync::Arc;
use std::time::Duration;

use super::database::Database;
use super::{Connection, Error};

/// How long PostgreSQL is asked how a transaction ended: a restart takes less, and somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before it is asked once more.
const AGAIN: Duration = Duration::from_millis(200);

/// How a transaction ended. Everybody whose write was in it is told the same.
#[derive(Clone, Debug)]
pub(super) enum Ended {
    /// It is durable.
    Committed,
    /// Nothing of it is there, and why.
    Undone(Arc<Error>),
    /// It may be there or not: the answer to COMMIT did not come.
    InDoubt(Arc<Error>),
}

impl Ended {
    pub(super) fn undone(error: Error) -> Self {
        Self::Undone(Arc::new(error))
    }

    /// What whoever asked for the write is told, if it is not done.
    pub(super) fn error(&self) -> Option<Error> {
        match self {
            Self::Committed => None,
            Self::Undone(cause) => Some(Error::NotCommitted(Arc::clone(cause))),
            Self::InDoubt(cause) => Some(Error::InDoubt(Arc::clone(cause))),
        }
    }
}

/// Commits the open transaction.
pub(super) async fn commit(connection: &mut Connection) -> Ended {
    match connection.script("COMMIT").await {
        Ok(()) => Ended::Committed,
        Err(error) if is_an_answer(&error) => Ended::undone(error),
        Err(error) => Ended::InDoubt(Arc::new(error)),
    }
}

/// Whether the database itself said that it does not commit, so that nothing is there.
fn is_an_answer(error: &Error) -> bool {
    match error {
        Error::Locked(_) | Error::ReadOnly(_) | Error::Full(_) => true,
        Error::Database(error) => error.as_database_error().is_some(),
        // PostgreSQL may say that it is going down after it has committed.
        Error::Unreachable(_)
        | Error::Url { .. }
        | Error::Open { .. }
        | Error::Taken { .. }
        | Error::Newer { .. }
        | Error::OtherVersion { .. }
        | Error::Foreign
        | Error::TooOld { .. }
        | Error::NotCommitted(_)
        | Error::InDoubt(_)
        | Error::Closed
        | Error::Malformed { .. } => false,
    }
}

/// Asks PostgreSQL how a transaction ended whose connection broke, as long as somebody can be kept waiting for it.
pub(super) async fn find_out(database: &Database, id: &str, broken: Arc<Error>) -> Ended {
    let asking = async {
        loop {
            match database.fate_of(id).await.as_deref() {
                Ok("committed") => return Ended::Committed,
                Ok("aborted") => return Ended::Undone(Arc::clone(&broken)),
                // Its end is not noticed yet, or the database is not there yet.
                Ok("in progress") | Err(Error::Unreachable(_)) => tokio::time::sleep(AGAIN).await,
                // Another server has taken over, one that does not know this transaction.
                Ok(_) | Err(_) => return Ended::InDoubt(Arc::clone(&broken)),
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, asking).await;
    let ended = ended.unwrap_or_else(|_| Ended::InDoubt(Arc::clone(&broken)));
    match &ended {
        Ended::Committed => tracing::warn!("The database broke off at a commit; it is done"),
        Ended::Undone(_) => tracing::warn!("The database broke off before a commit; it is undone"),
        Ended::InDoubt(_) => {
            tracing::error!("The database broke off at a commit; nobody knows whether it is done");
        }
    }
    ended
}

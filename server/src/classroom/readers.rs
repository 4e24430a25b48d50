//! Who is behind a session and what is on record about her, kept in memory while nothing is written.
//!
//! A page, an answer of the API and an open stream each need the same few rows. They are read once, and again as soon as the
//! store's mark of the learner is another one: signing out, deletion, a result, a lab show at once.
//!
//! **Invariant:** what is handed out is what the store holds now, or held when the request came. Where other processes write
//! to the database (PostgreSQL), nothing is kept and everything is read each time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::announcements;
use super::progress::Record;
use crate::store::{Error, LabRow, Learner, Mark, SignedIn, Store};

/// How many sessions are kept; when there are more, all are read anew.
const MOST: usize = 4096;
/// For how long at most, for whoever changes the file by other means.
const LONGEST: Duration = Duration::from_secs(5);

/// What is known of a learner.
#[derive(Debug)]
pub struct Known {
    /// Who she is.
    pub learner: Learner,
    /// What her class is called.
    pub class_name: String,
    /// What the instructor said last to her, as long as she has not put it away.
    pub said: Option<wire::Announcement>,
    /// What is on record about her exercises.
    pub record: Record,
    /// Her newest lab, as it is wanted.
    pub lab: Option<LabRow>,
    session_ends: i64,
}

struct Kept {
    known: Arc<Known>,
    mark: Mark,
    since: Instant,
}

/// Those who have been here lately, by the digest of their session.
pub struct Readers {
    store: Store,
    kept: Mutex<HashMap<String, Kept>>,
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Readers")
    }
}

impl Readers {
    /// Nobody has been here yet.
    pub fn new(store: Store) -> Self {
        Self { store, kept: Mutex::default() }
    }

    /// Who comes with this session, if it has not ended.
    pub async fn find(&self, token_hash: &str, now: i64) -> Result<Option<Arc<Known>>, Error> {
        if let Some(known) = self.remembered(token_hash) {
            return Ok((known.session_ends > now).then_some(known));
        }
        let Some(signed_in) = self.store.signed_in(token_hash, now).await? else {
            return Ok(None);
        };
        // The mark first, and the session once more after it: what is written meanwhile makes the mark another one.
        let Some(mark) = self.store.mark(&signed_in.learner.id) else {
            return Ok(Some(Arc::new(self.rest(signed_in, now).await?)));
        };
        let Some(signed_in) = self.store.signed_in(token_hash, now).await? else {
            return Ok(None);
        };
        let known = Arc::new(self.rest(signed_in, now).await?);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        let since = Instant::now();
        kept.insert(token_hash.to_owned(), Kept { known: Arc::clone(&known), mark, since });
        Ok(Some(known))
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, token_hash: &str) -> Option<Arc<Known>> {
        let mut kept = self.kept();
        let one = kept.get(token_hash)?;
        let holds = self.store.mark(&one.known.learner.id) == Some(one.mark);
        if holds && one.since.elapsed() < LONGEST {
            return Some(Arc::clone(&one.known));
        }
        kept.remove(token_hash);
        None
    }

    /// Reads what else is to be known of whoever has signed in.
    async fn rest(&self, signed_in: SignedIn, now: i64) -> Result<Known, Error> {
        let SignedIn { learner, class_name, announced_at, session_ends } = signed_in;
        Ok(Known {
            said: announcements::current(&self.store, announced_at, &learner, now).await?,
            class_name,
            record: Record::load(&self.store, &learner.id).await?,
            lab: self.store.lab_of(&learner.id).await?,
            learner,
            session_ends,
        })
    }
}

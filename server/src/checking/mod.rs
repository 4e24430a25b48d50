//! Index change → which checks → evaluate → record → announce.
//!
//! **Invariant:** one learner's checks are evaluated one batch at a time, and what is announced is durable. A check is never shown as
//! passed by age: while the cluster is out of sight, it is unknown.

mod board;
mod rounds;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use curriculum::{Course, Exercise, Reason, record_baseline};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::cluster::{Changes, Cluster};
use crate::labs::{Clock, Enrolled, Publish, Roster};
use crate::store::{Attempt, Store};

use board::Board;

/// How many batches of checks are evaluated at once, off the async threads.
const EVALUATIONS: usize = 2;

/// What was asked for cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The learner has no lab that could be looked at.
    #[error("the learner has no lab")]
    NoLab,
    /// The exercise cannot be started yet.
    #[error("the exercise cannot be started yet")]
    TooEarly(Box<Reason>),
    /// The cluster cannot be seen right now.
    #[error("the cluster cannot be seen right now")]
    Unseen,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}

/// Evaluates every learner's checks.
pub struct Checking {
    store: Store,
    cluster: Cluster,
    changes: Arc<Changes>,
    course: watch::Receiver<Arc<Course>>,
    clock: Clock,
    publish: Publish,
    roster: Arc<Roster>,
    /// The labs that the last round knew.
    known: Mutex<HashMap<String, Enrolled>>,
    boards: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Board>>>>,
    evaluations: Semaphore,
    /// Labs whose results could not be recorded, and when to try again.
    failed: Mutex<HashMap<String, Instant>>,
}

/// What [`Checking`] is made of.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The cluster.
    pub cluster: Cluster,
    /// The index's changes, for this reader alone.
    pub changes: Arc<Changes>,
    /// The course.
    pub course: watch::Receiver<Arc<Course>>,
    /// The time.
    pub clock: Clock,
    /// Wakes listeners.
    pub publish: Publish,
    /// The labs that there are.
    pub roster: Arc<Roster>,
}

impl Checking {
    /// Checks that nobody evaluates yet: [`Checking::run`] does.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, cluster, changes, course, clock, publish, roster } = parts;
        Self {
            store,
            cluster,
            changes,
            course,
            clock,
            publish,
            roster,
            known: Mutex::default(),
            boards: Mutex::default(),
            evaluations: Semaphore::new(EVALUATIONS),
            failed: Mutex::default(),
        }
    }

    fn now(&self) -> i64 {
        (self.clock)().as_millisecond()
    }

    fn course(&self) -> Arc<Course> {
        Arc::clone(&self.course.borrow())
    }

    fn enrolled(&self, learner: &str) -> Option<(String, Enrolled)> {
        let roster = self.roster.read().unwrap_or_else(PoisonError::into_inner);
        roster
            .iter()
            .find(|(_, enrolled)| enrolled.learner == learner)
            .map(|(lab, enrolled)| (lab.clone(), enrolled.clone()))
    }

    /// The learner's board, read from the store when it is first needed.
    async fn board(
        &self,
        learner: &str,
    ) -> Result<Arc<tokio::sync::Mutex<Board>>, crate::store::Error> {
        let known =
            self.boards.lock().unwrap_or_else(PoisonError::into_inner).get(learner).cloned();
        if let Some(board) = known {
            return Ok(board);
        }
        let results = self.store.results(learner).await?;
        let attempts = self.store.attempts(learner).await?;
        let board = Board::new(results, &attempts);
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        let board = boards
            .entry(learner.to_owned())
            .or_insert_with(|| Arc::new(tokio::sync::Mutex::new(board)));
        Ok(Arc::clone(board))
    }

    /// Forgets what is remembered of a learner: it is read anew.
    pub fn forget(&self, learner: &str) {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).remove(learner);
    }

    /// Starts an exercise: notes what its baseline asks for, and looks at its checks.
    ///
    /// Idempotent: an exercise that was started stays as it was noted then.
    pub async fn start(&self, learner: &str, exercise: &Exercise) -> Result<(), Error> {
        let (lab, enrolled) = self.enrolled(learner).ok_or(Error::NoLab)?;
        let board = self.board(learner).await?;
        let mut board = board.lock().await;
        if board.started_at(&exercise.id).is_none() {
            if !self.cluster.index().is_current() {
                return Err(Error::Unseen);
            }
            let objects = self.cluster.index().objects(&lab);
            let noted = record_baseline(exercise, &objects)
                .map_err(|reason| Error::TooEarly(Box::new(reason)))?;
            let attempt = Attempt {
                exercise_id: exercise.id.as_str().to_owned(),
                started_at: self.now(),
                baseline: exercise.needs_start().then(|| noted.to_string()),
            };
            self.store.add_attempt(learner, &attempt).await?;
            board.start(&attempt);
        }
        self.look(&enrolled, &mut board, std::slice::from_ref(&exercise.id)).await?;
        Ok(())
    }
}

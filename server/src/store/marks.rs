//! Tells whether what was read before still holds, without reading again.
//!
//! ```text
//! reader: marks.now() ─► read ─► keep ─► later: same mark? then nothing was written since
//! writer: commit ─► note ─► acknowledge
//! ```
//!
//! **Invariant:** a write is noted after its commit and before its acknowledgement. Whoever has been told that a write is done
//! finds another mark; a reader who took its mark first cannot keep what was there before.
//!
//! **Deliberately absent:** writes of other processes. Where there may be some (PostgreSQL), no mark is given.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many counters learners share; sharing one costs a reading more, never a reading less.
const COUNTERS: usize = 1024;

/// Of whom a write changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// Of one learner, by id.
    Learner(String),
    /// Of anybody.
    Anybody,
}

impl From<&str> for Touched {
    fn from(learner: &str) -> Self {
        Self::Learner(learner.to_owned())
    }
}

/// The state of what is stored about one learner; another one once something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    anybody: u64,
    learner: u64,
}

/// Counts writes. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    anybody: Arc<AtomicU64>,
    learners: Arc<[AtomicU64]>,
}

impl Marks {
    pub(super) fn new() -> Self {
        let learners = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self { anybody: Arc::default(), learners }
    }

    /// How things stand with a learner.
    pub(super) fn now(&self, learner: &str) -> Mark {
        Mark {
            anybody: self.anybody.load(Ordering::SeqCst),
            learner: self.counter(learner).load(Ordering::SeqCst),
        }
    }

    /// Something was written.
    pub(super) fn note(&self, touched: &Touched) {
        let counter = match touched {
            Touched::Learner(learner) => self.counter(learner),
            Touched::Anybody => &self.anybody,
        };
        counter.fetch_add(1, Ordering::SeqCst);
    }

    fn counter(&self, learner: &str) -> &AtomicU64 {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(learner);
        let place = hash % self.learners.len() as u64;
        &self.learners[usize::try_from(place).expect("there are fewer counters than that")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_changes_the_mark_of_those_whom_it_touches() {
        let marks = Marks::new();
        let before = marks.now("ada");

        marks.note(&Touched::from("ada"));
        let after = marks.now("ada");
        assert_ne!(before, after);

        marks.note(&Touched::Anybody);
        assert_ne!(after, marks.now("ada"));
    }

    #[test]
    fn nothing_written_leaves_the_mark() {
        let marks = Marks::new();

        assert_eq!(marks.now("ada"), marks.now("ada"));
    }
}

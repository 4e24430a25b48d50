//! The recent past of one collection, which watches read.
//!
//! **Invariant:** events are in the order of their revisions, and whoever asks for what came after
//! a revision either gets all of it or is told that it is gone.

use std::collections::VecDeque;
use std::sync::Arc;

use super::object::Object;

/// How many events of one collection are kept.
const EVENTS: usize = 4096;

/// How many bytes of objects of one collection are kept in events.
const BYTES: usize = 8 << 20;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    Added,
    Modified,
    Deleted,
}

/// One change, as watches see it.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) happened: Happened,
    /// The object after the change; for a deletion its last state, at the deletion's revision.
    pub(crate) object: Arc<Object>,
    /// The object before the change.
    pub(crate) previous: Option<Arc<Object>>,
}

impl Event {
    /// What keeping it costs: both states, since the newer one is soon replaced in its collection.
    fn bytes(&self) -> usize {
        let before = self.previous.as_ref().map_or(0, |it| it.json().len());
        self.object.json().len() + before
    }
}

/// The revisions that were asked for are no longer kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone {
    /// The oldest revision that a watch can still start from.
    pub(crate) oldest: u64,
}

/// A bounded queue of events.
#[derive(Debug, Default)]
pub(crate) struct Window {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    /// The newest revision that was dropped.
    dropped: u64,
}

impl Window {
    pub(super) fn push(&mut self, event: Event) {
        self.bytes += event.bytes();
        self.events.push_back(Arc::new(event));
        while self.events.len() > EVENTS || self.bytes > BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.bytes();
            self.dropped = oldest.object.revision;
        }
    }

    /// At most `limit` events after a revision.
    pub(super) fn after(&self, revision: u64, limit: usize) -> Result<Vec<Arc<Event>>, Gone> {
        if revision < self.dropped {
            return Err(Gone { oldest: self.dropped });
        }
        let start = self.events.partition_point(|it| it.object.revision <= revision);
        Ok(self.events.iter().skip(start).take(limit).map(Arc::clone).collect())
    }
}

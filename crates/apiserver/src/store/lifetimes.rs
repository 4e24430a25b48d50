//! When objects that are not kept for ever are dropped: Events, an hour after their last write.
//!
//! **Invariant:** entries are in the order of their expiry, because all live equally long and the
//! clock does not go back; one whose object was written again meanwhile is passed over.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::kinds::{self, Resource};

/// How long an Event is kept, as a server does that is not told otherwise.
const EVENT: SignedDuration = SignedDuration::from_hours(1);

/// What will expire, the next first.
#[derive(Debug, Default)]
pub(super) struct Lifetimes(VecDeque<(Timestamp, Arc<str>, u64)>);

impl Lifetimes {
    /// An object was written: it lives from now.
    pub(super) fn begin(&mut self, now: Timestamp, key: Arc<str>, revision: u64) {
        let end = now.checked_add(EVENT).unwrap_or(Timestamp::MAX);
        self.0.push_back((end, key, revision));
    }

    /// When the next one expires.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.front().map(|(end, _, _)| *end)
    }

    /// The key and revision of one that has expired.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<(Arc<str>, u64)> {
        self.next().filter(|end| *end <= now)?;
        self.0.pop_front().map(|(_, key, revision)| (key, revision))
    }
}

/// Whether objects of this resource expire.
pub(super) fn concern(resource: &Resource) -> bool {
    resource.kind == "Event"
}

/// The resource whose objects expire, as it is stored.
pub(super) fn resource() -> &'static Resource {
    kinds::find("", "v1", "events").expect("events are built in")
}

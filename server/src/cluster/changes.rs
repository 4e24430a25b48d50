//! What has changed since somebody last looked: bounded by what there is, not by how often it changes.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use curriculum::{Kind, Plane};
use tokio::sync::Notify;

/// An object that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// The kind.
    pub kind: Kind,
    /// The plane; none in the toolbox's namespace.
    pub plane: Option<Plane>,
    /// The name.
    pub name: String,
}

/// Everything that changed since the last batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Whether anything at all may have changed, e.g. after the cluster was out of sight.
    pub everything: bool,
    /// The objects, by lab.
    pub by_lab: HashMap<String, HashSet<Change>>,
}

/// Collects changes for one reader.
#[derive(Debug, Default)]
pub struct Changes {
    waiting: Mutex<Batch>,
    wake: Notify,
}

impl Changes {
    /// An object of a lab changed.
    pub fn mark(&self, lab: &str, change: Change) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.by_lab.get_mut(lab) {
            Some(changes) => {
                changes.insert(change);
            }
            None => {
                waiting.by_lab.insert(lab.to_owned(), HashSet::from([change]));
            }
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// A lab must be looked at as a whole.
    pub fn mark_lab(&self, lab: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.by_lab.entry(lab.to_owned()).or_default();
        drop(waiting);
        self.wake.notify_one();
    }

    /// Everything must be looked at.
    pub fn mark_everything(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).everything = true;
        self.wake.notify_one();
    }

    /// Waits until something changed, and takes all of it.
    pub async fn next(&self) -> Batch {
        loop {
            let wake = self.wake.notified();
            let batch = self.take();
            if batch.everything || !batch.by_lab.is_empty() {
                return batch;
            }
            wake.await;
        }
    }

    /// Takes what has changed so far, without waiting.
    pub fn take(&self) -> Batch {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

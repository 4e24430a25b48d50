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
    /// What changed, by lab.
    pub by_lab: HashMap<String, LabChanges>,
}

/// What of one lab changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LabChanges {
    /// Whether the lab must be looked at as a whole, whichever objects stand beside.
    pub whole: bool,
    /// The objects.
    pub objects: HashSet<Change>,
}

impl LabChanges {
    /// All of a lab.
    pub fn whole() -> Self {
        Self { whole: true, objects: HashSet::new() }
    }

    /// Takes in later changes.
    pub fn extend(&mut self, later: Self) {
        self.whole |= later.whole;
        self.objects.extend(later.objects);
    }
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
        if let Some(changes) = waiting.by_lab.get_mut(lab) {
            changes.objects.insert(change);
        } else {
            let changes = LabChanges { whole: false, objects: HashSet::from([change]) };
            waiting.by_lab.insert(lab.to_owned(), changes);
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// A lab must be looked at as a whole.
    pub fn mark_lab(&self, lab: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.by_lab.entry(lab.to_owned()).or_default().whole = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Change {
        Change { kind: Kind::all()[0].clone(), plane: None, name: "kube-root-ca.crt".to_owned() }
    }

    #[test]
    fn a_lab_is_looked_at_as_a_whole_whatever_else_changes_in_it() {
        let changes = Changes::default();

        changes.mark_lab("new");
        changes.mark("new", object());
        changes.mark("old", object());

        let by_lab = changes.take().by_lab;
        assert!(by_lab["new"].whole);
        assert!(!by_lab["old"].whole);
    }
}

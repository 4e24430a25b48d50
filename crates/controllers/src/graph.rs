//! Who owns whom, over all kinds.
//!
//! **Invariant:** an object is in the graph from the moment a watch shows it until a watch says that it
//! is gone. What is not in the graph may still exist; only the API server knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::cache::{Head, Key};

/// One object: the index of its kind among the collected kinds, and its key.
pub(crate) type Place = (usize, Key);

/// The graph.
#[derive(Default)]
pub(crate) struct Graph {
    places: BTreeMap<Box<str>, Place>,
    dependents: BTreeMap<Box<str>, BTreeSet<Place>>,
}

impl Graph {
    /// Takes in a change of one object.
    pub(crate) fn apply(&mut self, place: &Place, old: Option<&Head>, new: Option<&Head>) {
        if let Some(old) = old {
            for owner in &old.owners {
                if let Some(all) = self.dependents.get_mut(&owner.uid) {
                    all.remove(place);
                    if all.is_empty() {
                        self.dependents.remove(&owner.uid);
                    }
                }
            }
            if new.is_none_or(|new| new.uid != old.uid) {
                self.places.remove(&old.uid);
            }
        }
        if let Some(new) = new {
            self.places.insert(new.uid.clone(), place.clone());
            for owner in &new.owners {
                self.dependents.entry(owner.uid.clone()).or_default().insert(place.clone());
            }
        }
    }

    /// Whether an object with this uid has been seen and not gone.
    pub(crate) fn has(&self, uid: &str) -> bool {
        self.places.contains_key(uid)
    }

    /// Where the objects are that name this uid as an owner.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Place> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }
}

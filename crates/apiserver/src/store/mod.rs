//! All objects, at one revision after another.
//!
//! ```text
//! commit(changes) ─► one lock ─► next revision ─► collections (persistent maps), windows
//!                                                  │ snapshot: a pointer     │ watch: a cursor
//! ```
//!
//! **Invariant:** there is one revision counter and one writer at a time; a commit happens whole or
//! not at all, and only if every object is still at the revision that the writer had read.
//! Readers take a snapshot, which never changes. The lock is never held across an await.
//!
//! **Deliberately absent:** what objects mean. The store knows names, labels and revisions.

mod claims;
mod lifetimes;
mod object;
mod window;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use imbl::OrdMap;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use self::claims::Claim;
use self::claims::Claims;
use self::lifetimes::Lifetimes;
pub(crate) use self::object::{Object, is_too_large, key, write_fields};
use self::window::Window;
pub(crate) use self::window::{Event, Gone, Happened};
use crate::kinds::{self, Resource};
use crate::settings::Clock;

type Objects = OrdMap<Arc<str>, Arc<Object>>;

/// The objects of one resource at one revision.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) revision: u64,
    objects: Objects,
}

/// One write. `expected` is the revision that the writer has read.
#[derive(Debug)]
pub(crate) enum Change {
    Create { resource: &'static Resource, value: Value },
    Replace { resource: &'static Resource, expected: u64, value: Value },
    Remove { resource: &'static Resource, expected: u64, last: Value },
}

/// Why a commit did not happen: the first change that could not be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Exists,
    Modified,
    Missing,
    /// Its namespace does not exist, or is going away.
    Homeless,
    /// It names an address or a port that another object has taken meanwhile.
    Taken,
}

/// A refused commit: which change it was, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) index: usize,
    pub(crate) why: Refused,
}

#[derive(Default)]
struct Collection {
    objects: Objects,
    window: Window,
}

struct State {
    revision: u64,
    claims: Claims,
    lifetimes: Lifetimes,
    /// The namespaces that take nothing new.
    ending: BTreeSet<Arc<str>>,
    collections: Vec<Collection>,
}

/// All objects.
pub(crate) struct Store {
    state: Mutex<State>,
    /// The newest revision of each collection, for watches to wait on.
    latest: Vec<watch::Sender<u64>>,
    clock: Clock,
}

impl Store {
    pub(crate) fn new(clock: Clock) -> Self {
        let count = kinds::RESOURCES.len();
        let collections = std::iter::repeat_with(Collection::default).take(count).collect();
        let state = State {
            revision: 1,
            claims: Claims::default(),
            lifetimes: Lifetimes::default(),
            ending: BTreeSet::new(),
            collections,
        };
        Self {
            state: Mutex::new(state),
            clock,
            latest: std::iter::repeat_with(|| watch::Sender::new(1)).take(count).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A writer that panicked left whole objects behind: changes are made after all checks.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The revision of the newest write.
    pub(crate) fn revision(&self) -> u64 {
        self.lock().revision
    }

    pub(crate) fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<Object>> {
        let key = key(namespace, name);
        self.lock().collections[index(resource)].objects.get(&key).cloned()
    }

    /// Everything of a resource as it is now.
    pub(crate) fn snapshot(&self, resource: &Resource) -> Snapshot {
        let state = self.lock();
        let objects = state.collections[index(resource)].objects.clone();
        Snapshot { revision: state.revision, objects }
    }

    /// Everything of a resource as it was at a revision, if the window reaches back that far.
    pub(crate) fn snapshot_at(&self, resource: &Resource, revision: u64) -> Option<Snapshot> {
        let state = self.lock();
        let collection = &state.collections[index(resource)];
        let mut objects = collection.objects.clone();
        for event in collection.window.after(revision, usize::MAX).ok()?.iter().rev() {
            let key = key(&event.object.namespace, &event.object.name);
            match &event.previous {
                Some(before) => objects.insert(key, Arc::clone(before)),
                None => objects.remove(&key),
            };
        }
        Some(Snapshot { revision, objects })
    }

    /// At most `limit` events of a resource after a revision.
    pub(crate) fn events_after(
        &self,
        resource: &Resource,
        revision: u64,
        limit: usize,
    ) -> Result<Vec<Arc<Event>>, Gone> {
        self.lock().collections[index(resource)].window.after(revision, limit)
    }

    /// The present revision, if the resource has not been written after another one.
    pub(crate) fn quiet_since(&self, resource: &Resource, revision: u64) -> Option<u64> {
        let state = self.lock();
        let events = state.collections[index(resource)].window.after(revision, 1).ok()?;
        events.is_empty().then_some(state.revision)
    }

    /// Whether another object than the one of this name has something that only one may have.
    pub(crate) fn is_taken(&self, claim: &Claim, namespace: &str, name: &str) -> bool {
        self.lock().claims.is_held(claim, &key(namespace, name))
    }

    /// Tells when a resource has been written.
    pub(crate) fn subscribe(&self, resource: &Resource) -> watch::Receiver<u64> {
        self.latest[index(resource)].subscribe()
    }

    /// How many watches are open.
    pub(crate) fn watchers(&self) -> usize {
        self.latest.iter().map(watch::Sender::receiver_count).sum()
    }

    /// Makes all changes, or none and says which one could not be made.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Result<Vec<Arc<Object>>, Conflict> {
        let mut state = self.lock();
        for (index, change) in changes.iter().enumerate() {
            state.check(change).map_err(|why| Conflict { index, why })?;
        }
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            let (collection, object) = state.apply(change, &self.clock);
            self.latest[collection].send_replace(object.revision);
            written.push(object);
        }
        Ok(written)
    }

    /// When the next object will have outlived its time, if there is one that will.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.lock().lifetimes.next()
    }

    /// Removes what has outlived its time.
    pub(crate) fn expire(&self) {
        let now = (self.clock)();
        let mut state = self.lock();
        while let Some((key, revision)) = state.lifetimes.take_expired(now) {
            let resource = lifetimes::resource();
            let object = state.collections[index(resource)].objects.get(&key);
            // Written anew since, or gone already.
            let Some(object) = object.filter(|it| it.revision == revision) else { continue };
            let last = object.value();
            let change = Change::Remove { resource, expected: revision, last };
            let (collection, object) = state.apply(change, &self.clock);
            self.latest[collection].send_replace(object.revision);
        }
    }
}

impl State {
    fn check(&self, change: &Change) -> Result<(), Refused> {
        let current = |resource: &Resource, value: &Value| {
            self.collections[index(resource)].objects.get(&key_of(value))
        };
        let fits = match change {
            Change::Create { resource, value } | Change::Replace { resource, value, .. } => {
                self.claims.admit(resource, &key_of(value), value)
            }
            Change::Remove { .. } => true,
        };
        match change {
            Change::Create { resource, value } => match current(resource, value) {
                Some(_) => Err(Refused::Exists),
                None if self.is_homeless(resource, value) => Err(Refused::Homeless),
                None if fits => Ok(()),
                None => Err(Refused::Taken),
            },
            Change::Replace { resource, expected, value }
            | Change::Remove { resource, expected, last: value } => {
                let found = current(resource, value).ok_or(Refused::Missing)?;
                match (found.revision == *expected, fits) {
                    (false, _) => Err(Refused::Modified),
                    (true, false) => Err(Refused::Taken),
                    (true, true) => Ok(()),
                }
            }
        }
    }

    /// Whether there is no namespace for a new object.
    fn is_homeless(&self, resource: &Resource, value: &Value) -> bool {
        let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default();
        let namespaces = &self.collections[index(namespace_resource())].objects;
        resource.namespaced
            && (!namespaces.contains_key(namespace) || self.ending.contains(namespace))
    }

    fn apply(&mut self, change: Change, clock: &Clock) -> (usize, Arc<Object>) {
        self.revision += 1;
        let (resource, happened, value) = match change {
            Change::Create { resource, value } => (resource, Happened::Added, value),
            Change::Replace { resource, value, .. } => (resource, Happened::Modified, value),
            Change::Remove { resource, last, .. } => (resource, Happened::Deleted, last),
        };
        let key = key_of(&value);
        let claimed = claims::concern(resource).then(|| value.clone());
        if std::ptr::eq(resource, namespace_resource()) {
            let ends = value["status"]["phase"] == "Terminating" && happened != Happened::Deleted;
            self.ending.remove(&key);
            self.ending.extend(ends.then(|| Arc::clone(&key)));
        }
        if happened != Happened::Deleted && lifetimes::concern(resource) {
            self.lifetimes.begin(clock(), Arc::clone(&key), self.revision);
        }
        let object = Arc::new(Object::new(resource, value, self.revision));
        let index = index(resource);
        let collection = &mut self.collections[index];
        let previous = match happened {
            Happened::Added | Happened::Modified => {
                collection.objects.insert(Arc::clone(&key), Arc::clone(&object))
            }
            Happened::Deleted => collection.objects.remove(&key),
        };
        if claimed.is_some() {
            let old = previous.as_ref().map(|it| it.value());
            let new = claimed.filter(|_| happened != Happened::Deleted);
            self.claims.renew(resource, &key, old.as_ref(), new.as_ref());
        }
        collection.window.push(Event { happened, object: Arc::clone(&object), previous });
        (index, object)
    }
}

impl Snapshot {
    /// The objects of a namespace, or all if it is empty, after a key.
    pub(crate) fn iter<'a>(
        &'a self,
        namespace: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<Object>)> + 'a {
        let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let start: Arc<str> = match after {
            Some(key) => format!("{key}\0").into(),
            None => prefix.as_str().into(),
        };
        self.objects.range(start..).take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// All objects of a namespace, or all if it is empty.
    pub(crate) fn within(&self, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        self.iter(namespace, None).map(|(_, object)| object)
    }
}

/// The collection of a resource: versions of one kind share it.
fn index(resource: &Resource) -> usize {
    kinds::RESOURCES
        .iter()
        .position(|it| it.group == resource.group && it.plural == resource.plural)
        .expect("every resource stands in the table")
}

fn namespace_resource() -> &'static Resource {
    kinds::find("", "v1", "namespaces").expect("namespaces are built in")
}

fn key_of(value: &Value) -> Arc<str> {
    let metadata = &value["metadata"];
    let text = |field: &str| metadata[field].as_str().unwrap_or_default();
    key(text("namespace"), text("name"))
}

#[cfg(test)]
mod tests;

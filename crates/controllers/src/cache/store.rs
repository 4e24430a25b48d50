//! The objects of one kind.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::Kind;

/// The annotation that client-side apply leaves: as large as the object, and of no use here.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A namespace and a name; the namespace is empty for cluster-scoped objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
}

impl Key {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of a typed object.
    pub(crate) fn of(meta: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> Self {
        Self::new(
            meta.namespace.as_deref().unwrap_or_default(),
            meta.name.as_deref().unwrap_or_default(),
        )
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// How much of each object is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keep {
    /// The head alone.
    Head,
    /// Everything but managed fields and the last applied configuration.
    Everything,
}

/// What is known of an object without parsing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) uid: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    pub(crate) owners: Box<[Owner]>,
    pub(crate) finalizers: Box<[Box<str>]>,
    pub(crate) deleting: bool,
}

/// One owner reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) api_version: Box<str>,
    pub(crate) kind: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) uid: Box<str>,
    pub(crate) controller: bool,
    pub(crate) blocks: bool,
}

impl Head {
    /// The owner that controls the object, if it is of `kind`.
    pub(crate) fn controller(&self, kind: &str) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.controller && &*owner.kind == kind)
    }

    /// The value of a label.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| &**label == name).map(|(_, value)| &**value)
    }

    fn parse(object: &Value) -> Self {
        let meta = &object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().into();
        let owner = |owner: &Value| Owner {
            api_version: text(&owner["apiVersion"]),
            kind: text(&owner["kind"]),
            name: text(&owner["name"]),
            uid: text(&owner["uid"]),
            controller: owner["controller"].as_bool().unwrap_or_default(),
            blocks: owner["blockOwnerDeletion"].as_bool().unwrap_or_default(),
        };
        let labels = meta["labels"].as_object();
        Self {
            uid: text(&meta["uid"]),
            version: text(&meta["resourceVersion"]),
            labels: labels
                .map(|labels| labels.iter().map(|(k, v)| (k.as_str().into(), text(v))).collect())
                .unwrap_or_default(),
            owners: meta["ownerReferences"]
                .as_array()
                .map(|owners| owners.iter().map(owner).collect())
                .unwrap_or_default(),
            finalizers: meta["finalizers"]
                .as_array()
                .map(|names| names.iter().map(text).collect())
                .unwrap_or_default(),
            deleting: meta["deletionTimestamp"].is_string(),
        }
    }
}

struct Entry {
    head: Head,
    bytes: Bytes,
}

/// What happened to one object.
pub(crate) struct Change<'a> {
    pub(crate) key: &'a Key,
    pub(crate) old: Option<&'a Head>,
    pub(crate) new: Option<&'a Head>,
    /// The object as it is now, or as it last was, as compact JSON; empty when only heads are kept.
    pub(crate) bytes: &'a Bytes,
    /// The object before; empty when it is new.
    pub(crate) before: &'a Bytes,
}

impl Change<'_> {
    /// The newest head.
    pub(crate) fn head(&self) -> &Head {
        self.new.or(self.old).expect("a change has a before or an after")
    }
}

type Handler = Box<dyn Fn(&Change<'_>) + Send + Sync>;

/// The store.
pub(crate) struct Store {
    pub(crate) kind: Kind,
    keep: Mutex<Keep>,
    entries: Mutex<BTreeMap<Key, Entry>>,
    handlers: RwLock<Vec<Handler>>,
    synced: watch::Sender<bool>,
}

impl Store {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            keep: Mutex::new(Keep::Head),
            entries: Mutex::new(BTreeMap::new()),
            handlers: RwLock::new(Vec::new()),
            synced: watch::Sender::new(false),
        }
    }

    pub(crate) fn keep_at_least(&self, keep: Keep) {
        let mut kept = self.keep.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = (*kept).max(keep);
    }

    /// How much of each object is kept.
    pub(super) fn keep(&self) -> Keep {
        *self.keep.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One object as compact JSON.
    pub(crate) fn get(&self, key: &Key) -> Option<Bytes> {
        self.entries().get(key).map(|entry| entry.bytes.clone())
    }

    /// The head of one object.
    pub(crate) fn head(&self, key: &Key) -> Option<Head> {
        self.entries().get(key).map(|entry| entry.head.clone())
    }

    /// The objects of a namespace as compact JSON.
    pub(crate) fn bytes_in(&self, namespace: &str) -> Vec<Bytes> {
        self.entries()
            .range(Key::new(namespace, "")..)
            .take_while(|(key, _)| &*key.namespace == namespace)
            .map(|(_, entry)| entry.bytes.clone())
            .collect()
    }

    /// How many objects a namespace has.
    pub(crate) fn count_in(&self, namespace: &str) -> usize {
        let entries = self.entries();
        let from = entries.range(Key::new(namespace, "")..);
        from.take_while(|(key, _)| &*key.namespace == namespace).count()
    }

    /// All objects as compact JSON.
    pub(crate) fn bytes(&self) -> Vec<Bytes> {
        self.entries().values().map(|entry| entry.bytes.clone()).collect()
    }

    /// Registers a handler for changes.
    pub(crate) fn on_change(&self, handler: impl Fn(&Change<'_>) + Send + Sync + 'static) {
        self.handlers.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(handler));
    }

    /// Waits for the first complete list.
    pub(crate) async fn synced(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.synced.subscribe().wait_for(|synced| *synced).await;
    }

    /// The reflector's: an object is there, or has changed.
    pub(super) fn apply(&self, mut object: Value) {
        let Some(key) = key(&object) else { return };
        let head = Head::parse(&object);
        let bytes = match self.keep() {
            Keep::Head => Bytes::new(),
            Keep::Everything => {
                prune(&mut object);
                serde_json::to_vec(&object).unwrap_or_default().into()
            }
        };
        let entry = Entry { head: head.clone(), bytes: bytes.clone() };
        let old = self.entries().insert(key.clone(), entry);
        let (old_head, before) = old.map(|old| (old.head, old.bytes)).unzip();
        if old_head.as_ref().is_some_and(|old| old.version == head.version) {
            return;
        }
        let before = before.unwrap_or_default();
        self.tell(&Change {
            key: &key,
            old: old_head.as_ref(),
            new: Some(&head),
            bytes: &bytes,
            before: &before,
        });
    }

    /// The reflector's: an object is gone.
    pub(super) fn delete(&self, object: &Value) {
        if let Some(key) = key(object) {
            self.remove(&key);
        }
    }

    fn remove(&self, key: &Key) {
        let Some(old) = self.entries().remove(key) else { return };
        let change =
            Change { key, old: Some(&old.head), new: None, bytes: &old.bytes, before: &old.bytes };
        self.tell(&change);
    }

    /// The reflector's: this is everything there is.
    pub(super) fn replace(&self, objects: Vec<Value>) {
        let present: std::collections::BTreeSet<Key> = objects.iter().filter_map(key).collect();
        let gone: Vec<Key> =
            self.entries().keys().filter(|key| !present.contains(key)).cloned().collect();
        for key in &gone {
            self.remove(key);
        }
        for object in objects {
            self.apply(object);
        }
        self.synced.send_replace(true);
    }

    fn tell(&self, change: &Change<'_>) {
        for handler in &*self.handlers.read().unwrap_or_else(PoisonError::into_inner) {
            handler(change);
        }
    }
}

fn key(object: &Value) -> Option<Key> {
    let meta = object.get("metadata")?;
    let namespace = meta.get("namespace").and_then(Value::as_str).unwrap_or_default();
    Some(Key::new(namespace, meta.get("name")?.as_str()?))
}

fn prune(object: &mut Value) {
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    meta.remove("managedFields");
    if let Some(annotations) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
}

//! The latest known state of the cluster, one watch a kind for all controllers together.
//!
//! **Invariant:** only the reflector of a kind changes its store, and it tells every handler of each
//! change in order. An object is kept as compact JSON without managed fields: parsing it when it is
//! needed costs microseconds, keeping it parsed would cost ten times the memory.

mod reflector;
mod store;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

pub(crate) use reflector::reflect;
pub(crate) use store::{Change, Head, Keep, Key, Owner, Store};

/// A kind of object, as its path is built.
#[expect(clippy::struct_field_names, reason = "the field is what Kubernetes calls it")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) namespaced: bool,
}

impl Kind {
    /// The kind of a typed object.
    pub(crate) fn of<K>() -> Self
    where
        K: k8s_openapi::Resource + 'static,
        K::Scope: 'static,
    {
        let cluster = TypeId::of::<k8s_openapi::ClusterResourceScope>();
        Self {
            group: K::GROUP,
            version: K::VERSION,
            kind: K::KIND,
            plural: K::URL_PATH_SEGMENT,
            namespaced: TypeId::of::<K::Scope>() != cluster,
        }
    }

    /// `apps/v1`, or `v1` in the core group.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The path of the collection, in one namespace or in all.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let prefix = format!("{root}/{}", self.api_version());
        match namespace.filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => format!("{prefix}/namespaces/{namespace}/{}", self.plural),
            None => format!("{prefix}/{}", self.plural),
        }
    }
}

/// All stores. A store exists once somebody has asked for it.
pub(crate) struct Cache {
    stores: Mutex<BTreeMap<(&'static str, &'static str), Arc<Store>>>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { stores: Mutex::new(BTreeMap::new()) }
    }

    /// The store of a kind with whole objects.
    pub(crate) fn lister<K>(&self) -> Lister<K>
    where
        K: k8s_openapi::Resource + DeserializeOwned + 'static,
    {
        Lister { store: self.store(Kind::of::<K>(), Keep::Everything), kind: PhantomData }
    }

    /// The store of a kind, keeping at least `keep` of each object.
    pub(crate) fn store(&self, kind: Kind, keep: Keep) -> Arc<Store> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let store =
            stores.entry((kind.group, kind.plural)).or_insert_with(|| Arc::new(Store::new(kind)));
        store.keep_at_least(keep);
        Arc::clone(store)
    }

    /// Every store that somebody asked for.
    pub(crate) fn stores(&self) -> Vec<Arc<Store>> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Waits until each store has its first complete list.
    pub(crate) async fn synced(&self) {
        for store in self.stores() {
            store.synced().await;
        }
    }
}

/// A typed view of a store.
pub(crate) struct Lister<K> {
    store: Arc<Store>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Lister<K> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), kind: PhantomData }
    }
}

impl<K: DeserializeOwned> Lister<K> {
    /// One object. An object that cannot be parsed counts as absent.
    pub(crate) fn get(&self, key: &Key) -> Option<K> {
        parse(&self.store.get(key)?)
    }

    /// The objects of a namespace, in the order of their names.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Vec<K> {
        self.store.bytes_in(namespace).iter().filter_map(|bytes| parse(bytes)).collect()
    }

    /// All objects.
    pub(crate) fn all(&self) -> Vec<K> {
        self.store.bytes().iter().filter_map(|bytes| parse(bytes)).collect()
    }

    /// Calls `handler` for each change, in order; it must be quick.
    pub(crate) fn on_change(&self, handler: impl Fn(&Change<'_>) + Send + Sync + 'static) {
        self.store.on_change(handler);
    }

    /// The untyped store.
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }
}

/// Parses what a store keeps; one malformed object must not stop a controller.
pub(crate) fn parse<K: DeserializeOwned>(bytes: &[u8]) -> Option<K> {
    serde_json::from_slice(bytes)
        .inspect_err(|error| tracing::warn!(%error, "Skipping a malformed object"))
        .ok()
}

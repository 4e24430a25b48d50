//! A virtual kubelet: plays the node agent of every modelled node.
//!
//! ```text
//! pods of our nodes ──► one worker a pod ──► containers ──► Runtime
//!                            │                  │ probes
//!                            └── status, events ◄┘
//! ```
//!
//! **Invariant:** a worker owns its pod's state; the status on the API server is written from it and
//! never read back. A pod that is deleted and made again under the same name gets another worker.

mod container;
mod environment;
mod exec;
pub(crate) mod http;
mod image;
mod logs;
mod node;
mod probe;
mod state;
mod status;
mod volumes;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret, Service};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cache::{Key, Lister};
use crate::runtime::{Image, Runtime};
use crate::settings::NodeSettings;
use crate::{Context, pods};
use state::PodState;

/// The kubelet of all nodes.
pub(crate) struct Kubelet {
    context: Context,
    runtime: Arc<dyn Runtime>,
    nodes: Vec<Node>,
    pods: Lister<Pod>,
    config_maps: Lister<ConfigMap>,
    secrets: Lister<Secret>,
    services: Lister<Service>,
    workers: Mutex<BTreeMap<Key, Worker>>,
    changed: mpsc::UnboundedSender<Key>,
    changes: Mutex<Option<mpsc::UnboundedReceiver<Key>>>,
}

/// One node and what it has.
struct Node {
    settings: NodeSettings,
    images: Mutex<BTreeMap<String, Image>>,
    addresses: Mutex<Addresses>,
}

/// The pod addresses of a node.
#[derive(Default)]
struct Addresses {
    used: BTreeSet<u16>,
    last: u16,
}

/// A running worker, as the kubelet sees it.
struct Worker {
    uid: String,
    state: Arc<PodState>,
    cancel: CancellationToken,
}

impl Kubelet {
    /// Prepares the kubelet; nothing happens before [`Kubelet::run`].
    pub(crate) fn new(
        context: &Context,
        nodes: Vec<NodeSettings>,
        runtime: Arc<dyn Runtime>,
    ) -> Arc<Self> {
        let (changed, receiver) = mpsc::unbounded_channel();
        let node =
            |settings| Node { settings, images: Mutex::default(), addresses: Mutex::default() };
        let kubelet = Arc::new(Self {
            context: context.clone(),
            runtime,
            nodes: nodes.into_iter().map(node).collect(),
            pods: context.cache.lister(),
            config_maps: context.cache.lister(),
            secrets: context.cache.lister(),
            services: context.cache.lister(),
            workers: Mutex::default(),
            changed,
            changes: Mutex::new(Some(receiver)),
        });
        let changed = kubelet.changed.clone();
        kubelet.pods.on_change(move |change| _ = changed.send(change.key.clone()));
        for store in [kubelet.config_maps.store(), kubelet.secrets.store()] {
            let weak = Arc::downgrade(&kubelet);
            store.on_change(move |change| {
                if let Some(kubelet) = weak.upgrade() {
                    kubelet.refresh(&change.key.namespace);
                }
            });
        }
        kubelet
    }

    fn workers(&self) -> MutexGuard<'_, BTreeMap<Key, Worker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until cancelled.
    pub(crate) async fn run(self: Arc<Self>) {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut changes) = changes else { return };
        let cancel = self.context.cancel.clone();
        let mut tasks = JoinSet::new();
        for index in 0..self.nodes.len() {
            tasks.spawn(node::keep(Arc::clone(&self), index));
        }
        self.context.cache.synced().await;
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                Some(ended) = tasks.join_next() => {
                    if let Err(error) = ended && error.is_panic() {
                        tracing::error!(%error, "A pod's worker has failed");
                    }
                }
                Some(key) = changes.recv() => self.handle(key, &mut tasks),
            }
        }
    }

    fn handle(self: &Arc<Self>, key: Key, tasks: &mut JoinSet<()>) {
        let pod = self.pods.get(&key);
        let node = pod
            .as_ref()
            .and_then(pods::node)
            .and_then(|name| self.nodes.iter().position(|node| node.settings.name == name));
        let mut workers = self.workers();
        let (Some(pod), Some(node)) = (pod, node) else {
            if let Some(gone) = workers.remove(&key) {
                gone.cancel.cancel();
            }
            return;
        };
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        if let Some(worker) = workers.get(&key) {
            if worker.uid == uid {
                worker.state.poke();
                return;
            }
            worker.cancel.cancel();
        }
        if pods::has_ended(&pod) && pod.metadata.deletion_timestamp.is_none() {
            workers.remove(&key);
            return;
        }
        let cancel = self.context.cancel.child_token();
        let state = Arc::new(PodState::new(node, key.clone(), &pod));
        let worker = Worker { uid, state: Arc::clone(&state), cancel: cancel.clone() };
        workers.insert(key, worker);
        tasks.spawn(worker::run(Arc::clone(self), state, cancel));
    }

    /// Something that pods of a namespace may have mounted has changed.
    fn refresh(&self, namespace: &str) {
        let workers = self.workers();
        let of_namespace = workers
            .range(Key::new(namespace, "")..)
            .take_while(|(key, _)| &*key.namespace == namespace);
        for (_, worker) in of_namespace {
            worker.state.poke_volumes();
        }
    }

    /// The state of a pod that runs here.
    fn state(&self, key: &Key) -> Option<Arc<PodState>> {
        self.workers().get(key).map(|worker| Arc::clone(&worker.state))
    }

    /// An identifier of 64 hexadecimal digits.
    fn new_id(&self) -> String {
        let parts: [u64; 4] = std::array::from_fn(|_| (self.context.random)());
        parts.map(|part| format!("{part:016x}")).concat()
    }
}

impl Node {
    /// A free pod address, if there is one.
    fn take_address(&self) -> Option<Ipv4Addr> {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..u16::MAX {
            // The first is the network, the second its gateway, the last its broadcast.
            let next = addresses.last.max(1) % (u16::MAX - 1) + 1;
            addresses.last = next;
            if next > 1 && addresses.used.insert(next) {
                let base = u32::from(self.settings.pod_network);
                return Some(Ipv4Addr::from(base + u32::from(next)));
            }
        }
        None
    }

    /// Gives a pod address back.
    fn return_address(&self, address: Ipv4Addr) {
        let offset = u32::from(address).wrapping_sub(u32::from(self.settings.pod_network));
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(offset) = u16::try_from(offset) {
            addresses.used.remove(&offset);
        }
    }
}

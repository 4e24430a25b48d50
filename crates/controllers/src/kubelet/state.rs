//! What the kubelet knows of one pod, and nobody else.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use tokio::sync::watch;

use crate::cache::Key;
use crate::runtime::{Container, Log};

/// The state of one pod.
pub(super) struct PodState {
    /// The index of its node.
    pub(super) node: usize,
    pub(super) key: Key,
    pub(super) uid: String,
    facts: Mutex<Facts>,
    /// Counts changes of the facts.
    pub(super) version: watch::Sender<u64>,
    /// The change up to which the status has been written.
    pub(super) reported: watch::Sender<u64>,
    /// The pod on the API server has changed.
    changed: watch::Sender<()>,
    /// A ConfigMap or Secret of the namespace has changed.
    volumes: watch::Sender<()>,
}

/// The facts from which the status is computed.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) since: Option<Timestamp>,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) initialized: bool,
    /// All containers have ended and none will start again.
    pub(super) over: bool,
    /// Init containers first, in the order of the specification.
    pub(super) containers: Vec<ContainerFacts>,
}

/// The facts about one container.
pub(super) struct ContainerFacts {
    pub(super) name: String,
    pub(super) init: bool,
    pub(super) now: Now,
    pub(super) last: Option<Ended>,
    pub(super) ready: bool,
    /// Whether the startup probe, if any, has succeeded.
    pub(super) started: bool,
    pub(super) restarts: u32,
    pub(super) id: Option<String>,
    pub(super) image: String,
    pub(super) image_id: String,
    pub(super) log: Option<Log>,
    pub(super) previous_log: Option<Log>,
    pub(super) handle: Option<Arc<dyn Container>>,
}

/// What a container is doing.
#[derive(Clone, Debug)]
pub(super) enum Now {
    Waiting { reason: &'static str, message: Option<String> },
    Running { since: Timestamp },
    Ended(Ended),
}

/// How a container ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) message: Option<String>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Timestamp,
    pub(super) id: Option<String>,
}

impl PodState {
    pub(super) fn new(node: usize, key: Key, pod: &Pod) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        let init = spec.init_containers.unwrap_or_default();
        let all =
            init.iter().map(|it| (it, true)).chain(spec.containers.iter().map(|it| (it, false)));
        let has_init = !init.is_empty();
        let containers = all
            .map(|(container, is_init)| ContainerFacts {
                name: container.name.clone(),
                init: is_init,
                now: Now::Waiting {
                    reason: if has_init { "PodInitializing" } else { "ContainerCreating" },
                    message: None,
                },
                last: None,
                ready: false,
                started: false,
                restarts: 0,
                id: None,
                image: container.image.clone().unwrap_or_default(),
                image_id: String::new(),
                log: None,
                previous_log: None,
                handle: None,
            })
            .collect();
        let facts = Facts { initialized: !has_init, containers, ..Facts::default() };
        Self {
            node,
            key,
            uid: pod.metadata.uid.clone().unwrap_or_default(),
            facts: Mutex::new(facts),
            version: watch::Sender::new(1),
            reported: watch::Sender::new(0),
            changed: watch::Sender::new(()),
            volumes: watch::Sender::new(()),
        }
    }

    /// The facts, to read.
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the facts and has the status written.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Facts) -> T) -> T {
        let result = change(&mut self.facts());
        self.version.send_modify(|version| *version += 1);
        result
    }

    /// Changes the facts about one container.
    pub(super) fn container<T>(
        &self,
        index: usize,
        change: impl FnOnce(&mut ContainerFacts) -> T,
    ) -> T {
        self.change(|facts| change(&mut facts.containers[index]))
    }

    /// Says why a container is not running.
    pub(super) fn wait(&self, index: usize, reason: &'static str, message: Option<String>) {
        self.container(index, |facts| {
            if let Now::Ended(ended) = &facts.now {
                facts.last = Some(ended.clone());
            }
            facts.ready = false;
            facts.now = Now::Waiting { reason, message };
        });
    }

    /// The pod on the API server has changed.
    pub(super) fn poke(&self) {
        self.changed.send_replace(());
    }

    /// Waits until the facts as they are now have been written.
    pub(super) async fn settled(&self) {
        let version = *self.version.borrow();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.reported.subscribe().wait_for(|reported| *reported >= version).await;
    }

    /// Something that may be mounted has changed.
    pub(super) fn poke_volumes(&self) {
        self.volumes.send_replace(());
    }

    /// Tells of changes of the pod.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Tells of changes of what may be mounted.
    pub(super) fn volume_changes(&self) -> watch::Receiver<()> {
        self.volumes.subscribe()
    }
}

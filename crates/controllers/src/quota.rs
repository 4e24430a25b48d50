//! `ResourceQuotas`: how much of what they limit is used.
//!
//! **Invariant:** a figure goes down only when something was deleted or has ended. What admission has
//! charged may not be in the cache yet, and must not be forgotten because a watch is late.
//!
//! **Deliberately absent:** the scopes `PriorityClass` and `CrossNamespacePodAffinity`, and storage by
//! class: what is not counted here stays as admission has charged it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, Pod, ResourceQuota, ResourceQuotaStatus, Service,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::{Cache, Change, Keep, Key, Kind, Lister, Store};
use crate::quantity::Amount;
use crate::queue::Queue;
use crate::{Context, Error, garbage, pods};

const WORKERS: usize = 5;
/// How often a quota is counted anew in any case, as the real controller does.
const RESYNC: Duration = Duration::from_mins(5);
/// The kinds that had a name of their own before `count/…` existed.
const NAMED: [&str; 5] =
    ["configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets"];

struct Controller {
    context: Context,
    quotas: Lister<ResourceQuota>,
    pods: Lister<Pod>,
    services: Lister<Service>,
    claims: Lister<PersistentVolumeClaim>,
    /// Kinds of which only the number counts, by the names that quotas give them.
    counted: BTreeMap<String, Arc<Store>>,
    /// Quotas in whose namespace something has gone since they were last counted.
    freed: Arc<Freed>,
    queue: Arc<Queue<Key>>,
}

/// Quotas that may show less than before.
#[derive(Default)]
struct Freed(Mutex<BTreeSet<Key>>);

impl Freed {
    fn keys(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn counted(cache: &Cache) -> BTreeMap<String, Arc<Store>> {
    let mut counted = BTreeMap::new();
    for kind in garbage::KINDS.iter().filter(|kind| kind.namespaced && kind.plural != "pods") {
        let store = cache.store(*kind, Keep::Head);
        let dot = if kind.group.is_empty() { "" } else { "." };
        counted.insert(format!("count/{}{dot}{}", kind.plural, kind.group), Arc::clone(&store));
        if kind.group.is_empty() && NAMED.contains(&kind.plural) {
            counted.insert(kind.plural.to_owned(), store);
        }
    }
    counted
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let controller = Controller {
        context: context.clone(),
        quotas: context.cache.lister(),
        pods: context.cache.lister(),
        services: context.cache.lister(),
        claims: context.cache.lister(),
        counted: counted(&context.cache),
        freed: Arc::default(),
        queue: Queue::new("resourcequota"),
    };
    controller.listen();
    async move {
        controller.context.cache.synced().await;
        let (queue, cancel) = (&controller.queue, &controller.context.cancel);
        tokio::select! {
            () = queue.work(WORKERS, cancel, |key| controller.sync(key)) => {}
            () = controller.count_all_again() => {}
        }
    }
}

impl Controller {
    fn listen(&self) {
        let own = Arc::clone(&self.queue);
        self.quotas.on_change(move |change| own.add(change.key.clone()));
        let stores: BTreeMap<_, _> =
            self.counted.values().map(|store| (store.kind.path(None), store)).collect();
        for store in stores.into_values() {
            let wake = self.waker();
            store.on_change(move |change| {
                if change.old.is_none() || change.new.is_none() {
                    wake(change, change.new.is_none());
                }
            });
        }
        let wake = self.waker();
        self.pods.on_change(move |change| {
            let ended = |bytes: &[u8]| {
                crate::cache::parse::<Pod>(bytes).is_some_and(|pod| pods::has_ended(&pod))
            };
            let has_ended = change.old.is_some() && ended(change.bytes) != ended(change.before);
            let gone = change.new.is_none() || has_ended;
            if change.old.is_none() || gone {
                wake(change, gone);
            }
        });
    }

    /// What a late watch made too high comes down here at the latest.
    async fn count_all_again(&self) {
        loop {
            tokio::time::sleep(RESYNC).await;
            for quota in self.quotas.all() {
                let key = Key::of(&quota.metadata);
                self.freed.keys().insert(key.clone());
                self.queue.add(key);
            }
        }
    }

    /// Has the quotas of a change's namespace counted; `true` if something has been given back.
    fn waker(&self) -> impl Fn(&Change<'_>, bool) + Send + Sync + 'static {
        let (quotas, queue) = (self.quotas.clone(), Arc::clone(&self.queue));
        let freed = Arc::clone(&self.freed);
        move |change, gone| {
            for quota in quotas.in_namespace(&change.key.namespace) {
                let key = Key::of(&quota.metadata);
                if gone {
                    freed.keys().insert(key.clone());
                }
                queue.add(key);
            }
        }
    }

    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(quota) = self.quotas.get(&key) else {
            self.freed.keys().remove(&key);
            return Ok(());
        };
        // Taken before counting: what goes meanwhile has the quota counted once more.
        let freed = self.freed.keys().remove(&key);
        let written = self.write(&key, &quota, freed).await;
        if freed && written.is_err() {
            self.freed.keys().insert(key);
        }
        written
    }

    async fn write(&self, key: &Key, quota: &ResourceQuota, freed: bool) -> Result<(), Error> {
        let spec = quota.spec.clone().unwrap_or_default();
        let hard = spec.hard.unwrap_or_default();
        let scopes = spec.scopes.unwrap_or_default();
        let counts =
            |pod: &Pod| !pods::has_ended(pod) && scopes.iter().all(|scope| is_within(pod, scope));
        let all_pods: Vec<Pod> =
            self.pods.in_namespace(&key.namespace).into_iter().filter(counts).collect();
        let old = quota.status.clone().unwrap_or_default();
        let mut used = BTreeMap::new();
        for name in hard.keys() {
            let known = old.used.as_ref().and_then(|used| used.get(name)).cloned();
            let amount = match (self.used(&key.namespace, name, &all_pods), known) {
                (Some(counted), Some(known)) if !freed => {
                    counted.max(Amount::parse(&known)).quantity()
                }
                (Some(counted), _) => counted.quantity(),
                (None, Some(known)) => known,
                (None, None) => Quantity("0".to_owned()),
            };
            used.insert(name.clone(), amount);
        }
        let new = ResourceQuotaStatus { hard: Some(hard), used: Some(used) };
        let (client, meta) = (&self.context.client, &quota.metadata);
        let kind = Kind::of::<ResourceQuota>();
        api::update_status(client, &kind, meta, CONTROLLER_MANAGER, &old, &new).await?;
        Ok(())
    }

    fn used(&self, namespace: &str, name: &str, all_pods: &[Pod]) -> Option<Amount> {
        let service_type = |service: &Service| {
            service.spec.as_ref().and_then(|spec| spec.type_.clone()).unwrap_or_default()
        };
        let services = |accepts: &dyn Fn(&Service) -> usize| {
            Amount::whole(self.services.in_namespace(namespace).iter().map(accepts).sum())
        };
        match name {
            "pods" | "count/pods" => Some(Amount::whole(all_pods.len())),
            "services" => Some(services(&|_| 1)),
            "services.loadbalancers" => {
                Some(services(&|it| usize::from(service_type(it) == "LoadBalancer")))
            }
            "services.nodeports" => Some(services(&|it| match service_type(it).as_str() {
                "NodePort" | "LoadBalancer" => {
                    it.spec.as_ref().and_then(|spec| spec.ports.as_ref()).map_or(0, Vec::len)
                }
                _ => 0,
            })),
            "requests.storage" => Some(storage(&self.claims.in_namespace(namespace))),
            _ => match self.counted.get(name) {
                Some(store) => Some(Amount::whole(store.count_in(namespace))),
                None => compute(name, all_pods),
            },
        }
    }
}

/// Whether a pod is one of those that a scope of a quota means.
fn is_within(pod: &Pod, scope: &str) -> bool {
    let deadline = pod.spec.as_ref().and_then(|spec| spec.active_deadline_seconds).is_some();
    let class = pod.status.as_ref().and_then(|status| status.qos_class.as_deref());
    match scope {
        "Terminating" => deadline,
        "NotTerminating" => !deadline,
        "BestEffort" => class == Some("BestEffort"),
        "NotBestEffort" => class != Some("BestEffort"),
        _ => true,
    }
}

fn storage(claims: &[PersistentVolumeClaim]) -> Amount {
    let requested = |claim: &PersistentVolumeClaim| {
        let resources = claim.spec.as_ref()?.resources.as_ref()?;
        Some(Amount::parse(resources.requests.as_ref()?.get("storage")?))
    };
    claims.iter().filter_map(requested).fold(Amount::ZERO, Amount::plus)
}

/// The sum of what pods request or are limited to.
fn compute(name: &str, all_pods: &[Pod]) -> Option<Amount> {
    let (limits, resource) = match name.split_once('.') {
        Some(("requests", resource)) => (false, resource),
        Some(("limits", resource)) => (true, resource),
        _ => (false, name),
    };
    if !matches!(resource, "cpu" | "memory" | "ephemeral-storage") {
        return None;
    }
    let amounts = all_pods.iter().map(|pod| pod_total(pod, resource, limits));
    Some(amounts.fold(Amount::ZERO, Amount::plus))
}

/// What a pod asks for: its containers together, or its largest init container if that is more.
pub(crate) fn pod_total(pod: &Pod, resource: &str, limits: bool) -> Amount {
    let Some(spec) = &pod.spec else { return Amount::ZERO };
    let of = |container: &k8s_openapi::api::core::v1::Container| {
        let resources = container.resources.as_ref();
        let list =
            resources.and_then(|it| if limits { it.limits.as_ref() } else { it.requests.as_ref() });
        list.and_then(|list| list.get(resource)).map_or(Amount::ZERO, Amount::parse)
    };
    let together = spec.containers.iter().map(of).fold(Amount::ZERO, Amount::plus);
    let first = spec.init_containers.iter().flatten().map(of).fold(Amount::ZERO, Amount::max);
    together.max(first)
}

//! `ResourceQuotas`: how much of what they limit is used.

use std::collections::BTreeMap;
use std::future::Future;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{
    ConfigMap, Pod, ResourceQuota, ResourceQuotaStatus, Secret, Service, ServiceAccount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::{Cache, Key, Kind, Lister, Store};
use crate::quantity::Amount;
use crate::queue::Queue;
use crate::{Context, Error, pods};

const WORKERS: usize = 5;

struct Controller {
    context: Context,
    quotas: Lister<ResourceQuota>,
    pods: Lister<Pod>,
    services: Lister<Service>,
    /// Kinds of which only the number counts, by the names that quotas give them.
    counted: Vec<(&'static [&'static str], std::sync::Arc<Store>)>,
}

fn counted(cache: &Cache) -> Vec<(&'static [&'static str], std::sync::Arc<Store>)> {
    vec![
        (&["configmaps", "count/configmaps"], cache.lister::<ConfigMap>().store().clone()),
        (&["secrets", "count/secrets"], cache.lister::<Secret>().store().clone()),
        (&["count/serviceaccounts"], cache.lister::<ServiceAccount>().store().clone()),
        (&["count/deployments.apps"], cache.lister::<Deployment>().store().clone()),
        (&["count/replicasets.apps"], cache.lister::<ReplicaSet>().store().clone()),
        (&["resourcequotas", "count/resourcequotas"], {
            cache.lister::<ResourceQuota>().store().clone()
        }),
    ]
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let controller = Controller {
        context: context.clone(),
        quotas: context.cache.lister(),
        pods: context.cache.lister(),
        services: context.cache.lister(),
        counted: counted(&context.cache),
    };
    let queue = Queue::new("resourcequota");
    let own = queue.clone();
    controller.quotas.on_change(move |change| own.add(change.key.clone()));
    // Only what frees something matters: what uses more is counted when it is admitted.
    let stores = controller.counted.iter().map(|(_, store)| store);
    for store in stores.chain([controller.services.store()]) {
        let (quotas, woken) = (controller.quotas.clone(), queue.clone());
        store.on_change(move |change| {
            if change.old.is_none() || change.new.is_none() {
                wake(&quotas, &change.key.namespace, &woken);
            }
        });
    }
    let (quotas, woken) = (controller.quotas.clone(), queue.clone());
    controller.pods.on_change(move |change| {
        let ended = |bytes: &[u8]| {
            crate::cache::parse::<Pod>(bytes).is_some_and(|pod| pods::has_ended(&pod))
        };
        let born_or_gone = change.old.is_none() || change.new.is_none();
        if born_or_gone || ended(change.bytes) != ended(change.before) {
            wake(&quotas, &change.key.namespace, &woken);
        }
    });
    async move {
        controller.context.cache.synced().await;
        queue.work(WORKERS, &controller.context.cancel, |key| controller.sync(key)).await;
    }
}

fn wake(quotas: &Lister<ResourceQuota>, namespace: &str, queue: &Queue<Key>) {
    for quota in quotas.in_namespace(namespace) {
        queue.add(Key::of(&quota.metadata));
    }
}

impl Controller {
    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(quota) = self.quotas.get(&key) else { return Ok(()) };
        let hard = quota.spec.as_ref().and_then(|spec| spec.hard.clone()).unwrap_or_default();
        let all_pods: Vec<Pod> = self
            .pods
            .in_namespace(&key.namespace)
            .into_iter()
            .filter(|pod| !pods::has_ended(pod))
            .collect();
        let old = quota.status.clone().unwrap_or_default();
        let mut used = BTreeMap::new();
        for name in hard.keys() {
            let amount = match self.used(&key.namespace, name, &all_pods) {
                Some(amount) => amount.quantity(),
                // What this controller does not count stays as admission has counted it.
                None => match old.used.as_ref().and_then(|used| used.get(name)) {
                    Some(known) => known.clone(),
                    None => Quantity("0".to_owned()),
                },
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
            "services" | "count/services" => Some(services(&|_| 1)),
            "services.loadbalancers" => {
                Some(services(&|it| usize::from(service_type(it) == "LoadBalancer")))
            }
            "services.nodeports" => Some(services(&|it| match service_type(it).as_str() {
                "NodePort" | "LoadBalancer" => {
                    it.spec.as_ref().and_then(|spec| spec.ports.as_ref()).map_or(0, Vec::len)
                }
                _ => 0,
            })),
            _ => {
                let store = self.counted.iter().find(|(names, _)| names.contains(&name));
                if let Some((_, store)) = store {
                    return Some(Amount::whole(store.bytes_in(namespace).len()));
                }
                compute(name, all_pods)
            }
        }
    }
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

//! EndpointSlices: the addresses behind each Service.
//!
//! **Invariant:** a slice that this controller manages says of each selected pod that has an address
//! whether it is ready, whether it serves, and whether it is going away; nothing else writes to it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use k8s_openapi::api::core::v1::{Node, ObjectReference, Pod, Service, ServicePort};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};

use crate::api::{self, CONTROLLER_MANAGER, Deletion};
use crate::cache::{Change, Key, Kind, Lister};
use crate::queue::Queue;
use crate::{Context, Error, owners, pods};

const WORKERS: usize = 8;
/// The most endpoints that one slice holds.
const SLICE_SIZE: usize = 100;
pub(crate) const SERVICE_LABEL: &str = "kubernetes.io/service-name";
pub(crate) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
pub(crate) const MANAGER: &str = "endpointslice-controller.k8s.io";
const HEADLESS: &str = "service.kubernetes.io/headless";
/// When what a slice says began to be so, for those who measure how long it takes to be known.
pub(crate) const TRIGGERED: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// The ports and the endpoints of one slice.
type Wanted = (Vec<EndpointPort>, Vec<Endpoint>);

/// The times of a Service and of its pods that slices have been written for.
#[derive(Debug, Default)]
struct Seen {
    service: Option<Time>,
    pods: BTreeMap<String, Time>,
}

struct Controller {
    context: Context,
    services: Lister<Service>,
    pods: Lister<Pod>,
    nodes: Lister<Node>,
    slices: Lister<EndpointSlice>,
    kind: Kind,
    service_kind: Kind,
    seen: Mutex<BTreeMap<Key, Seen>>,
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let controller = Controller {
        context: context.clone(),
        services: context.cache.lister(),
        pods: context.cache.lister(),
        nodes: context.cache.lister(),
        slices: context.cache.lister(),
        kind: Kind::of::<EndpointSlice>(),
        service_kind: Kind::of::<Service>(),
        seen: Mutex::default(),
    };
    let queue = Queue::new("endpointslice");
    let own = queue.clone();
    controller.services.on_change(move |change| own.add(change.key.clone()));
    let slices = queue.clone();
    controller.slices.on_change(move |change| {
        let head = change.head();
        if head.label(MANAGED_BY) == Some(MANAGER)
            && let Some(service) = head.label(SERVICE_LABEL)
        {
            slices.add(Key::new(&change.key.namespace, service));
        }
    });
    let services = controller.services.clone();
    let woken = queue.clone();
    controller.pods.on_change(move |change| wake_services(change, &services, &woken));
    async move {
        controller.context.cache.synced().await;
        queue.work(WORKERS, &controller.context.cancel, |key| controller.sync(key)).await;
    }
}

fn wake_services(change: &Change<'_>, services: &Lister<Service>, queue: &Queue<Key>) {
    let labels = |head: &crate::cache::Head| -> BTreeMap<String, String> {
        head.labels.iter().map(|(k, v)| (String::from(&**k), String::from(&**v))).collect()
    };
    let both: Vec<_> = [change.old, change.new].into_iter().flatten().map(labels).collect();
    for service in services.in_namespace(&change.key.namespace) {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if selector.is_some_and(|it| both.iter().any(|labels| owners::contains(it, Some(labels)))) {
            queue.add(Key::of(&service.metadata));
        }
    }
}

impl Controller {
    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(service) = self.services.get(&key) else {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            return Ok(());
        };
        let spec = service.spec.clone().unwrap_or_default();
        let selector = spec.selector.unwrap_or_default();
        let external = spec.type_.as_deref() == Some("ExternalName");
        if selector.is_empty() || external || service.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        let selected: Vec<Pod> = self
            .pods
            .in_namespace(&key.namespace)
            .into_iter()
            .filter(|pod| owners::contains(&selector, pod.metadata.labels.as_ref()))
            .filter(|pod| !pods::has_ended(pod))
            .collect();
        let mut wanted: Vec<Wanted> = Vec::new();
        let unready_too = spec.publish_not_ready_addresses == Some(true);
        for pod in &selected {
            let Some(endpoint) = self.endpoint(pod, unready_too) else { continue };
            // Named target ports may differ from pod to pod; each combination has its own slice.
            let ports: Vec<EndpointPort> =
                spec.ports.iter().flatten().filter_map(|port| resolve(port, pod)).collect();
            match wanted.iter_mut().find(|(p, all)| *p == ports && all.len() < SLICE_SIZE) {
                Some((_, all)) => all.push(endpoint),
                None => wanted.push((ports, vec![endpoint])),
            }
        }
        if wanted.is_empty() {
            // A Service without pods has one slice that says so.
            wanted.push((Vec::new(), Vec::new()));
        }
        let triggered = self.triggered(&key, &service, &selected);
        self.write(&key, &service, wanted, triggered).await
    }

    /// The earliest of the times that are new since the last look, if any is.
    fn triggered(&self, key: &Key, service: &Service, selected: &[Pod]) -> Option<String> {
        let now = Seen {
            service: service.metadata.creation_timestamp.clone(),
            pods: selected.iter().filter_map(ready_since).collect(),
        };
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.entry(key.clone()).or_default();
        let pods = now.pods.iter().filter(|(name, at)| before.pods.get(*name) < Some(*at));
        let service = now.service.iter().filter(|at| before.service.as_ref() < Some(*at));
        let first = pods.map(|(_, at)| at).chain(service).min().map(|at| at.0.to_string());
        *before = now;
        first
    }

    fn endpoint(&self, pod: &Pod, unready_too: bool) -> Option<Endpoint> {
        let status = pod.status.as_ref()?;
        let address = status.pod_ip.clone().filter(|ip| !ip.is_empty())?;
        let leaving = pod.metadata.deletion_timestamp.is_some();
        let serving = pods::is_ready(pod);
        let node = pods::node(pod);
        let zone = node
            .and_then(|node| self.nodes.get(&Key::new("", node)))
            .and_then(|node| node.metadata.labels?.remove("topology.kubernetes.io/zone"));
        let pod_spec = pod.spec.as_ref()?;
        let hostname = pod_spec.hostname.clone().filter(|_| pod_spec.subdomain.is_some());
        Some(Endpoint {
            addresses: vec![address],
            conditions: Some(EndpointConditions {
                ready: Some(unready_too || (serving && !leaving)),
                serving: Some(unready_too || serving),
                terminating: Some(leaving),
            }),
            hostname,
            node_name: node.map(str::to_owned),
            zone,
            target_ref: Some(ObjectReference {
                kind: Some("Pod".to_owned()),
                namespace: pod.metadata.namespace.clone(),
                name: pod.metadata.name.clone(),
                uid: pod.metadata.uid.clone(),
                ..Default::default()
            }),
            ..Default::default()
        })
    }

    async fn write(
        &self,
        key: &Key,
        service: &Service,
        mut wanted: Vec<Wanted>,
        triggered: Option<String>,
    ) -> Result<(), Error> {
        let labels = self.labels(service);
        for slice in self.slices.in_namespace(&key.namespace) {
            if !is_ours(&slice, key) || slice.metadata.deletion_timestamp.is_some() {
                continue;
            }
            let same = wanted
                .iter()
                .position(|(ports, _)| slice.ports.as_deref().unwrap_or_default() == ports);
            if let Some(index) = same.or_else(|| wanted.len().checked_sub(1)) {
                let wanted = wanted.remove(index);
                self.rewrite(&slice, service, &labels, wanted, triggered.as_deref()).await?;
            } else {
                let uid = slice.metadata.uid.as_deref();
                let deletion = Deletion { uid, ..Deletion::default() };
                let slice_key = Key::of(&slice.metadata);
                api::delete(&self.context.client, &self.kind, &slice_key, &deletion).await?;
            }
        }
        for (ports, endpoints) in wanted {
            let mut slice = self.build(key, service, &labels, ports, endpoints);
            slice.metadata.annotations =
                triggered.clone().map(|at| BTreeMap::from([(TRIGGERED.to_owned(), at)]));
            let (client, kind) = (&self.context.client, &self.kind);
            let created =
                api::create::<Value>(client, kind, &key.namespace, CONTROLLER_MANAGER, &slice);
            match created.await {
                Ok(_) => {}
                Err(error) if error.namespace_is_terminating() => return Ok(()),
                Err(error) if error.already_exists() => {
                    return Err(Error::NotYet("a slice has not been seen yet".to_owned()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Brings a slice to what it should say.
    async fn rewrite(
        &self,
        slice: &EndpointSlice,
        service: &Service,
        labels: &BTreeMap<String, String>,
        (ports, endpoints): Wanted,
        triggered: Option<&str>,
    ) -> Result<(), Error> {
        let uid = service.metadata.uid.as_deref().unwrap_or_default();
        let unchanged = slice.ports.as_deref().unwrap_or_default() == ports
            && slice.endpoints.as_deref().unwrap_or_default() == endpoints
            && slice.metadata.labels.as_ref() == Some(labels)
            && owners::is_controlled_by(&slice.metadata, uid);
        if unchanged {
            return Ok(());
        }
        let patch = json!({
            "metadata": {
                "resourceVersion": slice.metadata.resource_version,
                "labels": labels,
                "annotations": {TRIGGERED: triggered},
            },
            "ports": ports,
            "endpoints": endpoints,
        });
        let key = Key::of(&slice.metadata);
        let (client, kind) = (&self.context.client, &self.kind);
        api::merge::<Value>(client, kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as one of the controller's questions")]
    fn labels(&self, service: &Service) -> BTreeMap<String, String> {
        let mut labels = service.metadata.labels.clone().unwrap_or_default();
        let name = service.metadata.name.clone().unwrap_or_default();
        labels.insert(SERVICE_LABEL.to_owned(), name);
        labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
        let cluster_ip = service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref());
        if matches!(cluster_ip, Some("None")) {
            labels.insert(HEADLESS.to_owned(), String::new());
        }
        labels
    }

    fn build(
        &self,
        key: &Key,
        service: &Service,
        labels: &BTreeMap<String, String>,
        ports: Vec<EndpointPort>,
        endpoints: Vec<Endpoint>,
    ) -> EndpointSlice {
        EndpointSlice {
            metadata: ObjectMeta {
                // The name is fixed, so that a cache that lags behind cannot make two.
                name: Some(format!("{}-{}", key.name, suffix(service, &ports))),
                generate_name: Some(format!("{}-", key.name)),
                namespace: Some(key.namespace.to_string()),
                labels: Some(labels.clone()),
                owner_references: Some(vec![owners::controller_reference(
                    &self.service_kind,
                    &service.metadata,
                )]),
                ..Default::default()
            },
            address_type: "IPv4".to_owned(),
            endpoints: Some(endpoints).filter(|it| !it.is_empty()),
            ports: Some(ports).filter(|it| !it.is_empty()),
        }
    }
}

/// Whether a slice is managed here, for the Service of a key.
fn is_ours(slice: &EndpointSlice, key: &Key) -> bool {
    let label = |name: &str| slice.metadata.labels.as_ref()?.get(name).map(String::as_str);
    label(SERVICE_LABEL) == Some(&*key.name) && label(MANAGED_BY) == Some(MANAGER)
}

/// The name of a pod, and since when it is ready or not.
fn ready_since(pod: &Pod) -> Option<(String, Time)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|it| it.type_ == "Ready")?;
    Some((pod.metadata.name.clone()?, ready.last_transition_time.clone()?))
}

/// Five safe characters that follow from the Service and the ports.
fn suffix(service: &Service, ports: &[EndpointPort]) -> String {
    use sha2::{Digest, Sha256};
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = Sha256::new();
    hash.update(service.metadata.uid.as_deref().unwrap_or_default());
    hash.update(serde_json::to_vec(ports).unwrap_or_default());
    hash.finalize()
        .iter()
        .take(5)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

/// The port of a pod that a Service's port leads to; `None` if the pod has no such port.
fn resolve(port: &ServicePort, pod: &Pod) -> Option<EndpointPort> {
    let number = match &port.target_port {
        None => port.port,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(name)) => {
            pod.spec
                .as_ref()?
                .containers
                .iter()
                .flat_map(|container| container.ports.iter().flatten())
                .find(|candidate| candidate.name.as_deref() == Some(name))?
                .container_port
        }
    };
    Some(EndpointPort {
        name: Some(port.name.clone().unwrap_or_default()),
        port: Some(number),
        protocol: Some(port.protocol.clone().unwrap_or_else(|| "TCP".to_owned())),
        app_protocol: port.app_protocol.clone(),
    })
}

//! Endpoints: what `EndpointSlices` replaced, and what `kubectl get endpoints` still shows.
//!
//! **Invariant:** the Endpoints object of a Service with a selector says what its slices say. It is
//! derived from them and not from pods a second time, so the two cannot differ for long.
//!
//! **Deliberately absent:** the cut at 1,000 addresses, and Endpoints that people write themselves.

use std::collections::BTreeMap;
use std::future::Future;

use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Service,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use crate::api::{self, CONTROLLER_MANAGER, Deletion};
use crate::cache::{Key, Kind, Lister};
use crate::endpoints::{MANAGED_BY, MANAGER, SERVICE_LABEL, TRIGGERED};
use crate::queue::Queue;
use crate::{Context, Error};

const WORKERS: usize = 8;
const LEGACY_MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const LEGACY_MANAGER: &str = "endpoint-controller";

struct Controller {
    context: Context,
    services: Lister<Service>,
    slices: Lister<EndpointSlice>,
    endpoints: Lister<Endpoints>,
    kind: Kind,
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let controller = Controller {
        context: context.clone(),
        services: context.cache.lister(),
        slices: context.cache.lister(),
        endpoints: context.cache.lister(),
        kind: Kind::of::<Endpoints>(),
    };
    let queue = Queue::new("endpoints");
    let own = queue.clone();
    controller.services.on_change(move |change| own.add(change.key.clone()));
    let written = queue.clone();
    controller.endpoints.on_change(move |change| written.add(change.key.clone()));
    let sliced = queue.clone();
    controller.slices.on_change(move |change| {
        if let Some(service) = change.head().label(SERVICE_LABEL) {
            sliced.add(Key::new(&change.key.namespace, service));
        }
    });
    async move {
        controller.context.cache.synced().await;
        queue.work(WORKERS, &controller.context.cancel, |key| controller.sync(key)).await;
    }
}

impl Controller {
    async fn sync(&self, key: Key) -> Result<(), Error> {
        let present = self.endpoints.get(&key);
        let (client, kind) = (&self.context.client, &self.kind);
        let Some(service) = self.services.get(&key) else {
            if let Some(ours) = present.filter(is_ours) {
                let uid = ours.metadata.uid.as_deref();
                return api::delete(client, kind, &key, &Deletion { uid, ..Deletion::default() })
                    .await;
            }
            return Ok(());
        };
        let selects = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if selects.is_none_or(BTreeMap::is_empty) || service.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        let mut labels = service.metadata.labels.clone().unwrap_or_default();
        labels.insert(LEGACY_MANAGED_BY.to_owned(), LEGACY_MANAGER.to_owned());
        let (subsets, triggered) = self.subsets(&key);
        let Some(present) = present else {
            return self.create(&key, labels, subsets, triggered).await;
        };
        let same = present.subsets.as_deref().unwrap_or_default() == subsets
            && present.metadata.labels.as_ref() == Some(&labels);
        if same {
            return Ok(());
        }
        let patch = json!({
            "metadata": {
                "resourceVersion": present.metadata.resource_version,
                "labels": labels,
                "annotations": {TRIGGERED: triggered},
            },
            "subsets": subsets,
        });
        api::merge::<Value>(client, kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
        Ok(())
    }

    async fn create(
        &self,
        key: &Key,
        labels: BTreeMap<String, String>,
        subsets: Vec<EndpointSubset>,
        triggered: Option<String>,
    ) -> Result<(), Error> {
        let object = Endpoints {
            metadata: ObjectMeta {
                name: Some(key.name.to_string()),
                namespace: Some(key.namespace.to_string()),
                labels: Some(labels),
                annotations: triggered.map(|at| BTreeMap::from([(TRIGGERED.to_owned(), at)])),
                ..ObjectMeta::default()
            },
            subsets: Some(subsets).filter(|it| !it.is_empty()),
        };
        let (client, namespace) = (&self.context.client, &key.namespace);
        let created =
            api::create::<Value>(client, &self.kind, namespace, CONTROLLER_MANAGER, &object);
        match created.await {
            Err(error) if error.namespace_is_terminating() => Ok(()),
            Err(error) if error.already_exists() => {
                Err(Error::NotYet("the object has not been seen yet".to_owned()))
            }
            other => other.map(|_| ()),
        }
    }

    /// One subset for each combination of ports, as the slices have them, and when that began.
    fn subsets(&self, key: &Key) -> (Vec<EndpointSubset>, Option<String>) {
        let mut subsets: Vec<EndpointSubset> = Vec::new();
        let mut triggered = None;
        for slice in self.slices.in_namespace(&key.namespace) {
            let labels = slice.metadata.labels.clone().unwrap_or_default();
            let of_service = labels.get(SERVICE_LABEL).map(String::as_str) == Some(&*key.name);
            let managed = labels.get(MANAGED_BY).map(String::as_str) == Some(MANAGER);
            if of_service && managed {
                add(&mut subsets, &slice);
                let annotations = slice.metadata.annotations.as_ref();
                triggered = triggered.or_else(|| annotations?.get(TRIGGERED).cloned());
            }
        }
        for subset in &mut subsets {
            let lists = [&mut subset.addresses, &mut subset.not_ready_addresses];
            for all in lists.into_iter().flatten() {
                all.sort_by(|a, b| a.ip.cmp(&b.ip));
            }
        }
        (subsets, triggered)
    }
}

fn is_ours(endpoints: &Endpoints) -> bool {
    let labels = endpoints.metadata.labels.as_ref();
    labels.and_then(|it| it.get(LEGACY_MANAGED_BY)).map(String::as_str) == Some(LEGACY_MANAGER)
}

fn add(subsets: &mut Vec<EndpointSubset>, slice: &EndpointSlice) {
    let endpoints = slice.endpoints.as_deref().unwrap_or_default();
    if endpoints.is_empty() {
        return;
    }
    let ports: Vec<EndpointPort> = slice
        .ports
        .iter()
        .flatten()
        .map(|port| EndpointPort {
            app_protocol: port.app_protocol.clone(),
            name: port.name.clone().filter(|name| !name.is_empty()),
            port: port.port.unwrap_or_default(),
            protocol: port.protocol.clone(),
        })
        .collect();
    let ports = Some(ports).filter(|it| !it.is_empty());
    let index = subsets.iter().position(|it| it.ports == ports).unwrap_or_else(|| {
        subsets.push(EndpointSubset { ports, ..EndpointSubset::default() });
        subsets.len() - 1
    });
    for endpoint in endpoints {
        let conditions = endpoint.conditions.as_ref();
        // A pod that is going away stands in slices for a while, in Endpoints never.
        if conditions.and_then(|it| it.terminating) == Some(true) {
            continue;
        }
        let ready = conditions.and_then(|it| it.ready).unwrap_or(true);
        let subset = &mut subsets[index];
        let list = if ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        list.get_or_insert_default().extend(addresses(endpoint));
    }
    let subset = &subsets[index];
    if subset.addresses.is_none() && subset.not_ready_addresses.is_none() {
        subsets.remove(index);
    }
}

fn addresses(endpoint: &Endpoint) -> impl Iterator<Item = EndpointAddress> {
    endpoint.addresses.iter().map(|ip| EndpointAddress {
        hostname: endpoint.hostname.clone(),
        ip: ip.clone(),
        node_name: endpoint.node_name.clone(),
        target_ref: endpoint.target_ref.clone(),
    })
}

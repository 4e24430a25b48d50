//! What a 1.36 server fills in before it looks any closer.
//!
//! **Invariant:** applying defaults twice changes nothing the second time.
//!
//! **Deliberately absent:** what admission adds (service account, tolerations, limit ranges) and
//! what allocation adds (cluster addresses, node ports).

mod pod;
mod policy;
mod service;
mod workload;

use serde_json::{Value, json};

use super::registry::Resource;
use super::value::{child, entries, fill, fill_empty, items_mut, present};
use crate::quantity::Quantity;

pub use pod::pull_policy;

/// Fills in what the object leaves open.
pub fn apply_defaults(resource: &Resource, object: &mut Value) {
    match (resource.group, resource.kind) {
        ("", "Pod") => pod::pod(object),
        ("", "PodTemplate") => pod::template(child(object, "template")),
        ("", "ReplicationController") => workload::replication_controller(object),
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("batch", "Job") => workload::job(object),
        ("batch", "CronJob") => workload::cron_job(object),
        ("", "Service") => service::service(object),
        ("", "Endpoints") => service::endpoints(object),
        ("discovery.k8s.io", "EndpointSlice") => service::endpoint_slice(object),
        ("networking.k8s.io", "NetworkPolicy") => service::network_policy(object),
        ("networking.k8s.io", "IngressClass") => service::ingress_class(object),
        ("autoscaling", _) => policy::autoscaler(object, resource.version),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            policy::role_binding(object);
        }
        ("", "LimitRange") => policy::limit_range(object),
        ("", "ResourceQuota") => policy::resource_quota(object),
        _ => plain(resource, object),
    }
}

/// The kinds with a line or two each.
fn plain(resource: &Resource, object: &mut Value) {
    match (resource.group, resource.kind) {
        ("", "Namespace") => namespace(object),
        ("", "Node") => node(object),
        ("", "Secret") => fill_empty(object, "type", "Opaque"),
        ("", "PersistentVolumeClaim") => claim(object),
        ("", "PersistentVolume") => {
            fill_empty(child(object, "status"), "phase", "Pending");
            let spec = child(object, "spec");
            fill_empty(spec, "persistentVolumeReclaimPolicy", "Retain");
            fill(spec, "volumeMode", "Filesystem");
            canonical_list(spec, "capacity");
            if let Some(path) = present(spec, "hostPath") {
                fill(path, "type", "");
            }
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            fill(object, "preemptionPolicy", "PreemptLowerPriority");
            fill(object, "value", 0);
        }
        ("storage.k8s.io", "StorageClass") => {
            fill(object, "reclaimPolicy", "Delete");
            fill(object, "volumeBindingMode", "Immediate");
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => {}
    }
}

fn namespace(object: &mut Value) {
    if let Some(name) = object["metadata"]["name"].as_str().filter(|it| !it.is_empty()) {
        let name = name.to_owned();
        child(child(object, "metadata"), "labels")["kubernetes.io/metadata.name"] = json!(name);
    }
    child(object, "spec");
    fill_empty(child(object, "status"), "phase", "Active");
}

fn node(object: &mut Value) {
    let status = child(object, "status");
    canonical_list(status, "capacity");
    canonical_list(status, "allocatable");
    if let Some(capacity) = status.get("capacity").filter(|it| it.is_object()).cloned() {
        fill(status, "allocatable", capacity);
    }
}

fn claim(object: &mut Value) {
    let spec = child(object, "spec");
    claim_spec(spec);
    fill_empty(child(object, "status"), "phase", "Pending");
}

pub(super) fn claim_spec(spec: &mut Value) {
    fill(spec, "volumeMode", "Filesystem");
    canonical_resources(child(spec, "resources"));
}

fn definition(object: &mut Value) {
    let spec = child(object, "spec");
    fill(child(spec, "conversion"), "strategy", "None");
    let names = child(spec, "names");
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    if !kind.is_empty() {
        fill_empty(names, "singular", kind.to_lowercase());
        fill_empty(names, "listKind", format!("{kind}List"));
    }
}

/// Prints the quantities of `limits` and `requests` in their canonical form.
pub(super) fn canonical_resources(resources: &mut Value) {
    canonical_list(resources, "limits");
    canonical_list(resources, "requests");
}

/// Prints the quantities of a resource list in their canonical form, rounded up to thousandths.
pub(super) fn canonical_list(value: &mut Value, key: &str) {
    let Some(list) = present(value, key).and_then(Value::as_object_mut) else { return };
    for amount in list.values_mut() {
        if let Some(quantity) = Quantity::of(amount) {
            *amount = json!(quantity.rounded_to_milli().to_string());
        }
    }
}

/// Prints one quantity in its canonical form.
pub(super) fn canonical(holder: &mut Value, key: &str) {
    if let Some(quantity) = Quantity::of(&holder[key])
        && let Some(object) = holder.as_object_mut()
    {
        object.insert(key.to_owned(), json!(quantity.to_string()));
    }
}

/// Copies into `to` every entry of `from` that it lacks.
pub(super) fn fill_from(object: &mut Value, from: &str, to: &str) {
    let given: Vec<(String, Value)> =
        entries(object, from).map(|(key, value)| (key.clone(), value.clone())).collect();
    if given.is_empty() {
        return;
    }
    let target = child(object, to);
    for (key, value) in given {
        fill(target, &key, value);
    }
}

/// Gives every item of a list the same default.
pub(super) fn fill_each(object: &mut Value, list: &str, key: &str, default: &str) {
    for item in items_mut(object, list) {
        fill_empty(item, key, default);
    }
}

#[cfg(test)]
mod tests;

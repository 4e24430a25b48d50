//! Validation: whether an object may be stored, and the real server's words where it may not.
//!
//! **Invariant:** objects come here decoded, defaulted and prepared; a field of the wrong type
//! was refused before.
//!
//! **Deliberately absent:** rules of fields that this server keeps without giving them meaning.

mod autoscaling;
mod batch;
mod config;
mod container;
mod environment;
mod limits;
mod metadata;
pub(crate) mod names;
mod network;
mod places;
mod pod;
mod pod_update;
mod probe;
mod rbac;
mod scheduling;
mod security;
mod service;
mod storage;
mod volume;
mod workload;

use serde_json::Value;

use super::errors::{Errors, FieldError, Path};
use super::registry::Resource;
use super::value::text;

/// What is wrong with a new object.
pub fn validate_create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = early(resource, object);
    if errors.is_empty() {
        metadata::create(resource, object, &mut errors);
        body(resource, object, None, &mut errors);
    }
    errors.into_vec()
}

/// What is wrong with a changed object.
pub fn validate_update(resource: &Resource, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = early(resource, new);
    if errors.is_empty() {
        metadata::update(new, old, &mut errors);
        body(resource, new, Some(old), &mut errors);
    }
    errors.into_vec()
}

/// What is wrong with a changed status: only its metadata is judged.
pub fn validate_status_update(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::new();
    metadata::update(new, old, &mut errors);
    errors.into_vec()
}

/// What is wrong with a changed set of ephemeral containers.
pub fn validate_ephemeral_containers(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::new();
    metadata::update(new, old, &mut errors);
    pod_update::ephemeral_containers(new, old, &mut errors);
    errors.into_vec()
}

/// What is found wrong before anything else is judged, and then told alone: addresses are handed out
/// before an object is validated.
fn early(resource: &Resource, object: &Value) -> Errors {
    let mut errors = Errors::new();
    if (resource.group, resource.kind) == ("", "Service") {
        service::addresses(object, &mut errors);
    }
    errors
}

/// Everything below the metadata; `old` is the object before an update.
fn body(resource: &Resource, object: &Value, old: Option<&Value>, errors: &mut Errors) {
    match (resource.group, resource.kind) {
        ("", "Pod") => pod::pod(object, old, errors),
        ("", "PodTemplate") => pod::template(&object["template"], &Path::root("template"), errors),
        ("apps", "Deployment") => workload::deployment(object, old, errors),
        ("apps", "ReplicaSet") => workload::replica_set(object, old, errors),
        ("apps", "StatefulSet") => workload::stateful_set(object, old, errors),
        ("apps", "DaemonSet") => workload::daemon_set(object, old, errors),
        ("batch", "Job") => batch::job(object, old, errors),
        ("batch", "CronJob") => batch::cron_job(object, errors),
        ("", "Service") => service::service(object, old, errors),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object, old, errors),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(object, errors),
        ("networking.k8s.io", "Ingress") => network::ingress(object, errors),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(object, old, errors),
        ("", "Namespace") => places::namespace(object, errors),
        ("", "Node") => places::node(object, errors),
        ("", "Event") => places::event(object, errors),
        ("", "ConfigMap") => config::config_map(object, old, errors),
        ("", "Secret") => config::secret(object, old, errors),
        ("", "ResourceQuota") => limits::resource_quota(object, old, errors),
        ("", "LimitRange") => limits::limit_range(object, errors),
        ("", "PersistentVolumeClaim") => storage::claim(object, old, errors),
        ("storage.k8s.io", "StorageClass") => storage::class(object, old, errors),
        ("coordination.k8s.io", "Lease") => storage::lease(object, errors),
        ("scheduling.k8s.io", "PriorityClass") => scheduling::priority_class(object, old, errors),
        ("policy", "PodDisruptionBudget") => workload::disruption_budget(object, errors),
        ("autoscaling", _) => autoscaling::autoscaler(object, errors),
        ("rbac.authorization.k8s.io", _) => rbac::any(resource, object, old, errors),
        _ => {}
    }
}

/// A count that may not be below zero.
fn non_negative(holder: &Value, key: &str, path: &Path, errors: &mut Errors) {
    if let Some(number) = holder[key].as_i64()
        && number < 0
    {
        errors.invalid(&path.child(key), number, "must be greater than or equal to 0");
    }
}

/// A text that must be one of a list; empty means that it is missing.
fn one_of(holder: &Value, key: &str, supported: &[&str], path: &Path, errors: &mut Errors) {
    let value = text(holder, key);
    if value.is_empty() {
        errors.required(&path.child(key), "");
    } else if !supported.contains(&value) {
        errors.unsupported(&path.child(key), value, supported);
    }
}

/// As [`one_of`], for a field that may be left out.
fn one_of_if_set(holder: &Value, key: &str, supported: &[&str], path: &Path, errors: &mut Errors) {
    if !text(holder, key).is_empty() {
        one_of(holder, key, supported, path, errors);
    }
}

/// A port given by number or by name.
fn port(value: &Value, path: &Path, errors: &mut Errors) {
    match value {
        Value::String(name) => errors.invalid_each(path, name, names::port_name(name)),
        other => {
            let number = other.as_i64().unwrap_or_default();
            for words in names::port_number(number) {
                errors.invalid(path, number, words);
            }
        }
    }
}

#[cfg(test)]
mod tests;

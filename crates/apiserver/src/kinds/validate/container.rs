//! The rules for containers: names, images, ports, amounts, mounts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{entries, is_empty, items, numbered, text};
use super::{environment, names, one_of, probe, security, volume};
use crate::quantity::Quantity;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// All containers of a pod spec, with the names of its volumes.
pub(super) fn all(spec: &Value, volumes: &BTreeSet<&str>, path: &Path, errors: &mut Errors) {
    let list = path.child("containers");
    if items(spec, "containers").is_empty() {
        errors.required(&list, "");
    }
    let mut seen = BTreeSet::new();
    for (index, container) in numbered(spec, "containers") {
        let path = list.index(index);
        common(container, volumes, &path, errors);
        if !seen.insert(text(container, "name")) {
            errors.duplicate(&path.child("name"), text(container, "name"));
        }
        probe::all(container, &path, errors);
    }
    host_port_conflicts(items(spec, "containers"), &list, errors);
    let list = path.child("initContainers");
    for (index, container) in numbered(spec, "initContainers") {
        init(container, volumes, &mut seen, &list.index(index), errors);
    }
}

fn init<'a>(
    container: &'a Value,
    volumes: &BTreeSet<&str>,
    seen: &mut BTreeSet<&'a str>,
    path: &Path,
    errors: &mut Errors,
) {
    common(container, volumes, path, errors);
    let name = text(container, "name");
    if !name.is_empty() && !seen.insert(name) {
        errors.duplicate(&path.child("name"), name);
    }
    if text(container, "restartPolicy") == "Always" {
        probe::all(container, path, errors);
        return;
    }
    for key in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container[key].is_object() {
            let words = "may not be set for init containers without restartPolicy=Always";
            errors.forbidden(&path.child(key), words);
        }
    }
}

fn common(container: &Value, volumes: &BTreeSet<&str>, path: &Path, errors: &mut Errors) {
    let name = text(container, "name");
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.invalid_each(&path.child("name"), name, names::label(name));
    }
    if text(container, "image").is_empty() {
        errors.required(&path.child("image"), "");
    }
    let policies = ["File", "FallbackToLogsOnError"];
    one_of(container, "terminationMessagePolicy", &policies, path, errors);
    ports(container, &path.child("ports"), errors);
    environment::variables(container, path, errors);
    volume::mounts(container, volumes, path, errors);
    one_of(container, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], path, errors);
    resources(&container["resources"], &path.child("resources"), errors);
    security::container(&container["securityContext"], &path.child("securityContext"), errors);
}

fn ports(container: &Value, path: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, port) in numbered(container, "ports") {
        let path = path.index(index);
        let name = text(port, "name");
        if !name.is_empty() {
            let wrong = names::port_name(name);
            if wrong.is_empty() && !seen.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
            errors.invalid_each(&path.child("name"), name, wrong);
        }
        if is_empty(&port["containerPort"]) {
            errors.required(&path.child("containerPort"), "");
        } else {
            number(port, "containerPort", &path, errors);
        }
        if !is_empty(&port["hostPort"]) {
            number(port, "hostPort", &path, errors);
        }
        one_of(port, "protocol", &PROTOCOLS, &path, errors);
    }
}

fn number(port: &Value, key: &str, path: &Path, errors: &mut Errors) {
    let number = port[key].as_i64().unwrap_or_default();
    for words in names::port_number(number) {
        errors.invalid(&path.child(key), number, words);
    }
}

fn host_port_conflicts(containers: &[Value], path: &Path, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        for (position, port) in numbered(container, "ports") {
            if is_empty(&port["hostPort"]) {
                continue;
            }
            let key =
                format!("{}/{}/{}", text(port, "protocol"), text(port, "hostIP"), port["hostPort"]);
            if !seen.insert(key.clone()) {
                let path = path.index(index).child("ports").index(position).child("hostPort");
                errors.duplicate(&path, key);
            }
        }
    }
}

/// The amounts that a container asks for and is limited to.
pub(super) fn resources(resources: &Value, path: &Path, errors: &mut Errors) {
    let (limits, requests) = (path.child("limits"), path.child("requests"));
    for (name, amount) in entries(resources, "limits") {
        named_amount(name, amount, &limits.key(name), errors);
    }
    for (name, amount) in entries(resources, "requests") {
        named_amount(name, amount, &requests.key(name), errors);
        let Some(request) = Quantity::of(amount) else { continue };
        let can_exceed = !name.contains('/') && !name.starts_with("hugepages-");
        match Quantity::of(&resources["limits"][name.as_str()]) {
            Some(limit) if !can_exceed && request != limit => {
                let words = format!("must be equal to {name} limit of {limit}");
                errors.invalid(&requests, request.to_string(), words);
            }
            Some(limit) if request > limit => {
                let words = format!("must be less than or equal to {name} limit of {limit}");
                errors.invalid(&requests, request.to_string(), words);
            }
            None if !can_exceed => {
                errors.required(&limits, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
}

fn named_amount(name: &str, amount: &Value, path: &Path, errors: &mut Errors) {
    resource_name(name, path, errors);
    let is_container_resource = name.contains('/')
        || matches!(name, "cpu" | "memory" | "ephemeral-storage")
        || name.starts_with("hugepages-");
    if !is_container_resource {
        errors.invalid(path, name, "must be a standard resource for containers");
    }
    quantity(name.contains('/'), amount, path, errors);
}

/// The name of a resource: one that everyone knows, or one with a domain.
pub(super) fn resource_name(name: &str, path: &Path, errors: &mut Errors) {
    errors.invalid_each(path, name, names::qualified(name));
    let is_standard = matches!(
        name,
        "cpu"
            | "memory"
            | "ephemeral-storage"
            | "storage"
            | "requests.cpu"
            | "requests.memory"
            | "requests.ephemeral-storage"
            | "requests.storage"
            | "limits.cpu"
            | "limits.memory"
            | "limits.ephemeral-storage"
            | "pods"
            | "services"
            | "resourcequotas"
            | "replicationcontrollers"
            | "secrets"
            | "configmaps"
            | "persistentvolumeclaims"
            | "services.nodeports"
            | "services.loadbalancers"
    );
    let is_huge = name.starts_with("hugepages-") || name.starts_with("requests.hugepages-");
    if !name.contains('/') && !is_standard && !is_huge {
        errors.invalid(path, name, "must be a standard resource type or fully qualified");
    }
}

/// An amount: not negative, and whole where the resource is counted.
pub(super) fn quantity(is_counted: bool, amount: &Value, path: &Path, errors: &mut Errors) {
    let Some(amount) = Quantity::of(amount) else { return };
    if amount.is_negative() {
        errors.invalid(path, amount.to_string(), "must be greater than or equal to 0");
    }
    if is_counted && amount.milli_value() % 1000 != 0 {
        errors.invalid(path, amount.to_string(), "must be an integer");
    }
}

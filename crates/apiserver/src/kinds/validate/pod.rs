//! The rules for pods and pod templates.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::{container, metadata, names, one_of, pod_update, scheduling, security, volume};

/// A pod, new or changed.
pub(super) fn pod(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let path = Path::root("spec");
    spec(&object["spec"], &path, errors);
    images_without_spaces(&object["spec"], &path, errors);
    match old {
        None => {
            if !items(&object["spec"], "ephemeralContainers").is_empty() {
                errors.forbidden(&path.child("ephemeralContainers"), "cannot be set on create");
            }
        }
        Some(old) => pod_update::pod(object, old, &path, errors),
    }
}

fn images_without_spaces(spec: &Value, path: &Path, errors: &mut Errors) {
    for list in ["containers", "initContainers"] {
        for (index, container) in numbered(spec, list) {
            let image = text(container, "image");
            if image.trim().len() != image.len() {
                let path = path.child(list).index(index).child("image");
                errors.invalid(&path, image, "must not have leading or trailing whitespace");
            }
        }
    }
}

/// A pod template.
pub(super) fn template(template: &Value, path: &Path, errors: &mut Errors) {
    let meta = &template["metadata"];
    metadata::labels(&meta["labels"], &path.child("labels"), errors);
    metadata::annotations(&meta["annotations"], &path.child("annotations"), errors);
    spec(&template["spec"], &path.child("spec"), errors);
    if !items(&template["spec"], "ephemeralContainers").is_empty() {
        let path = path.child("spec").child("ephemeralContainers");
        errors.forbidden(&path, "ephemeral containers not allowed in pod template");
    }
}

fn spec(spec: &Value, path: &Path, errors: &mut Errors) {
    let volumes = volume::all(spec, path, errors);
    container::all(spec, &volumes, path, errors);
    host_network(spec, path, errors);
    one_of(spec, "restartPolicy", &["Always", "OnFailure", "Never"], path, errors);
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    one_of(spec, "dnsPolicy", &policies, path, errors);
    metadata::labels(&spec["nodeSelector"], &path.child("nodeSelector"), errors);
    security::pod(spec, path, errors);
    scheduling::affinity(&spec["affinity"], &path.child("affinity"), errors);
    dns(spec, path, errors);
    for (index, gate) in numbered(spec, "readinessGates") {
        let name = text(gate, "conditionType");
        let path = path.child("readinessGates").index(index).child("conditionType");
        errors.invalid_each(&path, name, names::qualified(name));
    }
    scheduling::spread(spec, path, errors);
    plain_names(spec, path, errors);
    scheduling::tolerations(spec, path, errors);
    host_aliases(spec, path, errors);
    let class = text(spec, "priorityClassName");
    if !class.is_empty() {
        errors.invalid_each(&path.child("priorityClassName"), class, names::subdomain(class));
    }
    let policies = ["PreemptLowerPriority", "Never"];
    super::one_of_if_set(spec, "preemptionPolicy", &policies, path, errors);
    if spec["os"].is_object() {
        let name = text(&spec["os"], "name");
        if name.is_empty() {
            errors.required(&path.child("os").child("name"), "cannot be empty");
        } else if !matches!(name, "linux" | "windows") {
            errors.unsupported(&path.child("os"), name, &["linux", "windows"]);
        }
    }
}

fn plain_names(spec: &Value, path: &Path, errors: &mut Errors) {
    let mut check = |key: &str, rule: fn(&str) -> Vec<String>| {
        let name = text(spec, key);
        if !name.is_empty() {
            errors.invalid_each(&path.child(key), name, rule(name));
        }
    };
    check("serviceAccountName", names::subdomain);
    check("nodeName", names::subdomain);
    if let Some(seconds) = spec["activeDeadlineSeconds"].as_i64() {
        for words in names::in_range(seconds, 1, i64::from(i32::MAX)) {
            errors.invalid(&path.child("activeDeadlineSeconds"), seconds, words);
        }
    }
    let mut check = |key: &str, rule: fn(&str) -> Vec<String>| {
        let name = text(spec, key);
        if !name.is_empty() {
            errors.invalid_each(&path.child(key), name, rule(name));
        }
    };
    check("hostname", names::label);
    check("subdomain", names::label);
}

fn host_network(spec: &Value, path: &Path, errors: &mut Errors) {
    if spec["hostNetwork"] != true {
        return;
    }
    for (index, container) in numbered(spec, "containers") {
        for (position, port) in numbered(container, "ports") {
            if port["hostPort"] != port["containerPort"] {
                let path = path.child("containers").index(index).child("ports").index(position);
                let words = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&path.child("hostPort"), port["hostPort"].clone(), words);
            }
        }
    }
}

fn dns(spec: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("dnsConfig");
    let config = &spec["dnsConfig"];
    if text(spec, "dnsPolicy") == "None" {
        let words = "must provide `dnsConfig` when `dnsPolicy` is None";
        if !config.is_object() {
            errors.required(&path, words);
            return;
        }
        if items(config, "nameservers").is_empty() {
            let words = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(&path.child("nameservers"), words);
        }
    }
    for (index, server) in numbered(config, "nameservers") {
        let server = server.as_str().unwrap_or_default();
        let path = path.child("nameservers").index(index);
        errors.invalid_each(&path, server, names::address(server));
    }
}

fn host_aliases(spec: &Value, path: &Path, errors: &mut Errors) {
    for (index, alias) in numbered(spec, "hostAliases") {
        let path = path.child("hostAliases").index(index);
        let address = text(alias, "ip");
        errors.invalid_each(&path.child("ip"), address, names::address(address));
        for (position, name) in numbered(alias, "hostnames") {
            let name = name.as_str().unwrap_or_default();
            let path = path.child("hostnames").index(position);
            errors.invalid_each(&path, name, names::subdomain(name));
        }
    }
}

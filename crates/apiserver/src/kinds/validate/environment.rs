//! The rules for environment variables and where their values come from.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{numbered, text};
use super::names;

const NO_SOURCE: &str = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, \
    `secretKeyRef` or `fileKeyRef`";
const SOURCES: [&str; 5] =
    ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const MANY: &str = "may not have more than one field specified at a time";
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
/// Fields of a pod that a variable can hold.
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// A container's variables.
pub(super) fn variables(container: &Value, path: &Path, errors: &mut Errors) {
    for (index, variable) in numbered(container, "env") {
        let path = path.child("env").index(index);
        let name = text(variable, "name");
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        } else {
            errors.invalid_each(&path.child("name"), name, names::variable(name));
        }
        if variable["valueFrom"].is_object() {
            source(variable, &path.child("valueFrom"), errors);
        }
    }
    let list = path.child("envFrom");
    for (index, from) in numbered(container, "envFrom") {
        whole_object(from, &list, &list.index(index), errors);
    }
}

fn source(variable: &Value, path: &Path, errors: &mut Errors) {
    let from = &variable["valueFrom"];
    if from["fieldRef"].is_object() {
        field(&from["fieldRef"], &FIELDS, &path.child("fieldRef"), errors);
    }
    if from["resourceFieldRef"].is_object() {
        resource_field(&from["resourceFieldRef"], false, &path.child("resourceFieldRef"), errors);
    }
    for key in ["configMapKeyRef", "secretKeyRef"] {
        if from[key].is_object() {
            key_of(&from[key], &path.child(key), errors);
        }
    }
    let given = SOURCES.iter().filter(|it| from[**it].is_object()).count();
    if given == 0 {
        errors.invalid(path, "", NO_SOURCE);
    } else if !text(variable, "value").is_empty() {
        errors.invalid(path, "", "may not be specified when `value` is not empty");
    } else if given > 1 {
        errors.invalid(path, "", MANY);
    }
}

/// A field of the pod itself; `allowed` are the fields that may be had here.
pub(super) fn field(selector: &Value, allowed: &[&str], path: &Path, errors: &mut Errors) {
    let name = text(selector, "fieldPath");
    if name.is_empty() {
        errors.required(&path.child("fieldPath"), "");
        return;
    }
    if let Some((map, key)) = name.strip_suffix(']').and_then(|it| it.split_once("['")) {
        let key = key.trim_end_matches('\'');
        match map {
            "metadata.annotations" => {
                errors.invalid_each(path, key, names::qualified(&key.to_lowercase()));
            }
            "metadata.labels" => errors.invalid_each(path, key, names::qualified(key)),
            other => errors.invalid(path, other, "does not support subscript"),
        }
        return;
    }
    let is_known = FIELDS.contains(&name)
        || matches!(
            name,
            "metadata.labels"
                | "metadata.annotations"
                | "spec.restartPolicy"
                | "spec.schedulerName"
                | "spec.hostNetwork"
                | "status.phase"
                | "status.nominatedNodeName"
        );
    if !is_known {
        let words = format!("error converting fieldPath: field label not supported: {name}");
        errors.invalid(&path.child("fieldPath"), name, words);
    } else if !allowed.contains(&name) {
        errors.unsupported(&path.child("fieldPath"), name, allowed);
    }
}

/// An amount of a container; in a volume the container must be named.
pub(super) fn resource_field(selector: &Value, in_volume: bool, path: &Path, errors: &mut Errors) {
    let name = text(selector, "resource");
    if in_volume && text(selector, "containerName").is_empty() {
        errors.required(&path.child("containerName"), "");
    } else if name.is_empty() {
        errors.required(&path.child("resource"), "");
    } else if !RESOURCES.contains(&name) && !name.contains(".hugepages-") {
        errors.unsupported(&path.child("resource"), name, &RESOURCES);
    }
}

fn key_of(selector: &Value, path: &Path, errors: &mut Errors) {
    let name = text(selector, "name");
    errors.invalid_each(&path.child("name"), name, names::subdomain(name));
    let key = text(selector, "key");
    if key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        errors.invalid_each(&path.child("key"), key, names::config_key(key));
    }
}

fn whole_object(from: &Value, list: &Path, path: &Path, errors: &mut Errors) {
    let prefix = text(from, "prefix");
    if !prefix.is_empty() {
        errors.invalid_each(&path.child("prefix"), prefix, names::variable(prefix));
    }
    let mut given = 0;
    for key in ["configMapRef", "secretRef"] {
        if !from[key].is_object() {
            continue;
        }
        given += 1;
        let name = text(&from[key], "name");
        let path = path.child(key).child("name");
        if name.is_empty() {
            errors.required(&path, "");
        } else {
            errors.invalid_each(&path, name, names::subdomain(name));
        }
    }
    match given {
        0 => errors.invalid(list, "", "must specify one of: `configMapRef` or `secretRef`"),
        1 => {}
        _ => errors.invalid(list, "", MANY),
    }
}

//! The rules for where pods may run: tolerations, affinity, spreading, priority.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::{metadata, names};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// The tolerations of a pod spec.
pub(super) fn tolerations(spec: &Value, path: &Path, errors: &mut Errors) {
    for (index, toleration) in numbered(spec, "tolerations") {
        toleration_rules(toleration, &path.child("tolerations").index(index), errors);
    }
}

fn toleration_rules(toleration: &Value, path: &Path, errors: &mut Errors) {
    let [key, operator, value, effect] =
        ["key", "operator", "value", "effect"].map(|it| text(toleration, it));
    if !key.is_empty() {
        errors.invalid_each(&path.child("key"), key, names::qualified(key));
    }
    if key.is_empty() && operator != "Exists" {
        let words = "operator must be Exists when `key` is empty, which means \"match all values \
                     and all keys\"";
        errors.invalid(&path.child("operator"), operator, words);
    }
    if !toleration["tolerationSeconds"].is_null() && effect != "NoExecute" {
        let words = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid(&path.child("effect"), effect, words);
    }
    match operator {
        "Equal" | "" => {
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                errors.invalid(&path.child("operator"), value, wrong.join(";"));
            }
        }
        "Exists" if !value.is_empty() => {
            let words = "value must be empty when `operator` is 'Exists'";
            errors.invalid(&path.child("operator"), value, words);
        }
        "Exists" => {}
        "Lt" | "Gt" => {
            let supported = ["Equal", "Exists", "Lt", "Gt"];
            errors.unsupported(&path.child("operator"), operator, &supported);
        }
        other => errors.unsupported(&path.child("operator"), other, &["Equal", "Exists"]),
    }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if !effect.is_empty() && !effects.contains(&effect) {
        errors.unsupported(&path.child("effect"), effect, &effects);
    }
}

/// The affinity of a pod spec.
pub(super) fn affinity(affinity: &Value, path: &Path, errors: &mut Errors) {
    let node = &affinity["nodeAffinity"];
    let node_path = path.child("nodeAffinity");
    if node[REQUIRED].is_object() {
        let terms_path = node_path.child(REQUIRED).child("nodeSelectorTerms");
        if items(&node[REQUIRED], "nodeSelectorTerms").is_empty() {
            errors.required(&terms_path, "must have at least one node selector term");
        }
        for (index, term) in numbered(&node[REQUIRED], "nodeSelectorTerms") {
            node_term(term, &terms_path.index(index), errors);
        }
    }
    for (index, term) in numbered(node, PREFERRED) {
        let path = node_path.child(PREFERRED).index(index);
        weight(term, &path, errors);
        node_term(&term["preference"], &path.child("preference"), errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let path = path.child(kind);
        for (index, term) in numbered(&affinity[kind], REQUIRED) {
            pod_term(term, &path.child(REQUIRED).index(index), errors);
        }
        for (index, term) in numbered(&affinity[kind], PREFERRED) {
            let path = path.child(PREFERRED).index(index);
            weight(term, &path, errors);
            pod_term(&term["podAffinityTerm"], &path.child("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &Value, path: &Path, errors: &mut Errors) {
    let weight = term["weight"].as_i64().unwrap_or_default();
    if !(1..=100).contains(&weight) {
        errors.invalid(&path.child("weight"), weight, "must be in the range 1-100");
    }
}

fn node_term(term: &Value, path: &Path, errors: &mut Errors) {
    for (index, requirement) in numbered(term, "matchExpressions") {
        let path = path.child("matchExpressions").index(index);
        let values = items(requirement, "values");
        match text(requirement, "operator") {
            "In" | "NotIn" if values.is_empty() => {
                let words = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(&path.child("values"), words);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&path.child("values"), words);
            }
            "Gt" | "Lt" if values.len() != 1 => {
                let words = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&path.child("values"), words);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => {
                errors.invalid(&path.child("operator"), other, "not a valid selector operator");
            }
        }
        let key = text(requirement, "key");
        errors.invalid_each(&path.child("key"), key, names::qualified(key));
    }
}

fn pod_term(term: &Value, path: &Path, errors: &mut Errors) {
    metadata::selector(&term["labelSelector"], &path.child("labelSelector"), errors);
    metadata::selector(&term["namespaceSelector"], &path.child("namespaceSelector"), errors);
    for name in items(term, "namespaces").iter().filter_map(Value::as_str) {
        errors.invalid_each(&path.child("namespace"), name, names::label(name));
    }
    topology_key(term, path, errors);
    let key = text(term, "topologyKey");
    errors.invalid_each(&path.child("topologyKey"), key, names::qualified(key));
}

fn topology_key(holder: &Value, path: &Path, errors: &mut Errors) {
    if text(holder, "topologyKey").is_empty() {
        errors.required(&path.child("topologyKey"), "can not be empty");
    }
}

/// How a pod spec wants its pods spread.
pub(super) fn spread(spec: &Value, path: &Path, errors: &mut Errors) {
    for (index, constraint) in numbered(spec, "topologySpreadConstraints") {
        let path = path.child("topologySpreadConstraints").index(index);
        let skew = constraint["maxSkew"].as_i64().unwrap_or_default();
        if skew <= 0 {
            errors.invalid(&path.child("maxSkew"), skew, "must be greater than zero");
        }
        topology_key(constraint, &path, errors);
        let supported = ["DoNotSchedule", "ScheduleAnyway"];
        let otherwise = text(constraint, "whenUnsatisfiable");
        if !supported.contains(&otherwise) {
            errors.unsupported(&path.child("whenUnsatisfiable"), otherwise, &supported);
        }
        metadata::selector(&constraint["labelSelector"], &path.child("labelSelector"), errors);
    }
}

/// A priority class.
pub(super) fn priority_class(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let root = Path::root("");
    let value = object["value"].as_i64().unwrap_or_default();
    let name = text(&object["metadata"], "name");
    if let Some(old) = old {
        if object["value"] != old["value"] {
            errors.forbidden(&root.child("value"), "may not be changed in an update.");
        }
        if object["preemptionPolicy"] != old["preemptionPolicy"] {
            metadata::immutable(object, old, "preemptionPolicy", &root, errors);
        }
        return;
    }
    let is_known = matches!(name, "system-cluster-critical" | "system-node-critical");
    if name.starts_with("system-") && !is_known {
        let words = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: \
             {name} is not a known system priority class"
        );
        errors.forbidden(&Path::root("metadata").child("name"), words);
    } else if value > 1_000_000_000 && !is_known {
        let words = "maximum allowed value of a user defined priority is 1000000000";
        errors.forbidden(&root.child("value"), words);
    }
    let policies = ["PreemptLowerPriority", "Never"];
    super::one_of_if_set(object, "preemptionPolicy", &policies, &root, errors);
}

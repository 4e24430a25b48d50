//! The rules for horizontal pod autoscalers.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::names;
use crate::quantity::Quantity;

const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// A horizontal pod autoscaler of either version.
pub(super) fn autoscaler(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    let (least, most) =
        (spec["minReplicas"].as_i64(), spec["maxReplicas"].as_i64().unwrap_or_default());
    if let Some(least) = least
        && least < 1
    {
        errors.invalid(&path.child("minReplicas"), least, "must be greater than or equal to 1");
    }
    if most < 1 {
        errors.required(&path.child("maxReplicas"), "must be set and greater than 0");
    }
    if least.is_some_and(|it| most < it) {
        let words = "must be greater than or equal to `minReplicas`";
        errors.invalid(&path.child("maxReplicas"), most, words);
    }
    target_reference(&spec["scaleTargetRef"], &path.child("scaleTargetRef"), errors);
    let metrics = path.child("metrics");
    for (index, it) in numbered(spec, "metrics") {
        metric(it, &metrics.index(index), errors);
    }
    let scales_from_zero =
        items(spec, "metrics").iter().any(|it| matches!(text(it, "type"), "Object" | "External"));
    if least == Some(0) && !scales_from_zero {
        let words = "must specify at least one Object or External metric to support scaling to \
                     zero replicas";
        errors.forbidden(&metrics, words);
    }
    for direction in ["scaleUp", "scaleDown"] {
        let rules = &spec["behavior"][direction];
        if rules.is_object() {
            scaling_rules(rules, &path.child("behavior").child(direction), errors);
        }
    }
}

fn target_reference(target: &Value, path: &Path, errors: &mut Errors) {
    for key in ["kind", "name"] {
        let value = text(target, key);
        if value.is_empty() {
            errors.required(&path.child(key), "");
        } else {
            errors.invalid_each(&path.child(key), value, names::path_segment(value));
        }
    }
    let version = text(target, "apiVersion");
    if !version.contains('/') && text(target, "kind") != "ReplicationController" {
        let words = "apiVersion must specify API group";
        errors.invalid(&path.child("apiVersion"), version, words);
    }
}

fn metric(metric: &Value, path: &Path, errors: &mut Errors) {
    let kind = text(metric, "type");
    if kind.is_empty() {
        errors.required(&path.child("type"), "must specify a metric source type");
        return;
    }
    let Some((_, key)) = SOURCES.iter().find(|it| it.0 == kind) else {
        let known: Vec<&str> = SOURCES.iter().map(|it| it.0).collect();
        errors.unsupported(&path.child("type"), kind, &known);
        return;
    };
    for (_, other) in SOURCES.iter().filter(|it| it.1 != *key) {
        if metric[*other].is_object() {
            errors.forbidden(&path.child(other), "must populate the given metric source only");
        }
    }
    let source = &metric[*key];
    let path = path.child(key);
    if !source.is_object() {
        errors.required(&path, "must populate information for the given metric source");
        return;
    }
    source_rules(source, key, &path, errors);
}

fn source_rules(source: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let target = &source["target"];
    let target_path = path.child("target");
    let is_resource = matches!(kind, "resource" | "containerResource");
    if is_resource {
        if text(source, "name").is_empty() {
            errors.required(&path.child("name"), "must specify a resource name");
        }
        if kind == "containerResource" && text(source, "container").is_empty() {
            errors.required(&path.child("container"), "must specify a container");
        }
    } else if text(&source["metric"], "name").is_empty() {
        errors.required(&path.child("metric").child("name"), "must specify a metric name");
    }
    target_rules(target, &target_path, errors);
    let has = |key: &str| !target[key].is_null();
    match kind {
        "pods" if !has("averageValue") => {
            let words = "must specify a positive target averageValue";
            errors.required(&target_path.child("averageValue"), words);
        }
        "object" if !has("averageValue") && !has("value") => {
            let words = "must set either a target value or averageValue";
            errors.required(&target_path.child("averageValue"), words);
        }
        "external" if !has("averageValue") && !has("value") => {
            let words = "must set either a target value for metric or a per-pod target";
            errors.required(&target_path.child("averageValue"), words);
        }
        _ if is_resource && !has("averageUtilization") && !has("averageValue") => {
            let words = "must set either a target raw value or a target utilization";
            errors.required(&target_path.child("averageUtilization"), words);
        }
        _ if is_resource && has("averageUtilization") && has("averageValue") => {
            let words = "may not set both a target raw value and a target utilization";
            errors.forbidden(&target_path.child("averageValue"), words);
        }
        _ => {}
    }
}

fn target_rules(target: &Value, path: &Path, errors: &mut Errors) {
    let kind = text(target, "type");
    if kind.is_empty() {
        errors.required(&path.child("type"), "must specify a metric target type");
    } else if !matches!(kind, "Utilization" | "Value" | "AverageValue") {
        let words = "must be either Utilization, Value, or AverageValue";
        errors.invalid(&path.child("type"), kind, words);
    }
    for key in ["value", "averageValue"] {
        if Quantity::of(&target[key]).is_some_and(|it| it <= Quantity::ZERO) {
            errors.invalid(&path.child(key), target[key].clone(), "must be positive");
        }
    }
    if let Some(share) = target["averageUtilization"].as_i64()
        && share < 1
    {
        errors.invalid(&path.child("averageUtilization"), share, "must be greater than 0");
    }
}

fn scaling_rules(rules: &Value, path: &Path, errors: &mut Errors) {
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        let path = path.child("stabilizationWindowSeconds");
        if seconds < 0 {
            errors.invalid(&path, seconds, "must be greater than or equal to zero");
        }
        if seconds > 3600 {
            errors.invalid(&path, seconds, "must be less than or equal to 3600");
        }
    }
    let choices = ["Disabled", "Max", "Min"];
    super::one_of_if_set(rules, "selectPolicy", &choices, path, errors);
    if items(rules, "policies").is_empty() {
        errors.required(&path.child("policies"), "must specify at least one Policy");
    }
    for (index, policy) in numbered(rules, "policies") {
        let path = path.child("policies").index(index);
        let kind = text(policy, "type");
        if !matches!(kind, "Percent" | "Pods") {
            errors.unsupported(&path.child("type"), kind, &["Percent", "Pods"]);
        }
        for key in ["value", "periodSeconds"] {
            let number = policy[key].as_i64().unwrap_or_default();
            if number <= 0 {
                errors.invalid(&path.child(key), number, "must be greater than zero");
            }
            if key == "periodSeconds" && number > 1800 {
                errors.invalid(&path.child(key), number, "must be less than or equal to 1800");
            }
        }
    }
}

//! Defaults of what governs others: autoscalers, role bindings, limits, quotas.

use serde_json::{Value, json};

use super::super::value::{child, entries, fill, fill_empty, is_empty, items_mut, present, text};
use super::{canonical, canonical_list, fill_from};

const RBAC: &str = "rbac.authorization.k8s.io";

/// A horizontal pod autoscaler of either version.
pub(super) fn autoscaler(object: &mut Value, version: &str) {
    let spec = child(object, "spec");
    fill(spec, "minReplicas", 1);
    if version != "v2" {
        return;
    }
    if is_empty(&spec["metrics"]) {
        spec["metrics"] = json!([{
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
        }]);
    }
    for metric in items_mut(spec, "metrics") {
        for source in ["resource", "containerResource", "pods", "object", "external"] {
            let target = present(metric, source).and_then(|it| present(it, "target"));
            if let Some(target) = target {
                canonical(target, "value");
                canonical(target, "averageValue");
            }
        }
    }
    if let Some(behavior) = present(spec, "behavior") {
        let up = json!({
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Pods", "value": 4, "periodSeconds": 15},
                {"type": "Percent", "value": 100, "periodSeconds": 15},
            ],
        });
        let down = json!({
            "selectPolicy": "Max",
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
        });
        for (name, rules) in [("scaleUp", up), ("scaleDown", down)] {
            let given = child(behavior, name);
            for (key, value) in rules.as_object().into_iter().flatten() {
                fill(given, key, value.clone());
            }
        }
    }
}

/// A role binding of either scope.
pub(super) fn role_binding(object: &mut Value) {
    fill_empty(child(object, "roleRef"), "apiGroup", RBAC);
    for subject in items_mut(object, "subjects") {
        if matches!(text(subject, "kind"), "User" | "Group") {
            fill_empty(subject, "apiGroup", RBAC);
        }
    }
}

/// A limit range: for containers, a maximum is also a default, a default also a request.
pub(super) fn limit_range(object: &mut Value) {
    let spec = child(object, "spec");
    for limit in items_mut(spec, "limits") {
        for list in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            canonical_list(limit, list);
        }
        if text(limit, "type") == "Container" {
            fill_from(limit, "max", "default");
            fill_from(limit, "default", "defaultRequest");
            fill_from(limit, "min", "defaultRequest");
        }
    }
}

/// A quota.
pub(super) fn resource_quota(object: &mut Value) {
    canonical_list(child(object, "spec"), "hard");
    if entries(object, "status").next().is_some() {
        let status = child(object, "status");
        canonical_list(status, "hard");
        canonical_list(status, "used");
    }
}

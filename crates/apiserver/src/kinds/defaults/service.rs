//! Defaults of what carries traffic: services, endpoints, policies.

use serde_json::{Value, json};

use super::super::value::{child, fill, fill_empty, is_empty, items_mut, present, remove, text};
use super::fill_each;

/// How long a client sticks to one pod where nothing else is said: three hours.
const AFFINITY_SECONDS: i64 = 10_800;

/// A service.
pub(super) fn service(object: &mut Value) {
    let spec = child(object, "spec");
    fill_empty(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => {
            remove(spec, "sessionAffinityConfig");
        }
        "ClientIP" => {
            let client = child(child(spec, "sessionAffinityConfig"), "clientIP");
            fill(client, "timeoutSeconds", AFFINITY_SECONDS);
        }
        _ => {}
    }
    fill_empty(spec, "type", "ClusterIP");
    for port in items_mut(spec, "ports") {
        fill_empty(port, "protocol", "TCP");
        let number = port["port"].clone();
        fill_empty(port, "targetPort", number);
    }
    let kind = text(spec, "type").to_owned();
    let is_external = matches!(kind.as_str(), "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && !is_empty(&spec["externalIPs"]));
    if is_external {
        fill_empty(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer" | "ClusterIP") {
        fill(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        fill(spec, "allocateLoadBalancerNodePorts", true);
        if let Some(balancer) = present(object, "status").and_then(|it| present(it, "loadBalancer"))
        {
            for ingress in items_mut(balancer, "ingress") {
                if !text(ingress, "ip").is_empty() {
                    fill(ingress, "ipMode", "VIP");
                }
            }
        }
    }
}

/// The endpoints of a service, old form.
pub(super) fn endpoints(object: &mut Value) {
    for subset in items_mut(object, "subsets") {
        fill_each(subset, "ports", "protocol", "TCP");
    }
}

/// A slice of a service's endpoints.
pub(super) fn endpoint_slice(object: &mut Value) {
    for port in items_mut(object, "ports") {
        fill(port, "name", "");
        fill(port, "protocol", "TCP");
    }
    fill(object, "endpoints", json!([]));
    fill(object, "ports", json!([]));
}

/// A network policy.
pub(super) fn network_policy(object: &mut Value) {
    let spec = child(object, "spec");
    fill(spec, "podSelector", json!({}));
    if is_empty(&spec["policyTypes"]) {
        let both = !is_empty(&spec["egress"]);
        spec["policyTypes"] = if both { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    }
    for direction in ["ingress", "egress"] {
        for rule in items_mut(spec, direction) {
            for port in items_mut(rule, "ports") {
                fill(port, "protocol", "TCP");
            }
        }
    }
}

/// An ingress class.
pub(super) fn ingress_class(object: &mut Value) {
    if let Some(parameters) = present(object, "spec").and_then(|it| present(it, "parameters")) {
        fill(parameters, "scope", "Cluster");
    }
}

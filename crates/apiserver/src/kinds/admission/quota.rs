//! Resource quotas: what an object charges, and when that is too much.
//!
//! **Invariant:** a quota is judged by its `status` (`hard` and `used`), as the real server
//! does; the caller stores the new `used` together with the object.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::qos::quality_of_service;
use super::super::registry::Resource;
use super::super::value::{is_empty, items, text};
use super::resources::{Amounts, add, amounts, of_pod, print};
use crate::quantity::Quantity;

/// The names that a quota demands of every container once it limits them.
const DEMANDED: [&str; 6] =
    ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// What an object charges against quotas; kinds that nothing counts charge their number only.
pub fn usage(resource: &Resource, object: &Value, now: Timestamp) -> BTreeMap<String, Quantity> {
    let mut used = Amounts::new();
    let one = Quantity::whole(1);
    used.insert(format!("count/{}", resource.group_resource()), one);
    match (resource.group, resource.kind) {
        ("", "Pod") if is_finished(object, now) => {}
        ("", "Pod") => add(&mut used, &pod_usage(&object["spec"])),
        ("", "Service") => add(&mut used, &service_usage(&object["spec"])),
        ("", "PersistentVolumeClaim") => add(&mut used, &claim_usage(object)),
        ("", "ConfigMap" | "Secret" | "ReplicationController" | "ResourceQuota") => {
            used.insert(resource.plural.to_owned(), one);
        }
        _ => {}
    }
    used
}

/// A pod that has ended, or has overstayed its deletion, no longer holds resources.
fn is_finished(pod: &Value, now: Timestamp) -> bool {
    if matches!(text(&pod["status"], "phase"), "Failed" | "Succeeded") {
        return true;
    }
    let metadata = &pod["metadata"];
    let grace = metadata["deletionGracePeriodSeconds"].as_i64();
    match (text(metadata, "deletionTimestamp").parse::<Timestamp>(), grace) {
        (Ok(time), Some(grace)) => now.duration_since(time) > SignedDuration::from_secs(grace),
        _ => false,
    }
}

fn pod_usage(spec: &Value) -> Amounts {
    let mut used = container_usage(&of_pod(spec, "requests"), &of_pod(spec, "limits"));
    used.insert("pods".to_owned(), Quantity::whole(1));
    used
}

fn container_usage(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut used = Amounts::new();
    for (name, amount) in requests {
        let is_basic = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage");
        if is_basic || name.starts_with("hugepages-") {
            used.insert(name.clone(), *amount);
        }
        if is_basic || name.starts_with("hugepages-") || name.contains('/') {
            used.insert(format!("requests.{name}"), *amount);
        }
    }
    for (name, amount) in limits {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}"), *amount);
        }
    }
    used
}

fn service_usage(spec: &Value) -> Amounts {
    let ports = items(spec, "ports");
    let (balancers, node_ports) = match text(spec, "type") {
        "NodePort" => (0, ports.len()),
        "LoadBalancer" if spec["allocateLoadBalancerNodePorts"] == false => {
            (1, ports.iter().filter(|it| !is_empty(&it["nodePort"])).count())
        }
        "LoadBalancer" => (1, ports.len()),
        _ => (0, 0),
    };
    let node_ports = i64::try_from(node_ports).unwrap_or(i64::MAX);
    Amounts::from([
        ("services".to_owned(), Quantity::whole(1)),
        ("services.loadbalancers".to_owned(), Quantity::whole(balancers)),
        ("services.nodeports".to_owned(), Quantity::whole(node_ports)),
    ])
}

fn claim_usage(claim: &Value) -> Amounts {
    let spec = &claim["spec"];
    let mut used = Amounts::from([("persistentvolumeclaims".to_owned(), Quantity::whole(1))]);
    let class = text(spec, "storageClassName");
    let prefix = format!("{class}.storageclass.storage.k8s.io/");
    if !class.is_empty() {
        used.insert(format!("{prefix}persistentvolumeclaims"), Quantity::whole(1));
    }
    if let Some(storage) = Quantity::of(&spec["resources"]["requests"]["storage"]) {
        used.insert("requests.storage".to_owned(), storage);
        if !class.is_empty() {
            used.insert(format!("{prefix}requests.storage"), storage);
        }
    }
    used
}

/// Charges a write to the namespace's quotas.
///
/// Returns the new `status.used` of each quota that changes, by the quota's name, or the reason
/// for which the real server forbids the write. `old` is the object before an update.
pub fn charge(
    resource: &Resource,
    new: &Value,
    old: Option<&Value>,
    quotas: &[Value],
    now: Timestamp,
) -> Result<Vec<(String, Value)>, String> {
    let whole = usage(resource, new, now);
    let mut charged = Vec::new();
    for quota in quotas {
        let name = text(&quota["metadata"], "name");
        let hard = amounts(&quota["status"], "hard");
        let relevant: BTreeSet<&String> = hard.keys().filter(|it| counts(resource, it)).collect();
        if relevant.is_empty() || !in_scope(resource, new, quota) {
            continue;
        }
        if resource.kind == "Pod" && old.is_none() {
            demand_amounts(&new["spec"], &relevant)
                .map_err(|missing| format!("failed quota: {name}: {missing}"))?;
        }
        let used = amounts(&quota["status"], "used");
        if let Some(unknown) = unknown_usage(&relevant, &used) {
            return Err(format!("status unknown for quota: {name}, resources: {unknown}"));
        }
        let mut requested = match old {
            Some(old) if in_scope(resource, old, quota) => {
                beyond(&whole, &usage(resource, old, now))
            }
            _ => whole.clone(),
        };
        requested.retain(|key, amount| hard.contains_key(key) && !amount.is_zero());
        if requested.is_empty() {
            continue;
        }
        let mut total = used.clone();
        add(&mut total, &requested);
        if let Some(words) = exceeded(&requested, &used, &total, &hard) {
            return Err(format!("exceeded quota: {name}, {words}"));
        }
        charged.push((name.to_owned(), as_list(&total)));
    }
    Ok(charged)
}

/// What a quota's `status.used` is when these objects are all there is.
///
/// `objects` pairs every object of the namespace with its resource.
pub fn total(quota: &Value, objects: &[(&Resource, &Value)], now: Timestamp) -> Value {
    let hard = amounts(&quota["spec"], "hard");
    let mut used: Amounts = hard.keys().map(|it| (it.clone(), Quantity::ZERO)).collect();
    for (resource, object) in objects {
        if in_scope(resource, object, quota) {
            let mut own = usage(resource, object, now);
            own.retain(|key, _| hard.contains_key(key));
            add(&mut used, &own);
        }
    }
    as_list(&used)
}

fn as_list(amounts: &Amounts) -> Value {
    amounts.iter().map(|(name, it)| (name.clone(), json!(it.to_string()))).collect()
}

/// Whether objects of this kind are counted under a quota's name.
fn counts(resource: &Resource, name: &str) -> bool {
    if name == format!("count/{}", resource.group_resource()) {
        return true;
    }
    match (resource.group, resource.kind) {
        ("", "Pod") => {
            matches!(name, "pods" | "cpu" | "memory" | "ephemeral-storage")
                || name.starts_with("limits.")
                || name.starts_with("hugepages-")
                || (name.starts_with("requests.") && name != "requests.storage")
        }
        ("", "Service") => {
            matches!(name, "services" | "services.loadbalancers" | "services.nodeports")
        }
        ("", "PersistentVolumeClaim") => {
            matches!(name, "persistentvolumeclaims" | "requests.storage")
                || name.contains(".storageclass.storage.k8s.io/")
        }
        ("", "ConfigMap" | "Secret" | "ReplicationController" | "ResourceQuota") => {
            name == resource.plural
        }
        _ => false,
    }
}

/// Whether the quota's scopes cover the object; only pods have scopes.
fn in_scope(resource: &Resource, object: &Value, quota: &Value) -> bool {
    let spec = &quota["spec"];
    let plain = items(spec, "scopes").iter().filter_map(Value::as_str).map(|it| (it, Value::Null));
    let selected = items(&spec["scopeSelector"], "matchExpressions")
        .iter()
        .map(|it| (text(it, "scopeName"), it.clone()));
    plain.chain(selected).all(|(scope, requirement)| {
        resource.kind == "Pod" && pod_has_scope(object, scope, &requirement)
    })
}

fn pod_has_scope(pod: &Value, scope: &str, requirement: &Value) -> bool {
    let has_deadline = pod["spec"]["activeDeadlineSeconds"].as_i64().is_some_and(|it| it >= 0);
    let is_best_effort = quality_of_service(pod) == "BestEffort";
    match scope {
        "Terminating" => has_deadline,
        "NotTerminating" => !has_deadline,
        "BestEffort" => is_best_effort,
        "NotBestEffort" => !is_best_effort,
        "PriorityClass" => {
            let class = text(&pod["spec"], "priorityClassName");
            let listed = items(requirement, "values").iter().any(|it| it == class);
            match text(requirement, "operator") {
                "In" => listed && !class.is_empty(),
                "NotIn" => !listed,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        _ => false,
    }
}

/// Every container must name the amounts that the quota limits.
fn demand_amounts(spec: &Value, relevant: &BTreeSet<&String>) -> Result<(), String> {
    if !is_empty(&spec["resources"]) {
        return Ok(());
    }
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for container in items(spec, "containers").iter().chain(items(spec, "initContainers")) {
        let resources = &container["resources"];
        let given = container_usage(&amounts(resources, "requests"), &amounts(resources, "limits"));
        for name in DEMANDED.iter().filter(|it| relevant.iter().any(|name| name == *it)) {
            if !given.contains_key(*name) {
                missing.entry(name).or_default().insert(text(container, "name"));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let parts: Vec<String> = missing
        .into_iter()
        .map(|(name, who)| format!("{name} for: {}", who.into_iter().collect::<Vec<_>>().join(",")))
        .collect();
    Err(format!("must specify {}", parts.join("; ")))
}

fn unknown_usage(relevant: &BTreeSet<&String>, used: &Amounts) -> Option<String> {
    let is_known = relevant.iter().all(|it| used.contains_key(*it));
    let names = || relevant.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(",");
    (!is_known).then(names)
}

/// What the new usage adds to the old one, never less than nothing.
fn beyond(new: &Amounts, old: &Amounts) -> Amounts {
    new.iter()
        .map(|(name, amount)| {
            let rest = old.get(name).map_or(*amount, |it| amount.minus(*it));
            (name.clone(), if rest.is_negative() { Quantity::ZERO } else { rest })
        })
        .collect()
}

fn exceeded(
    requested: &Amounts,
    used: &Amounts,
    total: &Amounts,
    hard: &Amounts,
) -> Option<String> {
    let over: BTreeSet<&String> =
        requested.keys().filter(|it| total.get(*it) > hard.get(*it)).collect();
    if over.is_empty() {
        return None;
    }
    let only = |all: &Amounts| {
        let kept = all.iter().filter(|(name, _)| over.contains(name));
        print(&kept.map(|(name, it)| (name.clone(), *it)).collect())
    };
    Some(format!("requested: {}, used: {}, limited: {}", only(requested), only(used), only(hard)))
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;

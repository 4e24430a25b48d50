//! The rules for services.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::errors::{Errors, Path, quoted};
use super::super::value::{is_empty, items, numbered, text};
use super::{metadata, names, one_of, port};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// A service.
pub(super) fn service(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if let Some(old) = old {
        keep_address(spec, &old["spec"], &path, errors);
    }
    let kind = text(spec, "type");
    let is_headless = spec["clusterIPs"][0] == "None";
    if items(spec, "ports").is_empty() && !is_headless && kind != "ExternalName" {
        errors.required(&path.child("ports"), "");
    }
    by_type(spec, kind, is_headless, &path, errors);
    ports(spec, &path, errors);
    metadata::labels(&spec["selector"], &path.child("selector"), errors);
    one_of(spec, "sessionAffinity", &["ClientIP", "None"], &path, errors);
    affinity(spec, &path, errors);
    for (index, address) in numbered(spec, "externalIPs") {
        let address = address.as_str().unwrap_or_default();
        let path = path.child("externalIPs").index(index);
        errors.invalid_each(&path, address, names::address(address));
    }
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    one_of(spec, "type", &kinds, &path, errors);
    port_conflicts(spec, kind, &path, errors);
    balancer(spec, kind, &path, errors);
    traffic(spec, kind, &path, errors);
}

fn keep_address(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    let is_external = |it: &Value| text(it, "type") == "ExternalName";
    if is_external(new) || is_external(old) || is_empty(&old["clusterIPs"]) {
        return;
    }
    let path = path.child("clusterIPs");
    let (now, before) = (&new["clusterIPs"], &old["clusterIPs"]);
    if is_empty(now) {
        errors.invalid(&path.index(0), now.clone(), "primary clusterIP can not be unset");
    } else if now[0] != before[0] {
        errors.invalid(&path.index(0), now.clone(), "may not change once set");
    }
}

fn by_type(spec: &Value, kind: &str, is_headless: bool, path: &Path, errors: &mut Errors) {
    match kind {
        "LoadBalancer" | "NodePort" if is_headless => {
            let words = format!("may not be set to 'None' for {kind} services");
            errors.invalid(&path.child("clusterIPs").index(0), "None", words);
        }
        "ExternalName" => {
            for key in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !is_empty(&spec[key]) {
                    let words = "may not be set for ExternalName services";
                    errors.forbidden(&path.child(key), words);
                }
            }
            let name = text(spec, "externalName");
            let name = name.strip_suffix('.').unwrap_or(name);
            let path = path.child("externalName");
            if name.is_empty() {
                errors.required(&path, "");
            } else {
                errors.invalid_each(&path, name, names::subdomain(name));
            }
        }
        _ => {}
    }
}

fn ports(spec: &Value, path: &Path, errors: &mut Errors) {
    let must_be_named = items(spec, "ports").len() > 1;
    let mut seen = BTreeSet::new();
    for (index, it) in numbered(spec, "ports") {
        let path = path.child("ports").index(index);
        let name = text(it, "name");
        if name.is_empty() {
            if must_be_named {
                errors.required(&path.child("name"), "");
            }
        } else {
            errors.invalid_each(&path.child("name"), name, names::label(name));
            if !seen.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
        }
        let number = it["port"].as_i64().unwrap_or_default();
        for words in names::port_number(number) {
            errors.invalid(&path.child("port"), number, words);
        }
        one_of(it, "protocol", &PROTOCOLS, &path, errors);
        port(&it["targetPort"], &path.child("targetPort"), errors);
    }
}

fn affinity(spec: &Value, path: &Path, errors: &mut Errors) {
    let config = &spec["sessionAffinityConfig"];
    let path = path.child("sessionAffinityConfig");
    if text(spec, "sessionAffinity") == "ClientIP" {
        let seconds = config["clientIP"]["timeoutSeconds"].as_i64().unwrap_or_default();
        if !(1..=86_400).contains(&seconds) {
            let path = path.child("clientIP").child("timeoutSeconds");
            errors.invalid(&path, seconds, "must be greater than 0 and less than 86400");
        }
    } else if config.is_object() {
        errors.forbidden(&path, "must not be set when session affinity is None");
    }
}

/// The addresses of a service, and the families they are of.
pub(super) fn addresses(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], &Path::root("spec"));
    if text(spec, "type") == "ExternalName" {
        return;
    }
    let all = path.child("clusterIPs");
    let (one, list) = (text(spec, "clusterIP"), items(spec, "clusterIPs"));
    match (one.is_empty(), list.first()) {
        (false, None) => errors.required(&all, ""),
        (false, Some(first)) if *first != one => {
            errors.invalid(&all, json!(list), "first value must match `clusterIP`");
        }
        (true, Some(_)) => {
            errors.invalid(&all, json!(list), "must be empty when `clusterIP` is not specified");
        }
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for (index, family) in numbered(spec, "ipFamilies") {
        let path = path.child("ipFamilies").index(index);
        let family = family.as_str().unwrap_or_default();
        if !matches!(family, "IPv4" | "IPv6") {
            errors.unsupported(&path, family, &["IPv4", "IPv6"]);
        }
        if !seen.insert(family) {
            errors.duplicate(&path, family);
        }
        if family == "IPv6" && list.first().is_none_or(|it| it != "None") {
            errors.invalid(&path, family, "not configured on this cluster");
        }
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    super::one_of_if_set(spec, "ipFamilyPolicy", &policies, path, errors);
    for (index, address) in list.iter().enumerate() {
        let address = address.as_str().unwrap_or_default();
        if index == 0 && address == "None" {
            if list.len() > 1 {
                errors.invalid(&all, json!(list), "'None' must be the first and only value");
            }
            continue;
        }
        errors.invalid_each(&all.index(index), address, names::address(address));
    }
    let spans_anything = one == "None" && is_empty(&spec["selector"]);
    if errors.is_empty() && text(spec, "ipFamilyPolicy") == "RequireDualStack" && !spans_anything {
        let words = "this cluster is not configured for dual-stack services";
        errors.invalid(&path.child("ipFamilyPolicy"), "RequireDualStack", words);
    }
}

fn port_conflicts(spec: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let list = path.child("ports");
    if kind == "ClusterIP" {
        for (index, it) in numbered(spec, "ports") {
            if !is_empty(&it["nodePort"]) {
                let words = "may not be used when `type` is 'ClusterIP'";
                errors.forbidden(&list.index(index).child("nodePort"), words);
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (index, it) in numbered(spec, "ports").filter(|(_, it)| !is_empty(&it["nodePort"])) {
        if !seen.insert((text(it, "protocol"), it["nodePort"].as_i64())) {
            errors.duplicate(&list.index(index).child("nodePort"), it["nodePort"].clone());
        }
    }
    let mut seen = BTreeSet::new();
    for (index, it) in numbered(spec, "ports") {
        if !seen.insert((text(it, "protocol"), it["port"].as_i64())) {
            let printed = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\
                 \"TargetPort\":0,\"NodePort\":0}}",
                quoted(text(it, "protocol")),
                it["port"]
            );
            errors.duplicate_printed(&list.index(index), printed);
        }
    }
}

fn balancer(spec: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let ranges = path.child("LoadBalancerSourceRanges");
    let only = "may only be used when `type` is 'LoadBalancer'";
    if !items(spec, "loadBalancerSourceRanges").is_empty() && kind != "LoadBalancer" {
        errors.forbidden(&ranges, only);
    }
    for (index, range) in numbered(spec, "loadBalancerSourceRanges") {
        let range = range.as_str().unwrap_or_default().trim();
        errors.invalid_each(&ranges.index(index), range, names::network(range));
    }
    for key in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if !spec[key].is_null() && kind != "LoadBalancer" {
            errors.forbidden(&path.child(key), only);
        }
    }
}

fn traffic(spec: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let is_external = matches!(kind, "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && !is_empty(&spec["externalIPs"]));
    let policy = text(spec, "externalTrafficPolicy");
    let policy_path = path.child("externalTrafficPolicy");
    if !is_external {
        if !policy.is_empty() {
            let words = "may only be set for externally-accessible services";
            errors.invalid(&policy_path, policy, words);
        }
    } else if policy.is_empty() {
        errors.required(&policy_path, "");
    } else if !matches!(policy, "Cluster" | "Local") {
        errors.unsupported(&policy_path, policy, &["Cluster", "Local"]);
    }
    let health = spec["healthCheckNodePort"].as_i64().unwrap_or_default();
    if health != 0 && !(kind == "LoadBalancer" && policy == "Local") {
        let words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is \
                     'Local'";
        errors.invalid(&path.child("healthCheckNodePort"), health, words);
    }
    super::one_of_if_set(spec, "internalTrafficPolicy", &["Cluster", "Local"], path, errors);
}

//! The rules for network policies, ingresses and endpoint slices.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{is_empty, items, numbered, text};
use super::{metadata, names, one_of, port};

/// A network policy.
pub(super) fn policy(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    metadata::selector(&spec["podSelector"], &path.child("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in numbered(spec, direction) {
            let path = path.child(direction).index(index);
            for (index, it) in numbered(rule, "ports") {
                policy_port(it, &path.child("ports").index(index), errors);
            }
            for (index, it) in numbered(rule, peers) {
                peer(it, &path.child(peers).index(index), errors);
            }
        }
    }
    let types = path.child("policyTypes");
    if items(spec, "policyTypes").len() > 2 {
        let words = "may not specify more than two policyTypes";
        errors.invalid(&types, spec["policyTypes"].clone(), words);
        return;
    }
    for (index, it) in numbered(spec, "policyTypes") {
        let it = it.as_str().unwrap_or_default();
        if !matches!(it, "Ingress" | "Egress") {
            errors.unsupported(&types.index(index), it, &["Ingress", "Egress"]);
        }
    }
}

fn policy_port(it: &Value, path: &Path, errors: &mut Errors) {
    super::one_of_if_set(it, "protocol", &["TCP", "UDP", "SCTP"], path, errors);
    let (number, end) = (&it["port"], &it["endPort"]);
    if number.is_null() {
        if !end.is_null() {
            let words = "may not be specified when `port` is not specified";
            errors.invalid(&path.child("endPort"), end.clone(), words);
        }
        return;
    }
    port(number, &path.child("port"), errors);
    let Some(end) = end.as_i64() else { return };
    let Some(start) = number.as_i64() else {
        let words = "may not be specified when `port` is non-numeric";
        errors.invalid(&path.child("endPort"), end, words);
        return;
    };
    if end < start {
        errors.invalid(&path.child("endPort"), start, "must be greater than or equal to `port`");
    }
    for words in names::port_number(end) {
        errors.invalid(&path.child("endPort"), end, words);
    }
}

fn peer(peer: &Value, path: &Path, errors: &mut Errors) {
    let mut given = 0;
    for key in ["podSelector", "namespaceSelector"] {
        if peer[key].is_object() {
            given += 1;
            metadata::selector(&peer[key], &path.child(key), errors);
        }
    }
    let block = &peer["ipBlock"];
    if block.is_object() {
        given += 1;
        ip_block(block, &path.child("ipBlock"), errors);
    }
    if given == 0 {
        errors.required(path, "must specify a peer");
    } else if given > 1 && block.is_object() {
        errors.forbidden(path, "may not specify both ipBlock and another peer");
    }
}

fn ip_block(block: &Value, path: &Path, errors: &mut Errors) {
    let network = text(block, "cidr");
    if network.is_empty() {
        errors.required(&path.child("cidr"), "");
        return;
    }
    errors.invalid_each(&path.child("cidr"), network, names::network(network));
    let Some((outer, length)) = names::parse_network(network) else { return };
    for (index, except) in numbered(block, "except") {
        let except = except.as_str().unwrap_or_default();
        let path = path.child("except").index(index);
        errors.invalid_each(&path, except, names::network(except));
        let Some((inner, inner_length)) = names::parse_network(except) else { continue };
        let is_inside = outer.is_ipv4() == inner.is_ipv4()
            && names::masked(outer, length) == names::masked(inner, length)
            && length < inner_length;
        if !is_inside {
            errors.invalid(&path, except, "must be a strict subset of `cidr`");
        }
    }
}

/// An ingress.
pub(super) fn ingress(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if items(spec, "rules").is_empty() && spec["defaultBackend"].is_null() {
        let words = "either `defaultBackend` or `rules` must be specified";
        errors.invalid(&path, spec["rules"].clone(), words);
    }
    if spec["defaultBackend"].is_object() {
        backend(&spec["defaultBackend"], &path.child("defaultBackend"), errors);
    }
    for (index, rule) in numbered(spec, "rules") {
        let path = path.child("rules").index(index);
        host(text(rule, "host"), &path.child("host"), errors);
        if rule["http"].is_object() {
            let path = path.child("http").child("paths");
            if items(&rule["http"], "paths").is_empty() {
                errors.required(&path, "");
            }
            for (index, it) in numbered(&rule["http"], "paths") {
                http_path(it, &path.index(index), errors);
            }
        }
    }
    for (index, tls) in numbered(spec, "tls") {
        let path = path.child("tls").index(index);
        for (index, host) in numbered(tls, "hosts") {
            let host = host.as_str().unwrap_or_default();
            let wrong =
                if host.contains('*') { names::wildcard(host) } else { names::subdomain(host) };
            errors.invalid_each(&path.child("hosts").index(index), host, wrong);
        }
        optional_name(tls, "secretName", &path, errors);
    }
    optional_name(spec, "ingressClassName", &path, errors);
}

fn optional_name(holder: &Value, key: &str, path: &Path, errors: &mut Errors) {
    let name = text(holder, key);
    if !name.is_empty() {
        errors.invalid_each(&path.child(key), name, names::subdomain(name));
    }
}

fn host(host: &str, path: &Path, errors: &mut Errors) {
    if host.is_empty() {
        return;
    }
    if host.parse::<IpAddr>().is_ok() {
        errors.invalid(path, host, "must be a DNS name, not an IP address");
    }
    let wrong = if host.contains('*') { names::wildcard(host) } else { names::subdomain(host) };
    errors.invalid_each(path, host, wrong);
}

fn http_path(it: &Value, path: &Path, errors: &mut Errors) {
    let target = text(it, "path");
    let target_path = path.child("path");
    let not_absolute = "must be an absolute path";
    match it["pathType"].as_str() {
        None => {
            errors.required(&path.child("pathType"), "pathType must be specified");
            return;
        }
        Some("Exact" | "Prefix") => {
            if !target.starts_with('/') {
                errors.invalid(&target_path, target, not_absolute);
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if target.contains(part) {
                    errors.invalid(&target_path, target, format!("must not contain '{part}'"));
                }
            }
            for end in ["/..", "/."] {
                if target.ends_with(end) {
                    errors.invalid(&target_path, target, format!("cannot end with '{end}'"));
                }
            }
        }
        Some("ImplementationSpecific") => {
            if !target.is_empty() && !target.starts_with('/') {
                errors.invalid(&target_path, target, not_absolute);
            }
        }
        Some(other) => {
            let supported = ["Exact", "ImplementationSpecific", "Prefix"];
            errors.unsupported(&path.child("pathType"), other, &supported);
        }
    }
    backend(&it["backend"], &path.child("backend"), errors);
}

fn backend(backend: &Value, path: &Path, errors: &mut Errors) {
    let service = &backend["service"];
    match (service.is_object(), backend["resource"].is_object()) {
        (true, true) => errors.invalid(path, "", "cannot set both resource and service backends"),
        (false, false) => errors.invalid(path, "", "resource or service backend is required"),
        (false, true) => {}
        (true, false) => {
            let below = path.child("service");
            let name = text(service, "name");
            if name.is_empty() {
                errors.required(&below.child("name"), "");
            } else {
                errors.invalid_each(&below.child("name"), name, names::label(name));
            }
            let (port_name, number) =
                (text(&service["port"], "name"), service["port"]["number"].as_i64().unwrap_or(0));
            let below = below.child("port");
            match (port_name.is_empty(), number) {
                (false, it) if it != 0 => {
                    errors.invalid(path, "", "cannot set both port name & port number");
                }
                (false, _) => {
                    let wrong = names::port_name(port_name);
                    errors.invalid_each(&below.child("name"), port_name, wrong);
                }
                (true, 0) => errors.required(path, "port name or number is required"),
                (true, number) => {
                    for words in names::port_number(number) {
                        errors.invalid(&below.child("number"), number, words);
                    }
                }
            }
        }
    }
}

/// An ingress class.
pub(super) fn ingress_class(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if let Some(old) = old {
        metadata::immutable(spec, &old["spec"], "controller", &path, errors);
        return;
    }
    let controller = text(spec, "controller");
    let path = path.child("controller");
    match controller.split_once('/') {
        None if controller.is_empty() => errors.required(&path, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            errors.invalid_each(&path, controller, names::subdomain(domain));
        }
        _ => {
            let words = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            errors.invalid(&path, controller, words);
        }
    }
}

/// An endpoint slice.
pub(super) fn endpoint_slice(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let root = Path::root("");
    one_of(object, "addressType", &["FQDN", "IPv4", "IPv6"], &root, errors);
    let mut seen = BTreeSet::new();
    for (index, endpoint) in numbered(object, "endpoints") {
        let path = root.child("endpoints").index(index);
        slice_endpoint(endpoint, text(object, "addressType"), &path, errors);
    }
    for (index, it) in numbered(object, "ports") {
        let path = root.child("ports").index(index);
        let name = text(it, "name");
        if !name.is_empty() {
            errors.invalid_each(&path.child("name"), name, names::label(name));
        }
        if !seen.insert(name) {
            errors.duplicate(&path.child("name"), name);
        }
        one_of(it, "protocol", &["SCTP", "TCP", "UDP"], &path, errors);
        if let Some(number) = it["port"].as_i64() {
            for words in names::port_number(number) {
                errors.invalid(&path.child("port"), number, words);
            }
        }
    }
    if let Some(old) = old {
        metadata::immutable(object, old, "addressType", &root, errors);
    }
}

fn slice_endpoint(endpoint: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let addresses = items(endpoint, "addresses");
    let list = path.child("addresses");
    if addresses.is_empty() {
        errors.required(&list, "must contain at least 1 address");
    } else if addresses.len() > 100 {
        errors.too_many(&list, addresses.len(), 100);
    }
    for (index, address) in addresses.iter().enumerate() {
        let address = address.as_str().unwrap_or_default();
        let path = list.index(index);
        if kind == "FQDN" {
            errors.invalid_each(&path, address, names::subdomain(address));
            continue;
        }
        errors.invalid_each(&path, address, names::address(address));
        if let Ok(parsed) = address.parse::<IpAddr>() {
            let words = match parsed {
                it if it.is_unspecified() => "may not be unspecified (0.0.0.0 or ::)",
                it if it.is_loopback() => "may not be in the loopback range (127.0.0.0/8, ::1/128)",
                _ => continue,
            };
            errors.invalid(&path, address, words);
        }
    }
    let hostname = text(endpoint, "hostname");
    if !is_empty(&endpoint["hostname"]) {
        errors.invalid_each(&path.child("hostname"), hostname, names::label(hostname));
    }
}

//! The rows of what carries traffic.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::value::{entries, items, text};
use super::{Printed, count, first_few, or, selector};

/// The cells of a service.
pub(super) fn service(printed: &Printed<'_>) -> Vec<Value> {
    let spec = printed.spec();
    let ports: Vec<String> = items(spec, "ports").iter().map(service_port).collect();
    let ports = if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") };
    vec![
        printed.name(),
        json!(text(spec, "type")),
        json!(or(&spec["clusterIPs"][0], or(&spec["clusterIP"], "<none>"))),
        json!(external_address(printed)),
        json!(ports),
        printed.age(),
        json!(selector::labels(&spec["selector"])),
    ]
}

fn service_port(port: &Value) -> String {
    let (number, protocol) = (count(&port["port"]), text(port, "protocol"));
    match count(&port["nodePort"]) {
        0 => format!("{number}/{protocol}"),
        node => format!("{number}:{node}/{protocol}"),
    }
}

fn external_address(printed: &Printed<'_>) -> String {
    let spec = printed.spec();
    let given: Vec<String> =
        items(spec, "externalIPs").iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    match text(spec, "type") {
        "ClusterIP" | "NodePort" if given.is_empty() => "<none>".to_owned(),
        "ClusterIP" | "NodePort" => given.join(","),
        "LoadBalancer" => {
            let mut all = balancer_addresses(printed.status());
            all.extend(given);
            if all.is_empty() { "<pending>".to_owned() } else { all.join(",") }
        }
        "ExternalName" => text(spec, "externalName").to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

/// The addresses of a load balancer, sorted and each once.
fn balancer_addresses(status: &Value) -> Vec<String> {
    let found: BTreeSet<String> = items(&status["loadBalancer"], "ingress")
        .iter()
        .map(|it| or(&it["ip"], text(it, "hostname")).to_owned())
        .filter(|it| !it.is_empty())
        .collect();
    found.into_iter().collect()
}

/// The cells of endpoints.
pub(super) fn endpoints(printed: &Printed<'_>) -> Vec<Value> {
    let subsets = items(printed.object, "subsets");
    let mut list = Vec::new();
    for subset in subsets {
        let addresses = items(subset, "addresses").iter().map(|it| text(it, "ip"));
        let ports = items(subset, "ports");
        if ports.is_empty() {
            list.extend(addresses.clone().map(str::to_owned));
        }
        for port in ports {
            list.extend(addresses.clone().map(|it| host_port(it, count(&port["port"]))));
        }
    }
    let printed_list = if subsets.is_empty() { "<none>".to_owned() } else { first_few(&list, 3) };
    vec![printed.name(), json!(printed_list), printed.age()]
}

fn host_port(address: &str, port: i64) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

/// The cells of an endpoint slice.
pub(super) fn endpoint_slice(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    let ports: Vec<String> = items(object, "ports")
        .iter()
        .map(|it| match it["port"].as_i64() {
            Some(port) => port.to_string(),
            None => it["name"].as_str().unwrap_or("*").to_owned(),
        })
        .collect();
    let addresses: Vec<String> = items(object, "endpoints")
        .iter()
        .flat_map(|it| items(it, "addresses"))
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    vec![
        printed.name(),
        json!(text(object, "addressType")),
        json!(few_or_unset(&ports)),
        json!(few_or_unset(&addresses)),
        printed.age(),
    ]
}

fn few_or_unset(list: &[String]) -> String {
    let printed = first_few(list, 3);
    if printed.is_empty() { "<unset>".to_owned() } else { printed }
}

/// The cells of an ingress.
pub(super) fn ingress(printed: &Printed<'_>) -> Vec<Value> {
    let spec = printed.spec();
    let ports = if items(spec, "tls").is_empty() { "80" } else { "80, 443" };
    vec![
        printed.name(),
        json!(or(&spec["ingressClassName"], "<none>")),
        json!(hosts(items(spec, "rules"))),
        json!(balancer_addresses(printed.status()).join(",")),
        json!(ports),
        printed.age(),
    ]
}

fn hosts(rules: &[Value]) -> String {
    let named: Vec<&str> =
        rules.iter().map(|it| text(it, "host")).filter(|it| !it.is_empty()).collect();
    if named.is_empty() {
        return "*".to_owned();
    }
    let shown = named[..named.len().min(3)].join(",");
    // The real server counts the rules after the third host, whether or not they name one.
    let third = rules.iter().enumerate().filter(|(_, it)| !text(it, "host").is_empty()).nth(2);
    match third {
        Some((index, _)) if index + 1 < rules.len() => {
            format!("{shown} + {} more...", rules.len() - 3)
        }
        _ => shown,
    }
}

/// The cells of an ingress class.
pub(super) fn ingress_class(printed: &Printed<'_>) -> Vec<Value> {
    let spec = printed.spec();
    let parameters = &spec["parameters"];
    let described = if parameters.is_object() {
        let mut kind = text(parameters, "kind").to_owned();
        if let Some(group) = parameters["apiGroup"].as_str() {
            kind = format!("{kind}.{group}");
        }
        format!("{kind}/{}", text(parameters, "name"))
    } else {
        "<none>".to_owned()
    };
    let name = marked_default(printed, "ingressclass.kubernetes.io/is-default-class");
    vec![json!(name), json!(text(spec, "controller")), json!(described), printed.age()]
}

/// The name, marked where an annotation makes the object the default one.
pub(super) fn marked_default(printed: &Printed<'_>, annotation: &str) -> String {
    let name = text(&printed.object["metadata"], "name");
    let is_default = entries(&printed.object["metadata"], "annotations")
        .any(|(key, value)| key == annotation && value == "true");
    if is_default { format!("{name} (default)") } else { name.to_owned() }
}

/// The cells of a network policy.
pub(super) fn network_policy(printed: &Printed<'_>) -> Vec<Value> {
    let pods = selector::format_or_none(&printed.spec()["podSelector"]);
    vec![printed.name(), json!(pods), printed.age()]
}

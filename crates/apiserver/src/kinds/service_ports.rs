//! The addresses and ports that a service is given, and how an update keeps them.
//!
//! **Deliberately absent:** the pools they come from; the caller owns those.

use serde_json::{Value, json};

use super::value::{child, is_empty, items, items_mut, remove, text};

/// Whether the service is to be given an address of the cluster.
pub fn wants_cluster_ip(object: &Value) -> bool {
    let spec = &object["spec"];
    text(spec, "type") != "ExternalName" && text(spec, "clusterIP").is_empty()
}

/// Writes the service's address into both of its fields.
pub fn set_cluster_ip(object: &mut Value, address: &str) {
    let spec = child(object, "spec");
    spec["clusterIP"] = json!(address);
    spec["clusterIPs"] = json!([address]);
}

/// The positions of the ports that are to be given a node port.
pub fn ports_wanting_node_port(object: &Value) -> Vec<usize> {
    let spec = &object["spec"];
    let wanted = match text(spec, "type") {
        "NodePort" => true,
        "LoadBalancer" => spec["allocateLoadBalancerNodePorts"] != false,
        _ => false,
    };
    if !wanted {
        return Vec::new();
    }
    let ports = items(spec, "ports").iter().enumerate();
    ports.filter(|(_, it)| is_empty(&it["nodePort"])).map(|(index, _)| index).collect()
}

/// Says which address families the service has; this cluster speaks IPv4.
pub(super) fn families(object: &mut Value) {
    let spec = child(object, "spec");
    let address = text(spec, "clusterIP").to_owned();
    if !address.is_empty() && is_empty(&spec["clusterIPs"]) {
        spec["clusterIPs"] = json!([address]);
    }
    if text(spec, "type") == "ExternalName" {
        return;
    }
    let is_headless_without_selector = address == "None" && is_empty(&spec["selector"]);
    if is_empty(&spec["ipFamilyPolicy"]) {
        let policy = if is_headless_without_selector { "RequireDualStack" } else { "SingleStack" };
        spec["ipFamilyPolicy"] = json!(policy);
    }
    if is_empty(&spec["ipFamilies"]) {
        spec["ipFamilies"] =
            if is_headless_without_selector { json!(["IPv4", "IPv6"]) } else { json!(["IPv4"]) };
    }
}

/// Copies what was allocated before into an update that leaves it open, and drops what the new
/// type has no use for.
pub(super) fn keep_allocated(new: &mut Value, old: &Value) {
    let (new_type, old_type) =
        (text(&new["spec"], "type").to_owned(), text(&old["spec"], "type").to_owned());
    let spec = child(new, "spec");
    if new_type == "ExternalName" {
        if old_type != "ExternalName" {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if spec[field] == old["spec"][field] {
                    remove(spec, field);
                }
            }
        }
        return;
    }
    if old_type != "ExternalName" {
        follow_one_address(spec, &old["spec"]);
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if is_empty(&spec[field]) && !is_empty(&old["spec"][field]) {
                spec[field] = old["spec"][field].clone();
            }
        }
    }
    let uses_node_ports = |it: &str| matches!(it, "NodePort" | "LoadBalancer");
    if uses_node_ports(&new_type) && uses_node_ports(&old_type) {
        keep_node_ports(spec, &old["spec"]);
    } else if !uses_node_ports(&new_type) && uses_node_ports(&old_type) {
        drop_node_ports(spec, &old["spec"]);
    }
    families(new);
}

/// Who changes `clusterIP` alone means the first of `clusterIPs` as well.
fn follow_one_address(spec: &mut Value, old: &Value) {
    let one = spec["clusterIP"].clone();
    let is_alone = is_empty(&spec["clusterIPs"]) || spec["clusterIPs"] == old["clusterIPs"];
    if is_alone && !is_empty(&one) && one != old["clusterIP"] {
        spec["clusterIPs"] = json!([one]);
    }
}

fn same_port(one: &Value, other: &Value) -> bool {
    one["port"] == other["port"] && one["protocol"] == other["protocol"]
}

fn keep_node_ports(spec: &mut Value, old: &Value) {
    for port in items_mut(spec, "ports") {
        let before = items(old, "ports").iter().find(|it| same_port(it, port));
        if let Some(before) = before
            && is_empty(&port["nodePort"])
            && !is_empty(&before["nodePort"])
        {
            port["nodePort"] = before["nodePort"].clone();
        }
    }
}

fn drop_node_ports(spec: &mut Value, old: &Value) {
    for port in items_mut(spec, "ports") {
        let before = items(old, "ports").iter().find(|it| same_port(it, port));
        if before.is_some_and(|it| it["nodePort"] == port["nodePort"]) {
            remove(port, "nodePort");
        }
    }
    remove(spec, "allocateLoadBalancerNodePorts");
    if is_empty(&spec["externalIPs"]) {
        remove(spec, "externalTrafficPolicy");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_without_an_address_keeps_the_one_it_had() {
        let old = json!({"spec": {"type": "ClusterIP", "clusterIP": "10.96.0.9",
                                  "clusterIPs": ["10.96.0.9"], "ipFamilies": ["IPv4"]}});
        let mut new = json!({"spec": {"type": "ClusterIP"}});

        keep_allocated(&mut new, &old);

        assert_eq!(new["spec"]["clusterIP"], "10.96.0.9");
        assert_eq!(new["spec"]["clusterIPs"], json!(["10.96.0.9"]));
        assert!(!wants_cluster_ip(&new));
    }

    #[test]
    fn an_address_that_is_changed_alone_is_the_first_of_the_list() {
        let old = json!({"spec": {"type": "ClusterIP", "clusterIP": "10.96.0.9",
                                  "clusterIPs": ["10.96.0.9"], "ipFamilies": ["IPv4"]}});
        for list in [json!(null), json!(["10.96.0.9"])] {
            let mut new = json!({"spec": {"type": "ClusterIP", "clusterIP": "10.96.0.77",
                                          "clusterIPs": list}});

            keep_allocated(&mut new, &old);

            assert_eq!(new["spec"]["clusterIPs"], json!(["10.96.0.77"]));
        }
    }

    #[test]
    fn node_ports_are_wanted_by_the_types_that_have_them() {
        let mut service = json!({"spec": {"type": "ClusterIP", "ports": [{"port": 80}]}});
        assert!(ports_wanting_node_port(&service).is_empty());

        service["spec"]["type"] = json!("NodePort");

        assert_eq!(ports_wanting_node_port(&service), [0]);
    }
}

//! What is there before anybody has done anything.
//!
//! The roles are those that a real 1.36 server makes for itself and aggregates (`roles.json`, one
//! object a line, read from one).

use serde_json::{Value, json};

use crate::core::Core;
use crate::kinds::{self, Resource};
use crate::store::Change;
use crate::verbs::stamp;

const ROLES: &str = include_str!("roles.json");

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Writes the first objects.
pub(crate) fn seed(core: &Core) {
    for name in NAMESPACES {
        let labels = json!({"kubernetes.io/metadata.name": name});
        let value = json!({"metadata": {"name": name, "labels": labels}});
        add(core, find("", "namespaces"), value);
    }
    let roles: Vec<Value> = serde_json::from_str(ROLES).expect("the file is part of the program");
    for role in roles {
        let plural =
            if role["kind"] == "ClusterRole" { "clusterroles" } else { "clusterrolebindings" };
        add(core, find("rbac.authorization.k8s.io", plural), role);
    }
    for (name, value, what) in [
        ("system-cluster-critical", 2_000_000_000, "the cluster"),
        ("system-node-critical", 2_000_001_000, "a node"),
    ] {
        let description = format!("For pods without which {what} does not work.");
        let class = json!({"metadata": {"name": name}, "value": value, "description": description});
        add(core, find("scheduling.k8s.io", "priorityclasses"), class);
    }
    seed_kubernetes(core);
}

/// The Service by which pods reach this server, and its endpoint.
fn seed_kubernetes(core: &Core) {
    let (network, _) = core.settings.service_cidr;
    let address = std::net::Ipv4Addr::from(u32::from(network) + 1).to_string();
    let service = json!({
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": address,
            "clusterIPs": [address],
            "type": "ClusterIP",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
    });
    add(core, find("", "services"), service);
    let slice = json!({
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.10"], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    });
    add(core, find("discovery.k8s.io", "endpointslices"), slice);
    let endpoints = json!({
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [{
            "addresses": [{"ip": "10.0.0.10"}],
            "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
        }],
    });
    add(core, find("", "endpoints"), endpoints);
}

fn find(group: &str, plural: &str) -> &'static Resource {
    kinds::find(group, "v1", plural).expect("the first objects are of built-in kinds")
}

fn add(core: &Core, resource: &'static Resource, mut value: Value) {
    value["kind"] = resource.kind.into();
    value["apiVersion"] = resource.api_version().into();
    kinds::apply_defaults(resource, &mut value);
    stamp(core, &mut value);
    kinds::prepare_for_create(resource, &mut value);
    core.store
        .commit(vec![Change::Create { resource, value }])
        .expect("nothing has been written before");
}

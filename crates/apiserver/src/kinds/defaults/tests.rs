//! Defaults, held against what the real server stores.

use serde_json::{Value, json};

use super::super::admission::pods;
use super::super::registry::{find, find_kind};
use super::super::{prepare_for_create, service_ports};
use super::{apply_defaults, pull_policy};

fn defaulted(group: &str, version: &str, plural: &str, mut object: Value) -> Value {
    let resource = find(group, version, plural).unwrap();
    apply_defaults(resource, &mut object);
    let once = object.clone();
    apply_defaults(resource, &mut object);
    assert_eq!(once, object, "defaults must be stable");
    object
}

#[test]
fn the_pull_policy_follows_the_tag() {
    assert_eq!(pull_policy("kong"), "Always");
    assert_eq!(pull_policy("kong:latest"), "Always");
    assert_eq!(pull_policy("kong:3.9"), "IfNotPresent");
    assert_eq!(pull_policy("registry:5000/kong"), "Always");
    assert_eq!(pull_policy("kong@sha256:abc"), "IfNotPresent");
}

#[test]
fn a_pod_gets_what_it_leaves_open() {
    let pod = defaulted(
        "",
        "v1",
        "pods",
        json!({"spec": {"containers": [{
            "name": "a", "image": "kong:3.9",
            "ports": [{"containerPort": 80}],
            "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}},
            "readinessProbe": {"httpGet": {"port": 80}},
        }]}}),
    );

    let spec = &pod["spec"];
    assert_eq!(spec["restartPolicy"], "Always");
    assert_eq!(spec["dnsPolicy"], "ClusterFirst");
    assert_eq!(spec["enableServiceLinks"], true);
    let container = &spec["containers"][0];
    assert_eq!(
        container["resources"],
        json!({"limits": {"cpu": "500m", "memory": "1Gi"},
               "requests": {"cpu": "500m", "memory": "1Gi"}})
    );
    assert_eq!(
        container["readinessProbe"],
        json!({"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1,
               "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
    );
    assert_eq!(container["ports"][0]["protocol"], "TCP");
}

#[test]
fn a_template_keeps_its_requests_open() {
    let deployment = defaulted(
        "apps",
        "v1",
        "deployments",
        json!({"spec": {"template": {"spec": {"containers": [
            {"name": "a", "image": "a", "resources": {"limits": {"cpu": "1"}}}]}}}}),
    );

    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["resources"], json!({"limits": {"cpu": "1"}}));
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"], "25%");
}

#[test]
fn a_service_aims_at_its_own_port() {
    let service = defaulted("", "v1", "services", json!({"spec": {"ports": [{"port": 8005}]}}));

    assert_eq!(service["spec"]["ports"][0]["targetPort"], 8005);
    assert_eq!(service["spec"]["type"], "ClusterIP");
    assert_eq!(service["spec"]["internalTrafficPolicy"], "Cluster");
}

#[test]
fn a_limit_range_derives_defaults_from_the_maximum() {
    let range = defaulted(
        "",
        "v1",
        "limitranges",
        json!({"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}),
    );

    let limit = &range["spec"]["limits"][0];
    assert_eq!(limit["default"], json!({"cpu": "1"}));
    assert_eq!(limit["defaultRequest"], json!({"cpu": "1"}));
}

/// Objects of our own making, and what a 1.36 server makes of them before it stores them.
///
/// Left out is what plug-ins add for controllers that do not run here: the protection of volumes
/// in use and the taint of a new node.
const STORED: &str = include_str!("stored.json");

/// Goes through what a new object goes through here.
fn stored(object: &Value, like: &Value) -> Value {
    let version = object["apiVersion"].as_str().unwrap();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let resource = find_kind(group, version, object["kind"].as_str().unwrap()).unwrap();
    let mut object = object.clone();
    object["metadata"]["uid"] = like["metadata"]["uid"].clone();
    apply_defaults(resource, &mut object);
    if resource.kind == "Pod" {
        pods::fill_service_account(&mut object);
        pods::resolve_priority(&mut object, &[]).unwrap();
        pods::tolerate_sick_nodes(&mut object);
    }
    prepare_for_create(resource, &mut object);
    if service_ports::wants_cluster_ip(&object) && resource.kind == "Service" {
        service_ports::set_cluster_ip(&mut object, like["spec"]["clusterIP"].as_str().unwrap());
        for index in service_ports::ports_wanting_node_port(&object) {
            let port = like["spec"]["ports"][index]["nodePort"].clone();
            object["spec"]["ports"][index]["nodePort"] = port;
        }
    }
    let known = crate::schema::type_of(group, version, resource.kind).unwrap();
    crate::schema::normalize(known, &mut object);
    object
}

#[test]
fn objects_are_stored_as_the_real_server_stores_them() {
    let cases: Vec<Value> = serde_json::from_str(STORED).unwrap();

    let mut differences = Vec::new();
    for case in &cases {
        let (ours, real) = (stored(&case["object"], &case["stored"]), &case["stored"]);
        if &ours != real {
            differences.push(format!("wanted: {real}\n  made: {ours}"));
        }
    }

    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

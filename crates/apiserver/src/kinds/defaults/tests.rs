use serde_json::{Value, json};

use super::super::registry::find;
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

//! Printer columns, held against what the real server prints.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::registry::{RESOURCES, find};
use super::{columns, row};

const NOW: &str = "2026-11-21T06:00:00Z";

fn printed(group: &str, version: &str, plural: &str, object: &Value) -> Vec<Value> {
    let now: Timestamp = NOW.parse().unwrap();
    row(find(group, version, plural).unwrap(), object, now).cells
}

fn pod_status(status: &Value) -> Vec<Value> {
    let pod = json!({
        "metadata": {"name": "a", "creationTimestamp": "2026-11-21T05:58:00Z"},
        "spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}]},
        "status": status,
    });
    printed("", "v1", "pods", &pod)[1..5].to_vec()
}

#[test]
fn every_row_has_a_cell_for_every_column() {
    let now: Timestamp = NOW.parse().unwrap();
    for resource in RESOURCES {
        let cells = row(resource, &json!({"metadata": {"name": "a"}}), now).cells;
        assert_eq!(cells.len(), columns(resource).len(), "{}", resource.kind);
    }
}

#[test]
fn a_pod_that_keeps_crashing_says_how_often_and_when() {
    let cells = pod_status(&json!({
        "phase": "Running",
        "conditions": [{"type": "Initialized", "status": "True"}],
        "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 0}}}],
        "containerStatuses": [{
            "name": "a", "ready": false, "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-21T05:59:55Z"}},
        }],
    }));

    assert_eq!(cells, ["0/1", "CrashLoopBackOff", "3 (5s ago)", "2m"]);
}

#[test]
fn a_pod_waits_for_its_init_containers() {
    let starting = pod_status(&json!({
        "phase": "Pending",
        "initContainerStatuses": [{"name": "i", "state": {"running": {}}}],
    }));
    let failing = pod_status(&json!({
        "phase": "Pending",
        "initContainerStatuses": [{"name": "i", "state": {"waiting": {"reason": "ErrImagePull"}}}],
    }));

    assert_eq!(starting[1], "Init:0/1");
    assert_eq!(failing[1], "Init:ErrImagePull");
}

#[test]
fn a_service_shows_its_ports_and_addresses() {
    let service = json!({
        "metadata": {"name": "kong"},
        "spec": {"type": "LoadBalancer", "clusterIP": "10.96.0.7",
                 "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"},
                           {"port": 8005, "protocol": "TCP"}],
                 "selector": {"app": "kong"}},
    });

    let cells = printed("", "v1", "services", &service);

    assert_eq!(
        cells,
        [
            "kong",
            "LoadBalancer",
            "10.96.0.7",
            "<pending>",
            "80:30080/TCP,8005/TCP",
            "<unknown>",
            "app=kong"
        ]
    );
}

#[test]
fn an_autoscaler_shows_what_it_found_and_wants() {
    let autoscaler = json!({
        "metadata": {"name": "a"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "kong"}, "minReplicas": 1,
                 "maxReplicas": 5, "metrics": [{"type": "Resource", "resource": {
                     "name": "cpu", "target": {"averageUtilization": 70}}}]},
        "status": {"currentReplicas": 2},
    });

    let cells = printed("autoscaling", "v2", "horizontalpodautoscalers", &autoscaler);

    assert_eq!(cells[1], "Deployment/kong");
    assert_eq!(cells[2], "cpu: <unknown>/70%");
}

#[test]
fn a_quota_lists_requests_apart_from_limits() {
    let quota = json!({
        "metadata": {"name": "q"},
        "status": {"hard": {"limits.cpu": "2", "pods": "10"}, "used": {"pods": "1"}},
    });

    let cells = printed("", "v1", "resourcequotas", &quota);

    assert_eq!(cells[1], "pods: 1/10");
    assert_eq!(cells[2], "limits.cpu: 0/2");
}

/// Objects of our own making with what a 1.36 server printed of each.
const PRINTED: &str = include_str!("printed.json");

#[test]
fn rows_are_printed_as_the_real_server_prints_them() {
    let cases: Vec<Value> = serde_json::from_str(PRINTED).unwrap();

    let mut differences = Vec::new();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let resource = find(text("group"), text("version"), text("plural")).unwrap();
        let now: Timestamp = text("now").parse().unwrap();
        let ours = Value::from(row(resource, &case["object"], now).cells);
        if ours != case["cells"] {
            differences.push(format!("wanted: {}\n  said: {ours}", case["cells"]));
        }
    }

    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

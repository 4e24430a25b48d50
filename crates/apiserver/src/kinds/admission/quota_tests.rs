//! Quota arithmetic, and the words of its refusals.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::super::registry::{Resource, find};
use super::{charge, total, usage};

fn pods() -> &'static Resource {
    find("", "v1", "pods").unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn pod(resources: &Value) -> Value {
    json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "resources": resources}]}})
}

fn quota(hard: &Value, used: &Value) -> Vec<Value> {
    vec![json!({"metadata": {"name": "q"}, "spec": {"hard": hard},
                "status": {"hard": hard, "used": used}})]
}

#[test]
fn one_pod_too_many_is_refused_in_the_real_words() {
    let full = quota(&json!({"pods": "10"}), &json!({"pods": "10"}));

    let refusal = charge(pods(), &pod(&json!({})), None, &full, now()).unwrap_err();

    assert_eq!(refusal, "exceeded quota: q, requested: pods=1, used: pods=10, limited: pods=10");
}

#[test]
fn a_limited_amount_must_be_named() {
    let limited = quota(
        &json!({"limits.cpu": "1", "requests.memory": "1Gi"}),
        &json!({"limits.cpu": "0", "requests.memory": "0"}),
    );

    let refusal = charge(pods(), &pod(&json!({})), None, &limited, now()).unwrap_err();

    assert_eq!(refusal, "failed quota: q: must specify limits.cpu for: c; requests.memory for: c");
}

#[test]
fn a_charge_is_added_to_what_is_used() {
    let open = quota(
        &json!({"limits.cpu": "2", "pods": "10", "secrets": "5"}),
        &json!({"limits.cpu": "500m", "pods": "3", "secrets": "1"}),
    );
    let asks = pod(&json!({"limits": {"cpu": "250m"}, "requests": {"cpu": "250m"}}));

    let charged = charge(pods(), &asks, None, &open, now()).unwrap();

    assert_eq!(
        charged,
        [("q".to_owned(), json!({"limits.cpu": "750m", "pods": "4", "secrets": "1"}))]
    );
}

#[test]
fn an_unchanged_update_charges_nothing() {
    let full = quota(&json!({"pods": "1"}), &json!({"pods": "1"}));
    let same = pod(&json!({}));

    assert_eq!(charge(pods(), &same, Some(&same), &full, now()), Ok(Vec::new()));
}

#[test]
fn a_load_balancer_also_takes_node_ports() {
    let services = find("", "v1", "services").unwrap();
    let service = json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 80}, {"port": 443}]}});

    let used = usage(services, &service, now());

    assert_eq!(used["services"].to_string(), "1");
    assert_eq!(used["services.loadbalancers"].to_string(), "1");
    assert_eq!(used["services.nodeports"].to_string(), "2");
}

#[test]
fn scopes_choose_what_is_counted() {
    let scoped = vec![json!({"metadata": {"name": "q"},
        "spec": {"hard": {"pods": "1"}, "scopes": ["NotBestEffort"]},
        "status": {"hard": {"pods": "1"}, "used": {"pods": "1"}}})];

    assert_eq!(charge(pods(), &pod(&json!({})), None, &scoped, now()), Ok(Vec::new()));
}

#[test]
fn finished_pods_hold_nothing_but_their_number() {
    let mut done = pod(&json!({"requests": {"cpu": "1"}}));
    done["status"] = json!({"phase": "Succeeded"});
    let counted = json!({"spec": {"hard": {"pods": "9", "cpu": "9", "count/pods": "9"}}});

    let used = total(&counted, &[(pods(), &done)], now());

    assert_eq!(used, json!({"pods": "0", "cpu": "0", "count/pods": "1"}));
}

//! Two kinds are served in two forms and stored in one: events, and autoscalers.
//!
//! **Invariant:** what is written in one form can be read in the other; the stored form is the one
//! that the registry names first.

use serde_json::{Map, Value, json};

use crate::kinds::{self, Resource};

/// The resource that objects are stored as, whatever form they are served in.
pub(crate) fn stored(served: &'static Resource) -> &'static Resource {
    match (served.group, served.version, served.kind) {
        ("events.k8s.io", "v1", "Event") => find("", "v1", "events"),
        ("autoscaling", "v1", "HorizontalPodAutoscaler") => {
            find("autoscaling", "v2", "horizontalpodautoscalers")
        }
        _ => served,
    }
}

fn find(group: &str, version: &str, plural: &str) -> &'static Resource {
    kinds::find(group, version, plural).expect("it is built in")
}

/// Field names of an event, first as served by `events.k8s.io`, then as stored.
const EVENT_FIELDS: [(&str, &str); 7] = [
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
    ("reportingController", "reportingComponent"),
];

/// An object in the form in which it is stored; `old` is what it replaces.
pub(crate) fn to_stored(served: &'static Resource, value: Value, old: Option<&Value>) -> Value {
    let target = stored(served);
    if std::ptr::eq(target, served) {
        return value;
    }
    let mut value = match served.kind {
        "Event" => rename(value, EVENT_FIELDS.iter().copied()),
        _ => autoscaler_to_v2(value, old),
    };
    set_type(&mut value, target);
    value
}

/// A stored object in the form in which it is served.
pub(crate) fn to_served(served: &'static Resource, value: Value) -> Value {
    if std::ptr::eq(stored(served), served) {
        return value;
    }
    let mut value = match served.kind {
        "Event" => rename(value, EVENT_FIELDS.iter().map(|(served, stored)| (*stored, *served))),
        _ => autoscaler_to_v1(value),
    };
    set_type(&mut value, served);
    value
}

fn set_type(value: &mut Value, resource: &Resource) {
    value["kind"] = resource.kind.into();
    value["apiVersion"] = resource.api_version().into();
}

fn rename<'a>(mut value: Value, fields: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let Some(map) = value.as_object_mut() else { return value };
    let renamed: Map<String, Value> = fields
        .filter_map(|(from, to)| map.remove(from).map(|value| (to.to_owned(), value)))
        .collect();
    map.extend(renamed);
    value
}

fn is_cpu(metric: &Value) -> bool {
    metric["type"] == "Resource"
        && metric["resource"]["name"] == "cpu"
        && metric["resource"]["target"]["averageUtilization"].is_i64()
}

fn autoscaler_to_v2(mut value: Value, old: Option<&Value>) -> Value {
    let before = old.and_then(|it| it["spec"]["metrics"].as_array()).into_iter().flatten();
    let mut metrics: Vec<Value> = before.filter(|it| !is_cpu(it)).cloned().collect();
    if let Some(spec) = value["spec"].as_object_mut() {
        if let Some(percentage) = spec.remove("targetCPUUtilizationPercentage") {
            metrics.push(json!({"type": "Resource", "resource": {
                "name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": percentage},
            }}));
        }
        if !metrics.is_empty() {
            spec.insert("metrics".to_owned(), metrics.into());
        }
    }
    if let Some(status) = value.get_mut("status").and_then(Value::as_object_mut)
        && let Some(percentage) = status.remove("currentCPUUtilizationPercentage")
    {
        let current = json!({"type": "Resource", "resource": {
            "name": "cpu",
            "current": {"averageUtilization": percentage, "averageValue": "0"},
        }});
        status.insert("currentMetrics".to_owned(), json!([current]));
    }
    value
}

fn autoscaler_to_v1(mut value: Value) -> Value {
    if let Some(spec) = value["spec"].as_object_mut() {
        let metrics = spec.remove("metrics");
        let metrics = metrics.as_ref().and_then(Value::as_array).into_iter().flatten();
        if let Some(cpu) = metrics.clone().find(|it| is_cpu(it)) {
            let percentage = cpu["resource"]["target"]["averageUtilization"].clone();
            spec.insert("targetCPUUtilizationPercentage".to_owned(), percentage);
        }
        spec.remove("behavior");
    }
    if let Some(status) = value.get_mut("status").and_then(Value::as_object_mut) {
        let metrics = status.remove("currentMetrics");
        let mut metrics = metrics.as_ref().and_then(Value::as_array).into_iter().flatten();
        let cpu = metrics.find(|it| it["resource"]["name"] == "cpu");
        let current = cpu.map(|it| it["resource"]["current"]["averageUtilization"].clone());
        if let Some(percentage) = current.filter(Value::is_i64) {
            status.insert("currentCPUUtilizationPercentage".to_owned(), percentage);
        }
        status.remove("conditions");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_back_as_it_was_written() {
        let served = find("events.k8s.io", "v1", "events");
        let event = json!({
            "kind": "Event", "apiVersion": "events.k8s.io/v1", "note": "hello",
            "regarding": {"kind": "Pod", "name": "a"}, "reason": "Greeted",
        });

        let stored = to_stored(served, event.clone(), None);

        assert_eq!(stored["message"], "hello");
        assert_eq!(stored["involvedObject"]["name"], "a");
        assert_eq!(stored["apiVersion"], "v1");
        assert_eq!(to_served(served, stored), event);
    }

    #[test]
    fn an_old_autoscaler_keeps_its_percentage() {
        let served = find("autoscaling", "v1", "horizontalpodautoscalers");
        let old = json!({
            "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v1",
            "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70},
        });

        let stored = to_stored(served, old.clone(), None);

        assert_eq!(stored["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 70);
        assert_eq!(to_served(served, stored), old);
    }
}

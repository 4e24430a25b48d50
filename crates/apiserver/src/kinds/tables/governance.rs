//! The rows of what governs and reports: namespaces, events, quotas, autoscalers, roles, leases.

use serde_json::{Value, json};

use super::super::value::{entries, items, text};
use super::{Printed, count, number_or_text, or};
use crate::quantity::Quantity;

/// The cells of a namespace.
pub(super) fn namespace(printed: &Printed<'_>) -> Vec<Value> {
    vec![printed.name(), json!(text(printed.status(), "phase")), printed.age()]
}

/// The cells of an event.
pub(super) fn event(printed: &Printed<'_>) -> Vec<Value> {
    let event = printed.object;
    let first = match &event["firstTimestamp"] {
        Value::Null => printed.since(&event["eventTime"]),
        time => printed.since(time),
    };
    let mut last = match &event["lastTimestamp"] {
        Value::Null => first.clone(),
        time => printed.since(time),
    };
    let mut times = count(&event["count"]).max(1);
    if event["series"].is_object() {
        last = printed.since(&event["series"]["lastObservedTime"]);
        times = count(&event["series"]["count"]);
    }
    let about = &event["involvedObject"];
    let kind = text(about, "kind").to_lowercase();
    let name = text(about, "name");
    let target = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    vec![
        json!(last),
        json!(text(event, "type")),
        json!(text(event, "reason")),
        json!(target),
        json!(text(about, "fieldPath")),
        json!(event_source(event)),
        json!(text(event, "message").trim()),
        json!(first),
        json!(times),
        printed.name(),
    ]
}

fn event_source(event: &Value) -> String {
    let source = &event["source"];
    let component = or(&source["component"], text(event, "reportingComponent"));
    let instance = or(&source["host"], text(event, "reportingInstance"));
    if instance.is_empty() { component.to_owned() } else { format!("{component}, {instance}") }
}

/// The cells of a resource quota.
pub(super) fn resource_quota(printed: &Printed<'_>) -> Vec<Value> {
    let status = printed.status();
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (name, hard) in entries(status, "hard") {
        let used = amount(&status["used"][name.as_str()]);
        let line = format!("{name}: {used}/{}", amount(hard));
        if name.starts_with("limits.") { limits.push(line) } else { requests.push(line) }
    }
    vec![printed.name(), json!(requests.join(", ")), json!(limits.join(", ")), printed.age()]
}

fn amount(value: &Value) -> String {
    Quantity::of(value).unwrap_or(Quantity::ZERO).to_string()
}

/// The cells of a pod disruption budget.
pub(super) fn disruption_budget(printed: &Printed<'_>) -> Vec<Value> {
    let spec = printed.spec();
    vec![
        printed.name(),
        json!(number_or_text(&spec["minAvailable"], "N/A")),
        json!(number_or_text(&spec["maxUnavailable"], "N/A")),
        json!(count(&printed.status()["disruptionsAllowed"])),
        printed.age(),
    ]
}

/// The cells of a priority class.
pub(super) fn priority_class(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    vec![
        printed.name(),
        json!(count(&object["value"])),
        json!(object["globalDefault"] == true),
        printed.age(),
        json!(text(object, "preemptionPolicy")),
    ]
}

/// The cells of a lease.
pub(super) fn lease(printed: &Printed<'_>) -> Vec<Value> {
    vec![printed.name(), json!(text(printed.spec(), "holderIdentity")), printed.age()]
}

/// The cells of a role binding of either scope.
pub(super) fn role_binding(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    let role = &object["roleRef"];
    let (mut users, mut groups, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    for subject in items(object, "subjects") {
        let name = text(subject, "name");
        match text(subject, "kind") {
            "User" => users.push(name.to_owned()),
            "Group" => groups.push(name.to_owned()),
            "ServiceAccount" => accounts.push(format!("{}/{name}", text(subject, "namespace"))),
            _ => {}
        }
    }
    vec![
        printed.name(),
        json!(format!("{}/{}", text(role, "kind"), text(role, "name"))),
        printed.age(),
        json!(users.join(", ")),
        json!(groups.join(", ")),
        json!(accounts.join(", ")),
    ]
}

/// The cells of a horizontal pod autoscaler.
pub(super) fn autoscaler(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let target = &spec["scaleTargetRef"];
    vec![
        printed.name(),
        json!(format!("{}/{}", text(target, "kind"), text(target, "name"))),
        json!(targets(spec, status)),
        json!(number_or_text(&spec["minReplicas"], "<unset>")),
        json!(count(&spec["maxReplicas"])),
        json!(count(&status["currentReplicas"])),
        printed.age(),
    ]
}

fn targets(spec: &Value, status: &Value) -> String {
    let metrics = items(spec, "metrics");
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let list: Vec<String> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| target(metric, &status["currentMetrics"][index]))
        .collect();
    if list.len() > 2 {
        return format!("{} + {} more...", list[..2].join(", "), list.len() - 2);
    }
    list.join(", ")
}

fn target(metric: &Value, found: &Value) -> String {
    let (key, named) = match text(metric, "type") {
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        "External" => ("external", false),
        "Object" => ("object", false),
        "Pods" => ("pods", false),
        _ => return "<unknown type>".to_owned(),
    };
    let (wanted, current) = (&metric[key]["target"], &found[key]["current"]);
    let print = |value: &Value| Quantity::of(value).map(|it| it.to_string());
    let unknown = || "<unknown>".to_owned();
    let percent = |value: &Value| value.as_i64().map(|it| format!("{it}%"));
    if named {
        let name = text(&metric[key], "name");
        if let Some(average) = print(&wanted["averageValue"]) {
            let is = print(&current["averageValue"]).unwrap_or_else(unknown);
            return format!("{name}: {is}/{average}");
        }
        let is = percent(&current["averageUtilization"]).unwrap_or_else(unknown);
        let to_be = percent(&wanted["averageUtilization"]).unwrap_or_else(|| "<auto>".to_owned());
        return format!("{name}: {is}/{to_be}");
    }
    if let Some(average) = print(&wanted["averageValue"]) {
        let is = print(&current["averageValue"]).unwrap_or_else(unknown);
        return if key == "pods" {
            format!("{is}/{average}")
        } else {
            format!("{is}/{average} (avg)")
        };
    }
    let is = print(&current["value"]).unwrap_or_else(unknown);
    format!("{is}/{}", print(&wanted["value"]).unwrap_or_else(|| "0".to_owned()))
}

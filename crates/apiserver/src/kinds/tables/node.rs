//! A node's row.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::value::{entries, items, text};
use super::{Printed, or};

/// The cells of a node.
pub(super) fn cells(printed: &Printed<'_>) -> Vec<Value> {
    let information = &printed.status()["nodeInfo"];
    let mut kernel = or(&information["kernelVersion"], "<unknown>").to_owned();
    let architecture = text(information, "architecture");
    if !architecture.is_empty() {
        kernel = format!("{kernel} ({architecture})");
    }
    vec![
        printed.name(),
        json!(condition(printed)),
        json!(roles(printed.object)),
        printed.age(),
        json!(text(information, "kubeletVersion")),
        json!(address(printed.status(), "InternalIP")),
        json!(address(printed.status(), "ExternalIP")),
        json!(or(&information["osImage"], "<unknown>")),
        json!(kernel),
        json!(or(&information["containerRuntimeVersion"], "<unknown>")),
    ]
}

fn condition(printed: &Printed<'_>) -> String {
    let conditions = items(printed.status(), "conditions");
    let ready = conditions.iter().rfind(|it| text(it, "type") == "Ready");
    let status = match ready.map(|it| text(it, "status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    if printed.spec()["unschedulable"] == true {
        return format!("{status},SchedulingDisabled");
    }
    status.to_owned()
}

fn roles(node: &Value) -> String {
    let mut roles = BTreeSet::new();
    for (key, value) in entries(&node["metadata"], "labels") {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if key == "kubernetes.io/role" {
            roles.insert(value.as_str().unwrap_or_default());
        }
    }
    roles.remove("");
    if roles.is_empty() {
        return "<none>".to_owned();
    }
    roles.into_iter().collect::<Vec<_>>().join(",")
}

fn address<'a>(status: &'a Value, kind: &str) -> &'a str {
    let found = items(status, "addresses").iter().find(|it| text(it, "type") == kind);
    found.map_or("<none>", |it| text(it, "address"))
}

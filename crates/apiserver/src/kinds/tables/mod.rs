//! Tables: the rows that the server makes of objects so that `kubectl get` can print them.
//!
//! **Invariant:** a row has exactly one cell per column, worded as the real server words it.
//!
//! **Deliberately absent:** the printer columns of custom resources, which are data.

mod columns;
mod governance;
mod network;
mod node;
mod pod;
mod selector;
mod storage;
mod workload;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::duration::age;
use super::registry::Resource;
use super::value::text;

pub use columns::{Column, columns};

/// One object, printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// A cell per column.
    pub cells: Vec<Value>,
    /// Remarks about the row; a finished pod has one.
    pub conditions: Vec<Value>,
}

/// Prints one object.
pub fn row(resource: &Resource, object: &Value, now: Timestamp) -> Row {
    let cells = cells(resource, object, now);
    let conditions = if resource.kind == "Pod" { pod::conditions(object) } else { Vec::new() };
    Row { cells, conditions }
}

/// The columns and rows of a `Table`, without its list metadata and embedded objects.
pub fn table(resource: &Resource, objects: &[Value], now: Timestamp) -> Value {
    let definitions: Vec<Value> = columns(resource).iter().map(Column::definition).collect();
    let rows: Vec<Value> = objects
        .iter()
        .map(|it| {
            let row = row(resource, it, now);
            let mut printed = json!({"cells": row.cells});
            if !row.conditions.is_empty() {
                printed["conditions"] = json!(row.conditions);
            }
            printed
        })
        .collect();
    whole(&definitions, &rows)
}

/// A `Scale` as a table: how many replicas are wanted, and how many there are.
pub fn scale_table(scale: &Value, now: Timestamp) -> Value {
    let printed = Printed { object: scale, now };
    let replicas = |part: &Value| json!(count(&part["replicas"]));
    let cells = json!([
        printed.name(),
        replicas(printed.spec()),
        replicas(printed.status()),
        printed.age(),
    ]);
    whole(&columns::SCALE.map(|it| it.definition()), &[json!({"cells": cells})])
}

fn whole(definitions: &[Value], rows: &[Value]) -> Value {
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

fn cells(resource: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    let printed = Printed { object, now };
    match (resource.group, resource.kind) {
        ("", "Pod") => pod::cells(&printed),
        ("", "Node") => node::cells(&printed),
        ("", "Service") => network::service(&printed),
        ("", "Endpoints") => network::endpoints(&printed),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(&printed),
        ("networking.k8s.io", "Ingress") => network::ingress(&printed),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(&printed),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(&printed),
        ("apps", "Deployment") => workload::deployment(&printed),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => workload::replica_set(&printed),
        ("apps", "StatefulSet") => workload::stateful_set(&printed),
        ("apps", "DaemonSet") => workload::daemon_set(&printed),
        ("apps", "ControllerRevision") => workload::controller_revision(&printed),
        ("batch", "Job") => workload::job(&printed),
        ("batch", "CronJob") => workload::cron_job(&printed),
        ("", "PodTemplate") => workload::pod_template(&printed),
        ("", "PersistentVolumeClaim") => storage::claim(&printed),
        ("", "PersistentVolume") => storage::volume(&printed),
        ("storage.k8s.io", "StorageClass") => storage::class(&printed),
        ("", "ConfigMap") => storage::config_map(&printed),
        ("", "Secret") => storage::secret(&printed),
        (_, "Event") => governance::event(&printed),
        ("", "Namespace") => governance::namespace(&printed),
        ("", "ServiceAccount") => vec![printed.name(), printed.age()],
        ("", "ResourceQuota") => governance::resource_quota(&printed),
        ("autoscaling", _) => governance::autoscaler(&printed),
        ("policy", "PodDisruptionBudget") => governance::disruption_budget(&printed),
        ("scheduling.k8s.io", "PriorityClass") => governance::priority_class(&printed),
        ("coordination.k8s.io", "Lease") => governance::lease(&printed),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            governance::role_binding(&printed)
        }
        _ => vec![printed.name(), object["metadata"]["creationTimestamp"].clone()],
    }
}

/// An object at the moment of printing.
struct Printed<'a> {
    object: &'a Value,
    now: Timestamp,
}

impl<'a> Printed<'a> {
    fn name(&self) -> Value {
        json!(text(&self.object["metadata"], "name"))
    }

    fn age(&self) -> Value {
        json!(self.since(&self.object["metadata"]["creationTimestamp"]))
    }

    fn since(&self, time: &Value) -> String {
        age(time.as_str(), self.now)
    }

    fn spec(&self) -> &'a Value {
        &self.object["spec"]
    }

    fn status(&self) -> &'a Value {
        &self.object["status"]
    }

    fn is_going(&self) -> bool {
        self.object["metadata"]["deletionTimestamp"].is_string()
    }
}

/// A count, zero where there is none.
fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// A text, or what stands for its absence.
fn or<'a>(value: &'a Value, absent: &'a str) -> &'a str {
    value.as_str().filter(|it| !it.is_empty()).unwrap_or(absent)
}

/// An integer or a text, as `IntOrString` prints.
fn number_or_text(value: &Value, absent: &str) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => absent.to_owned(),
    }
}

/// The first few of a list, and how many more there are.
fn first_few(list: &[String], most: usize) -> String {
    if list.len() <= most {
        return list.join(",");
    }
    format!("{} + {} more...", list[..most].join(","), list.len() - most)
}

#[cfg(test)]
mod tests;

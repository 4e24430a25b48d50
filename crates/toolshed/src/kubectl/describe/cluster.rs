//! Descriptions of nodes and namespaces.

use serde_json::Value;

use super::other::{limit_rows, quota_rows};
use super::page::{Page, or_none, sorted};
use crate::kubectl::age;
use crate::kubectl::api::Call;
use crate::kubectl::discovery::array;
use crate::kubectl::get::quantity;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::session::Session;

/// What a description of a node needs besides the node.
pub(super) struct Related {
    pods: Option<Vec<Value>>,
    lease: Result<Value, String>,
}

impl Related {
    /// Asks the server; without the right to see pods there are none.
    pub(super) async fn of(session: &Session, name: &str) -> Self {
        let fields = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
        let pods =
            session.api.value(Call::get("/api/v1/pods").query("fieldSelector", fields)).await;
        let path = format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}");
        let lease = session.api.value(Call::get(path)).await;
        Self {
            pods: pods.ok().map(|list| array(&list["items"]).to_vec()),
            lease: lease.map_err(|failure| failure.cause()),
        }
    }
}

/// Describes a node.
pub(super) fn node(page: &mut Page, object: &Value, related: &Related, now: jiff::Timestamp) {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    page.field(0, "Name", word(&metadata["name"]));
    page.field(0, "Roles", or_none(&roles(&metadata["labels"])));
    page.labels("Labels", &metadata["labels"]);
    page.annotations("Annotations", &metadata["annotations"]);
    page.field(0, "CreationTimestamp", age::long(&metadata["creationTimestamp"]));
    taints(page, &spec["taints"]);
    page.field(0, "Unschedulable", (spec["unschedulable"] == true).to_string());
    lease(page, &related.lease);
    conditions(page, &status["conditions"]);
    page.line(0, "Addresses:");
    for one in array(&status["addresses"]) {
        page.field(1, &word(&one["type"]), word(&one["address"]));
    }
    for (title, key) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let names = sorted(&status[key]);
        if !names.is_empty() {
            page.line(0, format!("{title}:"));
        }
        for name in names {
            page.field(1, &name, word(&status[key][name.as_str()]));
        }
    }
    page.line(0, "System Info:");
    for (title, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, title, word(&status["nodeInfo"][key]));
    }
    for (title, key) in [("PodCIDR", "podCIDR"), ("ProviderID", "providerID")] {
        if spec[key].is_string() {
            page.field(0, title, word(&spec[key]));
            if key == "podCIDR" {
                let all: Vec<String> = array(&spec["podCIDRs"]).iter().map(word).collect();
                page.field(0, "PodCIDRs", all.join(","));
            }
        }
    }
    match &related.pods {
        Some(pods) => resources(page, object, pods, now),
        None => page.field(0, "Pods", "not authorized"),
    }
}

/// The roles that labels give a node.
fn roles(labels: &Value) -> String {
    let found: Vec<String> = sorted(labels)
        .iter()
        .filter_map(|key| {
            let named =
                key.strip_prefix("node-role.kubernetes.io/").filter(|role| !role.is_empty());
            match named {
                Some(role) => Some(role.to_owned()),
                None if key == "kubernetes.io/role" => Some(word(&labels[key.as_str()])),
                None => None,
            }
        })
        .collect();
    found.join(",")
}

fn taints(page: &mut Page, taints: &Value) {
    let mut lines: Vec<String> = array(taints)
        .iter()
        .map(|one| match one["value"].as_str() {
            Some(value) if !value.is_empty() => {
                format!("{}={value}:{}", word(&one["key"]), word(&one["effect"]))
            }
            _ => format!("{}:{}", word(&one["key"]), word(&one["effect"])),
        })
        .collect();
    lines.sort();
    if lines.is_empty() {
        page.field(0, "Taints", "<none>");
    }
    for (index, line) in lines.iter().enumerate() {
        page.line(0, format!("{}\t{line}", if index == 0 { "Taints:" } else { "" }));
    }
}

fn lease(page: &mut Page, lease: &Result<Value, String>) {
    let lease = match lease {
        Ok(lease) => &lease["spec"],
        Err(error) => {
            page.field(0, "Lease", format!("Failed to get lease: {error}"));
            return;
        }
    };
    page.line(0, "Lease:");
    let holder = lease["holderIdentity"].as_str().unwrap_or("<unset>");
    page.field(1, "HolderIdentity", holder);
    page.field(1, "AcquireTime", age::long(&lease["acquireTime"]));
    page.field(1, "RenewTime", age::long(&lease["renewTime"]));
}

fn conditions(page: &mut Page, conditions: &Value) {
    if array(conditions).is_empty() {
        return;
    }
    page.line(
        0,
        "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage",
    );
    page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for one in array(conditions) {
        page.line(
            1,
            format!(
                "{} \t{} \t{} \t{} \t{} \t{}",
                word(&one["type"]),
                word(&one["status"]),
                age::long(&one["lastHeartbeatTime"]),
                age::long(&one["lastTransitionTime"]),
                word(&one["reason"]),
                word(&one["message"])
            ),
        );
    }
}

/// What the containers of a pod ask for.
fn sum(pod: &Value, kind: &str, name: &str) -> f64 {
    let of = |container: &Value| {
        quantity(&word(&container["resources"][kind][name])).unwrap_or_default()
    };
    let containers = array(&pod["spec"]["containers"]);
    let (beside, first): (Vec<&Value>, Vec<&Value>) = array(&pod["spec"]["initContainers"])
        .iter()
        .partition(|one| one["restartPolicy"] == "Always");
    let beside: f64 = beside.into_iter().map(of).sum();
    let main = containers.iter().map(of).sum::<f64>() + beside;
    first.into_iter().map(of).map(|one| one + beside).fold(main, f64::max)
}

/// An amount as Kubernetes writes it: thousandths for cpu, powers of 1024 for bytes.
#[expect(clippy::cast_possible_truncation, reason = "amounts are far below the limits of i64")]
fn amount(name: &str, value: f64) -> String {
    if name == "cpu" {
        let thousandths = (value * 1000.0).round() as i64;
        return if thousandths % 1000 == 0 {
            (thousandths / 1000).to_string()
        } else {
            format!("{thousandths}m")
        };
    }
    let mut bytes = value.round() as i64;
    let mut units = ["", "Ki", "Mi", "Gi", "Ti"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while bytes != 0 && bytes % 1024 == 0 {
        let Some(next) = units.next() else { break };
        bytes /= 1024;
        unit = next;
    }
    format!("{bytes}{unit}")
}

#[expect(clippy::cast_possible_truncation, reason = "a percentage is a small number")]
fn share(node: &Value, name: &str, value: f64) -> String {
    let of = &node["status"]["allocatable"][name];
    let of = if of.is_null() { &node["status"]["capacity"][name] } else { of };
    let whole = quantity(&word(of)).unwrap_or_default();
    let percent = if whole == 0.0 { 0 } else { (value / whole * 100.0) as i64 };
    format!("{} ({percent}%)", amount(name, value))
}

fn resources(page: &mut Page, node: &Value, pods: &[Value], now: jiff::Timestamp) {
    page.field(0, "Non-terminated Pods", format!("({} in total)", pods.len()));
    page.line(
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
    );
    page.line(
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
    );
    for pod in pods {
        let cell = |kind: &str, name: &str| share(node, name, sum(pod, kind, name));
        page.line(
            1,
            format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                word(&pod["metadata"]["namespace"]),
                word(&pod["metadata"]["name"]),
                cell("requests", "cpu"),
                cell("limits", "cpu"),
                cell("requests", "memory"),
                cell("limits", "memory"),
                age::since(&pod["metadata"]["creationTimestamp"], now)
            ),
        );
    }
    page.line(
        0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)",
    );
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let total =
            |kind: &str| share(node, name, pods.iter().map(|pod| sum(pod, kind, name)).sum());
        page.line(1, format!("{name}\t{}\t{}", total("requests"), total("limits")));
    }
}

/// Describes a namespace with its quotas and limits.
pub(super) fn namespace(page: &mut Page, object: &Value, quotas: &[Value], limits: &[Value]) {
    page.head(object);
    page.field(0, "Status", word(&object["status"]["phase"]));
    page.line(0, "");
    if quotas.is_empty() {
        page.line(0, "No resource quota.");
    } else {
        page.line(0, "Resource Quotas");
        for quota in quotas {
            page.line(0, format!("  Name:\t{}", word(&quota["metadata"]["name"])));
            quota_rows(page, quota, "  ", "---");
        }
    }
    page.line(0, "");
    if limits.is_empty() {
        page.line(0, "No LimitRange resource.");
    } else {
        page.line(0, "Resource Limits");
        limit_rows(page, limits, " ");
    }
}

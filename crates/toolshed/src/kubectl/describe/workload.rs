//! Descriptions of Deployments, ReplicaSets and Services.

use serde_json::Value;

use super::page::{Page, controller, number, or_none, selector};
use super::pod;
use crate::kubectl::age;
use crate::kubectl::discovery::array;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::table::labels;

/// The annotation that numbers revisions.
pub(crate) const REVISION: &str = "deployment.kubernetes.io/revision";

/// Describes a Deployment, given the ReplicaSets of its namespace.
pub(super) fn deployment(page: &mut Page, object: &Value, sets: &[Value]) {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    page.field(0, "Name", word(&metadata["name"]));
    page.field(0, "Namespace", word(&metadata["namespace"]));
    page.field(0, "CreationTimestamp", age::long(&metadata["creationTimestamp"]));
    page.labels("Labels", &metadata["labels"]);
    page.annotations("Annotations", &metadata["annotations"]);
    page.field(0, "Selector", selector(&spec["selector"]));
    page.field(
        0,
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(&spec["replicas"]),
            number(&status["updatedReplicas"]),
            number(&status["replicas"]),
            number(&status["availableReplicas"]),
            number(&status["unavailableReplicas"])
        ),
    );
    page.field(0, "StrategyType", word(&spec["strategy"]["type"]));
    page.field(0, "MinReadySeconds", number(&spec["minReadySeconds"]).to_string());
    let rolling = &spec["strategy"]["rollingUpdate"];
    if rolling.is_object() {
        let (less, more) = (word(&rolling["maxUnavailable"]), word(&rolling["maxSurge"]));
        let words = format!("{less} max unavailable, {more} max surge");
        page.field(0, "RollingUpdateStrategy", words);
    }
    pod::template(page, &spec["template"]);
    page.conditions(&status["conditions"]);
    let (new, old) = split(object, sets);
    if new.is_some() || !old.is_empty() {
        let shown = |set: &&Value| {
            let (name, now) = (word(&set["metadata"]["name"]), number(&set["status"]["replicas"]));
            format!("{name} ({now}/{} replicas created)", number(&set["spec"]["replicas"]))
        };
        let old: Vec<String> = old.iter().map(shown).collect();
        page.field(0, "OldReplicaSets", or_none(&old.join(", ")));
        page.field(0, "NewReplicaSet", or_none(&new.as_ref().map(shown).unwrap_or_default()));
    }
}

/// The ReplicaSet of the present template, and the others in order of creation.
pub(crate) fn split<'a>(
    deployment: &Value,
    sets: &'a [Value],
) -> (Option<&'a Value>, Vec<&'a Value>) {
    let uid = &deployment["metadata"]["uid"];
    let mut owned: Vec<&Value> = sets
        .iter()
        .filter(|set| {
            array(&set["metadata"]["ownerReferences"])
                .iter()
                .any(|owner| owner["uid"] == *uid && owner["controller"] == true)
        })
        .collect();
    owned.sort_by_key(|set| {
        (word(&set["metadata"]["creationTimestamp"]), word(&set["metadata"]["name"]))
    });
    let revision = &deployment["metadata"]["annotations"][REVISION];
    let new = owned
        .iter()
        .copied()
        .find(|set| !revision.is_null() && set["metadata"]["annotations"][REVISION] == *revision);
    let old = owned.into_iter().filter(|set| new.is_none_or(|new| !std::ptr::eq(new, *set)));
    (new, old.collect())
}

/// Describes a ReplicaSet, given the pods of its namespace.
pub(super) fn replica_set(page: &mut Page, object: &Value, pods: &[Value]) {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    page.field(0, "Name", word(&metadata["name"]));
    page.field(0, "Namespace", word(&metadata["namespace"]));
    page.field(0, "Selector", selector(&spec["selector"]));
    page.labels("Labels", &metadata["labels"]);
    page.annotations("Annotations", &metadata["annotations"]);
    if let Some(controller) = controller(object) {
        page.field(0, "Controlled By", controller);
    }
    let (now, wanted) = (number(&status["replicas"]), number(&spec["replicas"]));
    page.field(0, "Replicas", format!("{now} current / {wanted} desired"));
    let count = |phase: &str| {
        pods.iter()
            .filter(|pod| {
                array(&pod["metadata"]["ownerReferences"])
                    .iter()
                    .any(|owner| owner["uid"] == metadata["uid"])
                    && pod["status"]["phase"] == phase
            })
            .count()
    };
    page.field(
        0,
        "Pods Status",
        format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count("Running"),
            count("Pending"),
            count("Succeeded"),
            count("Failed")
        ),
    );
    pod::template(page, &spec["template"]);
    page.conditions(&status["conditions"]);
}

/// Describes a Service, given its EndpointSlices.
pub(super) fn service(page: &mut Page, object: &Value, slices: &[Value]) {
    let spec = &object["spec"];
    let list = |value: &Value| {
        let all: Vec<String> = array(value).iter().map(word).collect();
        or_none(&all.join(",")).to_owned()
    };
    page.head(object);
    page.field(0, "Selector", labels(&spec["selector"]));
    page.field(0, "Type", word(&spec["type"]));
    if spec["ipFamilyPolicy"].is_string() {
        page.field(0, "IP Family Policy", word(&spec["ipFamilyPolicy"]));
    }
    page.field(0, "IP Families", list(&spec["ipFamilies"]));
    page.field(0, "IP", word(&spec["clusterIP"]));
    page.field(0, "IPs", list(&spec["clusterIPs"]));
    if !array(&spec["externalIPs"]).is_empty() {
        page.field(0, "External IPs", list(&spec["externalIPs"]));
    }
    if spec["externalName"].is_string() {
        page.field(0, "External Name", word(&spec["externalName"]));
    }
    let balancers: Vec<String> = array(&object["status"]["loadBalancer"]["ingress"])
        .iter()
        .map(|one| match (one["ip"].as_str(), one["ipMode"].as_str()) {
            (Some(ip), Some(mode)) => format!("{ip} ({mode})"),
            (Some(ip), None) => ip.to_owned(),
            (None, _) => word(&one["hostname"]),
        })
        .collect();
    if !balancers.is_empty() {
        page.field(0, "LoadBalancer Ingress", balancers.join(", "));
    }
    for port in array(&spec["ports"]) {
        service_port(page, port, slices);
    }
    page.field(0, "Session Affinity", word(&spec["sessionAffinity"]));
    for (title, key) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
        ("Traffic Distribution", "trafficDistribution"),
    ] {
        if !spec[key].is_null() {
            page.field(0, title, word(&spec[key]));
        }
    }
}

fn service_port(page: &mut Page, port: &Value, slices: &[Value]) {
    let name = match port["name"].as_str() {
        Some(name) if !name.is_empty() => name,
        _ => "<unset>",
    };
    let protocol = word(&port["protocol"]);
    page.line(0, format!("Port:\t{name}\t{}/{protocol}", number(&port["port"])));
    page.field(0, "TargetPort", format!("{}/{protocol}", word(&port["targetPort"])));
    if port["appProtocol"].is_string() {
        page.field(0, "AppProtocol", word(&port["appProtocol"]));
    }
    if number(&port["nodePort"]) != 0 {
        page.line(0, format!("NodePort:\t{name}\t{}/{protocol}", number(&port["nodePort"])));
    }
    page.field(0, "Endpoints", endpoints(slices, &word(&port["name"])));
}

fn endpoints(slices: &[Value], name: &str) -> String {
    const SHOWN: usize = 3;
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for slice in slices {
        let ports = array(&slice["ports"]).iter().filter(|port| word(&port["name"]) == name);
        for port in ports {
            for endpoint in array(&slice["endpoints"]) {
                if endpoint["conditions"]["ready"] != false {
                    let address = word(&endpoint["addresses"][0]);
                    all.push(format!("{address}:{}", number(&port["port"])));
                }
            }
        }
    }
    if all.len() > SHOWN {
        return format!("{} + {} more...", all[..SHOWN].join(","), all.len() - SHOWN);
    }
    all.join(",")
}

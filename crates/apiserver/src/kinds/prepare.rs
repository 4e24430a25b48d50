//! What the server sets or keeps by itself before a write is judged.
//!
//! **Invariant:** a client writes the status only through the status subresource and the rest
//! only outside of it; `metadata.generation` moves only when what is asked for changes.
//!
//! **Deliberately absent:** uid, creation time and resource version, which the store gives, and
//! the allocation of addresses and ports.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::admission::pods::tolerate_sick_nodes;
use super::qos::quality_of_service;
use super::registry::Resource;
use super::service_ports;
use super::value::{child, fill, fill_empty, map_mut, remove, text};

/// Makes a new object start as the server wants it: no status of the client's, generation 1.
///
/// Called after defaults, and after the store has given the object its uid.
pub fn prepare_for_create(resource: &Resource, object: &mut Value) {
    if has_generation(resource) {
        child(object, "metadata")["generation"] = json!(1);
    } else {
        remove(child(object, "metadata"), "generation");
    }
    if resource.has_status() {
        let fresh = initial_status(resource, object);
        object["status"] = fresh;
    }
    match (resource.group, resource.kind) {
        ("", "Namespace") => child(object, "spec")["finalizers"] = json!(["kubernetes"]),
        ("", "Pod") => {
            let spec = child(object, "spec");
            if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|it| it < 0) {
                spec["terminationGracePeriodSeconds"] = json!(1);
            }
        }
        ("", "Secret") => encode_string_data(object),
        ("", "Service") => service_ports::families(object),
        ("batch", "Job") => job_selector(object),
        ("apps", "DaemonSet") => count_templates(object, 1),
        _ => {}
    }
}

/// Keeps in an updated object what this way of writing may not touch.
///
/// `subresource` is `None` for the object itself, else `status`, `ephemeralcontainers`, ….
pub fn prepare_for_update(
    resource: &Resource,
    new: &mut Value,
    old: &Value,
    subresource: Option<&str>,
) {
    match subresource {
        Some("status") => keep_all_but_status(resource, new, old),
        Some("finalize") => keep_all_but_finalizers(new, old),
        // The server itself writes a binding, and with it the condition `PodScheduled`.
        Some("binding") => {}
        Some(_) => keep(new, old, "status"),
        None => {
            if resource.has_status() {
                keep(new, old, "status");
            }
            match (resource.group, resource.kind) {
                ("", "Secret") => encode_string_data(new),
                ("", "Service") => service_ports::keep_allocated(new, old),
                ("", "Namespace") => keep_finalizers(new, old),
                ("", "Pod") => keep_admitted(new, old),
                ("apps", "DaemonSet") => {
                    let changed = new["spec"]["template"] != old["spec"]["template"];
                    count_templates(new, templates(old) + i64::from(changed));
                }
                _ => {}
            }
        }
    }
    set_generation(resource, new, old, subresource);
}

/// Turns a secret's readable `stringData` into `data`, as every write of one does.
fn encode_string_data(object: &mut Value) {
    let Some(Value::Object(readable)) = remove(object, "stringData") else { return };
    let Some(data) = map_mut(object, "data") else { return };
    for (key, value) in readable {
        data.insert(key, json!(STANDARD.encode(value.as_str().unwrap_or_default())));
    }
}

fn keep(new: &mut Value, old: &Value, key: &str) {
    match old.get(key) {
        Some(value) => new[key] = value.clone(),
        None => {
            remove(new, key);
        }
    }
}

fn keep_all_but_status(resource: &Resource, new: &mut Value, old: &Value) {
    for (key, value) in old.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "metadata" | "status" | "kind" | "apiVersion") {
            new[key.as_str()] = value.clone();
        }
    }
    let metadata = child(new, "metadata");
    match (resource.group, resource.kind) {
        ("", "Pod") => keep(metadata, &old["metadata"], "ownerReferences"),
        ("apps" | "batch", _) => keep(metadata, &old["metadata"], "labels"),
        _ => {}
    }
    if resource.kind == "Pod" {
        let class = old["status"]["qosClass"].clone();
        fill(child(new, "status"), "qosClass", class);
    }
}

/// What admission gave the pod stays, even where the client's copy never had it.
fn keep_admitted(new: &mut Value, old: &Value) {
    tolerate_sick_nodes(new);
    let spec = child(new, "spec");
    for key in ["priority", "preemptionPolicy", "enableServiceLinks"] {
        fill(spec, key, old["spec"][key].clone());
    }
}

fn keep_all_but_finalizers(new: &mut Value, old: &Value) {
    keep(new, old, "status");
}

/// Only the finalize subresource changes a namespace's own finalizers.
fn keep_finalizers(new: &mut Value, old: &Value) {
    keep(child(new, "spec"), &old["spec"], "finalizers");
}

fn set_generation(resource: &Resource, new: &mut Value, old: &Value, subresource: Option<&str>) {
    let Some(generation) = old["metadata"]["generation"].as_i64() else {
        remove(child(new, "metadata"), "generation");
        return;
    };
    let untouched = matches!(subresource, Some("status" | "binding"));
    let moves = !untouched && asks_for_more(resource, new, old);
    child(new, "metadata")["generation"] = json!(generation + i64::from(moves));
}

/// Whether the update changes what controllers are asked to do.
fn asks_for_more(resource: &Resource, new: &Value, old: &Value) -> bool {
    match (resource.group, resource.kind) {
        ("apps", "Deployment") => {
            new["spec"] != old["spec"]
                || new["metadata"]["annotations"] != old["metadata"]["annotations"]
        }
        ("", "PodTemplate") => new["template"] != old["template"],
        ("discovery.k8s.io", "EndpointSlice") => {
            ["endpoints", "ports", "addressType"].iter().any(|it| new[*it] != old[*it])
                || new["metadata"]["labels"] != old["metadata"]["labels"]
        }
        ("scheduling.k8s.io", _) => ["value", "globalDefault", "description", "preemptionPolicy"]
            .iter()
            .any(|it| new[*it] != old[*it]),
        _ => new["spec"] != old["spec"],
    }
}

/// Whether objects of this kind count their changes.
fn has_generation(resource: &Resource) -> bool {
    matches!(
        (resource.group, resource.kind),
        ("", "Pod" | "PodTemplate" | "ReplicationController")
            | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
            | (
                "batch"
                    | "policy"
                    | "networking.k8s.io"
                    | "scheduling.k8s.io"
                    | "discovery.k8s.io"
                    | "apiextensions.k8s.io",
                _
            )
    )
}

/// The status of an object that nobody has looked at yet.
fn initial_status(resource: &Resource, object: &Value) -> Value {
    match (resource.group, resource.kind) {
        ("", "Pod") => json!({"phase": "Pending", "qosClass": quality_of_service(object)}),
        ("", "Namespace") => json!({"phase": "Active"}),
        ("", "PersistentVolumeClaim" | "PersistentVolume") => json!({"phase": "Pending"}),
        ("", "Node") => initial_node_status(object),
        ("", "Service") | ("networking.k8s.io", "Ingress") => json!({"loadBalancer": {}}),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => json!({"replicas": 0}),
        ("apps", "StatefulSet") => json!({"replicas": 0, "availableReplicas": 0}),
        ("apps", "DaemonSet") => json!({
            "currentNumberScheduled": 0,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": 0,
            "numberReady": 0,
        }),
        ("autoscaling", "HorizontalPodAutoscaler") if resource.version == "v2" => {
            json!({"currentMetrics": null, "desiredReplicas": 0})
        }
        ("autoscaling", _) => json!({"currentReplicas": 0, "desiredReplicas": 0}),
        ("policy", "PodDisruptionBudget") => json!({
            "disruptionsAllowed": 0,
            "currentHealthy": 0,
            "desiredHealthy": 0,
            "expectedPods": 0,
        }),
        ("apiextensions.k8s.io", _) => {
            let stored: Vec<&Value> = super::value::items(&object["spec"], "versions")
                .iter()
                .filter(|it| it["storage"] == true)
                .map(|it| &it["name"])
                .collect();
            json!({
                "acceptedNames": {"kind": "", "plural": ""},
                "conditions": null,
                "storedVersions": stored,
            })
        }
        _ => json!({}),
    }
}

/// A node registers itself with its status, so what it says is kept.
fn initial_node_status(object: &Value) -> Value {
    let mut status = object["status"].clone();
    let ports = child(child(&mut status, "daemonEndpoints"), "kubeletEndpoint");
    fill(ports, "Port", 0);
    let information = child(&mut status, "nodeInfo");
    for field in [
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
        "kubeProxyVersion",
        "operatingSystem",
        "architecture",
    ] {
        fill(information, field, "");
    }
    status
}

/// Gives a job the selector and labels by which it knows its pods.
fn job_selector(object: &mut Value) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let uid = text(&object["metadata"], "uid").to_owned();
    let name = text(&object["metadata"], "name").to_owned();
    let spec = child(object, "spec");
    let template = child(child(spec, "template"), "metadata");
    let labels = child(template, "labels");
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("job-name", &name),
    ] {
        fill_empty(labels, key, value.as_str());
    }
    let selector = child(child(spec, "selector"), "matchLabels");
    fill_empty(selector, "batch.kubernetes.io/controller-uid", uid);
    // The real server copies the labels only once the template has been found good, so a name
    // too long for a label is reported once.
    if name.len() <= 63 {
        let labels = object["spec"]["template"]["metadata"]["labels"].clone();
        fill_empty(child(object, "metadata"), "labels", labels);
    }
}

/// An annotation that counts a daemon set's templates; old clients still read it.
const TEMPLATES: &str = "deprecated.daemonset.template.generation";

fn count_templates(object: &mut Value, count: i64) {
    child(child(object, "metadata"), "annotations")[TEMPLATES] = json!(count.to_string());
}

fn templates(object: &Value) -> i64 {
    text(&object["metadata"]["annotations"], TEMPLATES).parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::super::registry::find;
    use super::*;

    #[test]
    fn a_client_cannot_bring_its_own_status() {
        let deployments = find("apps", "v1", "deployments").unwrap();
        let mut object = json!({"metadata": {}, "spec": {}, "status": {"replicas": 9}});

        prepare_for_create(deployments, &mut object);

        assert_eq!(object["status"], json!({}));
        assert_eq!(object["metadata"]["generation"], 1);
    }

    #[test]
    fn only_a_change_of_what_is_asked_moves_the_generation() {
        let sets = find("apps", "v1", "replicasets").unwrap();
        let old = json!({"metadata": {"generation": 3}, "spec": {"replicas": 1}, "status": {}});
        let mut labelled = old.clone();
        labelled["metadata"]["labels"] = json!({"a": "b"});
        let mut scaled = old.clone();
        scaled["spec"]["replicas"] = json!(2);
        scaled["status"] = json!({"replicas": 5});

        prepare_for_update(sets, &mut labelled, &old, None);
        prepare_for_update(sets, &mut scaled, &old, None);

        assert_eq!(labelled["metadata"]["generation"], 3);
        assert_eq!(scaled["metadata"]["generation"], 4);
        assert_eq!(scaled["status"], json!({}));
    }

    #[test]
    fn the_status_subresource_writes_nothing_but_status() {
        let pods = find("", "v1", "pods").unwrap();
        let old = json!({"metadata": {"generation": 1}, "spec": {"nodeName": "a"}, "status": {}});
        let mut new = json!({"metadata": {}, "spec": {"nodeName": "b"},
                             "status": {"phase": "Running"}});

        prepare_for_update(pods, &mut new, &old, Some("status"));

        assert_eq!(new["spec"]["nodeName"], "a");
        assert_eq!(new["status"]["phase"], "Running");
    }

    #[test]
    fn readable_secret_data_is_encoded() {
        let secrets = find("", "v1", "secrets").unwrap();
        let mut secret = json!({"metadata": {}, "stringData": {"tls.crt": "a"}});

        prepare_for_create(secrets, &mut secret);

        assert_eq!(secret["data"], json!({"tls.crt": "YQ=="}));
        assert!(secret.get("stringData").is_none());
    }
}

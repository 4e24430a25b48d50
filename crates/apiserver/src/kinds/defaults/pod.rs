//! Defaults of pods, of pod templates and of what is in them.

use serde_json::{Value, json};

use super::super::value::{child, fill, fill_empty, items_mut, present, remove, text};
use super::{canonical, canonical_list, canonical_resources, fill_each, fill_from};

const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// A pod: as a template, and what only pods get.
pub(super) fn pod(object: &mut Value) {
    let spec = child(object, "spec");
    pod_spec(spec);
    for list in ["containers", "initContainers"] {
        for container in items_mut(spec, list) {
            fill_from(child(container, "resources"), "limits", "requests");
        }
    }
    fill(spec, "enableServiceLinks", true);
    if spec["hostNetwork"] == true {
        for list in ["containers", "initContainers"] {
            for container in items_mut(spec, list) {
                host_ports(container);
            }
        }
    }
    if let Some(resources) = present(spec, "resources") {
        canonical_resources(resources);
        fill_from(resources, "limits", "requests");
    }
}

fn host_ports(container: &mut Value) {
    for port in items_mut(container, "ports") {
        let number = port["containerPort"].clone();
        fill_empty(port, "hostPort", number);
    }
}

/// A pod template.
pub(super) fn template(template: &mut Value) {
    child(template, "metadata");
    pod_spec(child(template, "spec"));
}

fn pod_spec(spec: &mut Value) {
    fill_empty(spec, "dnsPolicy", "ClusterFirst");
    fill_empty(spec, "restartPolicy", "Always");
    fill(spec, "securityContext", json!({}));
    fill(spec, "terminationGracePeriodSeconds", 30);
    fill_empty(spec, "schedulerName", "default-scheduler");
    mirror_service_account(spec);
    canonical_list(spec, "overhead");
    for list in CONTAINER_LISTS {
        for item in items_mut(spec, list) {
            container(item);
        }
    }
    for item in items_mut(spec, "volumes") {
        volume(item);
    }
}

/// The deprecated name follows the current one, and stands in for it where only it is given.
fn mirror_service_account(spec: &mut Value) {
    let name = match (text(spec, "serviceAccountName"), text(spec, "serviceAccount")) {
        ("", "") => return,
        ("", old) => old.to_owned(),
        (new, _) => new.to_owned(),
    };
    spec["serviceAccountName"] = json!(name);
    spec["serviceAccount"] = json!(name);
}

/// The policy that an image reference without one gets.
pub fn pull_policy(image: &str) -> &'static str {
    let (before_digest, has_digest) =
        image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let last = before_digest.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        Some(_) => "IfNotPresent",
        None if has_digest => "IfNotPresent",
        None => "Always",
    }
}

fn container(container: &mut Value) {
    let policy = pull_policy(text(container, "image"));
    fill_empty(container, "imagePullPolicy", policy);
    fill_empty(container, "terminationMessagePath", "/dev/termination-log");
    fill_empty(container, "terminationMessagePolicy", "File");
    canonical_resources(child(container, "resources"));
    fill_each(container, "ports", "protocol", "TCP");
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(it) = present(container, name) {
            probe(it);
        }
    }
    if let Some(lifecycle) = present(container, "lifecycle") {
        for name in ["postStart", "preStop"] {
            if let Some(it) = present(lifecycle, name) {
                http_get(it);
            }
        }
    }
    for variable in items_mut(container, "env") {
        if let Some(source) = present(variable, "valueFrom") {
            if let Some(field) = present(source, "fieldRef") {
                fill_empty(field, "apiVersion", "v1");
            }
            resource_field(source);
        }
    }
    if let Some(context) = present(container, "securityContext")
        && context["procMount"].is_null()
    {
        remove(context, "procMount");
    }
}

/// A resource field's divisor prints as zero where none is given.
fn resource_field(source: &mut Value) {
    if let Some(field) = present(source, "resourceFieldRef") {
        fill(field, "divisor", "0");
        canonical(field, "divisor");
    }
}

fn probe(probe: &mut Value) {
    fill_empty(probe, "timeoutSeconds", 1);
    fill_empty(probe, "periodSeconds", 10);
    fill_empty(probe, "successThreshold", 1);
    fill_empty(probe, "failureThreshold", 3);
    http_get(probe);
    if let Some(grpc) = present(probe, "grpc") {
        fill(grpc, "service", "");
    }
}

fn http_get(handler: &mut Value) {
    if let Some(get) = present(handler, "httpGet") {
        fill_empty(get, "path", "/");
        fill_empty(get, "scheme", "HTTP");
    }
}

fn volume(volume: &mut Value) {
    let has_source = volume
        .as_object()
        .is_some_and(|it| it.iter().any(|(key, value)| key != "name" && !value.is_null()));
    if !has_source {
        volume["emptyDir"] = json!({});
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(it) = present(volume, source) {
            fill(it, "defaultMode", 420);
        }
    }
    if let Some(directory) = present(volume, "emptyDir") {
        canonical(directory, "sizeLimit");
    }
    if let Some(path) = present(volume, "hostPath") {
        fill(path, "type", "");
    }
    if let Some(image) = present(volume, "image") {
        let policy = pull_policy(text(image, "reference"));
        fill_empty(image, "pullPolicy", policy);
    }
    if let Some(claim) =
        present(volume, "ephemeral").and_then(|it| present(it, "volumeClaimTemplate"))
    {
        super::claim_spec(child(claim, "spec"));
    }
    downward_items(volume, "downwardAPI");
    if let Some(projected) = present(volume, "projected") {
        for source in items_mut(projected, "sources") {
            if let Some(token) = present(source, "serviceAccountToken") {
                fill(token, "expirationSeconds", 3600);
            }
            downward_items(source, "downwardAPI");
        }
    }
}

fn downward_items(parent: &mut Value, key: &str) {
    let Some(downward) = present(parent, key) else { return };
    for item in items_mut(downward, "items") {
        if let Some(field) = present(item, "fieldRef") {
            fill_empty(field, "apiVersion", "v1");
        }
        resource_field(item);
    }
}

//! What is let in but probably not meant: the warnings that go with a good object.
//!
//! **Invariant:** an update is warned about only where it changes what the warning is about.
//!
//! **Deliberately absent:** the warnings of Pod Security (see `admission`) and of unknown fields
//! (see `schema`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::errors::{Path, quoted};
use super::registry::Resource;
use super::value::{is_empty, items, numbered, text};
use crate::quantity::Quantity;

/// Labels of nodes that have newer names.
const OLD_LABELS: [(&str, &str, &str); 4] = [
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
];

/// The warning that goes with every use of a kind that has a successor.
pub fn deprecation(resource: &Resource) -> Option<&'static str> {
    match (resource.group, resource.version, resource.kind) {
        ("", "v1", "Endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        _ => None,
    }
}

/// The warnings that go with a new or changed object.
pub fn warnings(resource: &Resource, object: &Value, old: Option<&Value>) -> Vec<String> {
    let template = template_of(resource, object);
    if resource.kind != "Secret"
        && old.is_some_and(|old| {
            template_of(resource, old).0 == template.0 && object["spec"] == old["spec"]
        })
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    name(resource, object, old, &mut found);
    let (pod, path) = template;
    if !is_empty(&pod["spec"]) {
        pod_spec(pod, &path, &mut found);
    }
    match (resource.group, resource.kind) {
        ("", "Service") => service(&object["spec"], &mut found),
        ("", "PersistentVolumeClaim") => {
            let requests = &object["spec"]["resources"];
            fractional(requests, "requests", "storage", "spec.resources", &mut found);
        }
        ("", "Secret") if object["type"] == "kubernetes.io/tls" => {
            found.extend(tls_pair(&object["data"]));
        }
        ("networking.k8s.io", "Ingress") => ingress(object, old, &mut found),
        ("apps", "StatefulSet")
            if object["spec"]["revisionHistoryLimit"].as_i64().is_some_and(|it| it < 0) =>
        {
            let words = "spec.revisionHistoryLimit: a negative value retains all historical \
                         revisions; a value >= 0 is recommended";
            found.push(words.to_owned());
        }
        _ => {}
    }
    found
}

/// What is wrong with the certificate and key of a Secret for TLS, as far as their armour shows it:
/// whether the two belong together is not looked at.
fn tls_pair(data: &Value) -> Option<String> {
    let certificate = pem_blocks(&data["tls.crt"]);
    let key = pem_blocks(&data["tls.key"]);
    let skipped = |blocks: &[String]| {
        format!("after skipping PEM blocks of the following types: [{}]", blocks.join(" "))
    };
    let is_key = |label: &String| label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY");
    let what = if !certificate.iter().any(|it| it == "CERTIFICATE") {
        match certificate.as_slice() {
            [] => "failed to find any PEM data in certificate input".to_owned(),
            [only] if is_key(only) => "failed to find certificate PEM data in certificate input, \
                                       but did find a private key; PEM inputs may have been \
                                       switched"
                .to_owned(),
            blocks => format!(
                "failed to find \"CERTIFICATE\" PEM block in certificate input {}",
                skipped(blocks)
            ),
        }
    } else if !key.iter().any(is_key) {
        match key.as_slice() {
            [] => "failed to find any PEM data in key input".to_owned(),
            [only] if only == "CERTIFICATE" => {
                "found a certificate rather than a key in the PEM for the private key".to_owned()
            }
            blocks => format!(
                "failed to find PEM block with type ending in \"PRIVATE KEY\" in key input {}",
                skipped(blocks)
            ),
        }
    } else {
        return None;
    };
    Some(format!("tls: {what}"))
}

/// The types of the PEM blocks in an entry of a Secret.
fn pem_blocks(entry: &Value) -> Vec<String> {
    let bytes = BASE64.decode(entry.as_str().unwrap_or_default()).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let label = |line: &str| {
        let label = line.trim_end().strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
        Some(label.to_owned())
    };
    text.lines().filter_map(label).collect()
}

/// The pod or pod template of an object, and where it stands.
fn template_of<'a>(resource: &Resource, object: &'a Value) -> (&'a Value, Path) {
    match resource.kind {
        "Pod" => (object, Path::root("")),
        "PodTemplate" => (&object["template"], Path::root("template")),
        "CronJob" => (
            &object["spec"]["jobTemplate"]["spec"]["template"],
            Path::root("spec.jobTemplate.spec.template"),
        ),
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicationController" => (&object["spec"]["template"], Path::root("spec.template")),
        _ => (&Value::Null, Path::root("")),
    }
}

/// Names that become host names should be DNS labels.
fn name(resource: &Resource, object: &Value, old: Option<&Value>, found: &mut Vec<String>) {
    let name = text(&object["metadata"], "name");
    let used_in = match resource.kind {
        "Pod" => "the Pod's hostname",
        "Deployment" | "ReplicaSet" | "Job" | "CronJob" | "ReplicationController" => {
            "Pod names and hostnames"
        }
        _ => return,
    };
    let mut wrong = Vec::new();
    if name.len() > 63 {
        wrong.push("must be no more than 63 characters");
    }
    if name.contains('.') {
        wrong.push("must not contain dots");
    }
    if old.is_none() && !wrong.is_empty() {
        found.push(format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a \
             DNS label is recommended: [{}]",
            wrong.join(" ")
        ));
    }
}

fn pod_spec(pod: &Value, path: &Path, found: &mut Vec<String>) {
    let (spec, below) = (&pod["spec"], path.child("spec"));
    for (key, since, instead) in OLD_LABELS {
        if spec["nodeSelector"][key].is_string() {
            let path = below.child("nodeSelector").key(key);
            found.push(format!("{path}: deprecated since {since}; use \"{instead}\" instead"));
        }
    }
    for (index, constraint) in numbered(spec, "topologySpreadConstraints") {
        if constraint["labelSelector"].is_null() {
            let path = below.child("topologySpreadConstraints").index(index).child("labelSelector");
            found.push(format!("{path}: a null labelSelector results in matching no pod"));
        }
    }
    let critical = "scheduler.alpha.kubernetes.io/critical-pod";
    if pod["metadata"]["annotations"][critical].is_string() {
        let path = path.child("metadata").child("annotations").key(critical);
        let instead = "use the \"priorityClassName\" field instead";
        found.push(format!("{path}: non-functional in v1.16+; {instead}"));
    }
    for volume in items(spec, "volumes") {
        let projected = &volume["projected"];
        let has_source = items(projected, "sources").iter().any(|it| !is_empty(it));
        if projected.is_object() && !has_source {
            let name = quoted(text(volume, "name"));
            found.push(format!("volume {name} (Projected) has no sources provided"));
        }
    }
    repeated(spec, "hostAliases", "ip", &below, found);
    repeated(spec, "imagePullSecrets", "name", &below, found);
    for (index, secret) in numbered(spec, "imagePullSecrets") {
        if text(secret, "name").is_empty() {
            let path = below.child("imagePullSecrets").index(index).child("name");
            found.push(format!("{path}: invalid empty name \"\""));
        }
    }
    let containers = containers(spec, &below);
    for (container, path) in &containers {
        amounts(container, path, found);
        variables(container, path, found);
    }
    ports(&containers, found);
    if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|it| it < 0) {
        let path = below.child("terminationGracePeriodSeconds");
        found.push(format!(
            "{path}: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
}

fn containers<'a>(spec: &'a Value, path: &Path) -> Vec<(&'a Value, Path)> {
    ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| {
            numbered(spec, list).map(|(index, it)| (it, path.child(list).index(index)))
        })
        .collect()
}

fn repeated(spec: &Value, list: &str, key: &str, path: &Path, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, item) in numbered(spec, list) {
        let value = text(item, key);
        if seen.contains(&value) {
            let path = path.child(list).index(index).child(key);
            found.push(format!("{path}: duplicate {key} {}", quoted(value)));
        }
        seen.push(value);
    }
}

fn amounts(container: &Value, path: &Path, found: &mut Vec<String>) {
    let path = path.child("resources");
    for name in ["memory", "ephemeral-storage"] {
        for side in ["limits", "requests"] {
            fractional(&container["resources"], side, name, path.as_str(), found);
        }
    }
}

/// Bytes cannot be divided.
fn fractional(resources: &Value, side: &str, name: &str, path: &str, found: &mut Vec<String>) {
    if let Some(amount) = Quantity::of(&resources[side][name])
        && amount.milli_value() % 1000 != 0
    {
        found.push(format!(
            "{path}.{side}[{name}]: fractional byte value \"{amount}\" is invalid, must be an \
             integer"
        ));
    }
}

fn variables(container: &Value, path: &Path, found: &mut Vec<String>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, variable) in numbered(container, "env") {
        let name = text(variable, "name");
        let (value, reference) = (text(variable, "value"), format!("$({name})"));
        let builds_on_it =
            variable["valueFrom"].is_null() && value != reference && value.contains(&reference);
        if seen.contains(&name) && !builds_on_it {
            let path = path.child("env").index(index);
            found.push(format!(
                "{path}: hides previous definition of {}, which may be dropped when using apply",
                quoted(name)
            ));
        }
        seen.push(name);
    }
}

fn ports(containers: &[(&Value, Path)], found: &mut Vec<String>) {
    let all: Vec<(&Value, Path)> = containers
        .iter()
        .flat_map(|(container, path)| {
            numbered(container, "ports").map(|(index, it)| (it, path.child("ports").index(index)))
        })
        .collect();
    for (index, (port, path)) in all.iter().enumerate() {
        for (other, other_path) in &all[..index] {
            let same = |key: &str| {
                port[key] == other[key] || (is_empty(&port[key]) && is_empty(&other[key]))
            };
            if !same("containerPort") || !same("protocol") {
                continue;
            }
            if same("hostPort") && same("hostIP") {
                found.push(format!("{path}: duplicate port definition with {other_path}"));
            } else if is_empty(&port["hostPort"]) || is_empty(&other["hostPort"]) {
                found.push(format!("{path}: overlapping port definition with {other_path}"));
            } else if same("hostPort") && (is_empty(&port["hostIP"]) != is_empty(&other["hostIP"]))
            {
                found.push(format!(
                    "{path}: dangerously ambiguous port definition with {other_path}"
                ));
            }
        }
    }
    let mut names: BTreeMap<&str, &Path> = BTreeMap::new();
    for (port, path) in &all {
        let name = text(port, "name");
        match names.get(name) {
            Some(first) if !name.is_empty() => found.push(format!(
                "{path}: duplicate port name {} with {first}, services and probes that select \
                 ports by name will use {first}",
                quoted(name)
            )),
            _ => {
                names.insert(name, path);
            }
        }
    }
}

fn service(spec: &Value, found: &mut Vec<String>) {
    let kind = text(spec, "type");
    if text(spec, "clusterIP") == "None" {
        if !text(spec, "loadBalancerIP").is_empty() {
            found.push("spec.loadBalancerIP is ignored for headless services".to_owned());
        }
        if !is_empty(&spec["externalIPs"]) {
            found.push("spec.externalIPs is ignored for headless services".to_owned());
        }
        if text(spec, "sessionAffinity") != "None" {
            found.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
    }
    if !is_empty(&spec["externalIPs"]) {
        let words = "spec.externalIPs is deprecated and may no longer be implemented in some \
                     clusters";
        found.push(words.to_owned());
        if kind == "ExternalName" {
            found.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
        }
    }
    if kind != "ExternalName" && !text(spec, "externalName").is_empty() {
        let words = "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        found.push(words.to_owned());
    }
}

fn ingress(object: &Value, old: Option<&Value>, found: &mut Vec<String>) {
    let class = "kubernetes.io/ingress.class";
    if old.is_none() && object["metadata"]["annotations"][class].is_string() {
        found.push(format!(
            "annotation \"{class}\" is deprecated, please use 'spec.ingressClassName' instead"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::registry::find_kind;
    use super::super::{apply_defaults, prepare_for_create};
    use super::*;

    /// Objects of our own making, with the warnings of a 1.36 server.
    const CASES: &str = include_str!("warnings.json");

    #[test]
    fn doubtful_objects_are_warned_of_in_the_real_words() {
        let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
        for case in &cases {
            let mut object = case["object"].clone();
            let version = text(&object, "apiVersion").to_owned();
            let (group, version) = version.split_once('/').unwrap_or(("", &version));
            let resource = find_kind(group, version, text(&object, "kind")).unwrap();
            apply_defaults(resource, &mut object);
            prepare_for_create(resource, &mut object);

            let mut said = warnings(resource, &object, None);
            said.extend(deprecation(resource).map(str::to_owned));

            assert_eq!(said, items(case, "warnings"), "{object}");
        }
    }

    #[test]
    fn an_update_that_changes_nothing_is_not_warned_of() {
        let pods = find_kind("", "v1", "Pod").unwrap();
        let pod = serde_json::json!({"metadata": {"name": "a.b"}, "spec": {"containers": [
            {"env": [{"name": "A"}, {"name": "A"}]}]}});

        assert!(warnings(pods, &pod, Some(&pod)).is_empty());
    }

    #[test]
    fn a_secret_for_tls_is_warned_about_where_it_holds_something_else() {
        let secrets = find_kind("", "v1", "Secret").unwrap();
        let pem = |label: &str| BASE64.encode(format!("-----BEGIN {label}-----\nAA==\n"));
        let warned = |certificate: &str, key: &str| {
            let object = serde_json::json!({
                "type": "kubernetes.io/tls",
                "data": {"tls.crt": certificate, "tls.key": key},
            });
            warnings(secrets, &object, None)
        };
        let (certificate, key, request) =
            (pem("CERTIFICATE"), pem("PRIVATE KEY"), pem("CERTIFICATE REQUEST"));

        let switched = warned(&key, &certificate);
        let asked = warned(&request, &key);
        let empty = warned("eA==", &key);

        assert!(switched[0].ends_with("PEM inputs may have been switched"), "{switched:?}");
        assert!(asked[0].ends_with("of the following types: [CERTIFICATE REQUEST]"), "{asked:?}");
        assert_eq!(empty, ["tls: failed to find any PEM data in certificate input"]);
        assert!(warned(&certificate, &key).is_empty());
    }
}

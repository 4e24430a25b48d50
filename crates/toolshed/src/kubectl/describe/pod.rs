//! Descriptions of pods and of the pod templates inside workloads.

use serde_json::Value;

use super::page::{Page, controller, number, or_none, sorted};
use super::volume;
use crate::kubectl::age;
use crate::kubectl::discovery::array;
use crate::kubectl::print::jsonpath::word;

/// Describes a pod, without its events.
pub(super) fn describe(page: &mut Page, pod: &Value, now: jiff::Timestamp) {
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    page.field(0, "Name", word(&metadata["name"]));
    page.field(0, "Namespace", word(&metadata["namespace"]));
    for (title, key) in [
        ("Priority", "priority"),
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !spec[key].is_null() {
            page.field(0, title, word(&spec[key]));
        }
    }
    match spec["nodeName"].as_str() {
        None => page.field(0, "Node", "<none>"),
        Some(node) => page.field(0, "Node", format!("{node}/{}", word(&status["hostIP"]))),
    }
    if status["startTime"].is_string() {
        page.field(0, "Start Time", age::long(&status["startTime"]));
    }
    page.labels("Labels", &metadata["labels"]);
    page.annotations("Annotations", &metadata["annotations"]);
    let phase = word(&status["phase"]);
    if metadata["deletionTimestamp"].is_string() && phase != "Failed" && phase != "Succeeded" {
        let left = age::since(&metadata["deletionTimestamp"], now);
        page.field(0, "Status", format!("Terminating (lasts {left})"));
        let grace = number(&metadata["deletionGracePeriodSeconds"]);
        page.field(0, "Termination Grace Period", format!("{grace}s"));
    } else {
        page.field(0, "Status", phase);
    }
    for (title, key) in [("Reason", "reason"), ("Message", "message")] {
        if status[key].is_string() {
            page.field(0, title, word(&status[key]));
        }
    }
    seccomp(page, 0, &spec["securityContext"]);
    page.field(0, "IP", word(&status["podIP"]));
    addresses(page, &status["podIPs"]);
    if let Some(controller) = controller(pod) {
        page.field(0, "Controlled By", controller);
    }
    if status["nominatedNodeName"].is_string() {
        page.field(0, "NominatedNodeName", word(&status["nominatedNodeName"]));
    }
    all_containers(page, pod);
    if !array(&status["conditions"]).is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus");
        for one in array(&status["conditions"]) {
            page.line(1, format!("{} \t{} ", word(&one["type"]), word(&one["status"])));
        }
    }
    volume::describe(page, &spec["volumes"], "");
    page.field(0, "QoS Class", word(&status["qosClass"]));
    page.labels("Node-Selectors", &spec["nodeSelector"]);
    tolerations(page, "Tolerations", &spec["tolerations"]);
    spread(page, &spec["topologySpreadConstraints"], "");
}

fn addresses(page: &mut Page, addresses: &Value) {
    if array(addresses).is_empty() {
        page.line(0, "IPs:\t<none>");
        return;
    }
    page.line(0, "IPs:");
    for one in array(addresses) {
        page.line(1, format!("IP:\t{}", word(&one["ip"])));
    }
}

fn all_containers(page: &mut Page, pod: &Value) {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    for (title, key, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        if key == "containers" || !array(&spec[key]).is_empty() {
            containers(page, title, &spec[key], &status[statuses], Some(pod), "");
        }
    }
}

/// Describes the template of a workload.
pub(super) fn template(page: &mut Page, template: &Value) {
    let spec = &template["spec"];
    page.line(0, "Pod Template:");
    page.labels("  Labels", &template["metadata"]["labels"]);
    if !sorted(&template["metadata"]["annotations"]).is_empty() {
        page.annotations("  Annotations", &template["metadata"]["annotations"]);
    }
    if spec["serviceAccountName"].is_string() {
        page.field(1, "Service Account", word(&spec["serviceAccountName"]));
    }
    if !array(&spec["initContainers"]).is_empty() {
        containers(page, "Init Containers", &spec["initContainers"], &Value::Null, None, "  ");
    }
    containers(page, "Containers", &spec["containers"], &Value::Null, None, "  ");
    volume::describe(page, &spec["volumes"], "  ");
    spread(page, &spec["topologySpreadConstraints"], "  ");
    if spec["priorityClassName"].is_string() {
        page.field(1, "Priority Class Name", word(&spec["priorityClassName"]));
    }
    page.labels("  Node-Selectors", &spec["nodeSelector"]);
    tolerations(page, "  Tolerations", &spec["tolerations"]);
}

fn seccomp(page: &mut Page, level: usize, context: &Value) {
    let profile = &context["seccompProfile"];
    if profile.is_object() {
        page.field(level, "SeccompProfile", word(&profile["type"]));
        if profile["type"] == "Localhost" {
            page.field(level, "LocalhostProfile", word(&profile["localhostProfile"]));
        }
    }
}

fn containers(
    page: &mut Page,
    title: &str,
    containers: &Value,
    statuses: &Value,
    pod: Option<&Value>,
    space: &str,
) {
    let none = if array(containers).is_empty() { " <none>" } else { "" };
    page.line(0, format!("{space}{title}:{none}"));
    for container in array(containers) {
        let status = array(statuses).iter().find(|one| one["name"] == container["name"]);
        basics(page, container, status, space);
        words(page, "Command", &container["command"]);
        words(page, "Args", &container["args"]);
        if let Some(status) = status {
            state(page, "State", &status["state"]);
            if status["lastState"]["terminated"].is_object() {
                state(page, "Last State", &status["lastState"]);
            }
            let ready = if status["ready"] == true { "True" } else { "False" };
            page.field(2, "Ready", ready);
            page.field(2, "Restart Count", number(&status["restartCount"]).to_string());
        }
        resources(page, &container["resources"]);
        for (title, key) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if container[key].is_object() {
                page.field(2, title, probe(&container[key]));
            }
        }
        environment_from(page, &container["envFrom"]);
        environment(page, container, pod);
        mounts(page, &container["volumeMounts"]);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>, space: &str) {
    let indent = if space.is_empty() { "" } else { " " };
    page.line(1, format!("{indent}{}:", word(&container["name"])));
    if let Some(status) = status {
        page.field(2, "Container ID", word(&status["containerID"]));
    }
    page.field(2, "Image", word(&container["image"]));
    if let Some(status) = status {
        page.field(2, "Image ID", word(&status["imageID"]));
    }
    for (title, key) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> = array(&container["ports"])
            .iter()
            .map(|port| {
                let text = format!("{}/{}", number(&port[key]), word(&port["protocol"]));
                match port["name"].as_str() {
                    Some(name) => format!("{text} ({name})"),
                    None => text,
                }
            })
            .collect();
        let plural = if ports.len() > 1 { "s" } else { "" };
        page.field(2, &format!("{title}{plural}"), or_none(&ports.join(", ")));
    }
    seccomp(page, 2, &container["securityContext"]);
}

fn words(page: &mut Page, title: &str, words: &Value) {
    if array(words).is_empty() {
        return;
    }
    page.line(2, format!("{title}:"));
    for one in array(words) {
        for line in word(one).split('\n') {
            page.line(3, line);
        }
    }
}

fn state(page: &mut Page, title: &str, state: &Value) {
    if state["running"].is_object() {
        page.field(2, title, "Running");
        page.field(3, "Started", age::long(&state["running"]["startedAt"]));
    } else if state["terminated"].is_object() {
        let end = &state["terminated"];
        page.field(2, title, "Terminated");
        for (title, key) in [("Reason", "reason"), ("Message", "message")] {
            if end[key].is_string() {
                page.field(3, title, word(&end[key]));
            }
        }
        page.field(3, "Exit Code", number(&end["exitCode"]).to_string());
        if number(&end["signal"]) > 0 {
            page.field(3, "Signal", number(&end["signal"]).to_string());
        }
        page.field(3, "Started", age::long(&end["startedAt"]));
        page.field(3, "Finished", age::long(&end["finishedAt"]));
    } else {
        page.field(2, title, "Waiting");
        if state["waiting"]["reason"].is_string() {
            page.field(3, "Reason", word(&state["waiting"]["reason"]));
        }
    }
}

fn resources(page: &mut Page, resources: &Value) {
    for (title, key) in [("Limits", "limits"), ("Requests", "requests")] {
        let names = sorted(&resources[key]);
        if !names.is_empty() {
            page.line(2, format!("{title}:"));
        }
        for name in names {
            page.field(3, &name, word(&resources[key][name.as_str()]));
        }
    }
}

fn probe(probe: &Value) -> String {
    let n = |key: &str| number(&probe[key]);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    let http = &probe["httpGet"];
    let what = if probe["exec"].is_object() {
        let command: Vec<String> = array(&probe["exec"]["command"]).iter().map(word).collect();
        format!("exec [{}]", command.join(" "))
    } else if http.is_object() {
        let scheme = word(&http["scheme"]).to_lowercase();
        let path = word(&http["path"]);
        let slash = if path.starts_with('/') || path.is_empty() { "" } else { "/" };
        let (host, port) = (word(&http["host"]), word(&http["port"]));
        format!("http-get {scheme}://{host}:{port}{slash}{path}")
    } else if probe["tcpSocket"].is_object() {
        let socket = &probe["tcpSocket"];
        format!("tcp-socket {}:{}", word(&socket["host"]), word(&socket["port"]))
    } else if probe["grpc"].is_object() {
        let grpc = &probe["grpc"];
        format!("grpc <pod>:{} {}", number(&grpc["port"]), word(&grpc["service"]))
    } else {
        "unknown".to_owned()
    };
    format!("{what} {attributes}")
}

fn optional(value: &Value) -> bool {
    value["optional"] == true
}

fn environment_from(page: &mut Page, sources: &Value) {
    if array(sources).is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for one in array(sources) {
        let (kind, from) = if one["configMapRef"].is_object() {
            ("ConfigMap", &one["configMapRef"])
        } else {
            ("Secret", &one["secretRef"])
        };
        let prefix = match one["prefix"].as_str() {
            Some(prefix) if !prefix.is_empty() => format!(" with prefix '{prefix}'"),
            _ => String::new(),
        };
        let (name, optional) = (word(&from["name"]), optional(from));
        page.line(3, format!("{name}\t{kind}{prefix}\tOptional: {optional}"));
    }
}

fn environment(page: &mut Page, container: &Value, pod: Option<&Value>) {
    let variables = array(&container["env"]);
    page.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for one in variables {
        let name = word(&one["name"]);
        let from = &one["valueFrom"];
        if from["fieldRef"].is_object() {
            let path = word(&from["fieldRef"]["fieldPath"]);
            let value = pod.map(|pod| field_value(pod, &path)).unwrap_or_default();
            let version = word(&from["fieldRef"]["apiVersion"]);
            page.line(3, format!("{name}:\t{value} ({version}:{path})"));
        } else if from["resourceFieldRef"].is_object() {
            let resource = word(&from["resourceFieldRef"]["resource"]);
            let value = resource
                .split_once('.')
                .map(|(kind, name)| word(&container["resources"][kind][name]))
                .unwrap_or_default();
            page.line(3, format!("{name}:\t{value} ({resource})"));
        } else if from["secretKeyRef"].is_object() {
            let (key, of) = (word(&from["secretKeyRef"]["key"]), &from["secretKeyRef"]);
            let (secret, optional) = (word(&of["name"]), optional(of));
            let words = format!("<set to the key '{key}' in secret '{secret}'>");
            page.line(3, format!("{name}:\t{words}\tOptional: {optional}"));
        } else if from["configMapKeyRef"].is_object() {
            let (key, of) = (word(&from["configMapKeyRef"]["key"]), &from["configMapKeyRef"]);
            let (map, optional) = (word(&of["name"]), optional(of));
            let words = format!("<set to the key '{key}' of config map '{map}'>");
            page.line(3, format!("{name}:\t{words}\tOptional: {optional}"));
        } else {
            for (index, line) in word(&one["value"]).split('\n').enumerate() {
                let name = if index == 0 { format!("{name}:") } else { String::new() };
                page.line(3, format!("{name}\t{line}"));
            }
        }
    }
}

/// What the downward API gives for fields that are known without a kubelet.
fn field_value(pod: &Value, path: &str) -> String {
    let (whole, key) = match path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        Some((whole, key)) => (whole, Some(key)),
        None => (path, None),
    };
    if !whole.starts_with("metadata.") {
        return String::new();
    }
    let value = whole.split('.').fold(pod, |value, part| &value[part]);
    match key {
        Some(key) => word(&value[key]),
        None if value.is_object() => String::new(),
        None => word(value),
    }
}

fn mounts(page: &mut Page, mounts: &Value) {
    let mut mounts: Vec<&Value> = array(mounts).iter().collect();
    page.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    mounts.sort_by_key(|mount| word(&mount["mountPath"]));
    for mount in mounts {
        let mut flags = if mount["readOnly"] == true { "ro" } else { "rw" }.to_owned();
        if let Some(path) = mount["subPath"].as_str() {
            flags = format!("{flags},path={path:?}");
        }
        let (path, name) = (word(&mount["mountPath"]), word(&mount["name"]));
        page.line(3, format!("{path} from {name} ({flags})"));
    }
}

fn tolerations(page: &mut Page, title: &str, tolerations: &Value) {
    let mut all: Vec<&Value> = array(tolerations).iter().collect();
    if all.is_empty() {
        page.line(0, format!("{title}:\t<none>"));
    }
    all.sort_by_key(|one| word(&one["key"]));
    for (index, one) in all.into_iter().enumerate() {
        let text = |key: &str| word(&one[key]);
        let mut line = text("key");
        if !text("value").is_empty() {
            line = format!("{line}={}", text("value"));
        }
        if !text("effect").is_empty() {
            line = format!("{line}:{}", text("effect"));
        }
        if one["operator"] == "Exists" && text("value").is_empty() {
            line = format!("{line}{}op=Exists", if line.is_empty() { "" } else { " " });
        }
        if let Some(seconds) = one["tolerationSeconds"].as_i64() {
            line = format!("{line} for {seconds}s");
        }
        let title = if index == 0 { format!("{title}:") } else { String::new() };
        page.line(0, format!("{title}\t{line}"));
    }
}

fn spread(page: &mut Page, constraints: &Value, indent: &str) {
    for (index, one) in array(constraints).iter().enumerate() {
        let title = if index == 0 { "Topology Spread Constraints:" } else { "" };
        let selected = super::page::selector(&one["labelSelector"]);
        page.line(
            0,
            format!(
                "{indent}{title}\t{}:{} when max skew {} is exceeded for selector {selected}",
                word(&one["topologyKey"]),
                word(&one["whenUnsatisfiable"]),
                number(&one["maxSkew"])
            ),
        );
    }
}

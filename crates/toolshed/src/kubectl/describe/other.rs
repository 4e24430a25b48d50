//! Descriptions of `ConfigMaps`, Secrets, policies and roles; and of everything else, field by field.

use serde_json::Value;

use super::page::{Page, generic, number, or_none, selector, sorted};
use crate::kubectl::age;
use crate::kubectl::discovery::array;
use crate::kubectl::print::jsonpath::word;
use base64::Engine as _;

/// Describes an object by its group and kind.
pub(super) fn describe(page: &mut Page, object: &Value, kind: (&str, &str)) {
    match kind {
        ("", "ConfigMap") => config_map(page, object),
        ("", "Secret") => secret(page, object),
        ("", "ServiceAccount") => service_account(page, object),
        ("", "ResourceQuota") => {
            page.field(0, "Name", word(&object["metadata"]["name"]));
            page.field(0, "Namespace", word(&object["metadata"]["namespace"]));
            quota_rows(page, object, "", "----");
        }
        ("", "LimitRange") => {
            page.field(0, "Name", word(&object["metadata"]["name"]));
            page.field(0, "Namespace", word(&object["metadata"]["namespace"]));
            limit_rows(page, std::slice::from_ref(object), "");
        }
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => role(page, object),
        ("rbac.authorization.k8s.io", _) => binding(page, object),
        ("discovery.k8s.io", "EndpointSlice") => endpoint_slice(page, object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(page, object),
        ("", "Endpoints") => endpoints(page, object),
        ("policy", "PodDisruptionBudget") => disruption_budget(page, object),
        _ => {
            page.field(0, "Name", word(&object["metadata"]["name"]));
            page.field(0, "Namespace", word(&object["metadata"]["namespace"]));
            page.labels("Labels", &object["metadata"]["labels"]);
            page.annotations("Annotations", &object["metadata"]["annotations"]);
            generic(page, 0, object, "");
        }
    }
}

fn endpoints(page: &mut Page, object: &Value) {
    page.field(0, "Name", word(&object["metadata"]["name"]));
    page.field(0, "Namespace", word(&object["metadata"]["namespace"]));
    page.labels("Labels", &object["metadata"]["labels"]);
    page.annotations("Annotations", &object["metadata"]["annotations"]);
    page.line(0, "Subsets:");
    for subset in array(&object["subsets"]) {
        for (title, key) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")]
        {
            let all: Vec<String> = array(&subset[key]).iter().map(|it| word(&it["ip"])).collect();
            page.field(1, title, or_none(&all.join(",")));
        }
        if !array(&subset["ports"]).is_empty() {
            page.line(1, "Ports:");
            page.line(2, "Name\tPort\tProtocol");
            page.line(2, "----\t----\t--------");
        }
        for port in array(&subset["ports"]) {
            let name = port["name"].as_str().filter(|it| !it.is_empty()).unwrap_or("<unset>");
            let (number, protocol) = (number(&port["port"]), word(&port["protocol"]));
            page.line(2, format!("{name}\t{number}\t{protocol}"));
        }
        page.line(0, "");
    }
}

fn disruption_budget(page: &mut Page, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    page.field(0, "Name", word(&object["metadata"]["name"]));
    page.field(0, "Namespace", word(&object["metadata"]["namespace"]));
    if !spec["minAvailable"].is_null() {
        page.field(0, "Min available", word(&spec["minAvailable"]));
    } else if !spec["maxUnavailable"].is_null() {
        page.field(0, "Max unavailable", word(&spec["maxUnavailable"]));
    }
    page.field(0, "Selector", selector(&spec["selector"]));
    page.line(0, "Status:");
    for (title, key) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.field(2, title, number(&status[key]).to_string());
    }
}

fn config_map(page: &mut Page, object: &Value) {
    page.head(object);
    page.line(0, "\nData\n====");
    for key in sorted(&object["data"]) {
        page.line(0, format!("{key}:\n----\n{}\n", word(&object["data"][key.as_str()])));
    }
    page.line(0, "\nBinaryData\n====");
    for key in sorted(&object["binaryData"]) {
        let length = decoded(&object["binaryData"][key.as_str()]);
        page.line(0, format!("{key}: {length} bytes"));
    }
    page.line(0, "");
}

fn decoded(value: &Value) -> usize {
    let text = value.as_str().unwrap_or_default();
    base64::engine::general_purpose::STANDARD.decode(text).map_or(0, |bytes| bytes.len())
}

fn secret(page: &mut Page, object: &Value) {
    page.head(object);
    page.line(0, format!("\nType:\t{}", word(&object["type"])));
    page.line(0, "\nData\n====");
    for key in sorted(&object["data"]) {
        let value = &object["data"][key.as_str()];
        if object["type"] == "kubernetes.io/service-account-token" && key == "token" {
            let text = value.as_str().unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
            page.field(0, &key, String::from_utf8_lossy(&bytes));
        } else {
            page.field(0, &key, format!("{} bytes", decoded(value)));
        }
    }
}

fn service_account(page: &mut Page, object: &Value) {
    page.head(object);
    for (title, key) in
        [("Image pull secrets", "imagePullSecrets"), ("Mountable secrets", "secrets")]
    {
        let names: Vec<String> = array(&object[key]).iter().map(|one| word(&one["name"])).collect();
        if names.is_empty() && key == "secrets" {
            continue;
        }
        page.field(0, title, or_none(&names.join(", ")));
    }
}

/// The rows of a quota: resource, used, hard.
pub(super) fn quota_rows(page: &mut Page, quota: &Value, indent: &str, rule: &str) {
    page.line(0, format!("{indent}Resource\tUsed\tHard"));
    page.line(0, format!("{indent}--------\t{rule}\t{rule}"));
    let status = &quota["status"];
    for name in sorted(&status["hard"]) {
        let used = word(&status["used"][name.as_str()]);
        let used = if used.is_empty() { "0" } else { &used };
        page.line(0, format!("{indent}{name}\t{used}\t{}", word(&status["hard"][name.as_str()])));
    }
}

/// The rows of limit ranges.
pub(super) fn limit_rows(page: &mut Page, ranges: &[Value], indent: &str) {
    page.line(
        0,
        format!(
            "{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request \
             Ratio"
        ),
    );
    page.line(
        0,
        format!(
            "{indent}----\t--------\t---\t---\t---------------\t-------------\t\
             -----------------------"
        ),
    );
    let keys = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in ranges.iter().flat_map(|range| array(&range["spec"]["limits"])) {
        let mut names: Vec<String> = keys.iter().flat_map(|key| sorted(&item[*key])).collect();
        names.sort();
        names.dedup();
        for name in names {
            let cells: Vec<String> = keys
                .iter()
                .map(|key| match word(&item[*key][name.as_str()]) {
                    text if text.is_empty() => "-".to_owned(),
                    text => text,
                })
                .collect();
            let kind = word(&item["type"]);
            page.line(0, format!("{indent}{kind}\t{name}\t{}", cells.join("\t")));
        }
    }
}

fn role(page: &mut Page, object: &Value) {
    page.field(0, "Name", word(&object["metadata"]["name"]));
    page.labels("Labels", &object["metadata"]["labels"]);
    page.annotations("Annotations", &object["metadata"]["annotations"]);
    page.line(0, "PolicyRule:");
    page.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    page.line(1, "---------\t-----------------\t--------------\t-----");
    for row in rules(array(&object["rules"])) {
        page.line(1, row);
    }
}

/// Rules taken apart to one resource a row, the verbs of equal rows joined.
pub(crate) fn rules(rules: &[Value]) -> Vec<String> {
    let mut rows: Vec<([String; 4], Vec<String>)> = Vec::new();
    let list = |value: &Value| array(value).iter().map(word).collect::<Vec<String>>();
    let mut add = |key: [String; 4], verbs: &[String]| {
        let is_path = !key[2].is_empty();
        let at = rows.iter().position(|(known, _)| *known == key && !is_path);
        let at = at.unwrap_or_else(|| {
            rows.push((key, Vec::new()));
            rows.len() - 1
        });
        for verb in verbs {
            if !rows[at].1.contains(verb) {
                rows[at].1.push(verb.clone());
            }
        }
    };
    for rule in rules {
        let verbs = list(&rule["verbs"]);
        let names = list(&rule["resourceNames"]);
        let names = if names.is_empty() { vec![String::new()] } else { names };
        for group in list(&rule["apiGroups"]) {
            for resource in list(&rule["resources"]) {
                for name in &names {
                    add([group.clone(), resource.clone(), String::new(), name.clone()], &verbs);
                }
            }
        }
        for url in list(&rule["nonResourceURLs"]) {
            add([String::new(), String::new(), url, String::new()], &verbs);
        }
    }
    // The real one sorts the rules' printed form: verbs first, brackets and all.
    rows.sort_by_key(|([group, resource, url, name], verbs)| {
        let verbs = verbs.join(" ");
        format!("[{verbs}],[{group}],[{resource}],[{name}],[{url}]")
    });
    rows.into_iter()
        .map(|([group, resource, url, name], verbs)| {
            let resource = if group.is_empty() { resource } else { qualified(&resource, &group) };
            format!("{resource}\t[{url}]\t[{name}]\t[{}]", verbs.join(" "))
        })
        .collect()
}

/// `deployments/status` in `apps` as `deployments.apps/status`.
fn qualified(resource: &str, group: &str) -> String {
    match resource.split_once('/') {
        Some((resource, part)) => format!("{resource}.{group}/{part}"),
        None => format!("{resource}.{group}"),
    }
}

fn binding(page: &mut Page, object: &Value) {
    page.field(0, "Name", word(&object["metadata"]["name"]));
    page.labels("Labels", &object["metadata"]["labels"]);
    page.annotations("Annotations", &object["metadata"]["annotations"]);
    page.line(0, "Role:");
    page.field(1, "Kind", word(&object["roleRef"]["kind"]));
    page.field(1, "Name", word(&object["roleRef"]["name"]));
    page.line(0, "Subjects:");
    page.line(1, "Kind\tName\tNamespace");
    page.line(1, "----\t----\t---------");
    for one in array(&object["subjects"]) {
        let text = |key: &str| word(&one[key]);
        page.line(1, format!("{}\t{}\t{}", text("kind"), text("name"), text("namespace")));
    }
}

fn endpoint_slice(page: &mut Page, object: &Value) {
    let unset = |value: &Value| match word(value) {
        text if text.is_empty() => "<unset>".to_owned(),
        text => text,
    };
    page.head(object);
    page.field(0, "AddressType", word(&object["addressType"]));
    if array(&object["ports"]).is_empty() {
        page.line(0, "Ports: <unset>");
    } else {
        page.line(0, "Ports:");
        page.line(1, "Name\tPort\tProtocol");
        page.line(1, "----\t----\t--------");
    }
    for port in array(&object["ports"]) {
        let (name, number) = (unset(&port["name"]), unset(&port["port"]));
        page.line(1, format!("{name}\t{number}\t{}", word(&port["protocol"])));
    }
    let none = array(&object["endpoints"]).is_empty();
    page.line(0, if none { "Endpoints: <none>" } else { "Endpoints:" });
    for one in array(&object["endpoints"]) {
        let all: Vec<String> = array(&one["addresses"]).iter().map(word).collect();
        page.line(1, format!("- Addresses:\t{}", or_none(&all.join(", "))));
        page.line(2, "Conditions:");
        page.field(3, "Ready", unset(&one["conditions"]["ready"]));
        page.field(2, "Hostname", unset(&one["hostname"]));
        let target = &one["targetRef"];
        if target.is_object() {
            let words = format!("{}/{}", word(&target["kind"]), word(&target["name"]));
            page.field(2, "TargetRef", words);
        }
        page.field(2, "NodeName", unset(&one["nodeName"]));
        page.field(2, "Zone", unset(&one["zone"]));
    }
}

fn network_policy(page: &mut Page, object: &Value) {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    page.field(0, "Name", word(&metadata["name"]));
    page.field(0, "Namespace", word(&metadata["namespace"]));
    let created = age::time(&metadata["creationTimestamp"])
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S +0000 UTC").to_string());
    page.field(0, "Created on", created.unwrap_or_default());
    page.labels("Labels", &metadata["labels"]);
    page.annotations("Annotations", &metadata["annotations"]);
    page.line(0, "Spec:");
    let chosen = match selector(&spec["podSelector"]).as_str() {
        "<none>" => {
            "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
        }
        chosen => chosen.to_owned(),
    };
    page.line(1, format!("PodSelector:     {chosen}"));
    let types: Vec<String> = array(&spec["policyTypes"]).iter().map(word).collect();
    for (kind, title, list, from) in [
        ("Ingress", "ingress", &spec["ingress"], ("From", "from", "source")),
        ("Egress", "egress", &spec["egress"], ("To", "to", "destination")),
    ] {
        if !types.iter().any(|one| one == kind) {
            page.line(1, format!("Not affecting {title} traffic"));
            continue;
        }
        page.line(1, format!("Allowing {title} traffic:"));
        if array(list).is_empty() {
            let verb = if kind == "Ingress" { "ingress" } else { "egress" };
            page.line(2, format!("<none> (Selected pods are isolated for {verb} connectivity)"));
        }
        for (index, rule) in array(list).iter().enumerate() {
            if index > 0 {
                page.line(2, "----------");
            }
            peers(page, rule, from);
        }
    }
    page.line(1, format!("Policy Types: {}", types.join(", ")));
}

fn peers(page: &mut Page, rule: &Value, (title, key, end): (&str, &str, &str)) {
    if array(&rule["ports"]).is_empty() {
        page.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in array(&rule["ports"]) {
        let number = if port["endPort"].is_null() {
            word(&port["port"])
        } else {
            format!("{}-{}", word(&port["port"]), word(&port["endPort"]))
        };
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        page.line(2, format!("To Port: {number}/{protocol}"));
    }
    if array(&rule[key]).is_empty() {
        page.line(2, format!("{title}: <any> (traffic not restricted by {end})"));
    }
    for peer in array(&rule[key]) {
        page.line(2, format!("{title}:"));
        for (name, shown) in
            [("namespaceSelector", "NamespaceSelector"), ("podSelector", "PodSelector")]
        {
            if peer[name].is_object() {
                page.line(3, format!("{shown}: {}", selector(&peer[name])));
            }
        }
        if peer["ipBlock"].is_object() {
            page.line(3, "IPBlock:");
            page.line(4, format!("CIDR: {}", word(&peer["ipBlock"]["cidr"])));
            let except: Vec<String> = array(&peer["ipBlock"]["except"]).iter().map(word).collect();
            page.line(4, format!("Except: {}", except.join(", ")));
        }
    }
}

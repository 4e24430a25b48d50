//! Discovery: which groups, versions and resources there are.
//!
//! **Invariant:** everything is derived from the registry of kinds; what stands there is served.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::reply;
use crate::kinds::{self, Resource, Subresource};
use crate::status::Result;

/// The groups besides the core, with their versions, in the registry's order.
fn named_groups() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for resource in kinds::RESOURCES.iter().filter(|it| !it.group.is_empty()) {
        match groups.iter_mut().find(|(group, _)| *group == resource.group) {
            Some((_, versions)) if versions.contains(&resource.version) => {}
            Some((_, versions)) => versions.push(resource.version),
            None => groups.push((resource.group, vec![resource.version])),
        }
    }
    groups
}

fn of<'a>(group: &'a str, version: &'a str) -> impl Iterator<Item = &'static Resource> + 'a {
    kinds::RESOURCES.iter().filter(move |it| it.group == group && it.version == version)
}

/// `/api`, with the address at which the client has found this server.
pub(super) fn core_versions(address: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    })
}

/// `/apis`.
pub(super) fn groups() -> Value {
    let groups: Vec<Value> =
        named_groups().iter().map(|(group, versions)| group_value(group, versions)).collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/{group}`.
pub(super) fn group(name: &str) -> Option<Value> {
    let groups = named_groups();
    let (group, versions) = groups.iter().find(|(group, _)| *group == name)?;
    let mut value = group_value(group, versions);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

fn group_value(group: &str, versions: &[&str]) -> Value {
    let version = |it: &&str| json!({"groupVersion": format!("{group}/{it}"), "version": it});
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": group, "versions": versions, "preferredVersion": versions[0]})
}

/// `/api/v1` and `/apis/{group}/{version}`.
pub(super) fn resources(group: &str, version: &str) -> Option<Value> {
    let mut entries = Vec::new();
    for resource in of(group, version) {
        entries.push(legacy_entry(resource));
        entries.extend(resource.subresources.iter().map(|it| legacy_subresource(resource, it)));
    }
    if entries.is_empty() {
        return None;
    }
    let group_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": entries,
    }))
}

fn legacy_entry(resource: &Resource) -> Value {
    let mut entry = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        entry["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        entry["categories"] = json!(resource.categories);
    }
    entry
}

fn legacy_subresource(resource: &Resource, subresource: &Subresource) -> Value {
    let mut entry = json!({
        "name": format!("{}/{}", resource.plural, subresource.name),
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": subresource.verbs,
    });
    if let Some((group, version, kind)) = subresource.body {
        entry["kind"] = kind.into();
        if (group, version) != (resource.group, resource.version) {
            entry["group"] = group.into();
            entry["version"] = version.into();
        }
    }
    entry
}

/// The aggregated document, for the core or for all named groups.
pub(super) fn aggregated(core: bool, gzip: bool) -> Result<Response> {
    let groups = if core { vec![("", vec!["v1"])] } else { named_groups() };
    let items: Vec<Value> = groups
        .iter()
        .map(|(group, versions)| {
            let versions: Vec<Value> =
                versions.iter().map(|it| aggregated_version(group, it)).collect();
            let mut metadata = Map::new();
            if !group.is_empty() {
                metadata.insert("name".to_owned(), (*group).into());
            }
            metadata.insert("creationTimestamp".to_owned(), Value::Null);
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    let document = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    });
    let media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    reply::bytes(StatusCode::OK, media, reply::to_bytes(&document), gzip)
}

fn aggregated_version(group: &str, version: &str) -> Value {
    let resources: Vec<Value> = of(group, version).map(aggregated_entry).collect();
    json!({"version": version, "freshness": "Current", "resources": resources})
}

fn aggregated_entry(resource: &'static Resource) -> Value {
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": kind(resource.group, resource.version, resource.kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        entry["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        entry["categories"] = json!(resource.categories);
    }
    if !resource.subresources.is_empty() {
        let subresources: Vec<Value> = resource
            .subresources
            .iter()
            .map(|it| {
                let (group, version, name) =
                    it.body.unwrap_or((resource.group, resource.version, resource.kind));
                json!({
                    "subresource": it.name,
                    "responseKind": kind(group, version, name),
                    "verbs": it.verbs,
                })
            })
            .collect();
        entry["subresources"] = Value::Array(subresources);
    }
    entry
}

fn kind(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

/// The paths that `/` lists.
pub(super) fn paths() -> Vec<String> {
    let mut paths: Vec<String> = ["/api", "/api/v1", "/apis"].map(str::to_owned).into();
    for (group, versions) in named_groups() {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|it| format!("/apis/{group}/{it}")));
    }
    let rest = [
        "/.well-known/openid-configuration",
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/openid/v1/jwks",
        "/readyz",
        "/version",
    ];
    paths.extend(rest.map(str::to_owned));
    paths.sort();
    paths
}

/// Whether a path that is no resource is served at all.
pub(super) fn is_known(path: &str) -> bool {
    paths().iter().any(|it| it == path)
}

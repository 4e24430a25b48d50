//! The OpenAPI v3 documents, from the table: what `kubectl` reads before it applies or explains.
//!
//! Schemas carry the published names, types, requirements, defaults, values and merge rules; paths
//! carry the operations and query parameters that clients look for. A document is built when it is
//! first asked for and kept. **Deliberately absent:** the descriptions (`kubectl explain` of a kind says
//! so once), OpenAPI v2, and the groups of custom resources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha512};

use super::table::{Field, Kind, ListType, MapType, Shape, Type, type_of, types};
use crate::kinds::{RESOURCES, Resource};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

/// The index at `/openapi/v3`: one entry a group and version, with a hash for caches.
pub fn root() -> Value {
    let paths: Map<String, Value> = group_versions()
        .into_iter()
        .map(|(group, version)| {
            let path = path_of(group, version);
            let url = format!("/openapi/v3{path}?hash={}", hash(&path));
            (path[1..].to_owned(), json!({ "serverRelativeURL": url }))
        })
        .collect();
    json!({ "paths": paths })
}

/// The document of one group and version, as JSON; none for one that is not served.
pub fn group_version(group: &str, version: &str) -> Option<Bytes> {
    static BUILT: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    if !group_versions().contains(&(group, version)) {
        return None;
    }
    let path = path_of(group, version);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let document =
        built.entry(path).or_insert_with(|| Bytes::from(build(group, version).to_string()));
    Some(document.clone())
}

/// A hash that changes with the table.
fn hash(path: &str) -> String {
    static TABLE: LazyLock<Sha512> =
        LazyLock::new(|| Sha512::new_with_prefix(include_str!("kubernetes.txt")));
    let digest = TABLE.clone().chain_update(path).finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// The groups and versions that the table describes and this server serves.
fn group_versions() -> BTreeSet<(&'static str, &'static str)> {
    let described = |it: &&Resource| type_of(it.group, it.version, it.kind).is_some();
    RESOURCES.iter().filter(described).map(|it| (it.group, it.version)).collect()
}

fn path_of(group: &str, version: &str) -> String {
    match group {
        "" => format!("/api/{version}"),
        group => format!("/apis/{group}/{version}"),
    }
}

/// Builds one document.
fn build(group: &str, version: &str) -> Value {
    let mut paths = Map::new();
    let mut used = Used::default();
    let resources = RESOURCES.iter().filter(|it| it.group == group && it.version == version);
    for resource in resources {
        add_paths(&mut paths, resource, &mut used);
    }
    for kind in types()
        .iter()
        .filter(|it| it.kind.is_some_and(|it| it.group == group && it.version == version))
    {
        used.add(kind.name);
    }
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": "1.36" },
        "paths": paths,
        "components": {
            "schemas": used.schemas,
            "securitySchemes": {
                "BearerToken": { "type": "apiKey", "name": "authorization", "in": "header" }
            },
        },
    })
}

/// The schemas that a document needs.
#[derive(Default)]
struct Used {
    schemas: BTreeMap<String, Value>,
}

impl Used {
    /// Adds a schema and everything it refers to; gives a reference to it.
    fn add(&mut self, name: &str) -> Value {
        if !self.schemas.contains_key(name) {
            self.schemas.insert(name.to_owned(), Value::Null);
            let schema = match super::table::named(name) {
                Some(known) => self.object(known),
                None => special(name),
            };
            self.schemas.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn object(&mut self, known: &Type) -> Value {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        let properties: Map<String, Value> = known
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), self.property(field)))
            .collect();
        if !properties.is_empty() {
            schema.insert("properties".to_owned(), Value::Object(properties));
        }
        let required: Vec<_> =
            known.fields.iter().filter(|it| it.required).map(|it| it.name).collect();
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        if known.atomic {
            schema.insert("x-kubernetes-map-type".to_owned(), json!("atomic"));
        }
        if let Some(kind) = known.kind {
            schema.insert(KIND_EXTENSION.to_owned(), json!([kind_extension(kind)]));
            schema.insert("description".to_owned(), json!(NOT_DESCRIBED));
        }
        Value::Object(schema)
    }

    fn property(&mut self, field: &Field) -> Value {
        let mut schema = self.shape(&field.shape, &field.values);
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        let mut put = |key: &str, value: Value| schema[key] = value;
        if let Some(default) = field.default.and_then(|text| serde_json::from_str(text).ok()) {
            put("default", default);
        }
        if matches!(field.shape, Shape::List(_)) {
            match &field.list {
                ListType::Map(keys) => {
                    put("x-kubernetes-list-type", json!("map"));
                    put("x-kubernetes-list-map-keys", json!(keys));
                }
                ListType::Set => put("x-kubernetes-list-type", json!("set")),
                ListType::Atomic => put("x-kubernetes-list-type", json!("atomic")),
                ListType::Undeclared => {}
            }
        }
        if let Some(map) = field.map {
            let word = if map == MapType::Atomic { "atomic" } else { "granular" };
            put("x-kubernetes-map-type", json!(word));
        }
        let strategies =
            [("replace", field.replace), ("merge", field.merge), ("retainKeys", field.retain_keys)];
        let strategies: Vec<_> =
            strategies.into_iter().filter_map(|(name, set)| set.then_some(name)).collect();
        if !strategies.is_empty() {
            put("x-kubernetes-patch-strategy", json!(strategies.join(",")));
        }
        if let Some(key) = field.merge_key {
            put("x-kubernetes-patch-merge-key", json!(key));
        }
        schema
    }

    /// A schema of a shape; `values` belong to the innermost string.
    fn shape(&mut self, shape: &Shape, values: &[&str]) -> Value {
        let plain = |kind: &str, format: &str| json!({ "type": kind, "format": format });
        match shape {
            Shape::String if !values.is_empty() => json!({ "type": "string", "enum": values }),
            Shape::String => json!({ "type": "string" }),
            Shape::Bool => json!({ "type": "boolean" }),
            Shape::Int32 => plain("integer", "int32"),
            Shape::Int64 => plain("integer", "int64"),
            Shape::Double => plain("number", "double"),
            Shape::Bytes => plain("string", "byte"),
            Shape::Any => json!({}),
            Shape::Time => self.add(&format!("{META}.Time")),
            Shape::MicroTime => self.add(&format!("{META}.MicroTime")),
            Shape::FieldsV1 => self.add(&format!("{META}.FieldsV1")),
            Shape::Quantity => self.add("io.k8s.apimachinery.pkg.api.resource.Quantity"),
            Shape::IntOrString => self.add("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
            Shape::RawExtension => self.add("io.k8s.apimachinery.pkg.runtime.RawExtension"),
            Shape::Object(_) => {
                shape.object().map_or_else(|| json!({}), |known| self.add(known.name))
            }
            Shape::List(element) => {
                let items = self.element(element, values);
                json!({ "type": "array", "items": items })
            }
            Shape::Map(element) => {
                let values = self.element(element, values);
                json!({ "type": "object", "additionalProperties": values })
            }
        }
    }

    /// The schema of an item, with the zero value as its default, as published.
    fn element(&mut self, shape: &Shape, values: &[&str]) -> Value {
        let mut schema = self.shape(shape, values);
        let zero = match shape {
            Shape::String => json!(""),
            Shape::Int32 | Shape::Int64 => json!(0),
            Shape::Object(_) => json!({}),
            _ => return schema,
        };
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        schema["default"] = zero;
        schema
    }
}

/// What stands where a kind would be described.
const NOT_DESCRIBED: &str = "This cluster knows the fields and their types. What they mean is \
    described at https://kubernetes.io/docs/reference/kubernetes-api/";
const KIND_EXTENSION: &str = "x-kubernetes-group-version-kind";

fn kind_extension(kind: Kind) -> Value {
    json!({ "group": kind.group, "version": kind.version, "kind": kind.kind })
}

/// The schemas of types that the table holds as shapes.
fn special(name: &str) -> Value {
    match name.rsplit('.').next() {
        Some("Time" | "MicroTime") => json!({ "type": "string", "format": "date-time" }),
        Some("Quantity") => json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] }),
        Some("IntOrString") => json!({
            "format": "int-or-string", "oneOf": [{ "type": "integer" }, { "type": "string" }]
        }),
        _ => json!({ "type": "object" }),
    }
}

/// Adds the paths of one resource and its subresources.
fn add_paths(paths: &mut Map<String, Value>, resource: &Resource, used: &mut Used) {
    let base = path_of(resource.group, resource.version);
    let kind = Kind { group: resource.group, version: resource.version, kind: resource.kind };
    let plural = resource.plural;
    let collection = if resource.namespaced {
        format!("{base}/namespaces/{{namespace}}/{plural}")
    } else {
        format!("{base}/{plural}")
    };
    let verbs = [("list", "get"), ("create", "post"), ("deletecollection", "delete")];
    let item_verbs = [("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")];
    if resource.namespaced && resource.allows("list") {
        add_path(paths, format!("{base}/{plural}"), kind, &[("list", "get")], used);
    }
    let offered = |all: &[(&'static str, &'static str)], verbs: &[&str]| -> Vec<_> {
        all.iter().copied().filter(|(verb, _)| verbs.contains(verb)).collect()
    };
    add_path(paths, collection.clone(), kind, &offered(&verbs, resource.verbs), used);
    let item = format!("{collection}/{{name}}");
    add_path(paths, item.clone(), kind, &offered(&item_verbs, resource.verbs), used);
    for subresource in resource.subresources {
        let body =
            subresource.body.map_or(kind, |(group, version, kind)| Kind { group, version, kind });
        let all = [("create", "post"), ("get", "get"), ("update", "put"), ("patch", "patch")];
        let path = format!("{item}/{}", subresource.name);
        add_path(paths, path, body, &offered(&all, subresource.verbs), used);
    }
}

/// Adds one path with its operations; nothing, if there are none.
fn add_path(
    paths: &mut Map<String, Value>,
    path: String,
    kind: Kind,
    verbs: &[(&str, &str)],
    used: &mut Used,
) {
    if verbs.is_empty() {
        return;
    }
    let in_path = |name: &str| {
        path.contains(&format!("{{{name}}}")).then(
            || json!({ "name": name, "in": "path", "required": true, "schema": unique("string") }),
        )
    };
    let mut parameters: Vec<Value> =
        ["name", "namespace"].into_iter().filter_map(in_path).collect();
    parameters.push(query("pretty", "string"));
    let connects =
        ["/exec", "/attach", "/portforward", "/proxy"].iter().any(|it| path.ends_with(it));
    let mut operations = Map::new();
    for (verb, method) in verbs {
        operations.insert((*method).to_owned(), operation(verb, connects, kind, used));
    }
    operations.insert("parameters".to_owned(), Value::Array(parameters));
    paths.insert(path, Value::Object(operations));
}

fn unique(kind: &str) -> Value {
    json!({ "type": kind, "uniqueItems": true })
}

fn query(name: &str, kind: &str) -> Value {
    json!({ "name": name, "in": "query", "schema": unique(kind) })
}

/// One operation: its parameters, body, answer and kind.
fn operation(verb: &str, connects: bool, kind: Kind, used: &mut Used) -> Value {
    let object = type_of(kind.group, kind.version, kind.kind);
    let list = format!("{}List", kind.kind);
    let answer = match verb {
        "list" => type_of(kind.group, kind.version, &list).map(|it| it.name),
        "delete" | "deletecollection" => Some("io.k8s.apimachinery.pkg.apis.meta.v1.Status"),
        _ => object.map(|it| it.name),
    };
    let body = match verb {
        "create" | "update" => object.map(|it| (vec!["*/*"], it.name.to_owned())),
        "delete" | "deletecollection" => Some((vec!["*/*"], format!("{META}.DeleteOptions"))),
        "patch" => Some((PATCHES.to_vec(), format!("{META}.Patch"))),
        _ => None,
    };
    let mut content = |types: &[&str], name: &str| -> Value {
        let reference = used.add(name);
        let entry = |it: &&str| ((*it).to_owned(), json!({ "schema": reference }));
        Value::Object(types.iter().map(entry).collect())
    };
    let action = match verb {
        _ if connects => "connect",
        "create" => "post",
        "update" => "put",
        other => other,
    };
    let mut operation = json!({
        "parameters": parameters(verb),
        "responses": { "200": { "description": "OK" } },
        "x-kubernetes-action": action,
        KIND_EXTENSION: kind_extension(kind),
    });
    if let Some((types, name)) = body {
        operation["requestBody"] = json!({ "content": content(&types, &name) });
        if verb == "patch" || verb == "create" || verb == "update" {
            operation["requestBody"]["required"] = json!(true);
        }
    }
    if let Some(name) = answer {
        operation["responses"]["200"]["content"] = content(&["application/json"], name);
    }
    operation
}

const PATCHES: [&str; 4] = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// The query parameters of a verb.
fn parameters(verb: &str) -> Vec<Value> {
    let all: &[(&str, &str)] = match verb {
        "create" | "update" => {
            &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")]
        }
        "patch" => &[
            ("dryRun", "string"),
            ("fieldManager", "string"),
            ("fieldValidation", "string"),
            ("force", "boolean"),
        ],
        "delete" => &[
            ("dryRun", "string"),
            ("gracePeriodSeconds", "integer"),
            ("propagationPolicy", "string"),
        ],
        "list" | "deletecollection" => &[
            ("allowWatchBookmarks", "boolean"),
            ("continue", "string"),
            ("fieldSelector", "string"),
            ("labelSelector", "string"),
            ("limit", "integer"),
            ("resourceVersion", "string"),
            ("resourceVersionMatch", "string"),
            ("sendInitialEvents", "boolean"),
            ("timeoutSeconds", "integer"),
            ("watch", "boolean"),
        ],
        _ => &[],
    };
    all.iter().map(|(name, kind)| query(name, kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(group: &str, version: &str) -> Value {
        serde_json::from_slice(&group_version(group, version).unwrap()).unwrap()
    }

    #[test]
    fn every_reference_resolves() {
        for (group, version) in group_versions() {
            let document = document(group, version);
            let text = document.to_string();
            for reference in text.split("#/components/schemas/").skip(1) {
                let name = reference.split('"').next().unwrap();
                assert!(document["components"]["schemas"][name].is_object(), "{name}");
            }
        }
    }

    #[test]
    fn patches_say_that_they_validate_fields() {
        let document = document("apps", "v1");

        let patch =
            &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];

        assert_eq!(patch[KIND_EXTENSION]["kind"], "Deployment");
        let names: Vec<_> =
            patch["parameters"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert!(names.contains(&&json!("fieldValidation")));
    }

    #[test]
    fn merge_rules_are_published() {
        let document = document("", "v1");

        let container = &document["components"]["schemas"]["io.k8s.api.core.v1.Container"];

        assert_eq!(container["required"], json!(["name"]));
        assert_eq!(
            container["properties"]["ports"],
            json!({
                "type": "array",
                "items": {
                    "allOf": [{ "$ref": "#/components/schemas/io.k8s.api.core.v1.ContainerPort" }],
                    "default": {},
                },
                "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
                "x-kubernetes-list-type": "map",
                "x-kubernetes-patch-merge-key": "containerPort",
                "x-kubernetes-patch-strategy": "merge",
            })
        );
    }

    #[test]
    fn the_index_names_every_group_once() {
        let root = root();

        let url = root["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().unwrap();
        assert!(url.starts_with("/openapi/v3/apis/apps/v1?hash="));
        assert!(root["paths"]["api/v1"].is_object());
        assert!(group_version("example.com", "v1").is_none());
    }
}

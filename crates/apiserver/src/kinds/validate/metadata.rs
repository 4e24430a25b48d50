//! The rules for `metadata`, which all kinds share, and for label selectors.

use serde_json::{Value, json};

use super::super::errors::{Errors, Path};
use super::super::registry::Resource;
use super::super::value::{entries, is_empty, items, numbered, text};
use super::{names, non_negative};

/// All keys and values of the annotations together may not be larger.
const ANNOTATIONS_SIZE: usize = 256 * 1024;

/// Finalizers without a domain that mean something.
const PLAIN_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// The metadata of a new object.
pub(super) fn create(resource: &Resource, object: &Value, errors: &mut Errors) {
    let metadata = &object["metadata"];
    let path = Path::root("metadata");
    let rule = name_rule(resource);
    let name = text(metadata, "name");
    let start = text(metadata, "generateName");
    if !start.is_empty() {
        // A trailing dash is fine, for the generated part follows it.
        let masked = start.strip_suffix('-').map_or(start.to_owned(), |it| format!("{it}a"));
        errors.invalid_each(&path.child("generateName"), start, rule(&masked));
    }
    if name.is_empty() {
        errors.required(&path.child("name"), "name or generateName is required");
    } else {
        errors.invalid_each(&path.child("name"), name, rule(name));
    }
    let namespace = text(metadata, "namespace");
    if !resource.namespaced {
        if !namespace.is_empty() {
            errors.forbidden(&path.child("namespace"), "not allowed on this type");
        }
    } else if namespace.is_empty() {
        errors.required(&path.child("namespace"), "");
    } else {
        errors.invalid_each(&path.child("namespace"), namespace, names::label(namespace));
    }
    non_negative(metadata, "generation", &path, errors);
    common(metadata, &path, errors);
    finalizers(metadata, &path, errors);
}

/// The metadata of a changed object.
pub(super) fn update(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old) = (&new["metadata"], &old["metadata"]);
    let path = Path::root("metadata");
    if !old["deletionTimestamp"].is_null() {
        let before = items(old, "finalizers");
        let added: Vec<String> = items(new, "finalizers")
            .iter()
            .filter(|it| !before.contains(it))
            .map(ToString::to_string)
            .collect();
        if !added.is_empty() {
            let words = format!(
                "no new finalizers can be added if the object is being deleted, found new \
                 finalizers []string{{{}}}",
                added.join(", ")
            );
            errors.forbidden(&path.child("finalizers"), words);
        }
    }
    for key in ["name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        immutable(new, old, key, &path, errors);
    }
    common(new, &path, errors);
    finalizers(new, &path, errors);
}

/// Refuses any change of a field.
pub(super) fn immutable(new: &Value, old: &Value, key: &str, path: &Path, errors: &mut Errors) {
    if new[key] != old[key] && !(is_empty(&new[key]) && is_empty(&old[key])) {
        errors.invalid(&path.child(key), new[key].clone(), "field is immutable");
    }
}

fn common(metadata: &Value, path: &Path, errors: &mut Errors) {
    labels(&metadata["labels"], &path.child("labels"), errors);
    annotations(&metadata["annotations"], &path.child("annotations"), errors);
    owners(metadata, &path.child("ownerReferences"), errors);
}

/// A map of labels.
pub(super) fn labels(labels: &Value, path: &Path, errors: &mut Errors) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        errors.invalid_each(path, key, names::qualified(key));
        let value = value.as_str().unwrap_or_default();
        errors.invalid_each(path, value, names::label_value(value));
    }
}

/// A map of annotations.
pub(super) fn annotations(annotations: &Value, path: &Path, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        errors.invalid_each(path, key, names::qualified(&key.to_lowercase()));
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > ANNOTATIONS_SIZE {
        errors.too_long(path, ANNOTATIONS_SIZE);
    }
}

fn owners(metadata: &Value, path: &Path, errors: &mut Errors) {
    let owners = items(metadata, "ownerReferences");
    let mut controller: Option<String> = None;
    for owner in owners {
        let version = text(owner, "apiVersion");
        if version.rsplit('/').next().unwrap_or_default().is_empty() {
            let words = "version must not be empty";
            errors.invalid(&path.child("apiVersion"), version, words);
        }
        for key in ["kind", "name", "uid"] {
            if text(owner, key).is_empty() {
                errors.invalid(&path.child(key), "", "must not be empty");
            }
        }
        if owner["controller"] == true {
            let this = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
            match &controller {
                Some(first) => {
                    let words = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in \
                         references for {first} and {this}"
                    );
                    errors.invalid(path, json!(owners), words);
                }
                None => controller = Some(this),
            }
        }
    }
}

fn finalizers(metadata: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("finalizers");
    let finalizers =
        || numbered(metadata, "finalizers").filter_map(|(i, it)| Some((i, it.as_str()?)));
    for (_, name) in finalizers() {
        errors.invalid_each(&path, name, names::qualified(name));
    }
    let both = ["orphan", "foregroundDeletion"];
    if both.iter().all(|one| finalizers().any(|(_, it)| it == *one)) {
        let words = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(&path, metadata["finalizers"].clone(), words);
    }
    for (index, name) in finalizers() {
        if !name.contains('/') && !PLAIN_FINALIZERS.contains(&name) {
            let words = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&path.index(index), name, words);
        }
    }
}

type Rule = fn(&str) -> Vec<String>;

/// How objects of a kind may be called.
fn name_rule(resource: &Resource) -> Rule {
    match (resource.group, resource.kind) {
        ("", "Namespace" | "Service") | ("apps", "StatefulSet") => names::label,
        ("rbac.authorization.k8s.io", _) => names::path_segment,
        _ => names::subdomain,
    }
}

/// A label selector.
pub(super) fn selector(selector: &Value, path: &Path, errors: &mut Errors) {
    labels(&selector["matchLabels"], &path.child("matchLabels"), errors);
    for (index, requirement) in numbered(selector, "matchExpressions") {
        let path = path.child("matchExpressions").index(index);
        let values = items(requirement, "values");
        let operator = text(requirement, "operator");
        match operator {
            "In" | "NotIn" if values.is_empty() => {
                let words = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(&path.child("values"), words);
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&path.child("values"), words);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                errors.invalid(&path.child("operator"), other, "not a valid selector operator");
            }
        }
        let key = text(requirement, "key");
        errors.invalid_each(&path.child("key"), key, names::qualified(key));
        for (index, value) in values.iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            let path = path.child("values").index(index);
            errors.invalid_each(&path, value, names::label_value(value));
        }
    }
}

/// Whether a selector chooses labels.
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    let equal = entries(selector, "matchLabels").all(|(key, value)| labels[key.as_str()] == *value);
    equal
        && items(selector, "matchExpressions").iter().all(|it| {
            let found = &labels[text(it, "key")];
            let listed = items(it, "values").contains(found);
            match text(it, "operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => found.is_string(),
                "DoesNotExist" => !found.is_string(),
                _ => false,
            }
        })
}

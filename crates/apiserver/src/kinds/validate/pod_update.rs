//! What may still be changed of a pod once it exists: images, and little else.

use serde_json::{Value, json};

use super::super::errors::{Errors, Path};
use super::super::value::{is_empty, items, numbered, remove, text};

const CHANGEABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,\
    `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Compares a changed pod with what it was.
pub(super) fn pod(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    let (new, old) = (&new["spec"], &old["spec"]);
    for list in ["containers", "initContainers"] {
        if items(new, list).len() != items(old, list).len() {
            let words = "pod updates may not add or remove containers";
            errors.forbidden(&path.child(list), words);
            return;
        }
    }
    deadline(new, old, path, errors);
    tolerations(new, old, path, errors);
    if same_but_for_the_changeable(new, old) {
        return;
    }
    let words = format!(
        "pod updates may not change fields other than {CHANGEABLE}\n{}",
        what_changed(new, old)
    );
    errors.forbidden(path, words);
}

fn deadline(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("activeDeadlineSeconds");
    let read = |spec: &Value| spec["activeDeadlineSeconds"].as_i64();
    match (read(new), read(old)) {
        (Some(now), _) if !(0..=i64::from(i32::MAX)).contains(&now) => {
            errors.invalid(&path, now, "must be between 0 and 2147483647, inclusive");
        }
        (Some(now), Some(before)) if before < now => {
            errors.invalid(&path, now, "must be less than or equal to previous value");
        }
        (None, Some(_)) => {
            let words = "must not update from a positive integer to nil value";
            errors.invalid(&path, Value::Null, words);
        }
        _ => {}
    }
}

fn tolerations(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    let timeless = |it: &Value| {
        let mut copy = it.clone();
        remove(&mut copy, "tolerationSeconds");
        copy
    };
    let kept: Vec<Value> = items(new, "tolerations").iter().map(timeless).collect();
    if items(old, "tolerations").iter().any(|it| !kept.contains(&timeless(it))) {
        let words = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden(&path.child("tolerations"), words);
    }
}

fn same_but_for_the_changeable(new: &Value, old: &Value) -> bool {
    comparable(new, old) == comparable(old, old)
}

/// The spec with everything that may change taken from `old`, and empty fields left out.
fn comparable(spec: &Value, old: &Value) -> Value {
    let mut copy = spec.clone();
    for list in ["containers", "initContainers"] {
        for (index, container) in super::super::value::items_mut(&mut copy, list).enumerate() {
            container["image"] = old[list][index]["image"].clone();
        }
    }
    for key in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"] {
        remove(&mut copy, key);
    }
    let was_negative = old["terminationGracePeriodSeconds"].as_i64().is_some_and(|it| it < 0);
    if was_negative && copy["terminationGracePeriodSeconds"] == 1 {
        copy["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"].clone();
    }
    if !is_empty(&old["schedulingGates"]) {
        remove(&mut copy, "nodeSelector");
        remove(&mut copy, "affinity");
    }
    without_empty(copy)
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(key, it)| (key, without_empty(it)));
            Value::Object(kept.filter(|(_, it)| !is_empty(it)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_empty).collect()),
        other => other,
    }
}

/// The fields that differ, as lines taken out and put in.
///
/// The real server prints its own data structures here; this names the fields as people
/// write them.
fn what_changed(new: &Value, old: &Value) -> String {
    let (after, before) = (comparable(new, old), comparable(old, old));
    let mut lines = String::new();
    difference("spec", &before, &after, &mut lines);
    lines
}

fn difference(path: &str, before: &Value, after: &Value, lines: &mut String) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                difference(&format!("{path}.{key}"), &before[key], &after[key], lines);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (before, after)) in old.iter().zip(new).enumerate() {
                difference(&format!("{path}[{index}]"), before, after, lines);
            }
        }
        _ => {
            for (sign, value) in [('-', before), ('+', after)] {
                if !value.is_null() {
                    lines.extend([&format!("{sign} {path}: {value}"), "\n"]);
                }
            }
        }
    }
}

/// The ephemeral containers of a pod, which can be added but neither changed nor taken away.
pub(super) fn ephemeral_containers(new: &Value, old: &Value, errors: &mut Errors) {
    let path = Path::root("spec").child("ephemeralContainers");
    let now = items(&new["spec"], "ephemeralContainers");
    for before in items(&old["spec"], "ephemeralContainers") {
        let name = text(before, "name");
        match now.iter().find(|it| text(it, "name") == name) {
            None => {
                let words =
                    format!("existing ephemeral containers \"{name}\" may not be removed\n");
                errors.forbidden(&path, words);
            }
            Some(it) if without_empty(it.clone()) != without_empty(before.clone()) => {
                let words =
                    format!("existing ephemeral containers \"{name}\" may not be changed\n");
                errors.forbidden(&path, words);
            }
            Some(_) => {}
        }
    }
    for (index, container) in numbered(&new["spec"], "ephemeralContainers") {
        if text(container, "name").is_empty() {
            errors.required(&path.index(index).child("name"), "");
        }
        let taken = ["containers", "initContainers"]
            .iter()
            .flat_map(|it| items(&new["spec"], it))
            .any(|it| it["name"] == container["name"]);
        if taken {
            let name = container["name"].clone();
            errors.duplicate(&path.index(index).child("name"), name);
        }
        if text(container, "image").is_empty() {
            errors.required(&path.index(index).child("image"), "");
        }
        for key in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            if !is_empty(&container[key]) {
                let words = "cannot be set for an Ephemeral Container";
                errors.forbidden(&path.index(index).child(key), words);
            }
        }
        if container["resources"].is_object() && container["resources"] != json!({}) {
            let words = "cannot be set for an Ephemeral Container";
            errors.forbidden(&path.index(index).child("resources"), words);
        }
    }
}

//! The rules for namespaces, nodes and events.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::names;

/// A namespace: its Pod Security labels must be readable.
pub(super) fn namespace(object: &Value, errors: &mut Errors) {
    let labels = &object["metadata"]["labels"];
    let path = Path::root("metadata").child("labels");
    for mode in ["enforce", "audit", "warn"] {
        let label = format!("pod-security.kubernetes.io/{mode}");
        if let Some(level) = labels[label.as_str()].as_str()
            && !matches!(level, "privileged" | "baseline" | "restricted")
        {
            let words = "must be one of privileged, baseline, restricted";
            errors.invalid(&path.key(&label), level, words);
        }
        let label = format!("{label}-version");
        if let Some(version) = labels[label.as_str()].as_str() {
            let minor = version.strip_prefix("v1.").and_then(|it| it.parse::<u32>().ok());
            if version != "latest" && minor.is_none() {
                let words = "must be \"latest\" or \"v1.x\"";
                errors.invalid(&path.key(&label), version, words);
            }
        }
    }
}

/// A node: its taints.
pub(super) fn node(object: &Value, errors: &mut Errors) {
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    let list = Path::root("metadata").child("taints");
    let taints = items(&object["spec"], "taints");
    for (index, taint) in numbered(&object["spec"], "taints") {
        let path = list.index(index);
        let (key, value, effect) =
            (text(taint, "key"), text(taint, "value"), text(taint, "effect"));
        errors.invalid_each(&path.child("key"), key, names::qualified(key));
        let wrong = names::label_value(value);
        if !wrong.is_empty() {
            errors.invalid(&path.child("value"), value, wrong.join(";"));
        }
        if !effects.contains(&effect) {
            errors.unsupported(&path.child("effect"), effect, &effects);
        }
        let is_same = |it: &Value| text(it, "key") == key && text(it, "effect") == effect;
        if taints[..index].iter().any(is_same) {
            let words = "taints must be unique by key and effect pair";
            errors.invalid(&path, taint.clone(), words);
        }
    }
}

/// An event: it lies where the object lies that it tells of.
pub(super) fn event(object: &Value, errors: &mut Errors) {
    let own = text(&object["metadata"], "namespace");
    let about = text(&object["involvedObject"], "namespace");
    // Events of the newer form, which have a precise time, are judged more mildly.
    let fits = match (object["eventTime"].is_string(), about.is_empty()) {
        (true, true) => matches!(own, "default" | "kube-system"),
        (true, false) => true,
        (false, true) => matches!(own, "" | "default"),
        (false, false) => own == about,
    };
    if !fits {
        let path = Path::root("involvedObject").child("namespace");
        errors.invalid(&path, about, "does not match event.namespace");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(rule: fn(&Value, &mut Errors), object: &Value) -> Vec<String> {
        let mut errors = Errors::new();
        rule(object, &mut errors);
        errors.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unreadable_security_labels_are_refused() {
        let object = json!({"metadata": {"labels": {
            "pod-security.kubernetes.io/enforce": "foo",
            "pod-security.kubernetes.io/warn-version": "1.2"}}});

        assert_eq!(
            said(namespace, &object),
            [
                "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"foo\": \
                 must be one of privileged, baseline, restricted",
                "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \
                 \"1.2\": must be \"latest\" or \"v1.x\""
            ]
        );
    }

    #[test]
    fn an_event_lies_beside_its_object() {
        let object = json!({"metadata": {"namespace": "default"},
                            "involvedObject": {"namespace": "fx"}});

        assert_eq!(
            said(event, &object),
            ["involvedObject.namespace: Invalid value: \"fx\": does not match event.namespace"]
        );
    }

    #[test]
    fn a_taint_has_one_of_three_effects() {
        let object = json!({"spec": {"taints": [{"key": "a", "effect": "X"}]}});

        assert_eq!(
            said(node, &object),
            ["metadata.taints[0].effect: Unsupported value: \"X\": supported values: \
              \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\""]
        );
    }
}

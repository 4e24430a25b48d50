//! The rules for roles and their bindings.

use serde_json::Value;

use super::super::errors::{Errors, Path, quoted};
use super::super::registry::Resource;
use super::super::value::{items, numbered, text};
use super::names;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A role or a binding of either scope.
pub(super) fn any(resource: &Resource, object: &Value, old: Option<&Value>, errors: &mut Errors) {
    match resource.kind {
        "Role" | "ClusterRole" => {
            for (index, it) in numbered(object, "rules") {
                rule(it, resource.namespaced, &Path::root("rules").index(index), errors);
            }
        }
        _ => binding(resource, object, old, errors),
    }
}

fn rule(rule: &Value, is_namespaced: bool, path: &Path, errors: &mut Errors) {
    if items(rule, "verbs").is_empty() {
        errors.required(&path.child("verbs"), "verbs must contain at least one value");
    }
    let urls = &rule["nonResourceURLs"];
    let urls_path = path.child("nonResourceURLs");
    if !items(rule, "nonResourceURLs").is_empty() {
        if is_namespaced {
            let words = "namespaced rules cannot apply to non-resource URLs";
            errors.invalid(&urls_path, urls.clone(), words);
        }
        let others = ["apiGroups", "resources", "resourceNames"];
        if others.iter().any(|it| !items(rule, it).is_empty()) {
            let words = "rules cannot apply to both regular resources and non-resource URLs";
            errors.invalid(&urls_path, urls.clone(), words);
        }
        return;
    }
    if items(rule, "apiGroups").is_empty() {
        let words = "resource rules must supply at least one api group";
        errors.required(&path.child("apiGroups"), words);
    }
    if items(rule, "resources").is_empty() {
        let words = "resource rules must supply at least one resource";
        errors.required(&path.child("resources"), words);
    }
}

fn binding(resource: &Resource, object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let role = &object["roleRef"];
    let path = Path::root("roleRef");
    let group = text(role, "apiGroup");
    if group != GROUP {
        errors.unsupported(&path.child("apiGroup"), group, &[GROUP]);
    }
    let kinds: &[&str] =
        if resource.namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    let kind = text(role, "kind");
    if !kinds.contains(&kind) {
        errors.unsupported(&path.child("kind"), kind, kinds);
    }
    let name = text(role, "name");
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.invalid_each(&path.child("name"), name, names::path_segment(name));
    }
    for (index, it) in numbered(object, "subjects") {
        subject(it, resource.namespaced, &Path::root("subjects").index(index), errors);
    }
    if let Some(old) = old
        && object["roleRef"] != old["roleRef"]
    {
        let printed = format!(
            "{{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}",
            quoted(group),
            quoted(kind),
            quoted(name)
        );
        errors.invalid_printed(&path, printed, "cannot change roleRef");
    }
}

fn subject(subject: &Value, is_namespaced: bool, path: &Path, errors: &mut Errors) {
    let (name, group) = (text(subject, "name"), text(subject, "apiGroup"));
    if name.is_empty() {
        errors.required(&path.child("name"), "");
    }
    let wanted = match text(subject, "kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                errors.invalid_each(&path.child("name"), name, names::subdomain(name));
            }
            ""
        }
        "User" | "Group" => GROUP,
        other => {
            let supported = ["ServiceAccount", "User", "Group"];
            errors.unsupported(&path.child("kind"), other, &supported);
            return;
        }
    };
    if group != wanted {
        errors.unsupported(&path.child("apiGroup"), group, &[wanted]);
    }
    let needs_namespace = text(subject, "kind") == "ServiceAccount" && !is_namespaced;
    if needs_namespace && text(subject, "namespace").is_empty() {
        errors.required(&path.child("namespace"), "");
    }
}

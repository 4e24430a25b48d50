//! The rules for security contexts.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::names;

/// The security context of a whole pod.
pub(super) fn pod(spec: &Value, path: &Path, errors: &mut Errors) {
    let context = &spec["securityContext"];
    let path = path.child("securityContext");
    for key in ["fsGroup", "runAsUser", "runAsGroup"] {
        identity(&context[key], &path.child(key), errors);
    }
    for (index, group) in numbered(context, "supplementalGroups") {
        identity(group, &path.child("supplementalGroups").index(index), errors);
    }
    for (index, sysctl) in numbered(context, "sysctls") {
        if text(sysctl, "name").is_empty() {
            errors.required(&path.child("sysctls").index(index).child("name"), "");
        }
    }
    let policies = ["Always", "OnRootMismatch"];
    super::one_of_if_set(context, "fsGroupChangePolicy", &policies, &path, errors);
    seccomp(&context["seccompProfile"], &path.child("seccompProfile"), errors);
}

/// The security context of one container.
pub(super) fn container(context: &Value, path: &Path, errors: &mut Errors) {
    for key in ["runAsUser", "runAsGroup"] {
        identity(&context[key], &path.child(key), errors);
    }
    super::one_of_if_set(context, "procMount", &["Default", "Unmasked"], path, errors);
    seccomp(&context["seccompProfile"], &path.child("seccompProfile"), errors);
    if context["allowPrivilegeEscalation"] != false {
        return;
    }
    if context["privileged"] == true {
        let words = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.invalid(path, context.clone(), words);
    }
    if items(&context["capabilities"], "add").iter().any(|it| it == "CAP_SYS_ADMIN") {
        let words =
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
        errors.invalid(path, context.clone(), words);
    }
}

fn identity(value: &Value, path: &Path, errors: &mut Errors) {
    if let Some(number) = value.as_i64() {
        for words in names::in_range(number, 0, i64::from(i32::MAX)) {
            errors.invalid(path, number, words);
        }
    }
}

fn seccomp(profile: &Value, path: &Path, errors: &mut Errors) {
    if !profile.is_object() {
        return;
    }
    let file = text(profile, "localhostProfile");
    match text(profile, "type") {
        "Localhost" if file.is_empty() => {
            let words = "must be set when seccomp type is Localhost";
            errors.required(&path.child("localhostProfile"), words);
        }
        "Localhost" => {}
        "RuntimeDefault" | "Unconfined" => {
            if !file.is_empty() {
                let words = "can only be set when seccomp type is Localhost";
                errors.invalid(&path.child("localhostProfile"), file, words);
            }
        }
        "" => errors.required(&path.child("type"), "type is required when seccompProfile is set"),
        other => {
            let supported = ["Localhost", "RuntimeDefault", "Unconfined"];
            errors.unsupported(&path.child("type"), other, &supported);
        }
    }
}

//! What may come in, and what is changed on the way.
//!
//! ```text
//! change_new ─► allocate ─► validate ─► judge ─► reserve (quota, with the write)
//! ```
//!
//! **Invariant:** the order and the words of a refusal are those of the real server.

mod address;
mod lifecycle;
mod pod;
mod quota;

use serde_json::{Value, json};

pub(crate) use self::address::allocate;
pub(crate) use self::lifecycle::check as check_namespace;
use crate::core::Core;
use crate::kinds::admission::{limit_range, pod_security};
use crate::kinds::{self, FieldError, Resource};
use crate::status::{Result, Status};
use crate::store::Change;
use crate::verbs::{core_resource, text};

/// Admission that changes a new object.
pub(crate) fn change_new(core: &Core, resource: &Resource, value: &mut Value) -> Result<()> {
    lifecycle::check(core, resource, value)?;
    if (resource.group, resource.kind) == ("", "Namespace") {
        let name = text(value, "name").to_owned();
        if !value["metadata"]["labels"].is_object() {
            value["metadata"]["labels"] = json!({});
        }
        value["metadata"]["labels"]["kubernetes.io/metadata.name"] = name.into();
    }
    pod::complete(core, resource, value)
}

/// Validation of a new object.
pub(crate) fn validate_new(resource: &Resource, value: &Value) -> Result<()> {
    refuse_if_any(resource, value, &kinds::validate_create(resource, value))
}

/// Validation of a changed object.
pub(crate) fn validate_change(
    resource: &Resource,
    new: &Value,
    old: &Value,
    subresource: Option<&str>,
) -> Result<()> {
    let errors = match subresource {
        None | Some("scale") => kinds::validate_update(resource, new, old),
        Some("ephemeralcontainers") => kinds::validate_ephemeral_containers(new, old),
        Some(_) => kinds::validate_status_update(new, old),
    };
    refuse_if_any(resource, new, &errors)
}

fn refuse_if_any(resource: &Resource, value: &Value, errors: &[FieldError]) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(resource, text(value, "name"), errors))
}

/// Admission that only judges; returns warnings.
pub(crate) fn judge(
    core: &Core,
    resource: &Resource,
    value: &Value,
    old: Option<&Value>,
    subresource: Option<&str>,
) -> Result<Vec<String>> {
    let mut warnings = match subresource {
        None => kinds::warnings(resource, value, old),
        Some(_) => Vec::new(),
    };
    if let ("", "Namespace", Some(old), None) = (resource.group, resource.kind, old, subresource) {
        let pods = core.store.snapshot(core_resource("pods"));
        let pods: Vec<Value> = pods.within(text(value, "name")).map(|it| it.value()).collect();
        warnings.extend(pod_security::namespace_warnings(value, old, &pods));
    }
    warnings.extend(judge_place(core, resource, value, old, subresource)?);
    Ok(warnings)
}

/// Whether the object may be where it is: limits and Pod Security of its namespace.
fn judge_place(
    core: &Core,
    resource: &Resource,
    value: &Value,
    old: Option<&Value>,
    subresource: Option<&str>,
) -> Result<Vec<String>> {
    let spec_untouched = subresource.is_some_and(|it| it != "ephemeralcontainers");
    if !resource.namespaced || spec_untouched {
        return Ok(Vec::new());
    }
    let forbidden = |why: String| Status::forbidden(resource, text(value, "name"), &why);
    let namespace = text(value, "namespace");
    if old.is_none() {
        let ranges = || pod::limit_ranges(core, namespace);
        let broken = match (resource.group, resource.kind) {
            ("", "Pod") => limit_range::check_pod(value, &ranges()),
            ("", "PersistentVolumeClaim") => limit_range::check_claim(value, &ranges()),
            _ => None,
        };
        if let Some(why) = broken {
            return Err(forbidden(why));
        }
    }
    let is_pod = (resource.group, resource.kind) == ("", "Pod");
    if old.is_some_and(|old| is_pod && !pod_security::must_judge_update(value, old)) {
        return Ok(Vec::new());
    }
    let Some(found) = core.store.get(core_resource("namespaces"), "", namespace) else {
        return Ok(Vec::new());
    };
    if !found.labels.iter().any(|(key, _)| key.starts_with("pod-security.kubernetes.io/")) {
        return Ok(Vec::new());
    }
    let policy = pod_security::Policy::of(&found.value()["metadata"]["labels"]);
    if is_pod && let Some(why) = pod_security::refusal(policy, value) {
        return Err(forbidden(why));
    }
    Ok(pod_security::warning(policy, resource, value).into_iter().collect())
}

/// The changes of quota that must be written together with the object.
pub(crate) fn reserve(
    core: &Core,
    resource: &Resource,
    value: &Value,
    old: Option<&Value>,
) -> Result<Vec<Change>> {
    quota::reserve(core, resource, value, old)
}

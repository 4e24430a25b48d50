//! Small things that every verb needs to know of an object.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::core::Core;
use crate::http::{Call, Target};
use crate::kinds::{self, Resource};
use crate::status::{Result, Status};
use crate::store::{self, Object};

/// The namespace that objects of the resource are stored under for this request.
pub(crate) fn namespace_of<'a>(resource: &Resource, target: &'a Target) -> &'a str {
    if resource.namespaced { &target.namespace } else { "" }
}

/// The object that a request names.
pub(crate) fn load(core: &Core, call: &Call, resource: &Resource) -> Result<Arc<Object>> {
    let namespace = namespace_of(resource, &call.target);
    core.store
        .get(resource, namespace, &call.target.name)
        .ok_or_else(|| Status::not_found(resource, &call.target.name))
}

/// A built-in resource of the core group.
pub(crate) fn core_resource(plural: &str) -> &'static Resource {
    kinds::find("", "v1", plural).expect("the core kinds are built in")
}

/// `metadata` of an object, made if it is missing.
pub(crate) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if !value["metadata"].is_object() {
        value["metadata"] = Value::Object(Map::new());
    }
    value["metadata"].as_object_mut().expect("it was just made an object")
}

/// A text field of `metadata`; empty if it is missing.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value["metadata"][field].as_str().unwrap_or_default()
}

/// Whether nothing holds the object back from being removed.
pub(crate) fn has_no_finalizers(value: &Value) -> bool {
    let list = |it: &Value| it.as_array().is_none_or(Vec::is_empty);
    let is_namespace = value["kind"] == "Namespace";
    let its_own = !is_namespace || list(&value["spec"]["finalizers"]);
    its_own && list(&value["metadata"]["finalizers"])
}

/// Refuses what is larger than the real server's storage takes, in its words.
pub(crate) fn check_size(value: &Value) -> Result<()> {
    if store::is_too_large(value) {
        return Err(Status::internal("etcdserver: request is too large"));
    }
    Ok(())
}

/// Whether a request is only tried: `dryRun=All`.
pub(crate) fn is_dry_run(call: &Call) -> Result<bool> {
    let mut dry = false;
    for value in call.query.all("dryRun") {
        match value {
            "" => {}
            "All" => dry = true,
            other => {
                return Err(Status::bad_request(format!(
                    "invalid dryRun: Unsupported value: {other:?}: supported values: \"All\""
                )));
            }
        }
    }
    Ok(dry)
}

//! Nothing is created in a namespace that does not exist or is going away.
//!
//! The commit sees to it once more, since a namespace may begin to go away in between; this is
//! where the words are.

use serde_json::{Value, json};

use crate::core::Core;
use crate::kinds::Resource;
use crate::status::{Result, Status};
use crate::verbs::{core_resource, text};

pub(crate) fn check(core: &Core, resource: &Resource, value: &Value) -> Result<()> {
    if !resource.namespaced {
        return Ok(());
    }
    let namespaces = core_resource("namespaces");
    let namespace = text(value, "namespace");
    let Some(found) = core.store.get(namespaces, "", namespace) else {
        return Err(Status::not_found(namespaces, namespace));
    };
    let found = found.value();
    if found["status"]["phase"] != "Terminating" {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {namespace} because it is being terminated"
    );
    let name = text(value, "name");
    let message = format!("namespace {namespace} is being terminated");
    let cause = json!({
        "reason": "NamespaceTerminating",
        "message": message,
        "field": "metadata.namespace",
    });
    Err(Status::forbidden(resource, name, &why).with_causes(vec![cause]))
}

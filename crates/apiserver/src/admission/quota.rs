//! Quotas: what a write uses is added in the same commit.
//!
//! **Invariant:** two writes never both get the last of a quota: the new `status.used` is written
//! together with the object, on the condition that the quota is as it was read.

use serde_json::Value;

use crate::core::Core;
use crate::kinds::Resource;
use crate::kinds::admission::quota;
use crate::status::{Result, Status};
use crate::store::Change;
use crate::verbs::{core_resource, text};

/// The writes of quotas that belong to a write of an object.
pub(super) fn reserve(
    core: &Core,
    resource: &Resource,
    value: &Value,
    old: Option<&Value>,
) -> Result<Vec<Change>> {
    if !resource.namespaced || resource.kind == "ResourceQuota" {
        return Ok(Vec::new());
    }
    let quotas = core_resource("resourcequotas");
    let snapshot = core.store.snapshot(quotas);
    let found: Vec<_> = snapshot.within(text(value, "namespace")).collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Value> = found.iter().map(|it| it.value()).collect();
    let charged = quota::charge(resource, value, old, &values, core.now())
        .map_err(|why| Status::forbidden(resource, text(value, "name"), &why))?;
    let changes = charged.into_iter().filter_map(|(name, used)| {
        let index = found.iter().position(|it| *it.name == *name)?;
        let mut value = values[index].clone();
        value["status"]["used"] = used;
        Some(Change::Replace { resource: quotas, expected: found[index].revision, value })
    });
    Ok(changes.collect())
}

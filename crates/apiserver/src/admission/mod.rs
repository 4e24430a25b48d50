//! What may come in, and what is changed on the way.
//!
//! ```text
//! change_new ─► allocate ─► validate ─► judge ─► reserve (quota, with the write)
//! ```
//!
//! **Invariant:** the order and the words of a refusal are those of the real server.

mod address;
mod lifecycle;
mod service_account;

use serde_json::Value;

use crate::core::Core;
use crate::kinds::Resource;
use crate::status::Result;
use crate::store::Change;

pub(crate) use self::address::allocate;

/// Admission that changes a new object.
pub(crate) fn change_new(core: &Core, resource: &Resource, value: &mut Value) -> Result<()> {
    lifecycle::check(core, resource, value)?;
    service_account::fill(core, resource, value)
}

/// Validation of a new object.
pub(crate) fn validate_new(_resource: &Resource, _value: &Value) -> Result<()> {
    Ok(())
}

/// Validation of a changed object.
pub(crate) fn validate_change(
    _resource: &Resource,
    _new: &Value,
    _old: &Value,
    _subresource: Option<&str>,
) -> Result<()> {
    Ok(())
}

/// Admission that only judges; returns warnings.
pub(crate) fn judge(
    _core: &Core,
    _resource: &Resource,
    _value: &Value,
    _old: Option<&Value>,
) -> Result<Vec<String>> {
    Ok(Vec::new())
}

/// The changes of quota that must be written together with the object.
pub(crate) fn reserve(
    _core: &Core,
    _resource: &Resource,
    _value: &Value,
    _old: Option<&Value>,
) -> Result<Vec<Change>> {
    Ok(Vec::new())
}

//! `metadata.managedFields`: who set what.

use serde_json::Value;

use crate::core::Core;
use crate::http::Call;
use crate::kinds::Resource;

/// Records that this request's manager changed an object from `before` to what it is now.
pub(super) fn record(
    core: &Core,
    call: &Call,
    before: Option<&Value>,
    value: &mut Value,
    resource: &Resource,
    subresource: Option<&str>,
) {
    let _ = (core, call, before, value, resource, subresource);
}

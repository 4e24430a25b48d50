//! `metadata.managedFields`: who set what.

use serde_json::Value;

use super::decode;
use crate::core::Core;
use crate::http::Call;
use crate::kinds::Resource;
use crate::schema::apply::{self, Writer};

/// Records that this request's manager changed an object from `before` to what it is now.
pub(super) fn record(
    core: &Core,
    call: &Call,
    before: Option<&Value>,
    value: &mut Value,
    resource: &Resource,
    subresource: Option<&str>,
) {
    let manager = call.field_manager();
    let time = core.now_text();
    let writer =
        Writer { manager: &manager, subresource: subresource.unwrap_or_default(), time: &time };
    apply::record_update(decode::expected(resource), before, value, writer);
}

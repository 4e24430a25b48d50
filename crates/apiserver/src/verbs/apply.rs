//! Server-side apply.

use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::Resource;
use crate::status::{Result, Status};

pub(super) fn apply(
    _core: &Core,
    _call: &Call,
    _resource: &'static Resource,
    _subresource: Option<&str>,
) -> Result<Reply> {
    Err(Status::not_implemented("server-side apply is not implemented by this server"))
}

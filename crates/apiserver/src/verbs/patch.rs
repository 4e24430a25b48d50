//! PATCH: four ways to say what should change.
//!
//! **Invariant:** a patch is applied to the object as it is when it is written, so two patches of
//! different fields never undo one another.

use http::StatusCode;
use serde_json::Value;

use super::update::{How, change};
use super::{apply, convert, decode, object};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::Resource;
use crate::status::{Result, Status};

const ACCEPTED: &str = "application/json-patch+json, application/merge-patch+json, \
                        application/strategic-merge-patch+json, application/apply-patch+yaml";

/// How often an operation of a JSON patch may stand in one patch.
const OPERATIONS: usize = 10_000;

/// A parsed patch.
pub(super) enum Patch {
    Json(json_patch::Patch),
    Merge(Value),
    Strategic(Value),
}

pub(super) fn patch(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    subresource: Option<&str>,
) -> Result<Reply> {
    if media(call).starts_with("application/apply-patch") {
        return apply::apply(core, call, resource, subresource);
    }
    let served = call.served.unwrap_or(resource);
    let patch = parse(call)?;
    let mut warnings = Vec::new();
    let mut told = Vec::new();
    let how = How { subresource, managed: false };
    let written = change(core, call, resource, how, &mut warnings, &mut |old| {
        let new = patch.apply(served, &convert::to_served(served, old.clone()))?;
        let mut decoded = decode::typed(call, &new, decode::expected(served))?;
        decoded.value = convert::to_stored(served, decoded.value, Some(old));
        check_identity(&decoded.value, old)?;
        object::metadata(&mut decoded.value);
        told = decoded.warnings;
        Ok(decoded.value)
    })?;
    Ok(written.into_reply(StatusCode::OK).warn(told).warn(warnings))
}

fn media(call: &Call) -> &str {
    call.header("content-type").split(';').next().unwrap_or_default().trim()
}

/// Reads the patch of a request.
pub(super) fn parse(call: &Call) -> Result<Patch> {
    let bad = |error: &dyn std::fmt::Display| {
        Status::bad_request(format!("error decoding patch: {error}"))
    };
    let value = || serde_json::from_slice::<Value>(&call.body).map_err(|it| bad(&it));
    match media(call) {
        "application/json-patch+json" => {
            let patch: json_patch::Patch =
                serde_json::from_slice(&call.body).map_err(|it| bad(&it))?;
            if patch.0.len() > OPERATIONS {
                return Err(Status::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    format!(
                        "Request entity too large: The allowed maximum operations in a JSON patch \
                         is {OPERATIONS}, got {}",
                        patch.0.len()
                    ),
                ));
            }
            Ok(Patch::Json(patch))
        }
        "application/merge-patch+json" => Ok(Patch::Merge(value()?)),
        "application/strategic-merge-patch+json" => Ok(Patch::Strategic(value()?)),
        _ => Err(Status::unsupported_media_type(ACCEPTED)),
    }
}

impl Patch {
    /// The object with the patch applied.
    pub(super) fn apply(&self, resource: &Resource, old: &Value) -> Result<Value> {
        let mut new = old.clone();
        match self {
            Self::Json(patch) => json_patch::patch(&mut new, patch).map_err(|error| {
                let message = "the server rejected our request due to an error in our request";
                let mut status = Status::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message);
                tracing::debug!(%error, "A JSON patch could not be applied");
                status.details.insert("kind".to_owned(), "".into());
                status
            })?,
            Self::Merge(patch) => json_patch::merge(&mut new, patch),
            Self::Strategic(patch) => new = strategic(resource, old, patch)?,
        }
        Ok(new)
    }
}

fn strategic(_resource: &Resource, old: &Value, patch: &Value) -> Result<Value> {
    let mut new = old.clone();
    json_patch::merge(&mut new, patch);
    Ok(new)
}

fn check_identity(new: &Value, old: &Value) -> Result<()> {
    for field in ["name", "namespace"] {
        if object::text(new, field) != object::text(old, field) {
            return Err(Status::bad_request(format!(
                "the {field} of the object ({}) does not match the {field} on the URL ({})",
                object::text(new, field),
                object::text(old, field)
            )));
        }
    }
    Ok(())
}

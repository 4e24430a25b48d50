//! PATCH: four ways to say what should change.
//!
//! **Invariant:** a patch is applied to the object as it is when it is written, so two patches of
//! different fields never undo one another.

use http::StatusCode;
use json_patch::PatchOperation;
use serde_json::Value;

use super::update::{How, change};
use super::{apply, convert, decode, object};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::{self, Resource};
use crate::schema::decode::Style;
use crate::schema::{self, strategic};
use crate::status::{Result, Status};

/// How often an operation of a JSON patch may stand in one patch.
const OPERATIONS: usize = 10_000;

/// How many bytes the `copy` operations of one JSON patch may add, as in the real server.
const COPIED: usize = 3 << 20;

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
        let mut decoded = patch.apply(call, served, convert::to_served(served, old.clone()))?;
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
        _ => Err(Status::unsupported_patch()),
    }
}

impl Patch {
    /// The object with the patch applied, checked against its kind.
    fn apply(&self, call: &Call, resource: &Resource, old: Value) -> Result<decode::Decoded> {
        let expected = decode::expected(resource);
        match self {
            Self::Json(patch) => {
                let mut new = old;
                operate(&mut new, patch).map_err(|error| impossible(&error))?;
                let shown = kinds::errors::quoted(&new.to_string());
                let unfit = |why: String| misfit(&shown, &why);
                decode::patched(call, new, expected, Style::Json).map_err(unfit)
            }
            Self::Merge(patch) => {
                let mut new = old;
                json_patch::merge(&mut new, patch);
                let shown = kinds::errors::quoted(&new.to_string());
                let unfit = |why: String| misfit(&shown, &why);
                decode::patched(call, new, expected, Style::Json).map_err(unfit)
            }
            Self::Strategic(patch) => {
                let known = schema::type_of(resource.group, resource.version, resource.kind);
                let known = known.ok_or_else(Status::unsupported_patch)?;
                let new = schema::strategic_merge(known, &old, patch).map_err(refused)?;
                let unfit = |why: String| {
                    let whole = strategic::invalid(patch, &why);
                    let body = whole.strip_prefix(" \"\" is invalid: patch: ").unwrap_or(&whole);
                    Status::invalid_request(("", ""), "FieldValueInvalid", "patch", body)
                };
                decode::patched(call, new, expected, Style::Conversion).map_err(unfit)
            }
        }
    }
}

/// Applies a JSON patch one operation at a time, so that copies of copies stay bounded.
pub(super) fn operate(
    value: &mut Value,
    patch: &[PatchOperation],
) -> std::result::Result<(), String> {
    let mut copied = 0;
    for operation in patch {
        if let PatchOperation::Copy(copy) = operation {
            copied += value.pointer(copy.from.as_str()).map_or(0, |it| it.to_string().len());
            if copied > COPIED {
                return Err(format!(
                    "Unable to copy, the accumulated size increase of copy operations is \
                     {copied}, exceeding the limit {COPIED}"
                ));
            }
        }
        json_patch::patch(value, std::slice::from_ref(operation)).map_err(|it| it.to_string())?;
    }
    Ok(())
}

/// The refusal of a patch whose outcome is no object of its kind.
fn misfit(shown: &str, why: &str) -> Status {
    let body = format!("Invalid value: {shown}: {why}");
    Status::invalid_request(("", ""), "FieldValueInvalid", "patch", &body)
}

fn unprocessable(message: String) -> Status {
    Status::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
}

/// A JSON patch whose operation cannot be done.
fn impossible(error: &str) -> Status {
    tracing::debug!(%error, "A JSON patch could not be applied");
    unprocessable("the server rejected our request due to an error in our request".to_owned())
}

fn refused(error: strategic::Error) -> Status {
    match error {
        strategic::Error::BadRequest(message) => Status::bad_request(message),
        strategic::Error::Unprocessable(message) => unprocessable(message),
        strategic::Error::Internal(message) => {
            Status::new(StatusCode::INTERNAL_SERVER_ERROR, "", message)
        }
    }
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

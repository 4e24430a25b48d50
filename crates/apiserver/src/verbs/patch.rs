//! PATCH: four ways to say what should change.
//!
//! **Invariant:** a patch is applied to the object as it is when it is written, so two patches of
//! different fields never undo one another.

use http::StatusCode;
use serde_json::Value;

use super::json_patch::{self, Malformed, Operations};
use super::update::{How, change};
use super::{apply, convert, decode, object};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::{self, Resource};
use crate::schema::decode::Style;
use crate::schema::node::Node;
use crate::schema::{self, strategic};
use crate::status::{Result, Status};

/// A parsed patch.
pub(super) enum Patch {
    Json(Operations),
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
    });
    match written {
        Ok(written) => Ok(written.into_reply(StatusCode::OK).warn(told).warn(warnings)),
        Err(refusal) => Err(refusal.warn(told)),
    }
}

fn media(call: &Call) -> &str {
    call.header("content-type").split(';').next().unwrap_or_default().trim()
}

/// Reads the patch of a request.
pub(super) fn parse(call: &Call) -> Result<Patch> {
    let value = || json_patch::value(&call.body);
    match media(call) {
        "application/json-patch+json" => match Operations::parse(&call.body) {
            Ok(operations) => Ok(Patch::Json(operations)),
            Err(Malformed::BadRequest(why)) => Err(Status::bad_request(why)),
            Err(Malformed::TooMany(why)) => {
                let code = StatusCode::PAYLOAD_TOO_LARGE;
                Err(Status::new(code, "RequestEntityTooLarge", why))
            }
        },
        "application/merge-patch+json" => {
            let fields = value().and_then(fields);
            let bad = |why| Status::bad_request(format!("error decoding patch: {why}"));
            Ok(Patch::Merge(fields.map_err(bad)?))
        }
        "application/strategic-merge-patch+json" => {
            Ok(Patch::Strategic(value().and_then(fields).map_err(Status::bad_request)?))
        }
        _ => Err(Status::unsupported_patch()),
    }
}

/// A merge patch is an object.
fn fields(patch: Value) -> std::result::Result<Value, String> {
    let word = match &patch {
        Value::Null | Value::Object(_) => return Ok(patch),
        other => Node::from(other.clone()).word(),
    };
    Err(format!("json: cannot unmarshal {word} into Go value of type map[string]interface {{}}"))
}

impl Patch {
    /// The object with the patch applied, checked against its kind.
    fn apply(&self, call: &Call, resource: &Resource, old: Value) -> Result<decode::Decoded> {
        let expected = decode::expected(resource);
        match self {
            Self::Json(patch) => {
                let mut new = old;
                patch.apply(&mut new).map_err(|error| impossible(&error))?;
                check_kind(resource, &new)?;
                let shown = kinds::errors::quoted(&new.to_string());
                let unfit = |why: String| misfit(&shown, &why);
                decode::patched(call, new, expected, Style::Json).map_err(unfit)
            }
            Self::Merge(patch) => {
                let mut new = old;
                json_patch::merge(&mut new, patch);
                check_kind(resource, &new)?;
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

/// A patch makes no object of another kind.
fn check_kind(resource: &Resource, new: &Value) -> Result<()> {
    let text = |field: &str| new[field].as_str().unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    if (kind, version) == (resource.kind, &resource.api_version()) || !new.is_object() {
        return Ok(());
    }
    let (group, short) = version.rsplit_once('/').unwrap_or(("", version));
    let why = match kinds::find_kind(group, short, kind) {
        Some(_) => {
            let package = |group: &str| match group.split('.').next() {
                None | Some("") => "core".to_owned(),
                Some(first) => first.to_owned(),
            };
            let own = package(resource.group);
            format!("converting ({short}.{kind}) to ({own}.{}): unknown conversion", resource.kind)
        }
        None => format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \
             \"pkg/api/legacyscheme/scheme.go:30\""
        ),
    };
    Err(misfit(&kinds::errors::quoted(&new.to_string()), &why))
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
pub(super) fn impossible(error: &str) -> Status {
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

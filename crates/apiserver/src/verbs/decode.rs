//! Request bodies: JSON, YAML or protobuf in; a checked JSON value out.
//!
//! **Invariant:** what leaves here is an object of the expected kind and version, with no field
//! that its type does not have (or the client has been warned).

use serde_json::{Value, json};

use crate::http::Call;
use crate::kinds::Resource;
use crate::schema::decode::Style;
use crate::schema::{self, Expected, Format};
use crate::status::{Result, Status};

/// The media types of bodies, named when another one comes.
const ACCEPTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// A body, decoded, and what to warn its sender of.
pub(super) struct Decoded {
    pub(super) value: Value,
    pub(super) warnings: Vec<String>,
}

/// The kind that a route of the resource takes.
pub(super) fn expected(resource: &Resource) -> Expected<'_> {
    Expected { group: resource.group, version: resource.version, kind: resource.kind }
}

/// What to do about fields that a type does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Validation {
    Ignore,
    Warn,
    Strict,
}

fn validation(call: &Call) -> Result<Validation> {
    match call.query.get("fieldValidation") {
        "Ignore" => Ok(Validation::Ignore),
        "" | "Warn" => Ok(Validation::Warn),
        "Strict" => Ok(Validation::Strict),
        other => Err(Status::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            format!(
                "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \
                 {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
            ),
        )),
    }
}

/// Decodes the body of a write.
pub(super) fn body(call: &Call, expected: Expected<'_>) -> Result<Decoded> {
    decode(call, &call.body, format(call)?, expected)
}

/// Checks a value that a patch has made against its kind.
pub(super) fn typed(call: &Call, value: &Value, expected: Expected<'_>) -> Result<Decoded> {
    decode(call, value.to_string().as_bytes(), Format::Json, expected)
}

/// Checks a value that a patch has left behind; the error is the sentence of the refusal.
pub(super) fn patched(
    call: &Call,
    value: Value,
    expected: Expected<'_>,
    style: Style,
) -> std::result::Result<Decoded, String> {
    let validation = validation(call).map_err(|it| it.message)?;
    let decoded = schema::decode::patched(value, expected, style)?;
    if validation == Validation::Strict && !decoded.strict.is_empty() {
        return Err(format!("strict decoding error: {}", decoded.strict.join(", ")));
    }
    let warnings = if validation == Validation::Warn { decoded.strict } else { Vec::new() };
    Ok(Decoded { value: decoded.value, warnings })
}

/// Decodes a server-side apply, which is always YAML.
pub(super) fn applied(call: &Call, expected: Expected<'_>) -> Result<Decoded> {
    checked(call, schema::configuration(&call.body), expected)
}

fn format(call: &Call) -> Result<Format> {
    let media = call.header("content-type").split(';').next().unwrap_or_default().trim();
    match media {
        "" | "application/json" => Ok(Format::Json),
        "application/yaml" => Ok(Format::Yaml),
        "application/vnd.kubernetes.protobuf" => Ok(Format::Protobuf),
        _ => Err(Status::unsupported_media_type(ACCEPTED)),
    }
}

fn decode(call: &Call, bytes: &[u8], format: Format, expected: Expected<'_>) -> Result<Decoded> {
    checked(call, schema::body(bytes, format, expected), expected)
}

fn checked(
    call: &Call,
    decoded: std::result::Result<schema::decode::Decoded, String>,
    expected: Expected<'_>,
) -> Result<Decoded> {
    let validation = validation(call)?;
    let decoded = decoded.map_err(Status::bad_request)?;
    if validation == Validation::Strict
        && let Some(message) = decoded.refuse(expected)
    {
        return Err(Status::bad_request(message));
    }
    let warnings = if validation == Validation::Warn { decoded.strict } else { Vec::new() };
    Ok(Decoded { value: decoded.value, warnings })
}

/// Decodes the options in the body of a deletion, if there are any.
pub(super) fn delete_options(call: &Call) -> Result<Value> {
    if call.body.is_empty() {
        return Ok(json!({}));
    }
    let versions = [("", "v1"), ("meta.k8s.io", "v1"), ("policy", "v1")];
    let mut last = Status::bad_request("the body of the request is no DeleteOptions");
    for (group, version) in versions {
        let expected = Expected { group, version, kind: "DeleteOptions" };
        match schema::body(&call.body, format(call)?, expected) {
            Ok(decoded) => return Ok(decoded.value),
            Err(message) => last = Status::bad_request(message),
        }
    }
    Err(last)
}

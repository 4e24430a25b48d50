//! Request bodies: JSON, YAML or protobuf in; a checked JSON value out.
//!
//! **Invariant:** what leaves here is an object of the expected kind and version, with no field
//! that its type does not have (or the client has been warned).

use bytes::Bytes;
use serde_json::{Value, json};

use crate::http::Call;
use crate::kinds::Resource;
use crate::status::{Result, Status};

/// The media types of bodies, named when another one comes.
const ACCEPTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The deepest nesting of a body.
const DEPTH: usize = 128;

/// A body, decoded, and what to warn its sender of.
pub(super) struct Decoded {
    pub(super) value: Value,
    pub(super) warnings: Vec<String>,
}

/// What a body must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected<'a> {
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) kind: &'a str,
}

impl<'a> From<&'a Resource> for Expected<'a> {
    fn from(resource: &'a Resource) -> Self {
        Self { group: resource.group, version: resource.version, kind: resource.kind }
    }
}

impl Expected<'_> {
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// Decodes the body of a write.
pub(super) fn body(call: &Call, expected: Expected<'_>) -> Result<Decoded> {
    let value = raw(call, &call.body)?;
    typed(call, value, expected)
}

/// Parses bytes by the media type of the request.
pub(super) fn raw(call: &Call, bytes: &Bytes) -> Result<Value> {
    let media = call.header("content-type").split(';').next().unwrap_or_default().trim();
    match media {
        "" | "application/json" => json_value(bytes),
        "application/yaml" => yaml_value(bytes),
        _ => Err(Status::unsupported_media_type(ACCEPTED)),
    }
}

fn json_value(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type Object): couldn't get \
             version/kind; json parse error: {error}"
        ))
    })
}

/// Parses YAML as Kubernetes does.
pub(super) fn yaml_value(bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Status::bad_request("error converting YAML to JSON: yaml: invalid UTF-8"))?;
    serde_saphyr::from_str(text)
        .map_err(|error| Status::bad_request(format!("error converting YAML to JSON: {error}")))
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Checks a value against the kind that is expected.
pub(super) fn typed(_call: &Call, mut value: Value, expected: Expected<'_>) -> Result<Decoded> {
    if !value.is_object() {
        return Err(Status::bad_request("the body of the request is not an object"));
    }
    if depth(&value) > DEPTH {
        return Err(Status::bad_request("the body of the request is nested too deeply"));
    }
    check_type(&value, expected)?;
    value["kind"] = expected.kind.into();
    value["apiVersion"] = expected.api_version().into();
    Ok(Decoded { value, warnings: Vec::new() })
}

fn check_type(value: &Value, expected: Expected<'_>) -> Result<()> {
    let kind = value["kind"].as_str().unwrap_or(expected.kind);
    let wanted = expected.api_version();
    let version = value["apiVersion"].as_str().unwrap_or(&wanted);
    if version != wanted {
        return Err(Status::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version \
             ({wanted})"
        )));
    }
    if kind != expected.kind {
        return Err(Status::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {}: the kinds do not match",
            expected.kind
        )));
    }
    Ok(())
}

/// Decodes the options in the body of a deletion, if there are any.
pub(super) fn delete_options(call: &Call) -> Result<Value> {
    if call.body.is_empty() { Ok(json!({})) } else { raw(call, &call.body) }
}

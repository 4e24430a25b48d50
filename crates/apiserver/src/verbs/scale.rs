//! `…/scale`: how many replicas, without the rest.

use http::StatusCode;
use serde_json::{Value, json};

use super::create::Written;
use super::update::{How, change};
use super::{decode, json_patch, object, patch};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::Resource;
use crate::schema::Expected;
use crate::status::{Result, Status};

const SCALE: Expected<'static> = Expected { group: "autoscaling", version: "v1", kind: "Scale" };

pub(super) fn get(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let object = object::load(core, call, resource)?;
    Ok(Reply::value(StatusCode::OK, scale_of(&object.value())))
}

pub(super) fn update(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let decoded = decode::body(call, SCALE)?;
    write(core, call, resource, &mut |_| Ok(decoded.value.clone()))
}

pub(super) fn patch(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let patch = patch::parse(call)?;
    write(core, call, resource, &mut |scale| {
        let patched = patch.apply_to_scale(scale)?;
        Ok(decode::typed(call, &patched, SCALE)?.value)
    })
}

impl patch::Patch {
    /// A `Scale` has no lists, so both merges are the same.
    fn apply_to_scale(&self, scale: &Value) -> Result<Value> {
        let mut new = scale.clone();
        match self {
            Self::Merge(patch) | Self::Strategic(patch) => json_patch::merge(&mut new, patch),
            Self::Json(patch) => patch.apply(&mut new).map_err(|why| patch::impossible(&why))?,
        }
        Ok(new)
    }
}

fn write(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    edit: &mut dyn FnMut(&Value) -> Result<Value>,
) -> Result<Reply> {
    let mut warnings = Vec::new();
    let how = How { subresource: Some("scale"), managed: false };
    let written = change(core, call, resource, how, &mut warnings, &mut |old| {
        let scale = edit(&scale_of(old))?;
        let replicas = scale["spec"]["replicas"].as_i64().unwrap_or_default();
        if replicas < 0 {
            let name = object::text(old, "name");
            let field = "spec.replicas";
            return Err(negative(name, field, replicas));
        }
        let mut new = old.clone();
        new["spec"]["replicas"] = replicas.into();
        let revision = object::text(&scale, "resourceVersion").to_owned();
        object::metadata(&mut new).insert("resourceVersion".to_owned(), revision.into());
        Ok(new)
    })?;
    let value = match &written {
        Written::Stored(object) => object.value(),
        Written::Tried(value) => value.clone(),
    };
    Ok(Reply::value(StatusCode::OK, scale_of(&value)).warn(warnings))
}

fn negative(name: &str, field: &str, found: i64) -> Status {
    let body = format!("Invalid value: {found}: must be greater than or equal to 0");
    let message = format!("Scale.autoscaling {name:?} is invalid: {field}: {body}");
    let mut status = Status::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message);
    for (key, value) in [("name", name), ("group", "autoscaling"), ("kind", "Scale")] {
        status.details.insert(key.to_owned(), value.into());
    }
    status
        .with_causes(vec![json!({"reason": "FieldValueInvalid", "message": body, "field": field})])
}

fn scale_of(value: &Value) -> Value {
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(found) = value["metadata"].get(field) {
            metadata[field] = found.clone();
        }
    }
    let mut status = json!({"replicas": value["status"]["replicas"].as_i64().unwrap_or_default()});
    let selector = selector_text(&value["spec"]["selector"]);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": value["spec"]["replicas"].as_i64().unwrap_or_default()},
        "status": status,
    })
}

/// A label selector in its query form.
fn selector_text(selector: &Value) -> String {
    let plain = !selector["matchLabels"].is_object() && !selector["matchExpressions"].is_array();
    let labels = if plain { selector } else { &selector["matchLabels"] };
    let mut parts: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<&str> = expression["values"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        parts.push(match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    parts.sort();
    parts.join(",")
}

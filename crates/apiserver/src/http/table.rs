//! Tables: what `kubectl get` prints, made by the server.

use serde_json::{Value, json};

use super::reply::metadata_only;
use crate::core::Core;
use crate::kinds::{self, Resource};

/// What each row carries of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Include {
    #[default]
    Metadata,
    None,
    Object,
}

impl Include {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// Objects as a table; a watch sends the columns only once.
pub(crate) fn table(
    core: &Core,
    resource: &Resource,
    objects: Vec<Value>,
    metadata: &Value,
    include: Include,
    columns: bool,
) -> Value {
    let mut table = kinds::table(resource, &objects, core.now());
    table["metadata"] = metadata.clone();
    if !columns {
        table["columnDefinitions"] = json!([]);
    }
    for (row, object) in table["rows"].as_array_mut().into_iter().flatten().zip(objects) {
        row["object"] = included(object, include);
    }
    table
}

/// The `scale` of an object as a table.
pub(crate) fn scale(core: &Core, scale: Value, include: Include) -> Value {
    let mut table = kinds::scale_table(&scale, core.now());
    table["metadata"] = json!({"resourceVersion": scale["metadata"]["resourceVersion"].clone()});
    table["rows"][0]["object"] = included(scale, include);
    table
}

fn included(object: Value, include: Include) -> Value {
    match include {
        Include::None => Value::Null,
        Include::Metadata => metadata_only(&object),
        Include::Object => object,
    }
}

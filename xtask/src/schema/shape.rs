//! How one field is written: its shape, its flags and its options, separated by spaces.
//!
//! ```text
//! ports []@io.k8s.api.core.v1.ContainerPort 6 o l=map:containerPort,protocol p=merge k=containerPort
//! name  shape                               protobuf number, flags, options
//! ```

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::golang::{Field, TypeName};

/// The shape of a published type that is not written as a type of its own.
pub(super) fn special(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "Quantity" => "quantity",
        "Time" => "time",
        "MicroTime" => "microtime",
        "IntOrString" => "intstr",
        "RawExtension" => "raw",
        "FieldsV1" => "fields",
        "JSON"
        | "JSONSchemaPropsOrArray"
        | "JSONSchemaPropsOrBool"
        | "JSONSchemaPropsOrStringArray"
        | "Patch" => "any",
        _ => return None,
    })
}

/// Writes the line of one field.
pub(super) fn write_field(
    out: &mut String,
    name: &str,
    schema: &Value,
    required: bool,
    go: Option<&Field>,
    type_name: &TypeName,
) -> Result<()> {
    write!(out, "{name} {}", shape(schema)?)?;
    let number = go.map_or("-", |go| if go.number.is_empty() { "-" } else { &go.number });
    write!(out, " {number} ")?;
    let flags: String = [
        ('!', required),
        ('o', go.is_some_and(|go| go.omit_empty)),
        ('z', go.is_some_and(|go| go.omit_zero)),
        ('*', go.is_some_and(|go| go.pointer)),
        ('w', type_name.wrapped),
    ]
    .into_iter()
    .filter_map(|(flag, set)| set.then_some(flag))
    .collect();
    out.push_str(if flags.is_empty() { "-" } else { &flags });
    write_options(out, schema)?;
    if let Some(go) = go.filter(|go| !go.embedded.is_empty()) {
        write!(out, " in={}", go.embedded)?;
    }
    if let Some(named) = &type_name.named {
        write!(out, " g={named}")?;
    }
    if !type_name.values.is_empty() {
        write!(out, " e={}", type_name.values.join("|"))?;
    }
    out.push('\n');
    Ok(())
}

/// The merge rules and the default.
fn write_options(out: &mut String, schema: &Value) -> Result<()> {
    if let Some(list) = schema["x-kubernetes-list-type"].as_str() {
        write!(out, " l={list}")?;
        let keys = schema["x-kubernetes-list-map-keys"].as_array();
        let keys: Vec<_> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
        if !keys.is_empty() {
            write!(out, ":{}", keys.join(","))?;
        }
    }
    for (option, key) in [
        ("m", "x-kubernetes-map-type"),
        ("p", "x-kubernetes-patch-strategy"),
        ("k", "x-kubernetes-patch-merge-key"),
    ] {
        if let Some(value) = schema[key].as_str() {
            write!(out, " {option}={value}")?;
        }
    }
    if let Some(default) = schema.get("default") {
        write!(out, " d={default}")?;
    }
    Ok(())
}

/// The shape of a published property.
fn shape(schema: &Value) -> Result<String> {
    if let Some(reference) = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str()) {
        let name = reference.rsplit('/').next().context("an empty reference")?;
        return Ok(special(name).map_or_else(|| format!("@{name}"), str::to_owned));
    }
    if let Some(items) = schema.get("items") {
        return Ok(format!("[]{}", shape(items)?));
    }
    if let Some(values) = schema.get("additionalProperties") {
        return Ok(format!("{{}}{}", shape(values)?));
    }
    Ok(match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("byte")) => "bytes",
        (Some("string"), _) => "str",
        (Some("integer"), Some("int64")) => "i64",
        (Some("integer"), _) => "i32",
        (Some("boolean"), _) => "bool",
        (Some("number"), _) => "f64",
        (Some("object"), _) => "any",
        other => bail!("no shape for {other:?}"),
    }
    .to_owned())
}

//! Reading and filling JSON objects the way Go's structs are read and filled.
//!
//! **Invariant:** an absent field, `null` and the empty value mean the same, as they do after
//! the real server has decoded an object.

use serde_json::{Map, Value, json};

/// Whether a value is what Go calls zero: absent, empty, 0 or false.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty(),
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
    }
}

/// The text of a field, empty where there is none.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The items of a list field.
pub(crate) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The entries of a map field.
pub(crate) fn entries<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value[key].as_object().into_iter().flatten()
}

/// The items of a list field, to be changed.
pub(crate) fn items_mut<'a>(
    value: &'a mut Value,
    key: &str,
) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The object in a field, created where there is none.
pub(crate) fn child<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    let slot = &mut value[key];
    if !slot.is_object() {
        *slot = json!({});
    }
    slot
}

/// The object in a field, if there is one.
pub(crate) fn present<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    value.get_mut(key).filter(|it| it.is_object())
}

/// Fills a pointer field (`Option`): only absence counts as unset.
pub(crate) fn fill(value: &mut Value, key: &str, default: impl Into<Value>) {
    if let Some(object) = value.as_object_mut()
        && object.get(key).is_none_or(Value::is_null)
    {
        object.insert(key.to_owned(), default.into());
    }
}

/// Fills a plain field: its empty value counts as unset too.
pub(crate) fn fill_empty(value: &mut Value, key: &str, default: impl Into<Value>) {
    if let Some(object) = value.as_object_mut()
        && object.get(key).is_none_or(is_empty)
    {
        object.insert(key.to_owned(), default.into());
    }
}

/// Removes a field.
pub(crate) fn remove(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut().and_then(|it| it.remove(key))
}

/// The map in a field, created where there is none.
pub(crate) fn map_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    child(value, key).as_object_mut()
}

/// The items of a list field with their positions.
pub(crate) fn numbered<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (usize, &'a Value)> {
    items(value, key).iter().enumerate()
}

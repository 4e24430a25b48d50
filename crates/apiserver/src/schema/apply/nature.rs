//! How server-side apply sees a value: as a whole, by field, by key.

use serde_json::Value;

use super::super::table::{Field, ListType, MapType, Shape, Type};
use super::element::Element;

/// How a value is merged.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nature<'a> {
    /// As a whole: scalars, and what is declared atomic.
    Whole,
    /// Field by field.
    Object(&'static Type),
    /// Entry by entry.
    Map(&'a Shape),
    /// Member by member.
    Set,
    /// Item by item, found by these keys.
    Keyed(&'a [&'static str], &'a Shape),
}

/// The nature of a value with this shape in this field; `example` decides where the shape is open.
pub(super) fn nature<'a>(
    shape: &'a Shape,
    field: Option<&'a Field>,
    example: Option<&Value>,
) -> Nature<'a> {
    let declared = field.and_then(|field| field.map);
    match shape {
        Shape::Object(_) => match (shape.object(), declared) {
            (Some(known), Some(MapType::Granular)) => Nature::Object(known),
            (Some(known), None) if !known.atomic => Nature::Object(known),
            _ => Nature::Whole,
        },
        Shape::Map(element) if declared != Some(MapType::Atomic) => Nature::Map(element),
        Shape::List(element) => match field.map(|field| &field.list) {
            Some(ListType::Set) => Nature::Set,
            Some(ListType::Map(keys)) => Nature::Keyed(keys, element),
            _ => Nature::Whole,
        },
        Shape::Any if example.is_some_and(Value::is_object) => Nature::Map(&Shape::Any),
        _ => Nature::Whole,
    }
}

/// The shape of a field, and the field itself when it has merge rules.
pub(super) fn inner<'a>(known: &'a Type, key: &str) -> Option<(&'a Shape, Option<&'a Field>)> {
    match known.field(key) {
        Some(field) => Some((&field.shape, Some(field))),
        None if known.open => Some((&Shape::Any, None)),
        None => None,
    }
}

/// The step to an item of a set or keyed list; an error for an item without its key.
pub(super) fn step(nature: Nature<'_>, item: &Value) -> Result<Element, String> {
    let Nature::Keyed(keys, shape) = nature else {
        return match item {
            Value::Object(_) => {
                Err("associative list without keys has an element that's a map type".to_owned())
            }
            Value::Array(_) => {
                Err("not supported: associative list with lists as elements".to_owned())
            }
            Value::Null => {
                Err("associative list without keys has an element that's an explicit null"
                    .to_owned())
            }
            scalar => Ok(Element::Item(scalar.clone())),
        };
    };
    match item {
        Value::Object(_) => {}
        Value::Null => {
            return Err("associative list with keys may not have a null element".to_owned());
        }
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    }
    let known = shape.object();
    let mut found: Vec<(String, Value)> = keys
        .iter()
        .filter_map(|key| {
            let default = || serde_json::from_str(known?.field(key)?.default?).ok();
            Some(((*key).to_owned(), item.get(*key).cloned().or_else(default)?))
        })
        .collect();
    if found.is_empty() {
        let quoted: Vec<_> = keys.iter().map(|key| format!("{key:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] \
             (and doesn't have default values for any key fields)",
            quoted.join(" ")
        ));
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(Element::Key(found))
}

//! Whether an applied configuration fits its type; the messages are the real server's.

use serde_json::Value;

use super::super::table::{Field, Shape, Type};
use super::element::Element;
use super::nature::{Nature, inner, nature, step};

/// Every complaint about a configuration, each with its path.
pub(super) fn check(known: &'static Type, config: &Value) -> Vec<String> {
    let mut walk = Check { path: String::new(), errors: Vec::new() };
    walk.object(known, config);
    walk.errors
}

/// The complaints as one message.
pub(super) fn joined(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    }
}

struct Check {
    path: String,
    errors: Vec<String>,
}

impl Check {
    fn fail(&mut self, message: &str) {
        let path = &self.path;
        let separator = if path.is_empty() { "" } else { ": " };
        self.errors.push(format!("{path}{separator}{message}"));
    }

    fn within(&mut self, element: &Element, visit: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(&element.to_string());
        visit(self);
        self.path.truncate(length);
    }

    fn object(&mut self, known: &Type, value: &Value) {
        let Some(map) = value.as_object() else {
            if !value.is_null() {
                self.fail(&format!("expected map, got {}", shown(value)));
            }
            return;
        };
        for (key, value) in map {
            let element = Element::Field(key.clone());
            let Some((shape, field)) = inner(known, key) else {
                self.within(&element, |it| it.fail("field not declared in schema"));
                return;
            };
            self.within(&element, |it| it.value(value, shape, field));
        }
    }

    fn value(&mut self, value: &Value, shape: &Shape, field: Option<&Field>) {
        if value.is_null() {
            return;
        }
        match shape {
            Shape::Object(_) => {
                if let Some(known) = shape.object() {
                    self.object(known, value);
                }
            }
            Shape::Map(element) => match value.as_object() {
                Some(map) => {
                    for (key, value) in map {
                        let step = Element::Field(key.clone());
                        self.within(&step, |it| it.value(value, element, None));
                    }
                }
                None => self.fail(&format!("expected map, got {}", shown(value))),
            },
            Shape::List(element) => self.list(value, element, nature(shape, field, Some(value))),
            _ => self.scalar(value, shape),
        }
    }

    fn list(&mut self, value: &Value, element: &Shape, kind: Nature<'_>) {
        let Some(items) = value.as_array() else {
            self.fail(&format!("expected list, got {}", shown(value)));
            return;
        };
        let mut seen: Vec<Element> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let place = match kind {
                Nature::Set | Nature::Keyed(..) => match step(kind, item) {
                    Ok(place) => place,
                    Err(error) => {
                        self.fail(&format!("element {at}: {error}"));
                        return;
                    }
                },
                _ => Element::Index(i64::try_from(at).unwrap_or(i64::MAX)),
            };
            if seen.contains(&place) {
                self.fail(&format!("duplicate entries for key {place}"));
            }
            self.within(&place, |it| it.value(item, element, None));
            seen.push(place);
        }
    }

    fn scalar(&mut self, value: &Value, shape: &Shape) {
        let go = match value {
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            Value::Array(_) => "[]interface {}",
            Value::Object(_) => "map[string]interface {}",
            Value::Number(_) | Value::Null => "int64",
        };
        match shape {
            Shape::Int32 | Shape::Int64 | Shape::Double if !value.is_number() => {
                self.fail(&format!("expected numeric (int or float), got {go}"));
            }
            Shape::String | Shape::Bytes | Shape::Time | Shape::MicroTime if !value.is_string() => {
                let literal = match value {
                    Value::Object(_) => "map[string]interface {}{…}".to_owned(),
                    other => super::super::strategic::go_value(other),
                };
                let message =
                    format!("expected string, got &value.valueUnstructured{{Value:{literal}}}");
                self.fail(&message);
            }
            Shape::Bool if !value.is_boolean() => {
                self.fail(&format!("expected boolean, got {}", shown(value)));
            }
            Shape::Quantity | Shape::IntOrString if value.is_object() || value.is_array() => {
                self.fail(&format!("expected any scalar, got {}", shown(value)));
            }
            _ => {}
        }
    }
}

/// A value as the messages quote it.
fn shown(value: &Value) -> String {
    format!("&{{{}}}", super::super::strategic::go_value(value))
}

//! The form in which the real server stores an object: what Go's encoder leaves out and adds.
//!
//! A field that is empty and may be omitted disappears (`hostNetwork: false`); one that may not
//! is written (`strategy: {}`, `rules: null`). **Deliberately absent:** defaults, which are values
//! that Kubernetes chooses (`kinds`), not zeros.

use serde_json::{Map, Value, json};

use super::table::{Field, Shape, Type};

/// Brings an object of a known type into normal form.
pub fn normalize(known: &Type, value: &mut Value) {
    let Value::Object(map) = value else { return };
    for field in &known.fields {
        if let Some(inner) = map.get_mut(field.name) {
            normalize_shape(&field.shape, inner);
            if omitted(field, inner) {
                map.remove(field.name);
            }
        }
        if !map.contains_key(field.name)
            && let Some(zero) = written_zero(field)
        {
            map.insert(field.name.to_owned(), zero);
        }
    }
}

fn normalize_shape(shape: &Shape, value: &mut Value) {
    match shape {
        Shape::Object(_) => {
            if let Some(known) = shape.object() {
                normalize(known, value);
            }
        }
        Shape::List(element) if matches!(**element, Shape::Object(_)) => {
            for item in value.as_array_mut().into_iter().flatten() {
                normalize_shape(element, item);
            }
        }
        Shape::Map(element) if matches!(**element, Shape::Object(_)) => {
            for (_, item) in value.as_object_mut().into_iter().flatten() {
                normalize_shape(element, item);
            }
        }
        _ => {}
    }
}

/// Whether Go would leave this value of the field out.
fn omitted(field: &Field, value: &Value) -> bool {
    if value.is_null() {
        // A null that is written is put back as the field's zero value.
        return true;
    }
    if field.pointer {
        return false;
    }
    match value {
        Value::Object(map) if map.is_empty() => match &field.shape {
            Shape::Object(_) => field.omit_zero,
            Shape::Map(_) => field.omit_empty || field.omit_zero,
            _ => false,
        },
        // Storage does not tell an empty list from none: one that is written comes back as null.
        Value::Array(items) => items.is_empty(),
        Value::String(text) => {
            text.is_empty() && field.omit_empty && field.shape != Shape::IntOrString
        }
        Value::Bool(value) => !value && field.omit_empty,
        Value::Number(number) => {
            number.as_f64() == Some(0.0) && field.omit_empty && field.shape != Shape::IntOrString
        }
        _ => false,
    }
}

/// What Go writes for an absent field, if it writes anything.
fn written_zero(field: &Field) -> Option<Value> {
    if field.omit_zero || field.name == "apiVersion" || field.name == "kind" {
        return None;
    }
    let structure = matches!(
        field.shape,
        Shape::Object(_)
            | Shape::Time
            | Shape::MicroTime
            | Shape::IntOrString
            | Shape::Quantity
            | Shape::RawExtension
    );
    match (field.pointer, structure) {
        // `omitempty` does not apply to structs.
        (false, true) => Some(zero(&field.shape)),
        _ if field.omit_empty => None,
        (true, _) => Some(Value::Null),
        (false, false) => match field.shape {
            Shape::List(_) | Shape::Map(_) | Shape::Bytes | Shape::Any | Shape::FieldsV1 => {
                Some(Value::Null)
            }
            _ => Some(zero(&field.shape)),
        },
    }
}

/// The zero value of a shape, as Go writes it.
pub fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::String => json!(""),
        Shape::Int32 | Shape::Int64 | Shape::IntOrString | Shape::Double => json!(0),
        Shape::Bool => json!(false),
        Shape::Quantity => json!("0"),
        Shape::Object(_) => {
            let mut value = Value::Object(Map::new());
            if let Some(known) = shape.object() {
                normalize(known, &mut value);
            }
            value
        }
        Shape::Bytes
        | Shape::Time
        | Shape::MicroTime
        | Shape::RawExtension
        | Shape::FieldsV1
        | Shape::Any
        | Shape::List(_)
        | Shape::Map(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::type_of;
    use super::*;

    #[test]
    fn a_minimal_deployment_gains_what_go_writes() {
        let mut value = json!({"spec": {"selector": {}, "paused": false, "replicas": 0,
            "template": {"spec": {"containers": [{"name": "c", "args": []}]}}}});

        normalize(type_of("apps", "v1", "Deployment").unwrap(), &mut value);

        assert_eq!(
            value,
            json!({"metadata": {}, "status": {}, "spec": {"replicas": 0, "selector": {}, "strategy": {},
                "template": {"metadata": {}, "spec": {"containers": [{"name": "c", "resources": {}}]}}}})
        );
    }

    #[test]
    fn a_role_without_rules_says_so() {
        let mut value = json!({"metadata": {"name": "r"}});

        normalize(type_of("rbac.authorization.k8s.io", "v1", "Role").unwrap(), &mut value);

        assert_eq!(value["rules"], Value::Null);
        assert!(value.as_object().unwrap().contains_key("rules"));
    }
}

//! The functions that checks may call besides CEL's own, and the way from JSON to CEL.

use std::collections::HashMap;
use std::sync::Arc;

use cel::extractors::Arguments;
use cel::objects::{Key, Map};
use cel::{Context, ExecutionError, Value as Cel};
use serde_json::Value;

/// Functions of our own, with the number of their arguments.
pub(crate) const OWN: &[(&str, usize)] =
    &[("ready", 1), ("env", 3), ("distinct", 1), ("quantity", 1)];

/// Turns JSON into CEL. Integers become CEL's `int`, never `uint`, so that authors can calculate.
pub(crate) fn to_cel(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Cel::Float(number.as_f64().unwrap_or(f64::NAN)), Cel::Int),
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(items) => Cel::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(fields) => {
            let map: HashMap<Key, Cel> = fields
                .iter()
                .map(|(name, value)| (Key::String(Arc::new(name.clone())), to_cel(value)))
                .collect();
            Cel::Map(Map { map: Arc::new(map) })
        }
    }
}

/// Makes the functions known to an evaluation.
pub(crate) fn register(context: &mut Context<'_, '_>) {
    let known = "the names are our own and differ from CEL's";
    context.add_function("ready", ready).expect(known);
    context.add_function("env", env).expect(known);
    context.add_function("distinct", distinct).expect(known);
    context.add_function("quantity", quantity).expect(known);
}

type Outcome = Result<Cel, ExecutionError>;

fn argument(arguments: &[Cel], index: usize) -> Result<Value, ExecutionError> {
    let count = arguments.len();
    let argument = arguments
        .get(index)
        .ok_or(ExecutionError::InvalidArgumentCount { expected: index + 1, actual: count })?;
    argument.json().map_err(|error| ExecutionError::function_error("argument", error))
}

/// `ready(pod)`: whether a pod's `Ready` condition is true.
fn ready(Arguments(arguments): Arguments) -> Outcome {
    Ok(Cel::Bool(is_ready(&argument(&arguments, 0)?)))
}

/// Whether a pod's `Ready` condition is true.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|condition| condition["status"] == "True")
}

/// The condition of a type in an object's status.
pub(crate) fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let conditions = object.get("status")?.get("conditions")?.as_array()?;
    conditions.iter().find(|condition| condition["type"] == name)
}

/// `env(workload, container, NAME)`: the literal value of a container's variable, or an empty text.
fn env(Arguments(arguments): Arguments) -> Outcome {
    let (workload, container, name) =
        (argument(&arguments, 0)?, argument(&arguments, 1)?, argument(&arguments, 2)?);
    let spec = workload.pointer("/spec/template/spec").or_else(|| workload.get("spec"));
    let value = spec
        .and_then(|spec| spec.get("containers")?.as_array())
        .and_then(|containers| containers.iter().find(|one| one["name"] == container))
        .and_then(|container| container.get("env")?.as_array())
        .and_then(|variables| variables.iter().find(|one| one["name"] == name))
        .and_then(|variable| variable.get("value")?.as_str());
    Ok(Cel::String(Arc::new(value.unwrap_or_default().to_owned())))
}

/// `distinct(list)`: the list without doubles, in order.
fn distinct(Arguments(arguments): Arguments) -> Outcome {
    let list = argument(&arguments, 0)?;
    let mut seen: Vec<&Value> = Vec::new();
    for item in list.as_array().map(Vec::as_slice).unwrap_or_default() {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    Ok(Cel::List(Arc::new(seen.into_iter().map(to_cel).collect())))
}

/// `quantity(text)`: a Kubernetes quantity as a number, e.g. `250m` is 0.25 and `1Ki` is 1024.
fn quantity(Arguments(arguments): Arguments) -> Outcome {
    let text = argument(&arguments, 0)?;
    let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
    parse_quantity(&text).map(Cel::Float).ok_or_else(|| {
        ExecutionError::function_error("quantity", format!("{text:?} is no quantity"))
    })
}

/// Suffixes by <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
const SUFFIXES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
];

fn parse_quantity(text: &str) -> Option<f64> {
    let (digits, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor)))
        .unwrap_or((text, 1.0));
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_suffixes() {
        assert_eq!(parse_quantity("250m"), Some(0.25));
        assert_eq!(parse_quantity("1Ki"), Some(1024.0));
        assert_eq!(parse_quantity("2"), Some(2.0));
        assert_eq!(parse_quantity("two"), None);
    }
}

//! Merges an applied configuration into the live object, and takes out what nobody wants.

use serde_json::{Map, Value};

use super::super::table::{Field, Shape, Type};
use super::element::Element;
use super::nature::{Nature, inner, nature, step};
use super::set::Set;

/// The live object with the configuration's values.
pub(super) fn merge(known: &'static Type, live: &Value, config: &Value) -> Value {
    merge_object(known, Some(live), Some(config)).unwrap_or_else(|| Value::Object(Map::new()))
}

fn merge_object(known: &Type, live: Option<&Value>, config: Option<&Value>) -> Option<Value> {
    merge_entries(live, config, |key, live, config| {
        let (shape, field) = inner(known, key)?;
        merge_value(live, config, shape, field)
    })
}

/// Merges the entries of two maps; none, when nothing is left.
fn merge_entries(
    live: Option<&Value>,
    config: Option<&Value>,
    mut merge: impl FnMut(&str, Option<&Value>, Option<&Value>) -> Option<Value>,
) -> Option<Value> {
    let empty = Map::new();
    let live = live.and_then(Value::as_object).unwrap_or(&empty);
    let config = config.and_then(Value::as_object).unwrap_or(&empty);
    let mut merged = Map::new();
    let new = config.keys().filter(|key| !live.contains_key(*key));
    for key in live.keys().chain(new) {
        if let Some(value) = merge(key, live.get(key), config.get(key)) {
            merged.insert(key.clone(), value);
        }
    }
    (!merged.is_empty()).then_some(Value::Object(merged))
}

fn merge_value(
    live: Option<&Value>,
    config: Option<&Value>,
    shape: &Shape,
    field: Option<&Field>,
) -> Option<Value> {
    let hollow = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    let kind = nature(shape, field, config.or(live));
    if matches!(kind, Nature::Whole) || (hollow(live) && hollow(config)) {
        return config.or(live).cloned();
    }
    match kind {
        Nature::Whole => config.or(live).cloned(),
        Nature::Object(known) => merge_object(known, live, config),
        Nature::Map(element) => {
            merge_entries(live, config, |_, live, config| merge_value(live, config, element, None))
        }
        Nature::Set | Nature::Keyed(..) => merge_list(live, config, kind),
    }
}

/// Items of a list with their steps.
fn items(list: Option<&Value>, kind: Nature<'_>) -> Vec<(Element, Value)> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((step(kind, item).ok()?, item.clone()))).collect()
}

/// Merges two lists: shared items take the configuration's order, live ones stay where they are.
fn merge_list(live: Option<&Value>, config: Option<&Value>, kind: Nature<'_>) -> Option<Value> {
    let (live, config) = (items(live, kind), items(config, kind));
    let in_config = |step: &Element| config.iter().any(|(it, _)| it == step);
    let live_twin = |step: &Element| {
        let mut same = live.iter().filter(|(it, _)| it == step).map(|(_, value)| value);
        // A repeated live item is replaced, not merged.
        same.next().filter(|_| same.next().is_none())
    };
    let one = |step: &Element, value: &Value| match kind {
        Nature::Keyed(_, shape) => merge_value(live_twin(step), Some(value), shape, None),
        _ => Some(value.clone()),
    };
    let mut shared =
        config.iter().map(|(it, _)| it).filter(|it| live.iter().any(|(l, _)| l == *it));
    let mut next_shared = shared.next();
    let mut merged = Vec::new();
    let mut placed: Vec<&Element> = Vec::new();
    let (mut l, mut c) = (0, 0);
    while l < live.len() || c < config.len() {
        if let (Some((left, _)), Some((right, value))) = (live.get(l), config.get(c)) {
            if left == right {
                placed.push(right);
                merged.extend(one(right, value));
                l += 1;
                c += 1;
                next_shared = shared.next();
                continue;
            }
            if in_config(left) && next_shared.is_some_and(|it| it != left) {
                l += 1; // Shared, but its turn is later.
                continue;
            }
        }
        if let Some((left, value)) = live.get(l) {
            if !in_config(left) {
                merged.push(value.clone());
                l += 1;
                continue;
            }
            if placed.contains(&left) {
                l += 1;
            }
        }
        if let Some((right, value)) = config.get(c) {
            placed.push(right);
            merged.extend(one(right, value));
            c += 1;
            if next_shared == Some(right) {
                next_shared = shared.next();
            }
        }
    }
    (!merged.is_empty()).then_some(Value::Array(merged))
}

/// The object without the paths of a set; lists and maps that become empty go too.
pub(super) fn remove(known: &'static Type, value: &Value, doomed: &Set) -> Value {
    remove_object(known, value, doomed).unwrap_or_else(|| Value::Object(Map::new()))
}

fn remove_object(known: &Type, value: &Value, doomed: &Set) -> Option<Value> {
    remove_entries(value, doomed, |key, value, below| {
        let (shape, field) = inner(known, key)?;
        remove_value(value, below, shape, field)
    })
}

fn remove_entries(
    value: &Value,
    doomed: &Set,
    mut within: impl FnMut(&str, &Value, &Set) -> Option<Value>,
) -> Option<Value> {
    let map = value.as_object().filter(|map| !map.is_empty())?;
    let mut kept = Map::new();
    for (key, value) in map {
        let element = Element::Field(key.clone());
        if doomed.has(&element) {
            continue;
        }
        let value = match doomed.below(&element) {
            Some(below) => within(key, value, below).unwrap_or(Value::Null),
            None => value.clone(),
        };
        kept.insert(key.clone(), value);
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

fn remove_value(
    value: &Value,
    doomed: &Set,
    shape: &Shape,
    field: Option<&Field>,
) -> Option<Value> {
    match nature(shape, field, Some(value)) {
        // Something below a scalar or an atomic value goes with the whole of it.
        Nature::Whole if value.is_object() || value.is_array() => None,
        Nature::Whole => Some(value.clone()),
        Nature::Object(known) => remove_object(known, value, doomed),
        Nature::Map(element) => remove_entries(value, doomed, |_, value, below| {
            remove_value(value, below, element, None)
        }),
        kind @ (Nature::Set | Nature::Keyed(..)) => {
            let mut kept = Vec::new();
            for (step, item) in items(Some(value), kind) {
                if doomed.has(&step) {
                    continue;
                }
                kept.push(match (doomed.below(&step), kind) {
                    (Some(below), Nature::Keyed(_, shape)) => {
                        remove_value(&item, below, shape, None).unwrap_or(Value::Null)
                    }
                    _ => item,
                });
            }
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
    }
}

/// Makes the declared fields on the way to a path members of the set as well.
pub(super) fn with_named(known: &'static Type, set: &Set) -> Set {
    named_in(Nature::Object(known), set)
}

fn named_in(kind: Nature<'_>, set: &Set) -> Set {
    let mut all = set.clone();
    for (element, below) in set.children() {
        let inside = match (kind, element) {
            (Nature::Object(known), Element::Field(key)) => match known.field(key) {
                Some(field) => {
                    all.add(element.clone());
                    named_in(nature(&field.shape, Some(field), None), below)
                }
                None => below.clone(),
            },
            (Nature::Map(shape), Element::Field(_))
            | (Nature::Keyed(_, shape), Element::Key(_)) => {
                named_in(nature(shape, None, None), below)
            }
            _ => below.clone(),
        };
        all.put(element.clone(), inside);
    }
    all
}

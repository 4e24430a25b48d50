//! Strategic merge patches: merges that know which lists are keyed.
//!
//! ```text
//! {"$patch": "replace" | "delete"}            in an object or in an item of a keyed list
//! {"$setElementOrder/containers": [{name}…]}  the order the merged list shall have
//! {"$deleteFromPrimitiveList/finalizers": […]}
//! {"$retainKeys": ["type"]}                   fields that are not listed are cleared
//! {"field": null}                             removes a field
//! ```
//! Fields that the type does not know are taken as sent; decoding refuses them afterwards.

use serde_json::{Map, Value};

use super::order;
use super::table::{Field, Shape, Type};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const SET_ORDER: &str = "$setElementOrder/";

/// Why a patch cannot be merged; the messages are the real server's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The patch is malformed: 400.
    #[error("{0}")]
    BadRequest(String),
    /// The patch cannot be done: 422.
    #[error("{0}")]
    Unprocessable(String),
    /// The real server has no status for this one and answers 500 with the plain message.
    #[error("{0}")]
    Internal(String),
}

type Object = Map<String, Value>;

/// Merges `patch` into `current`, both objects of the `known` type.
pub fn merge(known: &'static Type, current: &Value, patch: &Value) -> Result<Value, Error> {
    let Value::Object(patch) = patch else {
        return Err(Error::BadRequest("invalid JSON document".to_owned()));
    };
    let current = current.as_object().cloned().unwrap_or_default();
    let merged = merge_object(current, patch.clone(), Some(known))?;
    Ok(Value::Object(merged))
}

/// Merges two objects; without a type, every list is replaced.
fn merge_object(
    mut current: Object,
    mut patch: Object,
    known: Option<&'static Type>,
) -> Result<Object, Error> {
    match patch.get(DIRECTIVE).map(Value::as_str) {
        None => {}
        Some(Some("replace")) => {
            patch.remove(DIRECTIVE);
            return Ok(patch);
        }
        Some(Some("delete")) => return Ok(Object::new()),
        Some(_) => return Err(unknown_directive(&patch)),
    }
    retain_keys(&mut current, &mut patch)?;
    set_orders(&mut current, &mut patch, known)?;
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM) {
            delete_from(&mut current, list, &value);
        } else if value.is_null() {
            current.remove(&key);
        } else {
            merge_field(&mut current, &key, value, known)?;
        }
    }
    Ok(current)
}

fn unknown_directive(patch: &Object) -> Error {
    let directive = go_value(&patch[DIRECTIVE]);
    Error::Internal(format!("unknown patch type: {directive} in map: {}", go_map(patch)))
}

/// Merges one field of the patch.
fn merge_field(
    current: &mut Object,
    key: &str,
    value: Value,
    known: Option<&'static Type>,
) -> Result<(), Error> {
    let field = known.and_then(|known| known.field(key));
    let merged = match (current.remove(key), value) {
        (Some(Value::Object(_)), Value::Object(new)) if field.is_some_and(|it| it.replace) => {
            Some(Value::Object(new))
        }
        (Some(Value::Object(old)), Value::Object(new)) => {
            let inner = match field.map(|field| &field.shape) {
                Some(shape @ Shape::Object(_)) => shape.object(),
                _ => None,
            };
            Some(Value::Object(merge_object(old, new, inner)?))
        }
        (Some(Value::Array(old)), Value::Array(new)) if field.is_some_and(|it| it.merge) => {
            Some(Value::Array(merge_list(old, new, field)?))
        }
        (Some(Value::Array(_)), Value::Array(new)) => Some(Value::Array(new)),
        (_, new) => clean(new),
    };
    if let Some(merged) = merged {
        current.insert(key.to_owned(), merged);
    }
    Ok(())
}

/// Merges two lists whose items are found by a key, or that are sets of scalars.
fn merge_list(
    old: Vec<Value>,
    new: Vec<Value>,
    field: Option<&'static Field>,
) -> Result<Vec<Value>, Error> {
    let key = field.and_then(|field| field.merge_key);
    if old.is_empty() && new.is_empty() {
        return Ok(old);
    }
    same_kind(&old, &new)?;
    if !old.iter().chain(&new).any(Value::is_object) {
        let mut merged = old.clone();
        merged.extend(new.iter().cloned());
        let mut unique: Vec<Value> = Vec::with_capacity(merged.len());
        for value in merged {
            if !unique.contains(&value) {
                unique.push(value);
            }
        }
        return Ok(order::interleave(unique, &new, &old, None));
    }
    let Some(key) = key else {
        let name = field.map_or("", |field| field.name);
        return Err(Error::Internal(format!("cannot merge lists without merge key for {name}")));
    };
    let (mut merged, new) = item_directives(old.clone(), new, key)?;
    let known = field.and_then(|field| field.shape.element()?.object());
    for item in &new {
        let Value::Object(item) = item else { continue };
        let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
        match merged.iter_mut().find(|it| it.get(key) == Some(wanted)) {
            Some(found) => {
                let before = found.as_object().cloned().unwrap_or_default();
                *found = Value::Object(merge_object(before, item.clone(), known)?);
            }
            None => merged.extend(clean(Value::Object(item.clone()))),
        }
    }
    if let Some(without) =
        merged.iter().filter_map(Value::as_object).find(|it| !it.contains_key(key))
    {
        return Err(no_merge_key(without, key));
    }
    Ok(order::interleave(merged, &new, &old, Some(key)))
}

/// Refuses lists whose items are of different kinds.
fn same_kind(old: &[Value], new: &[Value]) -> Result<(), Error> {
    let mut kinds = old.iter().chain(new).map(std::mem::discriminant);
    let first = kinds.next();
    if old.iter().chain(new).any(Value::is_array) {
        return Err(Error::Unprocessable("lists of lists are not supported".to_owned()));
    }
    if kinds.all(|kind| Some(kind) == first) {
        return Ok(());
    }
    let both = format!("[{} {}]", go_list(old), go_list(new));
    Err(Error::Internal(format!("list element types are not identical: {both}")))
}

/// Carries out `$patch` in the items of a keyed list; returns what is left on both sides.
fn item_directives(
    mut old: Vec<Value>,
    new: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), Error> {
    let mut plain = Vec::with_capacity(new.len());
    let mut replace = false;
    for item in new {
        let Some(directive) = item.get(DIRECTIVE) else {
            plain.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let Some(wanted) = item.get(key) else {
                    return Err(no_merge_key(item.as_object().unwrap_or(&Object::new()), key));
                };
                old.retain(|it| it.get(key) != Some(wanted));
            }
            Some("replace") => replace = true,
            Some("merge") => {
                let message = "merging lists cannot yet be specified in the patch";
                return Err(Error::Internal(message.to_owned()));
            }
            _ => {
                return Err(item
                    .as_object()
                    .map_or(Error::Internal(String::new()), unknown_directive));
            }
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (old, plain) })
}

fn no_merge_key(item: &Object, key: &str) -> Error {
    let shown = go_map(item);
    Error::Internal(format!("map: {shown} does not contain declared merge key: {key}"))
}

/// Drops what `$retainKeys` does not list.
fn retain_keys(current: &mut Object, patch: &mut Object) -> Result<(), Error> {
    let Some(list) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let malformed = || Error::BadRequest("invalid patch format of retainKeys".to_owned());
    let kept = list.as_array().ok_or_else(malformed)?;
    let listed = |key: &str| kept.iter().any(|it| it == key);
    let stray = patch.iter().any(|(key, value)| {
        let special = key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER);
        !value.is_null() && !special && !listed(key)
    });
    if stray {
        return Err(malformed());
    }
    current.retain(|key, _| listed(key));
    Ok(())
}

/// Removes scalars from a list.
fn delete_from(current: &mut Object, key: &str, doomed: &Value) {
    // The real server ignores a deletion that is no list, or of what is none.
    if let (Some(Value::Array(list)), Some(doomed)) = (current.get_mut(key), doomed.as_array()) {
        list.retain(|item| !doomed.contains(item));
    }
}

/// Merges the lists for which the patch sets an order, and takes them out of the patch.
fn set_orders(
    current: &mut Object,
    patch: &mut Object,
    known: Option<&'static Type>,
) -> Result<(), Error> {
    let keys: Vec<String> =
        patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in keys {
        let no_list = |found: &Value| {
            let found = match found {
                Value::Object(_) => "map[string]interface {}",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                Value::Number(_) => "int64",
                Value::Null | Value::Array(_) => "%!s(<nil>)",
            };
            Error::Internal(format!("expected a []interface {{}}, but received a {found}"))
        };
        let wanted = match patch.remove(&directive) {
            Some(Value::Array(wanted)) => wanted,
            other => return Err(no_list(&other.unwrap_or_default())),
        };
        let key = &directive[SET_ORDER.len()..];
        let field = known.and_then(|known| known.field(key));
        let merge_key = field.and_then(|field| field.merge_key);
        let old = match current.get(key) {
            Some(Value::Array(list)) => Some(list.clone()),
            Some(other) => return Err(no_list(other)),
            None => None,
        };
        let new = match patch.get(key) {
            Some(Value::Array(list)) => Some(list.clone()),
            Some(Value::Null) | None => None,
            Some(other) => return Err(no_list(other)),
        };
        if let Some(new) = &new {
            order::check(new, &wanted, merge_key, DIRECTIVE).map_err(Error::Internal)?;
        }
        let merged = match (old.clone(), new) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(new)) => match clean(Value::Array(new)) {
                Some(Value::Array(new)) => new,
                _ => continue,
            },
            (Some(old), Some(new)) if field.is_some_and(|it| it.merge) => {
                merge_list(old, new, field)?
            }
            (Some(_), Some(new)) => new,
        };
        let ordered =
            order::interleave(merged, &wanted, old.as_deref().unwrap_or_default(), merge_key);
        current.insert(key.to_owned(), Value::Array(ordered));
        // A deletion from the same list still has to run.
        patch.remove(key);
    }
    Ok(())
}

/// A new value without nulls and directives; none, if a directive deletes it.
fn clean(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => return None,
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(key, value)| !value.is_null() && !is_directive(key))
                .filter_map(|(key, value)| Some((key, clean(value)?)))
                .collect(),
        ),
        Value::Array(items) => items.into_iter().filter_map(clean).collect(),
        scalar => scalar,
    })
}

fn is_directive(key: &str) -> bool {
    key == RETAIN_KEYS || key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER)
}

/// The sentence of a 422 for a patch whose outcome is no object of its kind.
pub fn invalid(patch: &Value, error: &str) -> String {
    let shown = format!("{:?}", go_value(patch));
    format!(" \"\" is invalid: patch: Invalid value: {shown}: {error}")
}

/// An object as Go prints a map: `map[image:nginx ports:[map[containerPort:80]]]`.
pub(super) fn go_map(map: &Object) -> String {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    let shown = entries.into_iter().map(|(key, value)| format!("{key}:{}", go_value(value)));
    format!("map[{}]", shown.collect::<Vec<_>>().join(" "))
}

pub(super) fn go_list(list: &[Value]) -> String {
    format!("[{}]", list.iter().map(go_value).collect::<Vec<_>>().join(" "))
}

pub(super) fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => go_list(list),
        Value::Object(map) => go_map(map),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Expected, Style, patched};
    use super::super::table::type_of;
    use super::*;

    /// What a real API server 1.36 made of each patch of one Deployment.
    #[derive(serde::Deserialize)]
    struct Recorded {
        current: Value,
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        patch: Value,
        result: Option<Value>,
        code: Option<u16>,
        error: Option<String>,
    }

    const EXPECTED: Expected<'static> =
        Expected { group: "apps", version: "v1", kind: "Deployment" };

    /// Merges and converts as the server does; the code and message of an error.
    fn patch(current: &Value, patch: &Value) -> Result<Value, (u16, String)> {
        let known = type_of("apps", "v1", "Deployment").unwrap();
        let merged = merge(known, current, patch).map_err(|error| match &error {
            Error::BadRequest(_) => (400, error.to_string()),
            Error::Unprocessable(_) => (422, error.to_string()),
            Error::Internal(_) => (500, error.to_string()),
        })?;
        let unfit = |error: &str| (422, invalid(patch, error));
        let decoded = patched(merged, EXPECTED, Style::Conversion).map_err(|it| unfit(&it))?;
        if !decoded.strict.is_empty() {
            return Err(unfit(&format!("strict decoding error: {}", decoded.strict.join(", "))));
        }
        let mut value = decoded.value;
        let resource = crate::kinds::RESOURCES.iter().find(|it| it.kind == "Deployment").unwrap();
        crate::kinds::apply_defaults(resource, &mut value);
        Ok(value)
    }

    #[test]
    fn patches_give_what_a_real_server_gave() {
        let recorded: Recorded =
            serde_json::from_str(include_str!("fixtures/strategic.json")).unwrap();
        let (mut compared, mut wrong) = (0, Vec::new());
        for case in &recorded.cases {
            if !case.patch.is_object()
                || case
                    .error
                    .as_ref()
                    .is_some_and(|it| it.contains("Required value") || it.contains("Forbidden"))
            {
                continue; // Refused before the merge, or by validation after it.
            }
            let real = match (&case.result, case.code, &case.error) {
                (Some(result), ..) => Ok(result.clone()),
                (None, code, error) => Err((code.unwrap(), error.clone().unwrap())),
            };
            compared += 1;
            let found = patch(&recorded.current, &case.patch);
            if found != real {
                wrong.push(format!("{}\n  real  {real:?}\n  found {found:?}", case.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared > 55, "only {compared} were compared");
    }
}

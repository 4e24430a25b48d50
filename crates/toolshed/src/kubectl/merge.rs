//! The three-way patch of `kubectl apply`: what was applied last, what is wanted, what is there.
//!
//! Lists that Kubernetes merges by a key are known here by the name of the field that holds them;
//! all others are replaced as a whole.

use serde_json::{Map, Value, json};

/// How a list of a strategic merge patch is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListKind {
    /// Replaced as a whole.
    Atomic,
    /// Objects merged by this key.
    Keyed(&'static str),
    /// A set of plain values.
    Set,
}

/// The lists that Kubernetes' built-in types merge, by the path of fields that leads to them.
fn list_kind(path: &[&str]) -> ListKind {
    let (Some(name), parent) = (path.last(), path.len().checked_sub(2).map(|at| path[at])) else {
        return ListKind::Atomic;
    };
    match (*name, parent.unwrap_or_default()) {
        (
            "containers" | "initContainers" | "ephemeralContainers" | "env" | "imagePullSecrets",
            _,
        )
        | ("volumes" | "resourceClaims" | "schedulingGates", "spec")
        | ("secrets", "") => ListKind::Keyed("name"),
        ("volumeMounts", _) => ListKind::Keyed("mountPath"),
        ("volumeDevices", _) => ListKind::Keyed("devicePath"),
        ("ports", "containers" | "initContainers" | "ephemeralContainers") => {
            ListKind::Keyed("containerPort")
        }
        ("ports", "spec") => ListKind::Keyed("port"),
        ("hostAliases", _) => ListKind::Keyed("ip"),
        ("topologySpreadConstraints", _) => ListKind::Keyed("topologyKey"),
        ("conditions" | "addresses", "status") => ListKind::Keyed("type"),
        ("ownerReferences", _) => ListKind::Keyed("uid"),
        ("taints", "spec") => ListKind::Keyed("key"),
        ("finalizers", "metadata" | "spec") | ("podCIDRs", _) => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

/// The patch that takes `current` to `wanted` and removes what only `original` had.
///
/// `strategic` merges lists by their keys; without, it is a JSON merge patch.
pub(crate) fn three_way(
    original: &Value,
    wanted: &Value,
    current: &Value,
    strategic: bool,
) -> Value {
    let mut path = Vec::new();
    let merge = Merge { strategic };
    Value::Object(merge.objects(original, wanted, current, &mut path))
}

struct Merge {
    strategic: bool,
}

impl Merge {
    fn objects<'a>(
        &self,
        original: &'a Value,
        wanted: &'a Value,
        current: &'a Value,
        path: &mut Vec<&'a str>,
    ) -> Map<String, Value> {
        let empty = Map::new();
        let mut changes = Map::new();
        if let Value::Object(fields) = wanted {
            for (key, value) in fields {
                path.push(key);
                if let Some(change) = self.field(&original[key], value, current.get(key), path) {
                    change.add_to(&mut changes, key);
                }
                path.pop();
            }
        }
        for key in original.as_object().unwrap_or(&empty).keys() {
            if wanted.get(key).is_none() && current.get(key).is_some() {
                changes.insert(key.clone(), Value::Null);
            }
        }
        changes
    }

    fn field<'a>(
        &self,
        original: &'a Value,
        wanted: &'a Value,
        current: Option<&'a Value>,
        path: &mut Vec<&'a str>,
    ) -> Option<Change> {
        let Some(current) = current else {
            return (!wanted.is_null()).then(|| Change::to(without_nulls(wanted, self.strategic)));
        };
        match (wanted, current) {
            (Value::Null, _) => Some(Change::to(Value::Null)),
            (Value::Object(_), Value::Object(_)) => {
                let inner = self.objects(original, wanted, current, path);
                (!inner.is_empty()).then(|| Change::to(Value::Object(inner)))
            }
            (Value::Array(wanted), Value::Array(now)) if self.strategic => match list_kind(path) {
                ListKind::Keyed(key) => keyed(self, key, original, wanted, now, path),
                ListKind::Set => set(original, wanted, now),
                ListKind::Atomic => {
                    (wanted != now).then(|| Change::to(Value::Array(wanted.clone())))
                }
            },
            _ => (!same(wanted, current)).then(|| Change::to(wanted.clone())),
        }
    }
}

/// What becomes of one field.
struct Change {
    value: Option<Value>,
    order: Option<Vec<Value>>,
    gone: Option<Vec<Value>>,
}

impl Change {
    fn to(value: Value) -> Self {
        Self { value: Some(value), order: None, gone: None }
    }

    /// Adds the change, with the directives that a keyed list needs beside it.
    fn add_to(self, patch: &mut Map<String, Value>, key: &str) {
        if let Some(order) = self.order {
            patch.insert(format!("$setElementOrder/{key}"), Value::Array(order));
        }
        if let Some(gone) = self.gone {
            patch.insert(format!("$deleteFromPrimitiveList/{key}"), Value::Array(gone));
        }
        if let Some(value) = self.value {
            patch.insert(key.to_owned(), value);
        }
    }
}

fn keyed<'a>(
    merge: &Merge,
    key: &'static str,
    original: &'a Value,
    wanted: &'a [Value],
    now: &'a [Value],
    path: &mut Vec<&'a str>,
) -> Option<Change> {
    let mut changes = Vec::new();
    let find = |items: &'a [Value], id: &Value| items.iter().find(|item| item[key] == *id);
    let originals = original.as_array().map_or(&[][..], Vec::as_slice);
    for item in wanted {
        let id = &item[key];
        match find(now, id) {
            None => changes.push(item.clone()),
            Some(found) => {
                let before = find(originals, id).unwrap_or(&Value::Null);
                let mut inner = merge.objects(before, item, found, path);
                if !inner.is_empty() {
                    inner.insert(key.to_owned(), id.clone());
                    changes.push(Value::Object(inner));
                }
            }
        }
    }
    for item in originals {
        let id = &item[key];
        if find(wanted, id).is_none() && find(now, id).is_some() {
            changes.push(json!({ "$patch": "delete", key: id }));
        }
    }
    if changes.is_empty() {
        return None;
    }
    let order = wanted.iter().map(|item| json!({ key: item[key] })).collect();
    Some(Change { value: Some(Value::Array(changes)), order: Some(order), gone: None })
}

fn set(original: &Value, wanted: &[Value], now: &[Value]) -> Option<Change> {
    let more: Vec<Value> = wanted.iter().filter(|item| !now.contains(item)).cloned().collect();
    let originals = original.as_array().map_or(&[][..], Vec::as_slice);
    let gone: Vec<Value> = originals
        .iter()
        .filter(|item| !wanted.contains(item) && now.contains(item))
        .cloned()
        .collect();
    if more.is_empty() && gone.is_empty() {
        return None;
    }
    Some(Change {
        value: (!more.is_empty()).then_some(Value::Array(more)),
        order: Some(wanted.to_vec()),
        gone: (!gone.is_empty()).then_some(gone),
    })
}

/// Whether two plain values are the same to Kubernetes.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
        _ => a == b,
    }
}

/// A new value; in a JSON merge patch its nulls would mean removal, so they go.
fn without_nulls(value: &Value, keep: bool) -> Value {
    match value {
        Value::Object(map) if !keep => Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without_nulls(value, keep)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_are_sent() {
        let wanted = json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "a", "image": "x:2"}, {"name": "b", "image": "y"}]}}}});
        let original = json!({"spec": {"replicas": 1, "paused": true}});
        let current = json!({"spec": {"replicas": 1, "paused": true, "template": {"spec":
            {"containers": [{"name": "a", "image": "x:1", "tty": false}]}}}});

        let patch = three_way(&original, &wanted, &current, true);

        assert_eq!(
            patch,
            json!({"spec": {"replicas": 2, "paused": null, "template": {"spec": {
                "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                "containers": [{"name": "a", "image": "x:2"}, {"name": "b", "image": "y"}]}}}})
        );
        assert_eq!(three_way(&wanted, &wanted, &wanted, true), json!({}));
    }
}

//! JSON patches and merge patches, done as the real server's library does them.
//!
//! It is more lenient than RFC 6902: a member that is not there can be replaced, is copied as
//! `null` and tests equal to `null`; an operation without a value writes `null`; negative indices
//! count from the end of a list.
//!
//! **Invariant:** whatever operations say, the copies of one patch add at most [`COPIED`] bytes.

use serde_json::{Map, Value};

use crate::schema::node::{self, Node};

/// How many operations one patch may have.
const OPERATIONS: usize = 10_000;

/// How many bytes the `copy` operations of one patch may add.
const COPIED: usize = 3 << 20;

/// Why a patch is not even one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    BadRequest(String),
    TooMany(String),
}

/// The operations of a patch, in order.
#[derive(Debug, PartialEq)]
pub(super) struct Operations(Vec<Operation>);

#[derive(Debug, Default, PartialEq)]
struct Operation {
    kind: String,
    path: Option<String>,
    from: Option<String>,
    value: Value,
}

/// Reads a JSON value, in the words of the real server when it is none.
pub(super) fn value(text: &[u8]) -> Result<Value, String> {
    node::parse(text).map(Node::into_value)
}

impl Operations {
    /// Reads a patch: a list of operations, whose fields are texts.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let bad = |why: String| Malformed::BadRequest(format!("error decoding patch: {why}"));
        let mismatch = |word: &str, wanted: &str| {
            bad(format!("json: cannot unmarshal {word} into Go {wanted}"))
        };
        let items = match node::parse(text).map_err(bad)? {
            Node::Array(items) => items,
            Node::Null => Vec::new(),
            other => return Err(mismatch(other.word(), "value of type []handlers.jsonPatchOp")),
        };
        if items.len() > OPERATIONS {
            return Err(Malformed::TooMany(format!(
                "Request entity too large: The allowed maximum operations in a JSON patch is \
                 {OPERATIONS}, got {}",
                items.len()
            )));
        }
        let mut operations = Vec::with_capacity(items.len());
        for item in items {
            let fields = match item {
                Node::Object(fields) => fields,
                Node::Null => Vec::new(),
                other => return Err(mismatch(other.word(), "value of type handlers.jsonPatchOp")),
            };
            let mut operation = Operation::default();
            for (name, node) in fields {
                let text = match (name.as_str(), node) {
                    ("value", node) => {
                        operation.value = node.into_value();
                        continue;
                    }
                    ("op" | "path" | "from", Node::String(text)) => text,
                    ("op" | "path" | "from", Node::Null) => continue,
                    (field @ ("op" | "path" | "from"), other) => {
                        let wanted = format!("struct field jsonPatchOp.{field} of type string");
                        return Err(mismatch(other.word(), &wanted));
                    }
                    _ => continue,
                };
                match name.as_str() {
                    "op" => operation.kind = text,
                    "path" => operation.path = Some(text),
                    _ => operation.from = Some(text),
                }
            }
            operations.push(operation);
        }
        Ok(Self(operations))
    }

    /// Applies all operations; the error says which one cannot be done, for the log.
    pub(super) fn apply(&self, document: &mut Value) -> Result<(), String> {
        let mut copied = 0;
        for operation in &self.0 {
            operation.apply(document, &mut copied)?;
        }
        Ok(())
    }
}

impl Operation {
    fn path(&self) -> Result<&str, String> {
        self.path.as_deref().ok_or_else(|| format!("{} operation has no path", self.kind))
    }

    fn from(&self) -> Result<&str, String> {
        self.from.as_deref().ok_or_else(|| format!("{} operation has no from", self.kind))
    }

    fn apply(&self, document: &mut Value, copied: &mut usize) -> Result<(), String> {
        match self.kind.as_str() {
            "add" => add(document, self.path()?, self.value.clone()),
            "remove" => remove(document, self.path()?).map(|_| ()),
            "replace" if self.path()?.is_empty() => {
                *document = self.value.clone();
                Ok(())
            }
            "replace" => replace(document, self.path()?, self.value.clone()),
            "move" => {
                let value = remove(document, self.from()?)?;
                add(document, self.path()?, value)
            }
            "copy" => {
                let value = get(document, self.from()?)?.unwrap_or(&Value::Null).clone();
                *copied += value.to_string().len();
                if *copied > COPIED {
                    return Err(format!("copies add {copied} bytes, more than {COPIED}"));
                }
                add(document, self.path()?, value)
            }
            "test" => {
                let path = self.path()?;
                let found = if path.is_empty() { Some(&*document) } else { get(document, path)? };
                if found.unwrap_or(&Value::Null) == &self.value {
                    return Ok(());
                }
                Err(format!("testing value {path} failed"))
            }
            other => Err(format!("unexpected kind: {other}")),
        }
    }
}

/// A list or an object that holds what a path names, and the last part of the path.
fn holder<'a>(document: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let missing = || format!("doc is missing path: {path:?}");
    // What stands before the first slash does not count.
    let mut parts: Vec<&str> = path.split('/').skip(1).collect();
    let Some(last) = parts.pop() else { return Err(missing()) };
    let mut place = document;
    for part in parts {
        let part = unescaped(part);
        let next = match place {
            Value::Object(fields) => fields.get_mut(&part),
            Value::Array(items) => index(&part, items.len()).and_then(|at| items.get_mut(at)),
            _ => None,
        };
        place = next.filter(|it| it.is_object() || it.is_array()).ok_or_else(missing)?;
    }
    Ok((place, unescaped(last)))
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The place in a list of `length` that a text names, if there is one.
fn index(text: &str, length: usize) -> Option<usize> {
    let number: i64 = text.parse().ok()?;
    let at = if number < 0 { i64::try_from(length).ok()?.checked_add(number)? } else { number };
    usize::try_from(at).ok().filter(|at| *at < length)
}

/// What a path names; `None` for a member that an object does not have.
fn get<'a>(document: &'a mut Value, path: &str) -> Result<Option<&'a Value>, String> {
    let (place, key) = holder(document, path)?;
    match place {
        Value::Object(fields) => Ok(fields.get(&key)),
        Value::Array(items) => match index(&key, items.len()) {
            Some(at) => Ok(items.get(at)),
            None => Err(format!("no such index: {path:?}")),
        },
        _ => Err(format!("doc is missing path: {path:?}")),
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (place, key) = holder(document, path)?;
    match place {
        Value::Object(fields) => {
            fields.insert(key, value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let at =
                index(&key, items.len() + 1).ok_or_else(|| format!("no such index: {path:?}"))?;
            items.insert(at, value);
        }
        _ => return Err(format!("doc is missing path: {path:?}")),
    }
    Ok(())
}

fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (place, key) = holder(document, path)?;
    match place {
        Value::Object(fields) => {
            fields.insert(key, value);
        }
        Value::Array(items) => {
            let at = index(&key, items.len()).ok_or_else(|| format!("no such index: {path:?}"))?;
            items[at] = value;
        }
        _ => return Err(format!("doc is missing path: {path:?}")),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<Value, String> {
    let (place, key) = holder(document, path)?;
    let removed = match place {
        Value::Object(fields) => fields.remove(&key),
        Value::Array(items) => index(&key, items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| format!("unable to remove nonexistent key: {path:?}"))
}

/// Merges a patch into a document (RFC 7396): `null` removes, objects merge, the rest replaces.
pub(super) fn merge(document: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Some(target) = document.as_object_mut() else { return };
    for (key, value) in fields {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.as_str()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a real 1.36 server made of `{"data": {"a": "b"}, "list": [1, 2]}`; `None`: refused.
    #[test]
    fn operations_do_what_the_real_server_does() {
        let with = |data: Value| Some(json!({"data": data, "list": [1, 2]}));
        let list = |list: Value| Some(json!({"data": {"a": "b"}, "list": list}));
        let same = || with(json!({"a": "b"}));
        let cases = [
            (json!({"op": "remove", "path": "/data/x"}), None),
            (
                json!({"op": "replace", "path": "/data/x", "value": "y"}),
                with(json!({"a": "b", "x": "y"})),
            ),
            (json!({"op": "test", "path": "/data/a", "value": "y"}), None),
            (json!({"op": "test", "path": "/data/x", "value": "y"}), None),
            (json!({"op": "test", "path": "/data/x", "value": null}), same()),
            (json!({"op": "move", "from": "/data/x", "path": "/data/y"}), None),
            (json!({"op": "move", "from": "/data/a", "path": "/data/y"}), with(json!({"y": "b"}))),
            (
                json!({"op": "copy", "from": "/data/x", "path": "/data/y"}),
                with(json!({"a": "b", "y": null})),
            ),
            (json!({"op": "add", "path": "/data/q"}), with(json!({"a": "b", "q": null}))),
            (json!({"op": "add", "path": "/x/y/z", "value": 1}), None),
            (json!({"op": "add", "path": "/list/-", "value": 3}), list(json!([1, 2, 3]))),
            (json!({"op": "add", "path": "/list/2", "value": 3}), list(json!([1, 2, 3]))),
            (json!({"op": "add", "path": "/list/3", "value": 3}), None),
            (json!({"op": "remove", "path": "/list/-1"}), list(json!([1]))),
            (json!({"op": "bad", "path": "/data/a"}), None),
            (json!({"op": "add", "value": 1}), None),
            (json!({"path": "/data/q", "value": 1}), None),
        ];
        for (operation, expected) in cases {
            let mut document = json!({"data": {"a": "b"}, "list": [1, 2]});
            let text = json!([operation]).to_string();

            let applied = Operations::parse(text.as_bytes()).unwrap().apply(&mut document);

            assert_eq!(applied.ok().map(|()| document), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_operations_is_refused_in_the_real_words() {
        let cases = [
            (
                r#"{"op":"add"}"#,
                "cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
            ),
            ("[1]", "cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
            (
                r#"[{"op":1}]"#,
                "cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
            ),
        ];
        for (text, why) in cases {
            let expected = format!("error decoding patch: json: {why}");
            assert_eq!(Operations::parse(text.as_bytes()), Err(Malformed::BadRequest(expected)));
        }
    }

    #[test]
    fn copies_of_copies_stay_bounded() {
        let operations: Vec<Value> = (0..40)
            .map(|step| json!({"op": "copy", "from": "/data", "path": format!("/data/{step}")}))
            .collect();
        let text = Value::Array(operations).to_string();
        let mut document = json!({"data": {"a": "b"}});

        let applied = Operations::parse(text.as_bytes()).unwrap().apply(&mut document);

        assert!(applied.is_err());
    }

    #[test]
    fn a_merge_removes_what_is_null() {
        let mut document = json!({"a": {"b": 1, "c": 2}, "d": [1]});

        merge(&mut document, &json!({"a": {"b": null, "e": {"f": null}}, "d": [2]}));

        assert_eq!(document, json!({"a": {"c": 2, "e": {}}, "d": [2]}));
    }
}

//! One stored object: the bytes that clients are sent, and the little that is asked of it often.
//!
//! **Invariant:** an object never changes; a write makes another one. `kind` and `apiVersion`
//! stand first in the bytes, so that a list can leave them out as the real server does.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::kinds::Resource;
use crate::selector::fields;

/// What says of which kind an object is.
const TYPE: [&str; 2] = ["kind", "apiVersion"];

/// The fields of `metadata` in the order in which the real server writes them.
const METADATA: [&str; 14] = [
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// An object as it was at one revision.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) uid: Box<str>,
    pub(crate) revision: u64,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    json: Bytes,
    /// Where the bytes go on after `kind` and `apiVersion`.
    after_type: u16,
    fields: OnceLock<fields::Fields>,
    meaning: Meaning,
}

/// What a reader of an object has made of it.
#[derive(Default)]
struct Meaning(OnceLock<Box<dyn Any + Send + Sync>>);

impl fmt::Debug for Meaning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Meaning")
    }
}

impl Object {
    /// Stores `value` as it is at `revision`, writing that revision into it.
    pub(crate) fn new(resource: &Resource, mut value: Value, revision: u64) -> Self {
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.insert("resourceVersion".to_owned(), revision.to_string().into());
        }
        let (json, after_type) = write(resource, &value);
        Self {
            namespace: text(&value, "namespace").into(),
            name: text(&value, "name").into(),
            uid: text(&value, "uid").into(),
            revision,
            labels: labels(&value),
            json,
            after_type,
            fields: OnceLock::new(),
            meaning: Meaning::default(),
        }
    }

    /// What the object means to a reader who asks often: made once, since an object never changes.
    ///
    /// All readers of a kind must make the same type of it.
    pub(crate) fn meaning<T: Any + Send + Sync>(&self, make: impl FnOnce(&Value) -> T) -> &T {
        let meaning = self.meaning.0.get_or_init(|| Box::new(make(&self.value())));
        meaning.downcast_ref().expect("one type is made of all objects of a kind")
    }

    /// The whole object.
    pub(crate) fn json(&self) -> Bytes {
        self.json.clone()
    }

    /// The object without its opening brace, `kind` and `apiVersion`, and without the end of the line.
    pub(crate) fn json_without_type(&self) -> &[u8] {
        &self.json[usize::from(self.after_type)..self.json.len() - 1]
    }

    /// The object, parsed.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.json).expect("these bytes were written from a value")
    }

    /// The fields that a field selector may name; computed once.
    pub(crate) fn fields(&self, resource: &Resource) -> &fields::Fields {
        self.fields.get_or_init(|| fields::of(resource, &self.value()))
    }
}

/// How many bytes an object may have: what the real server's storage takes in one request.
const LARGEST: usize = 1_536 * 1024;

/// Whether an object is larger than what is stored, in bytes of compact JSON.
pub(crate) fn is_too_large(value: &Value) -> bool {
    // Cheap for what is small, which is nearly everything: it stops counting at the limit.
    fn weigh(value: &Value, left: usize) -> Option<usize> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => left.checked_sub(4),
            Value::String(text) => left.checked_sub(text.len() + 2),
            Value::Array(items) => items.iter().try_fold(left, |left, it| weigh(it, left)),
            Value::Object(fields) => fields.iter().try_fold(left, |left, (key, value)| {
                weigh(value, left.checked_sub(key.len() + 3)?)
            }),
        }
    }
    weigh(value, LARGEST).is_none()
}

/// The key of an object in its collection, in the order of the real server's storage.
pub(crate) fn key(namespace: &str, name: &str) -> Arc<str> {
    if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}").into() }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value["metadata"][field].as_str().unwrap_or_default()
}

fn labels(value: &Value) -> Box<[(Box<str>, Box<str>)]> {
    let Some(labels) = value["metadata"]["labels"].as_object() else { return Box::default() };
    labels
        .iter()
        .map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or_default().into()))
        .collect()
}

fn write(resource: &Resource, value: &Value) -> (Bytes, u16) {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(br#"{"kind":""#);
    out.extend_from_slice(resource.kind.as_bytes());
    out.extend_from_slice(br#"","apiVersion":""#);
    out.extend_from_slice(resource.api_version().as_bytes());
    out.extend_from_slice(br#"","#);
    let after_type = u16::try_from(out.len()).expect("the names of a kind are short");
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    let metadata = object.get("metadata").and_then(Value::as_object);
    if let Some(metadata) = metadata {
        out.extend_from_slice(br#""metadata":{"#);
        write_fields(&mut out, metadata, &METADATA, &[]);
        out.push(b'}');
    }
    let written = if metadata.is_some() { &["kind", "apiVersion", "metadata"][..] } else { &TYPE };
    if metadata.is_some() && object.keys().any(|key| !written.contains(&key.as_str())) {
        out.push(b',');
    }
    write_fields(&mut out, object, &[], written);
    out.extend_from_slice(b"}\n");
    out.shrink_to_fit();
    (out.into(), after_type)
}

/// Writes the fields of a map: those that come `first`, then the others but for those `written`.
pub(crate) fn write_fields(
    out: &mut Vec<u8>,
    map: &Map<String, Value>,
    first: &[&str],
    written: &[&str],
) {
    let early = first.iter().filter_map(|key| map.get_key_value(*key));
    let is_late = |key: &str| !first.contains(&key) && !written.contains(&key);
    let late = map.iter().filter(|(key, _)| is_late(key));
    for (index, (key, value)) in early.chain(late).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, key).expect("a string is always written");
        out.push(b':');
        serde_json::to_writer(&mut *out, value).expect("a JSON value is always written");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;

    #[test]
    fn the_bytes_carry_type_first_and_the_revision() {
        let pods = kinds::find("", "v1", "pods").expect("it is built in");
        let value = json!({"spec": {}, "metadata": {"name": "a", "namespace": "b"}});

        let object = Object::new(pods, value, 7);

        let text = String::from_utf8(object.json().to_vec()).unwrap();
        assert!(text.starts_with(r#"{"kind":"Pod","apiVersion":"v1","metadata":{"#), "{text}");
        assert_eq!(object.value()["metadata"]["resourceVersion"], "7");
        assert!(object.json_without_type().starts_with(br#""metadata""#));
        assert!(text.ends_with("\"spec\":{}}\n") && object.json_without_type().ends_with(b"{}}"));
    }
}

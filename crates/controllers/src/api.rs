//! Writes to the API server, typed or not.
//!
//! **Invariant:** changes are merge patches of what differs, so that a field that this program does
//! not know, or has pruned from its cache, is never lost by a write.

use http::{Method, Request};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::cache::{Key, Kind};

/// The name under which the controllers own fields.
pub(crate) const CONTROLLER_MANAGER: &str = "kube-controller-manager";
/// The name under which the kubelet owns fields.
pub(crate) const KUBELET: &str = "kubelet";
/// The name under which the scheduler owns fields.
pub(crate) const SCHEDULER: &str = "kube-scheduler";

/// How the dependents of a deleted object fare.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Propagation {
    /// Afterwards.
    Background,
    /// Before it.
    Foreground,
    /// They stay, without an owner.
    Orphan,
}

/// What must hold for a deletion, and how it is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deletion<'a> {
    pub(crate) uid: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) grace_seconds: Option<i64>,
    pub(crate) propagation: Option<Propagation>,
}

fn path(kind: &Kind, key: &Key, subresource: &str) -> String {
    let slash = if subresource.is_empty() { "" } else { "/" };
    format!("{}/{}{slash}{subresource}", kind.path(Some(&key.namespace)), key.name)
}

fn request(
    method: Method,
    path: &str,
    media_type: &str,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, http::Error> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::CONTENT_TYPE, media_type)
        .header(http::header::ACCEPT, "application/json")
        .body(body)
}

/// Reads one object, straight from the API server.
pub(crate) async fn get<K: DeserializeOwned>(
    client: &kube::Client,
    kind: &Kind,
    key: &Key,
) -> Result<Option<K>, Error> {
    let request = request(Method::GET, &path(kind, key, ""), "application/json", Vec::new())?;
    crate::error::found(client.request(request).await)
}

/// Creates an object, or posts to a subresource of one.
pub(crate) async fn create<T: DeserializeOwned>(
    client: &kube::Client,
    kind: &Kind,
    namespace: &str,
    manager: &str,
    object: &impl Serialize,
) -> Result<T, Error> {
    let path = format!("{}?fieldManager={manager}", kind.path(Some(namespace)));
    let request = request(Method::POST, &path, "application/json", serde_json::to_vec(object)?)?;
    Ok(client.request(request).await?)
}

/// Posts to a subresource.
pub(crate) async fn post<T: DeserializeOwned>(
    client: &kube::Client,
    kind: &Kind,
    key: &Key,
    subresource: &str,
    object: &impl Serialize,
) -> Result<T, Error> {
    let path = path(kind, key, subresource);
    let request = request(Method::POST, &path, "application/json", serde_json::to_vec(object)?)?;
    Ok(client.request(request).await?)
}

/// Sends a JSON merge patch.
pub(crate) async fn merge<T: DeserializeOwned>(
    client: &kube::Client,
    kind: &Kind,
    key: &Key,
    subresource: &str,
    manager: &str,
    patch: &Value,
) -> Result<T, Error> {
    let address = format!("{}?fieldManager={manager}", path(kind, key, subresource));
    let body = serde_json::to_vec(patch)?;
    let request = request(Method::PATCH, &address, "application/merge-patch+json", body)?;
    Ok(client.request(request).await?)
}

/// Makes the status of an object what it is in `new`, if `old` (what is there) differs.
///
/// Fails with a conflict when somebody has written since `old` was read.
pub(crate) async fn update_status(
    client: &kube::Client,
    kind: &Kind,
    meta: &ObjectMeta,
    manager: &str,
    old: &impl Serialize,
    new: &impl Serialize,
) -> Result<Option<Value>, Error> {
    let Some(status) = difference(&serde_json::to_value(old)?, &serde_json::to_value(new)?) else {
        return Ok(None);
    };
    let patch = json!({
        "metadata": {"resourceVersion": meta.resource_version, "uid": meta.uid},
        "status": status,
    });
    merge(client, kind, &Key::of(meta), "status", manager, &patch).await.map(Some)
}

/// Replaces the finalizers of a namespace, through the subresource that is for this.
pub(crate) async fn put<T: DeserializeOwned>(
    client: &kube::Client,
    kind: &Kind,
    key: &Key,
    subresource: &str,
    object: &impl Serialize,
) -> Result<T, Error> {
    let path = path(kind, key, subresource);
    let request = request(Method::PUT, &path, "application/json", serde_json::to_vec(object)?)?;
    Ok(client.request(request).await?)
}

/// Deletes an object; one that is gone already is as good.
pub(crate) async fn delete(
    client: &kube::Client,
    kind: &Kind,
    key: &Key,
    deletion: &Deletion<'_>,
) -> Result<(), Error> {
    let Deletion { uid, version, grace_seconds, propagation } = deletion;
    let mut body = json!({"kind": "DeleteOptions", "apiVersion": "v1"});
    let mut preconditions = Map::new();
    if let Some(uid) = uid {
        preconditions.insert("uid".to_owned(), json!(uid));
    }
    if let Some(version) = version {
        preconditions.insert("resourceVersion".to_owned(), json!(version));
    }
    if !preconditions.is_empty() {
        body["preconditions"] = Value::Object(preconditions);
    }
    if let Some(seconds) = grace_seconds {
        body["gracePeriodSeconds"] = json!(seconds);
    }
    if let Some(propagation) = propagation {
        body["propagationPolicy"] = json!(format!("{propagation:?}"));
    }
    let body = serde_json::to_vec(&body)?;
    let request = request(Method::DELETE, &path(kind, key, ""), "application/json", body)?;
    crate::error::found(client.request::<Value>(request).await).map(|_| ())
}

/// The JSON merge patch that turns `old` into `new`; `None` when they are equal.
pub(crate) fn difference(old: &Value, new: &Value) -> Option<Value> {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return (old != new).then(|| new.clone());
    };
    let mut patch = Map::new();
    for (name, value) in after {
        let changed = match before.get(name) {
            Some(previous) => difference(previous, value),
            None => Some(value.clone()),
        };
        if let Some(changed) = changed {
            patch.insert(name.clone(), changed);
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_changed_new_and_absent_fields() {
        let old = json!({"a": 1, "b": {"c": 1, "d": 2}, "e": [1]});
        let new = json!({"a": 1, "b": {"c": 3}, "e": [1, 2], "f": true});

        let patch = difference(&old, &new);

        assert_eq!(patch, Some(json!({"b": {"c": 3, "d": null}, "e": [1, 2], "f": true})));
    }

    #[test]
    fn equal_objects_differ_in_nothing() {
        assert_eq!(difference(&json!({"a": [1]}), &json!({"a": [1]})), None);
    }
}

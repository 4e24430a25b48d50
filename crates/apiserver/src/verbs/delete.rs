//! Deleting objects: at once, gracefully, or when their finalizers are gone.
//!
//! **Invariant:** an object with finalizers is marked, never removed; a pod on a node is marked
//! until its kubelet says that it is gone.
//!
//! **Deliberately absent:** removing dependents. The garbage collector does, by the finalizers
//! that are set here.

use http::StatusCode;
use serde_json::{Value, json};

use super::create::ATTEMPTS;
use super::{decode, list, object};
use crate::core::{Core, timestamp};
use crate::http::{Call, Content, Page, Reply};
use crate::kinds::Resource;
use crate::status::{Result, Status};
use crate::store::{Change, Object};

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// What a client may say about a deletion.
#[derive(Debug, Clone, Default)]
struct Options {
    grace: Option<i64>,
    policy: Option<String>,
    uid: Option<String>,
    revision: Option<String>,
    dry_run: bool,
}

/// What becomes of an object.
enum Fate {
    Removed(Value),
    Marked(Value),
    Unchanged,
}

pub(super) fn delete(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let options = options(call)?;
    let namespace = object::namespace_of(resource, &call.target);
    let immortal = matches!(call.target.name.as_str(), "default" | "kube-system" | "kube-public");
    if resource.kind == "Namespace" && immortal {
        let why = "this namespace may not be deleted";
        return Err(Status::forbidden(resource, &call.target.name, why));
    }
    delete_one(core, resource, namespace, &call.target.name, &options)
}

fn delete_one(
    core: &Core,
    resource: &'static Resource,
    namespace: &str,
    name: &str,
    options: &Options,
) -> Result<Reply> {
    for _ in 0..ATTEMPTS {
        let found = core.store.get(resource, namespace, name);
        let current = found.ok_or_else(|| Status::not_found(resource, name))?;
        check_preconditions(resource, &current, options)?;
        let (change, removed) = match fate(core, resource, current.value(), options) {
            Fate::Unchanged => return Ok(Reply::object(StatusCode::OK, current)),
            Fate::Marked(value) if options.dry_run => {
                return Ok(Reply::value(StatusCode::OK, value));
            }
            Fate::Removed(_) if options.dry_run => return Ok(deleted(resource, &current)),
            Fate::Marked(value) => {
                (Change::Replace { resource, expected: current.revision, value }, false)
            }
            Fate::Removed(last) => {
                (Change::Remove { resource, expected: current.revision, last }, true)
            }
        };
        if let Ok(mut written) = core.store.commit(vec![change]) {
            let object = written.pop().expect("one object was written for each change");
            let show = !removed || returns_object(resource);
            return Ok(if show {
                Reply::object(StatusCode::OK, object)
            } else {
                deleted(resource, &current)
            });
        }
    }
    Err(Status::modified(resource, name))
}

/// DELETE of a collection: everything that is selected, one by one.
pub(super) fn collection(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let options = options(call)?;
    let selection = list::selection(call, resource)?;
    let snapshot = core.store.snapshot(resource);
    let mut objects = Vec::new();
    for object in snapshot.within(&selection.namespace) {
        if !selection.matches(resource, object) {
            continue;
        }
        match delete_one(core, resource, &object.namespace, &object.name, &options) {
            Ok(_) => objects.push(std::sync::Arc::clone(object)),
            Err(status) if status.reason == "NotFound" => {}
            Err(status) => return Err(status),
        }
    }
    let page = Page { objects, revision: core.store.revision(), resume: None, remaining: None };
    Ok(Reply::new(StatusCode::OK, Content::List(page)))
}

fn options(call: &Call) -> Result<Options> {
    let body = decode::delete_options(call)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let query = |key: &str| Some(call.query.get(key)).filter(|it| !it.is_empty());
    let orphan = body["orphanDependents"]
        .as_bool()
        .or_else(|| query("orphanDependents").map(|it| it == "true"));
    let policy = text(&body["propagationPolicy"])
        .or_else(|| query("propagationPolicy").map(str::to_owned))
        .or_else(|| orphan.map(|it| if it { "Orphan" } else { "Background" }.to_owned()));
    if let Some(policy) = &policy
        && !matches!(policy.as_str(), "Orphan" | "Background" | "Foreground")
    {
        let body = format!(
            "Unsupported value: {policy:?}: supported values: \"Foreground\", \"Background\", \
             \"Orphan\", \"nil\""
        );
        let reason = "FieldValueNotSupported";
        let options = ("meta.k8s.io", "DeleteOptions");
        return Err(Status::invalid_request(options, reason, "propagationPolicy", &body));
    }
    let grace = body["gracePeriodSeconds"].as_i64();
    Ok(Options {
        grace: grace.or_else(|| query("gracePeriodSeconds").and_then(|it| it.parse().ok())),
        policy,
        uid: text(&body["preconditions"]["uid"]),
        revision: text(&body["preconditions"]["resourceVersion"]),
        dry_run: object::is_dry_run(call)?
            || body["dryRun"].as_array().is_some_and(|it| !it.is_empty()),
    })
}

fn check_preconditions(resource: &Resource, current: &Object, options: &Options) -> Result<()> {
    if let Some(uid) = &options.uid
        && **uid != *current.uid
    {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            current.uid
        );
        return Err(Status::conflict(resource, &current.name, &why));
    }
    if let Some(revision) = &options.revision
        && *revision != current.revision.to_string()
    {
        let why = format!(
            "Precondition failed: ResourceVersion in precondition: {revision}, ResourceVersion in \
             object meta: {}",
            current.revision
        );
        return Err(Status::conflict(resource, &current.name, &why));
    }
    Ok(())
}

/// Decides what becomes of an object, and writes it into the object.
fn fate(core: &Core, resource: &Resource, mut value: Value, options: &Options) -> Fate {
    let before = value.clone();
    let grace = grace_period(resource, &value, options);
    set_propagation(resource, &mut value, options);
    let was_marked = value["metadata"]["deletionTimestamp"].is_string();
    let held = !object::has_no_finalizers(&value);
    let is_pod = (resource.group, resource.kind) == ("", "Pod");
    if !was_marked && !held && !is_pod {
        // Nobody sees it marked: it is gone as it was.
        return Fate::Removed(before);
    }
    if was_marked {
        let left = value["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default();
        let shorter = options.grace.is_some() && grace < left;
        if shorter || (left == 0 && !held) {
            mark(core, resource, &mut value, grace.min(left));
        } else if value == before {
            return Fate::Unchanged;
        } else {
            return Fate::Marked(value);
        }
    } else {
        mark(core, resource, &mut value, grace);
    }
    let waits = value["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default() > 0;
    if held || waits { Fate::Marked(value) } else { Fate::Removed(value) }
}

/// How long the object is given to end: pods on a node only.
fn grace_period(resource: &Resource, value: &Value, options: &Options) -> i64 {
    if (resource.group, resource.kind) != ("", "Pod") {
        return 0;
    }
    let on_node = value["spec"]["nodeName"].as_str().is_some_and(|it| !it.is_empty());
    let finished = matches!(value["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if !on_node || finished {
        return 0;
    }
    let own = value["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    match options.grace {
        Some(grace) if grace < 0 => 1,
        Some(grace) => grace,
        None => own.max(0),
    }
}

fn mark(core: &Core, resource: &Resource, value: &mut Value, grace: i64) {
    // A grace period may be longer than time itself goes.
    let end = core.now().checked_add(jiff::SignedDuration::from_secs(grace));
    let at = timestamp(end.unwrap_or(jiff::Timestamp::MAX));
    let first = !value["metadata"]["deletionTimestamp"].is_string();
    let metadata = object::metadata(value);
    if first && let Some(generation) = metadata.get("generation").and_then(Value::as_i64) {
        metadata.insert("generation".to_owned(), (generation + 1).into());
    }
    metadata.insert("deletionTimestamp".to_owned(), at.into());
    if resource.kind == "Namespace" {
        value["status"]["phase"] = "Terminating".into();
    } else {
        metadata.insert("deletionGracePeriodSeconds".to_owned(), grace.into());
    }
}

/// Sets the finalizers that tell the garbage collector what to do about dependents.
fn set_propagation(resource: &Resource, value: &mut Value, options: &Options) {
    let orphans_by_default = resource.kind == "Job" && resource.group == "batch"
        || resource.kind == "ReplicationController";
    let wanted = match options.policy.as_deref() {
        Some("Orphan") => Some(ORPHAN),
        Some("Foreground") => Some(FOREGROUND),
        None if orphans_by_default => Some(ORPHAN),
        None => return,
        Some(_) => None,
    };
    let metadata = object::metadata(value);
    let mut finalizers: Vec<Value> =
        metadata.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    let length = finalizers.len();
    finalizers.retain(|it| {
        it != ORPHAN && it != FOREGROUND || Some(it) == wanted.map(Value::from).as_ref()
    });
    if let Some(wanted) = wanted
        && !finalizers.iter().any(|it| it == wanted)
    {
        finalizers.push(wanted.into());
    } else if finalizers.len() == length {
        return;
    }
    if finalizers.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), finalizers.into());
    }
}

/// The kinds whose deletion is answered with the object.
fn returns_object(resource: &Resource) -> bool {
    let kinds = [
        "Pod",
        "PodTemplate",
        "ResourceQuota",
        "Service",
        "ServiceAccount",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "StorageClass",
    ];
    kinds.contains(&resource.kind)
}

fn deleted(resource: &Resource, object: &Object) -> Reply {
    let mut details = json!({"name": *object.name, "kind": resource.plural, "uid": *object.uid});
    if !resource.group.is_empty() {
        details["group"] = resource.group.into();
    }
    let status = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    });
    Reply::value(StatusCode::OK, status)
}

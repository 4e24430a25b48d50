//! Changing objects: what all of PUT, PATCH and the subresources share.
//!
//! **Invariant:** a change is computed from the object that it replaces; if another write came
//! between, it is computed again, or refused if the client named the revision that it had read.
//! A change that changes nothing is not written.

use http::StatusCode;
use serde_json::Value;

use super::create::{self, ATTEMPTS, Written};
use super::{convert, decode, managed, object};
use crate::access::{self, escalation};
use crate::admission;
use crate::core::Core;
use crate::http::{Call, Reply, Target};
use crate::kinds::{self, Resource};
use crate::status::{Result, Status};
use crate::store::{Change, Object};

/// Fields of `metadata` that only the server sets.
const KEPT: [&str; 6] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "generateName",
];

/// How an update came about.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    pub(super) subresource: Option<&'a str>,
    /// Whether managed fields are already as they should be.
    pub(super) managed: bool,
}

/// PUT.
pub(super) fn replace(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    subresource: Option<&str>,
) -> Result<Reply> {
    let served = call.served.unwrap_or(resource);
    let decoded = decode::body(call, decode::expected(served))?;
    let mut value = decoded.value;
    let name = object::text(&value, "name");
    if name.is_empty() {
        return Err(Status::bad_request("name must be provided"));
    }
    if name != call.target.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.target.name
        )));
    }
    super::create::place(call, resource, &mut value)?;
    let told = decoded.warnings;
    let mut warnings = Vec::new();
    let absent = subresource.is_none() && object::load(core, call, resource).is_err();
    if absent && is_made_by_update(resource) {
        let target = Target { verb: "create", ..call.target.clone() };
        access::authorize(core, &call.user, &target)?;
        object::metadata(&mut value).remove("resourceVersion");
        let value = convert::to_stored(served, value, None);
        let record = create::Record::Wanted;
        return match create::insert(core, call, resource, value, record, &mut warnings) {
            Ok(written) => Ok(written.into_reply(StatusCode::CREATED).warn(told).warn(warnings)),
            Err(refusal) => Err(refusal.warn(told)),
        };
    }
    let how = How { subresource, managed: false };
    let written = change(core, call, resource, how, &mut warnings, &mut |old| {
        Ok(convert::to_stored(served, value.clone(), Some(old)))
    });
    match written {
        Ok(written) => Ok(written.into_reply(StatusCode::OK).warn(told).warn(warnings)),
        Err(refusal) => Err(refusal.warn(told)),
    }
}

/// The kinds whose objects a PUT makes where there are none, as the real server's strategies say.
fn is_made_by_update(resource: &Resource) -> bool {
    matches!(
        (resource.group, resource.kind),
        ("", "Endpoints" | "Event" | "LimitRange" | "PodTemplate" | "Service")
            | ("coordination.k8s.io", "Lease")
            | ("rbac.authorization.k8s.io", _)
            | ("scheduling.k8s.io", "PriorityClass")
    )
}

/// Changes an object by a function of what it is.
pub(super) fn change(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    how: How<'_>,
    warnings: &mut Vec<String>,
    edit: &mut dyn FnMut(&Value) -> Result<Value>,
) -> Result<Written> {
    for _ in 0..ATTEMPTS {
        let current = object::load(core, call, resource)?;
        let old = current.value();
        let mut new = edit(&old)?;
        check_revision(resource, &current, &new)?;
        keep_server_fields(&mut new, &old);
        kinds::apply_defaults(resource, &mut new);
        kinds::prepare_for_update(resource, &mut new, &old, how.subresource);
        admission::allocate(core, resource, &mut new)?;
        super::create::normalize(resource, &mut new);
        admission::validate_change(resource, &new, &old, how.subresource)?;
        escalation::check(core, call, resource, &new, Some(&old))?;
        let judged = admission::judge(core, resource, &new, Some(&old), how.subresource)?;
        warnings.extend(judged.into_iter().filter(|it| !warnings.contains(it)).collect::<Vec<_>>());
        if is_same(&new, &old) {
            return Ok(Written::Stored(current));
        }
        if !how.managed {
            managed::record(core, call, Some(&old), &mut new, resource, how.subresource);
        }
        object::check_size(&new)?;
        let mut changes = admission::reserve(core, resource, &new, Some(&old))?;
        if object::is_dry_run(call)? {
            return Ok(Written::Tried(new));
        }
        let expected = current.revision;
        changes.push(if is_finished(&new, &old) {
            Change::Remove { resource, expected, last: new }
        } else {
            Change::Replace { resource, expected, value: new }
        });
        if let Ok(mut written) = core.store.commit(changes) {
            let object = written.pop().expect("one object was written for each change");
            return Ok(Written::Stored(object));
        }
    }
    Err(Status::modified(resource, &call.target.name))
}

fn check_revision(resource: &Resource, current: &Object, new: &Value) -> Result<()> {
    let wanted = object::text(new, "resourceVersion");
    let uid = object::text(new, "uid");
    if !uid.is_empty() && *uid != *current.uid {
        let slash = if current.namespace.is_empty() { "" } else { "/" };
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{}{slash}{}/{}, \
             ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: \
             {uid}, UID in object meta: {}",
            resource.plural, current.namespace, current.name, current.uid
        );
        return Err(Status::conflict(resource, &current.name, &why));
    }
    if wanted.is_empty() || wanted == "0" {
        let needs_one = matches!(
            (resource.group, resource.kind),
            ("coordination.k8s.io", "Lease") | ("policy" | "apiextensions.k8s.io", _)
        );
        if needs_one {
            let error = kinds::FieldError {
                kind: kinds::ErrorKind::Invalid,
                field: "metadata.resourceVersion".to_owned(),
                bad_value: Some("0".to_owned()),
                detail: "must be specified for an update".to_owned(),
            };
            return Err(Status::invalid(resource, &current.name, &[error]));
        }
        return Ok(());
    }
    if wanted == current.revision.to_string() {
        Ok(())
    } else {
        Err(Status::modified(resource, &current.name))
    }
}

fn keep_server_fields(new: &mut Value, old: &Value) {
    let revision = old["metadata"]["resourceVersion"].clone();
    let name = old["metadata"]["name"].clone();
    let metadata = object::metadata(new);
    metadata.insert("resourceVersion".to_owned(), revision);
    metadata.insert("name".to_owned(), name);
    for field in KEPT {
        match old["metadata"].get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
    // An update that leaves them out keeps them; an explicit empty list clears them.
    if !metadata.contains_key("managedFields")
        && let Some(fields) = old["metadata"].get("managedFields")
    {
        metadata.insert("managedFields".to_owned(), fields.clone());
    }
}

/// Whether an update leaves everything as it was.
fn is_same(new: &Value, old: &Value) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        prune(&mut value);
        value
    };
    without(new) == without(old)
}

/// Drops what does not count as a difference: absent and null or empty metadata maps.
fn prune(value: &mut Value) {
    let metadata = object::metadata(value);
    for entry in
        metadata.get_mut("managedFields").and_then(Value::as_array_mut).into_iter().flatten()
    {
        // When a manager last changed something is no change by itself.
        if let Some(entry) = entry.as_object_mut() {
            entry.remove("time");
        }
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences", "managedFields"] {
        let is_empty = match metadata.get(field) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if is_empty {
            metadata.remove(field);
        }
    }
}

/// Whether an object that is being deleted has now lost the last thing that held it back.
fn is_finished(new: &Value, old: &Value) -> bool {
    let deleting = old["metadata"]["deletionTimestamp"].is_string();
    let grace = old["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default();
    deleting && grace == 0 && object::has_no_finalizers(new)
}

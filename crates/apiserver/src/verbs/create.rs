//! Creating objects.
//!
//! **Invariant:** the order is that of the real server: defaults, admission that changes, what the
//! server sets, validation, admission that judges, quota and storage together.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::{convert, decode, object};
use crate::access::{escalation, reviews};
use crate::admission;
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::{self, Resource};
use crate::schema;
use crate::status::{Result, Status};
use crate::store::{Change, Object, Refused};

/// How often a generated name is tried again when it is taken.
const NAMES: usize = 8;

/// How often a write is tried again that lost against another one.
pub(super) const ATTEMPTS: usize = 256;

/// Whether managed fields are still to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    Wanted,
    /// A server-side apply has done so already.
    Done,
}

/// What a write leaves behind.
pub(crate) enum Written {
    Stored(Arc<Object>),
    /// The result of a write that was only tried.
    Tried(Value),
}

impl Written {
    pub(super) fn into_reply(self, code: StatusCode) -> Reply {
        match self {
            Self::Stored(object) => Reply::object(code, object),
            Self::Tried(value) => Reply::value(code, value),
        }
    }
}

pub(super) fn create(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let served = call.served.unwrap_or(resource);
    let decoded = decode::body(call, decode::expected(served))?;
    let mut value = convert::to_stored(served, decoded.value, None);
    if let Some(reply) = reviews::answer(core, call, resource, &value) {
        return reply;
    }
    if resource.kind == "Binding" {
        return super::eviction::bind_value(core, call, &value);
    }
    place(call, resource, &mut value)?;
    let told = decoded.warnings;
    let mut warnings = Vec::new();
    match insert(core, call, resource, value, Record::Wanted, &mut warnings) {
        Ok(written) => Ok(written.into_reply(StatusCode::CREATED).warn(told).warn(warnings)),
        Err(refusal) => Err(refusal.warn(told)),
    }
}

/// Puts an object into the namespace of the request.
pub(super) fn place(call: &Call, resource: &Resource, value: &mut Value) -> Result<()> {
    let wanted = object::namespace_of(resource, &call.target);
    if !resource.namespaced {
        object::metadata(value).remove("namespace");
        return Ok(());
    }
    let metadata = object::metadata(value);
    let given = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !given.is_empty() && !wanted.is_empty() && given != wanted {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if wanted.is_empty() {
        return Err(Status::bad_request("an empty namespace may not be set during creation"));
    }
    metadata.insert("namespace".to_owned(), wanted.into());
    Ok(())
}

/// Takes a placed object through everything up to storage.
pub(crate) fn insert(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    mut value: Value,
    record: Record,
    warnings: &mut Vec<String>,
) -> Result<Written> {
    if !object::text(&value, "resourceVersion").is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Status::new(StatusCode::INTERNAL_SERVER_ERROR, "", message));
    }
    let generated =
        object::text(&value, "name").is_empty() && !object::text(&value, "generateName").is_empty();
    if !generated {
        return attempt(core, call, resource, value, record, warnings);
    }
    let prefix: String = object::text(&value, "generateName").chars().take(58).collect();
    for _ in 0..NAMES {
        let name = format!("{prefix}{}", core.suffix(5));
        object::metadata(&mut value).insert("name".to_owned(), name.into());
        match attempt(core, call, resource, value.clone(), record, warnings) {
            Err(status) if status.reason == "AlreadyExists" => {}
            other => return other,
        }
    }
    let name = object::text(&value, "name").to_owned();
    Err(Status::already_exists(resource, &name))
}

fn attempt(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    mut value: Value,
    record: Record,
    warnings: &mut Vec<String>,
) -> Result<Written> {
    // Should an address that is chosen here be taken by another, all begins anew.
    let original = (resource.kind == "Service").then(|| value.clone());
    kinds::apply_defaults(resource, &mut value);
    admission::change_new(core, resource, &mut value)?;
    stamp(core, &mut value);
    kinds::prepare_for_create(resource, &mut value);
    admission::allocate(core, resource, &mut value)?;
    normalize(resource, &mut value);
    admission::validate_new(resource, &value)?;
    let name = object::text(&value, "name").to_owned();
    let namespace = object::text(&value, "namespace").to_owned();
    if core.store.get(resource, &namespace, &name).is_some() {
        return Err(Status::already_exists(resource, &name));
    }
    escalation::check(core, call, resource, &value, None)?;
    let judged = admission::judge(core, resource, &value, None, None)?;
    warnings.extend(judged.into_iter().filter(|it| !warnings.contains(it)).collect::<Vec<_>>());
    if record == Record::Wanted {
        super::managed::record(core, call, None, &mut value, resource, None);
    }
    object::check_size(&value)?;
    let dry = object::is_dry_run(call)?;
    for _ in 0..ATTEMPTS {
        let mut changes = admission::reserve(core, resource, &value, None)?;
        if dry {
            return Ok(Written::Tried(value));
        }
        let last = changes.len();
        changes.push(Change::Create { resource, value: value.clone() });
        match core.store.commit(changes) {
            Ok(mut written) => {
                let object = written.pop().expect("one object was written for each change");
                return Ok(Written::Stored(object));
            }
            Err(conflict) if conflict.index == last && conflict.why == Refused::Exists => {
                return Err(Status::already_exists(resource, &name));
            }
            Err(conflict) if conflict.why == Refused::Taken => {
                let Some(original) = original else { break };
                return attempt(core, call, resource, original, record, warnings);
            }
            // The namespace began to go away after it was looked at.
            Err(conflict) if conflict.why == Refused::Homeless => {
                admission::check_namespace(core, resource, &value)?;
            }
            // A quota was charged by somebody else meanwhile: look again.
            Err(_) => {}
        }
    }
    Err(Status::modified(resource, &name))
}

/// Brings an object into the form in which it is stored.
pub(super) fn normalize(resource: &Resource, value: &mut Value) {
    if let Some(known) = schema::type_of(resource.group, resource.version, resource.kind) {
        schema::normalize(known, value);
    }
}

/// What every new object is given by the server.
pub(crate) fn stamp(core: &Core, value: &mut Value) {
    let now = core.now_text();
    let uid = core.uid();
    let metadata = object::metadata(value);
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"]
    {
        metadata.remove(field);
    }
    metadata.insert("uid".to_owned(), uid.into());
    metadata.insert("creationTimestamp".to_owned(), now.into());
}

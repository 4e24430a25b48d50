//! Server-side apply.
//!
//! **Invariant:** a configuration is merged into the object as it is when it is written; a field
//! that somebody else owns is taken over only by force.

use http::StatusCode;
use serde_json::Value;

use super::create::{self, Written};
use super::update::{How, change};
use super::{convert, decode, object};
use crate::access;
use crate::core::Core;
use crate::http::{Call, Reply, Target};
use crate::kinds::Resource;
use crate::schema::apply::{Error, Writer, server_side_apply};
use crate::status::{Result, Status};

/// How often an apply is tried again that found the object made or removed meanwhile.
const TRIES: usize = 8;

pub(super) fn apply(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    subresource: Option<&str>,
) -> Result<Reply> {
    if call.query.get("fieldManager").is_empty() {
        return Err(no_manager());
    }
    if call.served.is_some() {
        return Err(Status::not_implemented(
            "server-side apply is implemented only in the version that objects are stored in",
        ));
    }
    let mut told = Vec::new();
    for _ in 0..TRIES {
        let found = object::load(core, call, resource);
        let result = match found {
            Ok(_) => update(core, call, resource, subresource, &mut told),
            Err(status) if subresource.is_some() => Err(status),
            Err(_) => insert(core, call, resource, &mut told),
        };
        match result {
            // Somebody else made it or removed it in between.
            Err(status) if matches!(status.reason, "AlreadyExists" | "NotFound") => {
                if subresource.is_some()
                    || status.details.get("kind") != Some(&resource.plural.into())
                {
                    return Err(status.warn(told));
                }
            }
            Err(status) => return Err(status.warn(told)),
            Ok((status, written)) => return Ok(written.into_reply(status).warn(told)),
        }
    }
    Err(Status::modified(resource, &call.target.name))
}

fn no_manager() -> Status {
    let body = "Required value: is required for apply patch";
    let options = ("meta.k8s.io", "PatchOptions");
    Status::invalid_request(options, "FieldValueRequired", "fieldManager", body)
}

/// The configuration in the body, placed where the URL says.
fn configuration(call: &Call, resource: &Resource, told: &mut Vec<String>) -> Result<Value> {
    let decoded = decode::applied(call, decode::expected(resource))?;
    *told = decoded.warnings;
    let mut value = decoded.value;
    let name = object::text(&value, "name");
    if !name.is_empty() && name != call.target.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.target.name
        )));
    }
    object::metadata(&mut value).insert("name".to_owned(), call.target.name.as_str().into());
    create::place(call, resource, &mut value)?;
    Ok(value)
}

fn merged(
    core: &Core,
    call: &Call,
    resource: &Resource,
    subresource: Option<&str>,
    live: Option<&Value>,
    configuration: &Value,
) -> Result<Value> {
    let time = core.now_text();
    let writer = Writer {
        manager: call.query.get("fieldManager"),
        subresource: subresource.unwrap_or_default(),
        time: &time,
    };
    let force = call.query.is_true("force");
    let expected = decode::expected(resource);
    server_side_apply(expected, live, configuration, writer, force).map_err(|error| match &error {
        Error::Conflicts(_) => Status::new(StatusCode::CONFLICT, "Conflict", error.to_string())
            .with_causes(error.causes()),
        Error::BadRequest(message) => Status::bad_request(message),
        Error::Untyped(message) => Status::new(StatusCode::INTERNAL_SERVER_ERROR, "", message),
    })
}

fn insert(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    told: &mut Vec<String>,
) -> Result<(StatusCode, Written)> {
    let configuration = configuration(call, resource, told)?;
    if !object::text(&configuration, "uid").is_empty() {
        return Err(Status::conflict(
            resource,
            &call.target.name,
            "uid mismatch: the provided object specified a uid, and no existing object was found",
        ));
    }
    // An apply that makes the object needs the right to create it, besides the one to patch.
    let target = Target { verb: "create", ..call.target.clone() };
    access::authorize(core, &call.user, &target)?;
    let value = merged(core, call, resource, None, None, &configuration)?;
    let value = convert::to_stored(resource, value, None);
    let written = create::insert(core, call, resource, value, create::Record::Done, told)?;
    Ok((StatusCode::CREATED, written))
}

fn update(
    core: &Core,
    call: &Call,
    resource: &'static Resource,
    subresource: Option<&str>,
    told: &mut Vec<String>,
) -> Result<(StatusCode, Written)> {
    let configuration = configuration(call, resource, told)?;
    let how = How { subresource, managed: true };
    let written = change(core, call, resource, how, told, &mut |old| {
        merged(core, call, resource, subresource, Some(old), &configuration)
    })?;
    Ok((StatusCode::OK, written))
}

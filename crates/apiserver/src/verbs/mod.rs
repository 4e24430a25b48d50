//! What can be done with a resource: one file for each verb or subresource.
//!
//! **Invariant:** whatever is not handled here is refused with 404, 405 or 501, never answered
//! with something that looks like success.

mod apply;
mod convert;
mod create;
mod decode;
mod delete;
mod eviction;
mod json_patch;
mod kubelet;
mod list;
mod managed;
mod object;
mod options;
mod patch;
mod scale;
mod token;
mod update;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::core::Core;
use crate::http::accept::Form;
use crate::http::{Call, Reply};
use crate::kinds::Resource;
use crate::status::{Result, Status};

pub(crate) use self::convert::{stored, to_served};
pub(crate) use self::create::stamp;
pub(crate) use self::object::{core_resource, text};

/// The end of the refusal of a pod whose namespace has no account yet.
const NO_ACCOUNT: &str = "serviceaccount \"default\" not found";

/// How often, and after how long, such a pod is tried again.
const ACCOUNT_TRIES: usize = 10;
const ACCOUNT_PAUSE: Duration = Duration::from_millis(100);

/// Carries out one request on a resource.
pub(crate) async fn run(
    core: &Arc<Core>,
    call: Call,
    resource: &'static Resource,
    form: Form,
) -> Result<Reply> {
    if !call.target.subresource.is_empty() {
        return subresource(core, call, resource).await;
    }
    let verb = match call.target.verb {
        "deletecollection" if call.query.is_true("watch") => {
            return Err(Status::method_not_allowed());
        }
        verb => verb,
    };
    let needs_name = matches!(verb, "update" | "patch");
    if !resource.allows(verb) || (needs_name && call.target.name.is_empty()) {
        return Err(Status::method_not_allowed());
    }
    if matches!(verb, "create" | "update" | "patch") {
        refuse_unplayed(core, resource).map_err(|it| say_aloud(&call, it))?;
    }
    match verb {
        "get" => get(core, &call, resource),
        "list" => list::list(core, &call, resource),
        "watch" => watch::watch(core, &call, resource, form),
        "create" if !call.target.name.is_empty() => Err(Status::method_not_allowed()),
        "create" => create_patiently(core, &call, resource).await,
        "update" => update::replace(core, &call, resource, None),
        "patch" => patch::patch(core, &call, resource, None),
        "delete" => delete::delete(core, &call, resource),
        "deletecollection" => delete::collection(core, &call, resource),
        _ => Err(Status::method_not_allowed()),
    }
}

/// Storing what nobody gives its meaning would be a lie.
fn refuse_unplayed(core: &Core, resource: &Resource) -> Result<()> {
    if resource.group == "apiextensions.k8s.io" {
        return Err(Status::not_implemented("custom resources are not implemented by this server"));
    }
    if core.settings.unplayed.contains(&(resource.group, resource.plural)) {
        return Err(Status::not_implemented(format!(
            "{} cannot be written here: no controller of this cluster plays them, so nothing would \
             ever happen",
            resource.group_resource()
        )));
    }
    Ok(())
}

/// `kubectl autoscale` drops why it was refused, so there the refusal is a warning as well.
fn say_aloud(call: &Call, status: Status) -> Status {
    if call.header("kubectl-command") != "kubectl autoscale" {
        return status;
    }
    let message = status.message.clone();
    status.warn(vec![message])
}

/// A pod may come before the controller has made its namespace's account: it is waited for.
async fn create_patiently(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    for _ in 0..ACCOUNT_TRIES {
        match create::create(core, call, resource) {
            Err(status) if status.message.ends_with(NO_ACCOUNT) => {
                tokio::time::sleep(ACCOUNT_PAUSE).await;
            }
            other => return other,
        }
    }
    create::create(core, call, resource)
}

async fn subresource(core: &Arc<Core>, call: Call, resource: &'static Resource) -> Result<Reply> {
    let name = call.target.subresource.clone();
    let known = resource.subresource(&name).ok_or_else(Status::no_such_resource)?;
    if !known.verbs.contains(&call.target.verb) {
        return Err(Status::method_not_allowed());
    }
    match (name.as_str(), call.target.verb) {
        ("status" | "ephemeralcontainers", "get") => get(core, &call, resource),
        ("status" | "finalize", "update") => update::replace(core, &call, resource, Some(&name)),
        ("status", "patch") => patch::patch(core, &call, resource, Some(&name)),
        ("scale", "get") => scale::get(core, &call, resource),
        ("scale", "update") => scale::update(core, &call, resource),
        ("scale", "patch") => scale::patch(core, &call, resource),
        ("eviction", _) => eviction::evict(core, &call),
        ("binding", _) => eviction::bind(core, &call),
        ("token", _) => token::request(core, &call),
        ("log", _) => kubelet::log(core, &call).await,
        ("exec", _) => kubelet::stream(core, call).await,
        _ => Err(Status::not_implemented(format!(
            "the subresource {}/{name} is not implemented by this server",
            resource.plural
        ))),
    }
}

fn get(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let target = &call.target;
    let namespace = object::namespace_of(resource, target);
    let found = core.store.get(resource, namespace, &target.name);
    let found = found.ok_or_else(|| Status::not_found(resource, &target.name))?;
    if call.method == Method::GET {
        let wanted = call.query.get("resourceVersion").parse::<u64>().unwrap_or_default();
        let current = core.store.revision();
        if wanted > current {
            return Err(Status::revision_in_future(wanted, current));
        }
    }
    Ok(Reply::object(StatusCode::OK, found))
}

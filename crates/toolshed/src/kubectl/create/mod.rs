//! `kubectl create`: from files, and one generator a kind.

mod configmap;
mod hash;
mod job;
mod key_pair;
mod rbac;
mod secret;
pub(crate) mod simple;
mod token;

use http::Method;
use serde_json::{Value, json};

use crate::kubectl::change::{self, DryRun};
use crate::kubectl::command::Command;
use crate::kubectl::failure::{ApiError, Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::manifest;
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, RAW, SAVE, VALIDATE};
use crate::kubectl::print::json as json_printer;
use crate::kubectl::raw;
use crate::kubectl::session::{Running, Session};
use crate::kubectl::tree::refused;

/// The flags of every generator.
pub(crate) const COMMON: [&[Flag]; 5] = [OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE];

/// The flags of `create -f` alone.
pub(crate) const FLAGS: &[Flag] = &[
    RAW,
    Flag::new("edit", Takes::Switch(false), "Edit before creating").refused(FIRST),
    Flag::new("windows-line-endings", Takes::Switch(false), "With --edit").refused(FIRST),
];
const FIRST: &str = "change the file in an editor first, then create from it";

/// The generators.
pub(crate) const GENERATORS: &[Command] = &[
    rbac::COMMANDS[0],
    rbac::COMMANDS[1],
    configmap::COMMAND,
    job::CRON_JOBS,
    simple::DEPLOYMENT,
    job::JOBS,
    simple::NAMESPACE,
    simple::RESOURCE_QUOTA,
    rbac::COMMANDS[2],
    rbac::COMMANDS[3],
    secret::COMMAND,
    simple::SERVICE,
    simple::SERVICE_ACCOUNT,
    token::COMMAND,
    refused("ingress", "Create an ingress (not available here)").also(&["ing"]),
    refused("poddisruptionbudget", "Create a pod disruption budget (not available here)")
        .also(&["pdb"]),
    refused("priorityclass", "Create a priority class (not available here)").also(&["pc"]),
];

/// Runs `kubectl create -f`.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.list("filename").is_empty() {
            if !session.arguments().is_empty() {
                let words = format!("Unexpected args: [{}]", session.arguments().join(" "));
                return Err(session.usage(words));
            }
            return Err(Failure::error("must specify one of -f and -k"));
        }
        if let Some(word) = session.arguments().first() {
            return Err(session.usage(format!("Unexpected args: [{word}]")));
        }
        if session.flags.changed("raw") {
            return raw::write(session, Method::POST).await;
        }
        let dry_run = DryRun::of(session)?;
        let documents = manifest::load(session).await;
        if documents.is_empty() {
            return Err(Failure::error("no objects passed to create"));
        }
        let mut failures = Vec::new();
        for document in documents {
            let document = match document {
                Ok(document) => document,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            };
            let mut object = document.object.clone();
            if session.flags.on("save-config") {
                annotate(&mut object);
            }
            let created = if dry_run == DryRun::Client {
                Ok(object)
            } else {
                let (resource, namespace) = (&document.resource, &document.namespace);
                change::create(session, resource, namespace, &object, "kubectl-create")
                    .await
                    .map_err(|failure| document.while_doing("creating", failure))
            };
            match created {
                Ok(object) => change::report(session, &object, "created").await?,
                Err(failure) => failures.push(failure),
            }
        }
        Failure::all(failures)
    })
}

fn annotate(object: &mut Value) {
    let text = format!("{}\n", json_printer::compact(object));
    object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        json!(text);
}

/// The one name that a generator takes.
pub(crate) fn one_name(session: &Session) -> Outcome<String> {
    match session.arguments() {
        [name] => Ok(name.clone()),
        names => {
            let words = format!("exactly one NAME is required, got {}", names.len());
            Err(session.usage(words))
        }
    }
}

/// Sends what a generator made, and reports.
pub(crate) async fn send(session: &Session, object: Value) -> Outcome {
    send_as(session, object, "created", "kubectl-create").await
}

/// As [`send`], in other words and for another field manager.
pub(crate) async fn send_as(
    session: &Session,
    mut object: Value,
    verb: &str,
    manager: &str,
) -> Outcome {
    let (version, kind) = (object["apiVersion"].as_str(), object["kind"].as_str());
    let (version, kind) = (version.unwrap_or_default(), kind.unwrap_or_default());
    let Some(resource) = session.kind(version, kind).await? else {
        let words = format!("no matches for kind {kind:?} in version {version:?}");
        return Err(Failure::error(words));
    };
    let dry_run = DryRun::of(session)?;
    let mut namespace = String::new();
    if resource.namespaced {
        session.namespace().clone_into(&mut namespace);
        if dry_run != DryRun::Client || session.namespace_given() {
            object["metadata"]["namespace"] = json!(namespace);
        }
    }
    if session.flags.on("save-config") {
        annotate(&mut object);
    }
    if dry_run != DryRun::Client {
        let created = change::create(session, &resource, &namespace, &object, manager).await;
        object = created.map_err(|failure| match failure {
            Failure::Api(error) if verb == "created" && manager == "kubectl-create" => {
                failed(&object, error)
            }
            other => other,
        })?;
    }
    change::report(session, &object, verb).await
}

/// What is said when the server refuses; about some kinds the server's words stand alone.
fn failed(object: &Value, error: Box<ApiError>) -> Failure {
    let kind = object["kind"].as_str().unwrap_or_default();
    let what = match kind {
        "Namespace" | "Role" | "ClusterRole" => return Failure::Api(error),
        "Secret" => "secret".to_owned(),
        "Service" => {
            format!("{} service:", object["spec"]["type"].as_str().unwrap_or_default())
        }
        "ResourceQuota" => "quota:".to_owned(),
        kind => format!("{}:", kind.to_lowercase()),
    };
    Failure::Error(format!("failed to create {what} {}", error.message))
}

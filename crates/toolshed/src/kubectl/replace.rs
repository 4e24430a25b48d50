//! `kubectl replace`.

use http::Method;
use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::delete;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::manifest::{self, Document};
use crate::kubectl::raw;
use crate::kubectl::resolve::Found;
use crate::kubectl::session::{Running, Session};

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.changed("raw") {
            return raw::write(session, Method::PUT).await;
        }
        check(session)?;
        let documents = manifest::load(session).await;
        if documents.is_empty() {
            return Err(Failure::error("no objects passed to replace"));
        }
        if session.flags.on("force") {
            return anew(session, documents).await;
        }
        let mut failures = Vec::new();
        for document in documents {
            let done = match &document {
                Ok(document) => put(session, document).await,
                Err(failure) => Err(failure.clone()),
            };
            match done {
                Ok(object) => change::report(session, &object, "replaced").await?,
                Err(failure) => failures.push(failure),
            }
        }
        Failure::all(failures)
    })
}

fn check(session: &Session) -> Outcome {
    let (flags, dry_run) = (&session.flags, DryRun::of(session)?);
    if flags.on("force") && dry_run != DryRun::None {
        return Err(Failure::error("--dry-run can not be used when --force is set"));
    }
    if !flags.on("force") {
        if flags.number("grace-period") >= 0 {
            return Err(Failure::error("--grace-period must have --force specified"));
        }
        if flags.seconds("timeout") != 0.0 {
            return Err(Failure::error("--timeout must have --force specified"));
        }
    }
    if flags.list("filename").is_empty() {
        return Err(session.usage("Must specify --filename to replace"));
    }
    Ok(())
}

async fn put(session: &Session, document: &Document) -> Outcome<Value> {
    let dry_run = DryRun::of(session)?;
    if dry_run == DryRun::Client {
        return Ok(document.object.clone());
    }
    let resource = &document.resource;
    let path = session.part(resource.path(&document.namespace, &document.name));
    let manager = match session.flags.text("field-manager") {
        "" => "kubectl-replace",
        given => given,
    };
    let call = Call::new(Method::PUT, path)
        .query("fieldManager", manager)
        .query("fieldValidation", change::validation(session)?)
        .json(&document.object)
        .about(&resource.qualified(), &document.name);
    let replaced = session.api.value(dry_run.mark(call)).await;
    replaced.map_err(|failure| document.while_doing("replacing", failure))
}

/// Deletes what there is, waits until it is gone, and creates it again; what the server refuses
/// keeps none of the others from coming back.
///
/// Where a document cannot be read, those before it are gone by then, as with the real one.
async fn anew(session: &Session, documents: Vec<Outcome<Document>>) -> Outcome {
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for document in documents {
        match document {
            Ok(document) => readable.push(document),
            Err(failure) => unreadable.push(failure),
        }
    }
    let old = readable
        .iter()
        .map(|document| Found::named(&document.resource, &document.namespace, &document.name));
    delete::make_room(session, old.collect(), true).await?;
    Failure::all(unreadable)?;
    let mut failures = Vec::new();
    for document in readable {
        let (resource, namespace) = (&document.resource, &document.namespace);
        let created =
            change::create(session, resource, namespace, &document.object, "kubectl-replace").await;
        match created {
            Ok(object) => change::report(session, &object, "replaced").await?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

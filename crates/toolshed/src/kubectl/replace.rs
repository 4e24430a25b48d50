//! `kubectl replace`.

use http::Method;

use crate::kubectl::api::Call;
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::manifest;
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("force", Takes::Switch(false), "Delete and create (not available here)"),
    Flag::new("grace-period", Takes::Number(-1), "Accepted"),
    Flag::new("timeout", Takes::Duration("0s"), "Accepted"),
];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.on("force") {
            return Err(Failure::error("replace --force is not available in this terminal"));
        }
        if session.flags.list("filename").is_empty() {
            return Err(session.usage("Must specify --filename to replace"));
        }
        let dry_run = DryRun::of(session)?;
        let documents = manifest::load(session).await;
        if documents.is_empty() {
            return Err(Failure::error("no objects passed to replace"));
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
            if dry_run != DryRun::Client {
                let resource = &document.resource;
                let call =
                    Call::new(Method::PUT, resource.path(&document.namespace, &document.name))
                        .query("fieldManager", "kubectl-replace")
                        .query("fieldValidation", change::validation(session)?)
                        .json(&object)
                        .about(&resource.qualified(), &document.name);
                match session.api.value(dry_run.mark(call)).await {
                    Ok(replaced) => object = replaced,
                    Err(failure) => {
                        failures.push(document.while_doing("replacing", failure));
                        continue;
                    }
                }
            }
            change::report(session, &object, "replaced").await?;
        }
        Failure::all(failures)
    })
}

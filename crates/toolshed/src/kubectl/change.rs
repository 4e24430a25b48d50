//! What commands that change objects share: dry runs, field managers, how the result is shown.

use http::Method;
use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::get::hide_managed_fields;
use crate::kubectl::print::{Format, name};
use crate::kubectl::session::Session;

/// Whether anything is really done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// What `--dry-run` says.
    pub(crate) fn of(session: &Session) -> Outcome<Self> {
        match session.flags.text("dry-run") {
            "none" | "" | "false" => Ok(Self::None),
            "client" | "true" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            "unchanged" => Err(Failure::error(
                "Invalid dry-run value (unchanged). Must be \"none\", \"server\", or \"client\".",
            )),
            other => Err(Failure::error(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What follows `created` and its like.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    /// Marks a request.
    pub(crate) fn mark(self, call: Call) -> Call {
        if self == Self::Server { call.query("dryRun", "All") } else { call }
    }
}

/// The `fieldValidation` that `--validate` asks for.
pub(crate) fn validation(session: &Session) -> Outcome<&'static str> {
    match session.flags.text("validate") {
        "true" | "strict" | "" => Ok("Strict"),
        "warn" => Ok("Warn"),
        "false" | "ignore" => Ok("Ignore"),
        other => Err(Failure::error(format!(
            "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore \
             (or false)"
        ))),
    }
}

/// Creates an object.
pub(crate) async fn create(
    session: &Session,
    resource: &Resource,
    namespace: &str,
    object: &Value,
    manager: &str,
) -> Outcome<Value> {
    let manager = match session.flags.text("field-manager") {
        "" => manager,
        given => given,
    };
    let call = Call::new(Method::POST, resource.path(namespace, ""))
        .query("fieldManager", manager)
        .query("fieldValidation", validation(session)?)
        .json(object)
        .about(&resource.qualified(), "");
    session.api.value(DryRun::of(session)?.mark(call)).await
}

/// Changes an object by a patch.
pub(crate) async fn patch(
    session: &Session,
    path: String,
    content_type: &'static str,
    body: impl ToString,
    manager: &str,
) -> Outcome<Value> {
    let manager = match session.flags.text("field-manager") {
        "" => manager,
        given => given,
    };
    let call = Call::new(Method::PATCH, path)
        .query("fieldManager", manager)
        .body(content_type, body.to_string());
    session.api.value(DryRun::of(session)?.mark(call)).await
}

/// Says what was done to an object, or shows it as `-o` asks.
pub(crate) async fn report(session: &Session, object: &Value, verb: &str) -> Outcome {
    let format = Format::of_change(session)?;
    report_as(session, &format, object, verb).await
}

/// As [`report`], with the form already chosen.
pub(crate) async fn report_as(
    session: &Session,
    format: &Format,
    object: &Value,
    verb: &str,
) -> Outcome {
    let suffix = DryRun::of(session)?.suffix();
    match format {
        Format::Human | Format::Wide => {
            session.say(format!("{} {verb}{suffix}", name(object))).await
        }
        other => {
            let mut object = object.clone();
            if !session.flags.on("show-managed-fields") && other.hides_managed_fields() {
                hide_managed_fields(&mut object);
            }
            session.out(other.print(&object)?).await
        }
    }
}

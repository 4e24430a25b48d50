//! What was changed in the file, sent object by object.
//!
//! **Invariant:** an object of the file is told by its uid; one that cannot be saved keeps none of
//! the others from being saved.

use http::Method;
use serde_json::Value;

use super::sheet::Reason;
use crate::kubectl::api::Call;
use crate::kubectl::apply::is_built_in;
use crate::kubectl::change;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{ApiError, Failure, Outcome};
use crate::kubectl::manifest;
use crate::kubectl::merge::three_way;
use crate::kubectl::print::json;
use crate::kubectl::print::jsonpath::{go_syntax, word};
use crate::kubectl::resolve::Found;
use crate::kubectl::session::Session;
use crate::kubectl::yaml as reader;

/// How an attempt to save went.
pub(super) enum Saved {
    Done,
    Again(Vec<Reason>),
}

/// What the server refused so far.
#[derive(Default)]
struct Refused {
    /// For reasons that the file can be mended for.
    invalid: Vec<Reason>,
    /// Objects that are gone.
    lost: usize,
    /// For any other reason.
    other: usize,
}

/// Sends what was changed.
pub(super) async fn save(
    session: &Session,
    found: &[Found],
    edited: &str,
    path: &str,
) -> Outcome<Saved> {
    if let Err(error) = valid(edited) {
        let what = found.first().map(shown).unwrap_or_default();
        session.complain(format!("error: {what} is invalid")).await?;
        let cause = format!("<nil>: Invalid value: \"The edited file failed validation\": {error}");
        let head = format!("{what} was not valid");
        return Ok(Saved::Again(vec![Reason { head, causes: vec![cause] }]));
    }
    let mut documents = Vec::new();
    manifest::read(session, "edited-file", edited, &mut documents).await;
    let objects = match documents.into_iter().collect::<Outcome<Vec<_>>>() {
        Ok(documents) => documents.into_iter().map(|document| document.object),
        Err(failure) => {
            let head = format!("The edited file had a syntax error: {}", failure.cause());
            return Ok(Saved::Again(vec![Reason { head, causes: Vec::new() }]));
        }
    };
    let mut refused = Refused::default();
    // As the real one: what is wrong with one object is told only if it is the last.
    let mut last = Ok(());
    for object in objects {
        last = one(session, found, &object, &mut refused).await;
        if !matches!(last, Ok(()) | Err(Failure::Error(_))) {
            break;
        }
    }
    match last {
        Ok(()) => {}
        Err(Failure::Error(words)) => return Err(kept(session, path, &words).await),
        Err(other) => return Err(other),
    }
    told(session, refused, path).await
}

/// Whether the file can be an object at all.
fn valid(edited: &str) -> Result<(), String> {
    let object = reader::document(edited)?;
    if object.is_null() {
        return Err("the file is empty".to_owned());
    }
    for field in ["apiVersion", "kind"] {
        if !object[field].is_string() {
            return Err(format!("{field} not set"));
        }
    }
    if object["kind"] == "List" && !object["items"].is_array() {
        return Err("items not set".to_owned());
    }
    Ok(())
}

/// Sends one object, if it was changed.
async fn one(session: &Session, found: &[Found], edited: &Value, refused: &mut Refused) -> Outcome {
    let uid = &edited["metadata"]["uid"];
    let Some(one) = found.iter().find(|one| one.object["metadata"]["uid"] == *uid) else {
        let object = go_syntax(edited);
        return Err(Failure::error(format!(
            "no original object found for &unstructured.Unstructured{{Object:{object}}}"
        )));
    };
    let original = &one.object;
    if edited == original {
        return change::report(session, edited, "skipped").await;
    }
    let identity = |object: &Value| {
        (object["apiVersion"].clone(), object["kind"].clone(), object["metadata"]["name"].clone())
    };
    if identity(edited) != identity(original) {
        return Err(Failure::error("At least one of apiVersion, kind and name was changed"));
    }
    let strategic = is_built_in(&one.resource.group);
    let changes = three_way(original, edited, original, strategic);
    if session.flags.on("output-patch") {
        session.say(format!("Patch: {}", json::compact(&changes))).await?;
    }
    match patch(session, one, &changes, strategic).await {
        Ok(object) => change::report(session, &object, "edited").await,
        Err(Failure::Api(error)) => note(session, one, &error, refused).await,
        Err(failure) => Err(failure),
    }
}

async fn patch(session: &Session, one: &Found, changes: &Value, strategic: bool) -> Outcome<Value> {
    let content_type = if strategic {
        "application/strategic-merge-patch+json"
    } else {
        "application/merge-patch+json"
    };
    let manager = match session.flags.text("field-manager") {
        "" => "kubectl-edit",
        given => given,
    };
    let call = Call::new(Method::PATCH, session.part(one.path()))
        .query("fieldManager", manager)
        .query("fieldValidation", change::validation(session)?)
        .body(content_type, changes.to_string())
        .about(&one.resource.qualified(), &one.name);
    session.api.value(call).await
}

/// Says what the server refused, and notes what follows from it.
async fn note(session: &Session, one: &Found, error: &ApiError, refused: &mut Refused) -> Outcome {
    let what = shown(one);
    match error.reason.as_str() {
        "Invalid" => {
            let causes = array(&error.details["causes"]);
            let cause =
                |cause: &Value| format!("{}: {}", word(&cause["field"]), word(&cause["message"]));
            refused.invalid.push(Reason {
                head: format!("{what} was not valid"),
                causes: causes.iter().map(cause).collect(),
            });
            session.complain(format!("error: {what} is invalid")).await
        }
        "NotFound" => {
            refused.lost += 1;
            session.complain(format!("error: {what} could not be found on the server")).await
        }
        _ => {
            refused.other += 1;
            session.complain(format!("error: {what} could not be patched: {}", error.message)).await
        }
    }
}

/// What becomes of the file after what was refused.
async fn told(session: &Session, refused: Refused, path: &str) -> Outcome<Saved> {
    if refused.other > 0 {
        let words = format!("You can run `kubectl replace -f {path}` to try this update again.");
        session.complain(words).await?;
        return Err(Failure::Exit(1));
    }
    if refused.lost > 0 {
        let words = format!("The edits you made on deleted resources have been saved to {path:?}");
        session.complain(words).await?;
        return Err(Failure::Exit(1));
    }
    Ok(if refused.invalid.is_empty() { Saved::Done } else { Saved::Again(refused.invalid) })
}

/// `configmaps "web"`.
fn shown(one: &Found) -> String {
    format!("{} {:?}", one.resource.qualified(), one.name)
}

/// Says where the file is that could not be saved.
pub(super) async fn kept(session: &Session, path: &str, words: &str) -> Failure {
    // Who has gone need not know.
    let _ = session.complain(format!("A copy of your changes has been stored to {path:?}")).await;
    Failure::error(words)
}

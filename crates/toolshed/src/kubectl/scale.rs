//! `kubectl scale`.

use http::Method;
use serde_json::json;

use crate::kubectl::api::{ANYTHING, Call};
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("replicas", Takes::Number(0), "How many there shall be"),
    Flag::new("current-replicas", Takes::Number(-1), "Only when there are as many now"),
    Flag::new("resource-version", Takes::Text(""), "Only when the object is of this version"),
    Flag::new("timeout", Takes::Duration("0s"), "How long to wait for as many")
        .refused("use 'kubectl rollout status'"),
];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if !session.flags.changed("replicas") {
            return Err(Failure::error("required flag(s) \"replicas\" not set"));
        }
        let replicas = session.flags.number("replicas");
        if replicas < 0 {
            return Err(Failure::error(
                "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
            ));
        }
        let words = session.arguments().to_vec();
        let selector = session.flags.text("selector").to_owned();
        let query = Query {
            words: &words,
            selector: (!selector.is_empty()).then_some(&selector),
            all: session.flags.on("all"),
            ..Query::default()
        };
        let plan = plan(session, query).await?;
        let (found, mut failures) = fetch(session, &plan).await;
        if found.is_empty() && failures.is_empty() {
            return Err(Failure::error("no objects passed to scale"));
        }
        for one in found {
            if let Err(failure) = may(session, &one) {
                failures.push(failure);
                continue;
            }
            if DryRun::of(session)? != DryRun::Client {
                let body = json!({"spec": {"replicas": replicas}});
                let path = format!("{}/scale", one.path());
                let call = Call::new(Method::PATCH, path)
                    .accept(ANYTHING)
                    .body("application/merge-patch+json", body.to_string());
                let done = session.api.value(DryRun::of(session)?.mark(call)).await;
                if let Err(failure) = done {
                    failures.push(failure);
                    continue;
                }
            }
            change::report(session, &one.object, "scaled").await?;
        }
        Failure::all(failures)
    })
}

/// Whether an object is as the flags say, and of a kind that can be scaled.
fn may(session: &Session, one: &Found) -> Outcome {
    let expected = session.flags.number("current-replicas");
    let now = one.object["spec"]["replicas"].as_i64().unwrap_or_default();
    if expected >= 0 && expected != now {
        let words = format!("Expected replicas to be {expected}, was {now}");
        return Err(Failure::error(words));
    }
    let version = session.flags.text("resource-version");
    let found = one.object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if !version.is_empty() && version != found {
        let words = format!("Expected resource version to be {version}, was {found}");
        return Err(Failure::error(words));
    }
    if !one.resource.subresources.iter().any(|part| part == "scale") {
        return Err(Failure::Said(
            "Error from server (NotFound): the server could not find the requested resource"
                .to_owned(),
        ));
    }
    Ok(())
}

//! `kubectl create token`.

use http::Method;
use serde_json::json;

use crate::kubectl::api::Call;
use crate::kubectl::command::Command;
use crate::kubectl::create::one_name;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::OUTPUT;
use crate::kubectl::print::Format;
use crate::kubectl::session::{Running, Session};

const FLAGS: &[Flag] = &[
    Flag::new("duration", Takes::Duration("0s"), "How long it is valid"),
    Flag::new("audience", Takes::Array, "For whom it is"),
    Flag::new("bound-object-kind", Takes::Text(""), "Node, Pod or Secret: what it ends with"),
    Flag::new("bound-object-name", Takes::Text(""), "The name of that object"),
    Flag::new("bound-object-uid", Takes::Text(""), "The uid of that object"),
];

pub(super) const COMMAND: Command = Command::new(
    "token",
    "SERVICE_ACCOUNT_NAME",
    "Request a service account token",
    &[FLAGS, OUTPUT],
    run,
);

fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let format = Format::of_change(session)?;
        check(session)?;
        let flags = &session.flags;
        let mut body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {}});
        if flags.seconds("duration") > 0.0 {
            let seconds = format!("{:.0}", flags.seconds("duration"));
            body["spec"]["expirationSeconds"] = json!(seconds.parse::<i64>().unwrap_or(3600));
        }
        if flags.changed("audience") {
            body["spec"]["audiences"] = json!(flags.list("audience"));
        }
        let kind = flags.text("bound-object-kind");
        if !kind.is_empty() {
            body["spec"]["boundObjectRef"] = json!({"apiVersion": "v1", "kind": kind,
                "name": flags.text("bound-object-name"), "uid": flags.text("bound-object-uid")});
        }
        let namespace = session.namespace();
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token");
        let answer = session.api.value(Call::new(Method::POST, path).json(&body)).await;
        let answer = answer.map_err(|failure| match failure {
            Failure::Api(error) => {
                Failure::error(format!("failed to create token: {}", error.message))
            }
            other => other,
        })?;
        if !format.is_human() {
            return session.out(format.print(&answer)?).await;
        }
        session.say(answer["status"]["token"].as_str().unwrap_or_default()).await
    })
}

fn check(session: &Session) -> Outcome {
    let flags = &session.flags;
    let given = |flag: &str| !flags.text(flag).is_empty();
    if flags.seconds("duration") < 0.0 {
        return Err(Failure::error("--duration must be greater than or equal to 0"));
    }
    if !given("bound-object-kind") {
        let alone = ["bound-object-name", "bound-object-uid"].into_iter().find(|flag| given(flag));
        return alone.map_or(Ok(()), |flag| {
            let words = format!("--{flag} can only be set if --bound-object-kind is provided");
            Err(Failure::error(words))
        });
    }
    if !matches!(flags.text("bound-object-kind"), "Node" | "Pod" | "Secret") {
        return Err(Failure::error("supported --bound-object-kind values are Node, Pod, Secret"));
    }
    if !given("bound-object-name") {
        return Err(Failure::error(
            "--bound-object-name is required if --bound-object-kind is provided",
        ));
    }
    Ok(())
}

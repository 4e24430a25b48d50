//! `kubectl auth`: who am I, and what may I do.

use http::Method;
use serde_json::{Value, json};

use crate::kubectl::api::Call;
use crate::kubectl::command::Command;
use crate::kubectl::describe::page::sorted;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{EVERYWHERE, OUTPUT, SUBRESOURCE};
use crate::kubectl::print::Format;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::session::{Running, Session};
use crate::kubectl::tree::refused;

const CAN_I: &[Flag] = &[
    Flag::new("list", Takes::Switch(false), "Everything that is allowed"),
    Flag::short('q', "quiet", Takes::Switch(false), "Answer by the exit code alone"),
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
];

/// The subcommands.
pub(crate) const COMMANDS: &[Command] = &[
    Command::new(
        "can-i",
        "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
        "Check whether an action is allowed",
        &[CAN_I, EVERYWHERE, SUBRESOURCE],
        can_i,
    ),
    refused("reconcile", "Reconcile RBAC objects from files (not available here)"),
    Command::new("whoami", "", "Experimental: Check self subject attributes", &[OUTPUT], whoami),
];

async fn review(session: &Session, kind: &str, spec: Value) -> Outcome<Value> {
    let (group, plural) = match kind {
        "SelfSubjectReview" => ("authentication.k8s.io", "selfsubjectreviews"),
        "SelfSubjectRulesReview" => ("authorization.k8s.io", "selfsubjectrulesreviews"),
        _ => ("authorization.k8s.io", "selfsubjectaccessreviews"),
    };
    let mut body = json!({"apiVersion": format!("{group}/v1"), "kind": kind});
    if spec.is_object() {
        body["spec"] = spec;
    }
    let call = Call::new(Method::POST, format!("/apis/{group}/v1/{plural}")).json(&body);
    session.api.value(call).await
}

fn whoami(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let format = Format::of_change(session)?;
        let answer = review(session, "SelfSubjectReview", Value::Null).await?;
        if !matches!(format, Format::Human) {
            return session.out(format.print(&answer)?).await;
        }
        let user = &answer["status"]["userInfo"];
        let list = |value: &Value| {
            let all: Vec<String> = array(value).iter().map(word).collect();
            format!("[{}]", all.join(" "))
        };
        let mut text = format!("ATTRIBUTE\tVALUE\nUsername\t{}\n", word(&user["username"]));
        if user["uid"].is_string() {
            text = format!("{text}UID\t{}\n", word(&user["uid"]));
        }
        if !array(&user["groups"]).is_empty() {
            text = format!("{text}Groups\t{}\n", list(&user["groups"]));
        }
        for key in sorted(&user["extra"]) {
            text = format!("{text}Extra: {key}\t{}\n", list(&user["extra"][key.as_str()]));
        }
        session.out(Tabs::table().render(&text)).await
    })
}

fn can_i(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.on("list") {
            return list(session).await;
        }
        let words = session.arguments().to_vec();
        let [verb, object] = words.as_slice() else {
            return Err(Failure::error(
                "you must specify two arguments: verb resource or verb resource/resourceName.\nSee \
                 'kubectl auth can-i -h' for help and examples.",
            ));
        };
        let spec = if object.starts_with('/') {
            json!({"nonResourceAttributes": {"verb": verb, "path": object}})
        } else {
            attributes(session, verb, object).await?
        };
        let answer = review(session, "SelfSubjectAccessReview", spec).await?;
        let allowed = answer["status"]["allowed"] == true;
        if !session.flags.on("quiet") {
            let reason = word(&answer["status"]["reason"]);
            let mut line = if allowed { "yes" } else { "no" }.to_owned();
            if !allowed && !reason.is_empty() {
                line = format!("{line} - {reason}");
            }
            session.say(line).await?;
        }
        if allowed { Ok(()) } else { Err(Failure::Exit(1)) }
    })
}

async fn attributes(session: &Session, verb: &str, object: &str) -> Outcome<Value> {
    let (kind, name) = object.split_once('/').unwrap_or((object, ""));
    let (mut group, mut plural, mut namespaced) = (String::new(), kind.to_owned(), true);
    if kind == "*" {
        "*".clone_into(&mut group);
    } else if let Ok(resource) = session.resource(kind).await {
        group.clone_from(&resource.group);
        plural.clone_from(&resource.plural);
        namespaced = resource.namespaced;
        if !namespaced && !session.flags.on("all-namespaces") {
            let scope =
                if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
            session
                .complain(format!("Warning: resource '{plural}' is not namespace scoped{scope}\n"))
                .await?;
        }
    } else {
        let line = format!("Warning: the server doesn't have a resource type '{kind}'\n");
        session.complain(line).await?;
    }
    let everywhere = session.flags.on("all-namespaces") || !namespaced;
    let namespace = if everywhere { "" } else { session.namespace() };
    let mut attributes = json!({"verb": verb, "resource": plural, "namespace": namespace});
    for (key, value) in [
        ("group", group.as_str()),
        ("name", name),
        ("subresource", session.flags.text("subresource")),
    ] {
        if !value.is_empty() {
            attributes[key] = json!(value);
        }
    }
    Ok(json!({ "resourceAttributes": attributes }))
}

async fn list(session: &Session) -> Outcome {
    let spec = json!({"namespace": session.namespace()});
    let answer = review(session, "SelfSubjectRulesReview", spec).await?;
    let status = &answer["status"];
    let mut rules = array(&status["resourceRules"]).to_vec();
    rules.extend(array(&status["nonResourceRules"]).iter().cloned());
    let mut text = if session.flags.on("no-headers") {
        String::new()
    } else {
        "Resources\tNon-Resource URLs\tResource Names\tVerbs\n".to_owned()
    };
    for row in crate::kubectl::describe::rules(&rules) {
        text = format!("{text}{row}\n");
    }
    session.out(Tabs::table().render(&text)).await
}

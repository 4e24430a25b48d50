//! `kubectl rollout`: status, history, undo, restart, pause, resume.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::kubectl::api::Call;
use crate::kubectl::change;
use crate::kubectl::command::Command;
use crate::kubectl::describe::workload::{REVISION, split};
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, FILES, MANAGER, OUTPUT, SELECTOR};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// The subcommands.
pub(crate) const COMMANDS: &[Command] = &[
    Command::new(
        "history",
        USAGE,
        "View rollout history",
        &[HISTORY, OUTPUT, FILES, SELECTOR],
        history,
    ),
    Command::new(
        "pause",
        USAGE,
        "Mark the provided resource as paused",
        &[OUTPUT, FILES, SELECTOR, MANAGER],
        pause,
    ),
    Command::new(
        "restart",
        USAGE,
        "Restart a resource",
        &[OUTPUT, FILES, SELECTOR, MANAGER],
        restart,
    ),
    Command::new(
        "resume",
        USAGE,
        "Resume a paused resource",
        &[OUTPUT, FILES, SELECTOR, MANAGER],
        resume,
    ),
    Command::new(
        "status",
        USAGE,
        "Show the status of the rollout",
        &[STATUS, FILES, SELECTOR],
        status,
    ),
    Command::new(
        "undo",
        USAGE,
        "Undo a previous rollout",
        &[UNDO, OUTPUT, FILES, SELECTOR, DRY_RUN],
        undo,
    ),
];

const USAGE: &str = "(TYPE NAME | TYPE/NAME) [flags]";
const HISTORY: &[Flag] = &[Flag::new("revision", Takes::Number(0), "Show this revision")];
const UNDO: &[Flag] = &[Flag::new("to-revision", Takes::Number(0), "Go back to this revision")];
const STATUS: &[Flag] = &[
    Flag::short('w', "watch", Takes::Switch(true), "Wait for the end"),
    Flag::new("revision", Takes::Number(0), "Only of this revision"),
    Flag::new("timeout", Takes::Duration("0s"), "How long to wait"),
];

async fn targets(session: &mut Session) -> Outcome<Vec<Found>> {
    let words = session.arguments().to_vec();
    let selector = session.flags.text("selector").to_owned();
    if words.is_empty() && session.flags.list("filename").is_empty() {
        return Err(Failure::error("required resource not specified"));
    }
    let query = Query {
        words: &words,
        selector: (!selector.is_empty()).then_some(&selector),
        type_alone: true,
        ..Query::default()
    };
    let plan = plan(session, query).await?;
    let (found, failures) = fetch(session, &plan).await;
    Failure::all(failures)?;
    Ok(found)
}

fn only_deployments(found: &Found, verb: &str) -> Outcome {
    if found.resource.kind == "Deployment" {
        return Ok(());
    }
    let plural = &found.resource.qualified();
    Err(Failure::error(format!("{plural} {:?} {verb} is not supported", found.name)))
}

async fn sets(session: &Session, namespace: &str) -> Outcome<Vec<Value>> {
    let path = format!("/apis/apps/v1/namespaces/{namespace}/replicasets");
    Ok(array(&session.api.value(Call::get(path)).await?["items"]).to_vec())
}

fn restart(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        for one in targets(session).await? {
            if !["Deployment", "DaemonSet", "StatefulSet"].contains(&one.resource.kind.as_str()) {
                let plural = one.resource.qualified();
                return Err(Failure::error(format!(
                    "{plural} {:?} restarting is not supported",
                    one.name
                )));
            }
            if one.object["spec"]["paused"] == true {
                return Err(Failure::error(format!(
                    "{} {:?} can't restart paused deployment (run rollout resume first)",
                    one.resource.qualified(),
                    one.name
                )));
            }
            let now = session.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let body = json!({"spec": {"template": {"metadata": {"annotations":
                {"kubectl.kubernetes.io/restartedAt": now}}}}});
            let object =
                change::patch(session, one.path(), STRATEGIC, &body, "kubectl-rollout").await?;
            change::report(session, &object, "restarted").await?;
        }
        Ok(())
    })
}

fn pause(session: &mut Session) -> Running<'_> {
    Box::pin(pausing(session, true))
}

fn resume(session: &mut Session) -> Running<'_> {
    Box::pin(pausing(session, false))
}

async fn pausing(session: &mut Session, pause: bool) -> Outcome {
    for one in targets(session).await? {
        only_deployments(&one, if pause { "pausing" } else { "resuming" })?;
        let paused = one.object["spec"]["paused"] == true;
        if paused == pause {
            let words = if pause { "is already paused" } else { "is not paused" };
            let plural = one.resource.qualified();
            return Err(Failure::error(format!("{plural} {:?} {words}", one.name)));
        }
        let body = json!({"spec": {"paused": if pause { json!(true) } else { Value::Null }}});
        let object =
            change::patch(session, one.path(), STRATEGIC, &body, "kubectl-rollout").await?;
        change::report(session, &object, if pause { "paused" } else { "resumed" }).await?;
    }
    Ok(())
}

fn revision(set: &Value) -> i64 {
    set["metadata"]["annotations"][REVISION]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

fn history(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        for one in targets(session).await? {
            only_deployments(&one, "history")?;
            let sets = sets(session, &one.namespace).await?;
            let (new, mut old) = split(&one.object, &sets);
            old.extend(new);
            old.sort_by_key(|set| revision(set));
            let named = one.resource.named(&one.name);
            let wanted = session.flags.number("revision");
            if wanted > 0 {
                let Some(set) = old.into_iter().find(|set| revision(set) == wanted) else {
                    return Err(Failure::error("unable to find the specified revision"));
                };
                let mut page = crate::kubectl::describe::page::Page::default();
                crate::kubectl::describe::template(&mut page, &set["spec"]["template"]);
                let text = page.unaligned();
                session.say(format!("{named} with revision #{wanted}")).await?;
                session.say(text).await?;
                continue;
            }
            let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
            for set in old.iter().filter(|set| revision(set) > 0) {
                let cause = &set["metadata"]["annotations"]["kubernetes.io/change-cause"];
                let cause = cause.as_str().unwrap_or("<none>");
                let _ = writeln!(text, "{}\t{cause}", revision(set));
            }
            let table = Tabs::describe().render(&text);
            session.out(format!("{named} \n{table}\n")).await?;
        }
        Ok(())
    })
}

/// Says that a rollback is not written where `apply` looks.
async fn warn_of_apply(session: &Session, found: &Found) -> Outcome {
    const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    if !found.object["metadata"]["annotations"][LAST_APPLIED].is_string() {
        return Ok(());
    }
    let line = format!(
        "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will \
         not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future \
         'kubectl apply' operations. Consider using 'kubectl apply' with your previous \
         configuration file instead.",
        found.resource.plural, found.name
    );
    session.complain(line).await
}

fn undo(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        for one in targets(session).await? {
            only_deployments(&one, "undo")?;
            if one.object["spec"]["paused"] == true {
                return Err(Failure::error(format!(
                    "you cannot rollback a paused deployment; resume it first with 'kubectl \
                     rollout resume {}' and try again",
                    one.resource.named(&one.name)
                )));
            }
            warn_of_apply(session, &one).await?;
            let sets = sets(session, &one.namespace).await?;
            let (new, mut old) = split(&one.object, &sets);
            old.sort_by_key(|set| revision(set));
            let wanted = session.flags.number("to-revision");
            let target = if wanted > 0 {
                old.into_iter().chain(new).find(|set| revision(set) == wanted).ok_or_else(|| {
                    Failure::error(format!("unable to find specified revision {wanted} in history"))
                })?
            } else {
                let last = old.last().copied();
                last.ok_or_else(|| {
                    Failure::error(format!(
                        "no rollout history found for deployment {:?}",
                        one.name
                    ))
                })?
            };
            let mut template = target["spec"]["template"].clone();
            if let Value::Object(labels) = &mut template["metadata"]["labels"] {
                labels.remove("pod-template-hash");
            }
            let same = template == one.object["spec"]["template"];
            if same {
                let format = "skipped rollback (current template already matches revision";
                let words = format!("{format} {})", revision(target));
                change::report(session, &one.object, &words).await?;
                continue;
            }
            let body = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
            let content_type = "application/json-patch+json";
            let object =
                change::patch(session, one.path(), content_type, &body, "kubectl-rollout").await?;
            change::report(session, &object, "rolled back").await?;
        }
        Ok(())
    })
}

/// How far a Deployment is: a sentence, and whether it is done.
fn progress(object: &Value) -> Outcome<(String, bool)> {
    let name = word(&object["metadata"]["name"]);
    let (spec, status) = (&object["spec"], &object["status"]);
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let observed = number(&status["observedGeneration"]);
    if number(&object["metadata"]["generation"]) > observed {
        let words = "Waiting for deployment spec update to be observed...\n";
        return Ok((words.to_owned(), false));
    }
    let late = array(&status["conditions"])
        .iter()
        .any(|one| one["type"] == "Progressing" && one["reason"] == "ProgressDeadlineExceeded");
    if late {
        let words = format!("deployment {name:?} exceeded its progress deadline");
        return Err(Failure::error(words));
    }
    let (wanted, updated) = (number(&spec["replicas"]), number(&status["updatedReplicas"]));
    let (all, available) = (number(&status["replicas"]), number(&status["availableReplicas"]));
    let waiting = |what: String| {
        Ok((format!("Waiting for deployment {name:?} rollout to finish: {what}...\n"), false))
    };
    if updated < wanted {
        return waiting(format!("{updated} out of {wanted} new replicas have been updated"));
    }
    if all > updated {
        return waiting(format!("{} old replicas are pending termination", all - updated));
    }
    if available < updated {
        return waiting(format!("{available} of {updated} updated replicas are available"));
    }
    Ok((format!("deployment {name:?} successfully rolled out\n"), true))
}

fn status(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let timeout = session.flags.seconds("timeout");
        for one in targets(session).await? {
            if one.resource.kind != "Deployment" {
                let kind = &one.resource.kind;
                let words = format!("no status viewer has been implemented for {kind}");
                return Err(Failure::error(words));
            }
            let follow = follow(session, &one);
            if timeout > 0.0 {
                let deadline = Instant::now() + Duration::from_secs_f64(timeout);
                tokio::time::timeout_at(deadline, follow)
                    .await
                    .map_err(|_| Failure::error("timed out waiting for the condition"))??;
            } else {
                follow.await?;
            }
        }
        Ok(())
    })
}

async fn follow(session: &Session, found: &Found) -> Outcome {
    let mut object = found.object.clone();
    loop {
        let list = Call::get(found.resource.path(&found.namespace, ""))
            .query("fieldSelector", format!("metadata.name={}", found.name));
        let version = word(&object["metadata"]["resourceVersion"]);
        let mut lines = session
            .api
            .lines(list.query("watch", "true").query("resourceVersion", version))
            .await?;
        loop {
            let (words, done) = progress(&object)?;
            session.out(words).await?;
            if done || !session.flags.on("watch") {
                return Ok(());
            }
            let Some(event) = lines.event().await? else { break };
            match event["type"].as_str() {
                Some("DELETED") => {
                    return Err(Failure::error("object has been deleted"));
                }
                Some("ADDED" | "MODIFIED") => object = event["object"].clone(),
                _ => break,
            }
        }
        object = session.fetch(&found.resource, &found.namespace, &found.name).await?;
    }
}

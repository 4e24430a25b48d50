//! `kubectl create job | cronjob`.

use serde_json::{Map, Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::send;
use crate::kubectl::create::simple::{name_and_command, require};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::resolve::{Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

const IMAGE: &[Flag] = &[Flag::new("image", Takes::Text(""), "The image")];
const FROM: &[Flag] = &[Flag::new("from", Takes::Text(""), "A cron job to run now")];
const SCHEDULE: &[Flag] = &[
    Flag::new("schedule", Takes::Text(""), "When, as cron writes it"),
    Flag::new("restart", Takes::Text(""), "The restart policy"),
];

pub(super) const JOBS: Command = Command::new(
    "job",
    "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    "Create a job with the specified name",
    &[IMAGE, FROM, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    job,
);

pub(super) const CRON_JOBS: Command = Command::new(
    "cronjob",
    "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    "Create a cron job with the specified name",
    &[IMAGE, SCHEDULE, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    cron_job,
)
.also(&["cj"]);

fn job(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let (name, command) = name_and_command(session)?;
        let from = session.flags.text("from").to_owned();
        if from.is_empty() == session.flags.text("image").is_empty() {
            return Err(Failure::error("either --image or --from must be specified"));
        }
        if from.is_empty() {
            let template = template(session, &name, &command, "Never");
            let object = json!({"apiVersion": "batch/v1", "kind": "Job",
                "metadata": {"name": name}, "spec": {"template": template}, "status": {}});
            return send(session, object).await;
        }
        if !command.is_empty() {
            return Err(Failure::error("cannot specify --from and command"));
        }
        let object = copy(session, &name, from).await?;
        send(session, object).await
    })
}

fn cron_job(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        require(session, &["image", "schedule"])?;
        let (name, command) = name_and_command(session)?;
        let restart = match session.flags.text("restart") {
            "" => "OnFailure",
            given => given,
        };
        let template = template(session, &name, &command, restart);
        let object = json!({"apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": name},
            "spec": {"schedule": session.flags.text("schedule"), "jobTemplate":
                {"metadata": {"name": name}, "spec": {"template": template}}},
            "status": {}});
        send(session, object).await
    })
}

fn template(session: &Session, name: &str, command: &[String], restart: &str) -> Value {
    let mut container =
        json!({"image": session.flags.text("image"), "name": name, "resources": {}});
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}

/// What a cron job would make at its hour, under another name.
async fn copy(session: &mut Session, name: &str, from: String) -> Outcome<Value> {
    let words = [from];
    let plan = plan(session, Query { words: &words, ..Query::default() }).await?;
    let (found, failures) = fetch(session, &plan).await;
    Failure::all(failures)?;
    let [one] = found.as_slice() else {
        return Err(Failure::error("from must be an existing cronjob"));
    };
    if one.resource.kind != "CronJob" {
        let words = format!("unknown object type *{}.{}", one.resource.version, one.resource.kind);
        return Err(Failure::error(words));
    }
    let template = &one.object["spec"]["jobTemplate"];
    let mut annotations = Map::new();
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), json!("manual"));
    annotations
        .extend(template["metadata"]["annotations"].as_object().cloned().unwrap_or_default());
    let mut object = json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"annotations": annotations, "name": name, "ownerReferences": [{
            "apiVersion": "batch/v1", "controller": true, "kind": "CronJob", "name": one.name,
            "uid": one.object["metadata"]["uid"],
        }]},
        "spec": template["spec"], "status": {}});
    if template["metadata"]["labels"].is_object() {
        object["metadata"]["labels"] = template["metadata"]["labels"].clone();
    }
    Ok(object)
}

//! `kubectl logs`.

use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt as _};
use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::describe::page::selector;
use crate::kubectl::discovery::{Resource, array};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::short('f', "follow", Takes::Switch(false), "Go on as new lines come"),
    Flag::short('c', "container", Takes::Text(""), "The container"),
    Flag::short('p', "previous", Takes::Switch(false), "Of the container before the restart"),
    Flag::short('l', "selector", Takes::Text(""), "Choose pods by labels"),
    Flag::new("tail", Takes::Number(-1), "How many lines from the end"),
    Flag::new("since", Takes::Duration("0s"), "Only what is younger"),
    Flag::new("since-time", Takes::Text(""), "Only what came after this time"),
    Flag::new("timestamps", Takes::Switch(false), "Put the time before each line"),
    Flag::new("limit-bytes", Takes::Number(0), "How much at most"),
    Flag::new("all-containers", Takes::Switch(false), "Of every container"),
    Flag::new("all-pods", Takes::Switch(false), "Of every pod; implies --prefix"),
    Flag::new("prefix", Takes::Switch(false), "Put pod and container before each line"),
    Flag::new("ignore-errors", Takes::Switch(false), "Go on after errors while following"),
    Flag::new("max-log-requests", Takes::Number(5), "How many to follow at once"),
    Flag::new("pod-running-timeout", Takes::Duration("20s"), "Accepted"),
    Flag::new("insecure-skip-tls-verify-backend", Takes::Switch(false), "Accepted"),
];

/// One stream of lines.
struct Source {
    pod: String,
    container: String,
    call: Call,
}

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let pods = pods(session).await?;
        let mut sources = Vec::new();
        for pod in &pods {
            add(session, pod, &mut sources).await?;
        }
        let most = session.flags.number("max-log-requests");
        let many = i64::try_from(sources.len()).unwrap_or(i64::MAX);
        if session.flags.on("follow") && many > 1 && many > most {
            return Err(Failure::error(format!(
                "you are attempting to follow {many} log streams, but maximum allowed concurrency \
                 is {most}, use --max-log-requests to increase the limit"
            )));
        }
        if session.flags.on("follow") {
            let mut running: FuturesUnordered<_> =
                sources.into_iter().map(|source| show(session, source)).collect();
            while let Some(done) = running.next().await {
                done?;
            }
            return Ok(());
        }
        for source in sources {
            show(session, source).await?;
        }
        Ok(())
    })
}

fn usage(session: &Session) -> Failure {
    session.usage(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a \
         required argument for the logs command",
    )
}

async fn pods(session: &Session) -> Outcome<Vec<Value>> {
    let labels = session.flags.text("selector");
    let resource = session.resource("pods").await?;
    match session.arguments() {
        [] if labels.is_empty() => Err(usage(session)),
        [] => {
            let found = by_labels(session, &resource, labels).await?;
            if found.is_empty() {
                let namespace = session.namespace();
                session.complain(format!("No resources found in {namespace} namespace.")).await?;
            }
            Ok(found)
        }
        [name, ..] if !labels.is_empty() => {
            Err(session.usage(format!("only a selector (-l) or a POD name is allowed: {name}")))
        }
        [name] | [name, _] => {
            let found = of_workload(session, name, "get the logs from")
                .await
                .map_err(|failure| missing(session, failure))?;
            if session.flags.on("all-pods") {
                return Ok(found);
            }
            if found.len() > 1 {
                let name = word(&found[0]["metadata"]["name"]);
                let line = format!("Found {} pods, using pod/{name}", found.len());
                session.complain(line).await?;
            }
            Ok(found.into_iter().take(1).collect())
        }
        _ => Err(usage(session)),
    }
}

/// What `logs` says of a pod that does not exist.
fn missing(session: &Session, failure: Failure) -> Failure {
    if !failure.is_not_found() {
        return failure;
    }
    let namespace = session.namespace();
    Failure::error(format!(
        "error from server (NotFound): {} in namespace {namespace:?}",
        failure.cause()
    ))
}

async fn by_labels(session: &Session, pods: &Resource, labels: &str) -> Outcome<Vec<Value>> {
    let call = Call::get(pods.path(session.namespace(), "")).query("labelSelector", labels);
    Ok(array(&session.api.value(call).await?["items"]).to_vec())
}

/// The pods behind `pod`, `pod/x`, `deploy/x`, …; the best one first. `verb` says what they are for.
pub(crate) async fn of_workload(session: &Session, name: &str, verb: &str) -> Outcome<Vec<Value>> {
    let pods: Arc<Resource> = session.resource("pods").await?;
    let (resource, name) = match name.split_once('/') {
        Some((kind, name)) => (session.resource(kind).await?, name),
        None => (Arc::clone(&pods), name),
    };
    let object = session.fetch(&resource, session.namespace(), name).await?;
    if resource.kind == "Pod" {
        return Ok(vec![object]);
    }
    let labels = match resource.kind.as_str() {
        "Service" | "ReplicationController" => {
            selector(&serde_json::json!({"matchLabels": object["spec"]["selector"]}))
        }
        _ => selector(&object["spec"]["selector"]),
    };
    if labels == "<none>" {
        let kind = format!("*{}.{}", resource.version, resource.kind);
        let words = format!("cannot {verb} {kind}: selector for {kind} not implemented");
        return Err(Failure::error(words));
    }
    let mut found = by_labels(session, &pods, &labels).await?;
    if found.is_empty() {
        return Err(Failure::error("timed out waiting for the condition"));
    }
    found.sort_by_key(|pod| {
        let ready = array(&pod["status"]["conditions"])
            .iter()
            .any(|one| one["type"] == "Ready" && one["status"] == "True");
        (pod["status"]["phase"] != "Running", !ready, word(&pod["metadata"]["creationTimestamp"]))
    });
    Ok(found)
}

/// The containers of a pod, in the order of its spec.
pub(crate) fn containers(pod: &Value) -> Vec<String> {
    ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|key| array(&pod["spec"][*key]))
        .map(|container| word(&container["name"]))
        .collect()
}

/// The container to speak to when none is named; says which, when there is a choice.
pub(crate) async fn default_container(session: &Session, pod: &Value) -> Outcome<String> {
    let annotation = &pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"];
    if let Some(name) = annotation.as_str() {
        return Ok(name.to_owned());
    }
    let first = word(&pod["spec"]["containers"][0]["name"]);
    let all = containers(pod);
    if all.len() > 1 {
        let shown: Vec<String> = array(&pod["spec"]["containers"])
            .iter()
            .map(|one| word(&one["name"]))
            .chain(
                array(&pod["spec"]["initContainers"])
                    .iter()
                    .map(|one| format!("{} (init)", word(&one["name"]))),
            )
            .collect();
        let line = format!("Defaulted container {first:?} out of: {}", shown.join(", "));
        session.complain(line).await?;
    }
    Ok(first)
}

async fn add(session: &Session, pod: &Value, sources: &mut Vec<Source>) -> Outcome {
    let flags = &session.flags;
    let name = word(&pod["metadata"]["name"]);
    let named = match (flags.text("container"), session.arguments()) {
        ("", [_, container]) => container.clone(),
        (container, _) => container.to_owned(),
    };
    let chosen = if flags.on("all-containers") {
        containers(pod)
    } else if named.is_empty() {
        vec![default_container(session, pod).await?]
    } else {
        if !containers(pod).contains(&named) {
            let all = containers(pod).join(", ");
            return Err(Failure::error(format!(
                "container {named} is not valid for pod {name} out of: {all}"
            )));
        }
        vec![named]
    };
    let namespace = word(&pod["metadata"]["namespace"]);
    for container in chosen {
        let mut call = Call::get(format!("/api/v1/namespaces/{namespace}/pods/{name}/log"))
            .query("container", container.clone())
            .about("pods", &name);
        for (flag, key) in
            [("follow", "follow"), ("previous", "previous"), ("timestamps", "timestamps")]
        {
            if flags.on(flag) {
                call = call.query(key, "true");
            }
        }
        let selecting = !flags.text("selector").is_empty();
        let tail = match flags.number("tail") {
            -1 if selecting && !flags.changed("tail") => 10,
            tail => tail,
        };
        if tail >= 0 {
            call = call.query("tailLines", tail.to_string());
        }
        if flags.seconds("since") > 0.0 {
            call = call.query("sinceSeconds", format!("{:.0}", flags.seconds("since").ceil()));
        }
        if flags.number("limit-bytes") > 0 {
            call = call.query("limitBytes", flags.number("limit-bytes").to_string());
        }
        call = call.query_some("sinceTime", flags.text("since-time"));
        sources.push(Source { pod: name.clone(), container, call });
    }
    Ok(())
}

/// Shows a log, and what keeps it from being shown to its end, if that is to be no failure.
async fn show(session: &Session, source: Source) -> Outcome {
    match copy(session, source).await {
        Err(failure @ (Failure::Api(_) | Failure::Error(_) | Failure::Said(_)))
            if session.flags.on("ignore-errors") =>
        {
            session.say(format!("error: {}", failure.cause())).await
        }
        done => done,
    }
}

async fn copy(session: &Session, source: Source) -> Outcome {
    let prefixed = session.flags.on("prefix") || session.flags.on("all-pods");
    let mut lines = session.api.lines(source.call).await?;
    if !prefixed {
        while let Some(chunk) = lines.chunk().await? {
            session.out(chunk).await?;
        }
        return Ok(());
    }
    while let Some(line) = lines.next().await? {
        let mut text = format!("[pod/{}/{}] ", source.pod, source.container).into_bytes();
        text.extend_from_slice(&line);
        text.push(b'\n');
        session.out(text).await?;
    }
    Ok(())
}

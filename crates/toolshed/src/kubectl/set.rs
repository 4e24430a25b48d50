//! `kubectl set`: image, env, resources.

use serde_json::{Map, Value, json};

use crate::kubectl::apply::{is_built_in, merged};
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::command::Command;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{ALL, DRY_RUN, FILES, LOCAL, MANAGER, OUTPUT, SELECTOR};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};
use crate::kubectl::tree::refused;

const ENV: &[Flag] = &[
    Flag::short('c', "containers", Takes::Text("*"), "The containers"),
    Flag::short('e', "env", Takes::Array, "name=value; may be repeated"),
    Flag::new("list", Takes::Switch(false), "Show what is there"),
    Flag::new("overwrite", Takes::Switch(true), "Replace values that are there"),
    Flag::new("from", Takes::Text(""), "Take them from a ConfigMap or Secret").refused(ENV_FROM),
    Flag::new("keys", Takes::List, "Which of them").refused(ENV_FROM),
    Flag::new("prefix", Takes::Text(""), "Put before their names").refused(ENV_FROM),
    Flag::new("resolve", Takes::Switch(false), "Show values from elsewhere").refused(ENV_FROM),
];
const ENV_FROM: &str = "write env or envFrom with 'kubectl edit'";
const RESOURCES: &[Flag] = &[
    Flag::short('c', "containers", Takes::Text("*"), "The containers"),
    Flag::new("limits", Takes::Text(""), "cpu=…,memory=…"),
    Flag::new("requests", Takes::Text(""), "cpu=…,memory=…"),
];

const RECORD: &[Flag] =
    &[Flag::new("record", Takes::Switch(false), "Note the command as the cause (deprecated)")];

/// The subcommands.
pub(crate) const COMMANDS: &[Command] = &[
    Command::new(
        "env",
        "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
        "Update environment variables on a pod template",
        &[ENV, RECORD, OUTPUT, FILES, SELECTOR, ALL, DRY_RUN, MANAGER, LOCAL],
        env,
    ),
    Command::new(
        "image",
        "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ...",
        "Update the image of a pod template",
        &[RECORD, OUTPUT, FILES, SELECTOR, ALL, DRY_RUN, MANAGER, LOCAL],
        image,
    ),
    Command::new(
        "resources",
        "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
        "Update resource requests/limits on objects with pod templates",
        &[RESOURCES, RECORD, OUTPUT, FILES, SELECTOR, ALL, DRY_RUN, MANAGER, LOCAL],
        resources,
    ),
    refused("selector", "Set the selector of a service (not available here)"),
    refused("serviceaccount", "Set the service account of a pod template (not available here)")
        .also(&["sa"]),
    refused("subject", "Set the subjects of a role binding (not available here)"),
];

/// Words before the first change name objects.
fn split(session: &Session) -> (Vec<String>, Vec<String>) {
    let words = session.arguments();
    let at = words
        .iter()
        .position(|word| word.contains('=') || (word.ends_with('-') && word.len() > 1))
        .unwrap_or(words.len());
    (words[..at].to_vec(), words[at..].to_vec())
}

async fn targets(session: &mut Session, words: &[String]) -> Outcome<Vec<Found>> {
    if session.flags.changed("record") {
        let line = "Flag --record has been deprecated, --record will be removed in the future";
        session.complain(line).await?;
    }
    let selector = session.flags.text("selector").to_owned();
    if words.is_empty() && session.flags.list("filename").is_empty() {
        return Err(Failure::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let query = Query {
        words,
        selector: (!selector.is_empty()).then_some(&selector),
        all: session.flags.on("all"),
        ..Query::default()
    };
    let plan = plan(session, query).await?;
    let (found, failures) = fetch(session, &plan).await;
    Failure::all(failures)?;
    Ok(found)
}

/// Where the containers of an object are.
fn pod_spec(found: &Found) -> Outcome<&'static str> {
    match found.resource.kind.as_str() {
        "Pod" => Ok("/spec"),
        "CronJob" => Ok("/spec/jobTemplate/spec/template/spec"),
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicationController" => Ok("/spec/template/spec"),
        kind => {
            let (resource, name) = (&found.resource, &found.name);
            let of = if is_built_in(&resource.group) {
                format!("*{}.{kind}", resource.version)
            } else {
                "*unstructured.Unstructured".to_owned()
            };
            Err(Failure::error(format!(
                "{}/{name} the object is not a pod or does not have a pod template: {of}",
                resource.plural
            )))
        }
    }
}

/// Sends the changes of containers as one strategic merge patch; says nothing when there are none.
async fn send(
    session: &Session,
    found: &Found,
    changes: Map<String, Value>,
    verb: &str,
) -> Outcome {
    if changes.values().all(|list| array(list).is_empty()) {
        return Ok(());
    }
    let mut body = Value::Object(changes);
    for part in pod_spec(found)?.split('/').filter(|part| !part.is_empty()).rev() {
        body = json!({ part: body });
    }
    if session.flags.on("record") {
        body["metadata"]["annotations"]["kubernetes.io/change-cause"] = json!(cause(session));
    }
    if DryRun::of(session)? == DryRun::Client {
        return change::report(session, &merged(&found.object, &body), verb).await;
    }
    let content_type = "application/strategic-merge-patch+json";
    let object = change::patch(session, found.path(), content_type, &body, "kubectl-set").await;
    let object = object.map_err(|failure| {
        let what = verb.strip_suffix(" updated").unwrap_or(verb);
        // Of images it says less, as the real one does.
        let what = if what == "resource requirements" { "resources" } else { what };
        match failure {
            Failure::Api(error) => Failure::Said(format!(
                "error: failed to patch {what} update to pod template {}",
                error.message
            )),
            other => other,
        }
    })?;
    change::report(session, &object, verb).await
}

/// The command as `--record` notes it: its words, then its flags.
fn cause(session: &Session) -> String {
    let mut cause = format!("{} {}", session.command, session.arguments().join(" "));
    for flag in ["namespace", "containers", "limits", "requests", "record"] {
        if session.flags.changed(flag) {
            cause = format!("{cause} --{flag}={}", session.flags.text(flag));
        }
    }
    cause
}

fn image(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let (words, changes) = split(session);
        if changes.is_empty() {
            return Err(Failure::error("at least one image update is required"));
        }
        let mut failures = Vec::new();
        for one in targets(session, &words).await? {
            let spec = one.object.pointer(pod_spec(&one)?).cloned().unwrap_or_default();
            let mut patch = Map::new();
            let mut missing = Vec::new();
            for change in &changes {
                let Some((name, image)) = change.split_once('=') else { continue };
                let mut hit = false;
                for key in ["containers", "initContainers"] {
                    for container in array(&spec[key]) {
                        let container_name = word(&container["name"]);
                        if name != "*" && container_name != name {
                            continue;
                        }
                        hit = true;
                        if container["image"] != image {
                            push(&mut patch, key, json!({"name": container_name, "image": image}));
                        }
                    }
                }
                if !hit {
                    missing
                        .push(Failure::error(format!("unable to find container named {name:?}")));
                }
            }
            failures.extend(missing.clone());
            if missing.is_empty()
                && let Err(failure) = send(session, &one, patch, "image updated").await
            {
                failures.push(failure);
            }
        }
        Failure::all(failures)
    })
}

fn push(patch: &mut Map<String, Value>, key: &str, change: Value) {
    if let Value::Array(list) = patch.entry(key).or_insert_with(|| json!([])) {
        list.push(change);
    }
}

/// The containers that `--containers` chooses.
fn chosen<'a>(session: &Session, spec: &'a Value) -> Vec<&'a Value> {
    let pattern = session.flags.text("containers");
    let containers = array(&spec["containers"]).iter();
    containers.filter(|one| one["name"].as_str().is_some_and(|name| fits(name, pattern))).collect()
}

/// Whether a name is like a pattern with `*` in it, as far as the real tool can tell: what stands
/// between two stars it looks for behind the wrong place.
fn fits(name: &str, pattern: &str) -> bool {
    if pattern == "*" || !pattern.contains('*') {
        return pattern == "*" || name == pattern;
    }
    let parts: Vec<&str> = pattern.split('*').collect();
    let mut from = 0;
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let found = name.get(from..).and_then(|rest| rest.find(part));
        let Some(at) = found.filter(|at| *at >= from) else { return false };
        if index + 1 == parts.len() && name.len() != part.len() + at {
            return false;
        }
        from = at;
    }
    true
}

fn env(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let (words, mut changes) = split(session);
        changes.extend(session.flags.list("env").iter().cloned());
        let listing = session.flags.on("list");
        if changes.is_empty() && !listing {
            return Err(Failure::error("at least one environment variable must be provided"));
        }
        for one in targets(session, &words).await? {
            let spec = one.object.pointer(pod_spec(&one)?).cloned().unwrap_or_default();
            let containers = chosen(session, &spec);
            if containers.is_empty() {
                let (kind, name) = (&one.resource.kind, &one.name);
                let pattern = session.flags.text("containers");
                let words =
                    format!("{kind}/{name} does not have any containers matching {pattern:?}");
                session.complain(format!("Warning: {words}")).await?;
            }
            let mut patch = Map::new();
            for container in containers {
                if listing {
                    list(session, &one, container).await?;
                } else if let Some(change) = variables(container, &changes) {
                    push(&mut patch, "containers", change);
                }
            }
            send(session, &one, patch, "env updated").await?;
        }
        Ok(())
    })
}

/// What changes of one container's variables, if anything does.
fn variables(container: &Value, changes: &[String]) -> Option<Value> {
    let now = array(&container["env"]);
    let known = |key: &str| now.iter().find(|one| one["name"] == key);
    let mut wanted = Vec::new();
    for change in changes {
        if let Some((key, value)) = change.split_once('=') {
            if known(key).is_none_or(|one| one["value"] != value) {
                wanted.push(json!({"name": key, "value": value}));
            }
        } else if let Some(key) = change.strip_suffix('-')
            && known(key).is_some()
        {
            wanted.push(json!({"$patch": "delete", "name": key}));
        }
    }
    let order = order(now, &wanted);
    (!wanted.is_empty())
        .then(|| json!({"name": container["name"], "env": wanted, "$setElementOrder/env": order}))
}

/// The order of the variables after the change: those that stay as they are, what is new last.
fn order(now: &[Value], changes: &[Value]) -> Vec<Value> {
    let is_removed =
        |name: &Value| changes.iter().any(|one| one["$patch"] == "delete" && one["name"] == *name);
    let mut names: Vec<&Value> = now.iter().map(|one| &one["name"]).collect();
    for change in changes {
        if !names.contains(&&change["name"]) {
            names.push(&change["name"]);
        }
    }
    names.into_iter().filter(|it| !is_removed(it)).map(|name| json!({"name": name})).collect()
}

async fn list(session: &Session, found: &Found, container: &Value) -> Outcome {
    let (kind, name) = (&found.resource.kind, &found.name);
    session.say(format!("# {kind} {name}, container {}", word(&container["name"]))).await?;
    for one in array(&container["env"]) {
        let key = word(&one["name"]);
        if one["valueFrom"].is_object() {
            session.say(format!("# {key} from {}", origin(&one["valueFrom"]))).await?;
        } else {
            session.say(format!("{key}={}", word(&one["value"]))).await?;
        }
    }
    Ok(())
}

/// Where the value of a variable comes from, in words.
fn origin(from: &Value) -> String {
    let text = |part: &str, key: &str| word(&from[part][key]);
    for (part, what) in [("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if from[part].is_object() {
            return format!("{what} {}, key {}", text(part, "name"), text(part, "key"));
        }
    }
    if from["resourceFieldRef"].is_object() {
        return format!("resource field {}", text("resourceFieldRef", "resource"));
    }
    format!("field path {}", text("fieldRef", "fieldPath"))
}

fn amounts(text: &str) -> Outcome<Map<String, Value>> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Failure::error(format!(
                    "invalid argument syntax {pair}, expected <resource>=<value>"
                ))
            })?;
            if crate::kubectl::get::quantity(value).is_none() {
                return Err(Failure::error(
                    "quantities must match the regular expression \
                     '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                ));
            }
            Ok((key.to_owned(), json!(value)))
        })
        .collect()
}

fn resources(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let (limits, requests) =
            (amounts(session.flags.text("limits"))?, amounts(session.flags.text("requests"))?);
        if limits.is_empty() && requests.is_empty() {
            return Err(Failure::error(
                "you must specify an update to requests or limits (in the form of \
                 --requests/--limits)",
            ));
        }
        let words = session.arguments().to_vec();
        for one in targets(session, &words).await? {
            let spec = one.object.pointer(pod_spec(&one)?).cloned().unwrap_or_default();
            let containers = chosen(session, &spec);
            if containers.is_empty() {
                let name = session.flags.text("containers");
                return Err(Failure::error(format!("unable to find container named {name}")));
            }
            let mut patch = Map::new();
            for container in containers {
                let mut wanted = Map::new();
                for (key, amounts) in [("limits", &limits), ("requests", &requests)] {
                    let same = amounts
                        .iter()
                        .all(|(name, value)| container["resources"][key][name] == *value);
                    if !same {
                        wanted.insert(key.to_owned(), Value::Object(amounts.clone()));
                    }
                }
                if !wanted.is_empty() {
                    let change = json!({"name": container["name"], "resources": wanted});
                    push(&mut patch, "containers", change);
                }
            }
            send(session, &one, patch, "resource requirements updated").await?;
        }
        Ok(())
    })
}

//! What lies behind a check that does not hold: rules written once, for every check.
//!
//! From the objects that a check reads the rules go down to what they own and select: workload → `ReplicaSet` → pod → container.
//! The first cause is what the learner reads. A container's log is deliberately not read: what is known of its end is what the kubelet wrote
//! into the pod.

mod absent;
mod service;

pub(crate) use absent::{more_pods, pods};

use serde_json::Value;

use crate::functions::{condition, is_ready};
use crate::reason::{Parameter, Reason};
use crate::view::{Kind, Plane, View, at, text};

/// An object that a check reads, and that may be held back by others.
pub(crate) struct Suspect<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) plane: Plane,
    pub(crate) object: &'a Value,
}

/// The first cause behind any of the suspects.
pub(crate) fn of(suspects: &[Suspect<'_>], view: &View<'_>) -> Option<Reason> {
    suspects.iter().find_map(|suspect| match suspect.kind.kind {
        "Deployment" | "ReplicaSet" => workload(suspect, view),
        "Pod" => pod(suspect.plane, suspect.object),
        "Service" => service::service(suspect, view),
        "EndpointSlice" => service::slice(suspect, view),
        _ => None,
    })
}

fn kind(name: &str) -> Option<Kind> {
    name.parse().ok()
}

/// Why a workload has fewer ready pods than it wants.
fn workload(suspect: &Suspect<'_>, view: &View<'_>) -> Option<Reason> {
    let pods = || {
        let makers = match suspect.kind.kind {
            "Deployment" => owned(view, suspect.plane, "ReplicaSet.apps", suspect.object),
            _ => vec![suspect.object.clone()],
        };
        makers
            .iter()
            .flat_map(|maker| owned(view, suspect.plane, "Pod", maker))
            .find_map(|object| pod(suspect.plane, &object))
    };
    refusal(suspect, view).or_else(pods).or_else(|| absent::asks_for_none(suspect))
}

/// The API server refused a workload its pods: what the workload itself says of it, or a `ReplicaSet` of a Deployment.
fn refusal(suspect: &Suspect<'_>, view: &View<'_>) -> Option<Reason> {
    let of_a_set = || {
        let kind = kind("ReplicaSet.apps").filter(|_| suspect.kind.kind == "Deployment")?;
        let sets = owned(view, suspect.plane, "ReplicaSet.apps", suspect.object);
        sets.iter()
            .find_map(|object| refused(&Suspect { kind: &kind, plane: suspect.plane, object }))
    };
    refused(suspect).or_else(of_a_set)
}

/// The API server refused the workload's pods: quota, Pod Security, or something else it said.
fn refused(suspect: &Suspect<'_>) -> Option<Reason> {
    let failure = condition(suspect.object, "ReplicaFailure")?;
    if failure["status"] != "True" {
        return None;
    }
    let message = failure["message"].as_str().unwrap_or_default();
    let code = if message.contains("exceeded quota") {
        "quota-exceeded"
    } else if message.contains("violates PodSecurity") {
        "pod-security"
    } else {
        "pods-refused"
    };
    let name = text(suspect.object, &["metadata", "name"])?;
    Some(Reason::new(code).with("message", Parameter::said(message)).about(
        suspect.kind,
        suspect.plane,
        name,
    ))
}

/// Why a pod is not ready.
fn pod(plane: Plane, pod: &Value) -> Option<Reason> {
    if is_ready(pod) {
        return None;
    }
    let name = text(pod, &["metadata", "name"])?;
    let about = |reason: Reason| Some(reason.with("pod", name).about(&kind("Pod")?, plane, name));
    if text(pod, &["metadata", "deletionTimestamp"]).is_some() {
        return about(Reason::new("pod-terminating"));
    }
    let scheduled = condition(pod, "PodScheduled");
    if let Some(refused) = scheduled.filter(|condition| condition["status"] == "False") {
        let message = refused["message"].as_str().unwrap_or_default();
        let reason = Reason::new(unschedulable(message));
        return about(reason.with("message", Parameter::said(message)));
    }
    let statuses =
        |field| at(pod, &["status", field]).and_then(Value::as_array).into_iter().flatten();
    // An init container that has ended well has done what it is for.
    let init = |status| waiting(status).or_else(|| ended(status).filter(has_failed));
    let held_back = statuses("initContainerStatuses").find_map(init).or_else(|| {
        statuses("containerStatuses").find_map(|one| waiting(one).or_else(|| ended(one)))
    });
    match held_back {
        Some(reason) => about(reason),
        None if text(pod, &["status", "phase"]) == Some("Running") => {
            about(Reason::new("probe-failing"))
        }
        None => about(Reason::new("pod-starting")),
    }
}

/// Which of the scheduler's rules a message speaks of.
fn unschedulable(message: &str) -> &'static str {
    if message.contains("node affinity/selector") {
        "node-selector"
    } else if message.contains("Insufficient") {
        "insufficient-resources"
    } else if message.contains("taint") {
        "untolerated-taint"
    } else {
        "unschedulable"
    }
}

/// Why a container waits.
fn waiting(status: &Value) -> Option<Reason> {
    let waiting = at(status, &["state", "waiting"])?;
    let message = Parameter::said(waiting["message"].as_str().unwrap_or_default());
    let code = match waiting["reason"].as_str()? {
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" => "image-pull",
        "CreateContainerConfigError" => "container-config",
        // How long the next start is put off is no news; how the last one ended is.
        "CrashLoopBackOff" => {
            let last = at(status, &["lastState", "terminated"]);
            return Some(end_of(about_container("crash-loop", status), last));
        }
        "ContainerCreating" | "PodInitializing" => "container-creating",
        _ => "container-waiting",
    };
    Some(about_container(code, status).with("message", message))
}

/// How a container ended that is not started again, or not yet.
fn ended(status: &Value) -> Option<Reason> {
    let end = at(status, &["state", "terminated"])?;
    Some(end_of(about_container("container-ended", status), Some(end)))
}

fn has_failed(reason: &Reason) -> bool {
    reason.parameters.get("exit") != Some(&Parameter::Number(0))
}

fn about_container(code: &str, status: &Value) -> Reason {
    Reason::new(code)
        .with("container", status["name"].as_str().unwrap_or_default())
        .with("image", status["image"].as_str().unwrap_or_default())
}

/// How a container ended: its exit code, the one word for it, and what it left as its message.
fn end_of(reason: Reason, end: Option<&Value>) -> Reason {
    let field = |name| end.and_then(|end| end.get(name));
    let word = field("reason").and_then(Value::as_str).unwrap_or("unknown");
    let message = field("message").and_then(Value::as_str).unwrap_or_default().trim();
    let exit = field("exitCode").and_then(Value::as_i64).unwrap_or(-1);
    reason
        .with("exit", Parameter::Number(exit))
        .with("ended", word)
        .with("told", if message.is_empty() { "no" } else { "yes" })
        .with("message", Parameter::said(message))
}

/// The objects of a kind whose controlling owner is `owner`.
fn owned(view: &View<'_>, plane: Plane, of: &str, owner: &Value) -> Vec<Value> {
    let Some(uid) = text(owner, &["metadata", "uid"]) else { return Vec::new() };
    let Some(kind) = kind(of) else { return Vec::new() };
    let is_owned = |object: &Value| {
        at(object, &["metadata", "ownerReferences"])
            .and_then(Value::as_array)
            .is_some_and(|owners| owners.iter().any(|one| one["uid"] == uid))
    };
    view.objects.list(&kind, plane).into_iter().filter(is_owned).collect()
}

//! Each object's state in a few words, and the tree that is made of them.

use std::collections::BTreeMap;

use curriculum::{Kind, Parameter, Plane};
use serde_json::Value;
use wire::{LabObject, NodeState};

use super::{command, controller, list, millis, text, wire_plane};
use crate::classroom::words::Words;
use crate::cluster::{LabNames, LabObjects};

/// Both namespaces, flat, owners before what they own.
pub fn tree(found: &LabObjects, names: &LabNames, words: &Words<'_>) -> Vec<LabObject> {
    let mut objects = Vec::new();
    for (plane, namespace) in [(Plane::Cp, names.cp()), (Plane::Dp, names.dp())] {
        let shown = found.all(plane).filter(|(kind, _)| is_shown(kind));
        objects
            .extend(shown.map(|(kind, object)| describe(kind, &object, plane, &namespace, words)));
    }
    objects.sort_by_key(|object: &LabObject| (rank(&object.kind), object.name.clone()));
    objects
}

fn is_shown(kind: &Kind) -> bool {
    kind.kind != "EndpointSlice"
}

/// Owners first.
fn rank(kind: &str) -> u8 {
    match kind {
        "Deployment" => 0,
        "ReplicaSet" => 1,
        "Pod" => 2,
        "Service" => 3,
        _ => 4,
    }
}

fn describe(
    kind: &Kind,
    object: &Value,
    plane: Plane,
    namespace: &str,
    words: &Words<'_>,
) -> LabObject {
    let metadata = &object["metadata"];
    let (summary, state) = Teller { words, object }.summary(kind.kind);
    let name = text(&metadata["name"]);
    LabObject {
        uid: text(&metadata["uid"]),
        owner: controller(object).map(|owner| text(&owner["uid"])),
        plane: wire_plane(plane),
        kind: kind.kind.to_owned(),
        command: command(namespace, kind.kind, &name),
        name,
        summary,
        healthy: match state {
            NodeState::Ready => Some(true),
            NodeState::Failing => Some(false),
            // Copies that are missing are worth a look, a Pod that starts is not.
            NodeState::Starting if kind.kind != "Pod" => Some(false),
            NodeState::Starting | NodeState::Ending | NodeState::Idle => None,
        },
        created_at: millis(&metadata["creationTimestamp"]),
    }
}

/// Words one object's state.
pub(super) struct Teller<'a> {
    pub(super) words: &'a Words<'a>,
    pub(super) object: &'a Value,
}

impl Teller<'_> {
    fn say(&self, id: &str, numbers: &[(&str, i64)]) -> String {
        let parameters: BTreeMap<String, Parameter> = numbers
            .iter()
            .map(|(name, number)| ((*name).to_owned(), Parameter::Number(*number)))
            .collect();
        let messages = &self.words.course.messages;
        messages.message(self.words.language, &format!("object-{id}"), &parameters).text
    }

    /// How the object is, in words and as a state.
    pub(super) fn summary(&self, kind: &str) -> (String, NodeState) {
        if self.object["metadata"]["deletionTimestamp"].is_string() {
            return (self.say("terminating", &[]), NodeState::Ending);
        }
        match kind {
            "Pod" => self.pod(),
            "Deployment" | "ReplicaSet" => self.copies(),
            "ConfigMap" => {
                let keys = self.object["data"].as_object().map_or(0, serde_json::Map::len);
                let keys = i64::try_from(keys).unwrap_or(i64::MAX);
                (self.say("keys", &[("count", keys)]), NodeState::Idle)
            }
            "Service" => {
                let kind = self.object["spec"]["type"].as_str().unwrap_or("ClusterIP");
                let ports: Vec<String> = list(&self.object["spec"]["ports"])
                    .iter()
                    .map(|port| port["port"].to_string())
                    .collect();
                (format!("{kind} {}", ports.join(", ")), NodeState::Idle)
            }
            _ => (String::new(), NodeState::Idle),
        }
    }

    fn copies(&self) -> (String, NodeState) {
        let (ready, wanted) = replicas(self.object);
        let text = self.say("replicas", &[("ready", ready), ("wanted", wanted)]);
        let failed = list(&self.object["status"]["conditions"]).iter().any(|one| {
            (one["type"] == "ReplicaFailure" && one["status"] == "True")
                || (one["type"] == "Progressing" && one["status"] == "False")
        });
        let state = match () {
            () if wanted == 0 => NodeState::Idle,
            () if ready >= wanted => NodeState::Ready,
            () if failed => NodeState::Failing,
            () => NodeState::Starting,
        };
        (text, state)
    }

    fn pod(&self) -> (String, NodeState) {
        let status = &self.object["status"];
        let waiting = list(&status["containerStatuses"])
            .iter()
            .find_map(|one| one["state"]["waiting"]["reason"].as_str());
        if let Some(reason) = waiting.filter(|reason| *reason != "ContainerCreating") {
            return (reason.to_owned(), NodeState::Failing);
        }
        let holds = |name: &str, value: &str| {
            list(&status["conditions"])
                .iter()
                .any(|one| one["type"] == name && one["status"] == value)
        };
        match status["phase"].as_str().unwrap_or("Pending") {
            "Running" if holds("Ready", "True") => (self.say("ready", &[]), NodeState::Ready),
            "Running" => (self.say("not-ready", &[]), NodeState::Failing),
            "Pending" if holds("PodScheduled", "False") => {
                (self.say("unscheduled", &[]), NodeState::Failing)
            }
            "Pending" => (self.say("starting", &[]), NodeState::Starting),
            "Succeeded" => (self.say("succeeded", &[]), NodeState::Ready),
            other => (other.to_owned(), NodeState::Failing),
        }
    }
}

/// How many copies are ready, and how many are wanted.
pub(super) fn replicas(object: &Value) -> (i64, i64) {
    let ready = object["status"]["readyReplicas"].as_i64().unwrap_or(0);
    (ready, object["spec"]["replicas"].as_i64().unwrap_or(1))
}

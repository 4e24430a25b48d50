//! The objects of both planes, for the tree beside the lesson.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use curriculum::{Kind, Language, Messages, Parameter, Plane};
use serde_json::Value;
use wire::{LabObject, LabObjects};

use crate::app::App;
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::Learner;

/// Both namespaces, flat, owners before what they own.
#[utoipa::path(get, path = "/api/v1/lab/objects", responses((status = 200, body = LabObjects), (status = "4XX", body = wire::Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Json<LabObjects>, Problem> {
    let lab = app.labs.ready(&learner.id).await?;
    let index = app.cluster.index();
    let revision = index.revision(&lab.id);
    let found = index.objects(&lab.id);
    let course = app.course();
    let mut objects = Vec::new();
    for (plane, namespace) in [(Plane::Cp, lab.cp()), (Plane::Dp, lab.dp())] {
        let shown = found.all(plane).filter(|(kind, _)| is_shown(kind));
        let tellers = shown.map(|(kind, object)| {
            let teller = Teller { messages: &course.messages, language, object: &object };
            teller.describe(kind, plane, &namespace)
        });
        objects.extend(tellers);
    }
    objects.sort_by_key(|object: &LabObject| (rank(&object.kind), object.name.clone()));
    Ok(Json(LabObjects { revision, objects }))
}

fn is_shown(kind: &Kind) -> bool {
    !matches!(kind.kind, "Event" | "EndpointSlice")
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

/// Words one object's state.
struct Teller<'a> {
    messages: &'a Messages,
    language: Language,
    object: &'a Value,
}

impl Teller<'_> {
    fn describe(&self, kind: &Kind, plane: Plane, namespace: &str) -> LabObject {
        let metadata = &self.object["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let owners = metadata["ownerReferences"].as_array().cloned().unwrap_or_default();
        let owner = owners.iter().find(|owner| owner["controller"] == true);
        let (summary, healthy) = self.summary(kind);
        let name = text(&metadata["name"]);
        let created = metadata["creationTimestamp"].as_str();
        LabObject {
            uid: text(&metadata["uid"]),
            owner: owner.map(|owner| text(&owner["uid"])),
            plane: match plane {
                Plane::Cp => wire::Plane::Cp,
                Plane::Dp => wire::Plane::Dp,
            },
            kind: kind.kind.to_owned(),
            command: format!(
                "kubectl -n {namespace} get {} {name} -o yaml",
                kind.kind.to_lowercase()
            ),
            name,
            summary,
            healthy,
            created_at: created
                .and_then(|time| time.parse::<jiff::Timestamp>().ok())
                .map(jiff::Timestamp::as_millisecond),
        }
    }

    fn say(&self, id: &str, numbers: &[(&str, i64)]) -> String {
        let parameters: BTreeMap<String, Parameter> = numbers
            .iter()
            .map(|(name, number)| ((*name).to_owned(), Parameter::Number(*number)))
            .collect();
        self.messages.message(self.language, &format!("object-{id}"), &parameters).text
    }

    fn summary(&self, kind: &Kind) -> (String, Option<bool>) {
        if self.object["metadata"]["deletionTimestamp"].is_string() {
            return (self.say("terminating", &[]), None);
        }
        match kind.kind {
            "Pod" => self.pod(),
            "Deployment" | "ReplicaSet" => {
                let wanted = self.object["spec"]["replicas"].as_i64().unwrap_or(1);
                let ready = self.object["status"]["readyReplicas"].as_i64().unwrap_or(0);
                let text = self.say("replicas", &[("ready", ready), ("wanted", wanted)]);
                (text, (wanted > 0).then_some(ready >= wanted))
            }
            "ConfigMap" => {
                let keys = self.object["data"].as_object().map_or(0, serde_json::Map::len);
                let keys = i64::try_from(keys).unwrap_or(i64::MAX);
                (self.say("keys", &[("count", keys)]), None)
            }
            "Service" => {
                let kind = self.object["spec"]["type"].as_str().unwrap_or("ClusterIP");
                let ports = self.object["spec"]["ports"].as_array().cloned().unwrap_or_default();
                let ports: Vec<String> =
                    ports.iter().map(|port| port["port"].to_string()).collect();
                (format!("{kind} {}", ports.join(", ")), None)
            }
            _ => (String::new(), None),
        }
    }

    fn pod(&self) -> (String, Option<bool>) {
        let status = &self.object["status"];
        let containers = status["containerStatuses"].as_array().cloned().unwrap_or_default();
        let waiting = containers.iter().find_map(|one| one["state"]["waiting"]["reason"].as_str());
        if let Some(reason) = waiting.filter(|reason| *reason != "ContainerCreating") {
            return (reason.to_owned(), Some(false));
        }
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let holds = |name: &str, value: &str| {
            conditions.iter().any(|one| one["type"] == name && one["status"] == value)
        };
        match status["phase"].as_str().unwrap_or("Pending") {
            "Running" if holds("Ready", "True") => (self.say("ready", &[]), Some(true)),
            "Running" => (self.say("not-ready", &[]), Some(false)),
            "Pending" if holds("PodScheduled", "False") => {
                (self.say("unscheduled", &[]), Some(false))
            }
            "Pending" => (self.say("starting", &[]), None),
            "Succeeded" => (self.say("succeeded", &[]), Some(true)),
            other => (other.to_owned(), Some(false)),
        }
    }
}

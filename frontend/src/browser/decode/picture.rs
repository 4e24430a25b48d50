//! The picture of a lab and one object of it, read from JSON.

use wire::{Architecture, Edge, Node, NodeState, ObjectDetail, ObjectEvent, Relation, Replicas};

use super::{link, plane};
use crate::browser::json::Json;

pub(crate) fn architecture(json: &Json) -> Option<Architecture> {
    Some(Architecture {
        revision: u64::try_from(json.number("revision")?).ok()?,
        nodes: json.list("nodes", node),
        edges: json.list("edges", edge),
    })
}

fn node(json: &Json) -> Option<Node> {
    let state = match json.text("state")?.as_str() {
        "ready" => NodeState::Ready,
        "starting" => NodeState::Starting,
        "failing" => NodeState::Failing,
        "ending" => NodeState::Ending,
        _ => NodeState::Idle,
    };
    Some(Node {
        id: json.text("id")?,
        plane: plane(json, "plane")?,
        kind: json.text("kind")?,
        namespace: json.text("namespace").unwrap_or_default(),
        name: json.text("name")?,
        state,
        summary: json.text("summary").unwrap_or_default(),
        replicas: json.get("replicas").and_then(|it| replicas(&it)),
        machine: json.text("machine"),
    })
}

fn replicas(json: &Json) -> Option<Replicas> {
    Some(Replicas { ready: json.small("ready")?, wanted: json.small("wanted")? })
}

fn edge(json: &Json) -> Option<Edge> {
    let relation = match json.text("relation")?.as_str() {
        "owns" => Relation::Owns,
        "routes" => Relation::Routes,
        _ => return None,
    };
    Some(Edge {
        from: json.text("from")?,
        to: json.text("to")?,
        relation,
        open: json.flag("open").unwrap_or(false),
        via: json.text("via"),
    })
}

pub(crate) fn detail(json: &Json) -> Option<ObjectDetail> {
    Some(ObjectDetail {
        plane: plane(json, "plane")?,
        object: link(&json.get("object")?)?,
        yaml: json.text("yaml")?,
        redacted: json.flag("redacted").unwrap_or(false),
        owners: json.list("owners", link),
        events: json.list("events", event),
        command: json.text("command").unwrap_or_default(),
    })
}

fn event(json: &Json) -> Option<ObjectEvent> {
    Some(ObjectEvent {
        warning: json.flag("warning").unwrap_or(false),
        reason: json.text("reason")?,
        message: json.text("message").unwrap_or_default(),
        source: json.text("source").unwrap_or_default(),
        count: json.small("count").unwrap_or(1),
        at: json.number("at"),
    })
}

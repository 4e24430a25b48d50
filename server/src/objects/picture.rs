//! The live picture: Service → Pod by its `EndpointSlices`, Deployment → `ReplicaSet` → Pod by owner references.

use std::collections::HashSet;

use curriculum::{Kind, Plane};
use serde_json::Value;
use wire::{Architecture, Edge, Node, NodeState, Relation, Replicas};

use super::summary::{Teller, replicas};
use super::{controller, list, text, wire_plane};
use crate::classroom::words::Words;
use crate::cluster::{LabNames, LabObjects};

/// The kinds in the picture, in their order.
const KINDS: [&str; 4] = ["Service", "Deployment", "ReplicaSet", "Pod"];

/// Both planes as a graph.
pub fn architecture(
    found: &LabObjects,
    names: &LabNames,
    revision: u64,
    words: &Words<'_>,
) -> Architecture {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for (plane, namespace) in [(Plane::Cp, names.cp()), (Plane::Dp, names.dp())] {
        let objects: Vec<(&Kind, Value)> = found.all(plane).collect();
        let routes = routes(&objects);
        for (kind, object) in objects.iter().filter(|(kind, object)| belongs(kind, object)) {
            edges.extend(owner(object));
            let place = Place { plane, namespace: &namespace };
            nodes.push(node(kind.kind, object, &place, &routes, words));
        }
        edges.extend(routes);
    }
    nodes.sort_by_key(|node| {
        (node.plane, KINDS.iter().position(|kind| *kind == node.kind), node.name.clone())
    });
    // An object that went a moment before its neighbour leaves an end without a node.
    let ids: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    edges.retain(|edge| ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()));
    edges.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
    Architecture { revision, nodes, edges }
}

struct Place<'a> {
    plane: Plane,
    namespace: &'a str,
}

/// Whether an object is part of the picture: old `ReplicaSets` that keep nothing are history.
fn belongs(kind: &Kind, object: &Value) -> bool {
    let history = kind.kind == "ReplicaSet"
        && controller(object).is_some()
        && object["spec"]["replicas"] == 0
        && object["status"]["replicas"].as_i64().unwrap_or(0) == 0;
    KINDS.contains(&kind.kind) && !history
}

fn node(kind: &str, object: &Value, place: &Place<'_>, routes: &[Edge], words: &Words<'_>) -> Node {
    let id = text(&object["metadata"]["uid"]);
    let (summary, mut state) = Teller { words, object }.summary(kind);
    if kind == "Service" && state != NodeState::Ending {
        state = service(object, &id, routes);
    }
    let keeps = matches!(kind, "Deployment" | "ReplicaSet").then(|| replicas(object));
    let count = |number: i64| u32::try_from(number).unwrap_or_default();
    Node {
        plane: wire_plane(place.plane),
        kind: kind.to_owned(),
        namespace: place.namespace.to_owned(),
        name: text(&object["metadata"]["name"]),
        state,
        summary,
        replicas: keeps
            .map(|(ready, wanted)| Replicas { ready: count(ready), wanted: count(wanted) }),
        machine: object["spec"]["nodeName"].as_str().filter(|_| kind == "Pod").map(str::to_owned),
        id,
    }
}

/// A Service is as good as the ways out of it.
fn service(object: &Value, id: &str, routes: &[Edge]) -> NodeState {
    let selects = object["spec"]["selector"].as_object().is_some_and(|all| !all.is_empty());
    match (selects, routes.iter().any(|edge| edge.from == id && edge.open)) {
        (_, true) => NodeState::Ready,
        (true, false) => NodeState::Failing,
        (false, false) => NodeState::Idle,
    }
}

fn owner(object: &Value) -> Option<Edge> {
    let owner = controller(object)?;
    Some(Edge {
        from: text(&owner["uid"]),
        to: text(&object["metadata"]["uid"]),
        relation: Relation::Owns,
        open: true,
        via: None,
    })
}

/// The ways from Services to Pods, as the slices of the Services say.
fn routes(objects: &[(&Kind, Value)]) -> Vec<Edge> {
    let named = |wanted: &str, name: &str| {
        objects
            .iter()
            .find(|(kind, object)| kind.kind == wanted && object["metadata"]["name"] == name)
            .map(|(_, object)| text(&object["metadata"]["uid"]))
    };
    let mut edges: Vec<Edge> = Vec::new();
    for (_, slice) in objects.iter().filter(|(kind, _)| kind.kind == "EndpointSlice") {
        let service = slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str();
        let Some(from) = service.and_then(|name| named("Service", name)) else { continue };
        for endpoint in list(&slice["endpoints"]) {
            let Some(pod) = endpoint["targetRef"]["name"].as_str() else { continue };
            let Some(to) = named("Pod", pod) else { continue };
            let edge = Edge {
                from: from.clone(),
                to,
                relation: Relation::Routes,
                // An absent condition means ready.
                open: endpoint["conditions"]["ready"] != false,
                via: Some(text(&slice["metadata"]["name"])),
            };
            // A Service of both address families has two slices for one way.
            if !edges.iter().any(|one| one.from == edge.from && one.to == edge.to) {
                edges.push(edge);
            }
        }
    }
    edges
}

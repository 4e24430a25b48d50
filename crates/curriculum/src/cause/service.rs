//! What keeps requests from arriving behind a Service: it selects nothing, its pods are kept away or not ready, it aims
//! at a port that is not there.

use serde_json::Value;

use super::{Suspect, absent, kind, pod};
use crate::reason::Reason;
use crate::view::{Plane, View, at, text};

/// Why a Service has nothing to send requests to.
pub(super) fn service(suspect: &Suspect<'_>, view: &View<'_>) -> Option<Reason> {
    behind(suspect.object, suspect.plane, view)
}

/// An `EndpointSlice` is explained by its Service.
pub(super) fn slice(suspect: &Suspect<'_>, view: &View<'_>) -> Option<Reason> {
    let name = text(suspect.object, &["metadata", "labels", "kubernetes.io/service-name"])?;
    let service = view.objects.get(&kind("Service")?, suspect.plane, name)?;
    behind(&service, suspect.plane, view)
}

fn behind(service: &Value, plane: Plane, view: &View<'_>) -> Option<Reason> {
    let name = text(service, &["metadata", "name"])?;
    let selector = at(service, &["spec", "selector"])?.as_object()?;
    let matches = |pod: &Value| {
        selector.iter().all(|(key, value)| at(pod, &["metadata", "labels", key]) == Some(value))
    };
    let pods: Vec<Value> =
        view.objects.list(&kind("Pod")?, plane).into_iter().filter(&matches).collect();
    let reason = if pods.is_empty() {
        if let Some(absent) = absent::pods(matches, plane, view) {
            return Some(absent);
        }
        Reason::new("selects-nothing")
    } else if let Some(held_back) = pods.iter().find_map(|object| pod(plane, object)) {
        return Some(held_back);
    } else {
        wrong_port(service, &pods)?
    };
    Some(reason.with("service", name).about(&kind("Service")?, plane, name))
}

/// A port of the Service that leads nowhere.
///
/// A name must be declared by a container, or no endpoint has the port. A number need not be: it counts as wrong only where every
/// container says which ports it has.
fn wrong_port(service: &Value, pods: &[Value]) -> Option<Reason> {
    let containers: Vec<&Value> = pods.iter().flat_map(containers).collect();
    let ports = |container: &&Value| container["ports"].as_array().cloned().unwrap_or_default();
    let declared: Vec<Value> = containers.iter().flat_map(ports).collect();
    let each_declares = containers.iter().all(|container| !ports(container).is_empty());
    let leads_nowhere = |target: &&Value| {
        let field = if target.is_string() { "name" } else { "containerPort" };
        let is_known = declared.iter().any(|port| &port[field] == *target);
        !is_known && (target.is_string() || each_declares)
    };
    let wanted = at(service, &["spec", "ports"])?.as_array()?;
    let target = |port| at(port, &["targetPort"]).or_else(|| at(port, &["port"]));
    let wrong = wanted.iter().filter_map(target).find(leads_nowhere)?;
    Some(Reason::new("wrong-port").with("port", wrong).with("declared", names(&declared)))
}

/// The containers that may serve something: init containers that go on running are among them.
fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let of = |field| at(pod, &["spec", field]).and_then(Value::as_array).into_iter().flatten();
    of("initContainers").filter(|one| one["restartPolicy"] == "Always").chain(of("containers"))
}

/// Ports as people write them, each once: `http (8080), 9090`; `none` when there is none.
fn names(ports: &[Value]) -> String {
    let mut words: Vec<String> = Vec::new();
    for port in ports {
        let number = &port["containerPort"];
        let word = match port["name"].as_str() {
            Some(name) => format!("{name} ({number})"),
            None => number.to_string(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

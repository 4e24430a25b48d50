//! One object in full, without what is secret.

use curriculum::Plane;
use serde_json::{Value, json};
use wire::{ObjectDetail, ObjectEvent, ObjectLink};

use super::{command, controller, millis, text, wire_plane};
use crate::cluster::LabObjects;

/// How many owners outwards are followed: nobody nests deeper.
const DEEPEST: usize = 5;
/// How many events are shown.
const MOST_EVENTS: usize = 50;

/// An object in full. Its owners are looked up in `found`.
pub fn detail(
    mut object: Value,
    link: ObjectLink,
    plane: Plane,
    found: &LabObjects,
    events: Vec<ObjectEvent>,
) -> ObjectDetail {
    let owners = owners(&object, plane, &link.namespace, found);
    let redacted = redact(&mut object, &link.kind);
    ObjectDetail {
        plane: wire_plane(plane),
        yaml: serde_saphyr::to_string(&object).unwrap_or_default(),
        redacted,
        owners,
        events,
        command: command(&link.namespace, &link.kind, &link.name),
        object: link,
    }
}

fn owners(object: &Value, plane: Plane, namespace: &str, found: &LabObjects) -> Vec<ObjectLink> {
    let mut owners: Vec<ObjectLink> = Vec::new();
    let mut current = object.clone();
    while let Some(owner) = controller(&current).cloned() {
        if owners.len() == DEEPEST {
            break;
        }
        owners.push(ObjectLink {
            kind: text(&owner["kind"]),
            namespace: namespace.to_owned(),
            name: text(&owner["name"]),
        });
        let outer = found.all(plane).find(|(_, one)| one["metadata"]["uid"] == owner["uid"]);
        let Some((_, outer)) = outer else { break };
        current = outer;
    }
    owners
}

/// Takes out what nobody reads and what nobody may read; says whether anything secret was in it.
fn redact(object: &mut Value, kind: &str) -> bool {
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        let empty = annotations.is_some_and(|annotations| {
            // It repeats the whole object, values and all.
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            annotations.is_empty()
        });
        if empty {
            metadata.remove("annotations");
        }
    }
    let mut redacted = false;
    for part in ["/data", "/stringData"] {
        let values = object.pointer_mut(part).and_then(Value::as_object_mut);
        for (_, value) in values.filter(|_| kind == "Secret").into_iter().flatten() {
            let size = value.as_str().map_or(0, decoded_size);
            *value = json!(format!("<{size} bytes>"));
            redacted = true;
        }
    }
    redacted
}

/// How many bytes a base64 text stands for.
fn decoded_size(base64: &str) -> usize {
    let letters = base64.trim_end_matches('=').len();
    letters * 3 / 4
}

/// Events about one object, oldest first.
pub fn events(found: &[Value]) -> Vec<ObjectEvent> {
    let mut events: Vec<ObjectEvent> = found.iter().map(event).collect();
    events.sort_by_key(|event| event.at);
    events.split_off(events.len().saturating_sub(MOST_EVENTS))
}

fn event(event: &Value) -> ObjectEvent {
    let source = [&event["source"]["component"], &event["reportingComponent"]];
    let count = event["count"].as_u64().or_else(|| event["series"]["count"].as_u64());
    let times = [
        &event["series"]["lastObservedTime"],
        &event["lastTimestamp"],
        &event["eventTime"],
        &event["metadata"]["creationTimestamp"],
    ];
    ObjectEvent {
        warning: event["type"] == "Warning",
        reason: text(&event["reason"]),
        message: text(&event["message"]),
        source: source.into_iter().map(text).find(|source| !source.is_empty()).unwrap_or_default(),
        count: count.map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX)),
        at: times.into_iter().find_map(millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_values_are_replaced_by_their_sizes() {
        let link = ObjectLink {
            kind: "Secret".to_owned(),
            namespace: "ada-cp".to_owned(),
            name: "pair".to_owned(),
        };
        let secret = json!({
            "kind": "Secret",
            "metadata": {
                "name": "pair",
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"a\":\"aHVudGVyMg==\"}}"
                },
                "managedFields": [{"manager": "kubectl"}]
            },
            "data": {"a": "aHVudGVyMg=="}
        });

        let detail = detail(secret, link, Plane::Cp, &LabObjects::default(), Vec::new());

        assert!(detail.redacted);
        assert!(detail.yaml.contains("<7 bytes>"), "{}", detail.yaml);
        for absent in ["aHVudGVyMg", "managedFields", "annotations", "stringData"] {
            assert!(!detail.yaml.contains(absent), "{}", detail.yaml);
        }
    }

    #[test]
    fn events_are_read_however_they_were_written() {
        let old = json!({
            "type": "Warning", "reason": "FailedScheduling", "message": "no", "count": 3,
            "source": {"component": "default-scheduler"}, "lastTimestamp": "2026-01-01T00:00:02Z"
        });
        let new = json!({
            "type": "Normal", "reason": "Scheduled", "message": "yes",
            "reportingComponent": "default-scheduler", "eventTime": "2026-01-01T00:00:01.000001Z"
        });

        let events = events(&[old, new]);

        assert_eq!((events[0].reason.as_str(), events[0].count), ("Scheduled", 1));
        assert_eq!((events[1].source.as_str(), events[1].count), ("default-scheduler", 3));
        assert!(events[1].warning);
    }
}

//! Field selectors: `metadata.name=web,status.phase!=Running`.
//!
//! **Invariant:** only the fields that the real server offers for a kind may be named; another one
//! is refused with its message, never ignored.

use serde_json::Value;

use crate::kinds::Resource;
use crate::store::Object;

/// The selectable fields of one object, besides its name and namespace.
pub(crate) type Fields = Box<[(&'static str, Box<str>)]>;

/// A conjunction of requirements; empty matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    field: String,
    value: String,
    equal: bool,
}

impl Selector {
    /// Parses the query form.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for term in split(text) {
            let requirement = parse_term(&term)
                .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
            requirements.push(requirement);
        }
        Ok(Self(requirements))
    }

    /// The message for the first field that this kind does not offer.
    pub(crate) fn unsupported(&self, resource: &Resource) -> Option<String> {
        let known = |field: &str| {
            field == "metadata.name"
                || (field == "metadata.namespace" && resource.namespaced)
                || paths(resource).iter().any(|(name, _)| *name == field)
        };
        let unknown = self.0.iter().find(|it| !known(&it.field))?;
        Some(match (resource.group, resource.plural) {
            ("", "pods" | "events" | "nodes" | "namespaces" | "secrets") => {
                format!("field label not supported: {}", unknown.field)
            }
            _ => format!(
                "{:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                unknown.field
            ),
        })
    }

    /// The name that this selects, if it selects one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.iter().find(|it| it.equal && it.field == "metadata.name").map(|it| it.value.as_str())
    }

    pub(crate) fn matches(&self, resource: &Resource, object: &Object) -> bool {
        self.0.iter().all(|it| it.equal == (found(&it.field, resource, object) == it.value))
    }
}

fn found<'a>(field: &str, resource: &Resource, object: &'a Object) -> &'a str {
    match field {
        "metadata.name" => &object.name,
        "metadata.namespace" => &object.namespace,
        _ => object
            .fields(resource)
            .iter()
            .find(|(name, _)| *name == field)
            .map_or("", |(_, value)| value),
    }
}

/// Splits at commas that are not escaped.
fn split(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for it in text.chars() {
        if it == ',' && !escaped {
            terms.push(String::new());
            continue;
        }
        escaped = it == '\\' && !escaped;
        terms.last_mut().expect("it begins with one").push(it);
    }
    terms.retain(|it| !it.is_empty());
    terms
}

fn parse_term(term: &str) -> Option<Requirement> {
    let (field, value, equal) = if let Some((field, value)) = term.split_once("!=") {
        (field, value, false)
    } else if let Some((field, value)) = term.split_once("==") {
        (field, value, true)
    } else {
        let (field, value) = term.split_once('=')?;
        (field, value, true)
    };
    Some(Requirement { field: field.to_owned(), value: unescape(value), equal })
}

fn unescape(value: &str) -> String {
    value.replace("\\,", ",").replace("\\=", "=").replace("\\\\", "\\")
}

/// The fields of a kind: the name in a selector, and where it is found.
fn paths(resource: &Resource) -> &'static [(&'static str, &'static str)] {
    match (resource.group, resource.plural) {
        ("", "pods") => &[
            ("spec.nodeName", "/spec/nodeName"),
            ("spec.restartPolicy", "/spec/restartPolicy"),
            ("spec.schedulerName", "/spec/schedulerName"),
            ("spec.serviceAccountName", "/spec/serviceAccountName"),
            ("spec.hostNetwork", "/spec/hostNetwork"),
            ("status.phase", "/status/phase"),
            ("status.podIP", "/status/podIP"),
            ("status.nominatedNodeName", "/status/nominatedNodeName"),
        ],
        ("", "events") => &[
            ("involvedObject.kind", "/involvedObject/kind"),
            ("involvedObject.namespace", "/involvedObject/namespace"),
            ("involvedObject.name", "/involvedObject/name"),
            ("involvedObject.uid", "/involvedObject/uid"),
            ("involvedObject.apiVersion", "/involvedObject/apiVersion"),
            ("involvedObject.resourceVersion", "/involvedObject/resourceVersion"),
            ("involvedObject.fieldPath", "/involvedObject/fieldPath"),
            ("reason", "/reason"),
            ("reportingComponent", "/reportingComponent"),
            ("source", "/source/component"),
            ("type", "/type"),
        ],
        ("", "secrets") => &[("type", "/type")],
        ("", "namespaces") => &[("status.phase", "/status/phase"), ("name", "/metadata/name")],
        ("", "nodes") => &[("spec.unschedulable", "/spec/unschedulable")],
        ("", "services") => &[("spec.clusterIP", "/spec/clusterIP"), ("spec.type", "/spec/type")],
        ("", "replicationcontrollers") | ("apps", "replicasets") => {
            &[("status.replicas", "/status/replicas")]
        }
        ("batch", "jobs") => &[("status.successful", "/status/succeeded")],
        _ => &[],
    }
}

/// The selectable fields of an object.
pub(crate) fn of(resource: &Resource, value: &Value) -> Fields {
    paths(resource).iter().map(|(name, path)| (*name, text(name, value.pointer(path)))).collect()
}

fn text(name: &str, value: Option<&Value>) -> Box<str> {
    match value {
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Bool(_) | Value::Number(_)) => {
            value.map(ToString::to_string).unwrap_or_default().into()
        }
        _ if matches!(name, "spec.hostNetwork" | "spec.unschedulable") => "false".into(),
        _ if matches!(name, "status.replicas" | "status.successful") => "0".into(),
        _ => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;

    #[test]
    fn events_are_selected_by_what_they_are_about() {
        let events = kinds::find("", "v1", "events").expect("it is built in");
        let value = json!({"metadata": {"name": "e"}, "involvedObject": {"name": "web"}});
        let event = Object::new(events, value, 1);

        let selects = |text: &str| Selector::parse(text).unwrap().matches(events, &event);

        assert!(selects("involvedObject.name=web,involvedObject.kind!=Pod"));
        assert!(!selects("involvedObject.name=web,involvedObject.kind=Pod"));
    }

    #[test]
    fn a_field_that_is_not_offered_is_refused_by_name() {
        let pods = kinds::find("", "v1", "pods").expect("it is built in");

        let selector = Selector::parse("spec.image=x").unwrap();

        assert_eq!(
            selector.unsupported(pods).as_deref(),
            Some("field label not supported: spec.image")
        );
    }
}

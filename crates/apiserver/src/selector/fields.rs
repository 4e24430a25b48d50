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
        let mut terms = split(text);
        terms.sort();
        for term in terms {
            let (field, value, equal) = parse_term(&term)
                .ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
            let value = unescape(value)?;
            requirements.push(Requirement { field: field.to_owned(), value, equal });
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
            (
                "",
                "pods"
                | "events"
                | "nodes"
                | "namespaces"
                | "secrets"
                | "services"
                | "replicationcontrollers",
            ) => {
                format!("field label not supported: {}", unknown.field)
            }
            ("batch", "jobs") => format!("field label {:?} not supported for Job", unknown.field),
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

/// Takes a term apart at its first operator.
fn parse_term(term: &str) -> Option<(&str, &str, bool)> {
    let operators = [("!=", false), ("==", true), ("=", true)];
    let (at, (operator, equal)) = term.char_indices().find_map(|(at, _)| {
        let found = operators.into_iter().find(|(it, _)| term[at..].starts_with(it))?;
        Some((at, found))
    })?;
    Some((&term[..at], &term[at + operator.len()..], equal))
}

/// A value without its backslashes; commas and equals signs need one.
fn unescape(value: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => plain.push(escaped),
                other => {
                    let sequence: String = std::iter::once('\\').chain(other).collect();
                    return Err(format!(
                        "invalid field selector: invalid escape sequence: {sequence}"
                    ));
                }
            },
            ',' | '=' => {
                let code = u32::from(letter);
                return Err(format!(
                    "invalid field selector: unescaped character in value: {code}"
                ));
            }
            other => plain.push(other),
        }
    }
    Ok(plain)
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
    fn a_value_says_what_it_means_by_a_comma() {
        let error = |text: &str| Selector::parse(text).unwrap_err();

        assert_eq!(
            error("metadata.name=a=b"),
            "invalid field selector: unescaped character in value: 61"
        );
        assert_eq!(
            error(r"metadata.name=a\b"),
            r"invalid field selector: invalid escape sequence: \b"
        );
        assert_eq!(error("name"), "invalid selector: 'name'; can't understand 'name'");
        assert_eq!(Selector::parse(r"metadata.name=a\=b").unwrap().name(), Some("a=b"));
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

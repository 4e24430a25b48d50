//! Differential cases: requests that a real API server 1.36 answered, one after the other.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::decode::{Expected, Style, patched};
use super::{Error, Writer, record_update, server_side_apply};

/// One request and its answer.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    op: String,
    kind: String,
    object: String,
    live: Value,
    manager: String,
    force: bool,
    subresource: String,
    body: Value,
    result: Option<Value>,
    code: Option<u16>,
    error: Option<String>,
    #[serde(default)]
    causes: Option<Vec<Value>>,
}

fn expected(kind: &str) -> Expected<'_> {
    let group = match kind {
        "Deployment" => "apps",
        "Role" => "rbac.authorization.k8s.io",
        _ => "",
    };
    Expected { group, version: "v1", kind }
}

fn defaults(kind: &str, value: &mut Value) {
    let resource = crate::kinds::RESOURCES.iter().find(|it| it.kind == kind).unwrap();
    crate::kinds::apply_defaults(resource, value);
}

/// Managed fields without their times.
fn owners(object: &Value) -> Value {
    let mut fields = object["metadata"]["managedFields"].clone();
    for entry in fields.as_array_mut().into_iter().flatten() {
        if entry["time"].is_string() {
            entry["time"] = json!("some");
        }
    }
    // Entries of one second have no order of their own.
    if let Some(entries) = fields.as_array_mut() {
        entries
            .sort_by_key(|it| format!("{}{}{}", it["operation"], it["manager"], it["subresource"]));
    }
    fields
}

fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn difference(path: &str, real: &Value, found: &Value, out: &mut Vec<String>) {
    match (real, found) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                difference(&format!("{path}.{key}"), &real[key], &found[key], out);
            }
        }
        _ if real == found => {}
        _ => out.push(format!("  {path}: real {real} found {found}")),
    }
}

/// What differs from the recorded answer.
fn replay(case: &Case, live: Option<&Value>) -> Vec<String> {
    let expected = expected(&case.kind);
    let writer = Writer {
        manager: &case.manager,
        subresource: &case.subresource,
        time: "2030-01-01T00:00:00Z",
    };
    let mut wrong = Vec::new();
    if case.op == "apply" {
        match (server_side_apply(expected, live, &case.body, writer, case.force), &case.result) {
            (Ok(mut applied), Some(real)) => {
                let fields = applied["metadata"]["managedFields"].take();
                applied = patched(applied, expected, Style::Conversion).unwrap().value;
                defaults(&case.kind, &mut applied);
                applied["metadata"]["managedFields"] = fields;
                for part in ["spec", "data", "rules"] {
                    let (mut real, mut found) = (real[part].clone(), applied[part].clone());
                    for value in [&mut real, &mut found] {
                        if let Some(spec) = value.as_object_mut() {
                            spec.retain(|key, _| {
                                !key.contains("clusterIP") && !key.starts_with("ipFam")
                            });
                        }
                    }
                    difference(part, &real, &found, &mut wrong);
                }
                difference("owners", &owners(real), &owners(&applied), &mut wrong);
            }
            (Err(error), None) => {
                let code = match &error {
                    Error::Conflicts(_) => 409,
                    Error::BadRequest(_) => 400,
                    Error::Untyped(_) => 500,
                };
                let real = case.error.as_deref().unwrap();
                if lines(&error.to_string()) != lines(real) || Some(code) != case.code {
                    wrong.push(format!("  real  {real}\n  found {error}"));
                }
                let mut causes: Vec<_> = error.causes().iter().map(ToString::to_string).collect();
                let mut real: Vec<_> =
                    case.causes.iter().flatten().map(ToString::to_string).collect();
                causes.sort();
                real.sort();
                if causes != real {
                    wrong.push(format!("  causes {causes:?} instead of {real:?}"));
                }
            }
            (found, _) => wrong.push(format!("  real {:?}\n  found {found:?}", case.error)),
        }
    } else if let Some(real) = &case.result {
        let mut new = real.clone();
        if case.body["metadata"]["managedFields"].is_null() {
            new["metadata"].as_object_mut().unwrap().remove("managedFields");
        } else {
            new["metadata"]["managedFields"] = case.body["metadata"]["managedFields"].clone();
        }
        record_update(expected, live, &mut new, writer);
        difference("owners", &owners(real), &owners(&new), &mut wrong);
    }
    wrong
}

#[test]
fn requests_are_answered_as_a_real_server_answered_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../fixtures/apply.json")).unwrap();
    let mut stored: HashMap<(String, String), Value> = HashMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let key = (case.kind.clone(), case.object.clone());
        let live = match &case.live {
            Value::String(word) if word == "previous" => stored.get(&key).cloned(),
            Value::String(_) => None,
            live => Some(live.clone()),
        };
        let differences = replay(case, live.as_ref());
        if !differences.is_empty() {
            wrong.push(format!("{} ({})\n{}", case.name, case.op, differences.join("\n")));
        }
        if let Some(result) = &case.result {
            stored.insert(key, result.clone());
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 60);
}

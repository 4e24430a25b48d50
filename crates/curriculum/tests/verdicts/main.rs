//! Verdicts and reasons of whole exercises, over hand-made clusters.
#![cfg(feature = "engine")]

mod causes;

use std::collections::BTreeMap;

use curriculum::{Exercise, Kind, Objects, Parameter, Plane, Reason, Verdict, View, evaluate};
use serde_json::{Value, json};

/// Objects by kind; every one stands in the data plane's namespace.
struct Lab(Vec<(&'static str, Value)>);

impl Objects for Lab {
    fn get(&self, kind: &Kind, plane: Plane, name: &str) -> Option<Value> {
        self.list(kind, plane).into_iter().find(|object| object["metadata"]["name"] == name)
    }

    fn list(&self, kind: &Kind, plane: Plane) -> Vec<Value> {
        let here = |of: &str| plane == Plane::Dp && of == kind.to_string();
        self.0.iter().filter(|(of, _)| here(of)).map(|(_, object)| object.clone()).collect()
    }
}

fn exercise(checks: &str) -> Exercise {
    let ids: Vec<&str> =
        checks.lines().filter_map(|line| line.trim().strip_prefix("- id: ")).collect();
    let sentences: Vec<String> = ids.iter().map(|id| format!("{id}: It holds")).collect();
    let text = format!("{{title: T, checks: {{{}}}, hints: [], done: D}}", sentences.join(", "));
    let yaml = format!(
        "id: one\nminutes: 1\nbaseline:\n  pods: {{list: Pod, plane: dp, keep: [uid]}}\nchecks:\n{checks}\ntext:\n  en: {text}\n  pt: {text}\n  es: {text}\n"
    );
    Exercise::parse("one.yaml", &yaml).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn verdict(checks: &str, lab: &Lab, baseline: Option<&Value>) -> Verdict {
    let exercise = exercise(checks);
    let variables = BTreeMap::new();
    let view = View { objects: lab, variables: &variables, baseline, now: 0 };
    evaluate(&exercise.checks[0], &view)
}

fn reason(checks: &str, lab: &Lab) -> Reason {
    match verdict(checks, lab, Some(&json!({"pods": []}))) {
        Verdict::NotYet(reason) => reason,
        other => panic!("expected a reason, got {other:?}"),
    }
}

const REPLICAS: &str = "  - id: ready\n    get: {kind: Deployment.apps, plane: dp, name: echo}\n    that: self.status.readyReplicas >= 2";

#[test]
fn an_absent_object_is_a_reason() {
    let reason = reason(REPLICAS, &Lab(vec![]));

    assert_eq!(reason.code, "missing-object");
    assert_eq!(reason.parameters["name"], Parameter::Text("echo".to_owned()));
}

#[test]
fn an_absent_field_is_a_reason_with_what_was_expected() {
    let lab = Lab(vec![("Deployment.apps", json!({"metadata": {"name": "echo"}, "status": {}}))]);

    let reason = reason(REPLICAS, &lab);

    assert_eq!(reason.code, "differs");
    assert_eq!(reason.parameters["path"], Parameter::Text("status.readyReplicas".to_owned()));
    assert_eq!(reason.parameters["operator"], Parameter::Text("ge".to_owned()));
    assert_eq!(reason.parameters["value"], Parameter::Number(2));
    assert_eq!(reason.parameters["present"], Parameter::Text("no".to_owned()));
}

#[test]
fn the_cause_is_found_behind_the_deployment() {
    let pod = json!({
        "metadata": {"name": "echo-1-a", "uid": "p", "ownerReferences": [{"uid": "r"}]},
        "status": {"phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
        }]}
    });
    let set =
        json!({"metadata": {"name": "echo-1", "uid": "r", "ownerReferences": [{"uid": "d"}]}});
    let deployment = json!({"metadata": {"name": "echo", "uid": "d"}, "status": {}});
    let lab = Lab(vec![("Deployment.apps", deployment), ("ReplicaSet.apps", set), ("Pod", pod)]);

    let reason = reason(REPLICAS, &lab);

    assert_eq!(reason.cause.map(|cause| cause.code).as_deref(), Some("node-selector"));
}

#[test]
fn among_items_the_closest_one_is_explained() {
    let checks = "  - id: x\n    list: {kind: Pod, plane: dp, select: app=lost}\n    that: items.exists(p, p.status.phase == 'Pending' && p.spec.nodeName == 'a')";
    let pod = |name: &str, phase: &str| json!({"metadata": {"name": name, "labels": {"app": "lost"}}, "spec": {"nodeName": "b"}, "status": {"phase": phase}});
    let lab = Lab(vec![("Pod", pod("one", "Running")), ("Pod", pod("two", "Pending"))]);

    let reason = reason(checks, &lab);

    assert_eq!(reason.parameters["path"], Parameter::Text("spec.nodeName".to_owned()));
    assert_eq!(reason.parameters["name"], Parameter::Text("two".to_owned()));
    assert_eq!(reason.parameters["found"], Parameter::Text("b".to_owned()));
}

#[test]
fn a_baseline_is_compared_and_must_have_been_noted() {
    let checks = "  - id: x\n    list: {kind: Pod, plane: dp}\n    that: items.size() == 1 && items.all(p, !(p.metadata.uid in baseline.pods.map(b, b.uid)))";
    let lab = Lab(vec![("Pod", json!({"metadata": {"name": "a", "uid": "new"}}))]);

    let before = verdict(checks, &lab, None);
    let same = verdict(checks, &lab, Some(&json!({"pods": [{"uid": "new"}]})));
    let other = verdict(checks, &lab, Some(&json!({"pods": [{"uid": "old"}]})));

    assert!(matches!(before, Verdict::NotYet(reason) if reason.code == "not-started"));
    assert!(matches!(same, Verdict::NotYet(_)));
    assert_eq!(other, Verdict::Passed);
}

#[test]
fn the_authors_diagnosis_comes_first() {
    let checks = "  - id: x\n    get: {kind: ConfigMap, plane: dp, name: hello}\n    that: self.data.plane == 'data'\n    otherwise: [{when: self.data.plane == 'control', say: swapped, with: {value: self.data.plane}}]";
    let lab = Lab(vec![(
        "ConfigMap",
        json!({"metadata": {"name": "hello"}, "data": {"plane": "control"}}),
    )]);

    let reason = reason(checks, &lab);

    assert_eq!(reason.code, "swapped");
    assert_eq!(reason.parameters["value"], Parameter::Text("control".to_owned()));
}

#[test]
fn a_mistake_in_an_expression_has_line_and_caret() {
    let findings = Exercise::parse(
        "one.yaml",
        "id: one\nminutes: 1\nchecks:\n  - id: x\n    get: {kind: Pod, plane: dp, name: a}\n    that: pod.status.phase == 'Running'\ntext: {}\n",
    )
    .unwrap_err();

    assert!(
        findings[0].to_string().starts_with("one.yaml:6:11: there is no `pod`"),
        "{}",
        findings[0]
    );
}

#[test]
fn a_mistake_in_a_folded_expression_has_line_and_caret() {
    let findings = Exercise::parse(
        "one.yaml",
        "id: one\nminutes: 1\nchecks:\n  - id: x\n    get: {kind: Pod, plane: dp, name: a}\n    that: >-\n      self.spec.a == 1\n      && pod.status.phase == 'Running'\ntext: {}\n",
    )
    .unwrap_err();

    assert!(
        findings[0].to_string().starts_with("one.yaml:8:10: there is no `pod`"),
        "{}",
        findings[0]
    );
}

#[test]
fn an_unknown_kind_names_those_that_can_be_read() {
    let findings = Exercise::parse(
        "one.yaml",
        "id: one\nminutes: 1\nchecks:\n  - id: x\n    get: {kind: Secret, plane: dp, name: a}\n    that: self != null\ntext: {}\n",
    )
    .unwrap_err();

    assert!(findings[0].to_string().contains("ConfigMap, Deployment.apps"), "{}", findings[0]);
}

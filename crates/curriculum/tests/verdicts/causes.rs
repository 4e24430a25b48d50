//! What lies behind a check that does not hold, and how that is said in each language.

use std::collections::{BTreeMap, BTreeSet};

use curriculum::{Language, Messages, Parameter, Reason};
use serde_json::{Value, json};

use crate::{Lab, REPLICAS, reason};

const PORTS: &str = "  - id: x\n    get: {kind: Service, plane: dp, name: web}\n    that: self.metadata.labels.done == 'yes'";
const SLICES: &str = "  - id: x\n    list: {kind: EndpointSlice.discovery.k8s.io, plane: dp, select: kubernetes.io/service-name=web}\n    that: items.all(s, s.metadata.labels.done == 'yes')";

/// The cause, once it is sure that each language has words of its own for it; and what English says.
fn cause(checks: &str, lab: &Lab) -> (Reason, String) {
    let cause = *reason(checks, lab).cause.expect("there is a cause");
    let files = Language::ALL.map(|language| {
        let path = format!("{}/../../content/messages/{language}.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("the shipped messages");
        (language, (path, text))
    });
    let messages = Messages::parse(&BTreeMap::from(files)).expect("messages without findings");
    let id = format!("cause-{}", cause.code);
    let texts =
        Language::ALL.map(|language| messages.message(language, &id, &cause.parameters).text);
    let different: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(different.len(), 3, "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains("cause-") && !text.contains('$')), "{texts:?}");
    let [english, ..] = texts;
    (cause, english)
}

/// A Deployment with one pod, whose status this is.
fn deployment_of(status: &Value) -> Lab {
    let pod = json!({
        "metadata": {"name": "echo-1-a", "ownerReferences": [{"uid": "r"}]}, "status": status
    });
    let set =
        json!({"metadata": {"name": "echo-1", "uid": "r", "ownerReferences": [{"uid": "d"}]}});
    let deployment = json!({"metadata": {"name": "echo", "uid": "d"}, "status": {}});
    Lab(vec![("Deployment.apps", deployment), ("ReplicaSet.apps", set), ("Pod", pod)])
}

/// A container that waits to be started again, after this end.
fn crashing(end: &Value) -> Lab {
    deployment_of(&json!({"phase": "Running", "containerStatuses": [{
        "name": "app", "image": "echo:1",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
        "lastState": {"terminated": end}
    }]}))
}

/// A Service that aims at `target`, and one ready pod whose containers have these ports.
fn service(target: &Value, containers: &Value) -> Lab {
    let service = json!({
        "metadata": {"name": "web", "labels": {}},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": target}]}
    });
    let slice = json!({"metadata": {
        "name": "web-1", "labels": {"kubernetes.io/service-name": "web"}
    }});
    let pod = json!({
        "metadata": {"name": "web-a", "labels": {"app": "web"}},
        "spec": {"containers": containers},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}
    });
    Lab(vec![("Service", service), ("EndpointSlice.discovery.k8s.io", slice), ("Pod", pod)])
}

fn text(words: &str) -> Parameter {
    Parameter::Text(words.to_owned())
}

#[test]
fn a_crash_loop_says_how_the_container_ended_last() {
    let end = json!({"exitCode": 2, "reason": "Error", "message": "no such table: routes\n"});

    let (cause, words) = cause(REPLICAS, &crashing(&end));

    assert_eq!(cause.code, "crash-loop");
    assert_eq!(cause.parameters["exit"], Parameter::Number(2));
    assert_eq!(cause.parameters["ended"], text("Error"));
    assert_eq!(cause.parameters["message"], text("no such table: routes"));
    assert_eq!(
        words,
        "The container app of the pod echo-1-a ends again and again, last with exit code 2 (Error). \
         Its last message: no such table: routes"
    );
}

#[test]
fn a_crash_loop_without_a_message_leads_to_the_log() {
    for (end, said) in [
        (json!({"exitCode": 1, "reason": "Error"}), "exit code 1 (Error). Read its last words"),
        (
            json!({"exitCode": 137, "reason": "OOMKilled"}),
            "more memory than its limit allows. Read",
        ),
        (json!({"exitCode": 0, "reason": "Completed"}), "what it runs has to go on. Read"),
        (Value::Null, "ends again and again. Read its last words with `kubectl logs --previous`."),
    ] {
        let (_, words) = cause(REPLICAS, &crashing(&end));

        assert!(words.contains(said), "{words}");
    }
}

#[test]
fn a_container_that_has_just_ended_is_not_held_for_one_that_fails_its_probe() {
    let lab = deployment_of(&json!({"phase": "Running", "containerStatuses": [{
        "name": "app", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}
    }]}));

    let (cause, words) = cause(REPLICAS, &lab);

    assert_eq!(cause.code, "container-ended");
    assert!(words.contains("has ended with exit code 1 (Error)"), "{words}");
}

#[test]
fn an_init_container_that_has_ended_well_holds_nothing_back() {
    let status = |exit: i64| {
        json!({"phase": "Pending",
        "initContainerStatuses": [
            {"name": "wait", "state": {"terminated": {"exitCode": exit, "reason": "Completed"}}}
        ],
        "containerStatuses": [
            {"name": "app", "state": {"waiting": {"reason": "PodInitializing"}}}
        ]})
    };

    let (well, _) = cause(REPLICAS, &deployment_of(&status(0)));
    let (badly, _) = cause(REPLICAS, &deployment_of(&status(3)));

    assert_eq!(
        (well.code.as_str(), &well.parameters["container"]),
        ("container-creating", &text("app"))
    );
    assert_eq!(
        (badly.code.as_str(), &badly.parameters["container"]),
        ("container-ended", &text("wait"))
    );
}

#[test]
fn a_named_port_that_no_container_declares_is_wrong() {
    let ports = json!([{"name": "app", "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9090}]}]);
    let lab = service(&json!("web"), &ports);

    for checks in [PORTS, SLICES] {
        let (cause, words) = cause(checks, &lab);

        assert_eq!(cause.code, "wrong-port");
        assert_eq!(cause.object.unwrap().name, "web");
        assert_eq!(
            words,
            "The Service web sends requests to the port web, which no container of its pods declares. \
             They declare: http (8080), 9090."
        );
    }
}

#[test]
fn a_port_by_number_is_wrong_only_where_every_container_declares_its_own() {
    let declared = json!([{"name": "app", "ports": [{"containerPort": 8080}]}]);
    let beside = json!([{"name": "app"}, {"name": "proxy", "ports": [{"containerPort": 9090}]}]);

    let (wrong, _) = cause(PORTS, &service(&json!(8081), &declared));
    let right = reason(PORTS, &service(&json!(8080), &declared));
    let unsaid = reason(PORTS, &service(&json!(8081), &beside));

    assert_eq!(
        (wrong.code.as_str(), &wrong.parameters["port"]),
        ("wrong-port", &Parameter::Number(8081))
    );
    assert_eq!((right.cause, unsaid.cause), (None, None));
}

#[test]
fn a_name_among_containers_without_ports_is_said_to_be_alone() {
    let (_, words) = cause(PORTS, &service(&json!("http"), &json!([{"name": "app"}])));

    assert!(words.ends_with("They declare no port at all."), "{words}");
}

/// A Deployment of pods with `app=web` and its one `ReplicaSet`, which has no pod.
fn without_pods(replicas: u32, failure: &Value) -> Vec<(&'static str, Value)> {
    let template = json!({"metadata": {"labels": {"app": "web"}}});
    let deployment = json!({
        "metadata": {"name": "web", "uid": "d"}, "spec": {"replicas": replicas, "template": template}, "status": {}
    });
    let set = json!({
        "metadata": {"name": "web-1", "uid": "r", "ownerReferences": [{"uid": "d"}]},
        "spec": {"replicas": replicas, "template": template}, "status": {"conditions": [failure]}
    });
    vec![("Deployment.apps", deployment), ("ReplicaSet.apps", set)]
}

const PODS: &str =
    "  - id: x\n    list: {kind: Pod, plane: dp, select: app=web}\n    that: items.size() == 3";

#[test]
fn pods_that_the_api_server_refuses_are_explained_where_one_looks_for_pods_or_addresses() {
    let failure = json!({
        "type": "ReplicaFailure", "status": "True",
        "message": "pods \"web-1-x\" is forbidden: violates PodSecurity \"restricted:latest\""
    });
    let mut objects = without_pods(3, &failure);
    let Lab(of_service) = service(&json!(80), &json!([]));
    objects.extend(of_service.into_iter().filter(|(kind, _)| *kind != "Pod"));
    let lab = Lab(objects);

    for checks in [PODS, PORTS, SLICES] {
        let (cause, words) = cause(checks, &lab);

        assert_eq!(cause.code, "pod-security", "{checks}");
        assert_eq!(cause.object.unwrap().name, "web-1");
        assert!(words.contains("violates PodSecurity"), "{words}");
    }
}

#[test]
fn a_quota_that_has_room_for_two_of_three_is_the_cause() {
    let failure = json!({
        "type": "ReplicaFailure", "status": "True", "message": "pods \"web-1-x\" is forbidden: exceeded quota: lab"
    });
    let mut objects = without_pods(3, &failure);
    for name in ["web-1-a", "web-1-b"] {
        let pod = json!({
            "metadata": {"name": name, "labels": {"app": "web"}, "ownerReferences": [{"uid": "r"}]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}
        });
        objects.push(("Pod", pod));
    }

    let (cause, words) = cause(PODS, &Lab(objects));

    assert_eq!(cause.code, "quota-exceeded");
    assert!(words.contains("exceeded quota: lab"), "{words}");
}

#[test]
fn a_workload_that_is_scaled_to_nothing_is_named_and_not_its_replica_set() {
    let replicas = "  - id: x\n    get: {kind: Deployment.apps, plane: dp, name: web}\n    that: self.status.readyReplicas == 2";
    let lab = Lab(without_pods(0, &Value::Null));

    for checks in [PODS, replicas] {
        let (cause, words) = cause(checks, &lab);

        assert_eq!(cause.code, "asks-for-none");
        assert_eq!(words, "The Deployment web asks for no pod: its `replicas` is 0.");
    }
}

#[test]
fn pods_with_other_labels_are_nobodys_business() {
    let other = PODS.replace("app=web", "app=shop");

    assert_eq!(reason(&other, &Lab(without_pods(0, &Value::Null))).cause, None);
}

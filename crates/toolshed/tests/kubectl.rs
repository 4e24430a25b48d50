//! kubectl on a server that refuses, and on one whose answers do not end.

mod common;

use std::convert::Infallible;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use kube::client::Body;
use serde_json::{Value, json};
use toolshed::Outcome;
use toolshed::tool::Cluster;

/// What the server answers: a status and a body.
type Answer = (u16, UnsyncBoxBody<Bytes, Infallible>);

/// A server that has pods, services and config maps, warns of whatever is called `old`, and otherwise
/// does as `answer` says.
fn cluster(answer: fn(&Method, &Uri, &Value) -> Answer) -> Cluster {
    let service = tower::service_fn(move |request: Request<Body>| async move {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let (status, body) = match parts.uri.path() {
            "/api" => json_body(200, &discovery()),
            "/apis" => json_body(200, &json!({"items": []})),
            _ => answer(&parts.method, &parts.uri, &body),
        };
        let mut response = Response::builder().status(status);
        if parts.uri.path().ends_with("/old") {
            response = response.header("warning", "299 - \"it is old\"");
        }
        let response = response.body(body).expect("it is well formed");
        Ok::<_, kube::Error>(response)
    });
    let client = kube::Client::new(service, "default");
    Cluster::new(Uri::from_static("https://kubernetes.default.svc"), client)
}

fn discovery() -> Value {
    let resource = |name: &str, kind: &str| {
        json!({
            "resource": format!("{name}s"), "singularResource": name, "scope": "Namespaced",
            "responseKind": {"group": "", "version": "v1", "kind": kind},
            "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
        })
    };
    let resources = [
        resource("pod", "Pod"),
        resource("service", "Service"),
        resource("configmap", "ConfigMap"),
    ];
    json!({"items": [{
        "metadata": {"name": ""},
        "versions": [{"version": "v1", "resources": resources}],
    }]})
}

fn json_body(status: u16, body: &Value) -> Answer {
    (status, Full::new(Bytes::from(body.to_string())).boxed_unsync())
}

fn refusal(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "reason": reason, "message": message, "code": code,
    });
    json_body(code, &status)
}

/// A body that begins and does not end.
fn endless(beginning: &'static str) -> Answer {
    let first = futures::stream::once(async move {
        let mut whole = Full::new(Bytes::from_static(beginning.as_bytes()));
        whole.frame().await.expect("it has one")
    });
    (200, StreamBody::new(first.chain(futures::stream::pending())).boxed_unsync())
}

async fn run(cluster: Option<Cluster>, script: &str) -> Outcome {
    common::toolbox_on(cluster).run(script, Bytes::new()).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(start_paused = true)]
async fn without_a_cluster_the_connection_is_refused() {
    let outcome = common::toolbox().run("kubectl get pods", Bytes::new()).await;

    assert_eq!(outcome.code, 1);
    assert!(text(&outcome.stderr).contains("was refused"), "{}", text(&outcome.stderr));
}

#[tokio::test(start_paused = true)]
async fn what_replace_by_force_may_not_create_keeps_no_other_away() {
    let server = cluster(|method, _, body| match (method, body["metadata"]["name"].as_str()) {
        (&Method::DELETE, _) => refusal(404, "NotFound", "it is gone"),
        (&Method::POST, Some("two")) => json_body(201, body),
        (&Method::POST, Some(name)) => refusal(403, "Forbidden", &format!("no {name}")),
        _ => refusal(500, "InternalError", "this was not expected"),
    });
    let documents = ["one", "two", "three"]
        .map(|name| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": documents});

    let outcome = run(Some(server), &format!("echo '{list}' | kubectl replace --force -f -")).await;

    assert_eq!(text(&outcome.stdout), "configmap/two replaced\n");
    assert_eq!(
        text(&outcome.stderr),
        "Error from server (Forbidden): no one\nError from server (Forbidden): no three\n"
    );
    assert_eq!(outcome.code, 1);
}

#[tokio::test(start_paused = true)]
async fn apply_by_force_that_loses_an_object_tells_both_reasons() {
    let server = cluster(|method, _, body| match *method {
        Method::GET => json_body(
            200,
            &json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "one", "uid": "1", "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                }},
                "data": {"color": "old"},
            }),
        ),
        Method::PATCH => refusal(422, "Invalid", "it cannot be changed"),
        Method::DELETE => refusal(404, "NotFound", "it is gone"),
        _ => refusal(403, "Forbidden", &format!("no {}", body["data"]["color"])),
    });
    let wanted = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"},
        "data": {"color": "new"},
    });

    let outcome = run(Some(server), &format!("echo '{wanted}' | kubectl apply --force -f -")).await;

    let said = text(&outcome.stderr);
    assert!(said.starts_with("error: error when applying patch:\n{\"apiVersion\""), "{said}");
    assert!(
        said.ends_with(
            "for: \"STDIN\": An error occurred force-replacing the existing object with the newly \
             provided one:\n\nno \"new\".\n\nAdditionally, an error occurred attempting to restore \
             the original object:\n\nno \"old\"\n"
        ),
        "{said}"
    );
    assert_eq!(outcome.code, 1);
}

/// A server whose logs, watches and single config maps do not end.
fn endless_server() -> Cluster {
    cluster(|_, uri, _| match uri.path().rsplit('/').next() {
        Some("log") => endless("line\n"),
        Some("web") => json_body(
            200,
            &json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "web", "namespace": "default"},
                "spec": {"containers": [{"name": "c"}]},
            }),
        ),
        Some("configmaps") if !uri.query().unwrap_or_default().contains("watch") => json_body(
            200,
            &json!({"kind": "ConfigMapList", "apiVersion": "v1", "items": [], "metadata": {}}),
        ),
        _ => endless("{\"type\":\"BOOKMARK\"}\n"),
    })
}

const LATE: &str = "context deadline exceeded (Client.Timeout or context cancellation while \
                    reading body)\n";

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_in_time_is_a_failure() {
    for line in ["get cm x", "get cm x -o yaml", "get --raw /x"] {
        let line = line.replace("cm", "configmap");
        let script = format!("kubectl {line} --request-timeout=2s");
        let outcome = run(Some(endless_server()), &script).await;

        assert_eq!(
            text(&outcome.stderr),
            format!(
                "error: unexpected error when reading response body. Please retry. Original error: \
                 {LATE}"
            ),
            "{line}"
        );
        assert_eq!(outcome.code, 1, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_for_too_long_fails_unless_errors_are_ignored() {
    let follow = "kubectl logs -f web --request-timeout=2s";
    let outcome = run(Some(endless_server()), follow).await;

    assert_eq!(text(&outcome.stdout), "line\n");
    assert_eq!(text(&outcome.stderr), format!("error: {LATE}"));
    assert_eq!(outcome.code, 1);

    let outcome = run(Some(endless_server()), &format!("{follow} --ignore-errors")).await;

    assert_eq!(text(&outcome.stdout), format!("line\nerror: {LATE}"));
    assert_eq!(outcome.code, 0);
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_well_when_its_time_is_up() {
    let watch = "kubectl get configmaps -w -o name --request-timeout=2s";
    let outcome = run(Some(endless_server()), watch).await;

    assert_eq!((text(&outcome.stderr), outcome.code), (String::new(), 0));
}

/// A server that has everything that it is asked for.
fn willing_server() -> Cluster {
    cluster(|_, uri, _| {
        let name = uri.path().rsplit('/').next();
        let metadata = json!({"name": name, "namespace": "default"});
        json_body(200, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
    })
}

#[tokio::test(start_paused = true)]
async fn what_would_change_the_result_is_refused_and_its_default_is_not() {
    for (line, default) in [
        ("get configmap x -o name --allow-missing-template-keys=false", "=true"),
        ("get configmap x -o name --server-print=false", "=true"),
        ("get configmap x -o name --match-server-version=true", "=false"),
        ("apply --dry-run=client -f x.json --overwrite=false", "=true"),
    ] {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}});
        let script = format!("echo '{object}' > x.json; kubectl {line}");
        let outcome = run(Some(willing_server()), &script).await;

        let (command, _) = script.rsplit_once('=').expect("it has a value");
        let flag = command.rsplit_once(' ').expect("it is the last word").1;
        let words = format!("error: {flag} is not available here: ");
        assert!(text(&outcome.stderr).starts_with(&words), "{line}: {}", text(&outcome.stderr));
        assert_eq!(outcome.code, 1, "{line}");

        let outcome = run(Some(willing_server()), &format!("{command}{default}")).await;

        assert_eq!(outcome.code, 0, "{line}: {}", text(&outcome.stderr));
    }
}

#[tokio::test(start_paused = true)]
async fn warnings_are_errors_when_they_shall_be() {
    for (name, code, said) in
        [("old", 1, "Warning: it is old\nerror: 1 warning received\n"), ("new", 0, "")]
    {
        let script = format!("kubectl get configmap {name} -o name --warnings-as-errors");
        let outcome = run(Some(willing_server()), &script).await;

        assert_eq!(text(&outcome.stdout), format!("configmap/{name}\n"));
        assert_eq!((text(&outcome.stderr).as_str(), outcome.code), (said, code));
    }
}

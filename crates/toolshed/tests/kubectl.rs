//! kubectl on a server that refuses.

mod common;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use serde_json::{Value, json};
use toolshed::Outcome;
use toolshed::tool::Cluster;

/// What the server answers: a status and a body.
type Answer = (u16, UnsyncBoxBody<Bytes, Infallible>);

/// A server that has pods, services and config maps, and otherwise does as `answer` says.
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
        let response = Response::builder().status(status).body(body).expect("it is well formed");
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

    assert_eq!(
        text(&outcome.stderr),
        "error: An error occurred force-replacing the existing object with the newly provided \
         one:\n\nerror when creating \"STDIN\": no \"new\".\n\nAdditionally, an error occurred \
         attempting to restore the original object:\n\nerror when creating \"STDIN\": no \"old\"\n"
    );
    assert_eq!(outcome.code, 1);
}

//! What clients other than ours rely on: discovery, forms, errors, limits.

use http::{Method, Request};
use serde_json::json;

use crate::server::{Actor, CONFIG_MAPS, PODS, Server, pod};

async fn with_accept(actor: &Actor, path: &str, accept: &str) -> (String, String) {
    use http_body_util::BodyExt as _;
    let request = Request::builder()
        .uri(path)
        .header("accept", accept)
        .body(kube::client::Body::empty())
        .unwrap();
    let response = actor.0.send(request).await.unwrap();
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (media, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn discovery_names_every_resource_in_both_of_its_forms() {
    let server = Server::start().await;
    let admin = server.admin();
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    let (media, aggregated) = with_accept(&admin, "/apis", accept).await;
    let legacy = admin.get("/apis/apps/v1").await.body;

    assert_eq!(media, accept);
    assert!(aggregated.contains(r#""resource":"deployments""#));
    let names: Vec<_> =
        legacy["resources"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert!(names.contains(&json!("deployments/scale")));
}

#[tokio::test]
async fn a_table_is_what_kubectl_prints() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("web")).await;

    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let (_, text) = with_accept(&admin, PODS, accept).await;

    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(table["kind"], "Table");
    assert_eq!(table["columnDefinitions"][0]["name"], "Name");
    assert_eq!(table["rows"][0]["cells"][2], "Pending");
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_not_offered_not_allowed() {
    let server = Server::start().await;
    let admin = server.admin();

    let unknown = admin.get("/apis/example.com/v1/things").await;
    let no_list = admin.get("/api/v1/namespaces/lab/bindings").await;
    let no_form = with_accept(&admin, PODS, "text/html").await;

    assert_eq!(unknown.code, 404);
    assert_eq!(unknown.message(), "the server could not find the requested resource");
    assert_eq!(no_list.code, 405);
    assert!(no_form.1.contains("NotAcceptable"), "{}", no_form.1);
}

#[tokio::test]
async fn yaml_is_read_and_written() {
    let server = Server::start().await;
    let admin = server.admin();
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'on'}\n";

    let created = admin.send(Method::POST, CONFIG_MAPS, "application/yaml", yaml.into()).await;
    let (_, text) = with_accept(&admin, &format!("{CONFIG_MAPS}/c"), "application/yaml").await;

    assert_eq!(created.body["data"], json!({"a": "on"}));
    assert!(text.contains("kind: ConfigMap"), "{text}");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_broken_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();

    let large = vec![b' '; (3 << 20) + 1];
    let large = admin.send(Method::POST, CONFIG_MAPS, "application/json", large).await;
    let broken = b"{\"metadata\":".to_vec();
    let broken = admin.send(Method::POST, CONFIG_MAPS, "application/json", broken).await;

    assert_eq!(large.code, 413);
    assert_eq!((broken.code, broken.reason()), (400, "BadRequest"));
}

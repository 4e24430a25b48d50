//! What clients other than ours rely on: discovery, forms, errors, limits.

use http::{Method, Request};
use serde_json::json;

use crate::server::{Actor, CONFIG_MAPS, DEPLOYMENTS, PODS, Server, deployment, pod};

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

#[tokio::test]
async fn an_answer_says_first_what_it_is_and_ends_its_line() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("web")).await;

    let (_, one) = with_accept(&admin, &format!("{PODS}/web"), "application/json").await;
    let (_, list) = with_accept(&admin, PODS, "application/json").await;
    let (_, version) = with_accept(&admin, "/version", "application/json").await;

    let begins =
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"lab","uid""#;
    assert!(one.starts_with(begins) && one.ends_with("}\n"), "{one}");
    assert!(list.starts_with(r#"{"kind":"PodList","apiVersion":"v1","metadata""#), "{list}");
    assert!(list.ends_with("]}\n"), "{list}");
    assert!(version.starts_with("{\n  \"major\": \"1\",\n  \"minor\""), "{version}");
}

#[tokio::test]
async fn a_scale_has_a_table_of_its_own() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;

    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let (_, text) = with_accept(&admin, &format!("{DEPLOYMENTS}/web/scale"), accept).await;

    let table: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(table["columnDefinitions"][1]["name"], "Desired");
    assert_eq!(table["rows"][0]["cells"][0], "web");
}

#[tokio::test]
async fn the_older_schemas_come_in_a_media_type_that_go_can_parse() {
    let server = Server::start().await;

    let (media, _) = with_accept(&server.admin(), "/openapi/v2", "*/*").await;

    assert!(!media.contains('@'), "{media}");
}

#[tokio::test]
async fn a_refusal_does_not_swallow_the_warnings() {
    let server = Server::start().await;
    let pod = json!({"metadata": {"name": "A"}, "spec": {"nosuch": 1, "containers": []}});
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{PODS}?fieldValidation=Warn"))
        .header("content-type", "application/json")
        .body(kube::client::Body::from(pod.to_string().into_bytes()))
        .unwrap();

    let response = server.admin().0.send(request).await.unwrap();

    assert_eq!(response.status(), 422);
    assert_eq!(response.headers()["warning"], r#"299 - "unknown field \"spec.nosuch\"""#);
}

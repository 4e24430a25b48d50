//! The objects of a lab: the picture, and one in full.

use http::StatusCode;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Secret, Service};
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};

async fn create<K>(learner: &Actor, lab: &Value, object: Value)
where
    K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
        + serde::de::DeserializeOwned
        + serde::Serialize
        + Clone
        + std::fmt::Debug,
{
    let namespace = lab["dp_namespace"].as_str().unwrap();
    let api: Api<K> = Api::namespaced(learner.cluster().await, namespace);
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
}

/// The lessons' own server: a Deployment of two, and a Service in front of them.
fn echo() -> [Value; 2] {
    let text = include_str!("../../../content/files/labs/echo.yaml");
    let (deployment, service) = text.split_once("\n---\n").unwrap();
    [deployment, service].map(|text| serde_saphyr::from_str(text).unwrap())
}

/// Asks again until something holds; the test's patience is the limit.
async fn until(learner: &Actor, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let answer = learner.get(path).await.json();
        if holds(&answer) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} never comes to what is waited for: {}", learner.get(path).await.text);
}

fn edges<'a>(picture: &'a Value, relation: &str) -> Vec<&'a Value> {
    let edges = picture["edges"].as_array().unwrap();
    edges.iter().filter(|edge| edge["relation"] == relation).collect()
}

#[tokio::test]
async fn the_picture_leads_from_services_and_deployments_to_pods() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let [deployment, service] = echo();
    create::<Deployment>(&ada, &lab, deployment).await;
    create::<Service>(&ada, &lab, service).await;

    let picture =
        until(&ada, "/api/v1/lab/architecture", |picture| edges(picture, "routes").len() == 2)
            .await;

    let nodes = picture["nodes"].as_array().unwrap();
    let kinds: Vec<&str> = nodes.iter().map(|node| node["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Service", "Deployment", "ReplicaSet", "Pod", "Pod"], "{picture}");
    assert_eq!(edges(&picture, "owns").len(), 3);
    assert!(nodes.iter().all(|node| node["plane"] == "dp"));
    let ids: Vec<&Value> = nodes.iter().map(|node| &node["id"]).collect();
    for edge in picture["edges"].as_array().unwrap() {
        assert!(ids.contains(&&edge["from"]) && ids.contains(&&edge["to"]), "{edge}");
    }
}

#[tokio::test]
async fn a_secret_is_shown_without_its_values() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let secret = json!({"metadata": {"name": "pair"}, "stringData": {"key": "hunter2"}});
    create::<Secret>(&ada, &lab, secret).await;

    let detail = ada.get("/api/v1/lab/objects/dp/Secret/pair").await.json();

    assert_eq!(detail["redacted"], true, "{detail}");
    assert!(detail["yaml"].as_str().unwrap().contains("<7 bytes>"), "{detail}");
    assert!(!detail.to_string().contains("aHVudGVy"), "{detail}");
}

#[tokio::test]
async fn a_pod_is_shown_with_its_owners_and_its_events() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let [deployment, _] = echo();
    create::<Deployment>(&ada, &lab, deployment).await;
    let tree =
        until(&ada, "/api/v1/lab/objects", |tree| tree.to_string().contains("\"Pod\"")).await;
    let objects = tree["objects"].as_array().unwrap();
    let pod = objects.iter().find(|one| one["kind"] == "Pod").unwrap()["name"].as_str().unwrap();

    let path = format!("/api/v1/lab/objects/dp/Pod/{pod}");
    let detail = until(&ada, &path, |detail| detail["events"][0].is_object()).await;

    let owners: Vec<&str> = detail["owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(owners, ["ReplicaSet", "Deployment"]);
    assert!(
        detail["yaml"].as_str().unwrap().starts_with("apiVersion: v1\nkind: Pod\n"),
        "{detail}"
    );
    assert!(!detail["yaml"].as_str().unwrap().contains("managedFields"));
    assert!(detail["events"].to_string().contains("Scheduled"), "{detail}");
    assert!(detail["command"].as_str().unwrap().starts_with("kubectl -n "));
}

#[tokio::test]
async fn what_is_not_in_the_lab_cannot_be_looked_at() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;

    for path in ["dp/Pod/nothing", "dp/Node/node-1", "cp/Secret/..", "dp/ClusterRole/hangar-server"]
    {
        let answer = ada.get(&format!("/api/v1/lab/objects/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = ada.get("/api/v1/lab/objects/box/Pod/toolbox").await;
    assert_eq!(answer.json()["code"], "not-found");
}

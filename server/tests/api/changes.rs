//! Back to clean, and to the start of an exercise, each after a preview; labs end with their class.

use std::fs;
use std::path::Path;
use std::time::Duration;

use http::StatusCode;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};

async fn maps(learner: &Actor, lab: &Value) -> Api<ConfigMap> {
    Api::namespaced(learner.cluster().await, lab["cp_namespace"].as_str().unwrap())
}

async fn leave_something(learner: &Actor, lab: &Value) {
    let mine = serde_json::from_value(json!({"metadata": {"name": "mine"}})).unwrap();
    maps(learner, lab).await.create(&PostParams::default(), &mine).await.unwrap();
}

async fn names(learner: &Actor, lab: &Value) -> Vec<String> {
    let found = maps(learner, lab).await.list(&ListParams::default()).await.unwrap();
    found.items.into_iter().filter_map(|one| one.metadata.name).collect()
}

#[tokio::test]
async fn a_reset_says_what_goes_and_then_makes_a_new_lab() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    leave_something(&ada, &lab).await;

    let preview = ada.post("/api/v1/lab/reset", json!({"dry_run": true})).await;
    assert_eq!(preview.status, StatusCode::OK);
    let preview = preview.json();
    assert_eq!(preview["done"], false);
    assert_eq!(preview["removes"], json!([{"plane": "cp", "kind": "ConfigMap", "name": "mine"}]));
    assert_eq!(ada.get("/api/v1/lab").await.json()["cp_namespace"], lab["cp_namespace"]);

    let mut events = ada.events(None).await;
    let done = ada.post("/api/v1/lab/reset", Value::Null).await;
    assert_eq!((done.status, &done.json()["done"]), (StatusCode::ACCEPTED, &json!(true)));
    let new = |event: &crate::app::Event| {
        event.data["state"] == "ready" && event.data["cp_namespace"] != lab["cp_namespace"]
    };
    events.until(|event| event.name == "lab" && new(event)).await;
}

/// The built-in course with one text of one file replaced.
pub(crate) fn course_with(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("../content"), folder.path());
    let file = folder.path().join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "the file has changed");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
    folder
}

#[tokio::test]
async fn catching_up_clears_the_lab_and_makes_what_the_exercise_builds_on() {
    let content = course_with(
        "lessons/03-kubernetes-architecture/exercises/scheduler-says-no.yaml",
        "steps:",
        "after: [your-two-namespaces]\nsteps:",
    );
    let app = TestApp::start_with(&["--content", content.path().to_str().unwrap()]).await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    leave_something(&ada, &lab).await;

    let body = json!({"exercise": "scheduler-says-no", "dry_run": true});
    let preview = ada.post("/api/v1/lab/catch-up", body).await.json();
    assert_eq!(preview["change"], "caught-up", "{preview}");
    assert_eq!(preview["removes"][0]["name"], "mine");
    assert_eq!(preview["solves"][0]["exercise"], "your-two-namespaces");
    assert!(names(&ada, &lab).await.contains(&"mine".to_owned()));

    let mut events = ada.events(None).await;
    let body = json!({"exercise": "scheduler-says-no"});
    let done = ada.post("/api/v1/lab/catch-up", body).await;

    assert_eq!(done.json()["done"], true, "{}", done.text);
    let left = names(&ada, &lab).await;
    assert!(left.contains(&"hello".to_owned()) && !left.contains(&"mine".to_owned()), "{left:?}");
    events.until(|event| event.name == "progress" && event.data["state"] == "passed").await;
}

#[tokio::test]
async fn an_exercise_that_builds_on_nothing_starts_from_empty_namespaces() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    leave_something(&ada, &lab).await;

    let body = json!({"exercise": "your-two-namespaces"});
    let done = ada.post("/api/v1/lab/catch-up?lang=pt", body).await.json();

    assert_eq!((&done["done"], &done["solves"]), (&json!(true), &json!([])), "{done}");
    assert_eq!(names(&ada, &lab).await, ["kube-root-ca.crt"]);
    let unknown = ada.post("/api/v1/lab/catch-up", json!({"exercise": "nothing"})).await;
    assert_eq!(unknown.json()["code"], "exercise-unknown");
}

#[tokio::test]
async fn labs_end_with_their_class() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let hour = 3_600_000;
    let class = json!({
        "name": "Short", "language": "en", "seats": 2, "ends": app.inner.ambient.now() + hour
    });
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let ada = app.join_class(class["code"].as_str().unwrap(), "Ada").await;
    let lab = ada.start_lab().await;
    assert_eq!(lab["expires_at"], class["ends"], "the lab says when it ends");
    let extended = ada.post("/api/v1/lab/extend", Value::Null).await.json();
    assert_eq!(extended["expires_at"], class["ends"], "a class is not outlived");
    let mut events = ada.events(None).await;

    app.skip(Duration::from_hours(1));

    events.until(|event| event.name == "lab" && event.data["state"] == "ended").await;
    let again = ada.post("/api/v1/lab", Value::Null).await;
    assert_eq!(again.json()["code"], "class-ended");
}

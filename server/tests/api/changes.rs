//! Back to clean, and to the start of an exercise, each after a preview; labs end with their class.

use std::fs;
use std::path::Path;
use std::time::Duration;

use http::StatusCode;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};
use tempfile::TempDir;

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
pub(crate) fn course_with(file: &str, from: &str, to: &str) -> TempDir {
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

/// Changes a file of a course in a folder once more.
pub(crate) fn change(course: &TempDir, file: &str, from: &str, to: &str) {
    let file = course.path().join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{} has changed", file.display());
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

/// The built-in course, in which an exercise builds on these.
fn course_after(ids: &str) -> TempDir {
    let after = format!("after: [{ids}]\nsteps:");
    let file = "lessons/03-kubernetes-architecture/exercises/scheduler-says-no.yaml";
    course_with(file, "steps:", &after)
}

async fn server_with(course: &TempDir) -> TestApp {
    TestApp::start_with(&["--content", course.path().to_str().unwrap()]).await
}

/// The steps of a lab that is caught up, as words: how far each is.
fn steps(lab: &Value) -> Vec<(String, String)> {
    let steps = lab["catching_up"]["steps"].as_array().cloned().unwrap_or_default();
    let word = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    steps.iter().map(|step| (word(step, "id"), word(step, "state"))).collect()
}

fn is(step: &str, state: &str) -> (String, String) {
    (step.to_owned(), state.to_owned())
}

#[tokio::test]
async fn catching_up_clears_the_lab_and_tells_each_step() {
    let content = course_after("your-two-namespaces");
    let app = server_with(&content).await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    leave_something(&ada, &lab).await;

    let body = json!({"exercise": "scheduler-says-no", "dry_run": true});
    let preview = ada.post("/api/v1/lab/catch-up", body).await.json();
    assert_eq!(preview["change"], "caught-up", "{preview}");
    assert_eq!(preview["removes"][0]["name"], "mine");
    assert_eq!(preview["solves"][0]["exercise"], "your-two-namespaces");
    assert_eq!((&preview["obstacle"], &preview["done"]), (&Value::Null, &json!(false)));
    assert!(names(&ada, &lab).await.contains(&"mine".to_owned()));

    let mut events = ada.events(None).await;
    let body = json!({"exercise": "scheduler-says-no"});
    let begun = ada.post("/api/v1/lab/catch-up", body).await;
    assert_eq!((begun.status, &begun.json()["done"]), (StatusCode::ACCEPTED, &json!(true)));
    let mut told = Vec::new();
    let clearing = [is("clear", "running"), is("your-two-namespaces", "waiting")];
    let solving = [is("clear", "done"), is("your-two-namespaces", "running")];
    loop {
        let lab = events.until(|event| event.name == "lab").await.data;
        let now = steps(&lab);
        if now.is_empty() && !told.is_empty() {
            break;
        }
        if !now.is_empty() && told.last() != Some(&now) {
            told.push(now);
        }
    }

    assert_eq!(told, [clearing.to_vec(), solving.to_vec()]);
    let left = names(&ada, &lab).await;
    assert!(left.contains(&"hello".to_owned()) && !left.contains(&"mine".to_owned()), "{left:?}");
    let passed = |event: &crate::app::Event| event.data["state"] == "passed";
    let mut picture = ada.events(None).await;
    picture.until(|event| event.name == "progress" && passed(event)).await;
}

#[tokio::test]
async fn a_catch_up_that_breaks_off_says_what_was_done_and_what_to_do_until_the_next() {
    let content = course_after("your-two-namespaces");
    let page = "lessons/01-hybrid-mode-intro/en.md";
    change(&content, page, "create configmap hello", "create configmapp hello");
    let app = server_with(&content).await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut events = ada.events(None).await;

    ada.post("/api/v1/lab/catch-up", json!({"exercise": "scheduler-says-no"})).await;

    let broken = |event: &crate::app::Event| event.data["catching_up"]["problem"].is_string();
    let lab = events.until(broken).await.data;
    assert_eq!(steps(&lab), [is("clear", "done"), is("your-two-namespaces", "failed")]);
    let problem = lab["catching_up"]["problem"].as_str().unwrap();
    assert!(problem.starts_with("`kubectl -n $CP_NS create configmapp hello"), "{problem}");
    assert!(problem.contains("Try again") && problem.contains("reset your lab"), "{problem}");
    // A page that is loaded now shows it, without a script too, and in its language.
    let page = ada.get("/es/lessons/kubernetes-architecture").await.text;
    assert!(page.contains("no terminó como debía"), "the pill says why");
    // The next one, here to an exercise that builds on nothing, begins anew.
    ada.post("/api/v1/lab/catch-up", json!({"exercise": "your-two-namespaces"})).await;
    let over = |event: &crate::app::Event| event.name == "lab" && steps(&event.data).is_empty();
    events.until(over).await;
}

#[tokio::test]
async fn a_catch_up_that_cannot_be_done_says_so_before_anything_is_removed() {
    let unknown = course_after("nobody-wrote-this");
    let shells = course_after("your-two-namespaces");
    let without_solution = server_with(&unknown).await;
    let folder = shells.path().to_str().unwrap();
    let more = ["--content", folder, "--toolbox-image", "nothing:1"];
    let without_shell = TestApp::start_with(&more).await;
    let cases = [
        (without_solution, "catch-up-impossible", "the course does not say how"),
        (without_shell, "no-shell", "no shell runs in labs"),
    ];
    for (app, code, words) in cases {
        let ada = app.join("Ada").await;
        let lab = ada.start_lab().await;
        leave_something(&ada, &lab).await;

        let body = json!({"exercise": "scheduler-says-no", "dry_run": true});
        let preview = ada.post("/api/v1/lab/catch-up", body).await.json();
        let refused =
            ada.post("/api/v1/lab/catch-up", json!({"exercise": "scheduler-says-no"})).await;

        assert!(preview["obstacle"].as_str().unwrap().contains(words), "{preview}");
        assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::CONFLICT, &json!(code)));
        assert!(names(&ada, &lab).await.contains(&"mine".to_owned()), "nothing was removed");
        assert_eq!(ada.get("/api/v1/lab").await.json()["catching_up"], Value::Null);
    }
}

#[tokio::test]
async fn an_exercise_that_builds_on_nothing_starts_from_empty_namespaces() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    leave_something(&ada, &lab).await;
    let mut events = ada.events(None).await;

    let body = json!({"exercise": "your-two-namespaces"});
    let begun = ada.post("/api/v1/lab/catch-up?lang=pt", body).await.json();

    assert_eq!((&begun["done"], &begun["solves"]), (&json!(true), &json!([])), "{begun}");
    events.until(|event| event.name == "lab" && !steps(&event.data).is_empty()).await;
    events.until(|event| event.name == "lab" && steps(&event.data).is_empty()).await;
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

//! The instructor's side.

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let app = TestApp::start().await;
    let token = app.inner.first_sign_in().await.unwrap().unwrap();
    let body = json!({"token": token});

    let page = app.anyone().get(&format!("/en/teach/sign-in?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let first = app.anyone().post("/api/v1/teach/sign-in", body.clone()).await;
    let second = app.anyone().post("/api/v1/teach/sign-in", body).await;

    assert_eq!(first.status, StatusCode::NO_CONTENT);
    assert_eq!(second.json()["code"], "link-used");
    assert!(app.inner.first_sign_in().await.unwrap().is_none());
}

#[tokio::test]
async fn the_grid_shows_who_is_where_and_why() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let class = json!({"name": "Monday", "language": "en", "seats": 3});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let code = class["code"].as_str().unwrap();
    let ada = app.join_class(&code.to_lowercase(), "Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    crate::labs::say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;
    events.until(|event| event.name == "check" && event.data["state"] == "passed").await;

    let grid = teacher.get(&format!("/api/v1/teach/classes/{code}/grid?lang=pt")).await.json();

    assert_eq!(grid["rows"][0]["name"], "Ada");
    let at = grid["exercises"].as_array().unwrap().iter();
    let at = at.clone().position(|one| one == "your-two-namespaces").unwrap();
    let cell = &grid["rows"][0]["cells"][at];
    assert_eq!((&cell["state"], &cell["passed"]), (&json!("in-progress"), &json!(1)), "{cell}");
    assert_eq!(cell["check"], "dp-hello", "{cell}");
    assert_eq!(cell["reason"]["code"], "missing-object", "{cell}");
    assert!(cell["reason"]["text"].as_str().unwrap().contains("Não"), "{cell}");
    assert!(cell["since"].is_i64(), "{cell}");
    assert_eq!(grid["rows"][0]["lab"], "ready");
    let columns = grid["exercises"].as_array().unwrap().len();
    assert_eq!(grid["rows"][0]["cells"].as_array().unwrap().len(), columns);

    let learner = grid["rows"][0]["learner"].as_str().unwrap();
    let path = format!("/api/v1/teach/classes/{code}/learners/{learner}");
    let extended = teacher.post(&format!("{path}/extend"), Value::Null).await;
    assert_eq!(extended.status, StatusCode::NO_CONTENT, "{}", extended.text);
    let elsewhere = format!("/api/v1/teach/classes/open/learners/{learner}/end");
    let foreign = teacher.post(&elsewhere, Value::Null).await;
    assert_eq!(foreign.json()["code"], "learner-unknown");
    let ended = teacher.post(&format!("{path}/end"), Value::Null).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn what_the_instructor_says_reaches_everyone() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let ada = app.join("Ada").await;
    let mut events = ada.events(None).await;

    let said = json!({"text": "Five minutes left"});
    let answer = teacher.post("/api/v1/teach/classes/open/announce", said).await;

    assert_eq!(answer.json()["learners"], 1, "{}", answer.text);
    let heard = events.until(|event| event.name == "announcement").await;
    assert_eq!(heard.data["text"], "Five minutes left");
}

#[tokio::test]
async fn who_signs_out_gets_in_again_with_a_new_link() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;

    let left = teacher.post("/api/v1/teach/sign-out", Value::Null).await;

    assert_eq!(left.status, StatusCode::NO_CONTENT);
    assert_eq!(teacher.get("/api/v1/teach/classes").await.json()["code"], "instructor-only");
    let again = app.instructor().await;
    assert_eq!(again.get("/api/v1/teach/classes").await.status, StatusCode::OK);
}

//! Raised hands and announcements: heard at once, and still there on the next page.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Actor, TestApp};
use crate::labs::say_hello;

async fn hand_in_grid(teacher: &Actor) -> Value {
    let grid = teacher.get("/api/v1/teach/classes/open/grid").await.json();
    grid["rows"][0]["help"].clone()
}

#[tokio::test]
async fn a_raised_hand_is_seen_until_it_is_lowered() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let ada = app.join("Ada").await;
    let mut events = ada.events(None).await;

    let first = ada.post("/api/v1/help", json!({"note": "Stuck at step 2"})).await.json();
    let raised =
        events.until(|event| event.name == "help" && event.data["raised_at"].is_i64()).await;
    assert_eq!(raised.data["note"], "Stuck at step 2");
    app.skip(Duration::from_mins(1));
    let again = ada.post("/api/v1/help", Value::Null).await.json();
    assert_eq!(again["raised_at"], first["raised_at"], "the place in the line is kept");
    assert_eq!(hand_in_grid(&teacher).await["raised_at"], first["raised_at"]);

    let me = teacher.get("/api/v1/teach/classes/open/grid").await.json();
    let learner = me["rows"][0]["learner"].as_str().unwrap();
    let path = format!("/api/v1/teach/classes/open/learners/{learner}/help");
    assert_eq!(teacher.delete(&path).await.status, StatusCode::NO_CONTENT);

    events.until(|event| event.name == "help" && event.data["raised_at"].is_null()).await;
    assert_eq!(hand_in_grid(&teacher).await["raised_at"], Value::Null);
    assert_eq!(ada.get("/api/v1/help").await.json()["raised_at"], Value::Null);
    let long = ada.post("/api/v1/help", json!({"note": "x".repeat(301)})).await;
    assert_eq!(long.json()["code"], "name-too-long");
}

#[tokio::test]
async fn an_announcement_is_on_every_page_until_it_is_put_away_or_old() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let ada = app.join("Ada").await;
    let say = json!({"text": "Five <b>minutes</b> left"});
    teacher.post("/api/v1/teach/classes/open/announce", say).await;
    let shown = "Five &lt;b&gt;minutes";

    let late = app.join("Bea").await;
    for learner in [&ada, &late] {
        assert!(learner.get("/pt/").await.text.contains(shown), "also who joined later");
        let first = learner.events(None).await.until(|event| event.name == "announcement").await;
        assert_eq!(first.data["text"], "Five <b>minutes</b> left");
    }

    let at = app.inner.ambient.now();
    let dismissed = ada.post("/api/v1/announcements/dismiss", json!({"at": at})).await;
    assert_eq!(dismissed.status, StatusCode::NO_CONTENT);
    assert!(!ada.get("/pt/").await.text.contains(shown));
    app.skip(Duration::from_hours(13));
    assert!(!late.get("/pt/").await.text.contains(shown), "old words are not news");
}

#[tokio::test]
async fn words_to_some_are_heard_by_exactly_those() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let (ada, bea) = (app.join("Ada").await, app.join("Bea").await);
    let id = ada.get("/api/v1/me").await.json()["id"].clone();

    let said = json!({"text": "Look at the selector", "learners": [id]});
    let told = teacher.post("/api/v1/teach/classes/open/announce", said).await;

    assert_eq!(told.json()["learners"], 1);
    assert!(ada.get("/en/").await.text.contains("Look at the selector"));
    assert!(!bea.get("/en/").await.text.contains("Look at the selector"));
    let stranger = json!({"text": "Hello", "learners": ["nobody"]});
    let refused = teacher.post("/api/v1/teach/classes/open/announce", stranger).await;
    assert_eq!(refused.json()["code"], "learner-unknown");
    let nothing = teacher.post("/api/v1/teach/classes/open/announce", json!({"text": " "})).await;
    assert_eq!(nothing.json()["code"], "text-empty");
}

#[tokio::test]
async fn who_stands_before_the_same_cause_is_one_group() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    for name in ["Ada", "Bea"] {
        let learner = app.join(name).await;
        let lab = learner.start_lab().await;
        let mut events = learner.events(None).await;
        say_hello(&learner, lab["cp_namespace"].as_str().unwrap(), "control").await;
        say_hello(&learner, lab["dp_namespace"].as_str().unwrap(), name).await;
        // At first there is none; what is waited for is the one with another value.
        let told = |event: &crate::app::Event| {
            event.data["check"] == "dp-hello" && event.data["reason"]["code"] != "missing-object"
        };
        events.until(told).await;
    }

    let stuck = teacher.get("/api/v1/teach/classes/open/stuck").await.json();

    let groups = stuck.as_array().unwrap();
    assert_eq!(groups.len(), 1, "each found another value, and it is the same problem: {stuck}");
    assert_eq!(groups[0]["check"], "dp-hello");
    assert_eq!(groups[0]["learners"].as_array().unwrap().len(), 2);
}

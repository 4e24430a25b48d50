//! Joining: codes, names, seats.

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn whoever_joins_is_known_until_she_deletes_herself() {
    let app = TestApp::start().await;
    let ada = app.join("  Ada <b>Lovelace</b> ").await;

    let me = ada.get("/api/v1/me").await.json();
    assert_eq!(me["name"], "Ada <b>Lovelace</b>");
    assert_eq!(me["class_code"], "open");

    assert_eq!(ada.delete("/api/v1/me").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.get("/api/v1/me").await.json()["code"], "signed-out");
}

#[tokio::test]
async fn what_cannot_be_joined_says_why_in_the_readers_language() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let join = |code: &str, name: &str| {
        let path = format!("/api/v1/classes/{code}/join?lang=pt");
        let body = json!({"name": name, "language": "pt"});
        let anyone = anyone.clone();
        async move { anyone.post(&path, body).await }
    };

    for (code, name, problem) in [
        ("NOPE-NOPE", "Ada", "class-unknown"),
        ("open", " \u{200b} ", "name-empty"),
        ("open", &"x".repeat(10_000), "name-too-long"),
    ] {
        let answer = join(code, name).await;
        let body = answer.json();
        assert_eq!(body["code"], problem);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(!body["title"].as_str().unwrap().contains("problem-"), "{body}");
        assert!(body["next"].is_string(), "{body}");
    }
    let answer = anyone.post("/api/v1/classes/open/join", json!({"name": "Ada", "language": "xx"}));
    assert_eq!(answer.await.json()["code"], "malformed");
}

#[tokio::test]
async fn a_class_never_has_more_learners_than_seats() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let class = json!({"name": "Small", "language": "es", "seats": 5});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let path = format!("/api/v1/classes/{}/join", class["code"].as_str().unwrap());

    let anyone = app.anyone();
    let joins = (0..20).map(|number| {
        let body = json!({"name": format!("Learner {number}"), "language": "es"});
        anyone.post(&path, body)
    });
    let answers = join_all(joins).await;

    let joined = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let refused = answers.iter().filter(|answer| answer.text.contains("class-full")).count();
    assert_eq!((joined, refused), (5, 15));
}

#[tokio::test]
async fn a_class_that_has_not_begun_or_is_over_cannot_be_joined() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let now = app.inner.ambient.now();
    let hour = 3_600_000;

    for (starts, ends, problem) in [
        (now + hour, now + 2 * hour, "class-not-started"),
        (now - 2 * hour, now - hour, "class-ended"),
    ] {
        let class =
            json!({"name": "C", "language": "en", "seats": 5, "starts": starts, "ends": ends});
        let class = teacher.post("/api/v1/teach/classes", class).await.json();
        let path = format!("/api/v1/classes/{}/join", class["code"].as_str().unwrap());
        let answer = app.anyone().post(&path, json!({"name": "Ada", "language": "en"})).await;
        assert_eq!(answer.json()["code"], problem);
    }
}

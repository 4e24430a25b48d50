//! Events resume without gap or double.

use std::collections::BTreeSet;
use std::time::Duration;

use hangar::http::Kind;
use http::StatusCode;
use serde_json::Value;

use crate::app::{Event, TestApp};

#[tokio::test]
async fn a_stream_that_was_cut_goes_on_without_gap_or_double() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let mut all = ada.events(Some(0)).await;
    let mut seen: Vec<Event> = Vec::new();
    loop {
        let event = all.next().await.unwrap();
        let ready = event.name == "lab" && event.data["state"] == "ready";
        seen.push(event);
        if ready {
            break;
        }
    }
    let numbers: Vec<i64> = seen.iter().filter_map(|event| event.id).collect();
    assert_eq!(numbers, (1..=numbers.len().try_into().unwrap()).collect::<Vec<i64>>());

    for cut in 0..numbers.len() - 1 {
        let mut rest = ada.events(Some(numbers[cut])).await;
        for expected in &seen[cut + 1..] {
            let event = rest.next().await.unwrap();
            assert_eq!((event.id, &event.data), (expected.id, &expected.data));
        }
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_learner_leaves() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let mut events = ada.events(None).await;
    events.next().await.unwrap();

    let answer = ada.post("/en/me/leave", Value::Null).await;

    assert!(answer.status.is_redirection(), "{}", answer.text);
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn whoever_looks_hears_that_the_labs_objects_have_changed() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    events.until(|event| event.name == "lab").await;

    crate::labs::say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;

    let changed = events.until(|event| event.name == "objects").await;
    assert!(changed.id.is_none() && changed.data["revision"].is_u64(), "{changed:?}");
}

#[tokio::test]
async fn a_stream_that_goes_on_hears_of_the_labs_objects_too() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    let last = events.until(|event| event.name == "lab").await.id;
    assert!(last.is_some());

    let mut resumed = ada.events(last).await;

    // What has changed while the line was cut is not known: there is one look at once.
    let missed = resumed.until(|event| event.name == "objects").await;
    crate::labs::say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;
    let later = |event: &Event| {
        event.name == "objects"
            && event.data["revision"].as_u64() > missed.data["revision"].as_u64()
    };
    resumed.until(later).await;
}

#[tokio::test]
async fn too_many_streams_of_one_learner_are_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let (ada, bea) = (app.join("Ada").await, app.join("Bea").await);
    let mut streams = Vec::new();
    for _ in 0..32 {
        let mut events = ada.events(None).await;
        events.next().await.unwrap();
        streams.push(events);
    }

    let mut titles = BTreeSet::new();
    for language in ["en", "pt", "es"] {
        let answer = ada.get(&format!("/api/v1/events?lang={language}")).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers["retry-after"], "10");
        let problem = answer.json();
        assert_eq!(problem["code"], "too-many-open");
        assert!(problem["title"].as_str().unwrap().contains("32"), "{problem}");
        assert!(problem["next"].is_string(), "{problem}");
        titles.insert(problem["title"].to_string());
    }
    assert_eq!(titles.len(), 3, "each language has its own words: {titles:?}");
    bea.events(None).await.next().await.unwrap();

    // An event that cannot be sent tells that a window has gone; its place is free then.
    streams.clear();
    let patience = tokio::time::timeout(Duration::from_mins(1), async {
        loop {
            ada.post("/api/v1/help", Value::Null).await;
            ada.delete("/api/v1/help").await;
            if app.inner.open.count(Kind::Events) < 32 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    patience.await.expect("places are given back");
    ada.events(None).await.next().await.unwrap();
}

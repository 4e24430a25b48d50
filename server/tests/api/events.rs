//! Events resume without gap or double.

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

//! Watches: nothing lost, doubled or out of order.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{AsyncBufReadExt as _, StreamExt as _};
use http::Request;
use serde_json::{Value, json};

use crate::server::{Actor, CONFIG_MAPS, PODS, Server, pod};

/// The events of a watch, until `done` says that the last one was seen.
async fn watch(actor: &Actor, path: &str, mut done: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let request = Request::builder().uri(path).body(Vec::new()).unwrap();
    let mut lines = actor.0.request_stream(request).await.unwrap().lines();
    let mut events = Vec::new();
    while let Some(line) = lines.next().await {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let is_last = done(&event);
        events.push(event);
        if is_last {
            break;
        }
    }
    events
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|it| it["type"].as_str().unwrap()).collect()
}

fn revision(event: &Value) -> u64 {
    event["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_streamed_list_ends_with_a_bookmark() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("a")).await;

    let path = format!(
        "{PODS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan\
         &allowWatchBookmarks=true"
    );
    let events = watch(&admin, &path, |it| it["type"] == "BOOKMARK").await;

    assert_eq!(kinds(&events), ["ADDED", "BOOKMARK"]);
    let annotations = &events[1]["object"]["metadata"]["annotations"];
    assert_eq!(annotations["k8s.io/initial-events-end"], "true");
    assert_eq!(events[1]["object"]["kind"], "Pod");
}

#[tokio::test]
async fn an_object_that_leaves_the_selection_is_deleted_for_the_watch() {
    let server = Server::start().await;
    let admin = server.admin();
    let from = admin.get(PODS).await.body["metadata"]["resourceVersion"].clone();
    admin.create(PODS, &pod("a")).await;
    let patch = json!({"metadata": {"labels": {"app": "other"}}});
    admin.patch(&format!("{PODS}/a"), "merge-patch+json", &patch).await;

    let path = format!(
        "{PODS}?watch=true&labelSelector=app%3Da&resourceVersion={}",
        from.as_str().unwrap()
    );
    let events = watch(&admin, &path, |it| it["type"] == "DELETED").await;

    assert_eq!(kinds(&events), ["ADDED", "DELETED"]);
    assert_eq!(events[1]["object"]["metadata"]["labels"]["app"], "a");
    assert!(revision(&events[1]) > revision(&events[0]));
}

#[tokio::test]
async fn a_watch_that_starts_too_far_back_is_told_so() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;
    let big = "x".repeat(200_000);
    for step in 0..60 {
        let patch = json!({"data": {"a": format!("{step}{big}")}});
        admin.patch(&format!("{CONFIG_MAPS}/c"), "merge-patch+json", &patch).await;
    }

    let path = format!("{CONFIG_MAPS}?watch=true&resourceVersion=1");
    let events = watch(&admin, &path, |_| false).await;

    assert_eq!(kinds(&events), ["ERROR"]);
    assert_eq!(events[0]["object"]["code"], 410);
    assert_eq!(events[0]["object"]["reason"], "Expired");
}

#[tokio::test]
async fn watches_end_when_the_server_stops() {
    let server = Server::start().await;
    let admin = server.admin();
    let stop = server.stop.clone();
    let path = format!("{PODS}?watch=true");

    let watching = tokio::spawn(async move { watch(&admin, &path, |_| false).await });
    tokio::task::yield_now().await;
    stop.cancel();

    let ended = tokio::time::timeout(Duration::from_secs(5), watching).await;
    assert!(ended.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_every_watch_sees_every_change_once_and_in_order() {
    let server = Server::start().await;
    let admin = server.admin();
    let path = format!("{CONFIG_MAPS}?watch=true&resourceVersion=1");
    let watches: Vec<_> = (0..20)
        .map(|_| {
            let (admin, path) = (admin.clone(), path.clone());
            tokio::spawn(async move {
                watch(&admin, &path, |it| it["object"]["metadata"]["name"] == "last").await
            })
        })
        .collect();

    let writers = (0..8).map(|writer| {
        let admin = admin.clone();
        async move {
            let name = format!("c{writer}");
            admin.create(CONFIG_MAPS, &json!({"metadata": {"name": name}})).await;
            for step in 0..40 {
                let patch = json!({"data": {"step": step.to_string()}});
                let path = format!("{CONFIG_MAPS}/{name}");
                assert_eq!(admin.patch(&path, "merge-patch+json", &patch).await.code, 200);
            }
            admin.delete(&format!("{CONFIG_MAPS}/{name}")).await;
        }
    });
    futures::future::join_all(writers).await;
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "last"}})).await;

    for seen in futures::future::join_all(watches).await {
        let events = seen.unwrap();
        assert_eq!(events.len(), 8 * 42 + 1);
        assert!(events.windows(2).all(|it| revision(&it[0]) < revision(&it[1])));
        let mut steps: BTreeMap<String, i64> = BTreeMap::new();
        for event in events.iter().filter(|it| it["type"] == "MODIFIED") {
            let name = event["object"]["metadata"]["name"].as_str().unwrap().to_owned();
            let step = event["object"]["data"]["step"].as_str().unwrap().parse().unwrap();
            let before = steps.insert(name, step).unwrap_or(-1);
            assert_eq!(step, before + 1);
        }
    }
}

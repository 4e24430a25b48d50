//! Deleting: graceful, held back, and of namespaces.

use serde_json::json;

use crate::server::{CONFIG_MAPS, DEPLOYMENTS, PODS, Server, deployment, pod};

#[tokio::test]
async fn a_pod_without_a_node_is_gone_at_once() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("web")).await;

    let deleted = admin.delete(&format!("{PODS}/web")).await;

    assert_eq!(deleted.code, 200);
    assert_eq!(deleted.body["kind"], "Pod");
    assert_eq!(admin.get(&format!("{PODS}/web")).await.code, 404);
}

#[tokio::test]
async fn a_pod_on_a_node_waits_for_its_kubelet() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("web")).await;
    let binding = json!({"metadata": {"name": "web"}, "target": {"kind": "Node", "name": "n1"}});
    admin.create(&format!("{PODS}/web/binding"), &binding).await;

    let marked = admin.delete(&format!("{PODS}/web")).await;
    let finished = admin.delete(&format!("{PODS}/web?gracePeriodSeconds=0")).await;

    assert_eq!(marked.body["metadata"]["deletionTimestamp"], "2026-01-01T00:00:30Z");
    assert_eq!(marked.body["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(marked.body["spec"]["nodeName"], "n1");
    assert_eq!(finished.code, 200);
    assert_eq!(admin.get(&format!("{PODS}/web")).await.code, 404);
}

#[tokio::test]
async fn a_pod_may_be_given_more_time_than_there_is() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(PODS, &pod("web")).await;
    let binding = json!({"metadata": {"name": "web"}, "target": {"kind": "Node", "name": "n1"}});
    admin.create(&format!("{PODS}/web/binding"), &binding).await;

    let marked = admin.delete(&format!("{PODS}/web?gracePeriodSeconds=9223372036854775807")).await;
    let finished = admin.delete(&format!("{PODS}/web?gracePeriodSeconds=0")).await;

    assert_eq!(marked.code, 200, "{}", marked.body);
    assert_eq!(finished.code, 200, "{}", finished.body);
}

#[tokio::test]
async fn an_object_with_a_finalizer_goes_when_the_finalizer_does() {
    let server = Server::start().await;
    let admin = server.admin();
    let object = json!({"metadata": {"name": "c", "finalizers": ["hangar.dev/wait"]}});
    admin.create(CONFIG_MAPS, &object).await;
    let path = format!("{CONFIG_MAPS}/c");
    let marked = admin.delete(&path).await;
    assert!(marked.body["metadata"]["deletionTimestamp"].is_string(), "{}", marked.body);

    let patch = json!({"metadata": {"finalizers": null}});
    let freed = admin.patch(&path, "merge-patch+json", &patch).await;

    assert_eq!(freed.code, 200);
    assert_eq!(admin.get(&path).await.code, 404);
}

#[tokio::test]
async fn foreground_deletion_is_left_to_the_garbage_collector() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;

    let path = format!("{DEPLOYMENTS}/web?propagationPolicy=Foreground");
    let marked = admin.delete(&path).await;

    assert_eq!(marked.body["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert_eq!(marked.body["metadata"]["generation"], 2);
}

#[tokio::test]
async fn a_deletion_of_another_object_of_the_same_name_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    let uid =
        admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await["metadata"]["uid"]
            .clone();
    let options = json!({"kind": "DeleteOptions", "apiVersion": "v1",
                         "preconditions": {"uid": "other"}});

    let path = format!("{CONFIG_MAPS}/c");
    let body = options.to_string().into();
    let refused = admin.send(http::Method::DELETE, &path, "application/json", body).await;

    assert_eq!(refused.code, 409);
    assert_eq!(
        refused.message(),
        format!(
            "Operation cannot be fulfilled on configmaps \"c\": Precondition failed: UID in \
             precondition: other, UID in object meta: {}",
            uid.as_str().unwrap()
        )
    );
}

#[tokio::test]
async fn a_collection_is_deleted_by_selector() {
    let server = Server::start().await;
    let admin = server.admin();
    for name in ["a", "b"] {
        admin.create(PODS, &pod(name)).await;
    }

    let deleted = admin.delete(&format!("{PODS}?labelSelector=app%3Da")).await;

    assert_eq!(deleted.code, 200);
    let left = admin.get(PODS).await.body;
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["metadata"]["name"], "b");
}

#[tokio::test]
async fn a_terminating_namespace_takes_nothing_new_and_ends_when_finalized() {
    let server = Server::start().await;
    let admin = server.admin();
    let marked = admin.delete("/api/v1/namespaces/lab").await;
    assert_eq!(marked.body["status"]["phase"], "Terminating");

    let refused = admin.post(PODS, &pod("web")).await;
    let mut namespace = marked.body.clone();
    namespace["spec"]["finalizers"] = json!([]);
    let finalized = admin.put("/api/v1/namespaces/lab/finalize", &namespace).await;

    assert_eq!(refused.code, 403);
    assert_eq!(
        refused.message(),
        "pods \"web\" is forbidden: unable to create new content in namespace lab because it is \
         being terminated"
    );
    assert_eq!(finalized.code, 200, "{}", finalized.body);
    assert_eq!(admin.get("/api/v1/namespaces/lab").await.code, 404);
}

#[tokio::test]
async fn the_first_namespaces_may_not_be_deleted() {
    let server = Server::start().await;

    let refused = server.admin().delete("/api/v1/namespaces/default").await;

    assert_eq!(refused.code, 403);
    assert_eq!(
        refused.message(),
        "namespaces \"default\" is forbidden: this namespace may not be deleted"
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_is_forgotten_after_an_hour() {
    let server = Server::start().await;
    let admin = server.admin();
    let events = "/api/v1/namespaces/lab/events";
    let event = json!({
        "metadata": {"name": "told"},
        "involvedObject": {"kind": "Pod", "namespace": "lab", "name": "web"},
        "reason": "Told",
    });
    admin.create(events, &event).await;

    tokio::time::sleep(std::time::Duration::from_mins(59)).await;
    let before = admin.get(&format!("{events}/told")).await.code;
    tokio::time::sleep(std::time::Duration::from_mins(2)).await;
    let after = admin.get(&format!("{events}/told")).await.code;

    assert_eq!((before, after), (200, 404));
}

//! The ways to patch.

use serde_json::json;

use crate::server::{CONFIG_MAPS, DEPLOYMENTS, Server, deployment};

#[tokio::test]
async fn json_and_merge_patches_change_what_they_name() {
    let server = Server::start().await;
    let admin = server.admin();
    let object = json!({"metadata": {"name": "c"}, "data": {"a": "1", "b": "2"}});
    admin.create(CONFIG_MAPS, &object).await;
    let path = format!("{CONFIG_MAPS}/c");

    let merged = json!({"data": {"a": null, "c": "3"}});
    admin.patch(&path, "merge-patch+json", &merged).await;
    let operations = json!([{"op": "replace", "path": "/data/b", "value": "4"}]);
    let patched = admin.patch(&path, "json-patch+json", &operations).await;

    assert_eq!(patched.body["data"], json!({"b": "4", "c": "3"}));
}

#[tokio::test]
async fn copies_of_copies_are_refused_before_they_fill_the_memory() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;
    let doubling: Vec<_> = (0..60)
        .map(
            |step| json!({"op": "copy", "from": "/metadata", "path": format!("/metadata/a{step}")}),
        )
        .collect();

    let answer =
        admin.patch(&format!("{CONFIG_MAPS}/c"), "json-patch+json", &json!(doubling)).await;

    assert_eq!(answer.code, 422);
}

#[tokio::test]
async fn an_object_larger_than_storage_takes_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;
    let patch = json!({"metadata": {"annotations": {}}, "data": {"k": "x".repeat(2 << 20)}});

    let answer = admin.patch(&format!("{CONFIG_MAPS}/c"), "merge-patch+json", &patch).await;

    assert!(answer.code >= 400, "{}", answer.code);
    let read = admin.get(&format!("{CONFIG_MAPS}/c")).await.body;
    assert!(read["data"].is_null());
}

#[tokio::test]
async fn concurrent_patches_of_different_fields_are_all_kept() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;

    let patches = (0..20).map(|step| {
        let admin = admin.clone();
        async move {
            let patch = json!({"data": {format!("k{step}"): "v"}});
            admin.patch(&format!("{CONFIG_MAPS}/c"), "merge-patch+json", &patch).await.code
        }
    });
    let codes = futures::future::join_all(patches).await;

    assert!(codes.iter().all(|it| *it == 200), "{codes:?}");
    let read = admin.get(&format!("{CONFIG_MAPS}/c")).await.body;
    assert_eq!(read["data"].as_object().unwrap().len(), 20);
}

#[tokio::test]
async fn a_strategic_patch_merges_containers_by_name() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;
    let patch = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "main", "env": [{"name": "A", "value": "B"}]},
    ]}}}});

    let path = format!("{DEPLOYMENTS}/web");
    let patched = admin.patch(&path, "strategic-merge-patch+json", &patch).await;

    let containers = &patched.body["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers.as_array().unwrap().len(), 1);
    assert_eq!(containers[0]["image"], "nginx:1.27");
    assert_eq!(containers[0]["env"][0]["value"], "B");
    assert_eq!(patched.body["metadata"]["generation"], 2);
}

#[tokio::test]
async fn an_apply_creates_changes_and_meets_conflicts() {
    let server = Server::start().await;
    let admin = server.admin();
    let configuration = |value: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"},
               "data": {"a": value}})
    };
    let path = |manager: &str| format!("{CONFIG_MAPS}/c?fieldManager={manager}");

    let created = admin.patch(&path("one"), "apply-patch+yaml", &configuration("1")).await;
    let same = admin.patch(&path("one"), "apply-patch+yaml", &configuration("1")).await;
    let conflict = admin.patch(&path("other"), "apply-patch+yaml", &configuration("2")).await;
    let forced = admin
        .patch(&(path("other") + "&force=true"), "apply-patch+yaml", &configuration("2"))
        .await;

    assert_eq!((created.code, same.code), (201, 200));
    assert_eq!(
        created.body["metadata"]["resourceVersion"],
        same.body["metadata"]["resourceVersion"]
    );
    assert_eq!((conflict.code, conflict.reason()), (409, "Conflict"));
    assert_eq!(conflict.message(), "Apply failed with 1 conflict: conflict with \"one\": .data.a");
    assert_eq!(forced.body["data"]["a"], "2");
}

#[tokio::test]
async fn an_unknown_kind_of_patch_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;

    let refused = admin.patch(&format!("{CONFIG_MAPS}/c"), "json", &json!({})).await;

    assert_eq!((refused.code, refused.reason()), (415, "UnsupportedMediaType"));
}

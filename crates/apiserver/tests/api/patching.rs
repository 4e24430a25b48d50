//! The ways to patch.

use serde_json::json;

use crate::server::{CONFIG_MAPS, Server};

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
async fn an_unknown_kind_of_patch_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;

    let refused = admin.patch(&format!("{CONFIG_MAPS}/c"), "json", &json!({})).await;

    assert_eq!((refused.code, refused.reason()), (415, "UnsupportedMediaType"));
}

//! The learner's own token opens a shell in her pods, and in nobody else's.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, PostParams};
use kube::runtime::wait::{await_condition, conditions::is_pod_running};
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::app::TestApp;

fn tools() -> Pod {
    let container = json!({
        "name": "tools", "image": hangar::TOOLBOX_IMAGE,
        "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    });
    serde_json::from_value(json!({
        "metadata": {"name": "tools"},
        "spec": {
            "containers": [container],
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn a_learner_runs_commands_in_her_own_pods_only() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let namespace = lab["dp_namespace"].as_str().unwrap();
    let client = ada.cluster().await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    pods.create(&PostParams::default(), &tools()).await.unwrap();
    await_condition(pods.clone(), "tools", is_pod_running()).await.unwrap();

    let mut process =
        pods.exec("tools", ["echo", "hello"], &AttachParams::default()).await.unwrap();

    let mut shown = String::new();
    process.stdout().unwrap().read_to_string(&mut shown).await.unwrap();
    assert_eq!(shown, "hello\n");
    let toolbox = namespace.replace("-dp", "-box");
    let elsewhere: Api<Pod> = Api::namespaced(client, &toolbox);
    let refused = elsewhere.exec("toolbox", ["echo"], &AttachParams::default()).await;
    assert!(refused.is_err());
}

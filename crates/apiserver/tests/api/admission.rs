//! What may enter a namespace.

use futures::future::join_all;
use serde_json::json;

use crate::server::{CONFIG_MAPS, DEPLOYMENTS, PODS, Server, deployment, pod};

const QUOTAS: &str = "/api/v1/namespaces/lab/resourcequotas";

#[tokio::test]
async fn nothing_is_created_where_there_is_no_namespace() {
    let server = Server::start().await;

    let refused = server.admin().post("/api/v1/namespaces/nowhere/pods", &pod("web")).await;

    assert_eq!(refused.code, 404);
    assert_eq!(refused.message(), r#"namespaces "nowhere" not found"#);
}

#[tokio::test]
async fn a_pod_is_given_its_account_and_token() {
    let server = Server::start().await;

    let created = server.admin().create(PODS, &pod("web")).await;

    let spec = &created["spec"];
    assert_eq!(spec["serviceAccountName"], "default");
    let volume = spec["volumes"][0]["name"].as_str().unwrap();
    assert!(volume.starts_with("kube-api-access-"), "{volume}");
    assert_eq!(
        spec["containers"][0]["volumeMounts"][0]["mountPath"],
        "/var/run/secrets/kubernetes.io/serviceaccount"
    );
}

#[tokio::test]
async fn the_last_of_a_quota_is_given_once() {
    let server = Server::start().await;
    let admin = server.admin();
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "3"}}});
    let mut quota = admin.create(QUOTAS, &quota).await;
    quota["status"] = json!({"hard": {"configmaps": "3"}, "used": {"configmaps": "0"}});
    assert_eq!(admin.put(&format!("{QUOTAS}/q/status"), &quota).await.code, 200);

    let attempts = (0..12).map(|step| {
        let admin = admin.clone();
        async move {
            let object = json!({"metadata": {"name": format!("c{step}")}});
            admin.post(CONFIG_MAPS, &object).await
        }
    });
    let answers = join_all(attempts).await;

    let created = answers.iter().filter(|it| it.code == 201).count();
    let refused = answers.iter().find(|it| it.code == 403).unwrap();
    assert_eq!(created, 3);
    assert!(
        refused.message().ends_with(
            "is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=3, \
             limited: configmaps=3"
        ),
        "{}",
        refused.message()
    );
    let read = admin.get(&format!("{QUOTAS}/q")).await.body;
    assert_eq!(read["status"]["used"]["configmaps"], "3");
}

#[tokio::test]
async fn a_restricted_namespace_refuses_pods_and_warns_of_workloads() {
    let server = Server::start().await;
    let admin = server.admin();
    let labels = json!({
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    });
    let patch = json!({"metadata": {"labels": labels}});
    admin.patch("/api/v1/namespaces/lab", "merge-patch+json", &patch).await;

    let refused = admin.post(PODS, &pod("web")).await;
    let accepted = admin.post(DEPLOYMENTS, &deployment("web")).await;

    assert_eq!(refused.code, 403);
    let start = "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\": \
                 allowPrivilegeEscalation != false (container \"main\" must set \
                 securityContext.allowPrivilegeEscalation=false)";
    assert!(refused.message().starts_with(start), "{}", refused.message());
    assert_eq!(accepted.code, 201);
}

#[tokio::test]
async fn limit_ranges_give_defaults_to_new_pods() {
    let server = Server::start().await;
    let admin = server.admin();
    let limits = json!({"metadata": {"name": "l"}, "spec": {"limits": [{
        "type": "Container",
        "default": {"cpu": "500m", "memory": "256Mi"},
        "defaultRequest": {"cpu": "100m", "memory": "64Mi"},
    }]}});
    admin.create("/api/v1/namespaces/lab/limitranges", &limits).await;

    let created = admin.create(PODS, &pod("web")).await;

    let resources = &created["spec"]["containers"][0]["resources"];
    assert_eq!(resources["requests"]["cpu"], "100m");
    assert_eq!(resources["limits"]["memory"], "256Mi");
    assert_eq!(created["status"]["qosClass"], "Burstable");
}

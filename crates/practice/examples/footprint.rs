//! How much memory an idle lab costs, and how soon its toolbox is ready.
//!
//! `cargo run --release -p practice --example footprint -- 1000`

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};
use practice::{PracticeCluster, Settings};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use tokio::time::Instant;

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "a program's entry is where time and chance come from"
)]
#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
async fn main() -> anyhow::Result<()> {
    let labs: usize = std::env::args().nth(1).map_or(Ok(100), |text| text.parse())?;
    let generator = SystemRandom::new();
    let random = Arc::new(move || {
        let mut bytes = [0; 8];
        generator.fill(&mut bytes).expect("the system has randomness");
        u64::from_le_bytes(bytes)
    });
    let start = Instant::now();
    let cluster =
        PracticeCluster::start(Settings::new(Arc::new(jiff::Timestamp::now), random)).await?;
    println!("cluster ready after {:?}", start.elapsed());
    let client = cluster.client();
    let before = resident()?;
    let mut times = Vec::new();
    for number in 0..labs {
        let start = Instant::now();
        lab(&client, number).await?;
        times.push(start.elapsed());
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = resident()?;
    times.sort();
    println!(
        "{labs} labs: toolbox ready p50 {:?}, p99 {:?}",
        times[labs / 2],
        times[labs * 99 / 100]
    );
    println!(
        "memory: {} kB a lab ({before} kB before, {after} kB after)",
        (after - before) / labs as u64
    );
    cluster.shutdown().await;
    Ok(())
}

/// The resident memory of this process in kB.
fn resident() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    Ok(line.split_whitespace().nth(1).unwrap_or("0").parse()?)
}

async fn lab(client: &Client, number: usize) -> anyhow::Result<()> {
    for role in ["cp", "dp", "box"] {
        let name = format!("lab{number}-{role}");
        post(
            client,
            "/api/v1/namespaces",
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name, "labels": {"hangar.dev/lab": number.to_string()}},
            }),
        )
        .await?;
    }
    let box_ns = format!("lab{number}-box");
    let core = format!("/api/v1/namespaces/{box_ns}");
    post(
        client,
        &format!("{core}/serviceaccounts"),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "learner"},
        }),
    )
    .await?;
    for role in ["cp", "dp"] {
        let namespace = format!("lab{number}-{role}");
        post(
            client,
            &format!("/api/v1/namespaces/{namespace}/resourcequotas"),
            json!({
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "lab"},
                "spec": {"hard": {"pods": "12", "requests.cpu": "2", "requests.memory": "4Gi"}},
            }),
        )
        .await?;
        let rbac =
            format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings");
        post(client, &rbac, json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "learner"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
            "subjects": [{"kind": "ServiceAccount", "name": "learner", "namespace": box_ns}],
        }))
        .await?;
    }
    post(
        client,
        &format!("{core}/configmaps"),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "toolbox"},
            "data": {"notes": "x".repeat(8000)},
        }),
    )
    .await?;
    post(
        client,
        &format!("{core}/pods"),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "toolbox"},
            "spec": {
                "serviceAccountName": "learner",
                "containers": [{
                    "name": "toolbox", "image": "hangar/toolbox",
                    "volumeMounts": [{"name": "files", "mountPath": "/etc/hangar/home"}],
                }],
                "volumes": [{"name": "files", "configMap": {"name": "toolbox"}}],
            },
        }),
    )
    .await?;
    let pods: Api<Pod> = Api::namespaced(client.clone(), &box_ns);
    loop {
        let pod = pods.get("toolbox").await?;
        let statuses = pod.status.and_then(|status| status.container_statuses);
        if statuses.into_iter().flatten().any(|container| container.ready) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn post(client: &Client, path: &str, object: Value) -> anyhow::Result<()> {
    let request = http::Request::post(path)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(&object)?)?;
    client.request::<Value>(request).await?;
    Ok(())
}

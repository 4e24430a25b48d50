//! A cluster in stepped time, and the questions that journeys ask of it.

#![expect(dead_code, reason = "each test program uses its part")]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Event, Namespace, Node, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource};
use practice::{Clock, PracticeCluster, Random, Settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

/// The wall clock of a test: starts at a fixed moment and goes with tokio's clock.
pub(crate) fn clock() -> Clock {
    let start = Instant::now();
    let epoch: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    Arc::new(move || epoch + SignedDuration::try_from(start.elapsed()).unwrap())
}

/// Numbers that look random and are the same each time.
pub(crate) fn random() -> Random {
    let state = AtomicU64::new(0x9e37_79b9_7f4a_7c15);
    Arc::new(move || {
        let mut x = state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    })
}

/// A cluster with one namespace to play in.
pub(crate) struct Playground {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) cluster: Option<PracticeCluster>,
}

impl Playground {
    /// A practice cluster.
    pub(crate) async fn start() -> Self {
        let cluster = PracticeCluster::start(Settings::new(clock(), random())).await.unwrap();
        let client = cluster.client();
        Self::new(client, "ada-dp", Some(cluster)).await
    }

    /// A namespace on any cluster.
    pub(crate) async fn new(
        client: Client,
        namespace: &str,
        cluster: Option<PracticeCluster>,
    ) -> Self {
        let playground = Self { client, namespace: namespace.to_owned(), cluster };
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace},
        });
        let namespaces: Api<Namespace> = Api::all(playground.client.clone());
        let object = serde_json::from_value(object).unwrap();
        namespaces.create(&PostParams::default(), &object).await.unwrap();
        let nodes: Api<Node> = Api::all(playground.client.clone());
        playground
            .until("two nodes without taints", async || {
                let nodes = nodes.list(&ListParams::default()).await.unwrap().items;
                let free = |node: &Node| node.spec.as_ref().is_none_or(|it| it.taints.is_none());
                nodes.len() == 2 && nodes.iter().all(free)
            })
            .await;
        let accounts = playground.api::<k8s_openapi::api::core::v1::ServiceAccount>();
        playground
            .until("the default service account", async || {
                accounts.get_opt("default").await.unwrap().is_some()
            })
            .await;
        playground
    }

    /// Removes the namespace, if the journey has not.
    pub(crate) async fn leave(&self) {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        // It may be gone already.
        let _ = namespaces.delete(&self.namespace, &DeleteParams::default()).await;
        self.until("the namespace to be gone", async || {
            namespaces.get_opt(&self.namespace).await.unwrap().is_none()
        })
        .await;
    }

    /// The objects of a kind in the namespace.
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Creates an object.
    pub(crate) async fn create<K>(&self, object: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + Serialize
            + DeserializeOwned,
        K::DynamicType: Default,
    {
        let object: K = serde_json::from_value(object).unwrap();
        self.api::<K>().create(&PostParams::default(), &object).await.unwrap()
    }

    /// Merges a patch into an object.
    pub(crate) async fn merge<K>(&self, name: &str, patch: Value) -> K
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + std::fmt::Debug + DeserializeOwned,
        K::DynamicType: Default,
    {
        let patch = Patch::Merge(patch);
        self.api::<K>().patch(name, &PatchParams::default(), &patch).await.unwrap()
    }

    /// The pods with a label.
    pub(crate) async fn pods(&self, selector: &str) -> Vec<Pod> {
        let params = ListParams::default().labels(selector);
        self.api::<Pod>().list(&params).await.unwrap().items
    }

    /// The messages of the events with a reason.
    pub(crate) async fn messages(&self, reason: &str) -> Vec<String> {
        let events = self.api::<Event>().list(&ListParams::default()).await.unwrap();
        let of_reason = events.items.into_iter().filter(|it| it.reason.as_deref() == Some(reason));
        of_reason.filter_map(|event| event.message).collect()
    }

    /// Waits, in the cluster's own time, until something holds.
    pub(crate) async fn until<F>(&self, what: &str, mut holds: impl FnMut() -> F)
    where
        F: Future<Output = bool>,
    {
        let start = Instant::now();
        while !holds().await {
            assert!(start.elapsed() < Duration::from_mins(15), "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until exactly `count` pods with a label are ready and none is going away.
    pub(crate) async fn until_ready(&self, selector: &str, count: usize) -> Vec<Pod> {
        self.until(&format!("{count} ready pods of {selector}"), async || {
            let pods = self.pods(selector).await;
            pods.len() == count && pods.iter().all(is_ready)
        })
        .await;
        self.pods(selector).await
    }
}

/// Whether a pod is ready and staying.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.is_some_and(|all| {
            all.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
        })
}

/// The uids of pods.
pub(crate) fn uids(pods: &[Pod]) -> Vec<String> {
    pods.iter().filter_map(|pod| pod.metadata.uid.clone()).collect()
}

/// The course's echo Deployment under another name, with changes to its pod specification.
pub(crate) fn echo(name: &str, replicas: u32, more: &Value) -> Value {
    let mut spec = json!({
        "automountServiceAccountToken": false,
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [{
            "name": "echo",
            "image": "kong/go-echo:0.5.0",
            "env": [
                {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
            "ports": [{"name": "http", "containerPort": 1027}],
            "readinessProbe": {"tcpSocket": {"port": 1027}, "periodSeconds": 3},
            "resources": {
                "requests": {"cpu": "10m", "memory": "16Mi"},
                "limits": {"cpu": "200m", "memory": "64Mi"},
            },
            "securityContext": {
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            },
        }],
    });
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": spec},
        },
    })
}

/// The course's echo Service.
pub(crate) fn echo_service(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 1027, "targetPort": 1027}],
        },
    })
}

//! What breaks from within or is taken away: a part that fails, a server that begins anew, a toolbox that has gone.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use hangar::cluster::connect::Alone;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};
use kube::config::Kubeconfig;
use kube::{Client, ResourceExt as _};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::app::{Actor, TestApp};
use crate::labs::say_hello;

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_part_that_fails_ends_the_server_and_is_named() {
    let mut app = TestApp::start().await;

    let written = app.inner.store.write::<(), _>(|_| Box::pin(async { panic!("a test") })).await;

    assert!(written.unwrap_err().to_string().contains("was not committed"));
    let ended = app.ends().await.unwrap_err().to_string();
    assert!(ended.contains("\"database\"") && ended.contains("start the server again"), "{ended}");
}

/// A cluster of its own, which outlives the servers on it.
pub(crate) struct Beside {
    /// Its address.
    pub(crate) url: String,
    cluster: Option<Alone>,
    folder: TempDir,
    kubeconfig: Kubeconfig,
    client: Client,
}

impl Beside {
    #[expect(clippy::disallowed_methods, reason = "a whole server runs in real time")]
    pub(crate) async fn start() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let numbers = Arc::new(std::sync::atomic::AtomicU64::new(1));
        let random = Arc::new(move || {
            let number = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        });
        let cluster = Alone::start(listener, Arc::new(jiff::Timestamp::now), random, 2).await;
        let cluster = cluster.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = cluster.kubeconfig(&url);
        std::fs::write(folder.path().join("kubeconfig"), &kubeconfig).unwrap();
        let kubeconfig = Kubeconfig::from_yaml(&kubeconfig).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig.clone(), &options).await;
        let client = Client::try_from(config.unwrap()).unwrap();
        let beside = Self { url, cluster: Some(cluster), folder, kubeconfig, client };
        beside.install().await;
        beside
    }

    /// What an operator applies.
    async fn install(&self) {
        let text = std::fs::read_to_string("../deploy/rbac/hangar.yaml").unwrap();
        for document in text.split("\n---\n") {
            let object: DynamicObject = serde_saphyr::from_str(document).unwrap();
            let types = object.types.clone().unwrap();
            let kind = kube::core::GroupVersionKind::try_from(&types).unwrap();
            let resource = kube::discovery::ApiResource::from_gvk(&kind);
            let api: Api<DynamicObject> = match object.namespace() {
                Some(namespace) => Api::namespaced_with(self.client.clone(), &namespace, &resource),
                None => Api::all_with(self.client.clone(), &resource),
            };
            api.create(&PostParams::default(), &object).await.unwrap();
        }
    }

    /// A token of the server's own account.
    pub(crate) async fn server_token(&self) -> String {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client.clone(), "hangar-system");
        let request = TokenRequest::default();
        let answer =
            accounts.create_token_request("hangar-server", &PostParams::default(), &request).await;
        answer.unwrap().status.unwrap().token.unwrap()
    }

    /// Its certificate authority, in PEM.
    pub(crate) fn authority(&self) -> String {
        let cluster = self.kubeconfig.clusters[0].cluster.clone().unwrap();
        let pem = STANDARD.decode(cluster.certificate_authority_data.unwrap()).unwrap();
        String::from_utf8(pem).unwrap()
    }

    async fn serve(&self) -> TestApp {
        let file = self.folder.path().join("kubeconfig").display().to_string();
        let cluster = ["--cluster", "kubeconfig", "--kubeconfig", &file];
        TestApp::start_with(
            &[&cluster[..], &["--toolbox-image", "toolbox.example/shell:1"]].concat(),
        )
        .await
    }

    pub(crate) async fn stop(mut self) {
        self.cluster.take().unwrap().stop().await;
    }
}

/// How the first check of the first exercise stands.
async fn hello(learner: &Actor) -> Value {
    let exercise = learner.get("/api/v1/exercises/your-two-namespaces").await.json();
    exercise["checks"][0]["state"].clone()
}

#[tokio::test]
async fn a_server_that_begins_anew_takes_up_every_lab_on_the_same_cluster() {
    let beside = Beside::start().await;
    let app = beside.serve().await;
    let teacher = app.instructor().await;
    let class = serde_json::json!({"name": "Class", "language": "en", "seats": 30});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let code = class["code"].as_str().unwrap();
    let learners = join_all((0..24).map(async |number| {
        let learner = app.join_class(code, &format!("Learner {number}")).await;
        let lab = learner.start_lab().await;
        say_hello(&learner, lab["cp_namespace"].as_str().unwrap(), "control").await;
        let passed = async {
            while hello(&learner).await != "passed" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, passed).await.expect("it turns green");
        learner.cookie
    }))
    .await;

    let app = app.restart().await;

    for cookie in &learners {
        let learner = app.with_cookie(cookie);
        let goes_on = async {
            // Its objects are seen again although none of them has changed.
            while learner.get("/api/v1/lab").await.json()["state"] != "ready"
                || !learner.get("/api/v1/lab/objects").await.text.contains("\"hello\"")
                || hello(&learner).await != "passed"
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, goes_on).await.expect("the lab goes on");
    }
    drop(app);
    beside.stop().await;
}

#[tokio::test]
async fn a_toolbox_that_was_taken_away_is_made_again() {
    let beside = Beside::start().await;
    let app = beside.serve().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;
    let pods: Api<Pod> = Api::all(beside.client.clone());
    let only = ListParams::default().fields("metadata.name=toolbox");
    let find = async || pods.list(&only).await.unwrap().items.into_iter().next();
    let first = find().await.expect("a lab that is ready has a toolbox");
    let namespace = first.namespace().unwrap();
    app.skip(Duration::from_secs(30));

    let own: Api<Pod> = Api::namespaced(beside.client.clone(), &namespace);
    own.delete("toolbox", &DeleteParams::default().grace_period(0)).await.unwrap();

    let again = async {
        loop {
            let there = find().await;
            if there.is_some_and(|pod| pod.uid() != first.uid()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("it is made again");
    drop(app);
    beside.stop().await;
}

//! Starting and stopping the whole cluster.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use apiserver::{ApiServer, StaticToken};
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube::Api;
use kube::api::ListParams;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::certificates::Authority;
use crate::engine::{Clients, Engine, Pace};
use crate::kubeconfig;
use crate::transport::Transport;

pub use controllers::{Clock, Random};

/// The user behind the administrator's kubeconfig.
const ADMINISTRATOR: &str = "kubernetes-admin";
/// How long the nodes may take to register.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long parts may take to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// What a cluster is made of.
pub struct Settings {
    /// The wall clock.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// How many nodes there are.
    pub nodes: u8,
    /// How long images take to arrive and containers to start.
    pub pace: Pace,
}

/// Resources that wait for their controllers: refused, and never silently kept.
const UNPLAYED: &[(&str, &str)] = &[
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("node.k8s.io", "runtimeclasses"),
    ("policy", "poddisruptionbudgets"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "volumeattachments"),
];

impl Settings {
    /// Two nodes at the usual pace.
    pub fn new(clock: Clock, random: Random) -> Self {
        Self { clock, random, nodes: 2, pace: Pace::default() }
    }
}

/// A running cluster. It ends when this is dropped, or orderly by [`PracticeCluster::shutdown`].
pub struct PracticeCluster {
    server: ApiServer,
    transport: Transport,
    authority: Authority,
    token: String,
    clock: Clock,
    cancel: CancellationToken,
    controllers: Option<JoinHandle<()>>,
}

impl PracticeCluster {
    /// Starts a cluster and waits until its nodes are ready.
    pub async fn start(settings: Settings) -> anyhow::Result<Self> {
        let Settings { clock, random, nodes, pace } = settings;
        let authority = Authority::new(clock())?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot listen on loopback for the kubelet")?;
        let kubelet = listener.local_addr().context("cannot read the kubelet's address")?;
        let token = secret(&random);
        let manager = secret(&random);
        let kubelet_token = secret(&random);
        let mut settings = api_settings(&clock, &random, &authority, [&token, &manager]);
        settings.kubelet = Some(kubelet);
        kubelet_token.clone_into(&mut settings.kubelet_token);
        let server = ApiServer::new(settings);
        let transport = Transport::new(server.router());
        let cancel = CancellationToken::new();
        let clients = transport.clone();
        let clients: Clients = Arc::new(move |token| clients.client(token));
        let engine = Engine::new(pace, clock.clone(), random.clone(), clients);
        let controller_settings = controllers::Settings {
            clock: clock.clone(),
            random,
            parts: controllers::Part::ALL.to_vec(),
            nodes: (0..nodes).map(controllers::NodeSettings::practice).collect(),
            kubelet_listener: Some(listener),
            kubelet_token,
            ca_certificate: authority.pem().to_owned(),
        };
        let client = transport.client(Arc::new(move || manager.clone()));
        let run = controllers::run(client, controller_settings, engine, cancel.clone());
        let controllers = tokio::spawn(async move {
            if let Err(error) = run.await {
                tracing::error!(error = format!("{error:#}"), "The practice cluster has failed");
            }
        });
        let controllers = Some(controllers);
        let (forgetful, until) = (server.clone(), cancel.clone());
        tokio::spawn(async move { forgetful.forget(until).await });
        let cluster = Self { server, transport, authority, token, clock, cancel, controllers };
        tokio::time::timeout(PATIENCE, cluster.until_ready(nodes))
            .await
            .context("the nodes of the practice cluster did not register")??;
        Ok(cluster)
    }

    async fn until_ready(&self, nodes: u8) -> anyhow::Result<()> {
        let client = self.client();
        let all = Api::<Node>::all(client.clone());
        let accounts = Api::<ServiceAccount>::default_namespaced(client);
        loop {
            let ready = all.list_metadata(&ListParams::default()).await?.items.len();
            if ready >= usize::from(nodes) && accounts.get_opt("default").await?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// An administrator's client, in memory.
    pub fn client(&self) -> kube::Client {
        self.client_with_token(self.token.clone())
    }

    /// A client for whoever the token belongs to, in memory.
    pub fn client_with_token(&self, token: String) -> kube::Client {
        self.transport.client(Arc::new(move || token.clone()))
    }

    /// Makes clients for whoever a token belongs to, also after this cluster was moved.
    pub fn clients(&self) -> impl Fn(String) -> kube::Client + Send + Sync + 'static {
        let transport = self.transport.clone();
        move |token| transport.client(Arc::new(move || token.clone()))
    }

    /// An administrator's kubeconfig for the address at which the cluster is served.
    pub fn admin_kubeconfig(&self, server_url: &str) -> String {
        kubeconfig::write(server_url, self.ca_certificate(), ADMINISTRATOR, &self.token)
    }

    /// The certificate authority of the cluster, in PEM.
    pub fn ca_certificate(&self) -> &str {
        self.authority.pem()
    }

    /// Serves the API over TLS until the cluster ends, also under the names `more`.
    pub fn serve_tls(
        &self,
        listener: TcpListener,
        more: &[String],
    ) -> anyhow::Result<JoinHandle<()>> {
        let config = self.authority.server(more, (self.clock)())?;
        let (server, cancel) = (self.server.clone(), self.cancel.clone());
        Ok(tokio::spawn(async move { server.serve_tls(listener, config, cancel).await }))
    }

    /// Ends everything and waits for it.
    pub async fn shutdown(mut self) {
        self.cancel.cancel();
        if let Some(controllers) = self.controllers.take() {
            // What does not end in time ends with the process.
            let _ = tokio::time::timeout(SHUTDOWN, controllers).await;
        }
    }
}

impl Drop for PracticeCluster {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn api_settings(
    clock: &Clock,
    random: &Random,
    authority: &Authority,
    [administrator, manager]: [&String; 2],
) -> apiserver::Settings {
    let numbers = random.clone();
    let fill: apiserver::Random = Arc::new(move |buffer: &mut [u8]| {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&numbers().to_le_bytes()[..chunk.len()]);
        }
    });
    let token = |token: &String, user: &str| StaticToken {
        token: token.clone(),
        user: user.to_owned(),
        groups: vec!["system:masters".to_owned()],
    };
    let mut settings = apiserver::Settings::new(clock.clone(), fill);
    settings.tokens =
        vec![token(administrator, ADMINISTRATOR), token(manager, "system:kube-controller-manager")];
    settings.unplayed = UNPLAYED;
    authority.pem().clone_into(&mut settings.ca_certificate);
    settings
}

fn secret(random: &Random) -> String {
    let parts: [u64; 4] = std::array::from_fn(|_| random());
    parts.map(|part| format!("{part:016x}")).concat()
}

//! The controllers and modelled nodes beside another API server, a real one for instance.

use std::sync::Arc;

use controllers::{NodeSettings, Part};
use kube::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::engine::{Clients, Engine};

/// Plays controller manager, scheduler and nodes for the API server that `config` names, until
/// cancelled. That API server must have none of its own.
///
/// # Panics
///
/// Never: a client was made of the same address before.
///
/// Its address for the nodes' kubelets is that of `kubelet`, where logs and commands are served.
pub async fn run_beside(
    config: Config,
    settings: Settings,
    kubelet: Option<TcpListener>,
    ca_certificate: String,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let Settings { clock, random, nodes, pace } = settings;
    let client = kube::Client::try_from(config.clone())?;
    let clients: Clients = Arc::new(move |token| {
        let mut config = config.clone();
        // The address is that of a client that was made from it already.
        config.auth_info =
            kube::config::AuthInfo { token: Some(token().into()), ..Default::default() };
        kube::Client::try_from(config).expect("a client was made of this address before")
    });
    let port = kubelet.as_ref().and_then(|listener| listener.local_addr().ok());
    let engine = Engine::new(pace, clock.clone(), random.clone(), clients);
    let node = |number| {
        let node = NodeSettings::practice(number);
        match port {
            Some(address) => NodeSettings { kubelet_port: address.port(), ..node },
            None => node,
        }
    };
    let settings = controllers::Settings {
        clock,
        random,
        parts: Part::ALL.to_vec(),
        nodes: (0..nodes).map(node).collect(),
        kubelet_listener: kubelet,
        kubelet_token: String::new(),
        ca_certificate,
    };
    controllers::run(client, settings, engine, cancel).await
}

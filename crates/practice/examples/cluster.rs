//! Serves a practice cluster over TLS and writes an administrator's kubeconfig.
//!
//! `cargo run -p practice --example cluster -- 127.0.0.1:6443 kubeconfig.yaml`

use std::sync::Arc;

use anyhow::Context;
use practice::{PracticeCluster, Settings};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::net::TcpListener;

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "a program's entry is where time and chance come from"
)]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:6443".to_owned());
    let file = arguments.next().unwrap_or_else(|| "kubeconfig.yaml".to_owned());
    let generator = SystemRandom::new();
    let random = Arc::new(move || {
        let mut bytes = [0; 8];
        generator.fill(&mut bytes).expect("the system has randomness");
        u64::from_le_bytes(bytes)
    });
    let settings = Settings::new(Arc::new(jiff::Timestamp::now), random);

    let cluster = PracticeCluster::start(settings).await?;
    let listener = TcpListener::bind(&address).await.context("cannot listen")?;
    let url = format!("https://{}", listener.local_addr()?);
    cluster.serve_tls(listener, &[])?;
    std::fs::write(&file, cluster.admin_kubeconfig(&url)).context("cannot write the kubeconfig")?;
    tracing::info!(url, file, "Serving");
    tokio::signal::ctrl_c().await?;
    cluster.shutdown().await;
    Ok(())
}

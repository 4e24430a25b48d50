//! `hangar cluster`: the practice cluster alone, over TLS, with an administrator's kubeconfig.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

use crate::ambient::Ambient;
use crate::cluster::connect::Alone;
use crate::settings::AloneSettings;

/// Serves a practice cluster until `stop`.
pub async fn serve(
    settings: &AloneSettings,
    ambient: Ambient,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    if settings.state.is_some() {
        bail!("the practice cluster cannot keep its state yet: run it without --state");
    }
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", settings.listen)
    })?;
    let url = format!("https://{}", listener.local_addr()?);
    let random = ambient.numbers();
    let alone = Alone::start(listener, ambient.clock, random, settings.nodes).await?;
    if let Some(file) = &settings.write_kubeconfig {
        write_private(file, &alone.kubeconfig(&url))
            .with_context(|| {
                let file = file.display();
                format!("cannot write the kubeconfig to {file}: name a file that you may write with --write-kubeconfig")
            })?;
    }
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "The practice cluster is at {url}")?;
        match &settings.write_kubeconfig {
            Some(file) => writeln!(out, "Try: kubectl --kubeconfig {} get nodes", file.display())?,
            None => {
                writeln!(out, "Nobody can sign in without a kubeconfig: --write-kubeconfig FILE")?;
            }
        }
        out.flush()?;
    }
    stop.await;
    alone.stop().await;
    Ok(())
}

/// Writes a file that only its owner may read: it holds an administrator's token.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

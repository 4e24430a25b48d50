//! A shell in the learner's toolbox, by `exec` through the API server: the same on every cluster.
//!
//! The command attaches to a named tmux session or creates it, so that the shell outlives the connection and repaints
//! when somebody attaches again.

use std::time::Duration;

use bytes::Bytes;
use futures::SinkExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess, TerminalSize as KubeSize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::info_span;

use super::objects::TOOLBOX;
use super::{Cluster, Error, LabNames};
use crate::tasks::run_beside;

/// How much is read from the shell at once.
const CHUNK: usize = 16 * 1024;
/// How many chunks wait between the shell and its reader, each way.
const WAITING: usize = 32;

/// How long a shell may take to show anything before it is shown empty.
const FIRST: Duration = Duration::from_secs(10);

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// A shell that one can type into. Dropping it detaches; the shell lives on.
#[derive(Debug)]
pub struct Terminal {
    /// What is typed.
    pub input: mpsc::Sender<Bytes>,
    /// What is shown; ends when the shell does.
    pub output: mpsc::Receiver<Bytes>,
    /// New sizes.
    pub resize: watch::Sender<TerminalSize>,
}

impl Cluster {
    /// Attaches to the shell session of this name in the lab's toolbox.
    pub async fn terminal(
        &self,
        lab: &LabNames,
        session: &str,
        size: TerminalSize,
    ) -> Result<Terminal, Error> {
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), &lab.toolbox());
        let command = ["tmux", "new-session", "-A", "-s", session];
        let parameters = AttachParams::interactive_tty().container(TOOLBOX);
        let mut process = pods
            .exec(TOOLBOX, command, &parameters)
            .await
            .map_err(|error| Error::NoShell(error.to_string()))?;
        let (input, mut typed) = mpsc::channel::<Bytes>(WAITING);
        let (shown, output) = mpsc::channel::<Bytes>(WAITING);
        let (resize, mut sizes) = watch::channel(size);
        let stdin = process.stdin();
        let stdout = process.stdout();
        let mut sizes_out = process.terminal_size();
        if let Some(out) = &mut sizes_out {
            let first = KubeSize { width: size.columns, height: size.rows };
            // A shell that ends at once closes this channel; its output says so.
            let _ = out.send(first).await;
        }
        let mut stdout = stdout.ok_or_else(|| Error::NoShell("it shows nothing".to_owned()))?;
        let first = first_words(&mut stdout, &mut process).await?;
        let span = info_span!("shell", lab.id = lab.id, shell = session);
        run_beside(span.clone(), async move {
            let Some(mut stdin) = stdin else { return };
            while let Some(bytes) = typed.recv().await {
                if stdin.write_all(&bytes).await.is_err() || stdin.flush().await.is_err() {
                    return;
                }
            }
        });
        run_beside(span.clone(), async move {
            let Some(mut out) = sizes_out else { return };
            while sizes.changed().await.is_ok() {
                let size = *sizes.borrow_and_update();
                let size = KubeSize { width: size.columns, height: size.rows };
                if out.send(size).await.is_err() {
                    return;
                }
            }
        });
        run_beside(span, async move {
            show(first, &mut stdout, &shown).await;
            process.abort();
        });
        Ok(Terminal { input, output, resize })
    }
}

/// Hands on what the shell shows, until it ends or nobody looks.
async fn show(first: Bytes, stdout: &mut (impl AsyncRead + Unpin), shown: &mpsc::Sender<Bytes>) {
    let mut buffer = vec![0; CHUNK];
    let mut bytes = first;
    while shown.send(bytes).await.is_ok() {
        let read = tokio::select! {
            read = stdout.read(&mut buffer) => read,
            () = shown.closed() => return,
        };
        match read {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes = Bytes::copy_from_slice(&buffer[..count]),
        }
    }
}

/// What the shell shows first. An API server opens the connection before it has reached the node: only a shell that
/// shows something is one.
async fn first_words(
    stdout: &mut (impl AsyncRead + Unpin),
    process: &mut AttachedProcess,
) -> Result<Bytes, Error> {
    let mut buffer = vec![0; CHUNK];
    match timeout(FIRST, stdout.read(&mut buffer)).await {
        Ok(Ok(count)) if count > 0 => {
            buffer.truncate(count);
            Ok(Bytes::from(buffer))
        }
        Ok(_) => {
            let status = match process.take_status() {
                Some(status) => timeout(FIRST, status).await.ok().flatten(),
                None => None,
            };
            let why = status.and_then(|status| status.message);
            Err(Error::NoShell(why.unwrap_or_else(|| "it ended at once".to_owned())))
        }
        Err(_) => Ok(Bytes::new()),
    }
}

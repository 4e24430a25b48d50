//! Byte streams between tools: what a pipe, a file or the terminal is to them.

use bytes::Bytes;
use tokio::sync::mpsc;

/// How many chunks a pipe holds before its writer waits.
const PIPE_CHUNKS: usize = 16;

/// The reader has gone away: a tool that meets this ends, as one killed by `SIGPIPE` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Where a tool reads from.
#[derive(Debug)]
pub struct Input {
    chunks: mpsc::Receiver<Bytes>,
    terminal: bool,
}

/// Where a tool writes to. Clones write to the same place.
#[derive(Clone, Debug)]
pub struct Output {
    chunks: mpsc::Sender<Bytes>,
    terminal: bool,
}

/// A bounded pipe.
pub fn pipe() -> (Output, Input) {
    let (sender, receiver) = mpsc::channel(PIPE_CHUNKS);
    (Output { chunks: sender, terminal: false }, Input { chunks: receiver, terminal: false })
}

/// A pipe whose ends call themselves a terminal.
pub fn terminal() -> (Output, Input) {
    let (output, input) = pipe();
    (Output { terminal: true, ..output }, Input { terminal: true, ..input })
}

impl Input {
    /// An input that is at its end.
    pub fn empty() -> Self {
        pipe().1
    }

    /// Whether a person types here.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The next bytes, or `None` at the end.
    pub async fn read(&mut self) -> Option<Bytes> {
        self.chunks.recv().await
    }

    /// Everything up to the end, or `None` when it is more than `limit` bytes.
    pub async fn read_to_end(&mut self, limit: usize) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(chunk) = self.read().await {
            if all.len() + chunk.len() > limit {
                return None;
            }
            all.extend_from_slice(&chunk);
        }
        Some(all)
    }
}

impl Output {
    /// Whether a person reads here.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes, waiting while the reader is behind.
    pub async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), Closed> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Ok(());
        }
        self.chunks.send(bytes).await.map_err(|_| Closed)
    }
}

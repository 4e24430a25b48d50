//! The port between the kubelet and what containers do.
//!
//! The kubelet decides *when* containers start, are probed, restarted and stopped; the other side of
//! this port decides what an image does meanwhile. It plays the container engine, the registry and the
//! pod network.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

/// The container engine of every node, the registry and the pod network.
pub trait Runtime: Send + Sync + 'static {
    /// Pulls an image that the node does not have, taking as long as a pull takes.
    fn pull<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Image, PullError>>;

    /// Creates and starts a container.
    fn start(&self, launch: Launch) -> BoxFuture<'_, Result<Arc<dyn Container>, StartError>>;

    /// Connects to a port of a pod and, unless that is all, sends a request; for probes.
    fn probe(&self, to: SocketAddr, request: Probe) -> BoxFuture<'_, Result<Answer, Unreachable>>;
}

/// A started container.
pub trait Container: Send + Sync {
    /// Resolves when the container has ended; at once if it has already.
    fn exited(&self) -> BoxFuture<'static, Exit>;

    /// Sends a signal to its first process.
    fn signal(&self, signal: Signal);

    /// Runs a command in it. Dropping the future hangs up.
    fn exec(&self, exec: Exec) -> BoxFuture<'static, Result<i32, ExecError>>;
}

/// An image on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its full name, e.g. `docker.io/kong/go-echo:0.5.0`.
    pub name: String,
    /// Its digest reference, e.g. `docker.io/kong/go-echo@sha256:…`.
    pub id: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it says that it runs as the superuser, which `runAsNonRoot` refuses.
    pub runs_as_root: bool,
}

/// Why an image could not be pulled, in the engine's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PullError {
    /// The whole message.
    pub message: String,
}

/// Everything that a container sees when it starts.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Its id: 64 hexadecimal digits.
    pub id: String,
    /// The pod it belongs to.
    pub pod: PodIdentity,
    /// Its name in the pod.
    pub container: String,
    /// The image, as the pod names it.
    pub image: String,
    /// `command`, expanded; empty to use the image's own.
    pub command: Vec<String>,
    /// `args`, expanded.
    pub args: Vec<String>,
    /// The effective environment, in order.
    pub variables: Vec<(String, String)>,
    /// The mounted volumes.
    pub mounts: Vec<Mount>,
    /// Where the container writes what `kubectl logs` shows.
    pub log: Log,
    /// How many times it has been started before.
    pub restarts: u32,
}

/// Which pod a container belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodIdentity {
    /// Its namespace.
    pub namespace: String,
    /// Its name, which is also its host name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its address.
    pub ip: IpAddr,
    /// The node that it runs on.
    pub node: String,
    /// Its labels when it started.
    pub labels: BTreeMap<String, String>,
    /// The service account that it runs as.
    pub service_account: String,
}

/// A volume where a container sees it.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The absolute path.
    pub path: String,
    /// The one entry of the volume that is mounted instead of the whole.
    pub sub_path: Option<String>,
    /// Whether writing is refused.
    pub read_only: bool,
    /// The volume's contents.
    pub volume: Volume,
}

/// The contents of a volume, shared by the containers of a pod. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Volume {
    entries: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Volume {
    /// A volume with these files, by path relative to its root.
    pub fn new(entries: BTreeMap<String, Bytes>) -> Self {
        Self { entries: Arc::new(Mutex::new(entries)) }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All files, by path relative to the root.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        self.entries().clone()
    }

    /// One file.
    pub fn read(&self, path: &str) -> Option<Bytes> {
        self.entries().get(path).cloned()
    }

    /// Creates or replaces a file.
    pub fn write(&self, path: &str, contents: impl Into<Bytes>) {
        self.entries().insert(path.to_owned(), contents.into());
    }

    /// Replaces everything, as the kubelet does when a ConfigMap has changed.
    pub fn replace(&self, entries: BTreeMap<String, Bytes>) {
        *self.entries() = entries;
    }
}

/// Which stream a line of a log came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// One line of a container's log.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// From which stream.
    pub stream: Stream,
    /// The text, without its newline.
    pub text: Box<str>,
}

/// A container's log: bounded, the oldest lines are lost first. Clones share it.
#[derive(Clone)]
pub struct Log {
    clock: crate::Clock,
    inner: Arc<LogInner>,
}

struct LogInner {
    lines: Mutex<Lines>,
    written: watch::Sender<u64>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    closed: bool,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("written", &*self.inner.written.borrow())
            .finish_non_exhaustive()
    }
}

impl Log {
    /// How many bytes of text are kept.
    const LIMIT: usize = 64 * 1024;

    /// An empty log.
    pub fn new(clock: crate::Clock) -> Self {
        let inner = LogInner { lines: Mutex::default(), written: watch::Sender::new(0) };
        Self { clock, inner: Arc::new(inner) }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.inner.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes to standard output; each line of `text` becomes one.
    pub fn out(&self, text: &str) {
        self.write(Stream::Out, text);
    }

    /// Writes to standard error; each line of `text` becomes one.
    pub fn error(&self, text: &str) {
        self.write(Stream::Error, text);
    }

    fn write(&self, stream: Stream, text: &str) {
        let at = (self.clock)();
        let mut lines = self.lines();
        for line in text.lines() {
            lines.bytes += line.len();
            lines.kept.push_back(Line { at, stream, text: line.into() });
        }
        while lines.bytes > Self::LIMIT
            && let Some(oldest) = lines.kept.pop_front()
        {
            lines.bytes -= oldest.text.len();
            lines.dropped += 1;
        }
        let total = lines.dropped + lines.kept.len() as u64;
        drop(lines);
        self.inner.written.send_replace(total);
    }

    /// No more will be written: those who follow come to the end.
    pub fn close(&self) {
        self.lines().closed = true;
        self.inner.written.send_modify(|_| {});
    }

    /// The lines from `position` on, the position after them, and whether more may come.
    pub fn read(&self, position: u64) -> (Vec<Line>, u64, bool) {
        let lines = self.lines();
        let skip = usize::try_from(position.saturating_sub(lines.dropped)).unwrap_or(usize::MAX);
        let new = lines.kept.iter().skip(skip).cloned().collect();
        (new, lines.dropped + lines.kept.len() as u64, !lines.closed)
    }

    /// Tells when something is written or the log is closed.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.written.subscribe()
    }
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; 128 plus the signal's number when a signal ended it.
    pub code: i32,
    /// Whether it ran into its memory limit.
    pub out_of_memory: bool,
}

impl Exit {
    /// Ended with a code of its own.
    pub fn code(code: i32) -> Self {
        Self { code, out_of_memory: false }
    }
}

/// The two signals that a kubelet sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Please end.
    Terminate,
    /// End.
    Kill,
}

/// Why a container could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StartError {
    /// The whole message, in the engine's words.
    pub message: String,
}

/// A command to run in a container.
#[derive(Debug)]
pub struct Exec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// What is typed; `None` when standard input is closed.
    pub stdin: Option<mpsc::Receiver<Bytes>>,
    /// Where standard output goes.
    pub stdout: mpsc::Sender<Bytes>,
    /// Where standard error goes; with a terminal, to standard output.
    pub stderr: Option<mpsc::Sender<Bytes>>,
    /// The terminal's columns and rows.
    pub size: watch::Receiver<(u16, u16)>,
}

/// Why a command could not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExecError {
    /// The whole message, in the engine's words.
    pub message: String,
}

/// What a network probe sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Nothing: connecting is enough.
    Connect,
    /// An HTTP request.
    Http {
        /// The path with its query.
        path: String,
        /// The header fields.
        headers: Vec<(String, String)>,
        /// Whether it goes over TLS.
        tls: bool,
    },
}

/// What a network probe got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The connection was accepted.
    Connected,
    /// The HTTP answer.
    Http {
        /// The status code.
        status: u16,
        /// The body.
        body: Bytes,
    },
}

/// Why a network probe got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Nobody listens on that port.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// There is nobody at that address.
    NoRoute,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_the_newest_lines_and_says_where_they_stand() {
        let log = Log::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        for number in 0..100 {
            log.out(&format!("{number:01000}"));
        }

        let (lines, position, open) = log.read(0);

        assert_eq!((lines.len(), position, open), (65, 100, true));
        assert!(log.read(position).0.is_empty());
    }
}
